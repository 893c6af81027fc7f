//! Correcting what was said.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server::Server;
use crate::world::{World, id};

const LINES: &str =
    "query($id: ID!) { asset(id: $id) { observations(first: 50, modalities: [SPEECH]) { nodes { ... on SpeechSegment {
    id text version suspectReasons edit { editor original { text provenance { model } } } } } } } }";
const EDIT: &str = "mutation($input: EditSpeechInput!) { editSpeech(input: $input) {
    line { id text language version span { startMicros endMicros } } job { state } errors { code field } } }";
const REVERT: &str = "mutation($input: RevertSpeechInput!) { revertSpeech(input: $input) { line { id text version } errors { code field } } }";

async fn lines(world: &World, asset: &reelgraph_models::asset::Asset) -> Vec<Value> {
    let data = world.data(LINES, json!({ "id": id(asset.id) })).await;
    data["asset"]["observations"]["nodes"].as_array().cloned().unwrap_or_default()
}

async fn edit(world: &World, input: Value) -> Value {
    world.data(EDIT, json!({ "input": input })).await["editSpeech"].take()
}

fn codes(payload: &Value) -> Vec<&str> {
    payload["errors"].as_array().into_iter().flatten().filter_map(|error| error["code"].as_str()).collect()
}

#[tokio::test]
async fn a_corrected_line_is_what_captions_show_until_it_is_taken_back() {
    let (world, asset) = World::with_film().await;
    let said = lines(&world, &asset).await;
    assert_eq!((said.len(), &said[0]["version"], &said[0]["edit"]), (2, &json!(0), &Value::Null));
    let payload = edit(
        &world,
        json!({ "id": said[0]["id"], "text": "What brings you to the Gatekeepers?", "expectedVersion": 0, "editor": "Mary",
                "span": { "startMicros": 1_200_000, "endMicros": 4_000_000 } }),
    )
    .await;
    assert_eq!(payload["errors"], json!([]), "{payload}");
    assert_eq!(payload["line"]["version"], 1);
    assert_eq!(payload["line"]["span"], json!({ "startMicros": 1_200_000, "endMicros": 4_000_000 }));
    assert_eq!(payload["job"]["state"], "QUEUED");

    let all = lines(&world, &asset).await;
    let edited = all.iter().find(|line| line["version"] == 1).unwrap();
    assert_eq!(edited["edit"]["editor"], "Mary");
    assert_eq!(edited["edit"]["original"]["text"], said[0]["text"]);
    assert_eq!(edited["edit"]["original"]["provenance"]["model"], "whisper-base");

    let server = Server::over(&world);
    let captions =
        || async { server.get(&format!("/v1/assets/{}/captions.srt", id(asset.id))).await.text().await.unwrap() };
    let shown = captions().await;
    assert!(shown.contains("Gatekeepers?") && !shown.contains("land of the"), "{shown}");

    let stale = edit(&world, json!({ "id": said[0]["id"], "text": "late", "expectedVersion": 0 })).await;
    assert_eq!(codes(&stale), ["EDIT_CONFLICT"]);
    let input = json!({ "input": { "id": edited["id"], "expectedVersion": 1 } });
    let back = world.data(REVERT, input.clone()).await["revertSpeech"].take();
    assert_eq!((&back["line"]["text"], &back["line"]["version"]), (&said[0]["text"], &json!(0)), "{back}");
    assert!(captions().await.contains("land of the"));
    assert_eq!(codes(&world.data(REVERT, input).await["revertSpeech"]), ["NOT_FOUND"]);
}

