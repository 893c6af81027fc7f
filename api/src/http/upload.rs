//! A plain streamed upload. What breaks off leaves nothing behind.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use reelgraph_models::ingest::{IngestError, IngestOutcome};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::problem::Problem;
use crate::graphql::{GlobalId, Links, PublicError, UserErrorCode, check_title, ingest_error_code};
use crate::principal::Principal;
use crate::state::ApiState;

/// Pieces (of some 64 kB) between the network and the store.
const PIECES_AHEAD: usize = 16;

/// What may stand behind the question mark.
#[derive(Debug, Deserialize)]
pub(super) struct UploadParameters {
    /// Title for people; the file name without its ending where it is left out.
    title: Option<String>,
}

/// What the client learns.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Uploaded {
    asset_id: String,
    job_id: Option<String>,
    url: String,
    is_already_known: bool,
    content_sha256: String,
    size_bytes: u64,
}

/// A piece of the body, or its end. A sender that goes away without the end has broken off.
enum Piece {
    Bytes(Bytes),
    Broken(Error),
    End,
}

/// Takes a file in.
pub(super) async fn put(
    request: HttpRequest,
    file_name: web::Path<String>,
    parameters: web::Query<UploadParameters>,
    body: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let limits = &state.settings.limits;
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limits.upload_bytes) {
        return Err(too_large(limits.upload_bytes));
    }
    let title = parameters.into_inner().title;
    if let Some(error) = title.as_deref().and_then(|title| check_title("title", title)) {
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "INVALID_VALUE", error.message));
    }
    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
    let (ingest, file_name) = (state.ingest.clone(), file_name.into_inner());
    // On a task of its own, so that it also cleans up when the connection, and with it this handler, is gone.
    let taken_in = tokio::spawn(async move {
        ingest.from_stream(Principal::LOCAL.tenant, &file_name, title.as_deref(), pieces(receiver)).await
    });
    let idle = Duration::from_millis(limits.upload_idle_ms);
    let is_within_limit = pump(body, sender, limits.upload_bytes, idle).await;
    let outcome = taken_in.await.map_err(|error| Problem::of(PublicError::internal(&error), state.clock.as_ref()))?;
    match outcome {
        Ok(outcome) => Ok(answer(&outcome, &state)),
        Err(_) if !is_within_limit => Err(too_large(limits.upload_bytes)),
        Err(error) => Err(refusal(error, &state)),
    }
}

fn too_large(limit_bytes: u64) -> Problem {
    Problem::too_large(format!("an upload has at most {limit_bytes} bytes"))
}

/// Moves the body into the channel, until either side ends; tells whether it kept within the limit.
async fn pump(mut body: web::Payload, sender: mpsc::Sender<Piece>, limit_bytes: u64, idle: Duration) -> bool {
    let mut received = 0_u64;
    loop {
        let piece = match tokio::time::timeout(idle, body.next()).await {
            Err(_) => {
                Piece::Broken(Error::new(ErrorKind::TimedOut, format!("nothing came for {} ms", idle.as_millis())))
            }
            Ok(None) => Piece::End,
            Ok(Some(Err(error))) => Piece::Broken(Error::other(error.to_string())),
            Ok(Some(Ok(bytes))) => {
                received = received.saturating_add(bytes.len() as u64);
                Piece::Bytes(bytes)
            }
        };
        if received > limit_bytes {
            // The receiver may have ended by itself; either way it keeps nothing of what broke off.
            let _ = sender.send(Piece::Broken(Error::other("larger than allowed"))).await;
            return false;
        }
        let is_last = !matches!(piece, Piece::Bytes(_));
        if sender.send(piece).await.is_err() || is_last {
            return true;
        }
    }
}

fn pieces(receiver: mpsc::Receiver<Piece>) -> impl Stream<Item = Result<Bytes, Error>> + Send + Unpin {
    let next = |receiver: Option<mpsc::Receiver<Piece>>| async move {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Piece::Bytes(bytes)) => Some((Ok(bytes), Some(receiver))),
            Some(Piece::End) => None,
            Some(Piece::Broken(error)) => Some((Err(error), None)),
            None => Some((Err(Error::new(ErrorKind::UnexpectedEof, "the connection broke off")), None)),
        }
    };
    stream::unfold(Some(receiver), next).boxed()
}

fn answer(outcome: &IngestOutcome, state: &ApiState) -> HttpResponse {
    let asset = outcome.asset();
    let job_id = match outcome {
        IngestOutcome::Registered(_, job) => Some(GlobalId::from(job.id).to_string()),
        IngestOutcome::AlreadyKnown(_) => None,
    };
    let url = Links::new(&state.settings.public_url).original(asset.id);
    let mut response = if job_id.is_some() { HttpResponse::Created() } else { HttpResponse::Ok() };
    response.insert_header((LOCATION, url.as_str())).json(Uploaded {
        asset_id: GlobalId::from(asset.id).to_string(),
        is_already_known: job_id.is_none(),
        job_id,
        url: url.clone(),
        content_sha256: asset.content.to_string(),
        size_bytes: asset.size_bytes,
    })
}

fn refusal(error: IngestError, state: &ApiState) -> Problem {
    let (status, code) = match ingest_error_code(&error) {
        Some(UserErrorCode::EmptyFile) => (StatusCode::UNPROCESSABLE_ENTITY, "EMPTY_FILE"),
        Some(UserErrorCode::TooLarge) => (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"),
        Some(UserErrorCode::StorageFull) => (StatusCode::INSUFFICIENT_STORAGE, "STORAGE_FULL"),
        Some(UserErrorCode::Unreadable) => (StatusCode::BAD_REQUEST, "UPLOAD_BROKEN_OFF"),
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, "INVALID_VALUE"),
        None => return Problem::of(PublicError::from(error), state.clock.as_ref()),
    };
    Problem::new(status, code, error.to_string())
}
