//! Lines that a person corrects while the film is analysed again: kept at once, found when that has ended, however it ends.

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server, kill_hard, sample_clip, wait_until};
use serde_json::{Value, json};

const ASSET: &str = "query($id: ID!) { asset(id: $id) { isSearchable latestJob { id state stage attempts }
  observations(first: 10, modalities: [SPEECH]) { nodes { ... on SpeechSegment { id text version } } } } }";
const SEARCH: &str = "query($query: String!) { search(input: { query: $query }, first: 5) { nodes {
  evidence { modality } } } }";
const EDIT: &str = "mutation($input: EditSpeechInput!) { editSpeech(input: $input) {
  line { id text version } job { id state } errors { code message } } }";
const AGAIN: &str = "mutation($id: ID!) { reanalyzeAsset(input: { id: $id }) { job { id } errors { message } } }";
const CANCEL: &str = "mutation($id: ID!) { cancelJob(input: { id: $id }) { errors { message } } }";
const JOBS: &str = "{ jobs(first: 20) { nodes { id state attempts } } }";

fn known(server: &Server, id: &Value) -> anyhow::Result<Value> {
    Ok(server.data(ASSET, json!({ "id": id }))?.pointer("/asset").cloned().unwrap_or_default())
}

fn is_found(server: &Server, query: &str) -> anyhow::Result<bool> {
    let data = server.data(SEARCH, json!({ "query": query }))?;
    let spoken = |node: &Value| node.pointer("/evidence/0/modality") == Some(&json!("SPEECH"));
    Ok(data.pointer("/search/nodes").and_then(Value::as_array).is_some_and(|nodes| nodes.iter().any(spoken)))
}

/// Corrects the line that stands; the job that follows.
fn edit(server: &Server, line: &Value, version: u32, text: &str) -> anyhow::Result<(Value, Value)> {
    let input = json!({ "id": line, "text": text, "expectedVersion": version });
    let edited = server.data(EDIT, json!({ "input": input }))?.get("editSpeech").cloned().unwrap_or_default();
    assert_eq!(edited["errors"], json!([]), "{edited}");
    assert_eq!(edited.pointer("/job/state"), Some(&json!("DEFERRED")), "a job is at work: {edited}");
    Ok((edited["line"]["id"].clone(), edited["job"]["id"].clone()))
}

/// Starts the analysis again; its job, once it looks at the film.
fn analyse_again(server: &Server, id: &Value) -> anyhow::Result<Value> {
    let again = server.data(AGAIN, json!({ "id": id }))?;
    let job = again.pointer("/reanalyzeAsset/job/id").cloned().context("no job")?;
    wait_until("the film is looked at again", || {
        let latest = known(server, id)?["latestJob"].clone();
        Ok(latest["id"] == job && latest["stage"] == "analyze" && latest["state"] == "RUNNING")
    })?;
    Ok(job)
}

fn job(server: &Server, id: &Value) -> anyhow::Result<Value> {
    let jobs = server.data(JOBS, json!({}))?;
    let jobs = jobs.pointer("/jobs/nodes").and_then(Value::as_array).cloned().unwrap_or_default();
    jobs.into_iter().find(|job| job["id"] == *id).context("the job is not listed")
}

#[test]
fn lines_corrected_while_a_film_is_analysed_again_are_found_whatever_becomes_of_that() -> anyhow::Result<()> {
    let library = Library::new()?;
    let clip = sample_clip(library.path())?;
    let server = Server::start(&library)?;
    let uploaded = server.http().put(server.url("/v1/assets/film.mp4")).body(std::fs::read(&clip)?).send()?;
    let id = uploaded.json::<Value>()?.get("assetId").cloned().context("an upload has an asset")?;
    wait_until("the film can be found", || {
        let known = known(&server, &id)?;
        Ok(known["isSearchable"] == true && known["latestJob"]["state"] == "SUCCEEDED")
    })?;
    ensure!(is_found(&server, "gatekeepers")?);

    // Two corrections, and the worker is killed on the way.
    let again = analyse_again(&server, &id)?;
    let lines = known(&server, &id)?.pointer("/observations/nodes").and_then(Value::as_array).cloned();
    let lines = lines.unwrap_or_default();
    let heard = lines.iter().find(|line| line["text"].as_str().is_some_and(|text| text.contains("gatekeepers")));
    let heard = heard.context("nobody says it")?["id"].clone();
    let (line, follows) = edit(&server, &heard, 0, "What brings you to the land of the beekeepers?")?;
    let (same, once) = edit(&server, &line, 1, "What brings you to the land of the zookeepers?")?;
    assert_eq!((&same, &once), (&line, &follows), "one line, and one job however many edits");
    assert_eq!(known(&server, &id)?["latestJob"]["id"], again, "progress is that of the job at work");
    for worker in server.workers()? {
        kill_hard(worker)?;
    }
    wait_until("the moments were made again", || Ok(job(&server, &follows)?["state"] == "SUCCEEDED"))?;
    let survived = job(&server, &again)?;
    assert_eq!(
        (&survived["state"], survived["attempts"].as_i64() >= Some(2)),
        (&json!("SUCCEEDED"), true),
        "{survived}"
    );
    wait_until("the correction is found", || {
        Ok(is_found(&server, "zookeepers")? && !is_found(&server, "gatekeepers")?)
    })?;
    ensure!(!is_found(&server, "beekeepers")?, "what was corrected twice is still found");

    // And the analysis is cancelled on the way.
    let again = analyse_again(&server, &id)?;
    let (_, follows) = edit(&server, &line, 2, "What brings you to the land of the lockkeepers?")?;
    server.data(CANCEL, json!({ "id": again }))?;
    wait_until("the moments were made again", || Ok(job(&server, &follows)?["state"] == "SUCCEEDED"))?;
    assert_eq!(job(&server, &again)?["state"], "CANCELLED");
    wait_until("the correction is found", || Ok(is_found(&server, "lockkeepers")? && !is_found(&server, "zookeepers")?))
}
