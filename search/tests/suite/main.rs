//! The search crate from outside, on the real engines.

mod paging;
mod plenty;
mod query_errors;
mod query_language;
mod rerank;
mod searcher;
mod served;
mod suggest;
mod support;
mod text_index;
mod vector_index;
mod vocabulary;
