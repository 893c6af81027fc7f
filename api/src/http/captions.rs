//! Captions of what was said, as a file.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use reelgraph_models::captions::{CaptionFormat, cues, write};
use reelgraph_models::observation::{Finding, Modality, Observation, standing};
use reelgraph_models::store::StoreError;
use serde::Deserialize;

use super::original::find_asset;
use super::problem::Problem;
use crate::graphql::{PublicError, Session};
use crate::principal::Principal;
use crate::state::ApiState;

/// What may stand behind the question mark.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    /// Which of several supplied tracks, by ISO 639-1 code.
    language: Option<String>,
}

/// The captions of an asset in one of the formats: those that someone supplied, and what machines heard in between.
pub(super) async fn captions(
    path: web::Path<(String, String)>,
    wanted: web::Query<Wanted>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let (id, extension) = path.into_inner();
    let format = CaptionFormat::from_extension(&extension).ok_or_else(|| Problem::not_found("caption format"))?;
    let asset = find_asset(&session, &id).await?;
    let fault = |error: StoreError| Problem::of(PublicError::from(error), session.state().clock.as_ref());
    let spoken = session.store().all_observations(asset.id, &[Modality::Speech]).await.map_err(fault)?;
    let spoken = standing(spoken, wanted.language.as_deref());
    let length = asset.probe.as_ref().map(|probe| probe.duration);
    let text = write(&cues(&spoken, length), format, language(&spoken));
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        // A further analysis may say it better.
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(text))
}

/// The language that most of the time is spoken; `und` where nothing is said.
fn language(spoken: &[Observation]) -> &str {
    let mut times: Vec<(&str, i64)> = Vec::new();
    for observation in spoken {
        let Finding::Speech { language, suspect, .. } = &observation.finding else { continue };
        let time = observation.span.duration().as_micros();
        match times.iter_mut().find(|(known, _)| known == language) {
            _ if !suspect.is_empty() => {}
            Some((_, sum)) => *sum += time,
            None => times.push((language, time)),
        }
    }
    times.into_iter().max_by_key(|(_, time)| *time).map_or("und", |(language, _)| language)
}
