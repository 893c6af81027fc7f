//! The hits of a search as a file.

use serde_json::{Value, json};

use crate::server::{Server, header, problem};
use crate::world::World;

const EXPORT: &str = "query($input: SearchInput!, $format: ExportFormat!, $first: Int) {
  searchExport(input: $input, format: $format, first: $first) { fileName mediaType url content } }";

async fn export(world: &World, input: Value, format: &str) -> Value {
    let data = world.data(EXPORT, json!({ "input": input, "format": format })).await;
    data["searchExport"].clone()
}

#[tokio::test]
async fn an_export_has_the_hits_of_the_search_in_their_order() {
    let (world, _) = World::with_film().await;
    world.add_film("another dragon.mp4", b"another film").await;
    world.publish().await;
    let found = export(&world, json!({ "query": "gatekeepers" }), "JSON").await;
    let document: Value = serde_json::from_str(found["content"].as_str().unwrap()).unwrap();
    let search = "query($input: SearchInput!) { search(input: $input, first: 100) {
        nodes { asset { id title } moment { id } span { startMicros endMicros } score evidence { modality text } } } }";
    let data = world.data(search, json!({ "input": { "query": "gatekeepers" } })).await;
    let hits = data["search"]["nodes"].as_array().unwrap();
    let moments = document["moments"].as_array().unwrap();
    assert!(!hits.is_empty() && hits.len() == moments.len(), "{document:#}");
    for (hit, moment) in hits.iter().zip(moments) {
        assert_eq!(hit["asset"]["id"], moment["asset"]["id"]);
        assert_eq!(hit["asset"]["title"], moment["asset"]["title"]);
        assert_eq!(hit["moment"]["id"], moment["id"]);
        assert_eq!(
            (&hit["span"]["startMicros"], &hit["span"]["endMicros"]),
            (&moment["startMicros"], &moment["endMicros"])
        );
        let reasons: Vec<_> =
            hit["evidence"].as_array().unwrap().iter().map(|it| (&it["modality"], &it["text"])).collect();
        let lines: Vec<_> =
            moment["evidence"].as_array().unwrap().iter().map(|it| (&it["channel"], &it["text"])).collect();
        assert_eq!(reasons, lines);
    }
    // The film has 24000/1001 frames a second and begins at ten o'clock.
    assert_eq!(moments[0]["title"], "What brings you to the land of the gatekeepers?");
    assert_eq!(moments[0]["frames"]["rate"], json!([24_000, 1_001]));
    assert!(moments[0]["frames"]["timecodeIn"].as_str().unwrap().starts_with("10:00:0"), "{document:#}");
}

#[tokio::test]
async fn every_format_can_be_downloaded_from_the_address_that_graphql_gives() {
    let (world, _) = World::with_film().await;
    let server = Server::over(&world);
    for (name, extension, media_type) in [
        ("CSV", "csv", "text/csv; charset=utf-8; header=present"),
        ("JSON", "json", "application/json"),
        ("WEB_VTT", "vtt", "text/vtt; charset=utf-8"),
        ("EDL", "edl", "text/plain; charset=us-ascii"),
        ("OTIO", "otio", "application/vnd.pixar.opentimelineio+json"),
        ("FCPXML", "fcpxml", "application/xml"),
        ("IIIF", "iiif.json", "application/ld+json;profile=\"http://iiif.io/api/presentation/3/context.json\""),
        ("JSON_LD", "jsonld", "application/ld+json"),
    ] {
        let found = export(&world, json!({ "query": "„Gatekeepers“ & more" }), name).await;
        assert_eq!(found["fileName"], format!("gatekeepers-more.{extension}"));
        let url = found["url"].as_str().unwrap();
        let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
        let answer = server.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header(&answer, "content-type"), media_type);
        assert_eq!(found["mediaType"], media_type);
        let disposition =
            format!("attachment; filename=\"moments.{extension}\"; filename*=UTF-8''gatekeepers-more.{extension}");
        assert_eq!(header(&answer, "content-disposition"), disposition);
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(found["content"], answer.text().await.unwrap());
    }
}

