//! Moments by id, and pages of an asset's moments.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::moment::{Moment, MomentKind};
use reelgraph_models::store::{MomentFilter, Neighbours, Page, PageRequest, SpanCursor};
use reelgraph_models::time::Span;

use super::Batch;
use crate::graphql::error::PublicError;

impl Loader<MomentId> for Batch {
    type Value = Moment;
    type Error = PublicError;

    async fn load(&self, keys: &[MomentId]) -> Result<HashMap<MomentId, Moment>, PublicError> {
        Ok(self.store.moments_by_ids(keys).await?)
    }
}

/// Asks for the moments of the same kind beside a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NeighboursOf(pub(crate) MomentId);

impl Loader<NeighboursOf> for Batch {
    type Value = Neighbours;
    type Error = PublicError;

    async fn load(&self, keys: &[NeighboursOf]) -> Result<HashMap<NeighboursOf, Neighbours>, PublicError> {
        let ids: Vec<MomentId> = keys.iter().map(|key| key.0).collect();
        let found = self.store.moment_neighbours(&ids).await?;
        Ok(found.into_iter().map(|(id, beside)| (NeighboursOf(id), beside)).collect())
    }
}

/// Asks for a page of an asset's moments, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MomentsOf {
    pub(crate) asset: AssetId,
    pub(crate) kinds: Vec<MomentKind>,
    pub(crate) overlapping: Option<Span>,
    pub(crate) page: PageRequest<SpanCursor<MomentId>>,
}

/// What first pages that are asked for together have in common: kinds, range, length.
type FirstPage<'a> = (&'a [MomentKind], Option<Span>, u32);

impl Loader<MomentsOf> for Batch {
    type Value = Page<Moment>;
    type Error = PublicError;

    async fn load(&self, keys: &[MomentsOf]) -> Result<HashMap<MomentsOf, Page<Moment>>, PublicError> {
        let mut found = HashMap::new();
        // First pages of many assets are asked for alike, in one statement; later pages are of one asset.
        let mut first_pages: HashMap<FirstPage<'_>, Vec<&MomentsOf>> = HashMap::new();
        for key in keys {
            let filter = MomentFilter { kinds: key.kinds.clone(), overlapping: key.overlapping };
            if key.page.after.is_some() {
                found.insert(key.clone(), self.store.list_moments(key.asset, &filter, key.page).await?);
            } else {
                first_pages.entry((&key.kinds, key.overlapping, key.page.limit_rows)).or_default().push(key);
            }
        }
        for ((kinds, overlapping, limit_rows), keys) in first_pages {
            let filter = MomentFilter { kinds: kinds.to_vec(), overlapping };
            let assets: Vec<AssetId> = keys.iter().map(|key| key.asset).collect();
            let mut pages = self.store.first_moments(&assets, &filter, limit_rows).await?;
            found.extend(keys.into_iter().filter_map(|key| Some((key.clone(), pages.remove(&key.asset)?))));
        }
        Ok(found)
    }
}
