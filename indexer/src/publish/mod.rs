//! Keeps the search indexes up to the database.
//!
//! The one path for new assets, edits, deletions, `reelgraph reindex`, restore from backup and repair after a crash: read
//! what changed since the index's watermark, publish it, move the watermark.

mod document;
mod reconciler;

pub use reconciler::{Published, Reconciler};
