//! A library of its own for a measurement, served and worked on by processes of this program.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::client::Client;
use crate::command::ingest;
use crate::config::Config;
use crate::usage;

/// How often the memory of a worker and its decoder is read.
const MEMORY_PERIOD: Duration = Duration::from_millis(100);

const DURATION: &str = "query Duration($id: ID!) { asset(id: $id) { durationMicros } }";

/// A library in a temporary folder that goes with this value.
pub(super) struct Library {
    pub(super) config: Config,
    folder: TempDir,
    program: PathBuf,
}

/// A server on a library; killed with this value, which therefore must go before the library's folder does.
pub(super) struct Server {
    pub(super) client: Client,
    _process: Child,
}

/// What `reelgraph work --json` says at its end.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Work {
    /// Attempts, one a job where nothing failed.
    pub(super) jobs: u64,
    /// From each lease to its end; loading the models is not in it.
    pub(super) wall_ms: u64,
    /// Processor time of the worker and its decoder, all threads together; loading the models is not in it.
    pub(super) processor_ms: u64,
    /// Inside the models, summed over threads.
    pub(super) inference_ms: u64,
    /// The worker's own peak.
    pub(super) peak_memory_bytes: u64,
}

/// What `reelgraph reindex --json` says at its end.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Rebuilt {
    pub(super) moments: u64,
    /// Until everything could be found.
    pub(super) publish_ms: u64,
    /// Until searches were as fast as they will be.
    pub(super) wall_ms: u64,
}

/// One file taken through everything.
pub(super) struct Analysed {
    /// Id of the asset, as the API gives it.
    pub(super) asset: String,
    pub(super) duration_ms: f64,
    pub(super) work: Work,
    /// Most that the worker and its decoder held at one time.
    pub(super) peak_memory_bytes: u64,
    /// Milliseconds on the thread of each analyzer, under the first of its channels and models.
    pub(super) analyzers: Vec<(String, f64)>,
}

impl Server {
    /// What was observed in an asset, page by page: the nodes of a query that has `$id`, `$after` and `asset.observations`.
    pub(super) async fn observations(&self, query: &str, asset: &str) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut after) = (Vec::new(), Value::Null);
        loop {
            let answer = self.client.execute(query, json!({ "id": asset, "after": after })).await?;
            let page = answer.pointer("/asset/observations").context("the asset has no observations")?;
            all.extend(page.get("nodes").and_then(Value::as_array).into_iter().flatten().cloned());
            if page.pointer("/pageInfo/hasNextPage") != Some(&Value::Bool(true)) {
                return Ok(all);
            }
            after = page.pointer("/pageInfo/endCursor").cloned().unwrap_or_default();
        }
    }
}

impl Library {
    /// An empty library with this installation's models and bounds.
    pub(super) fn create(config: &Config) -> anyhow::Result<Self> {
        let folder =
            tempfile::Builder::new().prefix("reelgraph-eval-").tempdir().context("no temporary folder can be made")?;
        let program = std::env::current_exe().context("this program cannot find itself to start a server")?;
        Ok(Self { config: config.alone_in(folder.path()), folder, program })
    }

    /// Starts a server without workers.
    pub(super) async fn serve(&self) -> anyhow::Result<Server> {
        #[derive(Deserialize)]
        struct Started {
            address: std::net::SocketAddr,
        }
        let mut process = self.command(["serve", "--json", "--listen", "127.0.0.1:0", "--workers", "0"]).spawn()?;
        let stdout = process.stdout.take().context("the server's output cannot be read")?;
        let line = BufReader::new(stdout).lines().next_line().await?.context("the server ended before it listened")?;
        let started: Started = serde_json::from_str(&line).context("the server did not say where it listens")?;
        Ok(Server { client: Client::remote(started.address)?, _process: process })
    }

    /// Ingests a file through the server, has a worker of its own analyse it, and waits until it can be found.
    pub(super) async fn analyse(&self, server: &Server, file: &Path) -> anyhow::Result<Analysed> {
        let brought = ingest::bring_in(&server.client, &file.to_string_lossy()).await?;
        let (work, peak_memory_bytes) = self.work().await?;
        let done = ingest::wait_until_searchable(&server.client, &brought.id, true).await?;
        let asset = server.client.execute(DURATION, json!({ "id": brought.id })).await?;
        let micros = asset.pointer("/asset/durationMicros").and_then(micros).context("the asset has no duration")?;
        if work.jobs != 1 {
            bail!("{} took {} attempts; its times would mean nothing", file.display(), work.jobs);
        }
        let analyzers = analyzers(&done);
        Ok(Analysed { asset: brought.id, duration_ms: micros / 1e3, work, peak_memory_bytes, analyzers })
    }

