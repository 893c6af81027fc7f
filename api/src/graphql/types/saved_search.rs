//! Searches that a person keeps: under a name, or because they did them lately.

use async_graphql::{Context, ID, Json, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use reelgraph_models::saved_search::{SavedSearch as Row, StoredSearch};

use super::scalar::Long;
use crate::graphql::asked::input_of;
use crate::graphql::error::PublicError;
use crate::graphql::node_id::GlobalId;
use crate::graphql::page::cost;
use crate::graphql::query::{SearchConnection, run_search};
use crate::graphql::session::Session;

/// A search that was kept under a name.
#[derive(Debug, Clone)]
pub(crate) struct SavedSearch(pub(crate) Row);

/// A search that was kept under a name.
#[Object]
impl SavedSearch {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The words that are looked for.
    async fn query(&self) -> &str {
        &self.0.search.query
    }

    /// All of what is asked: a `SearchInput` as JSON.
    async fn search(&self) -> Json<serde_json::Value> {
        Json(json_of(&self.0.search))
    }

    /// Who keeps it.
    async fn owner(&self) -> &str {
        self.0.owner.as_str()
    }

    /// Whether the one who asks keeps it, and so may change it.
    async fn is_mine(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(Session::of(ctx)?.principal().owner() == self.0.owner)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it was last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// How it stands; null where it is run only when someone asks.
    async fn standing(&self) -> Option<StandingSearch> {
        self.0.standing.as_ref().map(|standing| StandingSearch {
            since: standing.since,
            is_caught_up: standing.is_seeded,
            followed_revision: Long(standing.watermark.0),
        })
    }

    /// What it finds now, as `search` would answer.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(3_000)")]
    async fn results(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen, of the same search.")] after: Option<String>,
    ) -> Result<SearchConnection> {
        let input = input_of(&self.0.search)?;
        Ok(run_search(Session::of(ctx)?, input, first, after.as_deref()).await?)
    }
}

/// How a search stands.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct StandingSearch {
    /// Since when it tells of new moments.
    pub since: DateTime<Utc>,
    /// Whether it has looked through all that was there before it.
    pub is_caught_up: bool,
    /// The change of the library up to which it has looked.
    pub followed_revision: Long,
}

/// A search that was done lately.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct RecentSearch {
    /// The words that were looked for.
    pub query: String,
    /// All of what was asked: a `SearchInput` as JSON.
    pub search: Json<serde_json::Value>,
    /// When, the last time.
    pub searched_at: DateTime<Utc>,
}

impl From<reelgraph_models::saved_search::RecentSearch> for RecentSearch {
    fn from(recent: reelgraph_models::saved_search::RecentSearch) -> Self {
        let search = Json(json_of(&recent.search));
        Self { query: recent.search.query, search, searched_at: recent.searched_at }
    }
}

fn json_of(search: &StoredSearch) -> serde_json::Value {
    serde_json::from_str(&search.input).unwrap_or_default()
}

/// The keyset of a saved search in its connection: instant in microseconds since 1970, and id.
pub(crate) type SavedSearchKey = (i64, reelgraph_models::id::SavedSearchId);

/// The place that a key names.
///
/// # Errors
/// As for every cursor that this server did not make.
pub(crate) fn cursor_of(key: SavedSearchKey) -> Result<reelgraph_models::store::SavedSearchCursor, PublicError> {
    Ok(reelgraph_models::store::SavedSearchCursor { created_at: crate::graphql::keys::instant(key.0)?, id: key.1 })
}
