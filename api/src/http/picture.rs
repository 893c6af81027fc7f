//! A picture that is sent to ask for moments that look like it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::body::whole;
use super::problem::Problem;
use crate::graphql::{Code, PublicError};
use crate::pictures::{MAX_PICTURE_BYTES, PICTURES_AT_ONCE, PictureError, PictureQuestion};
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
    let Some(place) = state.pictures.enter(PICTURES_AT_ONCE) else {
        let message = "too many pictures are being looked at at the moment; try again";
        return Err(fault(PublicError::new(Code::Unavailable, message)));
    };
    let file = whole(body, &state, "a picture", MAX_PICTURE_BYTES).await?;
    let looked = tokio::task::spawn_blocking(move || {
        let vectors = reader.read(&file);
        drop(place);
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
