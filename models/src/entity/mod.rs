//! Rows as the database has them. Private: the stores turn them into the crate's vocabulary and back.
#![expect(unreachable_pub, reason = "the derive of entities needs and makes items that are `pub`")]

pub(crate) mod assets;
pub(crate) mod batches;
pub(crate) mod coverage;
pub(crate) mod current_models;
pub(crate) mod embedding_spaces;
pub(crate) mod embeddings;
pub(crate) mod faces;
pub(crate) mod job_stages;
pub(crate) mod jobs;
pub(crate) mod moments;
pub(crate) mod observations;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod people_heads;
pub(crate) mod people_sources;
pub(crate) mod person_changes;
pub(crate) mod person_galleries;
pub(crate) mod recent_searches;
pub(crate) mod runs;
pub(crate) mod saved_searches;
pub(crate) mod search_clicks;
pub(crate) mod search_log;
pub(crate) mod sequences;
pub(crate) mod signatures;
pub(crate) mod speech_edits;
pub(crate) mod standing_moments;
pub(crate) mod streams;
pub(crate) mod tenant_settings;
pub(crate) mod voices;
