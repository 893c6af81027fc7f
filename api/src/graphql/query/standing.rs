//! The lists of standing searches.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use reelgraph_models::id::{MomentId, SavedSearchId};
use reelgraph_models::store::{MatchCursor, PageRequest};

use crate::graphql::error::{Code, PublicError};
use crate::graphql::export::ExportRequest;
use crate::graphql::keys::instant;
use crate::graphql::node_id::parse_typed;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;
use crate::graphql::types::export::{ExportFormat, SearchExport};
use crate::graphql::types::standing::StandingMatch;

/// The lists of standing searches.
#[derive(Default)]
pub(crate) struct StandingQuery;

#[Object]
impl StandingQuery {
    /// What a saved search has met since it stands, each moment once, and what was pinned to it; without what was excluded.
    /// Newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn standing_matches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The saved search.")] search_id: ID,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<Connection<Cursor, StandingMatch>> {
        Ok(matches(Session::of(ctx)?, &search_id, first, after.as_deref()).await?)
    }

    /// The list of a saved search as a file for editing programs, spreadsheets, players or web pages, newest first.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(3_000)")]
    async fn standing_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The saved search.")] search_id: ID,
        #[graphql(desc = "The file format.")] format: ExportFormat,
        #[graphql(desc = "How many moments, 1 to 1000.", default = 100)] first: Option<i32>,
    ) -> Result<SearchExport> {
        let request = ExportRequest::of_list(Session::of(ctx)?, &search_id, first).await?;
        Ok(SearchExport { request, format })
    }
}

async fn matches(
    session: &Session,
    search: &ID,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Connection<Cursor, StandingMatch>, PublicError> {
    let unknown = || PublicError::new(Code::NotFound, "there is no saved search with this id");
    let id: SavedSearchId = parse_typed(search).ok_or_else(unknown)?;
    session.store().find_saved_search(id).await?.ok_or_else(unknown)?;
    let fingerprint = Fingerprint::new("standingMatches", &id);
    let page = Page::<(i64, MomentId)>::new(first, after, fingerprint, &session.state().settings.limits)?;
    let place = |(at, moment)| Ok::<_, PublicError>(MatchCursor { matched_at: instant(at)?, moment });
    let request = PageRequest { after: page.after.map(place).transpose()?, limit_rows: page.first };
    let found = session.store().list_matches(id, request).await?;
    let mut connection = Connection::new(after.is_some(), found.has_next);
    connection.edges = found
        .rows
        .into_iter()
        .map(|row| edge(Cursor::new(fingerprint, &(row.matched_at.timestamp_micros(), row.moment)), StandingMatch(row)))
        .collect();
    Ok(connection)
}
