//! The words around a find, and what they make of it.

use reelgraph_models::observation::Severity;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use serde::Deserialize;

use super::class::TermClass;
use super::fold::{Folded, Token, fold_string};

/// How far a word's influence reaches, in words to each side …
const REACH_WORDS: usize = 8;
/// … and in characters, in scripts without blanks.
const REACH_CHARS: usize = 24;
/// Beginnings of words this short are whole words.
const MIN_STEM_CHARS: usize = 4;

/// Why a find weighs less than its entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// Medicine, teaching, news or history speak.
    Earnest,
    /// It is part of a harmless phrase, a title, a species or a place.
    Phrase,
    /// The words around it show its harmless meaning: an animal, a thing, a name.
    OtherMeaning,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    harmless: Vec<String>,
    unspaced: Vec<String>,
    ordinary: BTreeMap<String, Vec<String>>,
    homographs: BTreeMap<String, Vec<String>>,
    earnest: BTreeMap<String, Vec<String>>,
    earnest_unspaced: BTreeMap<String, Vec<String>>,
}

/// The table, folded.
#[derive(Debug, Default)]
struct Known {
    phrases: Vec<Vec<String>>,
    unspaced: Vec<Vec<char>>,
    ordinary: BTreeMap<String, Vec<String>>,
    homographs: BTreeMap<String, Vec<String>>,
    earnest: BTreeMap<String, Vec<String>>,
    earnest_unspaced: Vec<String>,
}

static KNOWN: LazyLock<Known> =
    LazyLock::new(|| toml::from_str(include_str!("context.toml")).map(Known::of).unwrap_or_default());

impl Known {
    fn of(table: Table) -> Self {
        let folded = |words: Vec<String>| words.iter().map(|word| fold_string(word)).collect::<Vec<_>>();
        let values =
            |map: BTreeMap<String, Vec<String>>| map.into_iter().map(|(key, words)| (key, folded(words))).collect();
        Self {
            phrases: table.harmless.iter().map(|phrase| phrase.split(' ').map(fold_string).collect()).collect(),
            unspaced: table.unspaced.iter().map(|word| fold_string(word).chars().collect()).collect(),
            ordinary: values(table.ordinary),
            homographs: values(table.homographs),
            earnest: values(table.earnest),
            earnest_unspaced: table.earnest_unspaced.into_values().flat_map(folded).collect(),
        }
    }
}

/// Longer harmless words of scripts without blanks.
pub(super) fn harmless_unspaced() -> &'static [Vec<char>] {
    &KNOWN.unspaced
}

/// Whether a word of the English list is an ordinary word of one of these languages.
pub(super) fn is_ordinary_in(form: &str, languages: &[&str]) -> bool {
    languages
        .iter()
        .any(|language| KNOWN.ordinary.get(*language).is_some_and(|words| words.iter().any(|word| word == form)))
}

/// A text with its words, for questions about what surrounds a place.
pub(super) struct Surroundings<'t> {
    source: &'t [char],
    text: &'t [Folded],
    tokens: &'t [Token],
    languages: &'t [&'t str],
    /// Places of harmless phrases.
    phrases: Vec<Range<usize>>,
}

impl<'t> Surroundings<'t> {
    pub(super) fn new(source: &'t [char], text: &'t [Folded], tokens: &'t [Token], languages: &'t [&'t str]) -> Self {
        let mut phrases = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            for phrase in KNOWN.phrases.iter().filter(|phrase| phrase.first() == Some(&token.form)) {
                let here = tokens.get(index..index + phrase.len()).unwrap_or_default();
                let fits = !here.is_empty() && here.iter().zip(phrase).all(|(token, word)| token.form == *word);
                if let Some(last) = here.last().filter(|_| fits) {
                    phrases.push(token.place.start..last.place.end);
                }
            }
        }
        Self { source, text, tokens, languages, phrases }
    }

    /// What surrounds a find and what it then weighs.
    pub(super) fn judge(&self, place: &Range<usize>, class: TermClass) -> (Option<Context>, Severity) {
        let within = |outer: &Range<usize>| outer.start <= place.start && place.end <= outer.end;
        if self.phrases.iter().any(within) {
            (Some(Context::Phrase), Severity::None)
        } else if self.has_other_meaning(place) {
            (Some(Context::OtherMeaning), Severity::None)
        } else if class.is_said_in_earnest() && self.is_earnest(place) {
            // What is bad news stays unsuitable for the most careful.
            let crime = matches!(class, TermClass::SexualCrime | TermClass::HateSymbol);
            (Some(Context::Earnest), if crime { Severity::Low } else { Severity::None })
        } else {
            (None, class.severity())
        }
    }

