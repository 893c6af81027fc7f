//! Licences of assets and decisions about them, as they are noted and searched for.

use reelgraph_models::clock::Clock;
use serde_json::{Value, json};

use crate::world::{World, id};

async fn licence(world: &World, id: &str, licences: Value) -> Value {
    let document =
        "mutation($id: ID!, $licences: [LicenceInput!]!) { setAssetLicences(input: { id: $id, licences: $licences }) {
      asset { licences { territories firstDay lastDay note } } errors { code field message } } }";
    world.data(document, json!({ "id": id, "licences": licences })).await["setAssetLicences"].take()
}

async fn review(world: &World, id: &str, state: &str, reason: Value) -> Value {
    let document = "mutation($id: ID!, $state: ReviewState!, $reason: String) {
      reviewAsset(input: { id: $id, state: $state, reason: $reason }) {
        asset { review { state reason decidedBy decidedAt } } errors { code field } } }";
    world.data(document, json!({ "id": id, "state": state, "reason": reason })).await["reviewAsset"].take()
}

async fn is_found(world: &World, input: &Value) -> bool {
    let ask = "query($input: SearchInput!) { search(input: $input) { nodes { score } } }";
    let found = world.data(ask, json!({ "input": input })).await;
    !found["search"]["nodes"].as_array().unwrap().is_empty()
}

#[tokio::test]
async fn an_asset_is_found_where_and_when_it_may_be_used() {
    let (world, asset) = World::with_film().await;
    let asset = id(asset.id);
    let today = world.clock.now().date_naive();
    let yesterday = today.pred_opt().unwrap();
    let done = licence(
        &world,
        &asset,
        json!([{ "territories": ["de", "AT"], "lastDay": today, "note": "contract 7" }, { "firstDay": "2140-01-01" }]),
    )
    .await;
    let expected = json!([
        { "territories": ["AT", "DE"], "firstDay": null, "lastDay": today, "note": "contract 7" },
        { "territories": null, "firstDay": "2140-01-01", "lastDay": null, "note": null },
    ]);
    assert_eq!(done["asset"]["licences"], expected, "{done}");
    world.publish().await;
    for (filter, found) in [
        (json!([{ "territory": "DE" }]), true),
        (json!([{ "territory": "de", "on": yesterday }, { "territory": "AT" }]), true),
        (json!([{ "territory": "DE", "on": today.succ_opt() }]), false),
        (json!([{ "territory": "FR" }]), false),
        (json!([{ "territory": "FR", "on": "2141-05-05" }]), true),
    ] {
        let input = json!({ "query": "dragon", "filter": { "licensed": filter } });
        assert_eq!(is_found(&world, &input).await, found, "{input}");
        let input = json!({ "filter": { "licensed": filter } });
        assert_eq!(is_found(&world, &input).await, found, "{input}");
        let input = json!({ "query": "dragon", "where": { "filter": { "licensed": filter } } });
        assert_eq!(is_found(&world, &input).await, found, "{input}");
    }
    for (query, found) in [
        ("dragon asset.licensed:DE", true),
        ("dragon asset.licensed:FR", false),
        ("dragon (asset.licensed:FR OR asset.licensed:AT)", true),
        ("then(dragon asset.licensed:FR, gatekeepers)", false),
    ] {
        assert_eq!(is_found(&world, &json!({ "query": query })).await, found, "{query}");
    }
    licence(&world, &asset, json!([])).await;
    world.publish().await;
    assert!(!is_found(&world, &json!({ "query": "dragon asset.licensed:DE" })).await);
}

#[tokio::test]
async fn an_asset_is_found_by_what_was_decided_about_it() {
    let (world, asset) = World::with_film().await;
    let asset = id(asset.id);
    assert!(is_found(&world, &json!({ "query": "dragon asset.review:pending" })).await);
    let done = review(&world, &asset, "RESTRICTED", json!("not before ten")).await;
    let kept = &done["asset"]["review"];
    assert_eq!((&kept["state"], &kept["reason"]), (&json!("RESTRICTED"), &json!("not before ten")), "{done}");
    assert!(kept["decidedBy"].is_string() && kept["decidedAt"].is_string(), "{done}");
    world.publish().await;
    for (input, found) in [
        (json!({ "query": "dragon", "filter": { "review": ["APPROVED", "RESTRICTED"] } }), true),
        (json!({ "query": "dragon", "filter": { "review": ["PENDING"] } }), false),
        (json!({ "query": "dragon asset.review:approved|restricted" }), true),
        (json!({ "query": "dragon -asset.review:restricted" }), false),
    ] {
        assert_eq!(is_found(&world, &input).await, found, "{input}");
    }
    let facets = "{ searchFacets(input: { query: \"dragon\" }, fields: [REVIEW]) { values { value assetCount } } }";
    let counted = world.data(facets, json!({})).await;
    assert_eq!(counted["searchFacets"][0]["values"], json!([{ "value": "restricted", "assetCount": 1 }]));
}

