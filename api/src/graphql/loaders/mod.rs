//! One loader a relation: what many resolvers ask for one by one is read together. Nothing is kept between batches, so that
//! a subscription sees every change.

mod assets;
mod coverage;
mod edits;
mod jobs;
mod moments;
mod observations;
mod people;

pub(crate) use moments::MomentsOf;
pub(crate) use observations::{ObservationsIn, ObservationsOf};

use async_graphql::dataloader::{DataLoader, NoCache};
use reelgraph_models::id::{AssetId, FaceId, JobId, MomentId, ObservationId, PersonChangeId, PersonId, VoiceId};
use reelgraph_models::store::{Neighbours, Page, TenantStore};

use self::coverage::CoverageOf;
use self::edits::EditOf;
use self::jobs::{FirstJobsOf, LatestJobOf};
use self::moments::NeighboursOf;
use self::people::{BestFaceOf, FaceSeenAs, FirstFacesOf, VoicesIn, VoicesOf};
use super::error::PublicError;
use super::types::asset::Asset;
use super::types::face::Face;
use super::types::job::Job;
use super::types::person::Person;
use super::types::person_change::PersonChange;
use super::types::voice::Voice;

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

    pub(crate) async fn person(&self, id: PersonId) -> Result<Option<Person>, PublicError> {
        Ok(self.0.load_one(id).await?.map(Person))
    }

    pub(crate) async fn face(&self, id: FaceId) -> Result<Option<Face>, PublicError> {
        Ok(self.0.load_one(id).await?.map(Face))
    }

    pub(crate) async fn face_seen_as(&self, observation: ObservationId) -> Result<Option<Face>, PublicError> {
        Ok(self.0.load_one(FaceSeenAs(observation)).await?.map(Face))
    }

    pub(crate) async fn best_face(&self, person: PersonId) -> Result<Option<Face>, PublicError> {
        Ok(self.0.load_one(BestFaceOf(person)).await?.map(Face))
    }

    pub(crate) async fn first_faces(
        &self,
        person: PersonId,
        limit_rows: u32,
    ) -> Result<Page<reelgraph_models::people::Face>, PublicError> {
        Ok(self.0.load_one(FirstFacesOf { person, limit_rows }).await?.unwrap_or_else(empty))
    }

    pub(crate) async fn voice(&self, id: VoiceId) -> Result<Option<Voice>, PublicError> {
        Ok(self.0.load_one(id).await?.map(Voice))
    }

    /// The voice of that number in an asset.
    pub(crate) async fn voice_in(&self, asset: AssetId, speaker: u32) -> Result<Option<Voice>, PublicError> {
        let voices = self.0.load_one(VoicesIn(asset)).await?.unwrap_or_default();
        Ok(voices.into_iter().find(|voice| voice.speaker == Some(speaker)).map(Voice))
    }

    pub(crate) async fn voices_of(&self, person: PersonId) -> Result<Vec<Voice>, PublicError> {
        Ok(self.0.load_one(VoicesOf(person)).await?.unwrap_or_default().into_iter().map(Voice).collect())
    }

    pub(crate) async fn person_change(&self, id: PersonChangeId) -> Result<Option<PersonChange>, PublicError> {
        Ok(self.0.load_one(id).await?.map(PersonChange))
    }
}

fn empty<T>() -> Page<T> {
    Page { rows: Vec::new(), has_next: false }
}
