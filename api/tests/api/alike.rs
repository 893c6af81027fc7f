//! Moments and stretches of assets as examples.

use reelgraph_api::graphql::{GlobalId, request_as};
use reelgraph_api::principal::Principal;
use reelgraph_models::id::{AssetId, MomentId, TenantId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{World, id};

const SEARCH: &str =
    "query($input: SearchInput!) { search(input: $input) { nodes { asset { title } span { start } } } }";

/// What is alike to an example, by title.
async fn alike(world: &World, like: Value) -> Vec<String> {
    let data = world.data(SEARCH, json!({ "input": { "where": { "like": like } } })).await;
    let nodes = data["search"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["asset"]["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_clip_finds_what_is_alike_and_not_itself() {
    let (world, dragon) = World::with_film().await;
    world.add_film("another dragon.mp4", b"another film").await;
    world.publish().await;
    let clip = json!({ "clip": { "assetId": id(dragon.id) } });
    let found = alike(&world, clip).await;
    assert!(!found.is_empty() && found.iter().all(|title| title == "another dragon"), "{found:?}");
    // A clip that ends behind the asset is one that ends with it.
    let long =
        json!({ "clip": { "assetId": id(dragon.id), "range": { "fromMicros": 0, "toMicros": 99_000_000_000_i64 } } });
    assert_eq!(alike(&world, long).await, found);
}

#[tokio::test]
async fn an_example_that_is_none_is_told_with_its_field() {
    let (world, dragon) = World::with_film().await;
    let deleted = world.add_film("deleted.mp4", b"a film that goes").await;
    world.store.tenant(TenantId::DEFAULT).delete_asset(deleted.id).await.unwrap();
    let bare = world.upload("bare.mp4", b"nothing is known of this").await;
    let nowhere = id(AssetId::from_uuid(Uuid::from_u128(7)));
    let clip = |asset: &str, from: i64, to: i64| json!({ "clip": { "assetId": asset, "range": { "fromMicros": from, "toMicros": to } } });
    let film = id(dragon.id);
    let (range, asset) = ("like.clip.range", "like.clip.assetId");
    for (like, code, field) in [
        (clip(&film, 5_000_000, 5_000_000), "BAD_USER_INPUT", Some(range)),
        (clip(&film, 5_000_000, 4_000_000), "BAD_USER_INPUT", Some(range)),
        (clip(&film, -5_000_000, -1), "BAD_USER_INPUT", Some(range)),
        (clip(&film, 10_000_000, 11_000_000), "BAD_USER_INPUT", Some(range)),
        (clip(&film, 9_000_000_000, 9_100_000_000), "BAD_USER_INPUT", Some(range)),
        (clip(&nowhere, 0, 1), "NOT_FOUND", Some(asset)),
        (clip(&id(deleted.id), 0, 1), "NOT_FOUND", Some(asset)),
        (clip("nonsense", 0, 1), "BAD_USER_INPUT", Some(asset)),
        (clip("", 0, 1), "BAD_USER_INPUT", Some(asset)),
        (
            json!({ "momentId": GlobalId::from(MomentId::from_uuid(Uuid::from_u128(7))).to_string() }),
            "NOT_FOUND",
            Some("like.momentId"),
        ),
        (json!({ "momentId": film }), "BAD_USER_INPUT", Some("like.momentId")),
        (json!({ "picture": "no picture" }), "BAD_USER_INPUT", Some("like.picture")),
        // Nothing is known of it yet, whichever part of it.
        (json!({ "clip": { "assetId": id(bare.id) } }), "BAD_USER_INPUT", None),
    ] {
        let answer = world.ask(SEARCH, json!({ "input": { "where": { "like": like } } })).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], code, "{like}: {answer}");
        assert_eq!(error["extensions"].get("field").and_then(Value::as_str), field, "{like}: {answer}");
        let message = error["message"].as_str().unwrap();
        assert!(field.is_none_or(|field| message.starts_with(field)), "{like}: {message}");
    }
}

#[tokio::test]
async fn an_asset_of_another_tenant_is_no_example() {
    let (world, dragon) = World::with_film().await;
    let request = async_graphql::Request::new(SEARCH).variables(async_graphql::Variables::from_json(
        json!({ "input": { "where": { "like": { "clip": { "assetId": id(dragon.id) } } } } }),
    ));
    let stranger = Principal { tenant: TenantId::from_uuid(Uuid::from_u128(0xbad)) };
    let request = request_as(request, &world.state, stranger);
    let answer = serde_json::to_value(world.schema.execute(request).await).unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{answer}");
    assert_eq!(answer["errors"][0]["extensions"]["field"], "like.clip.assetId", "{answer}");
}
