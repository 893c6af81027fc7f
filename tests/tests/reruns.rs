//! What is analysed again, and what is not: gaps of a library, analysis from elsewhere, supplied captions.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server, kill_hard, models_without, sample, sample_clip, wait_until};
use serde_json::{Value, json};

const KNOWN: &str =
    "query($id: ID!) { asset(id: $id) { state isSearchable latestJob { id state stage attempts modalities }
  coverage { modality model status version observationCount embeddingCount spentMs reason { code } }
  observations(modalities: [SHOTS, OBJECTS, TAGS, SCREEN_TEXT, FACES, SOUND], first: 100) { nodes { id } } } }";

fn known(server: &Server, id: &Value) -> anyhow::Result<Value> {
    Ok(server.data(KNOWN, json!({ "id": id }))?.pointer("/asset").cloned().unwrap_or_default())
}

/// Ids of observations that have nothing to do with what is said.
fn ids(known: &Value) -> Vec<String> {
    let nodes = known.pointer("/observations/nodes").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut ids: Vec<String> = nodes.iter().map(|node| node["id"].to_string()).collect();
    ids.sort();
    ids
}

fn cell<'a>(known: &'a Value, modality: &str) -> anyhow::Result<&'a Value> {
    let cells = known.get("coverage").and_then(Value::as_array).context("no coverage")?;
    cells.iter().find(|cell| cell["modality"] == modality).with_context(|| format!("no cell of {modality}"))
}

fn found(server: &Server, query: &str) -> anyhow::Result<Vec<Value>> {
    let document = "query($query: String!) { search(input: { query: $query }, first: 5) {
      nodes { asset { id } evidence { modality } } } }";
    let data = server.data(document, json!({ "query": query }))?;
    Ok(data.pointer("/search/nodes").and_then(Value::as_array).cloned().unwrap_or_default())
}

fn is_said(hits: &[Value]) -> bool {
    hits.iter().any(|hit| hit.pointer("/evidence/0/modality") == Some(&json!("SPEECH")))
}

#[test]
fn a_model_that_came_later_looks_alone_and_a_kill_on_the_way_loses_nothing() -> anyhow::Result<()> {
    let library = Library::new()?;
    let without_speech = models_without(library.path(), &["whisper-base"])?;
    let library = library.with("REELGRAPH_MODELS", without_speech.display().to_string());
    let file = sample();
    let file = file.to_str().context("the path of the sample is no text")?;
    let id = library.run(&["ingest", file, "--json"])?.only()?.pointer("/asset/id").cloned().context("an id")?;
    let plan = library.run(&["refresh", "--dry-run", "--json"])?.only()?;
    assert_eq!(plan["jobCount"], 0, "nothing that is here is missing: {plan}");

    // The model is installed.
    let library = library.with("REELGRAPH_MODELS", reelgraph_tests::models()?.display().to_string());
    let server = Server::start(&library)?;
    let before = known(&server, &id)?;
    assert_eq!(cell(&before, "SPEECH")?["reason"]["code"], "model_missing");
    ensure!(!is_said(&found(&server, "land of the gatekeepers")?));
    let refresh = "mutation($dry: Boolean!) { refreshLibrary(input: { dryRun: $dry }) { jobCount estimateMs
      gaps { modality gap assetCount } refresh { id } errors { code } } }";
    wait_until("a worker has said that the model is here", || {
        let plan = server.data(refresh, json!({ "dry": true }))?;
        Ok(plan.pointer("/refreshLibrary/jobCount") == Some(&json!(1)))
    })?;
    let made = server.data(refresh, json!({ "dry": false }))?;
    let made = made.get("refreshLibrary").cloned().unwrap_or_default();
    assert_eq!(made["gaps"], json!([{ "modality": "SPEECH", "gap": "SKIPPED", "assetCount": 1 }]));

    wait_until("the job runs", || Ok(known(&server, &id)?.pointer("/latestJob/stage") == Some(&json!("analyze"))))?;
    assert_eq!(known(&server, &id)?["state"], "READY", "it can be found all the while");
    for worker in server.workers()? {
        kill_hard(worker)?;
    }
    let progress = "query($id: ID!) { refresh(id: $id) { isFinal fraction succeededCount failedCount jobCount } }";
    let batch = made.pointer("/refresh/id").cloned().context("a batch was made")?;
    wait_until("another worker has finished it", || {
        let data = server.data(progress, json!({ "id": batch }))?;
        Ok(data.pointer("/refresh/isFinal") == Some(&json!(true)))
    })?;
    let ended = server.data(progress, json!({ "id": batch }))?;
    assert_eq!(
        ended["refresh"],
        json!({ "isFinal": true, "fraction": 1.0, "succeededCount": 1, "failedCount": 0, "jobCount": 1 })
    );
    let after = known(&server, &id)?;
    ensure!(after.pointer("/latestJob/attempts").and_then(Value::as_i64) >= Some(2), "the killed attempt counts");
    assert_eq!(after.pointer("/latestJob/modalities"), Some(&json!(["SPEECH"])));
    assert_eq!(cell(&after, "SPEECH")?["status"], "DONE");
    ensure!(
        cell(&after, "PASSAGES")?["embeddingCount"].as_i64() > Some(0),
        "what is made of speech came along: {after}"
    );
    assert_eq!(ids(&after), ids(&before), "nothing else was looked at again");
    for modality in ["SHOTS", "OBJECTS", "TAGS", "FRAMES", "SCREEN_TEXT"] {
        assert_eq!(cell(&after, modality)?, cell(&before, modality)?);
    }
    wait_until("what is said is found", || Ok(is_said(&found(&server, "land of the gatekeepers")?)))?;
    let summary =
        "{ coverageSummary { models { modality isCurrent doneCount missingCount skippedCount estimateMs } } }";
    let summary = server.data(summary, json!({}))?;
    let models = summary.pointer("/coverageSummary/models").and_then(Value::as_array).cloned().unwrap_or_default();
    ensure!(models.len() > 5 && models.iter().all(|model| model["doneCount"] == 1), "{models:?}");
    Ok(())
}

