//! Which words of a text made it match: by the same analysis that the index uses.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use crate::analysis::{Language, Script, Stemming, Token, pairs, tokenize};
use crate::error::SearchError;
use crate::query::{Clause, ParsedQuery};

/// A stretch of a text that matched, in characters (Unicode scalar values), and what of the query it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// First character.
    pub start_char: usize,
    /// Character after the last.
    pub end_char: usize,
    /// Words and phrases of the query that matched here, folded, each once.
    pub terms: Vec<String>,
}

/// Finds the words of a query in texts.
pub struct Matcher {
    clauses: Vec<Clause>,
    stems: Mutex<Stems>,
}

/// Stems of the query's words by language, made when a language first turns up.
#[derive(Default)]
struct Stems {
    stemming: Stemming,
    by_language: BTreeMap<Language, Vec<Option<String>>>,
}

/// A matching stretch: first and last token, and which clause.
struct Found {
    start: usize,
    end: usize,
    clause: usize,
}

impl std::fmt::Debug for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matcher").field("clauses", &self.clauses).finish_non_exhaustive()
    }
}

impl Matcher {
    /// A matcher for the words of `query`.
    pub fn new(query: &ParsedQuery) -> Self {
        Self { clauses: query.clauses().to_vec(), stems: Mutex::default() }
    }

    /// The stretches of `text` that match, in order, never overlapping. `language` is an ISO 639-1 code; where it is `None`,
    /// has no stemmer or brings no match, any language's rules do, because a moment may have been indexed by the language
    /// of most of its words.
    pub fn find(&self, text: &str, language: Option<&str>) -> Vec<Highlight> {
        let mut found = self.found(&tokenize(text), language);
        found.sort_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
        let mut merged = Vec::<(usize, usize, Vec<String>)>::new();
        for Found { start, end, clause } in found {
            let term = self.term(clause);
            match merged.last_mut() {
                Some((_, last_end, terms)) if start < *last_end => {
                    *last_end = end.max(*last_end);
                    if !terms.contains(&term) {
                        terms.push(term);
                    }
                }
                _ => merged.push((start, end, vec![term])),
            }
        }
        let mut chars = Chars::of(text);
        let in_chars = |(start, end, terms)| {
            let start_char = chars.at(start);
            Highlight { start_char, end_char: chars.at(end), terms }
        };
        merged.into_iter().map(in_chars).collect()
    }

    /// Whether any word or phrase of the query is in `text`.
    pub fn matches(&self, text: &str, language: Option<&str>) -> bool {
        !self.found(&tokenize(text), language).is_empty()
    }

    /// Which of `words`, in ascending order, take part in a match when they are read one after the other; for words that
    /// carry times of their own.
    pub fn matching_words(&self, words: &[&str], language: Option<&str>) -> Vec<usize> {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(words.len());
        let is_unspaced = |word: &str| tokenize(word).iter().any(|token| token.script == Script::Unspaced);
        for word in words {
            if !text.is_empty() && !is_unspaced(word) {
                text.push(' ');
            }
            text.push_str(word);
            ends.push(text.len());
        }
        let mut places = HashSet::new();
        for found in self.found(&tokenize(&text), language) {
            let first = ends.partition_point(|end| *end <= found.start);
            let last = ends.partition_point(|end| *end < found.end);
            places.extend(first..=last);
        }
        let mut places: Vec<usize> = places.into_iter().filter(|place| *place < words.len()).collect();
        places.sort_unstable();
        places
    }

    /// Every match of every clause, in bytes of the text.
    fn found(&self, tokens: &[Token], language: Option<&str>) -> Vec<Found> {
        if self.clauses.is_empty() || tokens.is_empty() {
            return Vec::new();
        }
        let stated = language.and_then(Language::from_code);
        let mut found = self.found_words(tokens, &Vec::from_iter(stated));
        found.extend(self.found_phrases(tokens));
        if found.is_empty() || stated.is_none() {
            found.extend(self.found_words(tokens, &Vec::from_iter(Language::all())));
        }
        found
    }

    /// Words that match as they are or by their stem in one of `languages`.
    fn found_words(&self, tokens: &[Token], languages: &[Language]) -> Vec<Found> {
        let mut guard = self.stems.lock().unwrap_or_else(PoisonError::into_inner);
        let Stems { stemming, by_language } = &mut *guard;
        for language in languages {
            by_language.entry(*language).or_insert_with(|| {
                let stem = |clause: &Clause| match clause {
                    Clause::Word { surface, .. } => Some(stemming.stem(surface, *language)),
                    Clause::Phrase { .. } => None,
                };
                self.clauses.iter().map(stem).collect()
            });
        }
        let mut found = Vec::new();
        for token in tokens.iter().cloned().chain(pairs(tokens).map(|(_, pair)| pair)) {
            let mut is_match: Vec<bool> = self.clauses.iter().map(|clause| clause.is_word(&token.exact)).collect();
            for language in languages.iter().filter(|_| token.script == Script::Spaced) {
                let stem = Some(stemming.stem(&token.surface, *language));
                for (is_match, query_stem) in is_match.iter_mut().zip(by_language.get(language).into_iter().flatten()) {
                    *is_match |= stem == *query_stem;
                }
            }
            let clauses = is_match.into_iter().enumerate().filter(|(_, is_match)| *is_match);
            found.extend(clauses.map(|(clause, _)| Found { start: token.start, end: token.end, clause }));
        }
        found
    }

