//! `reelgraph work`: works off jobs, beside a server or on another machine.

use std::io::Read;
use std::process::ExitCode;

use anyhow::Context;
use reelgraph_indexer::analyze::{AnalyzerSet, ModelSettings};
use reelgraph_indexer::worker::{Until, Worker, WorkerSettings};
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::Threads;
use reelgraph_media::Sandbox;
use tokio_util::sync::CancellationToken;

use crate::app::{Stores, open_stores};
use crate::arguments::{Common, WorkArguments};
use crate::config::{self, Config};
use crate::{output, shutdown, usage};

pub async fn run(common: &Common, arguments: WorkArguments) -> anyhow::Result<ExitCode> {
    let config = config::load(common)?;
    let shutdown = shutdown::on_signal()?;
    if arguments.until_input_ends {
        end_with_input(shutdown.clone());
    }
    let mut worker = worker(&config).await?;
    let until = if arguments.until_idle { Until::Idle } else { Until::Stopped };
    let processor_before = usage::processor_time();
    worker.run(until, &shutdown).await?;
    if common.json {
        let spent = worker.spent();
        output::json(&serde_json::json!({
            "jobs": spent.attempts,
            "wall_ms": spent.wall.as_millis() as u64,
            "processor_ms": usage::processor_time().saturating_sub(processor_before).as_millis() as u64,
            "inference_ms": spent.inference.as_millis() as u64,
            "peak_memory_bytes": usage::peak_bytes(),
        }))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the stores and loads the models.
async fn worker(config: &Config) -> anyhow::Result<Worker> {
    let Stores { store, blobs } = open_stores(config).await?;
    let models =
        ModelSettings { threads: Threads::shared(config.threads), image_text_pair: config.image_text_pair.clone() };
    let analyzers = tokio::task::block_in_place(|| AnalyzerSet::load(&ModelStore::new(&config.models), &models));
    let program = std::env::current_exe().context("this program cannot find itself to start a decoder")?;
    let sandbox = Sandbox::new(program, ["decode-child"], config.decode.clone());
    let owner = format!("{}-{}", std::process::id(), store.clock().new_uuid().simple());
    let settings = WorkerSettings { owner, scratch: config.scratch() };
    Ok(Worker::new(store, blobs, sandbox, analyzers, settings))
}

/// Cancels `shutdown` when standard input is closed: the server that holds its other end is gone.
fn end_with_input(shutdown: CancellationToken) {
    std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
        shutdown.cancel();
    });
}