/// Channels that need no model: a library without models has its own findings beside those that were brought along.
const WITHOUT_MODEL: [&str; 5] = ["scenes", "cues", "keywords", "chapters", "suitability"];

/// Observations of a document, by channel and as text, whatever the names of their models; channels in which nothing was
/// seen have none.
fn rows(document: &Value) -> BTreeMap<String, Vec<String>> {
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let runs = document.get("runs").and_then(Value::as_array).into_iter().flatten();
    for run in runs.filter(|run| !WITHOUT_MODEL.contains(&run["modality"].as_str().unwrap_or_default())) {
        let of_channel = rows.entry(run["modality"].to_string()).or_default();
        of_channel.extend(run["observations"].as_array().into_iter().flatten().map(Value::to_string));
        of_channel.sort();
    }
    rows.retain(|_, observations| !observations.is_empty());
    rows
}

#[test]
fn an_analysis_is_found_in_a_library_without_models_and_captions_outrank_it() -> anyhow::Result<()> {
    let first = Library::new()?;
    let clip = sample_clip(first.path())?;
    let clip = clip.to_str().context("the path of the clip is no text")?;
    let id = first.run(&["ingest", clip, "--json"])?.only()?.pointer("/asset/id").cloned().context("an id")?;
    let analysis = |server: &Server, id: &Value| -> anyhow::Result<Value> {
        let path = format!("/v1/assets/{}/analysis.json", id.as_str().unwrap_or_default());
        Ok(server.http().get(server.url(&path)).send()?.error_for_status()?.json()?)
    };
    let server = Server::start(&first)?;
    let written = analysis(&server, &id)?;
    drop(server);
    ensure!(rows(&written).len() >= 4, "{:?}", rows(&written).keys());

    let second = Library::new()?;
    let nothing = second.path().join("no-models");
    fs::create_dir(&nothing)?;
    let second = second.with("REELGRAPH_MODELS", nothing.display().to_string());
    let id = second.run(&["ingest", clip, "--json"])?.only()?.pointer("/asset/id").cloned().context("an id")?;
    let asset = id.as_str().context("an id is text")?;
    let file = second.path().join("elsewhere.json");
    fs::write(&file, written.to_string())?;
    let file = file.to_str().context("a path is text")?;
    second.run(&["import", file, "--asset", asset, "--json"])?.only()?;
    let bad = second.path().join("bad.json");
    fs::write(&bad, written.to_string().replacen("\"start\":", "\"start\":-", 1))?;
    let refused = second.run(&["import", bad.to_str().context("a path is text")?, "--asset", asset])?;
    ensure!(!refused.is_success && refused.errors.contains("runs[0].observations[0]"), "{}", refused.errors);

    let server = Server::start(&second)?;
    let again = analysis(&server, &id)?;
    assert_eq!(rows(&again), rows(&written), "nothing is lost, added or changed on the way");
    ensure!(is_said(&found(&server, "land of the gatekeepers")?));
    let after = known(&server, &id)?;
    let cells = after.get("coverage").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_import = |cell: &&Value| cell["model"].as_str().is_some_and(|model| model.starts_with("import/reelgraph/"));
    ensure!(cells.iter().filter(is_import).all(|cell| cell["status"] == "DONE"), "{cells:?}");
    ensure!(cells.iter().filter(is_import).count() >= 4, "{cells:?}");

    let captions = second.path().join("studio.vtt");
    fs::write(&captions, "WEBVTT\n\n00:00.000 --> 00:06.000\n<v Sintel>A toll for the zeppelin.\n")?;
    let captions = captions.to_str().context("a path is text")?;
    second.run(&["import", captions, "--asset", asset, "--language", "en", "--json"])?.only()?;
    let path = format!("/v1/assets/{asset}/captions.srt");
    let shown = server.http().get(server.url(&path)).send()?.text()?;
    ensure!(shown.contains("A toll for the zeppelin.") && !shown.contains("gatekeepers"), "{shown}");
    wait_until("the supplied words are found", || Ok(is_said(&found(&server, "zeppelin toll")?)))?;
    wait_until("the machine's words in their place are not", || Ok(!is_said(&found(&server, "gatekeepers")?)))?;
    Ok(())
}
