//! Errors of the HTTP side: problem details (RFC 9457) with a fixed code.

use std::fmt;

use actix_web::error::QueryPayloadError;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;

use crate::graphql::{Code, PublicError};

/// What went wrong with a request, fit to be seen.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Problem {
    /// RFC 9457: no page describes these.
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    #[serde(skip)]
    headers: Vec<(&'static str, String)>,
}

impl Problem {
    /// A problem with that status, a code in `UPPER_SNAKE_CASE` and a sentence.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self { r#type: "about:blank", title, status: status.as_u16(), detail: detail.into(), code, headers: Vec::new() }
    }

    pub(super) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is no {what} here"))
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", detail)
    }

    /// What stands behind the question mark of an address cannot be read.
    pub(super) fn of_url(error: &QueryPayloadError) -> Self {
        let why = match error {
            QueryPayloadError::Deserialize(why) => why.to_string(),
            other => other.to_string(),
        };
        Self::bad_request(format!("what stands behind the question mark of the address cannot be read: {why}"))
    }

    pub(super) fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED", detail)
    }

    /// A fault of the server or of what it needs; what it was goes to the log under an id, and only the id leaves.
    pub(super) fn of(error: PublicError, clock: &dyn reelgraph_models::clock::Clock) -> Self {
        let status = match error.code() {
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::Timeout => StatusCode::GATEWAY_TIMEOUT,
            Code::LimitExceeded => StatusCode::PAYLOAD_TOO_LARGE,
            Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        let detail = match error.log(clock) {
            Some(error_id) => format!("{}; quote {error_id} to whoever runs it", error.message()),
            None => error.message().to_owned(),
        };
        Self::new(status, error.code().as_str(), detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in &self.headers {
            response.insert_header((*name, value.as_str()));
        }
        let body = serde_json::to_vec(self).unwrap_or_default();
        response
            .content_type("application/problem+json")
            .insert_header(("x-content-type-options", "nosniff"))
            .body(body)
    }
}
