//! The two search indexes and the search over them: from a sentence to moments with the reason for each.
//!
//! In: [`document::AssetDocument`]s (the moments of one asset, with their words and vectors), published by the indexer
//! with a [`Revision`](reelgraph_models::asset::Revision); [`query::SearchRequest`]s from the API. Out: [`hit::Hit`]s, ranked, each with the
//! contributions that made it match.
//!
//! ```text
//! publish: AssetDocument ─► text index (tantivy) ‖ vector index (qdrant-edge or a Qdrant server) ─► watermark
//! search:  SearchRequest ─► text candidates ‖ vector candidates per space ─► aligned into moments ─► fused by rank ─► page
//! ```
//!
//! Invariants:
//! - both indexes are derived: deleting either folder loses nothing, [`index::SearchIndex::watermark`] then says from
//!   which revision to publish again, and publishing the same document twice is the same as once;
//! - every term, point and query carries a [`reelgraph_models::id::TenantId`]; terms of one tenant cannot match
//!   another's;
//! - no type of an engine is part of a public signature;
//! - any string is a query: what cannot be searched gives an empty page with a notice or a typed error, never a panic;
//! - everything that grows has a bound in [`query::limits`].
//!
//! The smallest use, with text alone:
//!
//! ```
//! use reelgraph_models::asset::Revision;
//! use reelgraph_models::id::{AssetId, MomentId, TenantId};
//! use reelgraph_models::moment::MomentKind;
//! use reelgraph_models::time::{MediaTime, Span};
//! use reelgraph_search::document::{AssetDocument, AssetFields, MomentDocument, Passage};
//! use reelgraph_search::index::{Batch, SearchIndex};
//! use reelgraph_search::query::SearchRequest;
//! use reelgraph_search::searcher::Searcher;
//! use reelgraph_search::text::{TextIndex, TextSettings};
//! # use std::sync::Arc;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let clock = reelgraph_models::clock::SystemClock;
//! let text = TextIndex::open(folder.path(), TextSettings::default())?;
//! let index = SearchIndex::text_only(Arc::new(text));
//! let said = MomentDocument {
//!     said: vec![Passage::new("This is a limited edition", Some("en"))],
//!     ..MomentDocument::new(
//!         MomentId::generate(&clock),
//!         MomentKind::Speech,
//!         Span::new(MediaTime::ZERO, MediaTime::from_millis(2_000))?,
//!     )
//! };
//! let asset = AssetDocument {
//!     moments: vec![said],
//!     ..AssetDocument::new(TenantId::DEFAULT, AssetId::generate(&clock), AssetFields::default())
//! };
//! index.apply(Batch { documents: vec![asset], ..Batch::default() }).await?;
//! index.commit(Revision(1)).await?;
//!
//! let page = Searcher::new(index).search(&SearchRequest::parse(TenantId::DEFAULT, "limited editions")?).await?;
//! assert_eq!(page.edges.len(), 1);
//! # Ok(())
//! # }
//! ```

pub mod align;
pub mod analysis;
pub mod assemble;
mod cache;
pub mod calibration;
pub mod concepts;
pub mod copies;
mod cursor;
pub mod document;
pub mod encoder;
pub mod error;
pub mod facet;
pub mod fuse;
pub mod generated;
pub mod highlight;
pub mod hit;
pub mod index;
mod kind;
mod order;
mod overlay;
pub mod query;
mod read_ahead;
pub mod rerank;
pub mod searcher;
pub mod served;
pub mod space;
pub mod suggest;
pub mod text;
pub mod vector;

pub use error::SearchError;
