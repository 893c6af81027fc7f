//! `reelgraph doctor`: finds what is wrong and says what to do.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reelgraph_inference::catalog::{CardStatus, ModelStore};
use reelgraph_inference::runtime::Runtime;
use reelgraph_models::blob::{BlobKey, BlobStore};
use reelgraph_models::clock::SystemClock;
use reelgraph_models::id::TenantId;
use reelgraph_models::job::JobState;
use reelgraph_models::store::Store;
use reelgraph_search::text::{TextIndex, TextSettings};
use serde::Serialize;

use crate::arguments::Common;
use crate::config::{self, Config, Files, Vectors};
use crate::library::{self, Holder};
use crate::output;

/// How long a server may take to accept a connection.
const REACH_TIMEOUT: Duration = Duration::from_secs(3);

/// How a part of the installation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    Good,
    /// Works, with something missing.
    Reduced,
    Broken,
}

/// What was found out about one part.
#[derive(Debug, Serialize)]
struct Finding {
    part: &'static str,
    health: Health,
    what: String,
    /// What to do about it; empty when nothing is to be done.
    advice: String,
}

impl Finding {
    fn good(part: &'static str, what: impl Into<String>) -> Self {
        Self { part, health: Health::Good, what: what.into(), advice: String::new() }
    }

    fn reduced(part: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, health: Health::Reduced, what: what.into(), advice: advice.into() }
    }

    fn broken(part: &'static str, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, health: Health::Broken, what: what.into(), advice: advice.into() }
    }
}

pub async fn run(common: &Common) -> anyhow::Result<ExitCode> {
    let findings = match config::load(common) {
        Ok(config) => examine(&config).await,
        Err(error) => vec![Finding::broken(
            "settings",
            format!("{error:#}"),
            "correct the settings file or the variable that it names",
        )],
    };
    for finding in &findings {
        if common.json {
            output::json(finding)?;
        } else {
            let mark = match finding.health {
                Health::Good => "ok    ",
                Health::Reduced => "note  ",
                Health::Broken => "BROKEN",
            };
            output::line(format!("{mark}  {:<12} {}", finding.part, finding.what));
            if !finding.advice.is_empty() {
                output::line(format!("        {:<12} → {}", "", finding.advice));
            }
        }
    }
    let is_broken = findings.iter().any(|finding| finding.health == Health::Broken);
    Ok(if is_broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![Finding::good("settings", format!("data in {}", config.data.display()))];
    findings.extend(library(config));
    findings.extend(database(config).await);
    findings.push(files(config).await);
    findings.push(vectors(config).await);
    findings.extend(pair(config));
    findings.extend(vocabulary(config));
    findings.extend(models(config));
    findings
}

fn library(config: &Config) -> Vec<Finding> {
    const PART: &str = "library";
    match library::take(&config.data) {
        // The index is opened while the lock is held: no server can be writing it.
        Ok(Holder::Us(_lock)) => vec![Finding::good(PART, "no server has it open"), text_index(config)],
        Ok(Holder::Server(address)) => vec![Finding::good(PART, format!("open in the server at http://{address}"))],
        Ok(Holder::Command) => vec![Finding::good(PART, "open in another command")],
        Err(error) => vec![Finding::broken(
            PART,
            format!("{error:#}"),
            "make the data folder writable for this user, or name another with --data",
        )],
    }
}

fn text_index(config: &Config) -> Finding {
    const PART: &str = "text index";
    let folder = config.data.join("index/text");
    if !folder.is_dir() {
        return Finding::good(PART, "not there yet; it is made from the database when it is needed");
    }
    match TextIndex::open(&folder, TextSettings::default()) {
        Ok(_) => Finding::good(PART, format!("in {}", folder.display())),
        Err(error) => Finding::broken(
            PART,
            format!("{:#}", anyhow::Error::new(error)),
            "reelgraph reindex builds it anew from the database; nothing is lost",
        ),
    }
}

/// An operator's image–text pair, where the settings name one.
fn pair(config: &Config) -> Option<Finding> {
    const PART: &str = "image–text";
    const FILES: [&str; 3] = ["text_model.onnx", "vision_model.onnx", "tokenizer.json"];
    let folder = config.image_text_pair.as_ref()?;
    let missing: Vec<&str> = FILES.into_iter().filter(|file| !folder.join(file).is_file()).collect();
    Some(if missing.is_empty() {
        Finding::good(PART, format!("the pair in {}", folder.display()))
    } else {
        let what = format!("{} has no {}", folder.display(), missing.join(", no "));
        Finding::broken(PART, what, "put the files there, or take image_text.pair out of the settings")
    })
}

/// The vocabulary, where the settings name one.
fn vocabulary(config: &Config) -> Option<Finding> {
    const PART: &str = "vocabulary";
    let path = config.vocabulary.as_ref()?;
    Some(match crate::vocabulary::read(path) {
        Ok(concepts) => Finding::good(PART, format!("{} concepts in {}", concepts.len(), path.display())),
        Err(error) => Finding::broken(
            PART,
            format!("{}: {:#}", path.display(), anyhow::Error::new(error)),
            "correct the file, name another, or take search.vocabulary out of the settings",
        ),
    })
}

async fn database(config: &Config) -> Vec<Finding> {
    const PART: &str = "database";
    let advice = "check database.url, that the server runs, and that this user may write the file";
    let store = match Store::connect(&config.database.url, Arc::new(SystemClock)).await {
        Ok(store) => store,
        Err(error) => return vec![Finding::broken(PART, format!("{:#}", anyhow::Error::new(error)), advice)],
    };
    let mut findings = Vec::new();
    match store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => {
            findings.push(Finding::good(PART, format!("{}, schema up to date", store.engine().as_str())))
        }
        Ok(pending) => {
            let what = format!("{}, {} migrations are pending", store.engine().as_str(), pending.len());
            return vec![Finding::reduced(PART, what, "reelgraph migrate (serve does it by itself)")];
        }
        Err(error) => return vec![Finding::broken(PART, error.to_string(), advice)],
    }
    match store.jobs().counts().await {
        Ok(counts) => {
            let of = |state| counts.get(&state).copied().unwrap_or(0);
            let what = format!(
                "{} waiting, {} running, {} failed",
                of(JobState::Queued) + of(JobState::Deferred),
                of(JobState::Running),
                of(JobState::Failed)
            );
            findings.push(match of(JobState::Failed) {
                0 => Finding::good("jobs", what),
                _ => {
                    Finding::reduced("jobs", what, "the field stateReason of each asset says why; retryJob tries again")
                }
            });
        }
        Err(error) => findings.push(Finding::broken("jobs", error.to_string(), advice)),
    }
    findings
}

