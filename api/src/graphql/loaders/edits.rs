//! Edits of lines by their observation.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::edit::SpeechEdit;
use reelgraph_models::id::ObservationId;

use super::Batch;
use crate::graphql::error::PublicError;

/// Asks for what is kept of the edit that an observation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct EditOf(pub(super) ObservationId);

impl Loader<EditOf> for Batch {
    type Value = SpeechEdit;
    type Error = PublicError;

    async fn load(&self, keys: &[EditOf]) -> Result<HashMap<EditOf, SpeechEdit>, PublicError> {
        let lines: Vec<ObservationId> = keys.iter().map(|key| key.0).collect();
        let edits = self.store.speech_edits(&lines).await?;
        Ok(edits.into_iter().map(|(line, edit)| (EditOf(line), edit)).collect())
    }
}
