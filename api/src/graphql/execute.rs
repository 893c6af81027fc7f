//! Operations from inside the process, for the command line: the same schema, no HTTP.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use serde_json::Value;

use super::{Schema, request_as};
use crate::principal::Principal;
use crate::state::ApiState;

/// Executes a document as the person at this machine, and answers as `POST /graphql` would.
///
/// # Errors
/// What serde says where the answer is no JSON.
pub async fn execute(
    schema: &Schema,
    state: &Arc<ApiState>,
    document: &str,
    variables: Value,
) -> Result<Value, serde_json::Error> {
    let request = Request::new(document).variables(Variables::from_json(variables));
    serde_json::to_value(schema.execute(request_as(request, state, Principal::LOCAL)).await)
}
