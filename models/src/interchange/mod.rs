//! Analysis made elsewhere, and ours for others: one JSON document with provenance, described in `docs/analysis-json.md`, and
//! captions that someone supplied, as files or inside the asset itself.
//!
//! In: bytes. Out: an [`Import`] in which every value is in range, for [`crate::store::TenantStore::import_analysis`]; or an
//! error that points at the place.

mod captions;
mod check;
mod document;
mod embedded;
mod error;
mod export;
mod import;
mod read;

pub use captions::read_captions;
pub use document::{Document, DocumentAsset, DocumentObservation, DocumentRun, FORMAT, VERSION};
pub use embedded::embedded_captions;
pub use error::ImportError;
pub use export::export;
pub use import::{Import, ImportRun};
pub use read::{MAX_DOCUMENT_BYTES, MAX_OBSERVATIONS, read};
