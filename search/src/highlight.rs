//! Which words of a text made it match: by the same analysis that the index uses.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};

use crate::analysis::{Language, Script, Stemming, Token, pairs, romanised, tokenize};
use crate::error::SearchError;
use crate::query::vocabulary::LabelPath;
use crate::query::{Clause, Query, Shape};
use crate::text::Channel;

/// A stretch of a text that matched, in characters (Unicode scalar values), and what of the query it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Highlight {
    /// First character.
    pub start_char: usize,
    /// Character after the last.
    pub end_char: usize,
    /// Words and phrases of the query that matched here, as typed but folded, each once.
    pub terms: Vec<String>,
    /// The labels of the vocabulary by which they did, where it was not the word that was typed.
    pub via: Vec<Arc<LabelPath>>,
}

/// Finds the words of a query in texts.
pub struct Matcher {
    clauses: Vec<Clause>,
    forms: Vec<Looked>,
    stems: Mutex<Stems>,
}

/// One way in which a clause may be written.
struct Looked {
    clause: usize,
    look: Look,
    via: Option<Arc<LabelPath>>,
}

enum Look {
    /// Folded, as it was typed, and in Latin letters where it is not.
    Word {
        exact: String,
        surface: String,
        roman: Option<String>,
    },
    Phrase(Vec<String>),
    Prefix(String),
    Fuzzy(DFA),
}

/// Stems of the query's words by language, made when a language first turns up.
#[derive(Default)]
struct Stems {
    stemming: Stemming,
    by_language: BTreeMap<Language, Vec<Option<String>>>,
}

/// A matching stretch: first and last byte, and which form.
struct Found {
    start: usize,
    end: usize,
    form: usize,
}

impl std::fmt::Debug for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Matcher").field("clauses", &self.clauses).finish_non_exhaustive()
    }
}

impl Look {
    fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Word { exact, surface } => {
                Self::Word { exact: exact.clone(), surface: surface.clone(), roman: romanised(exact) }
            }
            Shape::Phrase { words } => Self::Phrase(words.clone()),
            Shape::Prefix { start } => Self::Prefix(start.clone()),
            Shape::Fuzzy { word, distance } => {
                Self::Fuzzy(LevenshteinAutomatonBuilder::new(*distance, true).build_dfa(word))
            }
        }
    }

    /// Whether it is this folded word as it stands.
    fn is(&self, word: &str) -> bool {
        match self {
            Self::Word { exact, roman, .. } => {
                exact == word
                    || roman.as_deref() == Some(word)
                    || (exact.is_ascii() && romanised(word).as_deref() == Some(exact.as_str()))
            }
            Self::Prefix(start) => word.starts_with(start.as_str()),
            Self::Fuzzy(dfa) => matches!(dfa.eval(word), Distance::Exact(_)),
            Self::Phrase(_) => false,
        }
    }
}

impl Matcher {
    /// A matcher for the words of `query`.
    pub fn new(query: &Query) -> Self {
        let clauses: Vec<Clause> = query.clauses().into_iter().cloned().collect();
        let forms = clauses.iter().enumerate().flat_map(|(clause, it)| {
            it.forms.iter().map(move |form| Looked { clause, look: Look::of(&form.shape), via: form.via.clone() })
        });
        Self { forms: forms.collect(), clauses, stems: Mutex::default() }
    }

    /// The stretches of `text` that match, in order, never overlapping. `language` is an ISO 639-1 code; where it is `None`,
    /// has no stemmer or brings no match, any language's rules do, because a moment may have been indexed by the language
    /// of most of its words. Only what may be found in `channel` counts; everything where it is `None`.
    pub fn find(&self, text: &str, language: Option<&str>, channel: Option<Channel>) -> Vec<Highlight> {
        let mut found = self.found(&tokenize(text), language, channel);
        found.sort_by_key(|found| (found.start, std::cmp::Reverse(found.end)));
        let mut merged = Vec::<(usize, usize, Vec<usize>)>::new();
        for Found { start, end, form } in found {
            match merged.last_mut() {
                Some((_, last_end, forms)) if start < *last_end => {
                    *last_end = end.max(*last_end);
                    forms.push(form);
                }
                _ => merged.push((start, end, vec![form])),
            }
        }
        let mut chars = Chars::of(text);
        let in_chars = |(start, end, forms): (usize, usize, Vec<usize>)| {
            let (mut terms, mut via) = (Vec::new(), Vec::new());
            for looked in forms.iter().filter_map(|form| self.forms.get(*form)) {
                let term = self.clauses.get(looked.clause).map(Clause::typed).unwrap_or_default();
                if !terms.contains(&term) {
                    terms.push(term);
                }
                via.extend(looked.via.iter().filter(|path| !via.contains(*path)).cloned().collect::<Vec<_>>());
            }
            let start_char = chars.at(start);
            Highlight { start_char, end_char: chars.at(end), terms, via }
        };
        merged.into_iter().map(in_chars).collect()
    }

