//! Taking a file in from this machine or from an address. Files from elsewhere come by `PUT /v1/assets/{file_name}`.

use std::path::Path;

use async_graphql::{Context, InputObject, Object, OneofObject, Result, SimpleObject};
use reelgraph_models::ingest::{IngestError, IngestOutcome};

use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::session::Session;
use crate::graphql::types::asset::Asset;
use crate::graphql::types::job::Job;

/// Where the file is; exactly one of these.
#[derive(Debug, Clone, OneofObject)]
pub(crate) enum IngestSourceInput {
    /// Path of a file on the server's machine.
    Path(String),
    /// Address of a file, `http` or `https`; redirects are followed.
    Url(String),
}

/// What is taken in.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct IngestAssetInput {
    /// Where the file is.
    pub source: IngestSourceInput,
    /// Title for people; the file name without its ending where it is left out. At most 500 characters.
    pub title: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct IngestAssetPayload {
    /// The asset; null where there are errors.
    pub asset: Option<Asset>,
    /// The job that analyses it; null where the asset was known already.
    pub job: Option<Job>,
    /// Whether the same bytes had been taken in before; then nothing was added, and `asset` is the one that has them.
    pub is_already_known: bool,
    /// Why nothing was taken in.
    pub errors: Vec<UserError>,
}

/// Taking files in.
#[derive(Default)]
pub(crate) struct IngestMutation;

#[Object]
impl IngestMutation {
    /// Takes in a copy of a file, and queues its analysis. The same bytes a second time answer with the asset that has them.
    async fn ingest_asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is taken in.")] input: IngestAssetInput,
    ) -> Result<IngestAssetPayload> {
        Ok(ingest(Session::of(ctx)?, input).await?)
    }
}

async fn ingest(session: &Session, input: IngestAssetInput) -> Result<IngestAssetPayload, PublicError> {
    if let Some(error) = input.title.as_deref().and_then(|title| super::asset::check_title("title", title)) {
        return Ok(IngestAssetPayload { errors: vec![error], ..IngestAssetPayload::default() });
    }
    let (ingest, tenant, title) = (&session.state().ingest, session.tenant(), input.title.as_deref());
    let (field, outcome) = match &input.source {
        IngestSourceInput::Path(path) => ("source.path", ingest.from_path(tenant, Path::new(path), title).await),
        IngestSourceInput::Url(url) => ("source.url", ingest.from_url(tenant, url, title).await),
    };
    Ok(match outcome {
        Ok(IngestOutcome::Registered(asset, job)) => {
            IngestAssetPayload { asset: Some(Asset(asset)), job: Some(Job(job)), ..IngestAssetPayload::default() }
        }
        Ok(IngestOutcome::AlreadyKnown(asset)) => {
            IngestAssetPayload { asset: Some(Asset(asset)), is_already_known: true, ..IngestAssetPayload::default() }
        }
        Err(error) => IngestAssetPayload { errors: vec![expected(error, field)?], ..IngestAssetPayload::default() },
    })
}

/// Tells what the asker can do something about from faults of the server.
fn expected(error: IngestError, field: &str) -> Result<UserError, PublicError> {
    let Some(code) = code(&error) else { return Err(error.into()) };
    Ok(UserError::new(code, field, error.to_string()))
}

/// What kind of expected refusal an error is; `None` for faults of the server. The upload maps them to HTTP statuses.
pub(crate) fn code(error: &IngestError) -> Option<UserErrorCode> {
    Some(match error.code() {
        "empty" => UserErrorCode::EmptyFile,
        "not_a_file" | "unreadable" | "unreachable" | "bad_status" => UserErrorCode::Unreadable,
        "bad_address" => UserErrorCode::InvalidValue,
        "private_address" => UserErrorCode::AddressNotAllowed,
        "too_large" => UserErrorCode::TooLarge,
        "disk_full" => UserErrorCode::StorageFull,
        "source" | "source_broken" => UserErrorCode::Unreadable,
        _ => return None,
    })
}
