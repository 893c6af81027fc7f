//! A query string as words and phrases. There is no syntax that can be wrong.

use super::limits::{MAX_QUERY_CHARS, MAX_TERMS};
use crate::analysis::{Language, Script, StopWords, Token, guess_language, pairs, tokenize};
use crate::error::SearchError;

/// A query: its text and what is looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedQuery {
    text: String,
    clauses: Vec<Clause>,
    ignored_terms: usize,
}

/// One thing that should be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clause {
    /// A word in any of its forms; two adjacent characters in scripts without blanks.
    Word {
        /// Folded: lower case, without accents.
        exact: String,
        /// Lower case with accents, as stemmers want it.
        surface: String,
    },
    /// Words that were put in quotation marks: hits without them, in this order and these forms, are no answers.
    Phrase {
        /// Folded words, at least one; single characters in scripts without blanks.
        words: Vec<String>,
    },
}

impl Clause {
    /// Whether it is this folded word.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word { exact, .. } if exact == word)
    }
}

impl ParsedQuery {
    /// Reads a query. Text in double quotation marks is a phrase, everything else is words; words too common to tell
    /// moments apart are left out unless nothing else is left.
    ///
    /// # Errors
    /// [`SearchError::QueryTooLong`] beyond [`MAX_QUERY_CHARS`].
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        if text.chars().nth(MAX_QUERY_CHARS).is_some() {
            return Err(SearchError::QueryTooLong { limit_chars: MAX_QUERY_CHARS });
        }
        let mut stop_words = StopWords::of(guess_language(text).unwrap_or(Language::English));
        let mut all = Vec::new();
        let mut telling = Vec::new();
        for (part, is_quoted) in parts(text) {
            let tokens = tokenize(part);
            if is_quoted {
                all.extend(phrase(&tokens));
                telling.extend(phrase(&tokens));
                continue;
            }
            for token in words(&tokens) {
                let is_telling = !stop_words.contains(&token.surface);
                let clause = Clause::Word { exact: token.exact, surface: token.surface };
                if is_telling {
                    telling.push(clause.clone());
                }
                all.push(clause);
            }
        }
        let mut clauses = Vec::<Clause>::new();
        let mut ignored_terms = 0;
        for clause in if telling.is_empty() { all } else { telling } {
            if clauses.contains(&clause) {
                continue;
            }
            if clauses.len() < MAX_TERMS {
                clauses.push(clause);
            } else {
                ignored_terms += 1;
            }
        }
        Ok(Self { text: text.trim().to_owned(), clauses, ignored_terms })
    }

    /// As typed, without surrounding blanks.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is looked up, each once, at most [`MAX_TERMS`].
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// How many distinct clauses were left out.
    pub fn ignored_terms(&self) -> usize {
        self.ignored_terms
    }

    /// Whether there is nothing to look up.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }
}

/// Splits at double quotation marks of any style; a mark without a partner counts as a blank.
fn parts(text: &str) -> Vec<(&str, bool)> {
    let is_mark = |c: char| {
        matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{300c}' | '\u{300d}')
    };
    let pieces: Vec<&str> = text.split(is_mark).collect();
    let last = pieces.len() - 1;
    let is_quoted = |place: usize| place % 2 == 1 && place < last;
    pieces.into_iter().enumerate().map(|(place, piece)| (piece, is_quoted(place))).collect()
}

fn phrase(tokens: &[Token]) -> Option<Clause> {
    let words: Vec<String> = tokens.iter().take(MAX_TERMS).map(|token| token.exact.clone()).collect();
    (!words.is_empty()).then_some(Clause::Phrase { words })
}

/// Words as they are; runs of characters in scripts without blanks two by two, a lone one by itself.
fn words(tokens: &[Token]) -> Vec<Token> {
    let mut words = Vec::new();
    for run in tokens.chunk_by(|left, right| {
        left.script == Script::Unspaced && right.script == Script::Unspaced && left.end == right.start
    }) {
        match run {
            [token] => words.push(token.clone()),
            run => words.extend(pairs(run).map(|(_, pair)| pair)),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Vec<String> {
        let query = ParsedQuery::parse(text).unwrap_or_else(|error| panic!("{error}"));
        let show = |clause: &Clause| match clause {
            Clause::Word { exact, .. } => exact.clone(),
            Clause::Phrase { words } => format!("[{}]", words.join(" ")),
        };
        query.clauses().iter().map(show).collect()
    }

    #[test]
    fn words_phrases_and_fillers_are_told_apart() {
        assert_eq!(parse("the shot where she says \"Limited Edition\""), ["shot", "says", "[limited edition]"]);
        assert_eq!(parse("„rote Autos“"), ["[rote autos]"]);
        assert_eq!(parse("東京タワー"), ["東京", "京タ", "タワ", "ワー"]);
        assert_eq!(parse("猫"), ["猫"]);
    }

    #[test]
    fn a_query_of_nothing_but_common_words_keeps_them() {
        assert_eq!(parse("to be or not to be"), ["to", "be", "or", "not"]);
        assert_eq!(parse("The Who"), ["the", "who"]);
    }

    #[test]
    fn a_quotation_mark_without_a_partner_counts_as_a_blank() {
        assert_eq!(parse("red \"car"), ["red", "car"]);
        assert_eq!(parse("\"\"\" \""), Vec::<String>::new());
    }

    #[test]
    fn too_many_words_are_counted_and_too_many_characters_refused() -> Result<(), SearchError> {
        let many: Vec<String> = (0..300).map(|n| format!("w{n}")).collect();
        let query = ParsedQuery::parse(&many.join(" "))?;
        assert_eq!((query.clauses().len(), query.ignored_terms()), (MAX_TERMS, 300 - MAX_TERMS));
        assert!(ParsedQuery::parse(&"é".repeat(MAX_QUERY_CHARS)).is_ok());
        let refused = ParsedQuery::parse(&"a".repeat(10_240));
        assert!(matches!(refused, Err(SearchError::QueryTooLong { limit_chars: MAX_QUERY_CHARS })));
        Ok(())
    }

    proptest! {
        #[test]
        fn any_string_is_a_query(text in ".{0,200}") {
            let query = ParsedQuery::parse(&text);
            prop_assert!(query.is_ok_and(|query| query.clauses().len() <= MAX_TERMS));
        }
    }
}
