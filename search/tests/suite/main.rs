//! The search crate from outside, on the real engines.

mod searcher;
mod support;
mod text_index;
mod vector_index;