    fn found_phrases(&self, tokens: &[Token]) -> Vec<Found> {
        let mut found = Vec::new();
        for (clause, phrase) in self.clauses.iter().enumerate() {
            let Clause::Phrase { words } = phrase else { continue };
            for window in tokens.windows(words.len().max(1)) {
                let is_match = window.iter().zip(words).all(|(token, word)| token.exact == *word);
                if let (true, Some(first), Some(last)) = (is_match, window.first(), window.last()) {
                    found.push(Found { start: first.start, end: last.end, clause });
                }
            }
        }
        found
    }

    fn term(&self, clause: usize) -> String {
        match self.clauses.get(clause) {
            Some(Clause::Word { exact, .. }) => exact.clone(),
            Some(Clause::Phrase { words }) => words.join(" "),
            None => String::new(),
        }
    }
}

/// Highlights the words of a query in one text; see [`Matcher::find`].
///
/// # Errors
/// [`SearchError::QueryTooLong`] for a query beyond [`crate::query::limits::MAX_QUERY_CHARS`].
pub fn highlight(query: &str, language: Option<&str>, text: &str) -> Result<Vec<Highlight>, SearchError> {
    Ok(Matcher::new(&ParsedQuery::parse(query)?).find(text, language))
}

/// Converts ascending byte offsets to character offsets in one pass.
struct Chars<'a> {
    text: &'a str,
    byte: usize,
    char: usize,
}

impl<'a> Chars<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, byte: 0, char: 0 }
    }

    fn at(&mut self, byte: usize) -> usize {
        self.char += self.text.get(self.byte..byte).map_or(0, |passed| passed.chars().count());
        self.byte = byte.max(self.byte);
        self.char
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(query: &str, language: Option<&str>, text: &str) -> String {
        let highlights = highlight(query, language, text).unwrap_or_else(|error| panic!("{error}"));
        let chars: Vec<char> = text.chars().collect();
        let mut marked = String::new();
        let mut at = 0;
        for Highlight { start_char, end_char, .. } in highlights {
            marked.extend(&chars[at..start_char]);
            marked.push('[');
            marked.extend(&chars[start_char..end_char]);
            marked.push(']');
            at = end_char;
        }
        marked.extend(&chars[at..]);
        marked
    }

    #[test]
    fn stems_accents_phrases_and_characters_are_marked_where_they_stand() {
        for (query, language, text, expected) in [
            ("limited editions", Some("en"), "A limited edition, limitless", "A [limited] [edition], limitless"),
            ("Häuser", Some("de"), "in den Häusern", "in den [Häusern]"),
            ("eleve", Some("fr"), "L\u{2019}élève parle", "L\u{2019}[élève] parle"),
            ("книга", Some("ru"), "Две книги 📚 и книга", "Две [книги] 📚 и [книга]"),
            ("\"red car\"", Some("en"), "a red car, a car red, red cars", "a [red car], a car red, red cars"),
            ("東京", Some("ja"), "これは東京都です", "これは[東京]都です"),
            ("東京都", None, "東京都と京都", "[東京都]と[京都]"),
            ("كتاب", Some("ar"), "قرأت الكتاب أمس", "قرأت [الكتاب] أمس"),
            ("nothing", Some("en"), "here", "here"),
            ("häuser", None, "in den Häusern", "in den [Häusern]"),
            ("editions", Some("ja"), "limited edition", "limited [edition]"),
        ] {
            assert_eq!(marked(query, language, text), expected);
        }
    }

    #[test]
    fn each_highlight_names_the_terms_it_answers() -> Result<(), SearchError> {
        let highlights = highlight("dragon \"the dragon\"", Some("en"), "The dragons and the dragon")?;
        let terms: Vec<_> = highlights.iter().map(|highlight| highlight.terms.clone()).collect();
        assert_eq!(terms, [vec!["dragon"], vec!["the dragon", "dragon"]]);
        Ok(())
    }

    #[test]
    fn words_with_times_follow_the_match_across_their_borders() -> Result<(), SearchError> {
        let matcher = Matcher::new(&ParsedQuery::parse("\"limited edition\" car")?);
        assert_eq!(
            matcher.matching_words(&["This", "limited", "edition,", "a", "limited", "car."], Some("en")),
            [1, 2, 5]
        );
        let matcher = Matcher::new(&ParsedQuery::parse("東京")?);
        assert_eq!(matcher.matching_words(&["これは", "東", "京", "です"], Some("ja")), [1, 2]);
        Ok(())
    }

    proptest! {
        #[test]
        fn highlights_never_leave_the_text_nor_overlap(query in ".{0,40}", text in ".{0,120}") {
            let mut last = 0;
            for highlight in highlight(&query, None, &text).unwrap_or_default() {
                prop_assert!(highlight.start_char >= last && highlight.end_char > highlight.start_char);
                last = highlight.end_char;
            }
            prop_assert!(last <= text.chars().count());
        }

        #[test]
        fn a_text_matches_each_of_its_own_words(text in "[a-zA-Zéüñ]{1,12}( [a-zA-Zéüñ]{1,12}){0,5}") {
            for word in text.split(' ') {
                let query = ParsedQuery::parse(word);
                prop_assert!(query.is_ok_and(|query| Matcher::new(&query).matches(&text, None)));
            }
        }
    }
}
