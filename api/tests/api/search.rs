//! Search through the API: hits with their evidence.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::world::{World, id, redacted};

const SEARCH: &str = r"query Search($input: SearchInput!, $first: Int, $after: String) {
  search(input: $input, first: $first, after: $after) {
    tookMicros notices { code }
    pageInfo { hasNextPage endCursor }
    nodes {
      span { start end } kind score queryCoverage playUrl stillUrl playableSpan { start end } assetHitCount
      asset { title } moment { id kind } moreInAsset { span { start } }
      evidence {
        modality source text highlights { start end terms } fragments { text isMatch } words { text span { start } }
        box { left top } rank space analyzer model version span { start end } observation { __typename id }
      }
    }
  }
}";

async fn search(world: &World, input: Value) -> Value {
    world.data(SEARCH, json!({ "input": input })).await
}

#[tokio::test]
async fn something_said_is_found_with_the_words_and_their_times() {
    let (world, _) = World::with_film().await;
    let data = search(&world, json!({ "query": "gatekeeper" })).await;
    insta::with_settings!({ sort_maps => true }, { assert_json_snapshot!(redacted(data)) });
}

#[tokio::test]
async fn something_written_is_found_with_its_box() {
    let (world, _) = World::with_film().await;
    let data = search(&world, json!({ "query": "blender foundation" })).await;
    insta::with_settings!({ sort_maps => true }, { assert_json_snapshot!(redacted(data)) });
}

#[tokio::test]
async fn something_seen_is_found_with_its_class() {
    let (world, _) = World::with_film().await;
    let data = search(&world, json!({ "query": "a mountain with snow", "filter": { "kinds": ["SHOT"] } })).await;
    insta::with_settings!({ sort_maps => true }, { assert_json_snapshot!(redacted(data)) });
}

#[tokio::test]
async fn something_like_it_is_found_by_its_vector() {
    let (world, _) = World::with_film().await;
    let data = search(&world, json!({ "query": "beast" })).await;
    let evidence = &data["search"]["nodes"][0]["evidence"][0];
    assert_eq!(evidence["source"], "VECTOR", "{data:#}");
    assert_eq!(evidence["space"], "compass@1");
    assert_eq!(evidence["span"], json!({ "start": "0:06.000", "end": "0:06.040" }));
}

