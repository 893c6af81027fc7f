//! Copies of a stretch of an asset.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};

use crate::graphql::error::{Code, PublicError};
use crate::graphql::node_id::parse_typed;
use crate::graphql::page::{Cursor, cost};
use crate::graphql::session::Session;
use crate::graphql::types::asset_copy::{self, AssetCopy};
use crate::graphql::types::span::TimeRangeInput;

/// Copies.
#[derive(Default)]
pub(crate) struct CopyQuery;

#[Object]
impl CopyQuery {
    /// Where other assets show what this one shows in a stretch of it, longest and surest first. Copies that reach beyond the
    /// stretch are reported at their full length.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(3_000)")]
    async fn copies_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The asset's id.")] asset: ID,
        #[graphql(desc = "The stretch; all of the asset where it is left out.")] within: Option<TimeRangeInput>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<Connection<Cursor, AssetCopy>> {
        let not_found = || PublicError::new(Code::NotFound, "there is no such asset");
        let id = parse_typed(&asset).ok_or_else(not_found)?;
        let within = within.map(TimeRangeInput::span).transpose()?;
        Session::of(ctx)?.loaders().asset(id).await?.ok_or_else(not_found)?;
        Ok(asset_copy::connection(ctx, "copiesOf", id, within, first, after.as_deref()).await?)
    }
}
