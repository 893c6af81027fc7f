//! `reelgraph eval search`: judged queries asked of a library, by each channel of evidence alone and by all together, and
//! of two ways to search side by side.

mod absent;
mod against;
pub mod ask;
pub mod judgement;
pub mod matching;
mod measure;
mod reranked;
pub mod shared;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::figure::Report;
use super::library::Library;
use super::media::Media;
use crate::arguments::{Common, JudgedArguments, SpaceCompareArguments};
use crate::client::Client;
use crate::config::{self, Config};
use crate::output;

use against::Outcomes;
use ask::{Assets, Manner, Outcome, Question, ask};
use judgement::Judgement;

/// Channels of evidence that are measured alone: how figures name them, and GraphQL.
const ALONE: [(&str, &[&str]); 6] = [
    ("speech alone", &["SPEECH"]),
    ("screen text alone", &["SCREEN_TEXT"]),
    ("tags and objects alone", &["TAGS", "OBJECTS"]),
    ("titles alone", &["TITLE"]),
    ("frames alone", &["FRAMES"]),
    ("passages alone", &["PASSAGES"]),
];

const BESIDE: &str = "query Beside($role: SpaceRole) {
  embeddingSpaces(role: $role) { name version state isSearchable } }";

/// What came of one query, for whoever wants to know which ones fail.
#[derive(Debug, Serialize)]
struct Asked<'a> {
    query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    /// The grade of each hit, in order.
    found: &'a [u8],
    /// The grades of all that could have been found.
    judged: &'a [u8],
}

pub async fn run(common: &Common, arguments: &JudgedArguments) -> anyhow::Result<ExitCode> {
    let config = config::load(common)?;
    let report = Report::new(common.json, arguments.only.clone());
    let (judgements, name) = judgement::read_all(&arguments.judgements)?;
    let manner = Manner { input: fields(arguments.input.as_deref())?, ..Manner::default() };
    let is_compared =
        [arguments.against.is_some(), arguments.against_data.is_some(), arguments.against_input.is_some()];
    if is_compared.contains(&true) {
        return compare(common, arguments, &judgements, config, &manner).await;
    }
    let client = Client::of_library(config).await?;
    if let Some(count) = arguments.rerank {
        reranked::compare(&client, &judgements, &manner, count, &report).await?;
        return Ok(report.exit_code());
    }
    measure(&client, &judgements, &manner, &report, &name, arguments).await?;
    Ok(report.exit_code())
}

/// The judgements that the truth of a folder gives, asked of a library of the media it is about.
pub async fn quality(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("search_") {
        return Ok(());
    }
    let judgements = shared::judgements(media.folder())?;
    let files = shared::media(media.folder())?;
    if judgements.is_empty() || files.is_empty() {
        report.skipped("judged queries", format!("{} has no media with truth to search", media.folder().display()));
        return Ok(());
    }
    let library = Library::create(config)?;
    let server = library.serve().await?;
    library.analyse_all(&server, &files).await?;
    let questions = questions(&server.client, &judgements, report).await?;
    print_fused(&all(&server.client, &questions, &Manner::default()).await?, report, "media with truth")
}

/// Asks every judgement of a library and prints the figures.
async fn measure(
    client: &Client,
    judgements: &[Judgement],
    manner: &Manner,
    report: &Report,
    name: &str,
    arguments: &JudgedArguments,
) -> anyhow::Result<()> {
    let questions = questions(client, judgements, report).await?;
    let fused = all(client, &questions, manner).await?;
    if arguments.each {
        for (question, outcome) in &fused {
            print_each(question, outcome, report)?;
        }
    }
    print_fused(&fused, report, name)?;
    if arguments.fused {
        return Ok(());
    }
    for (label, modalities) in ALONE {
        let alone = Manner { modalities: modalities.to_vec(), ..manner.clone() };
        let outcomes = all(client, &questions, &alone).await?;
        measure::print(report, outcomes.iter().map(|(_, outcome)| outcome), &format!("{name}, {label}"))?;
    }
    Ok(())
}

fn print_fused(fused: &[(&Question<'_>, Outcome)], report: &Report, name: &str) -> anyhow::Result<()> {
    let on = format!("{name}, all together");
    measure::print(report, fused.iter().map(|(_, outcome)| outcome), &on)?;
    let kinds = fused.iter().filter_map(|(question, outcome)| Some((question.judgement.kind.as_deref()?, outcome)));
    measure::print_by_kind(report, kinds, &on)
}

async fn questions<'a>(
    client: &Client,
    judgements: &'a [Judgement],
    report: &Report,
) -> anyhow::Result<Vec<Question<'a>>> {
    let (questions, absent) = Assets::of(client).await?.questions(judgements)?;
    if !absent.is_empty() {
        let left_out = judgements.len() - questions.len();
        let absent: Vec<&str> = absent.into_iter().collect();
        report.skipped(&format!("{left_out} queries"), format!("the library does not have {}", absent.join(", ")));
    }
    ensure!(!questions.is_empty(), "the library has nothing that the queries ask for");
    Ok(questions)
}

