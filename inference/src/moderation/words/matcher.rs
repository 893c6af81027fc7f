//! Finding the entries of the lists in a text.

use reelgraph_models::observation::Severity;

use std::collections::BTreeMap;
use std::ops::Range;

use super::class::TermClass;
use super::context::{Context, Surroundings, harmless_unspaced, is_ordinary_in};
use super::disguise::{disguised, reads_as};
use super::fold::{Folded, Token, fold, tokens};
use super::lists::{Entry, list_language, read_lists};
use super::spaced::{Dictionary, Reading};
use super::unspaced::UnspacedDictionary;
use crate::catalog::{ModelCard, ModelStore};
use crate::error::InferenceError;

/// Name of the card.
const CARD: &str = "naughty-words";
/// Looked for in every text, after the text's own languages.
const ALWAYS: &str = "en";

/// How a text spells an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spelling {
    /// As the list does, or with other case or composition.
    Exact,
    /// With an ending or a particle.
    Inflected,
    /// Without the entry's accents.
    Unaccented,
    /// With signs for letters, letters drawn out or spelled out.
    Disguised,
}

/// An entry found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermMatch {
    /// The entry, as its list writes it.
    pub term: String,
    /// Where, in characters of the text, half open.
    pub chars: Range<usize>,
    /// The list's language.
    pub language: &'static str,
    /// What kind of entry it is.
    pub class: TermClass,
    /// How it is spelled.
    pub spelling: Spelling,
    /// What takes weight from it.
    pub context: Option<Context>,
    /// What it weighs here: [`TermClass::severity`], or less by its context.
    pub severity: Severity,
}

/// The word lists, ready to look in texts.
#[derive(Debug)]
pub struct WordLists {
    entries: Vec<Entry>,
    spaced: BTreeMap<&'static str, Dictionary>,
    unspaced: BTreeMap<&'static str, UnspacedDictionary>,
    card: Option<ModelCard>,
}

/// A match by place in the folded text.
struct Hit {
    entry: usize,
    place: Range<usize>,
    spelling: Spelling,
}

impl WordLists {
    /// Loads `naughty-words`; needs no ONNX Runtime.
    ///
    /// # Errors
    /// [`InferenceError::FileMissing`] and its like where the lists are not in the store; [`InferenceError::Read`],
    /// [`InferenceError::ModelData`].
    pub fn load(store: &ModelStore) -> Result<Self, InferenceError> {
        let files = store.open(CARD)?;
        Ok(Self { card: Some(files.card().clone()), ..Self::of(read_lists(&files)?) })
    }

    fn of(entries: Vec<Entry>) -> Self {
        let mut spaced: BTreeMap<&'static str, Dictionary> = BTreeMap::new();
        let mut unspaced: BTreeMap<&'static str, UnspacedDictionary> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            if matches!(entry.language, "zh" | "ja" | "th") {
                unspaced.entry(entry.language).or_default().add(index, entry);
            } else {
                spaced.entry(entry.language).or_insert_with(|| Dictionary::new(entry.language)).add(index, entry);
            }
        }
        Self { entries, spaced, unspaced, card: None }
    }

    /// The card, for provenance.
    pub fn card(&self) -> Option<&ModelCard> {
        self.card.as_ref()
    }

    /// Finds the entries of the lists of `languages` (BCP 47 tags, likeliest first; those without a list do not count) and of
    /// English in a text, from left to right, none inside another. Entries that are ordinary words are left out; those that
    /// their context makes harmless are there with [`Severity::None`].
    pub fn find(&self, text: &str, languages: &[&str]) -> Vec<TermMatch> {
        let mut lists: Vec<&str> = Vec::new();
        for language in languages.iter().filter_map(|tag| list_language(tag)).chain([ALWAYS]) {
            if !lists.contains(&language) {
                lists.push(language);
            }
        }
        let primary: Vec<&str> = languages.iter().filter_map(|tag| tag.split(['-', '_']).next()).collect();
        let folded = fold(text);
        let tokens = tokens(&folded);
        let mut hits = self.spaced_hits(&folded, &tokens, &lists, &primary);
        for dictionary in lists.iter().filter_map(|language| self.unspaced.get(language)) {
            for found in dictionary.find(&folded, harmless_unspaced()) {
                add(&mut hits, Hit { entry: found.entry, place: found.place, spelling: Spelling::Exact });
            }
        }
        self.add_disguised(&mut hits, &folded, &tokens, &lists, &primary);
        hits.sort_by_key(|hit| hit.place.start);
        let source: Vec<char> = text.chars().collect();
        let surroundings = Surroundings::new(&source, &folded, &tokens, &lists);
        hits.iter().filter_map(|hit| self.judged(hit, &folded, &surroundings)).collect()
    }

    fn class(&self, entry: usize) -> TermClass {
        self.entries.get(entry).map_or(TermClass::Ordinary, |entry| entry.class)
    }

    fn spaced_hits(&self, text: &[Folded], tokens: &[Token], lists: &[&str], primary: &[&str]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut index = 0;
        while let Some(here) = tokens.get(index..).filter(|here| !here.is_empty()) {
            let in_list = |language: &&str| {
                let elsewhere =
                    *language == ALWAYS && here.first().is_some_and(|token| is_ordinary_in(&token.form, primary));
                let dictionary = self.spaced.get(language).filter(|_| !elsewhere)?;
                dictionary.longest(text, here, |entry| self.class(entry).is_vulgar())
            };
            // Of equally long ones the first language's, in its plainest reading: it knows its own words.
            let best = lists.iter().filter_map(in_list).reduce(|best, other| {
                let better = (other.words, best.reading) > (best.words, other.reading);
                if better { other } else { best }
            });
            let Some(found) = best else {
                index += 1;
                continue;
            };
            if let (Some(first), Some(last)) = (here.first(), here.get(found.words.max(1) - 1)) {
                let spelling = match found.reading {
                    Reading::Exact => Spelling::Exact,
                    Reading::Inflected => Spelling::Inflected,
                    Reading::Unaccented => Spelling::Unaccented,
                };
                hits.push(Hit { entry: found.entry, place: first.place.start..last.place.end, spelling });
            }
            index += found.words.max(1);
        }
        hits
    }

    fn add_disguised(&self, hits: &mut Vec<Hit>, text: &[Folded], tokens: &[Token], lists: &[&str], primary: &[&str]) {
        for candidate in disguised(text, tokens) {
            let in_list = |language: &&str| {
                let dictionary = self.spaced.get(language)?;
                let fits = |entry: &usize| self.class(*entry).is_vulgar();
                candidate.readings.iter().find_map(|reading| {
                    if *language == ALWAYS && is_ordinary_in(reading, primary) {
                        None
                    } else if reading.contains('*') {
                        let words = dictionary.single_words().filter(|(word, _)| reads_as(reading, word));
                        words.map(|(_, entry)| entry).filter(fits).min()
                    } else {
                        dictionary.single_word(reading).filter(fits)
                    }
                })
            };
            if let Some(entry) = lists.iter().find_map(in_list) {
                add(hits, Hit { entry, place: candidate.place, spelling: Spelling::Disguised });
            }
        }
    }

    fn judged(&self, hit: &Hit, text: &[Folded], surroundings: &Surroundings<'_>) -> Option<TermMatch> {
        let entry = self.entries.get(hit.entry).filter(|entry| entry.class != TermClass::Ordinary)?;
        let (context, severity) = surroundings.judge(&hit.place, entry.class);
        let first = text.get(hit.place.start)?.at;
        let last = text.get(hit.place.end.checked_sub(1)?)?.at;
        Some(TermMatch {
            term: entry.term.clone(),
            chars: first..last + 1,
            language: entry.language,
            class: entry.class,
            spelling: hit.spelling,
            context,
            severity,
        })
    }
}

