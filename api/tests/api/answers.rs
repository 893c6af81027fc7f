//! What is known of an asset, as clients read it.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::world::{World, id, none, redacted};

const EVERYTHING: &str = r"query Everything($id: ID!) {
  asset(id: $id) {
    __typename id title fileName state stateReason { code message } isSearchable warnings { code message }
    durationMicros duration container bitRateBps sizeBytes contentSha256 hasEmbeddedThumbnail thumbnailUrl originalUrl
    createdAt updatedAt nonStandard
    chapters { title span { startMicros endMicros durationMicros start end } }
    streams {
      __typename
      ... on VideoStream { index codec profile widthPx heightPx rotationDegrees frameRate { numerator denominator value } bitRateBps }
      ... on AudioStream { index codec channels sampleRateHz language }
      ... on SubtitleStream { index codec isForced }
      ... on DataStream { index codec }
    }
    coverage { modality model version status reason { code message } observationCount embeddingCount spentMs }
    latestJob { id kind state priority attempts maxAttempts stage fraction message reason { code } finishedAt asset { id } }
    jobs(first: 1) { nodes { id } pageInfo { hasNextPage } }
    moments(first: 10) {
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      edges { cursor node {
        id kind span { start end } said written seen stillAtMicros playUrl stillUrl playableSpan { start end } asset { id }
        observations(modalities: [SPEECH, OBJECTS]) { __typename id }
      } }
    }
    observations(first: 20) {
      nodes {
        __typename id modality confidence span { start end } provenance { analyzer model version parameters runId } asset { id }
        ... on SpeechSegment { text language suspectReasons words { text probability span { startMicros endMicros } } }
        ... on ScreenText { text lines { text confidence box { left top right bottom } } }
        ... on ObjectSighting { label count atMicros box { left top right bottom } }
        ... on Tag { label }
        ... on Shot { index }
      }
    }
  }
}";

#[tokio::test]
async fn everything_known_about_an_asset_can_be_read_at_once() {
    let (world, asset) = World::with_film().await;
    let data = world.data(EVERYTHING, json!({ "id": id(asset.id) })).await;
    insta::with_settings!({ sort_maps => true }, { assert_json_snapshot!(redacted(data)) });
}

#[tokio::test]
async fn whatever_has_an_id_is_a_node() {
    let (world, _) = World::with_film().await;
    let document =
        "{ assets { nodes { id latestJob { id } moments { nodes { id } } observations { nodes { id } } } } }";
    let data = world.data(document, none()).await;
    let mut ids = Vec::new();
    collect_ids(&data, &mut ids);
    assert_eq!(ids.len(), 1 + 1 + 4 + 7);
    let nodes = world.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", json!({ "ids": ids })).await;
    let found: Vec<&str> = nodes["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert_eq!(found, ids);
    let wrong = json!({ "ids": ["", "x", ids[0].to_owned() + "=", "QXNzZXQ6MDAwMA"] });
    let data = world.data("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", wrong).await;
    assert_eq!(data["nodes"], json!([null, null, null, null]));
}

fn collect_ids(value: &serde_json::Value, ids: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            if let Some(id) = fields.get("id").and_then(|id| id.as_str()) {
                ids.push(id.to_owned());
            }
            fields.values().for_each(|value| collect_ids(value, ids));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect_ids(item, ids)),
        _ => {}
    }
}

#[tokio::test]
async fn another_tenants_things_are_not_there() {
    let (world, asset) = World::with_film().await;
    let stranger = reelgraph_api::principal::Principal {
        tenant: reelgraph_models::id::TenantId::from_uuid(uuid::Uuid::from_u128(7)),
    };
    let ids = world
        .data(
            "{ assets { nodes { id latestJob { id } moments { nodes { id } } observations { nodes { id } } } } }",
            none(),
        )
        .await;
    let mut known = Vec::new();
    collect_ids(&ids, &mut known);
    let document = r#"query($ids: [ID!]!) { nodes(ids: $ids) { id } assets { totalCount nodes { id } } jobs { nodes { id } }
        search(input: { query: "gatekeepers dragon" }) { nodes { score } } }"#;
    let request =
        async_graphql::Request::new(document).variables(async_graphql::Variables::from_json(json!({ "ids": known })));
    let request = reelgraph_api::graphql::request_as(request, &world.state, stranger);
    let response = serde_json::to_value(world.schema.execute(request).await).unwrap();
    assert!(response["data"]["nodes"].as_array().unwrap().iter().all(serde_json::Value::is_null), "{response:#}");
    let empty =
        json!({ "assets": { "totalCount": 0, "nodes": [] }, "jobs": { "nodes": [] }, "search": { "nodes": [] } });
    for field in ["assets", "jobs", "search"] {
        assert_eq!(response["data"][field], empty[field]);
    }
    assert_eq!(asset.tenant, reelgraph_models::id::TenantId::DEFAULT);
}
