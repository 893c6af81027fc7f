//! What is asked: the words, the filters, the page.

pub mod filter;
pub mod limits;
mod parse;
mod request;

pub use parse::{Clause, ParsedQuery};
pub use request::{Grouping, SearchRequest};
