//! The vector index on a Qdrant server or cluster: one collection for each space, and one point that keeps the watermark.

mod convert;
mod index;

pub use index::{ServerIndex, ServerSettings};
