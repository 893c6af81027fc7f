//! Observations: replaced by run, read by asset, by id, or by the places they overlap.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::Order;
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::error::{Doing, StoreError};
use super::first::{first_of_each, pages};
use super::handle::TenantStore;
use super::page::{MAX_PAGE_ROWS, Page, PageRequest, SpanCursor};
use super::row::{Reader, after, insert_rows, json};
use super::write;
use crate::entity::{observations, runs};
use crate::id::{AssetId, ObservationId, RunId, TenantId};
use crate::observation::{Modality, Observation, Provenance};
use crate::run::AnalyzerRun;
use crate::time::Span;

/// Most observations that one call of [`TenantStore::overlapping_observations`] returns for every 250 places.
pub const MAX_OVERLAP_ROWS: u64 = 10_000;
/// Places of one statement; each is a disjunct, and SQLite's expressions are at most 1,000 deep.
const OVERLAP_PLACES: usize = 250;

/// Which observations are wanted; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservationFilter {
    /// Only these channels; empty for any.
    pub modalities: Vec<Modality>,
    /// Only those that share an instant with this.
    pub overlapping: Option<Span>,
}

impl TenantStore {
    /// Stores what one execution of an analyzer saw, in place of whatever that analyzer saw in that asset before: to run
    /// a stage twice is to run it once.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where an observation is not of that asset and that run; [`StoreError::NotFound`],
    /// [`StoreError::Deleted`], [`StoreError::Query`].
    pub async fn replace_run(&self, asset: AssetId, run: &AnalyzerRun) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, asset).await?;
        write_run(&tx, self.tenant, asset, run, self.store.now_us()).await?;
        tx.commit().await.doing("store a run")
    }

    /// A page of an asset's observations, by start.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_observations(
        &self,
        asset: AssetId,
        filter: &ObservationFilter,
        page: PageRequest<SpanCursor<ObservationId>>,
    ) -> Result<Page<Observation>, StoreError> {
        let mut query = self.observations_matching(filter).filter(observations::Column::AssetId.eq(asset.as_uuid()));
        if let Some(cursor) = page.after {
            let seen = (cursor.start.as_micros(), cursor.id.as_uuid());
            query = query.filter(after(observations::Column::StartUs, observations::Column::Id, seen));
        }
        let rows = query
            .order_by_asc(observations::Column::StartUs)
            .order_by_asc(observations::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list observations")?;
        let Page { rows, has_next } = Page::cut(rows, page.limit());
        Ok(Page { rows: self.with_provenance(rows).await?, has_next })
    }

    /// The first page of what was seen in each asset in which anything was, by start; two statements per [`MAX_PAGE_ROWS`]
    /// assets.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn first_observations(
        &self,
        assets: &[AssetId],
        filter: &ObservationFilter,
        limit_rows: u32,
    ) -> Result<HashMap<AssetId, Page<Observation>>, StoreError> {
        use observations::Column::{AssetId as OfAsset, Id, StartUs};
        let page = PageRequest::<()>::first(limit_rows);
        let mut found = HashMap::with_capacity(assets.len());
        for assets in assets.chunks(MAX_PAGE_ROWS as usize) {
            let rows = self.observations_matching(filter).filter(OfAsset.is_in(assets.iter().map(|id| id.as_uuid())));
            let rows = first_of_each(rows, OfAsset, Id, [(StartUs, Order::Asc), (Id, Order::Asc)], page.fetch_limit());
            let rows = rows.all(self.store.database.read()).await.doing("list the observations of assets")?;
            found.extend(pages(self.with_provenance(rows).await?, page.limit(), |seen| seen.asset));
        }
        Ok(found)
    }

    /// Those of the observations that exist; two statements per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn observations_by_ids(
        &self,
        ids: &[ObservationId],
    ) -> Result<HashMap<ObservationId, Observation>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let these = observations::Column::Id.is_in(ids.iter().map(|id| id.as_uuid()));
            let rows = self.observations().filter(these).all(self.store.database.read()).await;
            for observation in self.with_provenance(rows.doing("find observations")?).await? {
                found.insert(observation.id, observation);
            }
        }
        Ok(found)
    }

    /// What overlaps each of the places, by start: the evidence of many moments at once. Answer `i` belongs to place `i`.
    /// Two statements per 250 places, which see at most [`MAX_OVERLAP_ROWS`] observations, earliest first.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn overlapping_observations(
        &self,
        places: &[(AssetId, Span)],
        modalities: &[Modality],
    ) -> Result<Vec<Vec<Observation>>, StoreError> {
        let mut answers = Vec::with_capacity(places.len());
        for places in places.chunks(OVERLAP_PLACES) {
            let anywhere = places.iter().fold(Condition::any(), |any, (asset, span)| {
                any.add(overlaps(*span).add(observations::Column::AssetId.eq(asset.as_uuid())))
            });
            // Named once more by themselves: SQLite looks for no index behind the disjunction and would read the whole library.
            let assets = places.iter().map(|(asset, _)| asset.as_uuid()).collect::<BTreeSet<_>>();
            let rows = of_modalities(self.observations(), modalities)
                .filter(observations::Column::AssetId.is_in(assets))
                .filter(anywhere)
                .order_by_asc(observations::Column::StartUs)
                .order_by_asc(observations::Column::Id)
                .limit(MAX_OVERLAP_ROWS)
                .all(self.store.database.read())
                .await
                .doing("find the observations of places")?;
            let mut by_asset: HashMap<AssetId, Vec<Observation>> = HashMap::new();
            for observation in self.with_provenance(rows).await? {
                by_asset.entry(observation.asset).or_default().push(observation);
            }
            answers.extend(places.iter().map(|(asset, span)| {
                let of_asset = by_asset.get(asset).map(Vec::as_slice).unwrap_or_default();
                of_asset.iter().filter(|observation| observation.span.overlaps(*span)).cloned().collect::<Vec<_>>()
            }));
        }
        Ok(answers)
    }

    fn observations_matching(&self, filter: &ObservationFilter) -> Select<observations::Entity> {
        of_modalities(self.observations(), &filter.modalities)
            .filter(Condition::all().add_option(filter.overlapping.map(overlaps)))
    }

    fn observations(&self) -> Select<observations::Entity> {
        observations::Entity::find().filter(observations::Column::TenantId.eq(self.tenant_uuid()))
    }

    /// Joins the runs to the rows. A run that was replaced since the rows were read takes its observations with it.
    async fn with_provenance(&self, rows: Vec<observations::Model>) -> Result<Vec<Observation>, StoreError> {
        let ids: BTreeSet<Uuid> = rows.iter().map(|row| row.run_id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let runs = runs::Entity::find()
            .filter(runs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(runs::Column::Id.is_in(ids))
            .all(self.store.database.read())
            .await
            .doing("find the runs of observations")?;
        let runs: HashMap<Uuid, Provenance> = runs.into_iter().map(|run| (run.id, provenance(run))).collect();
        rows.into_iter().filter_map(|row| runs.get(&row.run_id).cloned().map(|run| read(row, run))).collect()
    }
}

fn of_modalities(query: Select<observations::Entity>, modalities: &[Modality]) -> Select<observations::Entity> {
    if modalities.is_empty() {
        return query;
    }
    query.filter(observations::Column::Modality.is_in(modalities.iter().map(|modality| modality.as_str())))
}

fn overlaps(span: Span) -> Condition {
    Condition::all()
        .add(observations::Column::StartUs.lt(span.end().as_micros()))
        .add(observations::Column::EndUs.gt(span.start().as_micros()))
}

/// Replaces the analyzer's run and all that it saw.
pub(super) async fn write_run(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    run: &AnalyzerRun,
    now_us: i64,
) -> Result<(), StoreError> {
    if run.observations.iter().any(|seen| seen.asset != asset) {
        return Err(StoreError::invalid("run", "an observation is of another asset"));
    }
    if run.observations.iter().any(|seen| seen.provenance != run.provenance) {
        return Err(StoreError::invalid("run", "an observation is of another run"));
    }
    // The observations go with their run.
    runs::Entity::delete_many()
        .filter(runs::Column::TenantId.eq(tenant.as_uuid()))
        .filter(runs::Column::AssetId.eq(asset.as_uuid()))
        .filter(runs::Column::Analyzer.eq(run.provenance.analyzer.as_str()))
        .exec(tx)
        .await
        .doing("replace a run")?;
    let row = runs::Model {
        id: run.provenance.run.as_uuid(),
        tenant_id: tenant.as_uuid(),
        asset_id: asset.as_uuid(),
        analyzer: run.provenance.analyzer.clone(),
        model: run.provenance.model.clone(),
        version: run.provenance.version.clone(),
        parameters: run.provenance.parameters.clone(),
        created_at_us: now_us,
    };
    insert_rows::<runs::Entity, _, _>(tx, [row], "store a run").await?;
    let row = |seen: &Observation| {
        Ok(observations::Model {
            id: seen.id.as_uuid(),
            tenant_id: tenant.as_uuid(),
            asset_id: asset.as_uuid(),
            run_id: run.provenance.run.as_uuid(),
            modality: seen.modality.as_str().to_owned(),
            start_us: seen.span.start().as_micros(),
            end_us: seen.span.end().as_micros(),
            confidence: seen.confidence,
            finding: json("finding", &seen.finding)?,
        })
    };
    let rows = run.observations.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    insert_rows::<observations::Entity, _, _>(tx, rows, "store observations").await
}

fn provenance(run: runs::Model) -> Provenance {
    Provenance {
        analyzer: run.analyzer,
        model: run.model,
        version: run.version,
        parameters: run.parameters,
        run: RunId::from_uuid(run.id),
    }
}

fn read(row: observations::Model, provenance: Provenance) -> Result<Observation, StoreError> {
    let read = Reader { table: "observations", id: row.id };
    Ok(Observation {
        id: ObservationId::from_uuid(row.id),
        asset: AssetId::from_uuid(row.asset_id),
        span: read.span(row.start_us, row.end_us)?,
        modality: read.known(Modality::from_name(&row.modality), "a modality")?,
        finding: read.json(&row.finding, "a finding")?,
        confidence: row.confidence,
        provenance,
    })
}
