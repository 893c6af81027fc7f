//! Pages: keyset cursors that neither skip nor repeat, and belong to their query.

use serde_json::{Value, json};

use crate::world::{World, id, none};

const ASSETS: &str = "query($first: Int, $after: String, $filter: AssetFilterInput) {
  assets(first: $first, after: $after, filter: $filter) { totalCount nodes { title } pageInfo { hasNextPage hasPreviousPage endCursor } }
}";

async fn library() -> World {
    let world = World::empty().await;
    for (name, bytes) in [("a.mp4", b"1"), ("b.mp4", b"2"), ("c.mp4", b"3"), ("d.mp4", b"4"), ("e.mp4", b"5")] {
        world.upload(name, bytes).await;
    }
    world
}

fn titles(data: &Value) -> Vec<&str> {
    data["assets"]["nodes"].as_array().unwrap().iter().map(|node| node["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_follow_each_other_while_assets_come_and_go() {
    let world = library().await;
    let first = world.data(ASSETS, json!({ "first": 2 })).await;
    assert_eq!(titles(&first), ["e", "d"]);
    assert_eq!(first["assets"]["totalCount"], 5);
    assert_eq!(first["assets"]["pageInfo"]["hasPreviousPage"], false);
    world.upload("new.mp4", b"6").await;
    let second = world.data(ASSETS, json!({ "first": 2, "after": first["assets"]["pageInfo"]["endCursor"] })).await;
    assert_eq!(titles(&second), ["c", "b"]);
    let third = world.data(ASSETS, json!({ "first": 2, "after": second["assets"]["pageInfo"]["endCursor"] })).await;
    assert_eq!(titles(&third), ["a"]);
    assert_eq!(third["assets"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(third["assets"]["pageInfo"]["hasPreviousPage"], true);
}

#[tokio::test]
async fn filters_of_the_library_hold() {
    let world = library().await;
    for (filter, expected) in [
        (json!({ "nameContains": "B.MP" }), vec!["b"]),
        (json!({ "nameContains": "%" }), vec![]),
        (json!({ "states": ["READY"] }), vec![]),
        (json!({ "states": ["REGISTERED", "REGISTERED"] }), vec!["e", "d", "c", "b", "a"]),
        (json!({ "createdBefore": "2026-11-22T12:02:00Z" }), vec!["a"]),
        (json!({ "createdFrom": "2026-11-22T12:05:00Z" }), vec!["e"]),
    ] {
        let data = world.data(ASSETS, json!({ "filter": filter })).await;
        assert_eq!(titles(&data), expected, "{filter}");
    }
}

#[tokio::test]
async fn a_cursor_belongs_to_its_query() {
    let world = library().await;
    let first = world.data(ASSETS, json!({ "first": 1 })).await;
    let cursor = first["assets"]["pageInfo"]["endCursor"].clone();
    let codes = async |variables: Value| world.codes(ASSETS, variables).await;
    assert_eq!(codes(json!({ "after": cursor, "filter": { "nameContains": "a" } })).await, ["FOREIGN_CURSOR"]);
    assert_eq!(codes(json!({ "after": "AAAA" })).await, ["BAD_CURSOR"]);
    assert_eq!(codes(json!({ "after": "" })).await, ["BAD_CURSOR"]);
    assert_eq!(codes(json!({ "first": 101 })).await, ["LIMIT_EXCEEDED"]);
    assert_eq!(codes(json!({ "first": -1 })).await, ["BAD_USER_INPUT"]);
    let jobs = "query($after: String) { jobs(after: $after) { nodes { id } } }";
    assert_eq!(world.codes(jobs, json!({ "after": cursor })).await, ["FOREIGN_CURSOR"]);
}

#[tokio::test]
async fn pages_inside_an_asset_follow_each_other() {
    let (world, asset) = World::with_film().await;
    let document = "query($id: ID!, $after: String) { asset(id: $id) {
        moments(first: 3, after: $after) { nodes { kind span { start } } pageInfo { hasNextPage endCursor } } } }";
    let first = world.data(document, json!({ "id": id(asset.id) })).await;
    let page = &first["asset"]["moments"];
    assert_eq!(page["nodes"].as_array().unwrap().len(), 3);
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let after = json!({ "id": id(asset.id), "after": page["pageInfo"]["endCursor"] });
    let second = world.data(document, after).await;
    assert_eq!(second["asset"]["moments"]["nodes"], json!([{ "kind": "SHOT", "span": { "start": "0:05.000" } }]));
    let of_speech = "query($id: ID!) { asset(id: $id) { moments(kind: SPEECH) { nodes { kind } }
        observations(modalities: [TAGS], range: { fromMicros: 9999999 }) { nodes { __typename } } } }";
    let data = world.data(of_speech, json!({ "id": id(asset.id) })).await;
    assert_eq!(data["asset"]["moments"]["nodes"], json!([{ "kind": "SPEECH" }]));
    assert_eq!(data["asset"]["observations"]["nodes"], json!([{ "__typename": "Tag" }]));
}

#[tokio::test]
async fn jobs_are_listed_newest_first() {
    let world = library().await;
    let data = world.data("{ jobs(first: 2, filter: { states: [QUEUED] }) { nodes { state asset { title } } pageInfo { hasNextPage } } }", none()).await;
    let titles: Vec<&str> =
        data["jobs"]["nodes"].as_array().unwrap().iter().map(|job| job["asset"]["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["e", "d"]);
    assert_eq!(data["jobs"]["pageInfo"]["hasNextPage"], true);
}
