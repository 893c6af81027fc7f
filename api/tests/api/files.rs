//! Files: uploads, originals by range, stills.

use std::time::Duration;

use reelgraph_models::id::TenantId;
use reelgraph_models::time::MediaTime;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Server, header, problem};
use crate::world::{World, id, none};

const BYTES: &[u8] = b"not really a film";

async fn upload(server: &Server, path: &str, body: &[u8]) -> Response {
    server.request(Method::PUT, path).body(body.to_vec()).send().await.unwrap()
}

#[tokio::test]
async fn an_upload_becomes_an_asset_once() {
    let world = World::empty().await;
    let server = Server::over(&world);
    let created = upload(&server, "/v1/assets/My%20film%2F..%2Fa%20%C3%BC.mp4?title=Nacht", BYTES).await;
    assert_eq!(created.status(), 201);
    let location = header(&created, "location").to_owned();
    let body: Value = created.json().await.unwrap();
    assert_eq!(
        (body["sizeBytes"].as_u64(), body["isAlreadyKnown"].as_bool(), &body["url"]),
        (Some(17), Some(false), &json!(location))
    );
    let ids = json!({ "asset": body["assetId"], "job": body["jobId"] });
    let document = "query($asset: ID!, $job: ID!) { asset(id: $asset) { title fileName contentSha256 } job(id: $job) { state priority } }";
    let data = world.data(document, ids).await;
    assert_eq!(
        data["asset"],
        json!({ "title": "Nacht", "fileName": "a ü.mp4", "contentSha256": body["contentSha256"] })
    );
    assert_eq!(data["job"], json!({ "state": "QUEUED", "priority": "INTERACTIVE" }));
    let again = upload(&server, "/v1/assets/other.mp4", BYTES).await;
    assert_eq!(again.status(), 200);
    let again: Value = again.json().await.unwrap();
    assert_eq!(
        (&again["assetId"], &again["jobId"], again["isAlreadyKnown"].as_bool()),
        (&body["assetId"], &Value::Null, Some(true))
    );
    assert_eq!(blobs(&world).await, 1);
}

#[tokio::test]
async fn what_is_no_upload_is_refused_and_leaves_nothing() {
    let world = World::with(|settings| settings.limits.upload_bytes = 100).await;
    let server = Server::over(&world);
    assert_eq!(problem(upload(&server, "/v1/assets/a.mp4", b"").await).await, (422, "EMPTY_FILE".to_owned()));
    assert_eq!(problem(upload(&server, "/v1/assets/a.mp4", &[1; 101]).await).await, (413, "LIMIT_EXCEEDED".to_owned()));
    let chunks = futures::stream::iter((0..5).map(|_| Ok::<_, std::io::Error>(vec![0_u8; 30])));
    let unannounced =
        server.request(Method::PUT, "/v1/assets/a.mp4").body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap();
    assert_eq!(problem(unannounced).await, (413, "LIMIT_EXCEEDED".to_owned()));
    assert_eq!(
        problem(upload(&server, "/v1/assets/a.mp4?title=%20", BYTES).await).await,
        (422, "INVALID_VALUE".to_owned())
    );
    assert_eq!(problem(server.request(Method::POST, "/v1/assets/a.mp4").send().await.unwrap()).await.0, 405);
    assert_eq!((blobs(&world).await, assets(&world).await), (0, 0));
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let world = World::with(|settings| settings.limits.upload_idle_ms = 200).await;
    let server = Server::over(&world);
    let head = "PUT /v1/assets/a.mp4 HTTP/1.1\r\nhost: 127.0.0.1\r\n";
    let partial = |length: &str| format!("{head}{length}\r\n\r\n");
    // The connection goes away in the middle, with the length announced and without.
    for start in
        [partial("content-length: 1000") + "some bytes", partial("transfer-encoding: chunked") + "5\r\nbytes\r\n"]
    {
        let mut connection = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        connection.write_all(start.as_bytes()).await.unwrap();
        connection.shutdown().await.unwrap();
        let mut answer = String::new();
        // Whether there is anyone left to be told is up to the network.
        let _ = connection.read_to_string(&mut answer).await;
        assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    }
    // The sender falls silent.
    let mut connection = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    connection.write_all((partial("content-length: 1000") + "some bytes").as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(10), connection.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("UPLOAD_BROKEN_OFF"), "{answer}");
    assert_eq!((blobs(&world).await, assets(&world).await), (0, 0));
    assert_eq!(upload(&server, "/v1/assets/a.mp4", BYTES).await.status(), 201);
}

async fn blobs(world: &World) -> usize {
    world.blobs.tenant(TenantId::DEFAULT).list(None, None, 100).await.unwrap().len()
}

async fn assets(world: &World) -> u64 {
    world.data("{ assets { totalCount } }", none()).await["assets"]["totalCount"].as_u64().unwrap()
}

