//! Searches that are kept, and those done lately.

use serde_json::{Value, json};

use crate::world::{World, id, none};

const CREATE: &str = "mutation($input: CreateSavedSearchInput!) { createSavedSearch(input: $input) {
  savedSearch { id name query search owner isMine standing { isCaughtUp } } errors { code field } } }";
const RUN: &str = "query($id: ID!, $first: Int, $after: String) { savedSearch(id: $id) { name
  results(first: $first, after: $after) { searchId pageInfo { endCursor hasNextPage } nodes { span { start } asset { title } } } } }";

async fn create(world: &World, name: &str, search: Value) -> Value {
    let mut data = world.data(CREATE, json!({ "input": { "name": name, "search": search } })).await;
    assert_eq!(data["createSavedSearch"]["errors"], json!([]), "{data:#}");
    data["createSavedSearch"]["savedSearch"].take()
}

#[tokio::test]
async fn a_saved_search_answers_as_the_search_itself_does_page_by_page() {
    let (world, asset) = World::with_film().await;
    world.add_film("another dragon.mp4", b"another film").await;
    world.publish().await;
    let search = json!({ "query": " dragon ", "filter": { "assetIds": [id(asset.id)], "kinds": ["SHOT", "ASSET"] } });
    let saved = create(&world, "dragons of one film", search.clone()).await;
    let fields = (&saved["name"], &saved["query"], &saved["owner"], &saved["isMine"], &saved["standing"]);
    assert_eq!(fields, (&json!("dragons of one film"), &json!("dragon"), &json!("local"), &json!(true), &Value::Null));
    let asked = &saved["search"];
    assert_eq!(
        (&asked["query"], &asked["grouping"], &asked["narrowerLevels"]),
        (&json!(" dragon "), &json!("FLAT"), &json!(2))
    );
    assert_eq!(asked["filter"]["assetIds"], json!([id(asset.id)]));

    let plain = "query($input: SearchInput!) { search(input: $input) { nodes { span { start } asset { title } } } }";
    let plain = world.data(plain, json!({ "input": search })).await["search"]["nodes"].take();
    assert_eq!(plain.as_array().unwrap().len(), 2, "{plain:#}");
    let mut paged = Vec::new();
    let mut variables = json!({ "id": saved["id"], "first": 1 });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let results = world.data(RUN, variables.clone()).await["savedSearch"]["results"].take();
        paged.extend(results["nodes"].as_array().cloned().unwrap());
        ids.push(results["searchId"].clone());
        variables["after"] = results["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(json!(paged), plain);
    assert!(ids[0].is_string() && ids[0] == ids[1], "further pages are the same search: {ids:?}");

    let node = "query($id: ID!) { node(id: $id) { __typename ... on SavedSearch { name } } }";
    let node = world.data(node, json!({ "id": saved["id"] })).await;
    assert_eq!(node["node"], json!({ "__typename": "SavedSearch", "name": "dragons of one film" }));
}

#[tokio::test]
async fn saved_searches_are_listed_renamed_changed_and_let_go() {
    let world = World::empty().await;
    let mut saved = Vec::new();
    for name in ["one", "two", "three"] {
        saved.push(create(&world, name, json!({ "query": name })).await);
        world.clock.advance(std::time::Duration::from_secs(1));
    }
    let list = "query($first: Int, $after: String) { savedSearches(first: $first, after: $after, mine: true) {
      nodes { name } pageInfo { hasNextPage endCursor } } }";
    let page = world.data(list, json!({ "first": 2 })).await["savedSearches"].take();
    assert_eq!(page["nodes"], json!([{ "name": "three" }, { "name": "two" }]));
    let rest = world.data(list, json!({ "first": 2, "after": page["pageInfo"]["endCursor"] })).await;
    assert_eq!(rest["savedSearches"]["nodes"], json!([{ "name": "one" }]));
    let foreign = "query($after: String) { savedSearches(after: $after) { nodes { name } } }";
    let codes = world.codes(foreign, json!({ "after": page["pageInfo"]["endCursor"] })).await;
    assert_eq!(codes, ["FOREIGN_CURSOR"]);

    let update = "mutation($input: UpdateSavedSearchInput!) { updateSavedSearch(input: $input) {
      savedSearch { name query } errors { code field } } }";
    let input = json!({ "id": saved[0]["id"], "name": " uno ", "search": { "query": "eins" } });
    let updated = world.data(update, json!({ "input": input })).await;
    let expected = json!({ "savedSearch": { "name": "uno", "query": "eins" }, "errors": [] });
    assert_eq!(updated["updateSavedSearch"], expected);
    for (input, code, field) in [
        (json!({ "id": saved[0]["id"], "name": " " }), "INVALID_VALUE", json!("name")),
        (json!({ "id": saved[0]["id"], "search": { "query": "x".repeat(2_001) } }), "INVALID_VALUE", json!("search")),
        (json!({ "id": "nonsense", "name": "x" }), "NOT_FOUND", json!("id")),
        (
            json!({ "id": id(reelgraph_models::id::AssetId::from_uuid(uuid::Uuid::from_u128(1))), "name": "x" }),
            "NOT_FOUND",
            json!("id"),
        ),
    ] {
        let refused = world.data(update, json!({ "input": input })).await;
        assert_eq!(refused["updateSavedSearch"]["errors"], json!([{ "code": code, "field": field }]), "{input}");
    }
    let delete =
        "mutation($id: ID!) { deleteSavedSearch(input: { id: $id }) { deletedSavedSearchId errors { code } } }";
    let gone = world.data(delete, json!({ "id": saved[0]["id"] })).await;
    assert_eq!(gone["deleteSavedSearch"], json!({ "deletedSavedSearchId": saved[0]["id"], "errors": [] }));
    let again = world.data(delete, json!({ "id": saved[0]["id"] })).await;
    assert_eq!(again["deleteSavedSearch"]["errors"], json!([{ "code": "NOT_FOUND" }]));
    assert_eq!(world.data(RUN, json!({ "id": saved[0]["id"] })).await["savedSearch"], Value::Null);
}

#[tokio::test]
async fn recent_searches_are_each_there_once_the_last_first_until_they_are_cleared() {
    let (world, _) = World::with_film().await;
    let search = "query($q: String!, $after: String) { search(input: { query: $q }, first: 1, after: $after) { pageInfo { endCursor } } }";
    for query in ["dragon", "gatekeepers", "dragon", "  "] {
        world.clock.advance(std::time::Duration::from_secs(1));
        let found = world.data(search, json!({ "q": query })).await;
        let after = &found["search"]["pageInfo"]["endCursor"];
        if after.is_string() {
            world.data(search, json!({ "q": query, "after": after })).await;
        }
    }
    let recent = "{ recentSearches { query search searchedAt } }";
    let found = world.data(recent, none()).await["recentSearches"].take();
    let queries: Vec<_> = found.as_array().unwrap().iter().map(|it| it["query"].clone()).collect();
    assert_eq!(queries, ["dragon", "gatekeepers"]);
    assert_eq!((&found[0]["search"]["query"], &found[0]["search"]["grouping"]), (&json!("dragon"), &json!("FLAT")));
    let cleared = world.data("mutation { clearRecentSearches { clearedCount errors { code } } }", none()).await;
    assert_eq!(cleared["clearRecentSearches"], json!({ "clearedCount": 2, "errors": [] }));
    assert_eq!(world.data(recent, none()).await["recentSearches"], json!([]));
}
