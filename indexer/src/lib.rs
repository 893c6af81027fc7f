//! From a file to moments: takes jobs, decodes in a sandbox, lets the analyzers look, writes what they saw, and keeps the
//! search indexes up to date.
//!
//! In: jobs from the store, originals from the blob store, models from `inference`. Out: observations, embeddings,
//! moments and coverage in the store; documents in the indexes.
//!
//! Invariants:
//! - a file is decoded once per attempt, in a child process; its frames and sound are fanned out by bounded channels;
//! - a stage's rows and its checkpoint are one transaction, fenced by the job's lease: an attempt that was thought dead
//!   writes nothing, a repeated stage replaces and never doubles;
//! - one analyzer that cannot run or fails shows in coverage and stops nothing else;
//! - the indexes follow the database, never the other way round.

pub mod analyze;
mod decode;
mod error;
mod language;
pub mod moments;
pub mod people;
mod pipeline;
pub mod publish;
mod summary;
pub mod sweep;
#[cfg(test)]
mod testing;
mod timeline;
pub mod worker;

pub use decode::SAMPLE_SIDE_PX;
pub use error::IndexError;
pub use pipeline::STAGES;
pub use timeline::{Passage, Sounds, Timeline, Written};
