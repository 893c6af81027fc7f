//! Jobs by id, and the latest of an asset.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::id::{AssetId, JobId};
use reelgraph_models::job::Job;

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
