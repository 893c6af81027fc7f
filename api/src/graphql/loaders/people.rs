//! People, faces, voices and changes by id, and what belongs to each of them.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::id::{AssetId, FaceId, ObservationId, PersonChangeId, PersonId, VoiceId};
use reelgraph_models::people::{Face, Person, PersonChange, Voice};
use reelgraph_models::store::Page;

use super::Batch;
use crate::graphql::error::PublicError;

impl Loader<PersonId> for Batch {
    type Value = Person;
    type Error = PublicError;

    async fn load(&self, keys: &[PersonId]) -> Result<HashMap<PersonId, Person>, PublicError> {
        Ok(self.store.people_by_ids(keys).await?)
    }
}

impl Loader<FaceId> for Batch {
    type Value = Face;
    type Error = PublicError;

    async fn load(&self, keys: &[FaceId]) -> Result<HashMap<FaceId, Face>, PublicError> {
        Ok(self.store.faces_by_ids(keys).await?)
    }
}

impl Loader<VoiceId> for Batch {
    type Value = Voice;
    type Error = PublicError;

    async fn load(&self, keys: &[VoiceId]) -> Result<HashMap<VoiceId, Voice>, PublicError> {
        Ok(self.store.voices_by_ids(keys).await?)
    }
}

impl Loader<PersonChangeId> for Batch {
    type Value = PersonChange;
    type Error = PublicError;

    async fn load(&self, keys: &[PersonChangeId]) -> Result<HashMap<PersonChangeId, PersonChange>, PublicError> {
        Ok(self.store.person_changes_by_ids(keys).await?)
    }
}

/// Asks for the face that an observation saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FaceSeenAs(pub(super) ObservationId);

impl Loader<FaceSeenAs> for Batch {
    type Value = Face;
    type Error = PublicError;

    async fn load(&self, keys: &[FaceSeenAs]) -> Result<HashMap<FaceSeenAs, Face>, PublicError> {
        let observations: Vec<ObservationId> = keys.iter().map(|key| key.0).collect();
        let faces = self.store.faces_by_observations(&observations).await?;
        Ok(faces.into_iter().map(|(observation, face)| (FaceSeenAs(observation), face)).collect())
    }
}

/// Asks for the face that shows a person best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct BestFaceOf(pub(super) PersonId);

impl Loader<BestFaceOf> for Batch {
    type Value = Face;
    type Error = PublicError;

    async fn load(&self, keys: &[BestFaceOf]) -> Result<HashMap<BestFaceOf, Face>, PublicError> {
        let people: Vec<PersonId> = keys.iter().map(|key| key.0).collect();
        let faces = self.store.best_faces(&people).await?;
        Ok(faces.into_iter().map(|(person, face)| (BestFaceOf(person), face)).collect())
    }
}

/// Asks for the first page of a person's faces, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FirstFacesOf {
    pub(super) person: PersonId,
    pub(super) limit_rows: u32,
}

impl Loader<FirstFacesOf> for Batch {
    type Value = Page<Face>;
    type Error = PublicError;

    async fn load(&self, keys: &[FirstFacesOf]) -> Result<HashMap<FirstFacesOf, Page<Face>>, PublicError> {
        let mut people_by_limit: HashMap<u32, Vec<PersonId>> = HashMap::new();
        for key in keys {
            people_by_limit.entry(key.limit_rows).or_default().push(key.person);
        }
        let mut found = HashMap::new();
        for (limit_rows, people) in people_by_limit {
            let pages = self.store.first_faces(&people, limit_rows).await?;
            found.extend(pages.into_iter().map(|(person, page)| (FirstFacesOf { person, limit_rows }, page)));
        }
        Ok(found)
    }
}

/// Asks for the voices of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VoicesIn(pub(super) AssetId);

impl Loader<VoicesIn> for Batch {
    type Value = Vec<Voice>;
    type Error = PublicError;

    async fn load(&self, keys: &[VoicesIn]) -> Result<HashMap<VoicesIn, Vec<Voice>>, PublicError> {
        let assets: Vec<AssetId> = keys.iter().map(|key| key.0).collect();
        let voices = self.store.voices(&assets).await?;
        Ok(voices.into_iter().map(|(asset, voices)| (VoicesIn(asset), voices)).collect())
    }
}

/// Asks for the voices of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct VoicesOf(pub(super) PersonId);

impl Loader<VoicesOf> for Batch {
    type Value = Vec<Voice>;
    type Error = PublicError;

    async fn load(&self, keys: &[VoicesOf]) -> Result<HashMap<VoicesOf, Vec<Voice>>, PublicError> {
        let people: Vec<PersonId> = keys.iter().map(|key| key.0).collect();
        let voices = self.store.voices_of(&people).await?;
        Ok(voices.into_iter().map(|(person, voices)| (VoicesOf(person), voices)).collect())
    }
}
