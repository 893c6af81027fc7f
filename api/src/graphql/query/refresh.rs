//! What the models have looked at over the whole library, and how far re-runs are.

use async_graphql::{Context, ID, Object, Result};
use reelgraph_models::gap::{CurrentModel, Gap, Imports, Reached};
use reelgraph_models::store::{CellCount, StandingCount, paces};
use reelgraph_models::time::MediaTime;

use crate::graphql::error::PublicError;
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::refresh::{CoverageSummary, ModelCoverage, Refresh};
use crate::graphql::types::scalar::Long;

/// Coverage and re-runs of the library.
#[derive(Default)]
pub(crate) struct RefreshQuery;

#[Object]
impl RefreshQuery {
    /// What each model has looked at over the whole library, and what not. Counts all assets; not for every page view.
    #[graphql(complexity = "500 + child_complexity")]
    async fn coverage_summary(&self, ctx: &Context<'_>) -> Result<CoverageSummary> {
        Ok(summary(Session::of(ctx)?).await?)
    }

    /// The re-run with that id; null when there is none.
    async fn refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id that `refreshLibrary` answered with.")] id: ID,
    ) -> Result<Option<Refresh>> {
        let Some(id) = parse_typed(&id) else { return Ok(None) };
        let found = Session::of(ctx)?.store().find_batch(id).await.map_err(PublicError::from)?;
        Ok(found.map(Refresh))
    }

    /// The re-run that was asked for last; null when there was none.
    async fn latest_refresh(&self, ctx: &Context<'_>) -> Result<Option<Refresh>> {
        let found = Session::of(ctx)?.store().latest_batch().await.map_err(PublicError::from)?;
        Ok(found.map(Refresh))
    }
}

async fn summary(session: &Session) -> Result<CoverageSummary, PublicError> {
    let store = session.store();
    let (reported, cells) = tokio::try_join!(session.state().store.current_models(), store.count_cells())?;
    let (current, reported_at) = match reported {
        Some(reported) => (store.wanted_models(&reported.models).await?, Some(reported.reported_at)),
        None => (Vec::new(), None),
    };
    let standings = futures::future::try_join_all(current.iter().map(|model| store.count_standing(model))).await?;
    let paces = paces(&cells);
    let mut models: Vec<ModelCoverage> = current
        .iter()
        .zip(standings)
        .map(|(model, counts)| {
            let (coverage, lacking) = of_current(model, &counts);
            let estimate_ms = if model.is_available { paces.of(model).estimate_ms(lacking) } else { None };
            ModelCoverage { estimate_ms: estimate_ms.map(Long::from), ..coverage }
        })
        .collect();
    for cell in &cells {
        let is_same = |known: &&mut ModelCoverage| {
            known.modality == cell.modality.into() && known.model == cell.model && known.version == cell.version
        };
        match models.iter_mut().find(is_same) {
            Some(known) if known.is_current => {}
            Some(known) => count(known, cell),
            None => {
                let mut earlier = blank(cell.modality, &cell.model, &cell.version);
                count(&mut earlier, cell);
                models.push(earlier);
            }
        }
    }
    models.sort_by(|a, b| {
        let key = |it: &ModelCoverage| (reelgraph_models::observation::Modality::from(it.modality), !it.is_current);
        key(a).cmp(&key(b)).then_with(|| (&a.model, &a.version).cmp(&(&b.model, &b.version)))
    });
    Ok(CoverageSummary { models_reported_at: reported_at, models })
}

/// The counts of a current model, and the length of the assets that it would look at.
fn of_current(model: &CurrentModel, counts: &[StandingCount]) -> (ModelCoverage, MediaTime) {
    let mut all = ModelCoverage {
        is_current: true,
        is_available: model.is_available,
        ..blank(model.modality, &model.model, &model.version)
    };
    let mut lacking = MediaTime::ZERO;
    for StandingCount { standing, assets, media } in counts {
        let gap = standing.gap(Imports::Count);
        if gap.is_some() {
            lacking = lacking + *media;
        }
        let place = match gap {
            Some(Gap::Missing) => &mut all.missing_count,
            Some(Gap::Stale) => &mut all.stale_count,
            Some(Gap::Failed) => &mut all.failed_count,
            Some(Gap::Skipped) => &mut all.skipped_count,
            Some(Gap::Pending) => &mut all.pending_count,
            None if standing.current == Some(Reached::Done) => &mut all.done_count,
            None if standing.is_imported => &mut all.imported_count,
            None => &mut all.not_applicable_count,
        };
        place.0 = place.0.saturating_add(Long::from(*assets).0);
    }
    (all, lacking)
}

fn blank(modality: reelgraph_models::observation::Modality, model: &str, version: &str) -> ModelCoverage {
    ModelCoverage {
        modality: modality.into(),
        model: model.to_owned(),
        version: version.to_owned(),
        is_current: false,
        is_available: false,
        done_count: Long(0),
        failed_count: Long(0),
        skipped_count: Long(0),
        pending_count: Long(0),
        stale_count: Long(0),
        missing_count: Long(0),
        imported_count: Long(0),
        not_applicable_count: Long(0),
        estimate_ms: None,
    }
}

fn count(model: &mut ModelCoverage, cell: &CellCount) {
    let place = match cell.reached {
        Reached::Done => &mut model.done_count,
        Reached::Failed => &mut model.failed_count,
        Reached::Pending => &mut model.pending_count,
        Reached::Skipped => &mut model.skipped_count,
    };
    place.0 = place.0.saturating_add(Long::from(cell.assets).0);
}
