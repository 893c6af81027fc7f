//! What people hand in that cannot be used: each has a named outcome, and the server goes on answering.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Context;
use reelgraph_tests::{Library, Server, sample};
use serde_json::{Value, json};

const INGEST: &str = "mutation($source: IngestSourceInput!) {
  ingestAsset(input: { source: $source }) { asset { id } errors { code message } } }";

/// The code with which a source is turned down at once, or the state and reason in which its asset ends.
fn outcome(server: &Server, source: Value) -> anyhow::Result<String> {
    let answer = server.graphql(INGEST, json!({ "source": source }))?;
    let payload = answer.pointer("/data/ingestAsset").with_context(|| answer.to_string())?.clone();
    if let Some(code) = payload.pointer("/errors/0/code").and_then(Value::as_str) {
        return Ok(code.to_owned());
    }
    let document = "query($id: ID!) { asset(id: $id) { state stateReason { code } } }";
    let started = std::time::Instant::now();
    loop {
        let answer = server.graphql(document, json!({ "id": payload.pointer("/asset/id") }))?;
        let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        match text("/data/asset/state").as_str() {
            "READY" => return Ok("READY".to_owned()),
            "REFUSED" | "FAILED" => return Ok(text("/data/asset/stateReason/code")),
            _ => anyhow::ensure!(started.elapsed().as_secs() < 240, "no outcome: {answer}"),
        }
        std::thread::park_timeout(std::time::Duration::from_millis(100));
    }
}

fn path(path: &Path) -> Value {
    json!({ "path": path })
}

#[test]
fn every_bad_file_has_a_named_outcome_and_the_server_goes_on() -> anyhow::Result<()> {
    let library = Library::new()?;
    let files = tempfile::TempDir::new()?;
    let server = Server::start(&library)?;
    let at = |name: &str| files.path().join(name);

    fs::write(at("empty.mp4"), "")?;
    assert_eq!(outcome(&server, path(&at("empty.mp4")))?, "EMPTY_FILE");
    fs::write(at("text.mp4"), "this is no film\n".repeat(100))?;
    assert_eq!(outcome(&server, path(&at("text.mp4")))?, "not_media");
    fs::create_dir(at("folder.mp4"))?;
    assert_eq!(outcome(&server, path(&at("folder.mp4")))?, "UNREADABLE");
    assert_eq!(outcome(&server, path(&at("nowhere.mp4")))?, "UNREADABLE");
    assert_eq!(outcome(&server, path(Path::new("/proc/self/environ")))?, "UNREADABLE");
    assert_eq!(outcome(&server, json!({ "url": "http://127.0.0.1:9/film.mp4" }))?, "UNREADABLE");
    assert_eq!(outcome(&server, json!({ "url": "gopher://example.org/film.mp4" }))?, "INVALID_VALUE");

    // Root may read anything, so this is only a question for other users.
    fs::write(at("secret.mp4"), "secret")?;
    fs::set_permissions(at("secret.mp4"), fs::Permissions::from_mode(0o000))?;
    if fs::read(at("secret.mp4")).is_err() {
        assert_eq!(outcome(&server, path(&at("secret.mp4")))?, "UNREADABLE");
    } else {
        println!("skipped: an unreadable file cannot be made by root");
    }

    // The sample has its index in front: half of it still plays, a header alone does not.
    let whole = fs::read(sample())?;
    fs::write(at("headless.mp4"), whole.get(..2_000).unwrap_or_default())?;
    let headless = outcome(&server, path(&at("headless.mp4")))?;
    assert!(["not_media", "nothing_decodable", "damaged_header"].contains(&headless.as_str()), "{headless}");

    let answer = server.graphql("{ assets(first: 10) { edges { node { state } } } }", json!({}))?;
    assert!(answer.get("errors").is_none(), "{answer}");
    Ok(())
}

#[test]
fn a_limit_set_in_the_environment_holds() -> anyhow::Result<()> {
    let library = Library::new()?.with("REELGRAPH_LIMITS__UPLOAD_BYTES", "1000");
    let server = Server::start(&library)?;
    let sent = server.http().put(server.url("/v1/assets/film.mp4")).body(vec![0; 1_001]).send()?;
    assert_eq!(sent.status().as_u16(), 413);
    let told = sent.text()?;
    assert!(told.contains("1000"), "{told}");
    Ok(())
}

#[test]
fn questions_that_make_no_sense_are_answered_with_a_code() -> anyhow::Result<()> {
    let library = Library::new()?;
    let server = Server::start(&library)?;
    let search = "query($query: String!, $after: String) { search(input: { query: $query }, first: 5, after: $after) { edges { cursor } } }";
    let code = |answer: &Value| answer.pointer("/errors/0/extensions/code").cloned().unwrap_or_default();

    let long = server.graphql(search, json!({ "query": "film ".repeat(2_000) }))?;
    assert_eq!(code(&long), "QUERY_TOO_LONG", "{long}");
    let unknown = server.graphql("{ assets(first: 1) { edges { node { smell } } } }", json!({}))?;
    assert_eq!(code(&unknown), "GRAPHQL_VALIDATION_FAILED", "{unknown}");
    let forged = server.graphql(search, json!({ "query": "film", "after": "bm9uc2Vuc2U" }))?;
    assert_eq!(code(&forged), "BAD_CURSOR", "{forged}");
    for odd in ["", "   ", "\"", "🎬", "the", "a\u{0000}b", "(((", "*", "-film", "AND OR NOT"] {
        let answer = server.graphql(search, json!({ "query": odd }))?;
        assert!(answer.get("errors").is_none(), "{odd:?}: {answer}");
    }
    for (wrong, at_char) in [("said:", 0), ("red colour:blue", 4), ("then(film)", 9), ("asset.width>wide", 0)] {
        let answer = server.graphql(search, json!({ "query": wrong }))?;
        assert_eq!(code(&answer), "QUERY_SYNTAX", "{wrong}: {answer}");
        assert_eq!(answer.pointer("/errors/0/extensions/atChar"), Some(&json!(at_char)), "{wrong}: {answer}");
    }
    let many: Vec<String> = (0..100).map(|number| format!("w{number}")).collect();
    let many = server.graphql(search, json!({ "query": many.join(" OR ") }))?;
    assert_eq!(code(&many), "LIMIT_EXCEEDED", "{many}");
    Ok(())
}