    /// Whether anything of the query that may be found in `channel` is in `text`.
    pub fn matches(&self, text: &str, language: Option<&str>, channel: Option<Channel>) -> bool {
        !self.found(&tokenize(text), language, channel).is_empty()
    }

    /// Which of `words`, in ascending order, take part in a match when they are read one after the other; for words that
    /// carry times of their own.
    pub fn matching_words(&self, words: &[&str], language: Option<&str>, channel: Option<Channel>) -> Vec<usize> {
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
        for found in self.found(&tokenize(&text), language, channel) {
            let first = ends.partition_point(|end| *end <= found.start);
            let last = ends.partition_point(|end| *end < found.end);
            places.extend(first..=last);
        }
        let mut places: Vec<usize> = places.into_iter().filter(|place| *place < words.len()).collect();
        places.sort_unstable();
        places
    }

    /// Every match of every form, in bytes of the text.
    fn found(&self, tokens: &[Token], language: Option<&str>, channel: Option<Channel>) -> Vec<Found> {
        let is_asked = |looked: &Looked| {
            let field = self.clauses.get(looked.clause).and_then(|clause| clause.field);
            channel.is_none_or(|channel| channel.answers(field))
        };
        let asked: Vec<(usize, &Looked)> =
            self.forms.iter().enumerate().filter(|(_, looked)| is_asked(looked)).collect();
        if asked.is_empty() || tokens.is_empty() {
            return Vec::new();
        }
        let stated = language.and_then(Language::from_code);
        let mut found = self.found_words(&asked, tokens, &Vec::from_iter(stated));
        found.extend(found_phrases(&asked, tokens));
        if found.is_empty() || stated.is_none() {
            found.extend(self.found_words(&asked, tokens, &Vec::from_iter(Language::all())));
        }
        found
    }

    /// Words that match as they are or by their stem in one of `languages`.
    fn found_words(&self, asked: &[(usize, &Looked)], tokens: &[Token], languages: &[Language]) -> Vec<Found> {
        let mut guard = self.stems.lock().unwrap_or_else(PoisonError::into_inner);
        let Stems { stemming, by_language } = &mut *guard;
        for language in languages {
            by_language.entry(*language).or_insert_with(|| {
                let stem = |looked: &Looked| match &looked.look {
                    Look::Word { surface, .. } => Some(stemming.stem(surface, *language)),
                    _ => None,
                };
                self.forms.iter().map(stem).collect()
            });
        }
        let mut found = Vec::new();
        for token in tokens.iter().cloned().chain(pairs(tokens).map(|(_, pair)| pair)) {
            let stems: Vec<(&Language, String)> = languages
                .iter()
                .filter(|_| token.script == Script::Spaced)
                .map(|language| (language, stemming.stem(&token.surface, *language)))
                .collect();
            for (form, looked) in asked {
                let has_stem = |(language, stem): &(&Language, String)| {
                    let known = by_language.get(language).and_then(|stems| stems.get(*form));
                    known.is_some_and(|known| known.as_ref() == Some(stem))
                };
                if looked.look.is(&token.exact) || stems.iter().any(has_stem) {
                    found.push(Found { start: token.start, end: token.end, form: *form });
                }
            }
        }
        found
    }
}

fn found_phrases(asked: &[(usize, &Looked)], tokens: &[Token]) -> Vec<Found> {
    let mut found = Vec::new();
    for (form, looked) in asked {
        let Look::Phrase(words) = &looked.look else { continue };
        for window in tokens.windows(words.len().max(1)) {
            let is_match = window.iter().zip(words).all(|(token, word)| token.exact == *word);
            if let (true, Some(first), Some(last)) = (is_match, window.first(), window.last()) {
                found.push(Found { start: first.start, end: last.end, form: *form });
            }
        }
    }
    found
}

/// Highlights the words of a query in one text; see [`Matcher::find`].
///
/// # Errors
/// As [`Query::parse`].
pub fn highlight(query: &str, language: Option<&str>, text: &str) -> Result<Vec<Highlight>, SearchError> {
    Ok(Matcher::new(&Query::parse(query)?).find(text, language, None))
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
        let matcher = Matcher::new(&Query::parse("\"limited edition\" car")?);
        assert_eq!(
            matcher.matching_words(&["This", "limited", "edition,", "a", "limited", "car."], Some("en"), None),
            [1, 2, 5]
        );
        let matcher = Matcher::new(&Query::parse("東京")?);
        assert_eq!(matcher.matching_words(&["これは", "東", "京", "です"], Some("ja"), None), [1, 2]);
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
                let query = Query::parse(word);
                prop_assert!(query.is_ok_and(|query| Matcher::new(&query).matches(&text, None, None)));
            }
        }
    }
}
