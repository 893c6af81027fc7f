//! Keeping searches, changing them, letting them go.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::saved_search::{NewSavedSearch, SavedSearchChange};
use reelgraph_models::store::StoreError;

use super::asset::not_found;
use crate::graphql::asked::stored;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::query::SearchInput;
use crate::graphql::session::Session;
use crate::graphql::types::saved_search::SavedSearch;
use crate::graphql::types::scalar::Long;

/// A search to keep.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct CreateSavedSearchInput {
    /// What to call it, 1 to 200 characters.
    pub name: String,
    /// What is asked.
    pub search: SearchInput,
}

/// What to change of a saved search; what is left out stays as it is.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct UpdateSavedSearchInput {
    /// Which.
    pub id: ID,
    /// What to call it, 1 to 200 characters.
    pub name: Option<String>,
    /// What is asked. A search that stands begins anew with it; what matches it already is not told.
    pub search: Option<SearchInput>,
}

/// Which saved search.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct DeleteSavedSearchInput {
    /// Which.
    pub id: ID,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct SavedSearchPayload {
    /// The saved search as it is now; null where there are errors.
    pub saved_search: Option<SavedSearch>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct DeleteSavedSearchPayload {
    /// The id of the deleted search; null where there are errors.
    pub deleted_saved_search_id: Option<ID>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// What came of it.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct ClearRecentSearchesPayload {
    /// Searches that were forgotten.
    pub cleared_count: Long,
    /// Why nothing was changed; always empty.
    pub errors: Vec<UserError>,
}

/// Changes of saved and recent searches.
#[derive(Default)]
pub(crate) struct SavedSearchMutation;

#[Object]
impl SavedSearchMutation {
    /// Keeps a search under a name.
    async fn create_saved_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The search, and its name.")] input: CreateSavedSearchInput,
    ) -> Result<SavedSearchPayload> {
        let session = Session::of(ctx)?;
        if let Some(error) = check_search(session, Some(&input.search)).await {
            return Ok(SavedSearchPayload { saved_search: None, errors: vec![error] });
        }
        let owner = session.principal().owner();
        let new = NewSavedSearch { owner, name: input.name, search: stored(&input.search) };
        Ok(payload(session.store().create_saved_search(&new).await)?)
    }

    /// Changes a search that the one who asks keeps.
    async fn update_saved_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and what to change.")] input: UpdateSavedSearchInput,
    ) -> Result<SavedSearchPayload> {
        let session = Session::of(ctx)?;
        let refuse = |error| Ok(SavedSearchPayload { saved_search: None, errors: vec![error] });
        if let Some(error) = check_search(session, input.search.as_ref()).await {
            return refuse(error);
        }
        let Some(id) = parse_typed(&input.id) else { return refuse(not_found("saved search")) };
        let change = SavedSearchChange { name: input.name, search: input.search.as_ref().map(stored) };
        let owner = session.principal().owner();
        Ok(payload(session.store().update_saved_search(&owner, id, &change).await)?)
    }

    /// Lets go of a search that the one who asks keeps, with all that it has met where it stands.
    async fn delete_saved_search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which saved search.")] input: DeleteSavedSearchInput,
    ) -> Result<DeleteSavedSearchPayload> {
        let session = Session::of(ctx)?;
        let refuse = || DeleteSavedSearchPayload { errors: vec![not_found("saved search")], ..Default::default() };
        let Some(id) = parse_typed(&input.id) else { return Ok(refuse()) };
        let owner = session.principal().owner();
        match session.store().delete_saved_search(&owner, id).await.map_err(PublicError::from)? {
            true => Ok(DeleteSavedSearchPayload { deleted_saved_search_id: Some(input.id), errors: Vec::new() }),
            false => Ok(refuse()),
        }
    }

    /// Forgets what the one who asks searched for.
    async fn clear_recent_searches(&self, ctx: &Context<'_>) -> Result<ClearRecentSearchesPayload> {
        let session = Session::of(ctx)?;
        // What waits to be written would come back else.
        session.state().search_log.write().await?;
        let owner = session.principal().owner();
        let cleared = session.store().clear_recent_searches(&owner).await.map_err(PublicError::from)?;
        Ok(ClearRecentSearchesPayload { cleared_count: cleared.into(), errors: Vec::new() })
    }
}

/// What is not to be asked is not to be kept either.
async fn check_search(session: &Session, search: Option<&SearchInput>) -> Option<UserError> {
    let error = search?.clone().request(session).await.err()?;
    Some(UserError::new(UserErrorCode::InvalidValue, "search", error.message()))
}

/// The payload of a change; what a person can do something about is in its errors.
pub(super) fn payload(
    changed: Result<reelgraph_models::saved_search::SavedSearch, StoreError>,
) -> Result<SavedSearchPayload, PublicError> {
    let error = match changed {
        Ok(search) => return Ok(SavedSearchPayload { saved_search: Some(SavedSearch(search)), errors: Vec::new() }),
        Err(StoreError::NotFound { what, .. }) => not_found(what),
        Err(StoreError::Invalid { what, why }) => {
            let message = format!("{what} cannot be kept: {why}");
            UserError { code: UserErrorCode::InvalidValue, field: (what == "name").then(|| what.to_owned()), message }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(SavedSearchPayload { saved_search: None, errors: vec![error] })
}
