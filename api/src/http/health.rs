//! Whether the process runs, and whether it can answer.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Serialize;

use crate::graphql::PublicError;
use crate::state::ApiState;

/// How long each part may take to answer before it counts as gone.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Readiness {
    is_ready: bool,
    database: &'static str,
    search_index: &'static str,
}

/// The process runs and answers.
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "isLive": true }))
}

/// The database and the indexes answer too, and the first search is as fast as the next.
pub(super) async fn ready(state: web::Data<ApiState>) -> HttpResponse {
    let database = check("database", async { state.store.ping().await.map_err(PublicError::from) });
    let search_index =
        check("search index", async { state.index.watermark().await.map(drop).map_err(PublicError::from) });
    let (database, search_index) = tokio::join!(database, search_index);
    let is_warm = !state.is_warming_up();
    let is_ready = database.is_ok() && search_index.is_ok() && is_warm;
    let word = |part: Result<(), ()>| if part.is_ok() { "ok" } else { "unavailable" };
    let search_index = if search_index.is_ok() && !is_warm { "warming up" } else { word(search_index) };
    let body = Readiness { is_ready, database: word(database), search_index };
    let mut response = if is_ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.insert_header(("cache-control", "no-store")).json(body)
}

async fn check(part: &'static str, answer: impl Future<Output = Result<(), PublicError>>) -> Result<(), ()> {
    match tokio::time::timeout(CHECK_TIMEOUT, answer).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            tracing::warn!(part, "not ready: {}", error.message());
            Err(())
        }
        Err(_) => {
            tracing::warn!(part, "not ready: no answer within {} s", CHECK_TIMEOUT.as_secs());
            Err(())
        }
    }
}
