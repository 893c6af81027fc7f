//! Helping someone to type: what a beginning could become, and what a misspelt query may have meant.
//!
//! Both read the dictionaries of the text index and keep nothing of their own, so there is nothing to repair and a deleted
//! asset is gone with its entries. Beside its words, each moment has entries that complete a beginning (`entry`): titles,
//! labels and names of people from each of their words on, pairs of telling words that were said or written next to each
//! other, and words whose usual spelling has accents. How many terms are looked at is bounded, so that time is.
//!
//! A person who is renamed, merged into another or forgotten is suggested otherwise, or no more, once the moments that show
//! them are published again. Concepts come from elsewhere: whoever knows names implements [`SuggestionSource`], as [`crate::concepts`] does.

mod complete;
mod correct;
mod entry;
mod source;

pub use correct::{Correction, DidYouMean};
pub use source::{Suggester, Suggestion, SuggestionKind, SuggestionSource};

pub(crate) use complete::{begun_name, named_in};
pub(crate) use entry::Completions;

/// Longest beginning, in characters.
pub const MAX_PREFIX_CHARS: usize = 100;
/// Most suggestions at once.
pub const MAX_SUGGESTIONS: usize = 50;
