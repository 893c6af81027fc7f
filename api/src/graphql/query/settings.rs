//! What is set for the whole library.

use async_graphql::{Context, Object, Result};

use crate::graphql::error::PublicError;
use crate::graphql::session::Session;
use crate::graphql::types::settings::Settings;

/// What is set.
#[derive(Default)]
pub(crate) struct SettingsQuery;

#[Object]
impl SettingsQuery {
    /// What is set for the whole library.
    async fn settings(&self, ctx: &Context<'_>) -> Result<Settings> {
        Ok(Session::of(ctx)?.store().settings().await.map_err(PublicError::from)?.into())
    }
}
