//! Analysing the library again where something is missing or stale.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::gap::{Gap, Imports};
use reelgraph_models::id::{AssetId, BatchId};
use reelgraph_models::refresh::{RefreshMode, RefreshRequest};
use reelgraph_models::store::StoreError;

use super::asset::not_found;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::query::AssetFilterInput;
use crate::graphql::session::Session;
use crate::graphql::types::observation::Modality;
use crate::graphql::types::refresh::{CoverageGapCount, Refresh};
use crate::graphql::types::scalar::Long;

/// What is to be analysed again; without anything, whatever is missing or stale in the library.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct RefreshLibraryInput {
    /// Only these channels. Those of the same look, and those made of them, come along.
    pub modalities: Option<Vec<Modality>>,
    /// Only these assets, at most 100.
    pub asset_ids: Option<Vec<ID>>,
    /// Only assets that this finds; not together with `assetIds`.
    pub filter: Option<AssetFilterInput>,
    /// Only what has failed.
    #[graphql(default = false)]
    pub only_failed: bool,
    /// Whether channels are computed although analysis made elsewhere was imported for them.
    #[graphql(default = false)]
    pub recompute_imported: bool,
    /// Whether it is only counted what would be done.
    #[graphql(default = false)]
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct RefreshLibraryPayload {
    /// The jobs as one; null where there are none, or after a dry run.
    pub refresh: Option<Refresh>,
    /// Jobs that were made, or would be.
    pub job_count: Long,
    /// Assets with a gap on which a job waits or runs already; they are left to it.
    pub already_queued_count: Long,
    /// What these jobs look at, by channel and reason.
    pub gaps: Vec<CoverageGapCount>,
    /// How long one worker is thought to take for all of it, milliseconds, by the pace of earlier runs; null where there were
    /// none.
    pub estimate_ms: Option<Long>,
    /// Why nothing was done.
    pub errors: Vec<UserError>,
}

/// Which re-run.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CancelRefreshInput {
    /// Which.
    pub id: ID,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct CancelRefreshPayload {
    /// The re-run; what runs of it ends at its worker's next heartbeat.
    pub refresh: Option<Refresh>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Re-runs of the library.
#[derive(Default)]
pub(crate) struct RefreshMutation;

#[Object]
impl RefreshMutation {
    /// Queues, behind all other work, the analysis of what is missing or stale: never looked at, looked at by another model
    /// or version than the workers have now, failed, or skipped for a model that is here now. Everything else stays as it is,
    /// and the old answers searches until the new is complete.
    async fn refresh_library(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be analysed again.")] input: RefreshLibraryInput,
    ) -> Result<RefreshLibraryPayload> {
        Ok(refresh(Session::of(ctx)?, input).await?)
    }

    /// Stops a re-run: what waits of it at once, what runs of it at its worker's next heartbeat. What is done stays.
    async fn cancel_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which re-run.")] input: CancelRefreshInput,
    ) -> Result<CancelRefreshPayload> {
        let refuse = || Ok(CancelRefreshPayload { refresh: None, errors: vec![not_found("re-run")] });
        let Some(id) = parse_typed::<BatchId>(&input.id) else { return refuse() };
        let store = Session::of(ctx)?.store();
        match store.cancel_batch(id).await {
            Ok(_) => {}
            Err(StoreError::NotFound { .. }) => return refuse(),
            Err(error) => return Err(PublicError::from(error).into()),
        }
        let refresh = store.find_batch(id).await.map_err(PublicError::from)?.map(Refresh);
        Ok(CancelRefreshPayload { refresh, errors: Vec::new() })
    }
}

async fn refresh(session: &Session, input: RefreshLibraryInput) -> Result<RefreshLibraryPayload, PublicError> {
    let refuse = |error| Ok(RefreshLibraryPayload { errors: vec![error], ..RefreshLibraryPayload::default() });
    let mode = if input.dry_run { RefreshMode::DryRun } else { RefreshMode::Enqueue };
    let request = match request(input, session.state().settings.limits.page_items as usize) {
        Ok(request) => request,
        Err(error) => return refuse(error),
    };
    let Some(reported) = session.state().store.current_models().await? else {
        let message = "no worker has said yet which models it has; try again when one runs";
        return refuse(UserError { code: UserErrorCode::WrongState, field: None, message: message.to_owned() });
    };
    let done = session.store().refresh(&reported.models, &request, mode).await?;
    let refresh = match done.batch {
        Some(batch) => session.store().find_batch(batch).await?.map(Refresh),
        None => None,
    };
    let gap = |((modality, gap), assets): ((reelgraph_models::observation::Modality, Gap), u64)| CoverageGapCount {
        modality: modality.into(),
        gap: gap.into(),
        asset_count: assets.into(),
    };
    Ok(RefreshLibraryPayload {
        refresh,
        job_count: done.jobs.into(),
        already_queued_count: done.already_queued.into(),
        gaps: done.gaps.into_iter().map(gap).collect(),
        estimate_ms: done.estimate_ms.map(Long::from),
        errors: Vec::new(),
    })
}

fn request(input: RefreshLibraryInput, most_assets: usize) -> Result<RefreshRequest, UserError> {
    let invalid = |field, message: String| UserError::new(UserErrorCode::InvalidValue, field, message);
    let ids = input.asset_ids.unwrap_or_default();
    if ids.len() > most_assets {
        return Err(invalid("assetIds", format!("at most {most_assets} assets can be named")));
    }
    if !ids.is_empty() && input.filter.is_some() {
        return Err(invalid("filter", "either assets are named or a filter is given".to_owned()));
    }
    let assets: Option<Vec<AssetId>> = ids.iter().map(parse_typed).collect();
    let assets =
        assets.ok_or_else(|| UserError::new(UserErrorCode::NotFound, "assetIds", "not all are ids of assets"))?;
    Ok(RefreshRequest {
        assets,
        filter: input.filter.map(Into::into).unwrap_or_default(),
        modalities: input.modalities.into_iter().flatten().map(Into::into).collect(),
        gaps: if input.only_failed { vec![Gap::Failed] } else { Vec::new() },
        imports: if input.recompute_imported { Imports::AreIgnored } else { Imports::Count },
        only_ready: false,
    })
}
