//! Media made for a test by the `ffmpeg` program.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

/// Runs `ffmpeg` with arguments that hold no blanks themselves; `{}` stands for `input`. The file that it made.
pub fn ffmpeg(arguments: &str, input: &Path, output: PathBuf) -> anyhow::Result<PathBuf> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]);
    for argument in arguments.split_whitespace() {
        match argument {
            "{}" => command.arg(input),
            other => command.arg(other),
        };
    }
    let made = command.arg(&output).output().context("ffmpeg is needed (apt-get install ffmpeg)")?;
    ensure!(made.status.success(), "{}: {}", output.display(), String::from_utf8_lossy(&made.stderr));
    Ok(output)
}
