//! From text to the tokens that both sides of a match share: what is published, what is asked, what is highlighted.
//!
//! A text becomes base tokens (`tokenize`): words by UAX #29, further split where people would (underscores, elisions,
//! dotted names), and single characters in scripts that write no blanks between words. Each carries a folded form
//! (compatibility-normalised, lower case, without accents) and a surface form for stemming, with byte offsets. Words of other
//! alphabets are looked up in Latin letters as well.

mod fold;
mod language;
mod roman;
mod stem;
mod token;

pub use language::Language;
pub(crate) use language::{guess_language, language_of};
pub(crate) use roman::romanised;
pub(crate) use stem::{Stemming, StopWords};
pub(crate) use token::{Script, Token, pairs, tokenize};

/// Names as they are compared as a whole: folded words joined by blanks.
pub(crate) fn fold_label(text: &str) -> String {
    tokenize(text).into_iter().map(|token| token.exact).collect::<Vec<_>>().join(" ")
}
