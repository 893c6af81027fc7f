//! Looking up words of scripts that put blanks between them.

use std::collections::HashMap;
use std::ops::Range;

use super::fold::{Folded, Token, fold, tokens, without_accents};
use super::lists::Entry;

/// A term of one or more words.
#[derive(Debug)]
struct Term {
    /// Folded.
    words: Vec<String>,
    /// What stands between the words; a blank or hyphen stands for any.
    gaps: Vec<String>,
    /// Its entry.
    entry: usize,
}

/// The terms of one language.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// By first word.
    terms: HashMap<String, Vec<Term>>,
    /// By first word without its accents, where people leave accents out.
    bare: HashMap<String, Vec<Term>>,
    language: &'static str,
}

/// How a text's words were read to give a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reading {
    /// As they stand.
    Exact,
    /// Without an ending or a particle that the list leaves out.
    Inflected,
    /// With the accents that the text leaves out.
    Unaccented,
}

/// A term found: its entry, how many words it takes, and how they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) entry: usize,
    pub(super) words: usize,
    pub(super) reading: Reading,
}

/// Languages where a text without accents is a common way of writing. In others å and a, ö and o are different letters.
const ACCENTS_LEFT_OUT: [&str; 8] = ["cs", "es", "fr", "hu", "it", "pl", "pt", "tr"];
/// Particles that Korean joins to a noun, longest first within one beginning.
const KOREAN_PARTICLES: [&str; 20] = [
    "들", "이", "가", "은", "는", "을", "를", "의", "에", "에게", "도", "로", "으로", "와", "과", "야", "아", "만",
    "라고", "처럼",
];

impl Dictionary {
    pub(super) fn new(language: &'static str) -> Self {
        Self { language, ..Self::default() }
    }

    /// Adds an entry, unless it has no words between blanks.
    pub(super) fn add(&mut self, index: usize, entry: &Entry) {
        let folded = fold(&entry.term);
        let words: Vec<Token> = tokens(&folded);
        let gaps = gaps(&folded, &words);
        let words: Vec<String> = words.into_iter().map(|token| token.form).collect();
        let Some(first) = words.first() else { return };
        let bare: Vec<String> = words.iter().map(|word| without_accents(word)).collect();
        if let Some(first) = bare.first().filter(|_| bare != words && ACCENTS_LEFT_OUT.contains(&self.language)) {
            let term = Term { words: bare.clone(), gaps: gaps.clone(), entry: index };
            self.bare.entry(first.clone()).or_default().push(term);
        }
        self.terms.entry(first.clone()).or_default().push(Term { words, gaps, entry: index });
    }

    /// The longest term that begins with the first of `words`; `is_vulgar` says of an entry whether it may have endings.
    pub(super) fn longest(&self, text: &[Folded], words: &[Token], is_vulgar: impl Fn(usize) -> bool) -> Option<Found> {
        let first = &words.first()?.form;
        let exact = longest_of(self.terms.get(first), text, words, Reading::Exact);
        let bare = || longest_of(self.bare.get(first), text, words, Reading::Unaccented);
        let inflected = || {
            let single = |stem: &str| {
                let term = self.terms.get(stem)?.iter().find(|term| term.words.len() == 1 && is_vulgar(term.entry))?;
                Some(Found { entry: term.entry, words: 1, reading: Reading::Inflected })
            };
            match self.language {
                "en" => english_stems(first).find_map(single),
                "ko" => korean_stems(first).find_map(|stem| single(&stem)),
                "ar" | "fa" => first.strip_prefix("ال").and_then(single),
                _ => None,
            }
        };
        exact.or_else(bare).or_else(inflected)
    }

    /// The single words of the language with their entries, for disguised ones.
    pub(super) fn single_words(&self) -> impl Iterator<Item = (&str, usize)> {
        let single = |term: &Term| term.words.len() == 1;
        self.terms.iter().flat_map(move |(word, terms)| {
            terms.iter().filter(move |term| single(term)).map(move |term| (word.as_str(), term.entry))
        })
    }

    /// The single word of that form.
    pub(super) fn single_word(&self, form: &str) -> Option<usize> {
        self.terms.get(form)?.iter().find(|term| term.words.len() == 1).map(|term| term.entry)
    }
}

