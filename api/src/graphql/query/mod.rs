//! What can be asked, by topic.

pub(crate) mod asset;
mod copies;
mod export;
pub(crate) mod job;
mod node;
mod people;
mod refresh;
pub(crate) mod search;
mod settings;

use async_graphql::MergedObject;

pub(crate) use asset::{AssetConnection, AssetFilterInput};
pub(crate) use search::SearchConnection;

/// Everything that can be read.
#[derive(Default, MergedObject)]
pub struct Query(
    node::NodeQuery,
    asset::AssetQuery,
    job::JobQuery,
    search::SearchQuery,
    search::FacetQuery,
    settings::SettingsQuery,
    copies::CopyQuery,
    refresh::RefreshQuery,
    export::ExportQuery,
    people::PeopleQuery,
);
