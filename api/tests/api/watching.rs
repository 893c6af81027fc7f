//! Progress over a real websocket.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reelgraph_models::job::{Failure, Progress};
use reelgraph_models::reason::Reason;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::server::Server;
use crate::world::{World, id};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(server: &Server, protocol: Option<&'static str>) -> Result<Socket, u16> {
    let mut request = format!("ws://127.0.0.1:{}/graphql", server.port).into_client_request().unwrap();
    if let Some(protocol) = protocol {
        request.headers_mut().insert("sec-websocket-protocol", protocol.parse().unwrap());
    }
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn open(server: &Server) -> Socket {
    let mut socket = connect(server, Some("graphql-transport-ws")).await.unwrap();
    say(&mut socket, json!({ "type": "connection_init" })).await;
    assert_eq!(hear(&mut socket).await.unwrap()["type"], "connection_ack");
    socket
}

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await.unwrap();
}

/// The next message, or the code that the socket was closed with.
async fn hear(socket: &mut Socket) -> Result<Value, u16> {
    loop {
        let message = tokio::time::timeout(Duration::from_secs(20), socket.next()).await.expect("an answer in time");
        match message {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into()).unwrap_or_default()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(0),
        }
    }
}

const PROGRESS: &str = "subscription($id: ID!) { assetProgress(assetId: $id) {
    state stage fraction message isSearchable isFinal stateReason { code } asset { title } job { state attempts } } }";

async fn watch(socket: &mut Socket, asset: &str) {
    let payload = json!({ "query": PROGRESS, "variables": { "id": asset } });
    say(socket, json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
}

async fn next(socket: &mut Socket) -> Value {
    let mut message = hear(socket).await.unwrap();
    assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("next")), "{message}");
    assert_eq!(message["payload"].get("errors"), None, "{message}");
    message["payload"]["data"]["assetProgress"].take()
}

#[tokio::test]
async fn progress_is_told_until_the_asset_can_be_found() {
    let world = World::empty().await;
    let server = Server::over(&world);
    let asset = world.upload("the dragon.mp4", b"not really a film").await;
    let mut socket = open(&server).await;
    watch(&mut socket, &id(asset.id)).await;
    let first = next(&mut socket).await;
    assert_eq!(
        (&first["state"], &first["job"]["state"], &first["isFinal"]),
        (&json!("REGISTERED"), &json!("QUEUED"), &json!(false))
    );

    let queue = world.store.jobs();
    let lease = queue.lease_next("test", Duration::from_secs(60)).await.unwrap().unwrap();
    let progress = Progress { stage: "speech".to_owned(), fraction: 0.25, message: "listening".to_owned() };
    queue.heartbeat(&lease, Some(&progress)).await.unwrap();
    let mut event = next(&mut socket).await;
    while event["stage"] == Value::Null {
        event = next(&mut socket).await;
    }
    let expected = json!({ "state": "ANALYZING", "stage": "speech", "fraction": 0.25, "message": "listening", "isSearchable": false,
        "isFinal": false, "stateReason": null, "asset": { "title": "the dragon" }, "job": { "state": "RUNNING", "attempts": 1 } });
    assert_eq!(event, expected);

    queue.complete_stage(&lease, &crate::film::analysis(&asset, world.clock.as_ref())).await.unwrap();
    queue.complete(&lease).await.unwrap();
    let mut event = next(&mut socket).await;
    while event["job"]["state"] != "SUCCEEDED" {
        event = next(&mut socket).await;
    }
    assert_eq!(
        (&event["state"], &event["isSearchable"], &event["isFinal"]),
        (&json!("READY"), &json!(false), &json!(false))
    );
    world.publish().await;
    let mut last = next(&mut socket).await;
    while last["isFinal"] == json!(false) {
        last = next(&mut socket).await;
    }
    assert_eq!((&last["isSearchable"], &last["isFinal"], &last["fraction"]), (&json!(true), &json!(true), &json!(1.0)));
    assert_eq!(hear(&mut socket).await, Ok(json!({ "id": "1", "type": "complete" })));
}