fn longest_of(terms: Option<&Vec<Term>>, text: &[Folded], words: &[Token], reading: Reading) -> Option<Found> {
    let fits = |term: &&Term| {
        let Some(here) = words.get(..term.words.len()) else { return false };
        let gaps = gaps(text, here);
        here.iter().zip(&term.words).all(|(token, word)| token.form == *word)
            && gaps.iter().zip(&term.gaps).all(|(here, wanted)| here == wanted || is_plain(here) && is_plain(wanted))
    };
    let term = terms?.iter().filter(fits).max_by_key(|term| term.words.len())?;
    Some(Found { entry: term.entry, words: term.words.len(), reading })
}

/// What stands between each two words.
fn gaps(text: &[Folded], words: &[Token]) -> Vec<String> {
    let between = |range: Range<usize>| text.get(range).unwrap_or_default().iter().map(|folded| folded.ch).collect();
    words.iter().zip(words.iter().skip(1)).map(|(a, b)| between(a.place.end..b.place.start)).collect()
}

/// Whether a gap only joins words.
fn is_plain(gap: &str) -> bool {
    gap.chars().all(|ch| ch.is_whitespace() || matches!(ch, '-' | '‐' | '‑' | '_'))
}

/// What an English word may be a form of, by its ending. Stems of fewer than four letters have too many ordinary neighbours.
fn english_stems(word: &str) -> impl Iterator<Item = &str> {
    const ENDINGS: [&str; 6] = ["s", "es", "ed", "er", "ers", "ing"];
    /// Ordinary words that look like forms of an entry.
    const OTHER_WORDS: [&str; 12] = [
        "spices",
        "spiced",
        "spicer",
        "spicers",
        "spicing",
        "monger",
        "mongers",
        "monged",
        "dicker",
        "dickers",
        "dickered",
        "dickering",
    ];
    let stems = ENDINGS.into_iter().filter_map(move |ending| word.strip_suffix(ending));
    stems.filter(move |stem| stem.len() >= 4 && !OTHER_WORDS.contains(&word))
}

/// What a Korean word may be with a particle; the word is folded, so that its syllables lie in parts.
fn korean_stems(word: &str) -> impl Iterator<Item = String> {
    let particles = KOREAN_PARTICLES.into_iter().map(super::fold::fold_string);
    particles.filter_map(move |particle| word.strip_suffix(particle.as_str()).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::super::class::TermClass;
    use super::*;

    fn dictionary(language: &'static str, terms: &[&str]) -> Dictionary {
        let mut dictionary = Dictionary::new(language);
        for (index, term) in terms.iter().enumerate() {
            dictionary.add(index, &Entry { term: (*term).to_owned(), language, class: TermClass::Mild });
        }
        dictionary
    }

    fn longest(dictionary: &Dictionary, text: &str) -> Option<Found> {
        let folded = fold(text);
        dictionary.longest(&folded, &tokens(&folded), |_| true)
    }

    #[test]
    fn the_longest_phrase_wins_and_hyphens_join_as_blanks_do() {
        let dictionary = dictionary("en", &["dang", "dang it all", "rock&roll"]);
        assert_eq!(longest(&dictionary, "dang it all!").map(|found| (found.entry, found.words)), Some((1, 3)));
        assert_eq!(longest(&dictionary, "Dang-it-all").map(|found| found.entry), Some(1));
        assert_eq!(longest(&dictionary, "dang, it, all").map(|found| found.entry), Some(0));
        assert_eq!(longest(&dictionary, "rock&roll").map(|found| found.entry), Some(2));
        assert_eq!(longest(&dictionary, "rock, roll"), None);
        assert_eq!(longest(&dictionary, "dangle"), None);
    }

    #[test]
    fn accents_may_be_left_out_only_where_people_do() {
        let spanish = dictionary("es", &["mañana"]);
        assert_eq!(longest(&spanish, "manana").map(|found| found.reading), Some(Reading::Unaccented));
        assert_eq!(longest(&dictionary("sv", &["röd"]), "rod"), None);
        assert_eq!(longest(&dictionary("es", &["nada"]), "nadá"), None);
    }

    #[test]
    fn endings_are_seen_through() {
        let english = dictionary("en", &["darn", "dicks"]);
        for form in ["darns", "darned", "darning"] {
            assert_eq!(longest(&english, form).map(|found| found.reading), Some(Reading::Inflected), "{form}");
        }
        assert_eq!(longest(&english, "darnel"), None);
        let korean = dictionary("ko", &["젠장"]);
        assert_eq!(longest(&korean, "젠장은").map(|found| found.reading), Some(Reading::Inflected));
        assert_eq!(longest(&korean, "젠장면"), None);
    }
}
