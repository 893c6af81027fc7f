//! The query language: one string in, the algebra of [`super::Expr`] out. docs/query-language.md has its grammar.
//!
//! Forgiving where people type and strict where they ask for something exact: words are only words, a quotation mark or a
//! bracket without a partner counts as a blank, `AND`, `OR` and `NOT` without something to join are words. A field that does
//! not exist or a value that cannot be read is an error that points at its characters.

mod field;
mod lex;
mod parse;
mod problem;
mod value;

pub use parse::parse;
pub use problem::Problem;
pub(super) use value::date;
