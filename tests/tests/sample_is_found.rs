//! The way of one video: in by the command line, found by what is said, written and seen in it, again after damage.

use anyhow::Context;
use reelgraph_tests::{Library, Server, kill_hard, sample, wait_until};
use serde_json::{Value, json};

/// The hits of a search, as GraphQL gives them.
fn search(library: &Library, query: &str) -> anyhow::Result<Vec<Value>> {
    let found = library.run(&["search", query, "--json"])?.only()?;
    let edges = found.get("edges").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(edges.into_iter().filter_map(|edge| edge.get("node").cloned()).collect())
}

/// Start of a hit, in seconds.
fn start_s(hit: &Value) -> f64 {
    hit.pointer("/span/startMicros").and_then(Value::as_i64).map_or(f64::NAN, |micros| micros as f64 / 1e6)
}

fn modalities(hit: &Value) -> Vec<&str> {
    let evidence = hit.get("evidence").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    evidence.iter().filter_map(|one| one.get("modality").and_then(Value::as_str)).collect()
}

#[test]
fn the_sample_is_ingested_once_and_found_by_what_is_said_and_written_in_it() -> anyhow::Result<()> {
    let library = Library::new()?;
    let file = sample();
    let file = file.to_str().context("the path of the sample is no text")?;
    let first = library.run(&["ingest", file, "--json"])?.only()?;
    assert_eq!(first.pointer("/asset/state"), Some(&json!("READY")));
    let coverage = first.pointer("/asset/coverage").and_then(Value::as_array).cloned().unwrap_or_default();
    assert!(coverage.iter().all(|cell| cell["status"] == "DONE"), "{coverage:?}");

    let again = library.run(&["ingest", file, "--json"])?.only()?;
    assert_eq!(again.pointer("/asset/id"), first.pointer("/asset/id"), "the same bytes are one asset");

    let said = search(&library, "what brings you to the land of the gatekeepers")?;
    let hit = said.first().context("nothing said was found")?;
    assert!((11.0..14.0).contains(&start_s(hit)), "{hit}");
    assert!(modalities(hit).contains(&"SPEECH"), "{hit}");

    let written = search(&library, "Durian open movie project")?;
    let hit = written.first().context("nothing written was found")?;
    assert!((44.0..52.0).contains(&start_s(hit)), "{hit}");
    assert!(modalities(hit).contains(&"SCREEN_TEXT"), "{hit}");

    // The indexes are derived: without them the answers come back from the database.
    std::fs::remove_dir_all(library.path().join("index"))?;
    let ids = |hits: &[Value]| hits.iter().map(|hit| hit["span"].clone()).collect::<Vec<_>>();
    let rebuilt = search(&library, "Durian open movie project")?;
    assert_eq!(ids(&rebuilt), ids(&written));
    library.run(&["reindex", "--json"])?.only()?;
    assert_eq!(ids(&search(&library, "Durian open movie project")?), ids(&written));
    Ok(())
}

#[test]
fn a_worker_that_is_killed_gives_its_job_back_and_the_film_is_analysed_all_the_same() -> anyhow::Result<()> {
    let library = Library::new()?;
    let server = Server::start(&library)?;
    let path = sample();
    let answer = server.graphql(
        "mutation($path: String!) { ingestAsset(input: { source: { path: $path } }) { asset { id } errors { code } } }",
        json!({ "path": path }),
    )?;
    let id = answer.pointer("/data/ingestAsset/asset/id").cloned().with_context(|| answer.to_string())?;
    let state = |field: &str| -> anyhow::Result<Value> {
        let document = "query($id: ID!) { asset(id: $id) { state isSearchable latestJob { state stage attempts } } }";
        let answer = server.graphql(document, json!({ "id": id }))?;
        Ok(answer.pointer(&format!("/data/asset/{field}")).cloned().unwrap_or_default())
    };
    wait_until("the analysis runs", || Ok(state("latestJob/stage")? == "analyze"))?;
    for worker in server.workers()? {
        kill_hard(worker)?;
    }
    wait_until("another worker has taken the job up and finished it", || Ok(state("isSearchable")? == true))?;
    assert!(state("latestJob/attempts")?.as_i64() >= Some(2), "the killed attempt counts");
    Ok(())
}
