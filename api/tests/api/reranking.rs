//! A model that orders the best hits, through the API: what it says it did, what it cost, and what it refuses.

use serde_json::{Value, json};

use crate::world::World;

const SEARCH: &str = "query Search($input: SearchInput!, $first: Int, $after: String) {
  search(input: $input, first: $first, after: $after) {
    notices { code message } reranked { model version scoredHitCount tookMicros }
    edges { cursor node { kind score probability rerankScore moment { id } } }
  }
}";

async fn search(world: &World, input: Value) -> Value {
    world.data(SEARCH, json!({ "input": input })).await["search"].take()
}

fn nodes(page: &Value) -> Vec<&Value> {
    page["edges"].as_array().unwrap().iter().map(|edge| &edge["node"]).collect()
}

#[tokio::test]
async fn the_best_hits_go_by_the_model_and_the_answer_says_what_that_cost() {
    let (world, _) = World::with_film().await;
    let query = "gatekeepers OR blender OR dragon";
    let plain = search(&world, json!({ "query": query })).await;
    assert_eq!((&plain["reranked"], &plain["notices"]), (&Value::Null, &json!([])));
    assert!(nodes(&plain).iter().all(|node| node["rerankScore"].is_null()));
    let page = search(&world, json!({ "query": query, "rerank": 10 })).await;
    let cost = &page["reranked"];
    assert_eq!(
        (&cost["model"], &cost["version"], &cost["scoredHitCount"]),
        (&json!("brevity"), &json!("1"), &json!(2))
    );
    assert!(cost["tookMicros"].as_i64().is_some_and(|micros| micros >= 0));
    assert_eq!(nodes(&page).len(), nodes(&plain).len());
    // The title is shorter than what is said and written together, and what is only seen stays where it was.
    let kinds: Vec<&str> = nodes(&page).iter().filter_map(|node| node["kind"].as_str()).collect();
    let scored: Vec<bool> = nodes(&page).iter().map(|node| node["rerankScore"].is_number()).collect();
    let of = |kind: &str| kinds.iter().position(|one| *one == kind).unwrap();
    let first_scored = scored.iter().position(|is_scored| *is_scored).unwrap();
    assert_eq!(of("ASSET"), first_scored, "{page:#}");
    for (before, after) in nodes(&plain).iter().zip(nodes(&page)) {
        assert_eq!(before["rerankScore"].is_null() && after["rerankScore"].is_null(), before == &after);
        let same = nodes(&plain).into_iter().find(|node| node["moment"] == after["moment"]).unwrap();
        assert_eq!((&same["score"], &same["probability"]), (&after["score"], &after["probability"]));
    }
}

#[tokio::test]
async fn pages_of_a_reranked_search_are_its_own() {
    let (world, _) = World::with_film().await;
    let input = json!({ "query": "gatekeepers OR blender OR dragon", "rerank": 10 });
    let whole = search(&world, input.clone()).await;
    let first = world.data(SEARCH, json!({ "input": input, "first": 1 })).await;
    let cursor = &first["search"]["edges"][0]["cursor"];
    let next = world.data(SEARCH, json!({ "input": input, "first": 1, "after": cursor })).await;
    assert_eq!(next["search"]["edges"][0], whole["edges"][1]);
    let other = json!({ "input": { "query": "gatekeepers OR blender OR dragon" }, "after": cursor });
    assert_eq!(world.codes(SEARCH, other).await, ["FOREIGN_CURSOR"]);
}

#[tokio::test]
async fn what_cannot_be_reranked_is_told_apart() {
    let (world, _) = World::with_film().await;
    for count in [-1, 0, 51, i32::MAX] {
        let input = json!({ "query": "gatekeepers", "rerank": count });
        assert_eq!(world.codes(SEARCH, json!({ "input": input })).await, ["BAD_USER_INPUT"], "{count}");
    }
    let absent =
        world.ask(SEARCH, json!({ "input": { "query": "dragon OR gatekeepers OR blender", "rerank": 10 } })).await;
    let error = &absent["errors"][0];
    assert_eq!(error["extensions"]["code"], "MODEL_MISSING", "{absent:#}");
    assert!(error["message"].as_str().is_some_and(|text| text.contains("`reelgraph models pull brevity`")), "{error}");
    for input in [
        json!({ "query": "kind:shot", "rerank": 5 }),
        json!({ "query": "seen:dragon", "rerank": 5 }),
        json!({ "query": "gatekeepers", "sort": "NEWEST", "rerank": 5 }),
        json!({ "query": "then(gatekeepers, dragon, 1m)", "rerank": 5 }),
    ] {
        let page = search(&world, input.clone()).await;
        assert_eq!(page["notices"][0]["code"], "NOT_RERANKED", "{input}: {page:#}");
        assert_eq!(page["reranked"], Value::Null);
        assert!(!nodes(&page).is_empty(), "{input}");
    }
}
