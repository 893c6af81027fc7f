//! The original file, streamed, by byte ranges, so that a hit's URL plays at its second.

use actix_web::body::SizedStream;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, ETAG, HeaderMap,
    HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use futures::{StreamExt, stream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::blob::BlobError;
use reelgraph_models::id::AssetId;

use super::content_type;
use super::problem::Problem;
use super::range::{Wanted, wanted};
use crate::graphql::{GlobalId, PublicError, Session};
use crate::principal::Principal;
use crate::state::ApiState;

/// An upload is never a page of ours: should a browser show one as a document, it may run nothing and reach nothing but
/// itself. (`sandbox` would say more of the same, but Chromium plays no media in a sandbox.)
const POLICY: &str = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'";

/// RFC 8187, section 3.2.1: `attr-char`.
pub(super) const FILE_NAME: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// `GET` and `HEAD` of an original.
pub(super) async fn original(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let session = Session::new(state.clone().into_inner(), Principal::LOCAL);
    let asset = find_asset(&session, &id).await?;
    // What turned out to be no media may be any file of this machine.
    if asset.state == AssetState::Refused {
        return Err(Problem::not_found("playable file: the asset was refused"));
    }
    let etag = format!("\"{}\"", asset.content);
    if has_match(request.headers(), IF_NONE_MATCH, &etag) {
        return Ok(describe(HttpResponse::NotModified(), &asset, &etag).finish());
    }
    let is_current =
        !request.headers().contains_key(IF_RANGE) || text(request.headers(), IF_RANGE) == Some(etag.as_str());
    let range = text(request.headers(), RANGE).filter(|_| is_current && request.method() == Method::GET);
    let size = asset.size_bytes;
    let (status, part) = match wanted(range, size) {
        Wanted::Whole => (StatusCode::OK, 0..size),
        Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Wanted::Unsatisfiable => {
            let problem = Problem::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "RANGE_NOT_SATISFIABLE",
                format!("the file has {size} bytes"),
            );
            return Err(problem.with_header("content-range", format!("bytes */{size}")));
        }
    };
    let mut response = describe(HttpResponse::build(status), &asset, &etag);
    response.content_type(content_type::of(asset.probe.as_ref()));
    if status == StatusCode::PARTIAL_CONTENT {
        response.insert_header((CONTENT_RANGE, format!("bytes {}-{}/{size}", part.start, part.end.saturating_sub(1))));
    }
    let length = part.end - part.start;
    if request.method() == Method::HEAD || length == 0 {
        return Ok(response.body(SizedStream::new(length, stream::empty::<Result<web::Bytes, BlobError>>())));
    }
    let read = session.blobs().read(&asset.original, Some(part)).await.map_err(|error| missing(error, &state))?;
    Ok(response.body(SizedStream::new(
        length,
        read.stream.map(|piece| {
            piece.inspect_err(|error| {
                tracing::error!(%error, "an original broke off while it was read");
            })
        }),
    )))
}

/// The asset in a URL, as far as the one who asks may see it.
pub(super) async fn find_asset(session: &Session, id: &str) -> Result<Asset, Problem> {
    let id =
        GlobalId::parse(id).and_then(|id| AssetId::try_from(id).ok()).ok_or_else(|| Problem::not_found("asset"))?;
    let found = session.store().find_asset(id).await;
    let found = found.map_err(|error| Problem::of(PublicError::from(error), session.state().clock.as_ref()))?;
    found.ok_or_else(|| Problem::not_found("asset"))
}

/// A blob that a row speaks of and the store does not have is a fault of ours.
fn missing(error: BlobError, state: &web::Data<ApiState>) -> Problem {
    Problem::of(PublicError::from(error), state.clock.as_ref())
}

fn describe(mut response: HttpResponseBuilder, asset: &Asset, etag: &str) -> HttpResponseBuilder {
    let name = utf8_percent_encode(&asset.file_name, FILE_NAME);
    response
        .insert_header((ETAG, etag))
        .insert_header((ACCEPT_RANGES, "bytes"))
        // The bytes never change, but who may see them can, so caches ask each time.
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename*=UTF-8''{name}")))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header(("x-content-type-options", "nosniff"));
    response
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether a list of entity tags has this one, by weak comparison (RFC 9110, section 8.8.3.2).
pub(super) fn has_match(headers: &HeaderMap, name: HeaderName, etag: &str) -> bool {
    let lists = headers.get_all(name).filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}
