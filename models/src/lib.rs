//! The vocabulary of Reelgraph and where it is kept.
//!
//! Purpose: the words every other crate speaks (asset, stream, moment, observation, evidence, coverage, job …) and the
//! stores that keep them. In: plain values from the indexer and the API. Out: the same values, always for one tenant.
//!
//! Invariants:
//! - media time is an integer number of microseconds; a [`time::Span`] is half-open and never empty;
//! - the database is the truth, both search indexes are derived from it;
//! - every read and write of a tenant's rows goes through a value that carries its [`id::TenantId`];
//! - no clock and no randomness but through [`clock::Clock`].
//!
//! ```
//! use reelgraph_models::time::{MediaTime, Span};
//! let span = Span::new(MediaTime::from_millis(1_000), MediaTime::from_millis(2_500))?;
//! assert_eq!(span.duration().as_micros(), 1_500_000);
//! # Ok::<(), reelgraph_models::time::EmptySpan>(())
//! ```

pub mod asset;
pub mod batch;
pub mod blob;
pub mod captions;
pub mod clock;
pub mod content;
pub mod coverage;
pub mod edit;
pub mod embedding;
mod entity;
pub mod estimate;
pub mod export;
pub mod gap;
pub mod global_id;
pub mod id;
pub mod ingest;
pub mod interchange;
pub mod job;
pub mod language;
pub mod metadata;
pub mod moment;
pub mod observation;
pub mod outbox;
pub mod people;
pub mod picture;
pub mod probe;
pub mod reason;
pub mod refresh;
pub mod review;
pub mod rights;
pub mod run;
pub mod saved_search;
pub mod scope;
pub mod search_log;
pub mod settings;
pub mod signature;
pub mod space;
pub mod standing_search;
pub mod store;
pub mod time;
