//! What is asked: the words, the filters, the page.
//!
//! A query string is read into an [`Expr`] (`syntax`), which structured input makes directly; the planner (`plan`) turns it
//! into looks at the indexes ([`Retrieval`]) and what joins them in time.

mod clause;
mod comparable;
pub mod condition;
mod example;
mod expand;
mod expr;
pub mod filter;
mod licence;
pub mod limits;
mod logic;
mod parse;
pub(crate) mod plan;
mod property;
mod request;
mod retrieval;
mod sort;
pub mod syntax;
pub mod vocabulary;

pub(crate) use clause::words;
pub use clause::{Clause, Form, Shape};
pub use comparable::ValueRange;
pub(crate) use comparable::sortable;
pub use example::Example;
pub use expand::Expanding;
pub use expr::{Expr, Field, Temporal, Term};
pub use licence::{LICENCE_DAYS, is_licence_day};
pub(crate) use licence::{licence_asked, licence_words};
pub use logic::Logic;
pub(crate) use logic::is_near;
pub use parse::Query;
pub use property::{FileProperties, FileProperty};
pub use request::{Expansion, Grouping, SearchRequest, Spread};
pub use retrieval::{Missed, Retrieval};
pub use sort::{Direction, Sort};
