//! Where the vocabulary is kept: SQLite or PostgreSQL, one file per aggregate.
//!
//! [`Store`] is the database. What belongs to a tenant is read and written through [`Store::tenant`], whose
//! [`TenantStore`] puts its tenant into every statement; what belongs to the system (the queue that workers take jobs from,
//! the feed that indexes follow) hangs on [`Store`] itself.
//!
//! Reads run beside each other. Writes run in one transaction each; on SQLite through a single connection that takes the
//! write lock at its start, so that several processes wait for each other instead of failing.
//!
//! ```
//! # use std::sync::Arc;
//! use reelgraph_models::clock::SystemClock;
//! use reelgraph_models::id::TenantId;
//! use reelgraph_models::store::{AssetFilter, PageRequest, Store};
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let folder = std::env::temp_dir().join(format!("reelgraph-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! let url = format!("sqlite://{}/reelgraph.db", folder.display());
//! let store = Store::connect(&url, Arc::new(SystemClock)).await?;
//! store.migrate().await?;
//! let page = store.tenant(TenantId::DEFAULT).list_assets(&AssetFilter::default(), PageRequest::first(10)).await?;
//! assert!(page.rows.is_empty());
//! # store.close().await?;
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assets;
mod batches;
mod coverage;
mod current_models;
mod database;
mod edits;
mod embeddings;
mod ending;
mod enqueue;
mod error;
mod feed;
mod first;
mod handle;
mod import;
mod jobs;
mod metadata;
mod moments;
mod observations;
mod outbox;
mod page;
mod people;
mod purge;
mod purge_space;
mod queue;
mod recent_searches;
mod refresh;
mod rights;
mod row;
mod saved_searches;
mod search_clicks;
mod search_log;
mod search_report;
mod settings;
mod signatures;
mod spaces;
mod stage;
mod standing_feed;
mod standing_matches;
mod streams;
mod summary;
mod whole;
mod write;

pub use assets::{AssetFilter, Registration};
pub use current_models::ReportedModels;
pub use database::Engine;
pub use edits::Edited;
pub use enqueue::Enqueued;
pub use error::StoreError;
pub use handle::{Store, TenantStore};
pub use import::Imported;
pub use jobs::JobFilter;
pub use moments::{MomentFilter, Neighbours};
pub use observations::{MAX_OVERLAP_ROWS, ObservationFilter};
pub use page::{AssetCursor, JobCursor, MAX_PAGE_ROWS, MatchCursor, Page, PageRequest, SavedSearchCursor, SpanCursor};
pub use people::{
    ChangeCursor, ChangedPeople, FaceCursor, MAX_CHANGED_FACES, MAX_MERGED_PEOPLE, MAX_VOICES, Owner, PersonCursor,
    PersonFilter, Wish,
};
pub use queue::JobQueue;
pub use summary::{CellCount, StandingCount, paces};
pub use whole::MAX_WHOLE_ROWS;