#[tokio::test]
async fn hits_can_be_grouped_by_asset() {
    let (world, _) = World::with_film().await;
    world.add_film("another dragon.mp4", b"another film").await;
    world.publish().await;
    let data = search(&world, json!({ "query": "dragon", "grouping": "BY_ASSET" })).await;
    let titles: Vec<&str> = data["search"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["asset"]["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles.len(), 2, "{data:#}");
    assert!(titles.contains(&"the dragon") && titles.contains(&"another dragon"));
    assert!(data["search"]["nodes"][0]["assetHitCount"].as_u64().unwrap() >= 1);
}

#[tokio::test]
async fn filters_leave_out_what_they_say() {
    let (world, asset) = World::with_film().await;
    let other = world.add_film("another dragon.mp4", b"another film").await;
    world.publish().await;
    for (filter, expected) in [
        (json!({ "assetIds": [id(asset.id)] }), 1),
        (json!({ "assetIds": [] }), 0),
        (json!({ "titleContains": "another" }), 1),
        (json!({ "createdFrom": other.created_at }), 1),
        (json!({ "createdTo": asset.created_at }), 1),
        (json!({ "minDurationMicros": 10_000_001 }), 0),
        (json!({ "maxDurationMicros": 10_000_000, "hasAudio": true, "hasVideo": true, "languages": ["en"] }), 2),
        (json!({ "hasAudio": false }), 0),
        (json!({ "languages": ["fr"] }), 0),
        (json!({ "modalities": ["SCREEN_TEXT"] }), 0),
        (json!({ "range": { "fromMicros": 9_000_000 } }), 0),
        (json!({ "range": { "toMicros": 2_000_000 } }), 2),
    ] {
        let data = search(&world, json!({ "query": "gatekeepers", "filter": filter })).await;
        let found = data["search"]["nodes"].as_array().unwrap().len();
        assert_eq!(found, expected, "{filter}: {data:#}");
    }
}

#[tokio::test]
async fn answers_are_ordered_by_title_and_by_fields_of_ones_own() {
    let (world, dragon) = World::with_film().await;
    let elan = world.add_film("Élan.mp4", b"another film").await;
    world.add_film("zebra.mp4", b"the third film").await;
    let note = "mutation($id: ID!, $take: String!) {
        setAssetMetadata(input: { id: $id, fields: [{ name: \"take\", values: [$take] }] }) { errors { code } } }";
    for (asset, take) in [(&dragon, "10"), (&elan, "9")] {
        world.data(note, json!({ "id": id(asset.id), "take": take })).await;
    }
    world.publish().await;
    let document = "query($input: SearchInput!, $after: String) { search(input: $input, first: 2, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { asset { title } } } }";
    for query in ["kind:shot", "dragon"] {
        for (order, expected) in [
            (json!({ "sort": "TITLE" }), ["Élan", "the dragon", "zebra"]),
            (json!({ "sort": "TITLE_DESCENDING" }), ["zebra", "the dragon", "Élan"]),
            (json!({ "sort": "SIZE" }), ["Élan", "zebra", "the dragon"]),
            (json!({ "sort": "FIELD", "sortField": "take" }), ["Élan", "the dragon", "zebra"]),
            (json!({ "sort": "FIELD_DESCENDING", "sortField": "take" }), ["the dragon", "Élan", "zebra"]),
        ] {
            let mut input = order.clone();
            input["query"] = json!(query);
            let (mut titles, mut after) = (Vec::<String>::new(), Value::Null);
            loop {
                let page = world.data(document, json!({ "input": input, "after": after })).await["search"].take();
                titles.extend(
                    page["nodes"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|it| it["asset"]["title"].as_str().unwrap().to_owned()),
                );
                after = page["pageInfo"]["endCursor"].clone();
                if page["pageInfo"]["hasNextPage"] == json!(false) {
                    break;
                }
            }
            titles.dedup();
            assert_eq!(titles, expected, "{query} {order}");
        }
    }
    for (wrong, words) in [
        (json!({ "sort": "FIELD" }), "sortField: missing"),
        (json!({ "sort": "FIELD", "sortField": "Not a name" }), "sortField: a field's name is"),
        (json!({ "sort": "TITLE", "sortField": "take" }), "sortField: goes with FIELD"),
        (json!({ "sortField": "take" }), "sortField: goes with FIELD"),
    ] {
        let refused = world.ask(document, json!({ "input": wrong })).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{wrong}: {refused}");
        assert!(refused["errors"][0]["message"].as_str().unwrap().starts_with(words), "{wrong}: {refused}");
    }
    let first = world.data(document, json!({ "input": { "query": "kind:shot", "sort": "TITLE" } })).await;
    let cursor = &first["search"]["pageInfo"]["endCursor"];
    let other = json!({ "input": { "query": "kind:shot", "sort": "TITLE_DESCENDING" }, "after": cursor });
    assert_eq!(world.codes(document, other).await, ["FOREIGN_CURSOR"]);
}

#[tokio::test]
async fn a_deleted_asset_is_no_answer_even_before_the_index_knows() {
    let (world, asset) = World::with_film().await;
    world.store.tenant(asset.tenant).delete_asset(asset.id).await.unwrap();
    let data = search(&world, json!({ "query": "gatekeepers" })).await;
    assert_eq!(data["search"]["nodes"], json!([]));
}

#[tokio::test]
async fn odd_queries_get_a_sensible_answer_or_a_typed_error() {
    let (world, _) = World::with_film().await;
    let many = |count: usize| (0..count).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" OR ");
    let nothing = Ok(vec!["NO_SEARCHABLE_WORDS"]);
    for (query, expected) in [
        (String::new(), nothing.clone()),
        (" \t\n".to_owned(), nothing.clone()),
        ("\u{0}\u{7}\u{1b}".to_owned(), nothing.clone()),
        ("🐉🔥".to_owned(), nothing.clone()),
        ("\"\"".to_owned(), nothing.clone()),
        ("\u{202e}\u{200d}".to_owned(), nothing),
        ("the of and a".to_owned(), Ok(vec![])),
        ("🐉 dragon \u{0}".to_owned(), Ok(vec![])),
        ("\"unbalanced dragon".to_owned(), Ok(vec![])),
        ("((dragon".to_owned(), Ok(vec![])),
        ("(a+)+$ [a-z]{1,9999}.*.*.*!".to_owned(), Ok(vec![])),
        ("dragon* OR *".to_owned(), Ok(vec![])),
        ("'; DROP TABLE assets; --".to_owned(), Ok(vec![])),
        (many(60), Ok(vec![])),
        (many(65), Err("LIMIT_EXCEEDED")),
        (many(1_000), Err("QUERY_TOO_LONG")),
        ("x".repeat(10_000), Err("QUERY_TOO_LONG")),
        ("colour:red".to_owned(), Err("QUERY_SYNTAX")),
        ("asset.meta.take>many".to_owned(), Err("QUERY_SYNTAX")),
        ("(".repeat(1_000), Err("QUERY_SYNTAX")),
        ("dragon~999999999999".to_owned(), Err("QUERY_SYNTAX")),
    ] {
        let answer = world.ask(SEARCH, json!({ "input": { "query": query } })).await;
        let code = answer["errors"][0]["extensions"]["code"].as_str();
        let notices = answer["data"]["search"]["notices"].as_array();
        let notices = notices.map(|all| all.iter().filter_map(|notice| notice["code"].as_str()).collect::<Vec<_>>());
        let query: String = query.chars().take(40).collect();
        assert_eq!(code.map_or_else(|| Ok(notices.unwrap_or_default()), Err), expected, "{query:?}");
    }
}

#[tokio::test]
async fn bad_searches_are_told_apart() {
    let (world, _) = World::with_film().await;
    let codes = async |variables: Value| world.codes(SEARCH, variables).await;
    assert_eq!(codes(json!({ "input": { "query": "x".repeat(10_000) } })).await, ["QUERY_TOO_LONG"]);
    assert_eq!(codes(json!({ "input": { "query": "a" }, "after": "nonsense" })).await, ["BAD_CURSOR"]);
    assert_eq!(codes(json!({ "input": { "query": "a" }, "first": 101 })).await, ["LIMIT_EXCEEDED"]);
    assert_eq!(codes(json!({ "input": { "query": "a" }, "first": 0 })).await, ["BAD_USER_INPUT"]);
    assert_eq!(codes(json!({ "input": { "query": "a", "filter": { "assetIds": ["x"] } } })).await, ["BAD_USER_INPUT"]);
    let backwards = json!({ "query": "a", "filter": { "range": { "fromMicros": 5, "toMicros": 5 } } });
    assert_eq!(codes(json!({ "input": backwards })).await, ["BAD_USER_INPUT"]);
    for filter in [
        json!({ "titleContains": "\u{1f600}" }),
        json!({ "minDurationMicros": 10, "maxDurationMicros": 1 }),
        json!({ "createdFrom": "2026-02-01T00:00:00Z", "createdTo": "2026-01-01T00:00:00Z" }),
    ] {
        assert_eq!(codes(json!({ "input": { "query": "a", "filter": filter } })).await, ["BAD_USER_INPUT"], "{filter}");
    }
    let few = json!({ "objects": { "label": "dog", "min": 5, "max": 2 } });
    assert_eq!(codes(json!({ "input": { "where": few } })).await, ["BAD_USER_INPUT"]);
    let first =
        world.data(SEARCH, json!({ "input": { "query": "gatekeepers OR blender OR dragon" }, "first": 1 })).await;
    let cursor = &first["search"]["pageInfo"]["endCursor"];
    assert_eq!(codes(json!({ "input": { "query": "other words" }, "after": cursor })).await, ["FOREIGN_CURSOR"]);
    let next = world
        .data(SEARCH, json!({ "input": { "query": "gatekeepers OR blender OR dragon" }, "first": 1, "after": cursor }))
        .await;
    assert_ne!(next["search"]["nodes"][0]["span"], first["search"]["nodes"][0]["span"]);
}

#[tokio::test]
async fn a_query_without_words_says_so() {
    let (world, _) = World::with_film().await;
    for query in ["", "  ", "?!", "\u{0}\u{202e}"] {
        let data = search(&world, json!({ "query": query })).await;
        assert_eq!(data["search"]["nodes"], json!([]), "{query:?}");
        assert_eq!(data["search"]["notices"], json!([{ "code": "NO_SEARCHABLE_WORDS" }]), "{query:?}");
    }
}