    /// The words near a place, itself left out.
    fn near(&self, place: &Range<usize>) -> impl Iterator<Item = &Token> {
        let first = self.tokens.partition_point(|token| token.place.end <= place.start);
        let after = self.tokens.partition_point(|token| token.place.start < place.end);
        let before = self.tokens.get(first.saturating_sub(REACH_WORDS)..first).unwrap_or_default();
        before.iter().chain(self.tokens.iter().skip(after).take(REACH_WORDS))
    }

    fn is_earnest(&self, place: &Range<usize>) -> bool {
        let stems = || {
            let others = self.languages.iter().filter(|language| **language != "en");
            let lists = others.copied().chain(["en"]).filter_map(|language| KNOWN.earnest.get(language));
            lists.flatten()
        };
        let says = |token: &Token| {
            stems().any(|stem| {
                if stem.chars().count() < MIN_STEM_CHARS { token.form == *stem } else { token.form.starts_with(stem) }
            })
        };
        if self.near(place).any(says) {
            return true;
        }
        let around = place.start.saturating_sub(REACH_CHARS)..(place.end + REACH_CHARS).min(self.text.len());
        let around: String = self.text.get(around).unwrap_or_default().iter().map(|folded| folded.ch).collect();
        KNOWN.earnest_unspaced.iter().any(|word| around.contains(word.as_str()))
    }

    fn has_other_meaning(&self, place: &Range<usize>) -> bool {
        let index = self.tokens.partition_point(|token| token.place.end <= place.start);
        let Some(token) = self.tokens.get(index).filter(|token| token.place == *place) else { return false };
        let signs = KNOWN.homographs.get(&token.form);
        let shown = signs.is_some_and(|signs| self.near(place).any(|near| signs.contains(&near.form)));
        shown || token.form == "dick" && self.is_first_name(token, self.tokens.get(index + 1))
    }

    /// Whether both words have a capital at their beginning only, with a blank between: Dick Fosbury.
    fn is_first_name(&self, token: &Token, next: Option<&Token>) -> bool {
        let Some(next) = next else { return false };
        let source = |place: usize| self.text.get(place).and_then(|folded| self.source.get(folded.at)).copied();
        let is_name = |token: &Token| {
            source(token.place.start).is_some_and(char::is_uppercase)
                && source(token.place.start + 1).is_some_and(char::is_lowercase)
        };
        next.place.start == token.place.end + 1
            && source(token.place.end) == Some(' ')
            && is_name(token)
            && is_name(next)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fold::{fold, tokens};
    use super::*;

    fn judged(text: &str, word: &str, class: TermClass) -> (Option<Context>, Severity) {
        let source: Vec<char> = text.chars().collect();
        let folded = fold(text);
        let tokens = tokens(&folded);
        let place = tokens.iter().find(|token| token.form == word).map(|token| token.place.clone());
        let place = place.unwrap_or_else(|| panic!("{word} is not in {text}"));
        Surroundings::new(&source, &folded, &tokens, &["en"]).judge(&place, class)
    }

    #[test]
    fn the_table_reads() {
        assert!(KNOWN.phrases.len() > 50 && KNOWN.earnest.len() > 15 && KNOWN.unspaced.len() > 50);
    }

    #[test]
    fn earnest_words_near_by_lift_a_body_part_but_no_insult() {
        let reference = TermClass::SexualReference;
        assert_eq!(judged("breast cancer research", "breast", reference), (Some(Context::Earnest), Severity::None));
        assert_eq!(judged("nice breast", "breast", reference), (None, Severity::Low));
        assert_eq!(judged("cancer of a fool", "fool", TermClass::Strong), (None, Severity::Medium));
        let far = format!("cancer {} breast", "and so on ".repeat(3));
        assert_eq!(judged(&far, "breast", reference), (None, Severity::Low));
    }

    #[test]
    fn bad_news_keeps_some_weight() {
        let crime = judged("the court heard of the assault", "assault", TermClass::SexualCrime);
        assert_eq!(crime, (Some(Context::Earnest), Severity::Low));
    }

    #[test]
    fn animals_titles_and_first_names_are_meant_otherwise() {
        let vulgar = TermClass::SexualVulgar;
        assert_eq!(judged("cock-a-doodle-doo", "cock", vulgar).1, Severity::None);
        assert_eq!(judged("the cock and his hens", "cock", vulgar).0, Some(Context::OtherMeaning));
        assert_eq!(judged("Moby Dick", "dick", TermClass::Strong).0, Some(Context::Phrase));
        assert_eq!(judged("jump like Dick Fosbury", "dick", TermClass::Strong).0, Some(Context::OtherMeaning));
        assert_eq!(judged("you dick head", "dick", TermClass::Strong), (None, Severity::Medium));
        assert_eq!(judged("DICK HEAD", "dick", TermClass::Strong).1, Severity::Medium);
    }
}