#[tokio::test]
async fn a_refused_file_ends_the_watch_with_its_reason() {
    let world = World::empty().await;
    let server = Server::over(&world);
    let asset = world.upload("a.mp4", b"text").await;
    let lease = world.store.jobs().lease_next("test", Duration::from_secs(60)).await.unwrap().unwrap();
    world
        .store
        .jobs()
        .fail(&lease, Failure::Refused(Reason::new("not_media", "the file is not a media container")))
        .await
        .unwrap();
    let mut socket = open(&server).await;
    watch(&mut socket, &id(asset.id)).await;
    let only = next(&mut socket).await;
    assert_eq!(
        (&only["state"], &only["stateReason"]["code"], &only["isFinal"]),
        (&json!("REFUSED"), &json!("not_media"), &json!(true))
    );
    assert_eq!(hear(&mut socket).await, Ok(json!({ "id": "1", "type": "complete" })));
}

#[tokio::test]
async fn what_cannot_be_watched_is_an_error_with_a_code() {
    let world = World::with(|settings| settings.limits.subscriptions = 0).await;
    let asset = world.upload("a.mp4", b"1").await;
    let server = Server::over(&world);
    let mut socket = open(&server).await;
    for (which, code) in [("nonsense".to_owned(), "NOT_FOUND"), (id(asset.id), "LIMIT_EXCEEDED")] {
        watch(&mut socket, &which).await;
        let message = hear(&mut socket).await.unwrap();
        assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], code, "{message}");
        assert_eq!(hear(&mut socket).await, Ok(json!({ "id": "1", "type": "complete" })));
    }
    // Queries and mutations go over the same socket.
    say(&mut socket, json!({ "id": "q", "type": "subscribe", "payload": { "query": "{ assets { totalCount } }" } }))
        .await;
    assert_eq!(hear(&mut socket).await.unwrap()["payload"], json!({ "data": { "assets": { "totalCount": 1 } } }));
}

#[tokio::test]
async fn sockets_keep_to_the_protocol() {
    let world = World::with(|settings| {
        settings.limits.websockets = 1;
        settings.limits.websocket_message_bytes = 10_000;
    })
    .await;
    let server = Server::over(&world);
    assert_eq!(connect(&server, None).await.err(), Some(400));
    assert_eq!(connect(&server, Some("graphql-ws")).await.err(), Some(400));
    let one = open(&server).await;
    assert_eq!(connect(&server, Some("graphql-transport-ws")).await.err(), Some(503));
    drop(one);

    let subscribe =
        |id: &str| json!({ "id": id, "type": "subscribe", "payload": { "query": "{ __typename }" } }).to_string();
    let closed = async |messages: Vec<Message>| {
        // A place is free again only when the server has noticed that the last socket went away.
        let mut socket = loop {
            match connect(&server, Some("graphql-transport-ws")).await {
                Ok(socket) => break socket,
                Err(status) => assert_eq!(status, 503),
            }
            tokio::task::yield_now().await;
        };
        for message in messages {
            let _ = socket.send(message).await;
        }
        loop {
            if let Err(code) = hear(&mut socket).await {
                return code;
            }
        }
    };
    let init = || Message::text(json!({ "type": "connection_init" }).to_string());
    assert_eq!(closed(vec![Message::text(subscribe("1"))]).await, 4401);
    assert_eq!(closed(vec![init(), init()]).await, 4429);
    assert_eq!(closed(vec![Message::text("nonsense")]).await, 4400);
    assert_eq!(closed(vec![Message::text(r#"{"type":"other"}"#)]).await, 4400);
    assert_eq!(closed(vec![Message::binary(vec![1, 2])]).await, 4400);
    assert_eq!(closed(vec![init(), Message::text("x".repeat(20_000))]).await, 1009);
    assert_eq!(server.get("/health/live").await.status(), 200);
}
