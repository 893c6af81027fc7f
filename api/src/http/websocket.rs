//! GraphQL over websockets: the `graphql-transport-ws` protocol
//! (<https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md>).

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::SEC_WEBSOCKET_PROTOCOL;
use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, Session as Socket};
use async_graphql::Data;
use async_graphql::http::{WebSocket, WebSocketProtocols, WsMessage};
use futures::StreamExt;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at};
use tokio_stream::wrappers::ReceiverStream;

use super::problem::Problem;
use crate::gate::Place;
use crate::graphql::{Schema, Session};
use crate::principal::Principal;
use crate::state::ApiState;

const PROTOCOL: &str = "graphql-transport-ws";
/// Pause between two pings; a client that is silent for three of them is gone.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// How long a client may take to say `connection_init`.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// Operations open at once on one websocket.
const OPERATIONS: usize = 100;
/// Messages of the client that wait to be read.
const MESSAGES_AHEAD: usize = 64;

/// Turns the request into a websocket.
pub(super) async fn websocket(
    request: HttpRequest,
    body: web::Payload,
    state: web::Data<ApiState>,
    schema: web::Data<Schema>,
) -> Result<HttpResponse, actix_web::Error> {
    let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    if !offered.flat_map(|list| list.split(',')).any(|protocol| protocol.trim() == PROTOCOL) {
        return Err(Problem::bad_request(format!("offer the sub-protocol {PROTOCOL}")).into());
    }
    let limits = &state.settings.limits;
    let place = state.sockets.enter(limits.websockets).ok_or_else(|| {
        let detail = format!("{} websockets are open already", limits.websockets);
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "LIMIT_EXCEEDED", detail).with_header("retry-after", "10")
    })?;
    let (response, socket, messages) = actix_ws::handle_with_protocols(&request, body, &[PROTOCOL])?;
    let messages = messages
        .max_frame_size(limits.websocket_message_bytes)
        .aggregate_continuations()
        .max_continuation_size(limits.websocket_message_bytes);
    let state = state.into_inner();
    actix_web::rt::spawn(Connection::new(place).run(Schema::clone(&schema), state, socket, messages));
    Ok(response)
}

/// The beginning of every message of the protocol.
#[derive(Debug, Deserialize)]
struct Envelope {
    r#type: String,
    id: Option<String>,
}

/// One websocket's state beside the protocol's own.
struct Connection {
    /// Ids of operations that have not ended.
    open: HashSet<String>,
    last_heard: Instant,
    is_initialised: Arc<AtomicBool>,
    _place: Place,
}

impl Connection {
    fn new(place: Place) -> Self {
        Self { open: HashSet::new(), last_heard: Instant::now(), is_initialised: Arc::default(), _place: place }
    }

    async fn run(
        mut self,
        schema: Schema,
        state: Arc<ApiState>,
        mut socket: Socket,
        mut messages: AggregatedMessageStream,
    ) {
        let (sender, receiver) = mpsc::channel::<Vec<u8>>(MESSAGES_AHEAD);
        let mut data = Data::default();
        data.insert(Session::new(state, Principal::LOCAL));
        let is_initialised = Arc::clone(&self.is_initialised);
        let mut answers = WebSocket::new(schema, ReceiverStream::new(receiver), WebSocketProtocols::GraphQLWS)
            .connection_data(data)
            .on_connection_init(move |_| {
                is_initialised.store(true, Ordering::Relaxed);
                std::future::ready(Ok(Data::default()))
            });
        let mut pings = interval_at(Instant::now() + INIT_TIMEOUT, PING_INTERVAL);
        let reason = loop {
            let next = tokio::select! {
                message = messages.recv() => match message {
                    Some(Ok(AggregatedMessage::Text(text))) => self.hear(text.as_bytes(), &sender),
                    Some(Ok(AggregatedMessage::Ping(bytes))) => {
                        self.last_heard = Instant::now();
                        if socket.pong(&bytes).await.is_ok() { Ok(()) } else { Err(None) }
                    }
                    Some(Ok(AggregatedMessage::Pong(_))) => {
                        self.last_heard = Instant::now();
                        Ok(())
                    }
                    Some(Ok(AggregatedMessage::Binary(_))) => Err(close(4400, "messages are text")),
                    Some(Err(_)) => Err(close(1009, "the message is too large or malformed")),
                    Some(Ok(AggregatedMessage::Close(_))) | None => Err(None),
                },
                answer = answers.next() => match answer {
                    Some(WsMessage::Text(text)) => {
                        self.say(&text);
                        if socket.text(text).await.is_ok() { Ok(()) } else { Err(None) }
                    }
                    Some(WsMessage::Close(code, reason)) => Err(close(code, &reason)),
                    None => Err(None),
                },
                _ = pings.tick() => self.ping(&mut socket).await,
            };
            if let Err(reason) = next {
                break reason;
            }
        };
        // The other side may be gone already; then there is nothing left to close.
        let _ = socket.close(reason).await;
    }

    /// Takes a message of the client, within the rules that the protocol's implementation leaves to us.
    fn hear(&mut self, text: &[u8], sender: &mpsc::Sender<Vec<u8>>) -> Result<(), Option<CloseReason>> {
        self.last_heard = Instant::now();
        let Ok(Envelope { r#type, id }) = serde_json::from_slice(text) else {
            return Err(close(4400, "not a message of the protocol"));
        };
        match (r#type.as_str(), id) {
            ("subscribe", Some(id)) => {
                if !self.is_initialised.load(Ordering::Relaxed) {
                    return Err(close(4401, "Unauthorized"));
                }
                if self.open.len() >= OPERATIONS {
                    return Err(close(4429, "too many operations are open"));
                }
                let message = format!("Subscriber for {} already exists", id.chars().take(64).collect::<String>());
                if !self.open.insert(id) {
                    return Err(close(4409, &message));
                }
            }
            ("complete", Some(id)) => {
                self.open.remove(&id);
            }
            ("connection_init" | "ping" | "pong", _) => {}
            _ => return Err(close(4400, "not a message of the protocol")),
        }
        sender.try_send(text.to_vec()).map_err(|_| close(4429, "messages come faster than they can be read"))
    }

    /// Notes what an answer ends.
    fn say(&mut self, text: &str) {
        if let Ok(Envelope { r#type, id: Some(id) }) = serde_json::from_str(text)
            && matches!(r#type.as_str(), "complete" | "error")
        {
            self.open.remove(&id);
        }
    }

    async fn ping(&self, socket: &mut Socket) -> Result<(), Option<CloseReason>> {
        if !self.is_initialised.load(Ordering::Relaxed) {
            return Err(close(4408, "Connection initialisation timeout"));
        }
        if self.last_heard.elapsed() > PING_INTERVAL * 3 {
            return Err(None);
        }
        if socket.ping(b"").await.is_ok() { Ok(()) } else { Err(None) }
    }
}

fn close(code: u16, reason: &str) -> Option<CloseReason> {
    Some(CloseReason { code: CloseCode::from(code), description: Some(reason.to_owned()) })
}
