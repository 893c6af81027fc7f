//! The number of SQL statements of an answer does not grow with its length.

use serde_json::json;

use crate::world::World;

const FILMS: [(&str, &[u8]); 6] =
    [("1.mp4", b"1"), ("2.mp4", b"2"), ("3.mp4", b"3"), ("4.mp4", b"4"), ("5.mp4", b"5"), ("6.mp4", b"6")];

/// What is asked for within a millisecond is read together, so on a busy machine a batch may now and then come apart. One
/// statement an item would exceed this by far.
const SPLIT: u64 = 4;

async fn library() -> World {
    let world = World::empty().await;
    for (name, bytes) in FILMS {
        world.add_film(name, bytes).await;
    }
    world.publish().await;
    world
}

async fn statements(world: &World, document: &str, first: usize) -> (u64, serde_json::Value) {
    let before = world.store.statements();
    let data = world.data(document, json!({ "first": first })).await;
    (world.store.statements() - before, data)
}

#[tokio::test]
async fn a_page_of_assets_with_all_their_relations_costs_the_same_at_any_length() {
    let world = library().await;
    let document = "query($first: Int) { assets(first: $first) { nodes {
        title isSearchable coverage { model } latestJob { id asset { title } } jobs(first: 2) { nodes { id } }
        moments(first: 3) { nodes { stillUrl playableSpan { start } asset { title } observations { id asset { title } } } }
        observations(first: 3) { nodes { id asset { title } } }
    } } }";
    let (of_two, data) = statements(&world, document, 2).await;
    assert_eq!(data["assets"]["nodes"].as_array().unwrap().len(), 2);
    let (of_six, data) = statements(&world, document, 6).await;
    assert_eq!(data["assets"]["nodes"].as_array().unwrap().len(), 6);
    assert!(of_six < of_two + SPLIT, "{of_two} statements for two assets, {of_six} for six");
    assert!(of_six <= 16 + SPLIT, "{of_six} statements");
}

#[tokio::test]
async fn a_page_of_hits_with_all_their_evidence_costs_the_same_at_any_length() {
    let world = library().await;
    let document = r#"query($first: Int) { search(input: { query: "gatekeepers OR dragon OR blender" }, first: $first) { nodes {
        asset { title coverage { model } } moment { id asset { title } } stillUrl evidence { text observation { id asset { title } } }
    } } }"#;
    let (of_two, data) = statements(&world, document, 2).await;
    assert_eq!(data["search"]["nodes"].as_array().unwrap().len(), 2);
    let (of_twelve, data) = statements(&world, document, 12).await;
    assert_eq!(data["search"]["nodes"].as_array().unwrap().len(), 12);
    assert!(of_twelve < of_two + SPLIT, "{of_two} statements for two hits, {of_twelve} for twelve");
    assert!(of_twelve <= 10 + SPLIT, "{of_twelve} statements");
}
