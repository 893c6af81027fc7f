//! One loader a relation: what many resolvers ask for one by one is read together. Nothing is kept between batches, so that
//! a subscription sees every change.

mod assets;
mod coverage;
mod edits;
mod jobs;
mod moments;
mod observations;

pub(crate) use moments::MomentsOf;
pub(crate) use observations::{ObservationsIn, ObservationsOf};

use async_graphql::dataloader::{DataLoader, NoCache};
use reelgraph_models::id::{AssetId, JobId, MomentId, ObservationId};
use reelgraph_models::store::{Neighbours, Page, TenantStore};

use self::coverage::CoverageOf;
use self::edits::EditOf;
use self::jobs::{FirstJobsOf, LatestJobOf};
use self::moments::NeighboursOf;
use super::error::PublicError;
use super::types::asset::Asset;
use super::types::job::Job;

/// Reads keys of every kind in batches, for one tenant.
struct Batch {
    store: TenantStore,
}

/// The loaders of one session.
pub(crate) struct Loaders(DataLoader<Batch, NoCache>);

impl Loaders {
    pub(super) fn new(store: TenantStore) -> Self {
        Self(DataLoader::new(Batch { store }, tokio::spawn))
    }

    pub(crate) async fn asset(&self, id: AssetId) -> Result<Option<Asset>, PublicError> {
        Ok(self.0.load_one(id).await?.map(Asset))
    }

    pub(crate) async fn moment(&self, id: MomentId) -> Result<Option<reelgraph_models::moment::Moment>, PublicError> {
        self.0.load_one(id).await
    }

    pub(crate) async fn neighbours(&self, id: MomentId) -> Result<Option<Neighbours>, PublicError> {
        self.0.load_one(NeighboursOf(id)).await
    }

    pub(crate) async fn observation(
        &self,
        id: ObservationId,
    ) -> Result<Option<reelgraph_models::observation::Observation>, PublicError> {
        self.0.load_one(id).await
    }

    pub(crate) async fn speech_edit(
        &self,
        line: ObservationId,
    ) -> Result<Option<reelgraph_models::edit::SpeechEdit>, PublicError> {
        self.0.load_one(EditOf(line)).await
    }

    pub(crate) async fn job(&self, id: JobId) -> Result<Option<Job>, PublicError> {
        Ok(self.0.load_one(id).await?.map(Job))
    }

    pub(crate) async fn latest_job(&self, asset: AssetId) -> Result<Option<Job>, PublicError> {
        Ok(self.0.load_one(LatestJobOf(asset)).await?.map(Job))
    }

    pub(crate) async fn first_jobs(
        &self,
        asset: AssetId,
        limit_rows: u32,
    ) -> Result<Page<reelgraph_models::job::Job>, PublicError> {
        Ok(self.0.load_one(FirstJobsOf { asset, limit_rows }).await?.unwrap_or_else(empty))
    }

    pub(crate) async fn coverage(
        &self,
        asset: AssetId,
    ) -> Result<Vec<reelgraph_models::coverage::Coverage>, PublicError> {
        Ok(self.0.load_one(CoverageOf(asset)).await?.unwrap_or_default())
    }

    pub(crate) async fn moments(&self, key: MomentsOf) -> Result<Page<reelgraph_models::moment::Moment>, PublicError> {
        Ok(self.0.load_one(key).await?.unwrap_or_else(empty))
    }

    pub(crate) async fn observations(
        &self,
        key: ObservationsOf,
    ) -> Result<Page<reelgraph_models::observation::Observation>, PublicError> {
        Ok(self.0.load_one(key).await?.unwrap_or_else(empty))
    }

    pub(crate) async fn observations_in(
        &self,
        key: ObservationsIn,
    ) -> Result<Vec<reelgraph_models::observation::Observation>, PublicError> {
        Ok(self.0.load_one(key).await?.unwrap_or_default())
    }
}

fn empty<T>() -> Page<T> {
    Page { rows: Vec::new(), has_next: false }
}