async fn files(config: &Config) -> Finding {
    const PART: &str = "files";
    let (place, blobs) = match &config.files {
        Files::Folder(folder) => (folder.display().to_string(), BlobStore::folder(folder)),
        Files::S3(settings) => (format!("S3 bucket {}", settings.bucket), BlobStore::s3(settings.clone())),
    };
    let tried = async {
        let blobs = blobs?.tenant(TenantId::DEFAULT);
        let key = BlobKey::new("doctor/probe").map_err(anyhow::Error::from)?;
        blobs.put_bytes(&key, Bytes::from_static(b"probe")).await?;
        blobs.delete(&key).await?;
        anyhow::Ok(())
    };
    match tried.await {
        Ok(()) => Finding::good(PART, format!("{place} can be written")),
        Err(error) => Finding::broken(
            PART,
            format!("{place}: {error:#}"),
            "free some space, or check the files settings and who owns the place",
        ),
    }
}

async fn vectors(config: &Config) -> Finding {
    const PART: &str = "vectors";
    let url = match &config.vectors {
        Vectors::Edge(folder) => return Finding::good(PART, format!("in process, in {}", folder.display())),
        Vectors::Server { url, .. } => url,
    };
    let address =
        url::Url::parse(url).ok().and_then(|url| Some((url.host_str()?.to_owned(), url.port().unwrap_or(6334))));
    let reached = match address {
        Some((host, port)) => {
            tokio::time::timeout(REACH_TIMEOUT, tokio::net::TcpStream::connect((host.as_str(), port)))
                .await
                .is_ok_and(|it| it.is_ok())
        }
        None => false,
    };
    if reached {
        Finding::good(PART, format!("on the Qdrant server at {url}"))
    } else {
        Finding::broken(
            PART,
            format!("nothing answers at {url}"),
            "start Qdrant, or correct vectors.qdrant_url (its gRPC port, 6334)",
        )
    }
}

fn models(config: &Config) -> Vec<Finding> {
    const PART: &str = "models";
    let store = ModelStore::new(&config.models);
    let mut findings = Vec::new();
    let cards = match store.catalog().cards() {
        Ok(cards) => cards,
        Err(error) => return vec![Finding::broken(PART, error.to_string(), "install Reelgraph again")],
    };
    for card in cards.iter().filter(|card| card.default) {
        let pull = format!("reelgraph models pull {}", card.name);
        findings.push(match store.status(card) {
            Ok(CardStatus::Ready) => Finding::good(PART, format!("{} {} ({})", card.name, card.version, card.task)),
            Ok(CardStatus::Damaged(file, why)) => {
                Finding::reduced(PART, format!("{}: {file} is damaged, {why}", card.name), pull)
            }
            Ok(_) => Finding::reduced(PART, format!("{} is not here, so no {}", card.name, card.task), pull),
            Err(error) => Finding::broken(PART, error.to_string(), pull),
        });
    }
    let runtime = store.open("onnxruntime").and_then(|files| Runtime::open(files.path("library")?));
    if let Err(error) = runtime {
        findings.push(Finding::broken(PART, error.to_string(), "reelgraph models pull onnxruntime"));
    }
    findings
}
