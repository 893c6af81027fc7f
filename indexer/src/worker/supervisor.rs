//! Keeps a number of worker processes alive beside a server.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

/// First pause before a worker that ended is started again; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest pause between two starts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A worker that lived this long was healthy: the next pause starts small again.
const HEALTHY_LIFE: Duration = Duration::from_secs(60);
/// How long a worker may take to give its lease back at shutdown before it is killed.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// How to start a worker process.
#[derive(Debug, Clone)]
pub struct WorkerCommand {
    /// The program, normally this one.
    pub program: PathBuf,
    /// Its arguments; they must make it end when its standard input is closed.
    pub arguments: Vec<String>,
    /// Environment on top of the inherited one.
    pub environment: Vec<(String, String)>,
}

/// Runs `count` workers until `shutdown`, starting each again when it ends; returns when all have ended.
pub async fn supervise(command: WorkerCommand, count: usize, shutdown: CancellationToken) {
    let keepers = (0..count).map(|number| keep_alive(command.clone(), number, shutdown.clone()));
    futures::future::join_all(keepers).await;
}

async fn keep_alive(command: WorkerCommand, number: usize, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        let started = tokio::time::Instant::now();
        match spawn(&command) {
            Ok(child) => run_until_ended(child, number, &shutdown).await,
            Err(source) => tracing::error!(worker = number, error = %source, "could not start a worker process"),
        }
        if started.elapsed() >= HEALTHY_LIFE {
            pause = FIRST_PAUSE;
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
        }
    }
}

fn spawn(command: &WorkerCommand) -> std::io::Result<Child> {
    Command::new(&command.program)
        .args(&command.arguments)
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        // The worker reads this pipe to its end: however the server dies, the worker notices.
        .stdin(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

async fn run_until_ended(mut child: Child, number: usize, shutdown: &CancellationToken) {
    tracing::info!(worker = number, pid = child.id(), "worker started");
    let stdin = child.stdin.take();
    tokio::select! {
        status = child.wait() => match status {
            Ok(status) => tracing::warn!(worker = number, %status, "worker ended, starting another"),
            Err(source) => tracing::error!(worker = number, error = %source, "could not wait for a worker"),
        },
        () = shutdown.cancelled() => {
            drop(stdin);
            if tokio::time::timeout(SHUTDOWN_GRACE, child.wait()).await.is_err() {
                tracing::warn!(worker = number, "worker did not end in time and is killed");
                if let Err(source) = child.kill().await {
                    tracing::error!(worker = number, error = %source, "could not kill a worker");
                }
            }
        }
    }
}
