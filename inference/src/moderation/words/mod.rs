//! Offensive words in 27 languages, found in speech and on-screen text.
//!
//! The lists are Shutterstock's and contributors' (CC BY 4.0), fetched as the npm package `naughty-words`; each entry has a
//! [`TermClass`]. [`WordLists::find`] looks for the entries of the text's languages and of English, as whole words, and judges
//! each by the words around it, so that "breast cancer research" is no finding and an insult is one.

mod class;
mod context;
mod disguise;
mod fold;
mod lists;
mod matcher;
mod spaced;
mod unspaced;

pub use class::TermClass;
pub use context::Context;
pub use matcher::{Spelling, TermMatch, WordLists};
