//! Pictures of single things.

use serde_json::{Value, json};

use crate::server::{Server, header, problem};
use crate::world::{World, id};

const SEEN: &str = "query($id: ID!) { asset(id: $id) { observations(first: 50) { nodes { id __typename
    ... on ObjectSighting { cropUrl } } } } }";

#[tokio::test]
async fn an_object_is_shown_by_a_crop_that_is_made_once() {
    let (world, asset) = World::with_film().await;
    let server = Server::over(&world);
    let data = world.data(SEEN, json!({ "id": id(asset.id) })).await;
    let nodes = data["asset"]["observations"]["nodes"].as_array().unwrap();
    let object = nodes.iter().find(|node| node["__typename"] == "ObjectSighting").unwrap();
    let url = object["cropUrl"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
    let first = server.get(path).await;
    assert_eq!((first.status().as_u16(), header(&first, "content-type")), (200, "image/jpeg"));
    let etag = header(&first, "etag").to_owned();
    let bytes = first.bytes().await.unwrap();
    // The test's cropper says what it was asked for, and how often.
    assert_eq!(bytes.as_ref(), b"6500000 0.25 0.5 0.75 0.625 #1");
    let again = server.get(path).await;
    assert_eq!((header(&again, "etag"), again.status().as_u16()), (etag.as_str(), 200));

    // Other things have none, and nobody names boxes, times or files.
    let other = nodes.iter().find(|node| node["__typename"] == "Tag").unwrap()["id"].as_str().unwrap();
    let base = format!("/v1/assets/{}/crops", id(asset.id));
    for wrong in [other, &id(asset.id), "0-0-1-1", "..%2f..%2fsecret", "", &"A".repeat(5_000)] {
        let (status, code) = problem(server.get(&format!("{base}/{wrong}.jpg")).await).await;
        assert_eq!((status, code.as_str()), (404, "NOT_FOUND"), "{wrong:.40}");
    }
    // Nor is the crop of one asset had by way of another.
    let second = world.add_film("another.mp4", b"another film").await;
    let object = object["id"].as_str().unwrap();
    let foreign = server.get(&format!("/v1/assets/{}/crops/{object}.jpg", id(second.id))).await;
    assert_eq!(problem(foreign).await.0, 404);
}

#[tokio::test]
async fn all_pictures_of_a_page_are_made_though_few_at_once() {
    let (world, asset) = World::with_film().await;
    let server = Server::over(&world);
    let data = world.data(SEEN, json!({ "id": id(asset.id) })).await;
    let nodes = data["asset"]["observations"]["nodes"].as_array().unwrap();
    let url = nodes.iter().find_map(|node| node["cropUrl"].as_str()).unwrap();
    let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
    let answers = futures::future::join_all((0..20).map(|_| server.get(path))).await;
    assert!(answers.iter().all(|answer| answer.status().as_u16() == 200), "{answers:?}");
}

#[tokio::test]
async fn what_the_decoder_cannot_do_is_told_without_its_words() {
    let (world, asset) = World::with_film().await;
    let blobs = world.blobs.tenant(reelgraph_models::id::TenantId::DEFAULT);
    blobs.delete(&asset.original).await.unwrap();
    let data = world.data(SEEN, json!({ "id": id(asset.id) })).await;
    let nodes = data["asset"]["observations"]["nodes"].as_array().cloned().unwrap_or_default();
    let url = nodes.iter().find_map(|node| node["cropUrl"].as_str()).unwrap().to_owned();
    let answer = Server::over(&world).get(url.strip_prefix("http://127.0.0.1:8080").unwrap()).await;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    assert_eq!((status, &body["code"]), (500, &json!("INTERNAL")));
    assert!(!body.to_string().contains("originals"), "{body}");
}