#[tokio::test]
async fn an_asset_is_found_by_what_its_file_is_like() {
    let (world, _) = World::with_film().await;
    let ask = "query($id: ID!) { asset(id: $id) { sizeBytes streams { ... on VideoStream { codec } } } }";
    let any = world.data("{ assets(first: 1) { nodes { id sizeBytes } } }", json!({})).await;
    let film = &any["assets"]["nodes"][0];
    let size = film["sizeBytes"].as_i64().unwrap();
    let codec = world.data(ask, json!({ "id": film["id"] })).await["asset"]["streams"][0]["codec"].take();
    for (filter, found) in [
        (json!({ "minSizeBytes": size, "maxSizeBytes": size }), true),
        (json!({ "minSizeBytes": size + 1 }), false),
        (json!({ "codecs": [codec] }), true),
        (json!({ "codecs": ["theora"] }), false),
        (json!({ "minFrameRate": 23.9, "maxFrameRate": 23.98 }), true),
        (json!({ "minFrameRate": 24 }), false),
        (json!({ "maxHeightPx": 100 }), false),
        (json!({ "minWidthPx": 1 }), true),
        (json!({ "containers": ["matroska"] }), false),
    ] {
        let input = json!({ "query": "dragon", "filter": filter });
        assert_eq!(is_found(&world, &input).await, found, "{input}");
    }
    let search = "query($input: SearchInput!) { search(input: $input) { nodes { score } } }";
    for filter in [json!({ "minSizeBytes": 2, "maxSizeBytes": 1 }), json!({ "minHeightPx": 2, "maxHeightPx": 1 })] {
        let input = json!({ "query": "dragon", "filter": filter });
        assert_eq!(world.codes(search, json!({ "input": input })).await, ["BAD_USER_INPUT"], "{input}");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused_in_its_field() {
    let (world, asset) = World::with_film().await;
    let asset = id(asset.id);
    for (licences, words) in [
        (json!([{ "territories": [] }]), "at least one territory"),
        (json!([{ "territories": ["Germany"] }]), "\"Germany\" is not the code of a territory"),
        (json!([{ "firstDay": "2026-02-01", "lastDay": "2026-01-01" }]), "cannot end on 2026-01-01"),
        (json!([{ "lastDay": "2150-01-01" }]), "licences[0]: 2150-01-01 is not from 1970-01-01"),
        (json!([{ "note": "a\nb" }]), "one line"),
        (json!(vec![json!({}); 17]), "at most 16 licences"),
    ] {
        let refused = licence(&world, &asset, licences).await;
        assert_eq!(refused["errors"][0]["field"], "licences", "{refused}");
        assert!(refused["errors"][0]["message"].as_str().unwrap().contains(words), "{refused}");
    }
    assert_eq!(licence(&world, "nothing", json!([])).await["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(review(&world, "nothing", "APPROVED", Value::Null).await["errors"][0]["code"], "NOT_FOUND");
    let refused = review(&world, &asset, "APPROVED", json!("a\u{1b}b")).await;
    assert_eq!(refused["errors"][0], json!({ "code": "INVALID_VALUE", "field": "reason" }));
    let refused = review(&world, &asset, "APPROVED", json!(" ")).await;
    assert_eq!(refused["errors"][0], json!({ "code": "INVALID_VALUE", "field": "reason" }));
    let ask = "query($input: SearchInput!) { search(input: $input) { nodes { score } } }";
    for input in [
        json!({ "query": "dragon asset.licensed:Germany" }),
        json!({ "query": "dragon asset.licensed:DE@tomorrow" }),
        json!({ "query": "dragon asset.licensed:DE@1969-12-31" }),
        json!({ "query": "dragon asset.review:perhaps" }),
    ] {
        assert_eq!(world.codes(ask, json!({ "input": input })).await, ["QUERY_SYNTAX"], "{input}");
    }
    let filter = json!({ "query": "dragon", "filter": { "licensed": [{ "territory": "UK" }] } });
    assert_eq!(world.codes(ask, json!({ "input": filter })).await, ["BAD_USER_INPUT"]);
}
