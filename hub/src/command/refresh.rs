//! `reelgraph refresh`: analyses again what is missing or stale.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::arguments::{Common, RefreshArguments};
use crate::client::Client;
use crate::{config, output};

/// How often progress is asked for.
const POLL: Duration = Duration::from_millis(500);
/// How long a worker may take to load its models and say which they are.
const MODELS_TIMEOUT: Duration = Duration::from_secs(180);

const REFRESH: &str = "mutation Refresh($input: RefreshLibraryInput!) {
  refreshLibrary(input: $input) { jobCount alreadyQueuedCount estimateMs
    gaps { modality gap assetCount } refresh { id } errors { code message } } }";

const PROGRESS: &str = "query Progress($id: ID!) { refresh(id: $id) { id jobCount queuedCount runningCount
  succeededCount failedCount cancelledCount fraction estimateMs remainingMs isFinal } }";

const REPORTED: &str = "{ coverageSummary { modelsReportedAt } }";

pub async fn run(common: &Common, arguments: RefreshArguments) -> anyhow::Result<ExitCode> {
    let mut config = config::load(common)?;
    if common.verbose == 0 {
        config.worker_log = Some("error".to_owned());
    }
    let started_at = Utc::now();
    let client = Client::of_library(config).await?;
    let shutdown = CancellationToken::new();
    let background = client.start_background(&shutdown)?;
    let outcome = async {
        if background.is_some() {
            models_reported(&client, started_at).await?;
        }
        refresh(common, &arguments, &client).await
    };
    let outcome = outcome.await;
    shutdown.cancel();
    if let Some(background) = background {
        background.ended().await;
    }
    outcome
}

/// Waits until a worker that was started just now has said which models it has.
pub async fn models_reported(client: &Client, since: DateTime<Utc>) -> anyhow::Result<()> {
    let started = Instant::now();
    while started.elapsed() < MODELS_TIMEOUT {
        let data = client.execute(REPORTED, Value::Null).await?;
        let reported = data.pointer("/coverageSummary/modelsReportedAt").and_then(Value::as_str).map(str::parse);
        if matches!(reported, Some(Ok(at)) if DateTime::<Utc>::max(at, since) == at) {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("no worker has said which models it has; `reelgraph work -v` says what is wrong")
}

async fn refresh(common: &Common, arguments: &RefreshArguments, client: &Client) -> anyhow::Result<ExitCode> {
    let modality = |name: &String| name.replace('-', "_").to_uppercase();
    let only: Vec<String> = arguments.only.iter().map(modality).collect();
    let input = json!({
        "modalities": if only.is_empty() { Value::Null } else { json!(only) },
        "assetIds": if arguments.assets.is_empty() { Value::Null } else { json!(arguments.assets) },
        "onlyFailed": arguments.only_failed,
        "recomputeImported": arguments.recompute_imported,
        "dryRun": arguments.dry_run,
    });
    let mut data = client.execute(REFRESH, json!({ "input": input })).await?;
    let planned = data.get_mut("refreshLibrary").map(Value::take).unwrap_or_default();
    if let Some(message) = planned.pointer("/errors/0/message").and_then(Value::as_str) {
        bail!("{message}");
    }
    if !common.json {
        print_plan(&planned, arguments.dry_run);
    }
    let id = planned.pointer("/refresh/id").and_then(Value::as_str);
    let (Some(id), false) = (id, arguments.no_wait) else {
        if common.json {
            output::json(&planned)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let ended = follow(client, id, common.json).await?;
    let number = |name: &str| ended.get(name).and_then(Value::as_u64).unwrap_or_default();
    if common.json {
        output::json(&json!({ "planned": planned, "refresh": ended }))?;
    } else {
        let (succeeded, failed, cancelled) =
            (number("succeededCount"), number("failedCount"), number("cancelledCount"));
        output::line(format!("{succeeded} done, {failed} failed, {cancelled} cancelled."));
        if failed > 0 {
            output::line(
                "What was known of the failed ones stays; `reelgraph refresh --only-failed` tries them again.",
            );
        }
    }
    Ok(if number("failedCount") == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_plan(planned: &Value, is_dry_run: bool) {
    let number = |name: &str| planned.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (jobs, busy) = (number("jobCount"), number("alreadyQueuedCount"));
    let time = planned.get("estimateMs").and_then(Value::as_u64).map(Duration::from_millis);
    let time = time.map_or_else(String::new, |time| format!(", about {} for one worker", HumanDuration(time)));
    match (jobs, is_dry_run) {
        (0, _) => output::line("Nothing is missing or stale."),
        (_, true) => output::line(format!("{jobs} assets would be analysed again{time}:")),
        (_, false) => output::line(format!("{jobs} assets are analysed again{time}:")),
    }
    for gap in planned.get("gaps").and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| gap.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        let assets = gap.get("assetCount").and_then(Value::as_u64).unwrap_or_default();
        output::line(format!("  {} {} on {assets}", text("modality").replace('_', " "), text("gap")));
    }
    if busy > 0 {
        output::line(format!("{busy} more have a job that waits or runs already."));
    }
}

/// Shows how far the jobs are until all have ended; their last counts.
pub async fn follow(client: &Client, id: &str, is_quiet: bool) -> anyhow::Result<Value> {
    let bar = if is_quiet { ProgressBar::hidden() } else { ProgressBar::new(1_000) };
    bar.set_style(ProgressStyle::with_template("[{bar:30}] {percent:>3} %  {msg}")?.progress_chars("=> "));
    loop {
        let mut data = client.execute(PROGRESS, json!({ "id": id })).await?;
        let refresh = data.get_mut("refresh").map(Value::take).filter(Value::is_object);
        let refresh = refresh.context("the server has forgotten the re-run")?;
        let number = |name: &str| refresh.get(name).and_then(Value::as_u64).unwrap_or_default();
        let fraction = refresh.get("fraction").and_then(Value::as_f64).unwrap_or_default();
        let ended = number("succeededCount") + number("failedCount") + number("cancelledCount");
        let left = refresh.get("remainingMs").and_then(Value::as_u64).map(Duration::from_millis);
        let left = left.map_or_else(String::new, |left| format!(", {} left", HumanDuration(left)));
        bar.set_position((fraction * 1_000.0) as u64);
        bar.set_message(format!("{ended} of {} assets{left}", number("jobCount")));
        if refresh.get("isFinal").and_then(Value::as_bool) == Some(true) {
            bar.finish_and_clear();
            return Ok(refresh);
        }
        tokio::time::sleep(POLL).await;
    }
}
