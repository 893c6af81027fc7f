//! The text index: one entry per moment, with the words of each channel of evidence in fields of their own.
//!
//! Each channel has an *exact* field (folded words) and a *stem* field (stems in the language of the text, named with it).
//! Terms begin with the tenant, so that postings, statistics and answers of two tenants never mix. Changes go through one
//! named thread; the watermark is the payload of the commit, so that both are durable together or not at all.

mod build;
mod candidates;
mod columns;
mod concept_facet;
pub(crate) mod dictionary;
mod facets;
mod filter;
mod frequent;
mod index;
mod likeness;
mod logic;
mod order_keys;
mod ordered;
mod query;
mod refine;
mod schema;
mod snapshot;
mod spelling;
mod statistics;
mod terms;
mod writer;

pub(crate) use build::{container_names, object_words, title_words};
pub(crate) use concept_facet::Concepts;
pub use index::{TextIndex, TextSettings};
pub(crate) use ordered::Stretch;
pub use query::{ChannelMatches, Facts, TextCandidate, TextMatches};
pub(crate) use refine::coverage;
pub use schema::Channel;