#[tokio::test]
async fn an_original_is_sent_whole_or_in_part() {
    let (world, asset) = World::with_film().await;
    let server = Server::over(&world);
    let path = format!("/v1/assets/{}/original", id(asset.id));
    let etag = format!("\"{}\"", asset.content);
    let get = async |method: Method, headers: &[(&str, &str)]| {
        let mut request = server.request(method, &path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    let whole = get(Method::GET, &[]).await;
    assert_eq!(whole.status(), 200);
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("content-length", "17"),
        ("accept-ranges", "bytes"),
        ("etag", &etag),
        ("x-content-type-options", "nosniff"),
        ("content-disposition", "inline; filename*=UTF-8''the%20dragon.mp4"),
    ] {
        assert_eq!(header(&whole, name), value, "{name}");
    }
    assert!(header(&whole, "content-security-policy").contains("default-src 'none'"));
    assert_eq!(whole.bytes().await.unwrap(), BYTES);

    let head = get(Method::HEAD, &[("range", "bytes=0-3")]).await;
    assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, "17"));
    assert!(head.bytes().await.unwrap().is_empty());

    for (range, content_range, expected) in [
        ("bytes=0-2", "bytes 0-2/17", &BYTES[..3]),
        ("bytes=13-", "bytes 13-16/17", &BYTES[13..]),
        ("bytes=-4", "bytes 13-16/17", &BYTES[13..]),
        ("bytes=4-1000", "bytes 4-16/17", &BYTES[4..]),
    ] {
        let part = get(Method::GET, &[("range", range)]).await;
        assert_eq!((part.status().as_u16(), header(&part, "content-range")), (206, content_range));
        assert_eq!(part.bytes().await.unwrap(), expected, "{range}");
    }
    let beyond = get(Method::GET, &[("range", "bytes=17-")]).await;
    assert_eq!(header(&beyond, "content-range"), "bytes */17");
    assert_eq!(problem(beyond).await, (416, "RANGE_NOT_SATISFIABLE".to_owned()));

    assert_eq!(get(Method::GET, &[("if-none-match", &etag)]).await.status(), 304);
    assert_eq!(get(Method::GET, &[("if-none-match", "\"x\", W/\"y\"")]).await.status(), 200);
    assert_eq!(get(Method::GET, &[("range", "bytes=0-2"), ("if-range", &etag)]).await.status(), 206);
    assert_eq!(get(Method::GET, &[("range", "bytes=0-2"), ("if-range", "\"other\"")]).await.status(), 200);
    assert_eq!(get(Method::GET, &[("range", "bytes=0-1,3-4")]).await.status(), 200);
}

#[tokio::test]
async fn a_deleted_or_unknown_original_is_not_there() {
    let (world, asset) = World::with_film().await;
    let server = Server::over(&world);
    for path in [
        "/v1/assets/nonsense/original".to_owned(),
        format!("/v1/assets/{}/original", asset.id),
        "/v1/assets/..%2F..%2Fetc/original".to_owned(),
    ] {
        assert_eq!(problem(server.get(&path).await).await, (404, "NOT_FOUND".to_owned()), "{path}");
    }
    world.store.tenant(asset.tenant).delete_asset(asset.id).await.unwrap();
    for rest in ["original", "thumbnail.jpg", "stills/2500000.jpg"] {
        assert_eq!(problem(server.get(&format!("/v1/assets/{}/{rest}", id(asset.id))).await).await.0, 404, "{rest}");
    }
}

#[tokio::test]
async fn stills_are_the_pictures_that_workers_left() {
    let (world, asset) = World::with_film().await;
    let server = Server::over(&world);
    let data = world
        .data(
            "query($id: ID!) { asset(id: $id) { moments { nodes { stillUrl stillAtMicros } } } }",
            json!({ "id": id(asset.id) }),
        )
        .await;
    let moment = &data["asset"]["moments"]["nodes"][1];
    let url = moment["stillUrl"].as_str().unwrap();
    let still = server.get(url.trim_start_matches("http://127.0.0.1:8080")).await;
    assert_eq!((still.status().as_u16(), header(&still, "content-type")), (200, "image/jpeg"));
    assert!(header(&still, "cache-control").contains("immutable"));
    assert_eq!(&still.bytes().await.unwrap()[..2], b"\xff\xd8");
    let nowhere = MediaTime::from_millis(3_333).as_micros();
    for micros in [nowhere.to_string(), "x".to_owned(), "99999999999999999999999".to_owned(), "-5".to_owned()] {
        let path = format!("/v1/assets/{}/stills/{micros}.jpg", id(asset.id));
        assert_eq!(problem(server.get(&path).await).await.0, 404, "{micros}");
    }
}

#[tokio::test]
async fn an_analysis_goes_out_and_comes_in_as_a_file() {
    let (world, asset) = World::with_film().await;
    let server = Server::over(&world);
    let path = |rest: &str| format!("/v1/assets/{}/{rest}", id(asset.id));
    let got = server.request(Method::GET, &path("analysis.json")).send().await.unwrap();
    assert_eq!((got.status().as_u16(), header(&got, "content-type")), (200, "application/json"));
    let document = got.bytes().await.unwrap();
    let put = upload(&server, &path("analysis.json"), &document).await;
    assert_eq!(put.status(), 202);
    let stored: Value = put.json().await.unwrap();
    assert!(stored["observationCount"].as_u64() > Some(0) && stored["jobId"].is_string(), "{stored}");
    assert_eq!(problem(upload(&server, &path("analysis.json"), b"{}").await).await, (422, "INVALID_VALUE".to_owned()));
    let vtt = b"WEBVTT\n\n00:00.000 --> 00:01.000\nSupplied words.\n";
    assert_eq!(upload(&server, &path("captions.vtt?language=en&name=studio"), vtt).await.status(), 202);
    assert_eq!(upload(&server, &path("captions.vtt"), vtt).await.status(), 400, "captions are in some language");
    assert_eq!(problem(upload(&server, &path("captions.doc?language=en"), vtt).await).await.0, 404);
    let shown = server.request(Method::GET, &path("captions.vtt?language=en")).send().await.unwrap();
    assert!(shown.text().await.unwrap().contains("Supplied words."));
    let gone = upload(&server, "/v1/assets/nonsense/analysis.json", &document).await;
    assert_eq!(problem(gone).await.0, 404);
}