#[tokio::test]
async fn what_is_corrected_and_brought_in_while_a_job_runs_is_stored_and_followed_by_one_job() {
    let (world, asset) = World::with_film().await;
    world.clock.advance(Duration::from_secs(1));
    let again = "mutation($id: ID!) { reanalyzeAsset(input: { id: $id }) { errors { code } } }";
    world.data(again, json!({ "id": id(asset.id) })).await;
    let lease = world.store.jobs().lease_next("test", Duration::from_secs(60)).await.unwrap().unwrap();
    world.clock.advance(Duration::from_secs(1));
    let line = lines(&world, &asset).await[0]["id"].clone();
    let payload = edit(&world, json!({ "id": line, "text": "Right.", "expectedVersion": 0 })).await;
    assert_eq!((&payload["errors"], &payload["job"]["state"]), (&json!([]), &json!("DEFERRED")));
    assert!(lines(&world, &asset).await.iter().any(|line| line["text"] == "Right."));

    let import = "mutation($id: ID!) { importAnalysis(input: { assetId: $id, source: { captions: { format: WEB_VTT, language: \"en\",
        text: \"WEBVTT\\n\\n00:05.000 --> 00:06.000\\nHello.\\n\" } } }) { job { id state } errors { code } } }";
    let payload = world.data(import, json!({ "id": id(asset.id) })).await["importAnalysis"].take();
    assert_eq!((&payload["errors"], &payload["job"]["state"]), (&json!([]), &json!("DEFERRED")));
    let jobs = "query($id: ID!) { asset(id: $id) { latestJob { state } }
        jobs(first: 10, filter: { states: [DEFERRED, QUEUED, RUNNING] }) { nodes { id state modalities } } }";
    let seen = world.data(jobs, json!({ "id": id(asset.id) })).await;
    assert_eq!(seen["asset"]["latestJob"]["state"], "RUNNING");
    // Sorted, since both may be of one instant.
    let states = |seen: &Value| -> Vec<String> {
        let jobs = seen["jobs"]["nodes"].as_array().into_iter().flatten();
        let mut states: Vec<String> = jobs.filter_map(|job| Some(job["state"].as_str()?.to_owned())).collect();
        states.sort_unstable();
        states
    };
    assert_eq!(states(&seen), ["DEFERRED", "RUNNING"]);

    world.store.jobs().complete(&lease).await.unwrap();
    let seen = world.data(jobs, json!({ "id": id(asset.id) })).await;
    assert_eq!((states(&seen), &seen["jobs"]["nodes"][0]["id"]), (vec!["QUEUED".to_owned()], &payload["job"]["id"]));
}

#[tokio::test]
async fn a_line_that_may_be_invented_is_trusted_once_a_person_wrote_it() {
    let (world, asset) = World::with_film().await;
    let doubted = lines(&world, &asset).await.remove(1);
    assert_eq!(doubted["suspectReasons"], json!(["STOCK_PHRASE"]));
    let payload = edit(&world, json!({ "id": doubted["id"], "text": doubted["text"], "expectedVersion": 0 })).await;
    assert_eq!(payload["errors"], json!([]));
    let trusted = lines(&world, &asset).await.into_iter().find(|line| line["version"] == 1).unwrap();
    assert_eq!((&trusted["suspectReasons"], &trusted["edit"]["editor"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_by_field() {
    let (world, asset) = World::with_film().await;
    let line = lines(&world, &asset).await[0]["id"].clone();
    let with = |change: Value| {
        let mut input = json!({ "id": line, "text": "a", "expectedVersion": 0 });
        for (key, value) in change.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        input
    };
    for (input, code, field) in [
        (with(json!({ "text": "x".repeat(2_001) })), "INVALID_VALUE", "text"),
        (with(json!({ "language": "English" })), "INVALID_VALUE", "language"),
        (with(json!({ "editor": "x".repeat(201) })), "INVALID_VALUE", "editor"),
        (with(json!({ "span": { "startMicros": 5, "endMicros": 5 } })), "INVALID_VALUE", "span"),
        (with(json!({ "span": { "startMicros": -5, "endMicros": 5 } })), "INVALID_VALUE", "span"),
        (with(json!({ "span": { "startMicros": 0, "endMicros": 99_000_000_000_i64 } })), "INVALID_VALUE", "span"),
        (with(json!({ "expectedVersion": 3 })), "EDIT_CONFLICT", "expectedVersion"),
        (with(json!({ "id": id(asset.id) })), "NOT_FOUND", "id"),
        (with(json!({ "id": "nothing" })), "NOT_FOUND", "id"),
    ] {
        let payload = edit(&world, input.clone()).await;
        assert_eq!(
            (&payload["errors"][0]["code"], &payload["errors"][0]["field"]),
            (&json!(code), &json!(field)),
            "{input}"
        );
        assert_eq!(payload["line"], Value::Null);
    }
    assert_eq!(lines(&world, &asset).await.len(), 2);
}
