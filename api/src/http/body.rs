//! Bodies that are read whole before anything is done with them.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;

use super::problem::Problem;
use crate::state::ApiState;

/// The body, as far as it is within `limit_bytes`; `what` it is, for people.
pub(super) async fn whole(
    body: web::Payload,
    state: &web::Data<ApiState>,
    what: &str,
    limit_bytes: usize,
) -> Result<Bytes, Problem> {
    admitted(body, state, what, limit_bytes, |_| Ok(())).await
}

/// The same, of which every piece is admitted by its bytes.
pub(super) async fn admitted(
    mut body: web::Payload,
    state: &web::Data<ApiState>,
    what: &str,
    limit_bytes: usize,
    mut admit: impl FnMut(usize) -> Result<(), Problem>,
) -> Result<Bytes, Problem> {
    let idle = Duration::from_millis(state.settings.limits.upload_idle_ms);
    let mut received = BytesMut::new();
    loop {
        let piece = match tokio::time::timeout(idle, body.next()).await {
            Err(_) => return Err(broken_off("nothing came for too long")),
            Ok(None) => return Ok(received.freeze()),
            Ok(Some(Err(error))) => return Err(broken_off(&error.to_string())),
            Ok(Some(Ok(piece))) => piece,
        };
        if received.len().saturating_add(piece.len()) > limit_bytes {
            return Err(Problem::too_large(format!("{what} has at most {limit_bytes} bytes")));
        }
        admit(piece.len())?;
        received.extend_from_slice(&piece);
    }
}

/// A body of which the end never came.
pub(super) fn broken_off(why: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "UPLOAD_BROKEN_OFF", why)
}
