//! Making searches stand, and putting their lists right.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::saved_search::Backfill;
use reelgraph_models::store::StoreError;

use super::asset::not_found;
use super::saved_search::{SavedSearchPayload, payload};
use crate::graphql::error::{PublicError, UserError};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::standing::MatchMark;

/// Whether a saved search stands.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SetStandingSearchInput {
    /// Which saved search.
    pub id: ID,
    /// Whether it tells of each new moment that it matches.
    pub is_standing: bool,
    /// Whether it tells of the moments that are there already, too.
    #[graphql(default = false)]
    pub backfill: bool,
}

/// What to say about a moment in the list of a saved search.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct MarkStandingMatchInput {
    /// Which saved search.
    pub search_id: ID,
    /// Which moment.
    pub moment_id: ID,
    /// What; null takes back what was said.
    pub mark: Option<MatchMark>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct MarkStandingMatchPayload {
    /// The id of the moment; null where there are errors.
    pub moment_id: Option<ID>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// Changes of standing searches.
#[derive(Default)]
pub(crate) struct StandingMutation;

#[Object]
impl StandingMutation {
    /// Makes a search that the one who asks keeps stand, or no longer: while it stands, it tells of each new moment that it
    /// matches exactly once, by `searchMatched` and in `standingMatches`. What it told before it does not tell again.
    async fn set_standing_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which saved search, and whether it stands.")] input: SetStandingSearchInput,
    ) -> Result<SavedSearchPayload> {
        let session = Session::of(ctx)?;
        let Some(id) = parse_typed(&input.id) else {
            return Ok(SavedSearchPayload { saved_search: None, errors: vec![not_found("saved search")] });
        };
        let backfill = if input.backfill { Backfill::Tell } else { Backfill::Silent };
        let standing = input.is_standing.then_some(backfill);
        Ok(payload(session.store().set_standing(&session.principal().owner(), id, standing).await)?)
    }

    /// Pins a moment to the list of a saved search, or excludes it. A moment of which something was said is not told any more.
    async fn mark_standing_match(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which moment of which search, and what to say.")] input: MarkStandingMatchInput,
    ) -> Result<MarkStandingMatchPayload> {
        let session = Session::of(ctx)?;
        let refuse = |what| Ok(MarkStandingMatchPayload { moment_id: None, errors: vec![not_found(what)] });
        let Some(search) = parse_typed(&input.search_id) else { return refuse("saved search") };
        let Some(moment) = parse_typed(&input.moment_id) else { return refuse("moment") };
        let owner = session.principal().owner();
        match session.store().mark_match(&owner, search, moment, input.mark.map(Into::into)).await {
            Ok(()) => Ok(MarkStandingMatchPayload { moment_id: Some(input.moment_id), errors: Vec::new() }),
            Err(StoreError::NotFound { what, .. }) => refuse(what),
            Err(error) => Err(PublicError::from(error).into()),
        }
    }
}