    /// As [`Library::analyse`], for several files by one worker; the ids of their assets.
    pub(super) async fn analyse_all(&self, server: &Server, files: &[PathBuf]) -> anyhow::Result<Vec<String>> {
        let mut assets = Vec::with_capacity(files.len());
        for file in files {
            assets.push(ingest::bring_in(&server.client, &file.to_string_lossy()).await?.id);
        }
        self.work().await?;
        for asset in &assets {
            ingest::wait_until_searchable(&server.client, asset, true).await?;
        }
        Ok(assets)
    }

    /// Runs a worker until no job is left.
    async fn work(&self) -> anyhow::Result<(Work, u64)> {
        let mut process = self.command(["work", "--json", "--until-idle"]).spawn()?;
        let id = process.id().context("the worker ended at once")?;
        let mut stdout = process.stdout.take().context("the worker's output cannot be read")?;
        let watch = async {
            let (mut peak, mut period) = (0, tokio::time::interval(MEMORY_PERIOD));
            loop {
                tokio::select! {
                    status = process.wait() => return status.map(|status| (status, peak)),
                    _ = period.tick() => peak = peak.max(usage::resident_bytes_with_children(id)),
                }
            }
        };
        let mut said = String::new();
        let (ended, read) = tokio::join!(watch, stdout.read_to_string(&mut said));
        let (status, peak) = ended?;
        read?;
        let work: Work = said_last(status, &said)?;
        Ok((work, peak.max(work.peak_memory_bytes)))
    }

    /// Rebuilds the indexes from the rows.
    pub(super) async fn reindex(&self) -> anyhow::Result<Rebuilt> {
        let ended = self.command(["reindex", "--json"]).spawn()?.wait_with_output().await?;
        said_last(ended.status, &String::from_utf8_lossy(&ended.stdout))
    }

    /// This program on this library, untouched by settings that the environment holds for others.
    fn command<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = Command::new(&self.program);
        let ours = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("REELGRAPH_"));
        for (name, _) in ours {
            command.env_remove(name);
        }
        command.args(arguments).arg("--data").arg(self.folder.path());
        // Errors only, as of every command that is no service; who measures can ask for more.
        command.env("REELGRAPH_LOG", std::env::var_os("REELGRAPH_LOG").unwrap_or_else(|| "error".into()));
        command.env("REELGRAPH_MODELS", &self.config.models).env("REELGRAPH_THREADS", self.config.threads.to_string());
        if let Some(pair) = &self.config.image_text_pair {
            command.env("REELGRAPH_IMAGE_TEXT__PAIR", pair);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        command
    }
}

/// What each analyzer took, by the coverage of an asset; those that took no time are left out.
fn analyzers(asset: &Value) -> Vec<(String, f64)> {
    let cells = asset.get("coverage").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut times: Vec<(String, f64)> = Vec::new();
    for cell in cells {
        let text = |name: &str| cell.get(name).and_then(Value::as_str).unwrap_or_default();
        let spent_ms = cell.get("spentMs").and_then(micros).unwrap_or_default();
        // Channels that come of one look have the same time.
        if spent_ms > 0.0 && !times.iter().any(|(_, other)| *other == spent_ms) {
            times.push((format!("{} by {}", text("modality").to_lowercase(), text("model")), spent_ms));
        }
    }
    times
}

/// What a command of ours says at its end.
fn said_last<T: DeserializeOwned>(status: ExitStatus, said: &str) -> anyhow::Result<T> {
    if !status.success() {
        bail!("the command ended with {status}");
    }
    let last = said.lines().last().context("the command said nothing about its work")?;
    serde_json::from_str(last).context("the command said something else than its figures")
}

/// A whole number as the API gives it: a number, or a string where it may be beyond what JSON readers keep exactly.
pub(super) fn micros(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}
