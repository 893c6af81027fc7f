//! What librarians learn from searches.

use serde_json::{Value, json};

use crate::world::{World, none};

const SEARCH: &str =
    "query($q: String!, $first: Int, $after: String) { search(input: { query: $q }, first: $first, after: $after) {
  searchId pageInfo { endCursor } nodes { moment { id } } } }";
const REPORT: &str = "query($kind: SearchReportKind!, $first: Int, $after: String, $from: DateTime) {
  searchReport(kind: $kind, first: $first, after: $after, from: $from) { droppedCount pageInfo { endCursor hasNextPage }
    nodes { query searchCount zeroResultCount lowScoreCount clickedCount clickThrough dismissedCount } } }";
const CLICK: &str =
    "mutation($input: RecordSearchClickInput!) { recordSearchClick(input: $input) { isNew errors { code field } } }";

async fn search(world: &World, query: &str) -> Value {
    world.data(SEARCH, json!({ "q": query })).await["search"].take()
}

async fn report(world: &World, kind: &str) -> Vec<(String, u64)> {
    let lines = world.data(REPORT, json!({ "kind": kind })).await["searchReport"]["nodes"].take();
    let line = |line: &Value| (line["query"].as_str().unwrap().to_owned(), line["searchCount"].as_u64().unwrap());
    lines.as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn what_is_searched_for_and_not_found_is_reported_and_a_further_page_is_no_further_search() {
    let (world, _) = World::with_film().await;
    for query in ["Dragon", "zeppelin", " dragon", "ZEPPELIN  ", "zeppelin"] {
        search(&world, query).await;
    }
    let found = world.data(SEARCH, json!({ "q": "dragon", "first": 1 })).await["search"].take();
    let more = json!({ "q": "dragon", "first": 1, "after": found["pageInfo"]["endCursor"] });
    let more = world.data(SEARCH, more).await["search"].take();
    assert_eq!(more["searchId"], found["searchId"]);
    let counted = |query: &str, count| (query.to_owned(), count);
    assert_eq!(report(&world, "FREQUENT").await, [counted("dragon", 3), counted("zeppelin", 3)]);
    assert_eq!(report(&world, "ZERO_RESULTS").await, [counted("zeppelin", 3)]);
    assert_eq!(report(&world, "LOW_SCORE").await, []);

    let first = world.data(REPORT, json!({ "kind": "FREQUENT", "first": 1 })).await["searchReport"].take();
    assert_eq!((&first["droppedCount"], &first["pageInfo"]["hasNextPage"]), (&json!(0), &json!(true)));
    let next = json!({ "kind": "FREQUENT", "first": 1, "after": first["pageInfo"]["endCursor"] });
    assert_eq!(world.data(REPORT, next.clone()).await["searchReport"]["nodes"][0]["query"], "zeppelin");
    let mut foreign = next;
    foreign["kind"] = json!("LOW_SCORE");
    assert_eq!(world.codes(REPORT, foreign).await, ["FOREIGN_CURSOR"]);
    let later = json!({ "kind": "FREQUENT", "from": "2027-01-01T00:00:00Z" });
    assert_eq!(world.data(REPORT, later).await["searchReport"]["nodes"], json!([]));
}

#[tokio::test]
async fn what_is_made_of_an_answer_is_reported() {
    let (world, _) = World::with_film().await;
    let one = search(&world, "dragon").await;
    search(&world, "dragon").await;
    let moment = &one["nodes"][0]["moment"]["id"];
    let click = async |action: &str| {
        let input = json!({ "searchId": one["searchId"], "momentId": moment, "rank": 1, "action": action });
        world.data(CLICK, json!({ "input": input })).await["recordSearchClick"].take()
    };
    assert_eq!(click("PLAYED").await, json!({ "isNew": true, "errors": [] }));
    assert_eq!(click("PLAYED").await, json!({ "isNew": false, "errors": [] }));
    click("EXPORTED").await;
    click("DISMISSED").await;
    let line = world.data(REPORT, json!({ "kind": "FREQUENT" })).await["searchReport"]["nodes"][0].take();
    assert_eq!(
        (&line["clickedCount"], &line["clickThrough"], &line["dismissedCount"]),
        (&json!(1), &json!(0.5), &json!(1))
    );

    for (change, code, field) in [
        (json!({ "rank": 0 }), "INVALID_VALUE", "rank"),
        (json!({ "searchId": moment }), "NOT_FOUND", "searchId"),
        (json!({ "searchId": search_id_of_nobody() }), "NOT_FOUND", "searchId"),
        (json!({ "momentId": "nonsense" }), "NOT_FOUND", "momentId"),
    ] {
        let mut input = json!({ "searchId": one["searchId"], "momentId": moment, "rank": 1, "action": "OPENED" });
        for (name, value) in change.as_object().unwrap() {
            input[name] = value.clone();
        }
        let refused = world.data(CLICK, json!({ "input": input })).await["recordSearchClick"].take();
        assert_eq!(refused, json!({ "isNew": false, "errors": [{ "code": code, "field": field }] }), "{change}");
    }
    // A search that was done is no thing to look at.
    let node = world.data("query($id: ID!) { node(id: $id) { id } }", json!({ "id": one["searchId"] })).await;
    assert_eq!(node["node"], Value::Null);
    assert_eq!(world.data("{ recentSearches { query } }", none()).await["recentSearches"].as_array().unwrap().len(), 1);
}

fn search_id_of_nobody() -> String {
    use reelgraph_api::graphql::GlobalId;
    GlobalId::Search(reelgraph_models::id::SearchId::from_uuid(uuid::Uuid::from_u128(5))).to_string()
}
