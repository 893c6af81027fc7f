//! Moments by id, and pages of an asset's moments.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use futures::{StreamExt, TryStreamExt, stream};
use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::moment::{Moment, MomentKind};
use reelgraph_models::store::{MomentFilter, Page, PageRequest, SpanCursor};
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

/// Asks for a page of an asset's moments, in order of time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MomentsOf {
    pub(crate) asset: AssetId,
    pub(crate) kinds: Vec<MomentKind>,
    pub(crate) overlapping: Option<Span>,
    pub(crate) page: PageRequest<SpanCursor<MomentId>>,
}

impl Loader<MomentsOf> for Batch {
    type Value = Page<Moment>;
    type Error = PublicError;

    async fn load(&self, keys: &[MomentsOf]) -> Result<HashMap<MomentsOf, Page<Moment>>, PublicError> {
        stream::iter(keys.iter().cloned())
            .map(|key| async move {
                let filter = MomentFilter { kinds: key.kinds.clone(), overlapping: key.overlapping };
                let page = self.store.list_moments(key.asset, &filter, key.page).await?;
                Ok((key, page))
            })
            .buffer_unordered(super::STATEMENTS_AT_ONCE)
            .try_collect()
            .await
    }
}
