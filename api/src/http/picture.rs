//! A picture that is sent to ask for moments that look like it.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::body::{admitted, broken_off};
use super::problem::Problem;
use crate::graphql::{Code, PublicError};
use crate::pictures::{MAX_PICTURE_BYTES, MAX_RECEIVED_BYTES, PICTURES_AT_ONCE, PictureError, PictureQuestion};
use crate::state::ApiState;

/// What the client learns.
#[derive(Debug, Serialize)]
struct Looked {
    /// What to send as `like.picture` of a search.
    picture: String,
}

/// Looks at a picture; keeps nothing of it.
pub(super) async fn post(body: web::Payload, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let fault = |error: PublicError| Problem::of(error, state.clock.as_ref());
    let Some(reader) = state.picture_reader.clone() else {
        return Err(fault(PublicError::new(Code::Unavailable, "this server does not read pictures")));
    };
    let busy = |what: &str| {
        let message = format!("too many pictures are being {what} at the moment; try again");
        fault(PublicError::new(Code::Unavailable, message))
    };
    // Whoever sends slowly holds what was sent so far, and no place of those whose pictures are looked at.
    let mut share = state.picture_bytes.share();
    let admit = |bytes| share.grow(bytes, MAX_RECEIVED_BYTES).then_some(()).ok_or_else(|| busy("received"));
    let received = admitted(body, &state, "a picture", MAX_PICTURE_BYTES, admit);
    let limit_ms = state.settings.limits.picture_ms;
    let file = tokio::time::timeout(Duration::from_millis(limit_ms), received)
        .await
        .map_err(|_| broken_off(&format!("a picture has {limit_ms} ms to arrive")))??;
    let place = state.pictures.enter(PICTURES_AT_ONCE).ok_or_else(|| busy("looked at"))?;
    let looked = tokio::task::spawn_blocking(move || {
        let vectors = reader.read(&file);
        drop((place, share));
        vectors.map(|vectors| PictureQuestion::new(&file, vectors))
    });
    match looked.await.map_err(|error| fault(PublicError::internal(&error)))? {
        Ok(question) => Ok(HttpResponse::Ok().json(Looked { picture: question.token() })),
        Err(PictureError::NoPicture(why)) => Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "NO_PICTURE", why)),
        Err(error @ PictureError::NoModels(_)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "pictures cannot be searched with");
            Err(fault(PublicError::new(Code::Unavailable, error.to_string())))
        }
        Err(error) => Err(fault(PublicError::internal(&error))),
    }
}
