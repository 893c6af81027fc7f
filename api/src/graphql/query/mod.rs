//! What can be asked, by topic.

pub(crate) mod asset;
mod copies;
mod embedding_space;
mod export;
pub(crate) mod job;
mod node;
mod people;
mod refresh;
mod saved_search;
pub(crate) mod search;
mod search_report;
mod settings;
mod standing;
mod suggest;

use async_graphql::MergedObject;

pub(crate) use asset::{AssetConnection, AssetFilterInput};
pub(crate) use embedding_space::{known as known_spaces, spaces};
pub(crate) use search::{SearchConnection, SearchInput, run_search};
pub(crate) use search_report::SearchReportConnection;

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
    embedding_space::EmbeddingSpaceQuery,
    export::ExportQuery,
    people::PeopleQuery,
    saved_search::SavedSearchQuery,
    standing::StandingQuery,
    search_report::SearchReportQuery,
    suggest::SuggestQuery,
);
