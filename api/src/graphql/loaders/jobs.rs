//! Jobs by id, the latest of an asset, and the first page of an asset's.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::id::{AssetId, JobId};
use reelgraph_models::job::Job;
use reelgraph_models::store::Page;

use super::Batch;
use crate::graphql::error::PublicError;

impl Loader<JobId> for Batch {
    type Value = Job;
    type Error = PublicError;

    async fn load(&self, keys: &[JobId]) -> Result<HashMap<JobId, Job>, PublicError> {
        Ok(self.store.jobs_by_ids(keys).await?)
    }
}

/// Asks for the latest job of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct LatestJobOf(pub(super) AssetId);

impl Loader<LatestJobOf> for Batch {
    type Value = Job;
    type Error = PublicError;

    async fn load(&self, keys: &[LatestJobOf]) -> Result<HashMap<LatestJobOf, Job>, PublicError> {
        let assets: Vec<AssetId> = keys.iter().map(|key| key.0).collect();
        let jobs = self.store.latest_jobs(&assets).await?;
        Ok(jobs.into_iter().map(|(asset, job)| (LatestJobOf(asset), job)).collect())
    }
}

/// Asks for the first page of an asset's jobs, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FirstJobsOf {
    pub(super) asset: AssetId,
    pub(super) limit_rows: u32,
}

impl Loader<FirstJobsOf> for Batch {
    type Value = Page<Job>;
    type Error = PublicError;

    async fn load(&self, keys: &[FirstJobsOf]) -> Result<HashMap<FirstJobsOf, Page<Job>>, PublicError> {
        let mut assets_by_limit: HashMap<u32, Vec<AssetId>> = HashMap::new();
        for key in keys {
            assets_by_limit.entry(key.limit_rows).or_default().push(key.asset);
        }
        let mut found = HashMap::new();
        for (limit_rows, assets) in assets_by_limit {
            let pages = self.store.first_jobs(&assets, limit_rows).await?;
            found.extend(pages.into_iter().map(|(asset, page)| (FirstJobsOf { asset, limit_rows }, page)));
        }
        Ok(found)
    }
}
