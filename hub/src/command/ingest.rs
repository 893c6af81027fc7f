//! `reelgraph ingest`: brings files in and waits until they can be found.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::arguments::{Common, IngestArguments};
use crate::client::Client;
use crate::{config, output};

/// How often progress is asked for.
const POLL: Duration = Duration::from_millis(250);

const INGEST: &str = "mutation Ingest($source: IngestSourceInput!) {
  ingestAsset(input: { source: $source }) { isAlreadyKnown errors { code message } asset { id title } }
}";

const PROGRESS: &str = "query Progress($id: ID!) {
  asset(id: $id) { id title state stateReason { code message } isSearchable
    latestJob { state stage fraction message reason { code message } attempts maxAttempts }
    coverage { modality status model version reason { code message } observationCount embeddingCount spentMs } }
}";

pub async fn run(common: &Common, arguments: IngestArguments) -> anyhow::Result<ExitCode> {
    let mut config = config::load(common)?;
    if common.verbose == 0 {
        config.worker_log = Some("error".to_owned());
    }
    let client = Client::open(config).await?;
    let shutdown = CancellationToken::new();
    let background = if arguments.no_wait { None } else { client.start_background(&shutdown)? };
    let mut failures = 0usize;
    for source in &arguments.sources {
        let outcome = match bring_in(&client, source).await {
            Ok(brought) if arguments.no_wait => Ok(brought.asset),
            Ok(brought) => wait_until_searchable(&client, &brought.id, common.json).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(asset) => report(common, source, &asset)?,
            Err(error) => {
                failures += 1;
                output::print_error(&error.context(format!("{source} was not ingested")), common.json);
            }
        }
    }
    shutdown.cancel();
    if let Some(background) = background {
        background.ended().await;
    }
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// An asset that has been registered, or was known already.
pub struct Brought {
    pub id: String,
    pub is_already_known: bool,
    pub asset: Value,
}

/// Hands one file or address over.
pub async fn bring_in(client: &Client, source: &str) -> anyhow::Result<Brought> {
    let is_address = source.starts_with("http://") || source.starts_with("https://");
    let variable = if is_address {
        json!({ "url": source })
    } else {
        let path = std::path::absolute(source).with_context(|| format!("{source} is no usable path"))?;
        json!({ "path": path })
    };
    let data = client.execute(INGEST, json!({ "source": variable })).await?;
    if let Some(message) = data.pointer("/ingestAsset/errors/0/message").and_then(Value::as_str) {
        let code = data.pointer("/ingestAsset/errors/0/code").and_then(Value::as_str).unwrap_or_default();
        bail!("{message} ({code})");
    }
    let asset = data.pointer("/ingestAsset/asset").cloned().unwrap_or_default();
    let id = asset.get("id").and_then(Value::as_str).context("the server named no asset")?.to_owned();
    let is_already_known = data.pointer("/ingestAsset/isAlreadyKnown").and_then(Value::as_bool) == Some(true);
    Ok(Brought { id, is_already_known, asset })
}

/// Waits for the end of the work on an asset, showing how far it is; an error where it was refused or failed.
pub async fn wait_until_searchable(client: &Client, id: &str, is_quiet: bool) -> anyhow::Result<Value> {
    let bar = if is_quiet { ProgressBar::hidden() } else { ProgressBar::new(1_000) };
    bar.set_style(
        ProgressStyle::with_template("{prefix:.bold} [{bar:30}] {percent:>3} %  {msg}")?.progress_chars("=> "),
    );
    loop {
        let asset =
            client.execute(PROGRESS, json!({ "id": id })).await?.get_mut("asset").map(Value::take).unwrap_or_default();
        let text = |pointer: &str| asset.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let fraction = asset.pointer("/latestJob/fraction").and_then(Value::as_f64).unwrap_or_default();
        bar.set_prefix(text("/title"));
        bar.set_position((fraction * 1_000.0) as u64);
        bar.set_message(format!("{} {}", text("/latestJob/stage"), text("/latestJob/message")));
        match text("/state").as_str() {
            "REFUSED" | "FAILED" => {
                bar.finish_and_clear();
                bail!("{} ({})", text("/stateReason/message"), text("/stateReason/code"));
            }
            "READY" if asset.get("isSearchable").and_then(Value::as_bool) == Some(true) => {
                bar.finish_and_clear();
                return Ok(asset);
            }
            _ if text("/latestJob/state") == "CANCELLED" => {
                bar.finish_and_clear();
                bail!("the job was cancelled; start it again with the mutation reanalyzeAsset");
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
}

fn report(common: &Common, source: &str, asset: &Value) -> anyhow::Result<()> {
    if common.json {
        return output::json(&json!({ "source": source, "asset": asset }));
    }
    let text = |pointer: &str| asset.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    output::line(format!("{source}: {} is in the library as {}", text("/title"), text("/id")));
    print_gaps(asset);
    Ok(())
}

/// Prints what was not looked at, and why.
pub fn print_gaps(asset: &Value) {
    let cells = asset.get("coverage").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for cell in cells.iter().filter(|cell| cell.get("status").and_then(Value::as_str) != Some("DONE")) {
        let text = |pointer: &str| cell.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (modality, status) = (text("/modality").to_lowercase(), text("/status").to_lowercase());
        output::line(format!("  {} {status}: {}", modality.replace('_', " "), text("/reason/message")));
    }
}
