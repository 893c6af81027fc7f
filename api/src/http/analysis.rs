//! What is known of an asset as a JSON document, out and in, and supplied captions in.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpResponse, web};
use reelgraph_models::captions::CaptionFormat;
use reelgraph_models::interchange::{MAX_DOCUMENT_BYTES, export};
use reelgraph_models::store::{Imported, StoreError};
use serde::{Deserialize, Serialize};

use super::body::whole;
use super::original::find_asset;
use super::problem::Problem;
use crate::graphql::{GlobalId, PublicError, Session, UserError, UserErrorCode};
use crate::import::{Brought, DEFAULT_TRACK, import};
use crate::principal::Principal;
use crate::state::ApiState;

/// What may stand behind the question mark of captions that are sent.
#[derive(Debug, Deserialize)]
pub(super) struct CaptionsParameters {
    /// ISO 639-1 code of what is said.
    language: String,
    /// Name of the track.
    name: Option<String>,
}

/// What the client learns.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    asset_id: String,
    job_id: String,
    observation_count: u64,
}

/// All that was seen in an asset.
pub(super) async fn get(id: web::Path<String>, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let asset = find_asset(&session, &id).await?;
    let fault = |error: PublicError| Problem::of(error, session.state().clock.as_ref());
    let store = session.store();
    let (asset_ids, every_channel) = ([asset.id], []);
    let known = tokio::try_join!(store.all_observations(asset.id, &every_channel), store.coverage(&asset_ids));
    let (observations, mut cells) = known.map_err(|error: StoreError| fault(error.into()))?;
    let cells = cells.remove(&asset.id).unwrap_or_default();
    let name = format!("attachment; filename=\"{}.analysis.json\"", GlobalId::from(asset.id));
    let written = tokio::task::spawn_blocking(move || serde_json::to_vec(&export(&asset, observations, &cells)));
    let text = written.await.map_err(|error| fault(PublicError::internal(&error)))?;
    let text = text.map_err(|error| fault(PublicError::internal(&error)))?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        // A further analysis may know more.
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(text))
}

/// Takes in analysis made elsewhere.
pub(super) async fn put(
    id: web::Path<String>,
    body: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let document = whole(body, &state, "a document", MAX_DOCUMENT_BYTES).await?;
    bring_in(&id, state, Brought::Analysis(document)).await
}

/// Takes in captions.
pub(super) async fn put_captions(
    path: web::Path<(String, String)>,
    parameters: web::Query<CaptionsParameters>,
    body: web::Payload,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (id, extension) = path.into_inner();
    let format = CaptionFormat::from_extension(&extension).ok_or_else(|| Problem::not_found("caption format"))?;
    let text = whole(body, &state, "a document", MAX_DOCUMENT_BYTES).await?;
    let CaptionsParameters { language, name } = parameters.into_inner();
    let name = name.unwrap_or_else(|| DEFAULT_TRACK.to_owned());
    bring_in(&id, state, Brought::Captions { text, format, name, language }).await
}

async fn bring_in(id: &str, state: web::Data<ApiState>, brought: Brought) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let asset = find_asset(&session, id).await?;
    let outcome = import(&session, &asset, "body", brought).await;
    let outcome = outcome.map_err(|error| Problem::of(error, session.state().clock.as_ref()))?;
    let Imported { job, observations } = outcome.map_err(refused)?;
    Ok(HttpResponse::Accepted().json(Stored {
        asset_id: GlobalId::from(asset.id).to_string(),
        job_id: GlobalId::from(job.id).to_string(),
        observation_count: observations,
    }))
}

fn refused(error: UserError) -> Problem {
    let (status, code) = match error.code {
        UserErrorCode::NotFound => (StatusCode::NOT_FOUND, "NOT_FOUND"),
        UserErrorCode::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED"),
        UserErrorCode::WrongState => (StatusCode::CONFLICT, "WRONG_STATE"),
        _ => (StatusCode::UNPROCESSABLE_ENTITY, "INVALID_VALUE"),
    };
    Problem::new(status, code, error.message)
}
