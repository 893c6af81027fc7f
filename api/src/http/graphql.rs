//! GraphQL over HTTP: one operation a request, by `POST`, or by `GET` where it changes nothing.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Request, Response, Variables};
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::accept::Media;
use super::problem::Problem;
use crate::graphql::{Code, PublicError, Schema, admit, request_as};
use crate::principal::Principal;
use crate::state::ApiState;

/// How long a client may take to send a GraphQL request.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a client sends (GraphQL over HTTP, section "Request Parameters").
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<Map<String, Value>>,
    extensions: Option<Map<String, Value>>,
}

/// The same, in a URL.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UrlParameters {
    query: String,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    fn into_request(self) -> Request {
        let variables = Variables::from_json(Value::Object(self.variables.unwrap_or_default()));
        let mut request = Request::new(self.query).variables(variables);
        request.operation_name = self.operation_name.filter(|name| !name.is_empty());
        // Nothing here uses extensions yet; they are checked to be a map, as the specification asks.
        drop(self.extensions);
        request
    }
}

/// One operation from a JSON body. Only that media type is taken: what a plain HTML form can send is not, so that no foreign
/// page can post without the browser asking first.
pub(super) async fn post(
    request: HttpRequest,
    body: web::Payload,
    state: web::Data<ApiState>,
    schema: web::Data<Schema>,
) -> Result<HttpResponse, Problem> {
    let media = negotiate(&request)?;
    if !is_json(&request) {
        let detail = "send the operation as application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail));
    }
    let body = tokio::time::timeout(BODY_TIMEOUT, read(body, state.settings.limits.request_bytes))
        .await
        .map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "TIMEOUT", "the request took too long to arrive"))??;
    // A list would be taken for the fields in their order.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::bad_request("the body is not a GraphQL request: send one JSON object with `query`"));
    }
    let parameters: Parameters = serde_json::from_slice(&body)
        .map_err(|error| Problem::bad_request(format!("the body is not a GraphQL request: {error}")))?;
    execute(parameters.into_request(), media, &state, &schema).await
}

/// One query from the URL.
pub(super) async fn get(
    request: HttpRequest,
    state: web::Data<ApiState>,
    schema: web::Data<Schema>,
) -> Result<HttpResponse, Problem> {
    let media = negotiate(&request)?;
    let parameters = web::Query::<UrlParameters>::from_query(request.query_string())
        .map_err(|error| Problem::of_url(&error))?
        .into_inner();
    let map = |name: &str, text: Option<String>| {
        let parsed =
            text.filter(|text| !text.is_empty()).map(|text| serde_json::from_str::<Option<Map<String, Value>>>(&text));
        let parsed = parsed.transpose().map_err(|_| Problem::bad_request(format!("{name} is not a JSON object")));
        parsed.map(Option::flatten)
    };
    let parameters = Parameters {
        query: parameters.query,
        operation_name: parameters.operation_name,
        variables: map("variables", parameters.variables)?,
        extensions: map("extensions", parameters.extensions)?,
    };
    if let Ok(document) = admit(&parameters.query, &state.settings.limits)
        && !is_query(&document, parameters.operation_name.as_deref())
    {
        let detail = "only queries go by GET; send mutations by POST";
        return Err(
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail).with_header("allow", "POST")
        );
    }
    execute(parameters.into_request(), media, &state, &schema).await
}

/// Whether the chosen operation, or any that could be chosen, only reads.
fn is_query(document: &ExecutableDocument, operation_name: Option<&str>) -> bool {
    let is_chosen = |name: Option<&str>| operation_name.is_none() || name == operation_name;
    document
        .operations
        .iter()
        .filter(|(name, _)| is_chosen(name.map(|name| name.as_str())))
        .all(|(_, operation)| operation.node.ty == OperationType::Query)
}

async fn execute(
    request: Request,
    media: Media,
    state: &web::Data<ApiState>,
    schema: &web::Data<Schema>,
) -> Result<HttpResponse, Problem> {
    let request = request_as(request, state, Principal::LOCAL);
    let schema = Schema::clone(schema);
    // On a task of its own: a client that hangs up must not stop a mutation half-way. Time is bounded by the schema.
    let done = tokio::spawn(async move { schema.execute(request).await }).await;
    let response = done.map_err(|error| Problem::of(PublicError::internal(&error), state.clock.as_ref()))?;
    let body = serde_json::to_vec(&response)
        .map_err(|error| Problem::of(PublicError::internal(&error), state.clock.as_ref()))?;
    Ok(HttpResponse::build(status(&response, media)).content_type(media.content_type()).body(body))
}

/// Refused before anything was executed: no data, and no error that has a place in the data.
fn status(response: &Response, media: Media) -> StatusCode {
    let is_refused = response.data == async_graphql::Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    if media == Media::Json || !is_refused {
        return StatusCode::OK;
    }
    let timeout = async_graphql::Value::from(Code::Timeout.as_str());
    let is_timeout = |error: &async_graphql::ServerError| {
        error.extensions.as_ref().and_then(|extensions| extensions.get("code")) == Some(&timeout)
    };
    if response.errors.iter().any(is_timeout) { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::BAD_REQUEST }
}

fn negotiate(request: &HttpRequest) -> Result<Media, Problem> {
    let accept = request.headers().get(ACCEPT).map(|accept| accept.to_str().unwrap_or("unreadable"));
    Media::negotiate(accept).ok_or_else(|| {
        let detail = "answers are application/graphql-response+json or application/json";
        Problem::new(StatusCode::NOT_ACCEPTABLE, "NOT_ACCEPTABLE", detail)
    })
}

fn is_json(request: &HttpRequest) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let is_json = parts.next().is_some_and(|essence| essence == "application/json");
    is_json
        && parts.all(|parameter| {
            !parameter.starts_with("charset=") || matches!(parameter.as_str(), "charset=utf-8" | "charset=\"utf-8\"")
        })
}

async fn read(mut body: web::Payload, limit_bytes: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(part) = body.next().await {
        let part = part.map_err(|_| Problem::bad_request("the body broke off"))?;
        if bytes.len() + part.len() > limit_bytes {
            return Err(Problem::too_large(format!("a GraphQL request has at most {limit_bytes} bytes")));
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.freeze())
}
