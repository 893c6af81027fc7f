//! A picture as a question.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{Server, problem};
use crate::world::World;

const SEARCH: &str = "query($input: SearchInput!) { search(input: $input) {
    edges { node { asset { title } evidence { modality } } } } }";

#[tokio::test]
async fn what_looks_like_a_picture_is_found_alone_and_beside_words() {
    let (world, _) = World::with_film().await;
    let server = Server::over(&world);
    let sent = server.request(Method::POST, "/v1/search/picture").body("north").send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let answer: Value = sent.json().await.unwrap();
    let picture = answer["picture"].as_str().unwrap();
    for words in ["", "dragon"] {
        let input = json!({ "query": words, "where": { "like": { "picture": picture } } });
        let data = world.data(SEARCH, json!({ "input": input })).await;
        let edges = data["search"]["edges"].as_array().unwrap();
        assert!(!edges.is_empty(), "{words}");
        let evidence = edges[0]["node"]["evidence"].as_array().unwrap();
        assert!(evidence.iter().any(|piece| piece["modality"] == "FRAMES"), "{words}: {evidence:?}");
    }
}

#[tokio::test]
async fn what_is_no_picture_or_no_answer_of_this_server_is_told() {
    let (world, _) = World::with_film().await;
    let server = Server::over(&world);
    let post =
        async |body: Vec<u8>| server.request(Method::POST, "/v1/search/picture").body(body).send().await.unwrap();
    for wrong in [b"".to_vec(), b"<svg/>".to_vec()] {
        assert_eq!(problem(post(wrong).await).await, (422, "NO_PICTURE".to_owned()));
    }
    assert_eq!(problem(post(vec![0; (32 << 20) + 1]).await).await, (413, "LIMIT_EXCEEDED".to_owned()));
    assert_eq!(problem(server.get("/v1/search/picture").await).await, (405, "METHOD_NOT_ALLOWED".to_owned()));

    let of_others: Value = post(b"elsewhere".to_vec()).await.json().await.unwrap();
    let of_others = of_others["picture"].as_str().unwrap();
    for (wrong, why) in
        [(of_others, "by other models"), ("", "send the picture there"), ("AAAA.AAAA", "send the picture")]
    {
        let input = json!({ "where": { "like": { "picture": wrong } } });
        let answer = world.ask(SEARCH, json!({ "input": input })).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "BAD_USER_INPUT", "{answer}");
        assert!(error["message"].as_str().unwrap().contains(why), "{answer}");
    }
}

/// The beginning of a request with a picture of a thousand bytes, and some of it.
async fn begin(server: &Server) -> TcpStream {
    let mut connection = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let head = "POST /v1/search/picture HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000\r\n\r\nnor";
    connection.write_all(head.as_bytes()).await.unwrap();
    connection
}

#[tokio::test]
async fn who_sends_a_picture_slowly_keeps_nobody_waiting() {
    let world = World::empty().await;
    let server = Server::over(&world);
    let mut slow = Vec::new();
    // More than are looked at at once.
    for _ in 0..8 {
        slow.push(begin(&server).await);
    }
    for _ in 0..3 {
        let sent = server.request(Method::POST, "/v1/search/picture").body("north").send().await.unwrap();
        assert_eq!(sent.status(), 200, "a sender who is done is answered although others are not");
    }
    for mut connection in slow {
        connection.write_all(&vec![b'x'; 997]).await.unwrap();
        let mut answer = vec![0; 4_096];
        let read = tokio::time::timeout(Duration::from_secs(10), connection.read(&mut answer)).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 2") || answer.starts_with("HTTP/1.1 422"), "{answer}");
    }
}

#[tokio::test]
async fn a_picture_that_never_ends_is_given_up() {
    let world = World::with(|settings| settings.limits.picture_ms = 500).await;
    let server = Server::over(&world);
    // The limit of a silence is a minute, so it is the whole that ends.
    let mut connection = begin(&server).await;
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_secs(10), connection.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("UPLOAD_BROKEN_OFF"), "{answer}");
}
