//! The extension that admits requests, bounds their time, and makes their errors fit to be seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextPrepareRequest, NextRequest, NextSubscribe,
    NextValidation,
};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError, ServerResult, ValidationResult};
use futures::stream::{BoxStream, StreamExt};
use reelgraph_models::clock::Clock;

use super::{admit, exceeded};
use crate::graphql::error::{Code, PublicError, publish};
use crate::settings::Limits;

/// Makes one [`Guard`] a request.
pub(crate) struct GuardFactory {
    pub(crate) limits: Arc<Limits>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl ExtensionFactory for GuardFactory {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Guard {
            limits: Arc::clone(&self.limits),
            clock: Arc::clone(&self.clock),
            is_mutation: AtomicBool::new(false),
        })
    }
}

struct Guard {
    limits: Arc<Limits>,
    clock: Arc<dyn Clock>,
    /// Whether the document has a mutation in it; known once it is parsed.
    is_mutation: AtomicBool,
}

#[async_trait::async_trait]
impl Extension for Guard {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        publish(next.run(ctx).await, self.clock.as_ref())
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let clock = Arc::clone(&self.clock);
        next.run(ctx, stream).map(move |response| publish(response, clock.as_ref())).boxed()
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let mut request = next.run(ctx, request).await?;
        let document = admit(&request.query, &self.limits).map_err(ServerError::from)?;
        let is_mutation = document.operations.iter().any(|(_, operation)| operation.node.ty == OperationType::Mutation);
        self.is_mutation.store(is_mutation, Ordering::Relaxed);
        request.set_parsed_query(document);
        Ok(request)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await.map_err(|errors| errors.into_iter().map(mark_invalid).collect::<Vec<_>>())?;
        if result.depth > self.limits.depth {
            return Err(vec![exceeded("depth of the operation", self.limits.depth, "levels").into()]);
        }
        if result.complexity > self.limits.complexity {
            return Err(vec![exceeded("cost of the operation", self.limits.complexity, "estimated fields").into()]);
        }
        Ok(result)
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        let limit_ms = match self.is_mutation.load(Ordering::Relaxed) {
            true => self.limits.mutation_timeout_ms,
            false => self.limits.query_timeout_ms,
        };
        match tokio::time::timeout(Duration::from_millis(limit_ms), next.run(ctx, operation_name)).await {
            Ok(response) => response,
            Err(_) => {
                let message = format!("the operation took longer than {limit_ms} ms");
                Response::from_errors(vec![PublicError::new(Code::Timeout, message).into()])
            }
        }
    }
}

/// Gives a validation error its code, unless a resolver of complexity gave one.
fn mark_invalid(mut error: ServerError) -> ServerError {
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", Code::ValidationFailed.as_str());
    }
    error
}
