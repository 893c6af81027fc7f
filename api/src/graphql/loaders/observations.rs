//! Observations by id, pages of an asset's, and those inside a stretch of an asset.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::id::{AssetId, ObservationId};
use reelgraph_models::observation::{Modality, Observation};
use reelgraph_models::store::{ObservationFilter, Page, PageRequest, SpanCursor};
use reelgraph_models::time::Span;

use super::Batch;
use crate::graphql::error::PublicError;

impl Loader<ObservationId> for Batch {
    type Value = Observation;
    type Error = PublicError;

    async fn load(&self, keys: &[ObservationId]) -> Result<HashMap<ObservationId, Observation>, PublicError> {
        Ok(self.store.observations_by_ids(keys).await?)
    }
}

/// Asks for a page of an asset's observations, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ObservationsOf {
    pub(crate) asset: AssetId,
    pub(crate) modalities: Vec<Modality>,
    pub(crate) overlapping: Option<Span>,
    pub(crate) page: PageRequest<SpanCursor<ObservationId>>,
}

/// What first pages that are asked for together have in common: modalities, range, length.
type FirstPage<'a> = (&'a [Modality], Option<Span>, u32);

impl Loader<ObservationsOf> for Batch {
    type Value = Page<Observation>;
    type Error = PublicError;

    async fn load(&self, keys: &[ObservationsOf]) -> Result<HashMap<ObservationsOf, Page<Observation>>, PublicError> {
        let mut found = HashMap::new();
        // First pages of many assets are asked for alike, in one statement; later pages are of one asset.
        let mut first_pages: HashMap<FirstPage<'_>, Vec<&ObservationsOf>> = HashMap::new();
        for key in keys {
            let filter = ObservationFilter { modalities: key.modalities.clone(), overlapping: key.overlapping };
            if key.page.after.is_some() {
                found.insert(key.clone(), self.store.list_observations(key.asset, &filter, key.page).await?);
            } else {
                first_pages.entry((&key.modalities, key.overlapping, key.page.limit_rows)).or_default().push(key);
            }
        }
        for ((modalities, overlapping, limit_rows), keys) in first_pages {
            let filter = ObservationFilter { modalities: modalities.to_vec(), overlapping };
            let assets: Vec<AssetId> = keys.iter().map(|key| key.asset).collect();
            let mut pages = self.store.first_observations(&assets, &filter, limit_rows).await?;
            found.extend(keys.into_iter().filter_map(|key| Some((key.clone(), pages.remove(&key.asset)?))));
        }
        Ok(found)
    }
}

/// Asks for what was seen in a stretch of an asset, in order of time, bounded by the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ObservationsIn {
    pub(crate) asset: AssetId,
    pub(crate) span: Span,
    /// Empty for all.
    pub(crate) modalities: Vec<Modality>,
}

impl Loader<ObservationsIn> for Batch {
    type Value = Vec<Observation>;
    type Error = PublicError;

    async fn load(&self, keys: &[ObservationsIn]) -> Result<HashMap<ObservationsIn, Vec<Observation>>, PublicError> {
        // One statement a set of modalities; the sets are written in the document, so there are few.
        let mut by_modalities: HashMap<&[Modality], Vec<&ObservationsIn>> = HashMap::new();
        for key in keys {
            by_modalities.entry(&key.modalities).or_default().push(key);
        }
        let mut found = HashMap::new();
        for (modalities, keys) in by_modalities {
            let places: Vec<(AssetId, Span)> = keys.iter().map(|key| (key.asset, key.span)).collect();
            let observations = self.store.overlapping_observations(&places, modalities).await?;
            found.extend(keys.into_iter().cloned().zip(observations));
        }
        Ok(found)
    }
}
