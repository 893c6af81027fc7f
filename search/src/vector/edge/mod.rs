//! The vector index in process: one qdrant-edge shard for each space, in a folder of its own.
//!
//! A shard does not replay its log when it is opened, so what was not flushed is gone after a crash. The watermark is
//! therefore written only after a flush, and never while the optimizer rebuilds segments, because deletions that happen
//! meanwhile live in memory until it ends.

mod convert;
mod index;
mod optimize;
mod room;
mod shard;
mod writer;

pub use index::{EdgeIndex, EdgeSettings};
