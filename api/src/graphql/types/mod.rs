//! What clients see: one file a type, or a family of types that only occur together.

pub(crate) mod asset;
pub(crate) mod asset_copy;
pub(crate) mod chapter;
pub(crate) mod coverage;
pub(crate) mod did_you_mean;
pub(crate) mod embedding_space;
pub(crate) mod export;
pub(crate) mod face;
pub(crate) mod job;
pub(crate) mod moment;
pub(crate) mod node;
pub(crate) mod observation;
pub(crate) mod person;
pub(crate) mod person_change;
pub(crate) mod provenance;
pub(crate) mod reason;
pub(crate) mod refresh;
pub(crate) mod rights;
pub(crate) mod saved_search;
pub(crate) mod scalar;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod span;
pub(crate) mod standing;
pub(crate) mod stream;
pub(crate) mod voice;
