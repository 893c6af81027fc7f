//! Closing the gaps of a library, and bringing in what others found out.

use std::time::Duration;

use futures::StreamExt;
use reelgraph_api::graphql;
use reelgraph_api::principal::Principal;
use reelgraph_models::gap::CurrentModel;
use reelgraph_models::observation::{Modality, ModalitySet};
use serde_json::{Value, json};

use crate::world::{World, id, none};

const REFRESH: &str = "mutation($input: RefreshLibraryInput!) { refreshLibrary(input: $input) {
  jobCount alreadyQueuedCount estimateMs gaps { modality gap assetCount }
  refresh { id modalities jobCount queuedCount isFinal } errors { code field } } }";

async fn refresh(world: &World, input: Value) -> Value {
    world.data(REFRESH, json!({ "input": input })).await["refreshLibrary"].take()
}

/// What the workers say of a model of moderation, which the film was never looked at by.
async fn report(world: &World) {
    let model = CurrentModel {
        analyzer: "moderation".to_owned(),
        modality: Modality::Moderation,
        model: "open-nsfw".to_owned(),
        version: "1".to_owned(),
        depends_on: ModalitySet::EMPTY,
        is_available: true,
    };
    world.store.report_models(&[model]).await.unwrap();
}

#[tokio::test]
async fn a_refresh_is_planned_made_watched_and_cancelled() {
    let (world, asset) = World::with_film().await;
    let early = refresh(&world, json!({})).await;
    assert_eq!(early["errors"][0]["code"], "WRONG_STATE", "no worker has said what it has");
    report(&world).await;
    let gaps = json!([{ "modality": "MODERATION", "gap": "MISSING", "assetCount": 1 }]);
    let plan = refresh(&world, json!({ "dryRun": true })).await;
    assert_eq!((&plan["jobCount"], &plan["gaps"], &plan["refresh"]), (&json!(1), &gaps, &Value::Null));
    assert_eq!(refresh(&world, json!({ "dryRun": true, "modalities": ["TAGS"] })).await["jobCount"], 0);
    assert_eq!(refresh(&world, json!({ "dryRun": true, "onlyFailed": true })).await["jobCount"], 0);
    assert_eq!(refresh(&world, json!({ "dryRun": true, "assetIds": [id(asset.id)] })).await["jobCount"], 1);
    let nobody = json!({ "dryRun": true, "filter": { "nameContains": "no such film" } });
    assert_eq!(refresh(&world, nobody).await["jobCount"], 0);

    let made = refresh(&world, json!({})).await;
    assert_eq!(made["gaps"], gaps);
    let batch = &made["refresh"];
    assert_eq!((&batch["jobCount"], &batch["queuedCount"], &batch["isFinal"]), (&json!(1), &json!(1), &json!(false)));
    assert_eq!(batch["modalities"], json!(["MODERATION"]));
    assert_eq!(refresh(&world, json!({})).await["alreadyQueuedCount"], 1);
    let node = "query($id: ID!) { node(id: $id) { id ... on Refresh { jobCount } } latestRefresh { id } }";
    let node = world.data(node, json!({ "id": batch["id"] })).await;
    assert_eq!((&node["node"]["jobCount"], &node["latestRefresh"]["id"]), (&json!(1), &batch["id"]));

    let watch =
        format!("subscription {{ refreshProgress(id: {}) {{ queuedCount cancelledCount isFinal }} }}", batch["id"]);
    let request = graphql::request_as(watch.into(), &world.state, Principal::LOCAL);
    let mut events = Box::pin(world.schema.execute_stream(request));
    let event = async |events: &mut std::pin::Pin<Box<_>>| -> Option<Value> {
        let next = tokio::time::timeout(Duration::from_secs(10), StreamExt::next(events)).await.unwrap();
        next.map(|response: async_graphql::Response| {
            serde_json::to_value(response.data).unwrap()["refreshProgress"].take()
        })
    };
    let first = json!({ "queuedCount": 1, "cancelledCount": 0, "isFinal": false });
    assert_eq!(event(&mut events).await, Some(first));
    let cancel =
        "mutation($id: ID!) { cancelRefresh(input: { id: $id }) { refresh { isCancelRequested } errors { code } } }";
    let cancelled = world.data(cancel, json!({ "id": batch["id"] })).await;
    assert_eq!(cancelled["cancelRefresh"], json!({ "refresh": { "isCancelRequested": true }, "errors": [] }));
    let last = json!({ "queuedCount": 0, "cancelledCount": 1, "isFinal": true });
    assert_eq!(event(&mut events).await, Some(last));
    assert_eq!(event(&mut events).await, None);
    let state = world.data("query($id: ID!) { asset(id: $id) { state } }", json!({ "id": id(asset.id) })).await;
    assert_eq!(state["asset"]["state"], "READY");
    let unknown = world.data(cancel, json!({ "id": id(asset.id) })).await;
    assert_eq!(unknown["cancelRefresh"]["errors"][0]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn what_cannot_be_refreshed_is_refused_by_name() {
    let (world, asset) = World::with_film().await;
    report(&world).await;
    let many: Vec<String> = (0..101).map(|_| id(asset.id)).collect();
    for (input, code, field) in [
        (json!({ "assetIds": many }), "INVALID_VALUE", "assetIds"),
        (json!({ "assetIds": ["nonsense"] }), "NOT_FOUND", "assetIds"),
        (json!({ "assetIds": [id(asset.id)], "filter": {} }), "INVALID_VALUE", "filter"),
    ] {
        let payload = refresh(&world, input).await;
        assert_eq!(payload["errors"], json!([{ "code": code, "field": field }]), "{payload}");
    }
}

#[tokio::test]
async fn the_summary_counts_the_library_by_model() {
    let (world, _) = World::with_film().await;
    let document =
        "{ coverageSummary { modelsReportedAt models { modality model isCurrent doneCount missingCount } } }";
    let before = world.data(document, none()).await;
    assert_eq!(before["coverageSummary"]["modelsReportedAt"], Value::Null);
    report(&world).await;
    let after = world.data(document, none()).await;
    let models = after["coverageSummary"]["models"].as_array().unwrap();
    let current: Vec<&Value> = models.iter().filter(|model| model["isCurrent"] == true).collect();
    let expected =
        json!({ "modality": "MODERATION", "model": "open-nsfw", "isCurrent": true, "doneCount": 0, "missingCount": 1 });
    assert_eq!(current, [&expected]);
    assert!(models.iter().any(|model| model["isCurrent"] == false && model["doneCount"] == 1), "{models:?}");
}

#[tokio::test]
async fn imports_are_stored_or_refused_at_their_place() {
    let (world, asset) = World::with_film().await;
    let document =
        "mutation($id: ID!, $source: ImportSourceInput!) { importAnalysis(input: { assetId: $id, source: $source }) {
      observationCount job { state modalities } errors { code field message } } }";
    let import = async |source: Value| {
        world.data(document, json!({ "id": id(asset.id), "source": source })).await["importAnalysis"].take()
    };
    let analysis = |end: i64| {
        let seen = json!({ "span": { "start": 0, "end": end }, "finding": { "kind": "tag", "label": "wolf" } });
        let run = json!({ "modality": "tags", "model": "net", "version": "1", "observations": [seen] });
        let text = json!({ "format": "reelgraph-analysis", "version": 1, "source": "archive", "runs": [run] });
        json!({ "analysis": text.to_string() })
    };
    let stored = import(analysis(1_000_000)).await;
    assert_eq!(stored["errors"], json!([]), "{stored}");
    assert_eq!((&stored["observationCount"], &stored["job"]["modalities"]), (&json!(1), &json!([])));
    let empty = import(analysis(0)).await;
    assert_eq!(empty["errors"][0]["field"], "source.analysis.runs[0].observations[0].span", "{empty}");
    let captions = |text: &str| json!({ "captions": { "text": text, "format": "WEB_VTT", "language": "en" } });
    assert_eq!(import(captions("WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n")).await["observationCount"], 1);
    let wrong = import(captions("WEBVTT\n\n00:02.000 --> 00:01.000\nHello.\n")).await;
    assert_eq!(wrong["errors"][0]["code"], "INVALID_VALUE");
    assert!(wrong["errors"][0]["message"].as_str().is_some_and(|text| text.starts_with("line 3")), "{wrong}");
    let nobody = world.data(document, json!({ "id": "nonsense", "source": analysis(1) })).await;
    assert_eq!(nobody["importAnalysis"]["errors"][0]["code"], "NOT_FOUND");
}
