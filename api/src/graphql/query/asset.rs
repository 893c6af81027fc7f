//! Assets: one, or the library.

use async_graphql::connection::{Connection, EmptyFields};
use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use reelgraph_models::store::{AssetFilter, PageRequest};

use crate::graphql::keys::asset_key;
use crate::graphql::node_id::parse_typed;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;
use crate::graphql::types::asset::{Asset, AssetState};
use crate::graphql::types::scalar::Long;

/// Which assets; conditions that all must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct AssetFilterInput {
    /// Only assets in one of these states.
    pub states: Option<Vec<AssetState>>,
    /// Only assets whose title or file name contains this, in upper or lower case.
    #[graphql(validator(chars_max_length = 500))]
    pub name_contains: Option<String>,
    /// Only assets registered at this instant or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Only assets registered before this instant.
    pub created_before: Option<DateTime<Utc>>,
}

impl From<AssetFilterInput> for AssetFilter {
    fn from(input: AssetFilterInput) -> Self {
        let mut states: Vec<_> = input.states.unwrap_or_default().into_iter().map(Into::into).collect();
        states.sort_unstable();
        states.dedup();
        Self {
            states,
            words: input.name_contains.filter(|words| !words.is_empty()),
            created_from: input.created_from,
            created_before: input.created_before,
        }
    }
}

/// Assets.
#[derive(Default)]
pub(crate) struct AssetQuery;

/// A page of the library.
pub(crate) type AssetConnection = Connection<Cursor, Asset, AssetTotals, EmptyFields>;

/// Fields of the connection that all pages share.
pub(crate) struct AssetTotals {
    filter: AssetFilter,
}

/// Fields of the connection that all pages share.
#[Object]
impl AssetTotals {
    /// How many there are in all. Costs a count over the whole library; leave it out where it is not shown.
    #[graphql(complexity = 100)]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<Long> {
        let count = Session::of(ctx)?.store().count_assets(&self.filter).await;
        Ok(count.map(Long::from).map_err(crate::graphql::error::PublicError::from)?)
    }
}

#[Object]
impl AssetQuery {
    /// The asset with that id; null when there is none.
    async fn asset(&self, ctx: &Context<'_>, #[graphql(desc = "The asset's id.")] id: ID) -> Result<Option<Asset>> {
        let Some(id) = parse_typed(&id) else { return Ok(None) };
        Ok(Session::of(ctx)?.loaders().asset(id).await?)
    }

    /// The library, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn assets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
        #[graphql(desc = "Which assets; all where it is left out.")] filter: Option<AssetFilterInput>,
    ) -> Result<AssetConnection> {
        let session = Session::of(ctx)?;
        let filter = AssetFilter::from(filter.unwrap_or_default());
        let states: Vec<&str> = filter.states.iter().map(|state| state.as_str()).collect();
        let fingerprint =
            Fingerprint::new("assets", &(states, &filter.words, filter.created_from, filter.created_before));
        let page = Page::new(first, after.as_deref(), fingerprint, &session.state().settings.limits)?;
        let after = page.after.map(asset_key).transpose()?;
        let found = session.store().list_assets(&filter, PageRequest { after, limit_rows: page.first }).await;
        let found = found.map_err(crate::graphql::error::PublicError::from)?;
        let mut connection =
            Connection::with_additional_fields(after.is_some(), found.has_next, AssetTotals { filter });
        connection.edges = found
            .rows
            .into_iter()
            .map(|row| edge(Cursor::new(fingerprint, &(row.created_at.timestamp_micros(), row.id)), Asset(row)))
            .collect();
        Ok(connection)
    }
}
