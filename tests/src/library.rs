//! A library in a temporary folder, and the program run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::Value;
use tempfile::TempDir;

/// The sample that ships with the repository.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample/sintel_trailer-720p.mp4")
}

/// Six seconds of the sample, in which someone says "what brings you to the land of the gatekeepers".
pub fn sample_clip(folder: &Path) -> anyhow::Result<PathBuf> {
    let clip = folder.join("gatekeepers.mp4");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-ss", "10", "-t", "6", "-i"]).arg(sample());
    let status = command.args(["-c", "copy", "-avoid_negative_ts", "make_zero"]).arg(&clip).status();
    ensure!(status.context("ffmpeg is needed (apt-get install ffmpeg)")?.success(), "ffmpeg could not cut the sample");
    Ok(clip)
}

/// The models that the tests run with.
pub fn models() -> anyhow::Result<PathBuf> {
    let told = Command::new(program()?).args(["models", "where", "--json"]).output()?;
    let told: Value = serde_json::from_slice(&told.stdout).context("`reelgraph models where` said nothing")?;
    Ok(told.get("folder").and_then(Value::as_str).context("it named no folder")?.into())
}

/// A folder in `place` with links to the models that the tests run with, but for those named.
pub fn models_without(place: &Path, absent: &[&str]) -> anyhow::Result<PathBuf> {
    let folder = place.join("some-models");
    std::fs::create_dir(&folder)?;
    for entry in std::fs::read_dir(models()?)? {
        let entry = entry?;
        if !absent.iter().any(|name| entry.file_name() == *name) {
            std::os::unix::fs::symlink(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    Ok(folder)
}

/// The program under test, built beside this test.
fn program() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let folder = test.parent().and_then(Path::parent).context("the test lies in no target folder")?;
    let program = folder.join("reelgraph");
    ensure!(program.is_file(), "{} is not built; run `cargo build --workspace` first", program.display());
    Ok(program)
}

/// A library that goes away with this value.
pub struct Library {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Whether its exit status was 0.
    pub is_success: bool,
    /// All of standard output.
    pub output: String,
    /// All of standard error.
    pub errors: String,
}

impl Outcome {
    /// Standard output as lines of JSON.
    pub fn json(&self) -> anyhow::Result<Vec<Value>> {
        self.output.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
    }

    /// The one line of JSON of a command that succeeded.
    pub fn only(&self) -> anyhow::Result<Value> {
        ensure!(self.is_success, "the command failed: {}", self.errors);
        self.json()?.pop().context("the command printed nothing")
    }
}

impl Library {
    /// An empty one.
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self { folder: TempDir::new()?, environment: Vec::new() })
    }

    /// The same with one more environment variable for every command.
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A command of the program on this library, not started yet.
    pub fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(program()?);
        command.args(arguments).arg("--data").arg(self.path()).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<Outcome> {
        let output = self.command(arguments)?.output()?;
        Ok(Outcome {
            is_success: output.status.success(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}
