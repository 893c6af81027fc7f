//! Pictures that the analysis left: the thumbnail of an asset, a still for each moment, and
//! what was cut out for single things.

use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use reelgraph_models::blob::{BlobError, BlobKey, still_key, storyboard_map_key, storyboard_sheet_key};
use reelgraph_models::id::ObservationId;
use reelgraph_models::time::MediaTime;

use super::original::{find_asset, has_match};
use super::problem::Problem;
use crate::crops;
use crate::graphql::{GlobalId, PublicError, Session};
use crate::principal::Principal;
use crate::state::ApiState;

/// Largest still that is sent; those that workers write are a hundredth of it.
const STILL_LIMIT_BYTES: u64 = 8 * 1024 * 1024;

/// The small still picture of an asset.
pub(super) async fn thumbnail(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let asset = find_asset(&session, &id).await?;
    let key = asset.thumbnail.ok_or_else(|| Problem::not_found("thumbnail"))?;
    picture(&request, &session, &key, "private, max-age=60").await
}

/// The still picture at an instant of an asset.
pub(super) async fn still(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let (id, micros) = path.into_inner();
    let micros: i64 = micros.parse().map_err(|_| Problem::not_found("still"))?;
    let asset = find_asset(&session, &id).await?;
    let key = still_key(asset.id, MediaTime::from_micros(micros));
    // The picture at an instant of bytes that never change is always the same.
    picture(&request, &session, &key, "private, max-age=31536000, immutable").await
}

/// What shows an object or a face best, cut out of the original: by the id of the observation, so that nobody names boxes.
pub(super) async fn crop(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let fault = |error: PublicError| Problem::of(error, session.state().clock.as_ref());
    let (id, seen) = path.into_inner();
    let asset = find_asset(&session, &id).await?;
    let seen = GlobalId::parse(&seen).and_then(|id| ObservationId::try_from(id).ok());
    let seen = seen.ok_or_else(|| Problem::not_found("crop"))?;
    let found = session.store().observations_by_ids(&[seen]).await.map_err(|error| fault(error.into()))?.remove(&seen);
    let seen = found.ok_or_else(|| Problem::not_found("crop"))?;
    let made = crops::crop(&session, &asset, &seen).await.map_err(fault)?;
    jpeg(&request, made.ok_or_else(|| Problem::not_found("crop"))?, "private, max-age=31536000, immutable")
}

/// Many small pictures of an asset in one.
pub(super) async fn storyboard(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let key = storyboard_sheet_key(find_asset(&session, &id).await?.id);
    picture(&request, &session, &key, "private, max-age=60").await
}

/// Which of the pictures belongs where: WebVTT with media fragments of the storyboard.
pub(super) async fn storyboard_map(id: web::Path<String>, state: web::Data<ApiState>) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.into_inner(), Principal::LOCAL);
    let key = storyboard_map_key(find_asset(&session, &id).await?.id);
    let text = read(&session, &key).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/vtt; charset=utf-8")
        .insert_header((CACHE_CONTROL, "private, max-age=60"))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(text))
}

async fn picture(
    request: &HttpRequest,
    session: &Session,
    key: &BlobKey,
    cache: &'static str,
) -> Result<HttpResponse, Problem> {
    jpeg(request, read(session, key).await?, cache)
}

fn jpeg(request: &HttpRequest, bytes: Bytes, cache: &'static str) -> Result<HttpResponse, Problem> {
    let etag = format!("\"{}\"", reelgraph_models::content::ContentHash::of(&bytes));
    if has_match(request.headers(), IF_NONE_MATCH, &etag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, etag))
            .insert_header((CACHE_CONTROL, cache))
            .finish());
    }
    Ok(HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, cache))
        .insert_header(("x-content-type-options", "nosniff"))
        .body(bytes))
}

async fn read(session: &Session, key: &BlobKey) -> Result<Bytes, Problem> {
    let fault = |error: BlobError| match error {
        BlobError::NotFound { .. } => Problem::not_found("picture"),
        error => Problem::of(PublicError::from(error), session.state().clock.as_ref()),
    };
    session.blobs().read_all(key, STILL_LIMIT_BYTES).await.map_err(fault)
}
