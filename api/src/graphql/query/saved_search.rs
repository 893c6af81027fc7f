//! Saved and recent searches.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use reelgraph_models::store::PageRequest;

use crate::graphql::error::PublicError;
use crate::graphql::node_id::parse_typed;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;
use crate::graphql::types::saved_search::{RecentSearch, SavedSearch, SavedSearchKey, cursor_of};

/// Saved and recent searches.
#[derive(Default)]
pub(crate) struct SavedSearchQuery;

#[Object]
impl SavedSearchQuery {
    /// The saved search with that id; null when there is none.
    async fn saved_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The saved search's id.")] id: ID,
    ) -> Result<Option<SavedSearch>> {
        let Some(id) = parse_typed(&id) else { return Ok(None) };
        let found = Session::of(ctx)?.store().find_saved_search(id).await.map_err(PublicError::from)?;
        Ok(found.map(SavedSearch))
    }

    /// Saved searches, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn saved_searches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
        #[graphql(desc = "Only those that the one who asks keeps.", default = false)] mine: bool,
    ) -> Result<Connection<Cursor, SavedSearch>> {
        Ok(saved_searches(Session::of(ctx)?, first, after.as_deref(), mine).await?)
    }

    /// What the one who asks searched for last, the last first, each once; at most 50.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn recent_searches(&self, ctx: &Context<'_>) -> Result<Vec<RecentSearch>> {
        let session = Session::of(ctx)?;
        session.state().search_log.write().await?;
        let recent = session.store().recent_searches(&session.principal().owner()).await.map_err(PublicError::from)?;
        Ok(recent.into_iter().map(RecentSearch::from).collect())
    }
}

async fn saved_searches(
    session: &Session,
    first: Option<i32>,
    after: Option<&str>,
    mine: bool,
) -> Result<Connection<Cursor, SavedSearch>, PublicError> {
    let owner = mine.then(|| session.principal().owner());
    let fingerprint = Fingerprint::new("savedSearches", &owner);
    let page = Page::<SavedSearchKey>::new(first, after, fingerprint, &session.state().settings.limits)?;
    let request = PageRequest { after: page.after.map(cursor_of).transpose()?, limit_rows: page.first };
    let found = session.store().list_saved_searches(owner.as_ref(), request).await?;
    let mut connection = Connection::new(after.is_some(), found.has_next);
    connection.edges = found
        .rows
        .into_iter()
        .map(|row| edge(Cursor::new(fingerprint, &(row.created_at.timestamp_micros(), row.id)), SavedSearch(row)))
        .collect();
    Ok(connection)
}