/// Adds a hit, unless another one has its place.
fn add(hits: &mut Vec<Hit>, hit: Hit) {
    let overlaps = |other: &Hit| other.place.start < hit.place.end && hit.place.start < other.place.end;
    if !hits.iter().any(overlaps) {
        hits.push(hit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists made for these tests, of words that anyone may read.
    fn lists() -> WordLists {
        let entry = |language, term: &str, class| Entry { term: term.to_owned(), language, class };
        WordLists::of(vec![
            entry("en", "darn", TermClass::Mild),
            entry("en", "darn it all", TermClass::Strong),
            entry("en", "slut", TermClass::Strong),
            entry("en", "bosom", TermClass::SexualReference),
            entry("en", "gift", TermClass::Slur),
            entry("de", "gift", TermClass::Ordinary),
            entry("es", "caramba", TermClass::Mild),
            entry("fr", "zûte", TermClass::Mild),
            entry("zh", "笨蛋", TermClass::Strong),
        ])
    }

    fn found(text: &str, languages: &[&str]) -> Vec<(String, Range<usize>, Severity)> {
        lists().find(text, languages).into_iter().map(|found| (found.term, found.chars, found.severity)).collect()
    }

    #[test]
    fn places_are_characters_of_the_text() {
        assert_eq!(found("Émile: DARN it", &[]), [("darn".to_owned(), 7..11, Severity::Low)]);
        assert_eq!(found("darn it all", &[]), [("darn it all".to_owned(), 0..11, Severity::Medium)]);
        assert_eq!(found("darnation bosoms", &[]), [], "whole words only");
        assert_eq!(found("好的，笨蛋", &["zh-Hans"]), [("笨蛋".to_owned(), 3..5, Severity::Medium)]);
    }

    #[test]
    fn the_lists_of_the_texts_languages_and_english_count() {
        assert_eq!(found("caramba", &["en"]), []);
        assert_eq!(found("caramba, darn", &["es-MX"]).len(), 2);
        assert_eq!(found("der Gift-Schrank", &["de"]), [], "the text's own language knows better");
        assert_eq!(found("gift", &["en"]).len(), 1);
        assert_eq!(found("det är slut", &["sv"]), []);
        assert_eq!(found("det är slut", &["en"]).len(), 1);
    }

    #[test]
    fn spellings_are_told_apart() {
        let spelling = |text| lists().find(text, &["fr"]).first().map(|found| found.spelling);
        assert_eq!(spelling("zûte"), Some(Spelling::Exact));
        assert_eq!(spelling("zute"), Some(Spelling::Unaccented));
        assert_eq!(spelling("darned"), Some(Spelling::Inflected));
        for disguised in ["d@rn", "d*rn", "daaaarn", "d.a.r.n", "D4RN!!"] {
            assert_eq!(spelling(disguised), Some(Spelling::Disguised), "{disguised}");
        }
        assert_eq!(spelling("dorn"), None);
    }

    #[test]
    fn a_context_takes_weight_and_says_why() {
        let found = lists().find("bosom cancer research", &["en"]);
        let judged = found.first().map(|found| (found.context, found.severity));
        assert_eq!(judged, Some((Some(Context::Earnest), Severity::None)));
    }

    #[test]
    fn hostile_texts_take_time_in_proportion_to_their_length() {
        let long = "d.a.r*n$ 笨笨笨 ".repeat(2_000);
        assert!(lists().find(&long, &["zh", "es", "fr"]).len() <= 2_000);
        assert_eq!(found("", &[]), []);
    }
}
