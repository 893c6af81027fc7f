//! `reelgraph import`: brings in analysis made elsewhere, or captions that someone made.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::ingest::wait_until_searchable;
use crate::arguments::{Common, ImportArguments};
use crate::client::Client;
use crate::{config, output};

const IMPORT: &str = "mutation Import($id: ID!, $source: ImportSourceInput!) {
  importAnalysis(input: { assetId: $id, source: $source }) {
    observationCount job { id } errors { code field message } } }";

/// How often the job is asked for.
const POLL: Duration = Duration::from_millis(250);

const JOB: &str = "query Job($id: ID!) { job(id: $id) { state reason { message } } }";

pub async fn run(common: &Common, arguments: ImportArguments) -> anyhow::Result<ExitCode> {
    let kind = Kind::of(&arguments)?;
    let file = &arguments.file;
    let text = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut config = config::load(common)?;
    if common.verbose == 0 {
        config.worker_log = Some("error".to_owned());
    }
    let client = Client::of_library(config).await?;
    let shutdown = CancellationToken::new();
    let background = if arguments.no_wait { None } else { client.start_background(&shutdown)? };
    let outcome = async {
        let stored = send(&client, &arguments, &kind, text).await?;
        if !arguments.no_wait {
            wait_until_done(&client, &stored.job).await?;
            wait_until_searchable(&client, &arguments.asset, common.json).await?;
        }
        anyhow::Ok(stored.observations)
    };
    let outcome = outcome.await;
    shutdown.cancel();
    if let Some(background) = background {
        background.ended().await;
    }
    let observations = outcome.with_context(|| format!("{} was not imported", file.display()))?;
    if common.json {
        output::json(&json!({ "asset": arguments.asset, "observations": observations }))?;
    } else {
        output::line(format!("{}: {observations} observations are with {}", file.display(), arguments.asset));
    }
    Ok(ExitCode::SUCCESS)
}

/// What the file is, by its name.
enum Kind {
    Analysis,
    Captions { extension: &'static str, format: &'static str, language: String },
}

impl Kind {
    fn of(arguments: &ImportArguments) -> anyhow::Result<Self> {
        let extension = Path::new(&arguments.file).extension().and_then(|it| it.to_str()).unwrap_or_default();
        let (extension, format) = match extension.to_ascii_lowercase().as_str() {
            "json" => return Ok(Self::Analysis),
            "vtt" => ("vtt", "WEB_VTT"),
            "srt" => ("srt", "SUB_RIP"),
            "ttml" | "dfxp" | "xml" => ("ttml", "TTML"),
            _ => bail!("a file that ends in .json, .vtt, .srt or .ttml can be imported"),
        };
        let language = arguments.language.clone().context("captions need --language, such as --language en")?;
        Ok(Self::Captions { extension, format, language })
    }
}

/// What the library says when it has stored a file.
struct Stored {
    observations: u64,
    /// Id of the job that makes moments of it.
    job: String,
}

impl Stored {
    fn of(answer: &Value, job: &str) -> Self {
        let observations = answer.get("observationCount").and_then(Value::as_u64).unwrap_or_default();
        let job = answer.pointer(job).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self { observations, job }
    }
}

/// Waits for the end of a job; an error where that is no good one.
async fn wait_until_done(client: &Client, job: &str) -> anyhow::Result<()> {
    loop {
        let data = client.execute(JOB, json!({ "id": job })).await?;
        let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        match text("/job/state") {
            "SUCCEEDED" => return Ok(()),
            "DEFERRED" | "QUEUED" | "RUNNING" => tokio::time::sleep(POLL).await,
            _ => bail!("it is stored, but no moments were made of it: {}", text("/job/reason/message")),
        }
    }
}

/// Hands the file over.
async fn send(client: &Client, arguments: &ImportArguments, kind: &Kind, text: Vec<u8>) -> anyhow::Result<Stored> {
    if let Client::Remote { http, address } = client {
        // A server takes large files only as such.
        let mut url = url::Url::parse(&format!("http://{address}/v1/assets/{}/analysis.json", arguments.asset))?;
        if let Kind::Captions { extension, language, .. } = kind {
            url = url.join(&format!("captions.{extension}"))?;
            let mut query = url.query_pairs_mut();
            query.append_pair("language", language);
            if let Some(name) = &arguments.name {
                query.append_pair("name", name);
            }
        }
        let sent = http.put(url).body(text).send().await;
        let answer = sent.with_context(|| format!("the server at http://{address} does not answer"))?;
        let is_stored = answer.status().is_success();
        let answer: Value = answer.json().await.context("the server did not answer with JSON")?;
        if !is_stored {
            let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            bail!("{} ({})", text("detail"), text("code"));
        }
        return Ok(Stored::of(&answer, "/jobId"));
    }
    let text = String::from_utf8(text).context("the file is not UTF-8")?;
    let source = match kind {
        Kind::Analysis => json!({ "analysis": text }),
        Kind::Captions { format, language, .. } => {
            let mut captions = json!({ "text": text, "format": format, "language": language });
            if let (Some(name), Some(captions)) = (&arguments.name, captions.as_object_mut()) {
                captions.insert("name".to_owned(), json!(name));
            }
            json!({ "captions": captions })
        }
    };
    let data = client.execute(IMPORT, json!({ "id": arguments.asset, "source": source })).await?;
    if let Some(error) = data.pointer("/importAnalysis/errors/0") {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        bail!("{} ({})", text("message"), text("code"));
    }
    Ok(Stored::of(data.get("importAnalysis").unwrap_or(&Value::Null), "/job/id"))
}
