//! Which embedding spaces answer a tenant's searches: what the searcher asks of the rows, which live in another crate.

use std::error::Error;
use std::fmt;

use async_trait::async_trait;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::TenantId;
use reelgraph_models::observation::Modality;
use reelgraph_models::space::{KeptSpaces, SpaceRole};

use crate::space::VectorSpace;

/// Knows which spaces a tenant keeps. Asked once by each search, so that a switch is seen by the next one.
#[async_trait]
pub trait SpaceDirectory: Send + Sync + fmt::Debug {
    /// The spaces that are kept, by role; a role without a line is answered by all spaces that the index has for it.
    ///
    /// # Errors
    /// Where they cannot be read: the search fails.
    async fn kept_spaces(&self, tenant: TenantId) -> Result<Vec<KeptSpaces>, Box<dyn Error + Send + Sync>>;
}

/// The spaces that one search asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct AskedSpaces(Vec<(Modality, EmbeddingSpace)>);

impl AskedSpaces {
    /// The serving space of each role; for the roles in `beside` the one that is kept beside it, where there is one.
    pub(crate) fn of(kept: Vec<KeptSpaces>, beside: &[SpaceRole]) -> Self {
        let chosen = kept.into_iter().map(|kept| {
            let asked_beside = kept.beside.filter(|_| beside.contains(&kept.role));
            (kept.role.modality(), asked_beside.map_or(kept.serving, |beside| beside.space))
        });
        Self(chosen.collect())
    }

    /// Whether a space of the index is asked.
    pub(crate) fn include(&self, space: &VectorSpace) -> bool {
        self.of_channel(space.modality()).is_none_or(|asked| asked == space.space())
    }

    /// The spaces that the index does not have, with their channels.
    pub(crate) fn without(&self, kept: &[VectorSpace]) -> impl Iterator<Item = &(Modality, EmbeddingSpace)> {
        self.0.iter().filter(|(_, asked)| !kept.iter().any(|space| space.space() == asked))
    }

    fn of_channel(&self, channel: Modality) -> Option<&EmbeddingSpace> {
        self.0.iter().find(|(of, _)| *of == channel).map(|(_, space)| space)
    }
}
