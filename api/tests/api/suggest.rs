//! Completion and correction through the API.

use serde_json::{Value, json};

use crate::world::World;

const SUGGEST: &str = "query($prefix: String!, $first: Int! = 10, $kinds: [SuggestionKind!]) {
  suggest(prefix: $prefix, first: $first, kinds: $kinds) { kind text momentCount } }";

#[tokio::test]
async fn beginnings_are_completed_from_titles_labels_and_what_is_said() {
    let (world, _) = World::with_film().await;
    let suggest = async |variables: Value| world.data(SUGGEST, variables).await["suggest"].take();
    let dragons = json!([
        { "kind": "TITLE", "text": "the dragon", "momentCount": 1 }, { "kind": "TITLE", "text": "the dragon.mp4", "momentCount": 1 },
        { "kind": "LABEL", "text": "dragon", "momentCount": 1 }
    ]);
    assert_eq!(suggest(json!({ "prefix": "Drag" })).await, dragons);
    let labels = json!([{ "kind": "LABEL", "text": "dragon", "momentCount": 1 }]);
    assert_eq!(suggest(json!({ "prefix": "drag", "kinds": ["LABEL"] })).await, labels);
    assert_eq!(suggest(json!({ "prefix": "drag", "kinds": [] })).await, json!([]));
    assert_eq!(suggest(json!({ "prefix": "gatek" })).await[0]["kind"], "PHRASE");
    assert_eq!(suggest(json!({ "prefix": " " })).await, json!([]));
    for wrong in [
        json!({ "prefix": "a", "first": 0 }),
        json!({ "prefix": "a", "first": 51 }),
        json!({ "prefix": "é".repeat(101) }),
    ] {
        assert_eq!(world.codes(SUGGEST, wrong.clone()).await, ["BAD_USER_INPUT"], "{wrong}");
    }
}

#[tokio::test]
async fn a_misspelt_query_is_told_what_may_have_been_meant() {
    let (world, _) = World::with_film().await;
    let search = "query($q: String!) { search(input: { query: $q }) { didYouMean { query corrections { from to } } } }";
    let meant = async |query: &str| world.data(search, json!({ "q": query })).await["search"]["didYouMean"].take();
    let expected =
        json!({ "query": "\"gatekeepers\" dragon", "corrections": [{ "from": "gatekeepres", "to": "gatekeepers" }] });
    assert_eq!(meant("\"gatekeepres\" dragon").await, expected);
    assert_eq!(meant("gatekeeper dragons").await, Value::Null);
    assert_eq!(meant("").await, Value::Null);
}
