//! What can be changed, by topic. Every payload has `errors`: what was expected to be able to go wrong, for the person who
//! asked; when it is not empty, nothing was changed.

mod asset;
mod embedding_space;
mod import;
mod ingest;
mod job;
mod metadata;
mod people;
mod refresh;
mod rights;
mod saved_search;
mod search_click;
mod settings;
mod speech;
mod standing;

use async_graphql::MergedObject;

pub(crate) use asset::check_title;
pub(crate) use ingest::code as ingest_error_code;

/// Everything that can be changed.
#[derive(Default, MergedObject)]
pub struct Mutation(
    ingest::IngestMutation,
    asset::AssetMutation,
    metadata::MetadataMutation,
    rights::RightsMutation,
    job::JobMutation,
    refresh::RefreshMutation,
    embedding_space::EmbeddingSpaceMutation,
    import::ImportMutation,
    settings::SettingsMutation,
    speech::SpeechMutation,
    people::PeopleMutation,
    saved_search::SavedSearchMutation,
    standing::StandingMutation,
    search_click::SearchClickMutation,
);
