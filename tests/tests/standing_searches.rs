//! A standing search over real media: it tells of each new moment once, also when the server is killed at any time.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server, sample, sample_clip, wait_until};
use serde_json::{Value, json};

/// Other bytes of the same scene.
fn other_clip(folder: &Path) -> anyhow::Result<PathBuf> {
    let clip = folder.join("other.mp4");
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-ss", "9", "-t", "8", "-i"]).arg(sample());
    let status = command.args(["-c", "copy", "-avoid_negative_ts", "make_zero"]).arg(&clip).status();
    ensure!(status.context("ffmpeg is needed (apt-get install ffmpeg)")?.success(), "ffmpeg could not cut the sample");
    Ok(clip)
}

fn ingest(server: &Server, file: &Path) -> anyhow::Result<Value> {
    let ingest =
        "mutation($path: String!) { ingestAsset(input: { source: { path: $path } }) { asset { id } errors { code } } }";
    let data = server.data(ingest, json!({ "path": file }))?;
    data.pointer("/ingestAsset/asset/id").cloned().with_context(|| data.to_string())
}

fn is_searchable(server: &Server, asset: &Value) -> anyhow::Result<bool> {
    let data = server.data("query($id: ID!) { asset(id: $id) { isSearchable } }", json!({ "id": asset }))?;
    Ok(data.pointer("/asset/isSearchable") == Some(&json!(true)))
}

/// Assets and moments that the search has met, newest first.
fn told(server: &Server, search: &Value) -> anyhow::Result<Vec<(Value, Value)>> {
    let document = "query($id: ID!) { standingMatches(searchId: $id) { nodes { momentId asset { id } } } }";
    let data = server.data(document, json!({ "id": search }))?;
    let nodes = data.pointer("/standingMatches/nodes").and_then(Value::as_array).cloned().context("no matches")?;
    Ok(nodes.into_iter().map(|node| (node["asset"]["id"].clone(), node["momentId"].clone())).collect())
}

/// The change of the library up to which the search has looked.
fn followed(server: &Server, search: &Value) -> anyhow::Result<i64> {
    let document = "query($id: ID!) { savedSearch(id: $id) { standing { followedRevision } } }";
    let data = server.data(document, json!({ "id": search }))?;
    data.pointer("/savedSearch/standing/followedRevision").and_then(Value::as_i64).context("it does not stand")
}

#[test]
fn new_moments_are_told_once_though_the_server_is_killed_in_between() -> anyhow::Result<()> {
    let library = Library::new()?;
    let server = Server::start(&library)?;
    let old = ingest(&server, &sample_clip(library.path())?)?;
    wait_until("the first can be found", || is_searchable(&server, &old))?;
    let save = "mutation { createSavedSearch(input: { name: \"gates\", search: { query: \"land of the gatekeepers\" } }) { savedSearch { id } } }";
    let search =
        server.data(save, json!({}))?.pointer("/createSavedSearch/savedSearch/id").cloned().context("no id")?;
    let stand = "mutation($id: ID!) { setStandingSearch(input: { id: $id, isStanding: true }) { errors { code } } }";
    server.data(stand, json!({ "id": search }))?;
    wait_until("it has looked at what was there", || Ok(followed(&server, &search)? > 0))?;
    assert_eq!(told(&server, &search)?, [], "what was there before is not told");

    // Killed while the new file is analysed, and again as soon as it can be found.
    let new = ingest(&server, &other_clip(library.path())?)?;
    drop(server);
    let server = Server::start(&library)?;
    wait_until("the second can be found", || is_searchable(&server, &new))?;
    drop(server);
    let server = Server::start(&library)?;
    wait_until("it is told", || Ok(!told(&server, &search)?.is_empty()))?;
    let once = told(&server, &search)?;
    assert!(once.iter().all(|(asset, _)| *asset == new), "{once:?}");

    // Both are analysed again: the same moments, so nothing new.
    let again = "mutation($id: ID!) { reanalyzeAsset(input: { id: $id }) { job { id } errors { code } } }";
    for asset in [&old, &new] {
        let queued = server.data(again, json!({ "id": asset }))?;
        assert_eq!(queued.pointer("/reanalyzeAsset/errors"), Some(&json!([])), "{queued}");
    }
    let ended = "query($id: ID!) { asset(id: $id) { latestJob { state } isSearchable } }";
    for asset in [&old, &new] {
        wait_until("it was analysed again", || {
            let data = server.data(ended, json!({ "id": asset }))?;
            Ok(data.pointer("/asset") == Some(&json!({ "latestJob": { "state": "SUCCEEDED" }, "isSearchable": true })))
        })?;
    }
    let before = followed(&server, &search)?;
    let rename = "mutation($id: ID!) { renameAsset(input: { id: $id, title: \"Toll bridge\" }) { errors { code } } }";
    server.data(rename, json!({ "id": old }))?;
    wait_until("it has looked at that", || Ok(followed(&server, &search)? > before))?;
    assert_eq!(told(&server, &search)?, once);
    Ok(())
}
