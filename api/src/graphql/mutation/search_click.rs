//! What was made of an answer.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::id::{MomentId, SearchId};
use reelgraph_models::search_log::SearchClick;
use reelgraph_models::store::StoreError;

use super::asset::not_found;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;

/// What was done with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::search_log::ClickAction")]
pub enum SearchClickAction {
    /// Its page was opened.
    Opened,
    /// It was played.
    Played,
    /// It was exported.
    Exported,
    /// It was put aside as no answer.
    Dismissed,
}

/// What was done with which answer of which search.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RecordSearchClickInput {
    /// The `searchId` of the search.
    pub search_id: ID,
    /// The answer, by its moment.
    pub moment_id: ID,
    /// Its place among the answers, from 1.
    pub rank: i32,
    /// What was done.
    pub action: SearchClickAction,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct RecordSearchClickPayload {
    /// Whether it was not known yet; the same a second time is the same.
    pub is_new: bool,
    /// Why nothing was kept.
    pub errors: Vec<UserError>,
}

/// Feedback on searches.
#[derive(Default)]
pub(crate) struct SearchClickMutation;

#[Object]
impl SearchClickMutation {
    /// Keeps what was done with an answer, so that `searchReport` tells which searches lead to something.
    async fn record_search_click(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was done with which answer of which search.")] input: RecordSearchClickInput,
    ) -> Result<RecordSearchClickPayload> {
        Ok(record(Session::of(ctx)?, input).await?)
    }
}

async fn record(session: &Session, input: RecordSearchClickInput) -> Result<RecordSearchClickPayload, PublicError> {
    let refuse = |error| Ok(RecordSearchClickPayload { is_new: false, errors: vec![error] });
    let unknown = |field, what| UserError { field: Some(field), ..not_found(what) };
    let no_search = || unknown("searchId".to_owned(), "search");
    let no_moment = || unknown("momentId".to_owned(), "moment");
    let Some(search) = parse_typed::<SearchId>(&input.search_id) else { return refuse(no_search()) };
    let Some(moment) = parse_typed::<MomentId>(&input.moment_id) else { return refuse(no_moment()) };
    let Some(rank) = u32::try_from(input.rank).ok().filter(|rank| *rank > 0) else {
        return refuse(UserError::new(UserErrorCode::InvalidValue, "rank", "a rank is 1 or more"));
    };
    if session.loaders().moment(moment).await?.is_none() {
        return refuse(no_moment());
    }
    let click = SearchClick { search, moment, rank, action: input.action.into() };
    let mut kept = session.store().record_search_click(&click).await;
    if matches!(kept, Err(StoreError::NotFound { .. })) {
        // The search may be on its way to the log.
        session.state().search_log.write().await?;
        kept = session.store().record_search_click(&click).await;
    }
    match kept {
        Ok(is_new) => Ok(RecordSearchClickPayload { is_new, errors: Vec::new() }),
        Err(StoreError::NotFound { .. }) => refuse(no_search()),
        Err(error) => Err(error.into()),
    }
}