#[tokio::test]
async fn an_address_holds_the_whole_search_and_none_is_given_where_it_cannot() {
    let (world, asset) = World::with_film().await;
    let other = world.add_film("another dragon.mp4", b"another film").await;
    world.publish().await;
    let server = Server::over(&world);
    let only = |id: &str| json!({ "query": "dragon", "grouping": "BY_ASSET", "filter": { "assetIds": [id], "kinds": ["SHOT"] } });
    for wanted in [asset.id, other.id] {
        let id = crate::world::id(wanted);
        let found = export(&world, only(&id), "JSON").await;
        let url = found["url"].as_str().unwrap();
        assert!(url.contains("/v1/search/export.json?input="), "{url}");
        let text = server.get(url.strip_prefix("http://127.0.0.1:8080").unwrap()).await.text().await.unwrap();
        assert_eq!(found["content"], text);
        let document: Value = serde_json::from_str(&text).unwrap();
        let moments = document["moments"].as_array().unwrap();
        assert!(!moments.is_empty() && moments.iter().all(|moment| moment["asset"]["id"] == *id), "{document:#}");
    }
    let long = export(&world, json!({ "query": "猫".repeat(1_999) }), "CSV").await;
    assert_eq!(long["url"], Value::Null);
    assert!(long["content"].as_str().unwrap().starts_with("rank,asset_id,"));
}

#[tokio::test]
async fn no_more_moments_are_exported_than_were_asked_for() {
    let (world, _) = World::with_film().await;
    for name in ["second dragon.mp4", "third dragon.mp4", "fourth dragon.mp4"] {
        world.add_film(name, name.as_bytes()).await;
    }
    world.publish().await;
    let server = Server::over(&world);
    for first in [1, 2, 3] {
        let text = server.get(&format!("/v1/search/export.json?q=dragon&first={first}")).await.text().await.unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["moments"].as_array().map(Vec::len), Some(first), "{document:#}");
    }
}

#[tokio::test]
async fn more_than_a_page_is_read_page_by_page() {
    let world = World::with(|settings| settings.limits.page_items = 2).await;
    for name in ["first dragon.mp4", "second dragon.mp4", "third dragon.mp4", "fourth dragon.mp4", "fifth dragon.mp4"] {
        world.add_film(name, name.as_bytes()).await;
    }
    world.publish().await;
    let found = export(&world, json!({ "query": "dragon" }), "JSON").await;
    let document: Value = serde_json::from_str(found["content"].as_str().unwrap()).unwrap();
    let moments = document["moments"].as_array().unwrap();
    let mut ids: Vec<&str> = moments.iter().map(|moment| moment["id"].as_str().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert!(count >= 5 && ids.len() == count, "{document:#}");
    let scores: Vec<f64> = moments.iter().map(|moment| moment["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|one, two| one >= two), "{scores:?}");
}

#[tokio::test]
async fn what_is_no_export_is_refused_by_name() {
    let (world, _) = World::with_film().await;
    let server = Server::over(&world);
    let too_long = format!("/v1/search/export.csv?q={}", "a".repeat(2_001));
    for (path, expected) in [
        ("/v1/search/export.exe?q=a", (404, "NOT_FOUND")),
        ("/v1/search/export.csv", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?q=a&input=%7B%7D", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?input=nonsense", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?input=%5B1%5D", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?input=%7B%22qurey%22%3A%22a%22%7D", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?input=%7B%22filter%22%3A%7B%22kind%22%3A1%7D%7D", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?q=a&first=0", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?q=a&first=-1", (400, "BAD_USER_INPUT")),
        ("/v1/search/export.csv?q=a&first=x", (400, "BAD_REQUEST")),
        ("/v1/search/export.csv?q=a&first=1001", (413, "LIMIT_EXCEEDED")),
        (too_long.as_str(), (400, "QUERY_TOO_LONG")),
    ] {
        let (status, code) = problem(server.get(path).await).await;
        assert_eq!((status, code.as_str()), expected, "{path}");
    }
    let variables = json!({ "input": { "query": "a" }, "format": "CSV", "first": 1_001 });
    assert_eq!(world.codes(EXPORT, variables).await, ["LIMIT_EXCEEDED"]);
    let nothing = server.get("/v1/search/export.edl?q=%F0%9F%8E%AC").await;
    assert_eq!(nothing.text().await.unwrap(), "TITLE: ?\r\nFCM: NON-DROP FRAME\r\n\r\n");
}
