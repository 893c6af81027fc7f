//! Voices, as they belong to people.

use async_graphql::{Context, ID, Object, Result};
use reelgraph_models::people::Voice as Row;

use super::asset::Asset;
use super::person::Person;
use super::span::TimeSpan;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// Turns shown of one voice; all are among the asset's observations.
const MAX_TURNS: usize = 1_000;

/// One voice of one asset. Its id stays the same when the asset is analysed again.
#[derive(Debug, Clone)]
pub(crate) struct Voice(pub(crate) Row);

/// One voice of one asset. Its id stays the same when the asset is analysed again.
#[Object]
impl Voice {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// Of which asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.0.asset).await?)
    }

    /// Its number in the asset, from 0, in order of first words; null where the latest analysis does not hear it.
    async fn speaker(&self) -> Option<u32> {
        self.0.speaker
    }

    /// When it is heard, in order, at most 1000.
    async fn turns(&self) -> Vec<TimeSpan> {
        self.0.turns.iter().take(MAX_TURNS).copied().map(TimeSpan::from).collect()
    }

    /// Whose it is; null until someone says.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.person {
            Some(person) => Ok(Session::of(ctx)?.loaders().person(person).await?),
            None => Ok(None),
        }
    }
}
