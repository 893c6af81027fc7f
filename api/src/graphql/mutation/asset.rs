//! Renaming, deleting and analysing again.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::job::{JobPriority as Priority, JobSpec};
use reelgraph_models::store::{Enqueued, StoreError};

use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::asset::Asset;
use crate::graphql::types::job::{Job, JobPriority};

/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 500;

/// What is wrong with a title, if anything.
pub(crate) fn check_title(field: &str, title: &str) -> Option<UserError> {
    let why = if title.trim().is_empty() {
        "a title has at least one character that is not blank".to_owned()
    } else if title.chars().nth(MAX_TITLE_CHARS).is_some() {
        format!("a title has at most {MAX_TITLE_CHARS} characters")
    } else if title.chars().any(char::is_control) {
        "a title is one line without control characters".to_owned()
    } else {
        return None;
    };
    Some(UserError::new(UserErrorCode::InvalidValue, field, why))
}

/// The refusal for an id that stands for nothing.
pub(super) fn not_found(what: &str) -> UserError {
    UserError::new(UserErrorCode::NotFound, "id", format!("there is no {what} with this id"))
}

/// Which asset, and its new title.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RenameAssetInput {
    /// Which.
    pub id: ID,
    /// Its new title; one line, 1 to 500 characters.
    pub title: String,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct RenameAssetPayload {
    /// The renamed asset; null where there are errors.
    pub asset: Option<Asset>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Which asset.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DeleteAssetInput {
    /// Which.
    pub id: ID,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct DeleteAssetPayload {
    /// The id of the deleted asset; null where there are errors.
    pub deleted_asset_id: Option<ID>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Which asset, and how urgent.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct ReanalyzeAssetInput {
    /// Which.
    pub id: ID,
    /// How urgent; `NORMAL` where it is left out.
    pub priority: Option<JobPriority>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct ReanalyzeAssetPayload {
    /// The new job; where one was queued or running already, that one, beside the error.
    pub job: Option<Job>,
    /// Why nothing was queued.
    pub errors: Vec<UserError>,
}

/// Changes of an asset.
#[derive(Default)]
pub(crate) struct AssetMutation;

#[Object]
impl AssetMutation {
    /// Gives an asset another title; search finds it by the new one within seconds.
    async fn rename_asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which asset, and its new title.")] input: RenameAssetInput,
    ) -> Result<RenameAssetPayload> {
        let refuse = |error| Ok(RenameAssetPayload { asset: None, errors: vec![error] });
        if let Some(error) = check_title("title", &input.title) {
            return refuse(error);
        }
        let Some(id) = parse_typed(&input.id) else { return refuse(not_found("asset")) };
        match Session::of(ctx)?.store().rename_asset(id, input.title.trim()).await {
            Ok(asset) => Ok(RenameAssetPayload { asset: Some(Asset(asset)), errors: Vec::new() }),
            Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => refuse(not_found("asset")),
            Err(error) => Err(PublicError::from(error).into()),
        }
    }

    /// Deletes an asset and all that is known about it. Search forgets it within seconds; jobs on it are cancelled.
    async fn delete_asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which asset.")] input: DeleteAssetInput,
    ) -> Result<DeleteAssetPayload> {
        let refuse = |error| Ok(DeleteAssetPayload { deleted_asset_id: None, errors: vec![error] });
        let Some(id) = parse_typed(&input.id) else { return refuse(not_found("asset")) };
        match Session::of(ctx)?.store().delete_asset(id).await {
            Ok(true) => Ok(DeleteAssetPayload { deleted_asset_id: Some(input.id), errors: Vec::new() }),
            Ok(false) => refuse(not_found("asset")),
            Err(error) => Err(PublicError::from(error).into()),
        }
    }

    /// Queues another analysis of an asset, as after a new model was installed. What is known stays until it is replaced.
    async fn reanalyze_asset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which asset, and how urgent.")] input: ReanalyzeAssetInput,
    ) -> Result<ReanalyzeAssetPayload> {
        let Some(id) = parse_typed(&input.id) else {
            return Ok(ReanalyzeAssetPayload { job: None, errors: vec![not_found("asset")] });
        };
        let spec = JobSpec::analyze(input.priority.map_or(Priority::Normal, Into::into));
        let (job, errors) = enqueue(Session::of(ctx)?, id, spec).await?;
        Ok(ReanalyzeAssetPayload { job, errors })
    }
}

/// Queues a job on an asset, unless one of its kind has not ended yet.
pub(super) async fn enqueue(
    session: &Session,
    asset: reelgraph_models::id::AssetId,
    spec: JobSpec,
) -> Result<(Option<Job>, Vec<UserError>), PublicError> {
    match session.store().enqueue_job(asset, spec).await {
        Ok(Enqueued::New(job) | Enqueued::Widened(job)) => Ok((Some(Job(job)), Vec::new())),
        Ok(Enqueued::AlreadyActive(job)) => {
            let message = "analysis of this asset is already queued or running";
            Ok((Some(Job(job)), vec![UserError::new(UserErrorCode::AlreadyRunning, "id", message)]))
        }
        Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => Ok((None, vec![not_found("asset")])),
        Err(error) => Err(error.into()),
    }
}
