//! Copies: found by signatures alone, with their place, and only among the asker's own assets.

use reelgraph_models::asset::Asset;
use reelgraph_models::id::TenantId;
use reelgraph_models::signature::{Signature, SignatureTrack};
use reelgraph_models::time::MediaTime;
use reelgraph_search::generated::Random;
use serde_json::{Value, json};

use crate::world::{World, id};

const COPIES: &str = "query($id: ID!, $first: Int, $after: String) { asset(id: $id) {
  copies(first: $first, after: $after) { nodes { ...Found } pageInfo { hasNextPage hasPreviousPage endCursor } } } }
  fragment Found on AssetCopy { asset { title } here { start end } there { start end } offsetMicros speed isMirrored score }";

const COPIES_OF: &str = "query($id: ID!, $within: TimeRangeInput, $after: String) {
  copiesOf(asset: $id, within: $within, first: 1, after: $after) { nodes { asset { title } here { start } } } }";

/// So many seconds of pictures that change all the time.
fn film(seed: u64, seconds: usize) -> Vec<Signature> {
    let mut random = Random::new(seed);
    (0..seconds * 5).map(|_| Signature::from_bits(random.bits())).collect()
}

async fn add(world: &World, name: &str, bytes: &'static [u8], samples: Vec<Signature>) -> Asset {
    let asset = world.upload(name, bytes).await;
    let track = SignatureTrack {
        asset: asset.id,
        model: "frame-signature".to_owned(),
        version: "1".to_owned(),
        interval: MediaTime::from_millis(200),
        samples,
    };
    world.store.tenant(TenantId::DEFAULT).replace_signatures(&track).await.unwrap();
    asset
}

/// A film of a minute, its twin in a mirror, and 8 seconds of it, from 20 on, inside another film, from 100 on.
async fn library() -> (World, [Asset; 3]) {
    let world = World::empty().await;
    let clip = film(1, 60).into_iter().skip(100).take(40).collect();
    let film_a = add(&world, "a.mp4", b"1", film(1, 60)).await;
    let mirror = add(&world, "mirror.mp4", b"2", film(1, 60).into_iter().map(Signature::mirrored).collect()).await;
    let longer = add(&world, "longer.mp4", b"3", [film(2, 100), clip, film(3, 30)].concat()).await;
    add(&world, "else.mp4", b"4", film(4, 60)).await;
    (world, [film_a, mirror, longer])
}

fn titles(connection: &Value) -> Vec<&str> {
    connection["nodes"].as_array().unwrap().iter().map(|node| node["asset"]["title"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn copies_come_with_their_place_longest_first() {
    let (world, [film, ..]) = library().await;
    let data = world.data(COPIES, json!({ "id": id(film.id) })).await;
    let expected = json!([
        { "asset": { "title": "mirror" }, "here": { "start": "0:00.000", "end": "1:00.000" },
          "there": { "start": "0:00.000", "end": "1:00.000" }, "offsetMicros": 0, "speed": 1.0, "isMirrored": true, "score": 1.0 },
        { "asset": { "title": "longer" }, "here": { "start": "0:20.000", "end": "0:28.000" },
          "there": { "start": "1:40.000", "end": "1:48.000" }, "offsetMicros": 80_000_000, "speed": 1.0, "isMirrored": false,
          "score": 1.0 },
    ]);
    assert_eq!(data["asset"]["copies"]["nodes"], expected);
}

#[tokio::test]
async fn pages_of_copies_follow_each_other() {
    let (world, [film, ..]) = library().await;
    let first = world.data(COPIES, json!({ "id": id(film.id), "first": 1 })).await["asset"]["copies"].take();
    assert_eq!(titles(&first), ["mirror"]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let after = first["pageInfo"]["endCursor"].clone();
    let second = world.data(COPIES, json!({ "id": id(film.id), "first": 1, "after": after })).await;
    let second = &second["asset"]["copies"];
    assert_eq!(titles(second), ["longer"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    assert_eq!(second["pageInfo"]["hasPreviousPage"], true);
    let codes = world.codes(COPIES_OF, json!({ "id": id(film.id), "after": after })).await;
    assert_eq!(codes, ["FOREIGN_CURSOR"]);
}

#[tokio::test]
async fn only_copies_of_the_stretch_are_found() {
    let (world, [_, _, longer]) = library().await;
    let within = |from: i64, to: i64| json!({ "id": id(longer.id), "within": { "fromMicros": from, "toMicros": to } });
    let data = world.data(COPIES_OF, within(100_000_000, 110_000_000)).await;
    assert_eq!(titles(&data["copiesOf"]), ["a"], "the mirrored one is as long, and the other comes first");
    assert_eq!(data["copiesOf"]["nodes"][0]["here"]["start"], "1:40.000");
    let data = world.data(COPIES_OF, within(0, 90_000_000)).await;
    assert!(titles(&data["copiesOf"]).is_empty());
    assert_eq!(world.codes(COPIES_OF, within(2, 2)).await, ["BAD_USER_INPUT"]);
    assert_eq!(world.codes(COPIES_OF, json!({ "id": "nonsense" })).await, ["NOT_FOUND"]);
}

#[tokio::test]
async fn the_index_follows_what_changes_and_what_is_deleted() {
    let (world, [film, mirror, _]) = library().await;
    let ask = async || world.data(COPIES, json!({ "id": id(film.id) })).await["asset"]["copies"].take();
    assert_eq!(titles(&ask().await), ["mirror", "longer"]);
    world.store.tenant(TenantId::DEFAULT).delete_asset(mirror.id).await.unwrap();
    assert_eq!(titles(&ask().await), ["longer"]);
    add(&world, "new.mp4", b"5", self::film(1, 50)).await;
    assert_eq!(titles(&ask().await), ["new", "longer"]);
}

#[tokio::test]
async fn an_asset_whose_pictures_were_not_looked_at_has_no_copies() {
    let (world, _) = library().await;
    let asset = world.upload("unseen.mp4", b"6").await;
    let data = world.data(COPIES, json!({ "id": id(asset.id) })).await;
    assert!(titles(&data["asset"]["copies"]).is_empty());
}
