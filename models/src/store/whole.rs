//! Everything of one asset, read page by page.

use std::future::Future;

use super::error::StoreError;
use super::handle::TenantStore;
use super::moments::MomentFilter;
use super::observations::ObservationFilter;
use super::page::{MAX_PAGE_ROWS, Page, PageRequest, SpanCursor};
use crate::embedding::Embedding;
use crate::id::AssetId;
use crate::moment::Moment;
use crate::observation::{Modality, Observation};

/// Most rows of one kind that an asset may have to be read whole: ten hours have some tens of thousands.
pub const MAX_WHOLE_ROWS: usize = 1_000_000;

impl TenantStore {
    /// Everything that was seen in an asset by these channels (by any, where none is named), by start.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] beyond [`MAX_WHOLE_ROWS`]; [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn all_observations(
        &self,
        asset: AssetId,
        modalities: &[Modality],
    ) -> Result<Vec<Observation>, StoreError> {
        let filter = ObservationFilter { modalities: modalities.to_vec(), ..ObservationFilter::default() };
        let filter = &filter;
        whole(|page| self.list_observations(asset, filter, page), SpanCursor::of_observation).await
    }

    /// All moments of an asset, by start.
    ///
    /// # Errors
    /// Those of [`TenantStore::all_observations`].
    pub async fn all_moments(&self, asset: AssetId) -> Result<Vec<Moment>, StoreError> {
        let filter = &MomentFilter::default();
        whole(|page| self.list_moments(asset, filter, page), SpanCursor::of_moment).await
    }

    /// All vectors of an asset.
    ///
    /// # Errors
    /// Those of [`TenantStore::all_observations`].
    pub async fn all_embeddings(&self, asset: AssetId) -> Result<Vec<Embedding>, StoreError> {
        whole(|page| self.list_embeddings(asset, page), |embedding| embedding.id).await
    }
}

async fn whole<T, C, F>(
    mut fetch: impl FnMut(PageRequest<C>) -> F,
    cursor: impl Fn(&T) -> C,
) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let mut all = Vec::new();
    let mut request = PageRequest::first(MAX_PAGE_ROWS);
    loop {
        let Page { rows, has_next } = fetch(request).await?;
        let last = rows.last().map(&cursor);
        all.extend(rows);
        match last {
            Some(last) if has_next && all.len() < MAX_WHOLE_ROWS => request = PageRequest::after(last, MAX_PAGE_ROWS),
            Some(_) if has_next => return Err(StoreError::invalid("asset", "it has too many rows to be read whole")),
            _ => return Ok(all),
        }
    }
}