async fn all<'a, 'b>(
    client: &Client,
    questions: &'b [Question<'a>],
    manner: &Manner,
) -> anyhow::Result<Vec<(&'b Question<'a>, Outcome)>> {
    let mut outcomes = Vec::with_capacity(questions.len());
    for question in questions {
        outcomes.extend(ask(client, question, manner).await?.map(|outcome| (question, outcome)));
    }
    Ok(outcomes)
}

fn print_each(question: &Question<'_>, outcome: &Outcome, report: &Report) -> anyhow::Result<()> {
    let Judgement { query, kind, .. } = question.judgement;
    let Outcome { found, judged, .. } = outcome;
    if report.is_json() {
        return output::json(&Asked { query, kind: kind.as_deref(), found, judged });
    }
    let grades: String = found.iter().map(u8::to_string).collect();
    output::line(format!("{grades:<10} of {:<2} {:<10} {query}", judged.len(), kind.as_deref().unwrap_or_default()));
    Ok(())
}

/// Asks the same queries in two ways and prints both.
async fn compare(
    common: &Common,
    arguments: &JudgedArguments,
    judgements: &[Judgement],
    config: Config,
    manner: &Manner,
) -> anyhow::Result<ExitCode> {
    let other = Common {
        config: arguments.against.clone().or_else(|| common.config.clone()),
        data: arguments.against_data.clone().or_else(|| common.data.clone()),
        ..common.clone()
    };
    let other_manner = match arguments.against_input.as_deref() {
        Some(input) => Manner { input: fields(Some(input))?, ..Manner::default() },
        None => manner.clone(),
    };
    let report = Report::new(common.json, None);
    let ours = outcomes(config, judgements, manner, &report).await?;
    let others = outcomes(config::load(&other)?, judgements, &other_manner, &report).await?;
    against::print(&ours, &others, common.json)?;
    Ok(report.exit_code())
}

/// Asks the same queries of the serving space of a role and of the one beside it, in one library, and prints both.
pub async fn compare_spaces(common: &Common, arguments: &SpaceCompareArguments) -> anyhow::Result<ExitCode> {
    let report = Report::new(common.json, None);
    let (judgements, _) = judgement::read_all(&arguments.judgements)?;
    let role = arguments.role.name();
    let serving = Manner { input: fields(arguments.input.as_deref())?, ..Manner::default() };
    let mut beside = serving.clone();
    beside.input.insert("besideRoles".to_owned(), json!([role]));
    let client = Client::of_library(config::load(common)?).await?;
    let spaces = client.execute(BESIDE, json!({ "role": role })).await?;
    let states = spaces.get("embeddingSpaces").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_beside = |space: &&Value| matches!(space["state"].as_str(), Some("CANDIDATE" | "PREVIOUS"));
    let other = states.iter().find(is_beside).context("no space is kept beside the serving one; fill one first")?;
    ensure!(other["isSearchable"] == true, "no model is here for the space beside the serving one");
    if !common.json {
        let key = |space: &Value| format!("{}@{}", text(space, "name"), text(space, "version"));
        let serves = states.iter().find(|space| space["state"] == "SERVING").map(key).unwrap_or_default();
        output::line(format!("{serves} serves (first column), {} beside it (second).", key(other)));
    }
    let questions = questions(&client, &judgements, &report).await?;
    let ours = by_number(all(&client, &questions, &serving).await?);
    let others = by_number(all(&client, &questions, &beside).await?);
    against::print(&ours, &others, common.json)?;
    Ok(report.exit_code())
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn by_number(outcomes: Vec<(&Question<'_>, Outcome)>) -> Outcomes {
    outcomes.into_iter().map(|(question, outcome)| (question.number, outcome)).collect()
}

/// Opens a library by some settings, asks it, and closes it.
async fn outcomes(
    config: Config,
    judgements: &[Judgement],
    manner: &Manner,
    report: &Report,
) -> anyhow::Result<Outcomes> {
    let data = config.data.clone();
    let client = Client::of_library(config).await?;
    // A server goes on with the settings that it was started with.
    ensure!(
        matches!(client, Client::Local(_)),
        "a server has {} open and searches by its own settings; stop it to compare others",
        data.display()
    );
    let questions = questions(&client, judgements, report).await?;
    Ok(by_number(all(&client, &questions, manner).await?))
}

/// Fields of `SearchInput` from the command line.
fn fields(text: Option<&str>) -> anyhow::Result<Map<String, Value>> {
    let Some(text) = text else { return Ok(Map::new()) };
    let fields: Map<String, Value> =
        serde_json::from_str(text).with_context(|| format!("{text:?} is no JSON object with fields of SearchInput"))?;
    ensure!(!fields.contains_key("query"), "the query comes from the judgements");
    Ok(fields)
}

/// Writes judgements, one JSON object a line.
pub fn print_judgements(data: &Path) -> anyhow::Result<ExitCode> {
    let judgements = shared::judgements(data)?;
    ensure!(
        !judgements.is_empty(),
        "{} has no truth that judgements can be made of (docs/measuring.md)",
        data.display()
    );
    for judgement in &judgements {
        output::json(judgement)?;
    }
    Ok(ExitCode::SUCCESS)
}
