//! Makes the jobs that close a library's gaps, page by page.

use std::collections::HashSet;

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::enqueue::Enqueued;
use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::jobs::is_active;
use super::page::{AssetCursor, Page, PageRequest};
use super::row::stored;
use super::summary::paces;
use super::write;
use crate::asset::Asset;
use crate::entity::{batches, jobs};
use crate::estimate::Paces;
use crate::gap::CurrentModel;
use crate::id::{AssetId, BatchId};
use crate::job::{JobPriority, JobSpec};
use crate::observation::ModalitySet;
use crate::refresh::{AssetPlan, RefreshMode, RefreshRequest, Refreshed};
use crate::scope::Scope;

/// Assets that one transaction makes jobs on: few enough that a worker never waits long for the database.
const ASSETS_AT_ONCE: u32 = 200;

impl TenantStore {
    /// Makes a job on every asset with a gap that is asked for, over what it lacks, behind all other work; or only counts
    /// them. Assets on which a job has not ended yet are left to that. A call that breaks off has made some of the jobs;
    /// another makes the rest.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn refresh(
        &self,
        models: &[CurrentModel],
        request: &RefreshRequest,
        mode: RefreshMode,
    ) -> Result<Refreshed, StoreError> {
        let models = self.wanted_models(models).await?;
        self.refresh_within(&models, request, mode, Scope::Only).await
    }

    /// As [`TenantStore::refresh`] by these very models, with jobs of the scope that `scope` makes of their channels.
    pub(super) async fn refresh_within(
        &self,
        models: &[CurrentModel],
        request: &RefreshRequest,
        mode: RefreshMode,
        scope: fn(ModalitySet) -> Scope,
    ) -> Result<Refreshed, StoreError> {
        let paces = paces(&self.count_cells().await?);
        let mut outcome = Refreshed::default();
        let mut batch = None;
        let mut chosen = request.assets.chunks(ASSETS_AT_ONCE as usize);
        let mut after = None;
        loop {
            let page = if request.assets.is_empty() {
                self.list_assets(&request.filter, PageRequest { after, limit_rows: ASSETS_AT_ONCE }).await?
            } else {
                let Some(ids) = chosen.next() else { return Ok(outcome) };
                let rows = self.assets_by_ids(ids).await?.into_values().collect();
                Page { rows, has_next: true }
            };
            after = page.rows.last().map(AssetCursor::of);
            let plans = self.plan_page(models, &paces, request, &page.rows, &mut outcome).await?;
            match mode {
                RefreshMode::DryRun => plans.iter().for_each(|plan| outcome.add(plan)),
                RefreshMode::Enqueue => {
                    if !self.enqueue_page(&plans, scope, &mut batch, &mut outcome).await? {
                        return Ok(outcome);
                    }
                }
            }
            if !page.has_next {
                return Ok(outcome);
            }
        }
    }

    async fn plan_page(
        &self,
        models: &[CurrentModel],
        paces: &Paces,
        request: &RefreshRequest,
        assets: &[Asset],
        outcome: &mut Refreshed,
    ) -> Result<Vec<AssetPlan>, StoreError> {
        let ids: Vec<AssetId> = assets.iter().map(|asset| asset.id).collect();
        let (cells, busy) = tokio::try_join!(self.coverage(&ids), self.busy(&ids))?;
        let mut plans = Vec::new();
        for asset in assets {
            let own = cells.get(&asset.id).map(Vec::as_slice).unwrap_or_default();
            let Some(plan) = request.plan(models, paces, asset, own) else { continue };
            if busy.contains(&asset.id) {
                outcome.already_queued += 1;
            } else {
                plans.push(plan);
            }
        }
        // In the order in which everyone locks several assets.
        plans.sort_by_key(|plan| plan.asset);
        Ok(plans)
    }

    /// Those of the assets with a job that has not ended.
    async fn busy(&self, assets: &[AssetId]) -> Result<HashSet<AssetId>, StoreError> {
        let ids: Vec<Uuid> = jobs::Entity::find()
            .select_only()
            .column(jobs::Column::AssetId)
            .filter(jobs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(jobs::Column::AssetId.is_in(assets.iter().map(|id| id.as_uuid())))
            .filter(is_active())
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("find assets with unfinished jobs")?;
        Ok(ids.into_iter().map(AssetId::from_uuid).collect())
    }

    /// Makes the jobs of a page in one transaction; `false` where the batch was cancelled meanwhile.
    async fn enqueue_page(
        &self,
        plans: &[AssetPlan],
        scope: fn(ModalitySet) -> Scope,
        batch: &mut Option<BatchId>,
        outcome: &mut Refreshed,
    ) -> Result<bool, StoreError> {
        if plans.is_empty() {
            return Ok(true);
        }
        let tx = self.store.database.begin().await?;
        let row = self.open_batch(&tx, *batch).await?;
        if row.cancel_requested {
            return Ok(false);
        }
        let id = BatchId::from_uuid(row.id);
        for plan in plans {
            let spec = JobSpec {
                batch: Some(id),
                estimate_ms: plan.estimate_ms,
                ..JobSpec::analyze(JobPriority::Background).within(scope(plan.modalities))
            };
            match self.enqueue_unless_busy(&tx, plan.asset, spec).await? {
                Some(()) => outcome.add(plan),
                None => outcome.already_queued += 1,
            }
        }
        let all: ModalitySet = outcome.gaps.keys().map(|(modality, _)| *modality).collect();
        let totals = batches::ActiveModel {
            modalities: Set(all.names()),
            jobs: Set(stored(outcome.jobs)),
            estimate_ms: Set(outcome.estimate_ms.map(stored)),
            ..Default::default()
        };
        let update = batches::Entity::update_many().set(totals).filter(batches::Column::Id.eq(row.id));
        update.exec(&tx).await.doing("count the jobs of a batch")?;
        tx.commit().await.doing("enqueue a batch")?;
        (*batch, outcome.batch) = (Some(id), Some(id));
        Ok(true)
    }

    /// The batch, locked; made where there is none yet.
    async fn open_batch(&self, tx: &DatabaseTransaction, batch: Option<BatchId>) -> Result<batches::Model, StoreError> {
        if let Some(id) = batch {
            let row = batches::Entity::find_by_id(id.as_uuid()).lock(LockType::Update).one(tx).await;
            return row.doing("find a batch")?.ok_or(StoreError::NotFound { what: "batch", id: id.as_uuid() });
        }
        let row = batches::Model {
            id: BatchId::generate(self.store.clock().as_ref()).as_uuid(),
            tenant_id: self.tenant_uuid(),
            modalities: String::new(),
            jobs: 0,
            estimate_ms: None,
            cancel_requested: false,
            created_at_us: self.store.now_us(),
        };
        let insert = batches::Entity::insert(row.clone().into_active_model());
        insert.exec_without_returning(tx).await.doing("make a batch")?;
        Ok(row)
    }

    /// Makes a job; `None` where one has come into being meanwhile, or the asset is gone.
    async fn enqueue_unless_busy(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        spec: JobSpec,
    ) -> Result<Option<()>, StoreError> {
        if self.lock_active_job(tx, asset, spec).await?.is_some() {
            return Ok(None);
        }
        match write::lock_asset(tx, self.tenant, asset).await {
            Ok(_) => {}
            Err(StoreError::NotFound { .. } | StoreError::Deleted { .. }) => return Ok(None),
            Err(error) => return Err(error),
        }
        let enqueued = self.enqueue_beside(tx, asset, spec, None).await?;
        Ok(matches!(enqueued, Some(Enqueued::New(_))).then_some(()))
    }
}
