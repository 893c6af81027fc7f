//! Looking up terms of Chinese, Japanese and Thai, which put no blanks between words.
//!
//! The longest term at each place counts, unless it lies in a longer harmless word. Where chance hits are likeliest the term
//! must stand alone: single characters never count, katakana ends where katakana ends, and a short Thai term needs a blank or a
//! sign at both ends.

use std::collections::HashMap;
use std::ops::Range;

use super::fold::{Folded, Kind, fold, kind};
use super::lists::Entry;

/// Shorter Thai terms, in folded characters, are syllables of many other words.
const MIN_THAI_CHARS: usize = 4;
/// Hiragana that ends one word and lets another begin, for terms in hiragana; folded, so that voiced letters lie in two parts.
const PARTICLES: &str = "はかをにのともてへやねよなた\u{3099}";

#[derive(Debug)]
struct Term {
    /// Folded.
    chars: Vec<char>,
    entry: usize,
}

/// The terms of one language.
#[derive(Debug, Default)]
pub(super) struct UnspacedDictionary {
    /// By first character, longest first.
    terms: HashMap<char, Vec<Term>>,
}

/// A term found: its entry and its place in the folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FoundUnspaced {
    pub(super) entry: usize,
    pub(super) place: Range<usize>,
}

impl UnspacedDictionary {
    /// Adds an entry if any of it is of such a script.
    pub(super) fn add(&mut self, index: usize, entry: &Entry) {
        let chars: Vec<char> = fold(&entry.term).into_iter().map(|folded| folded.ch).collect();
        // One character alone, marks not counted, means too many things.
        let letters = chars.iter().filter(|ch| ch.is_alphanumeric()).count();
        if letters < 2 || !chars.iter().any(|ch| kind(*ch) == Kind::Unspaced) {
            return;
        }
        let Some(first) = chars.first().copied() else { return };
        let terms = self.terms.entry(first).or_default();
        terms.push(Term { chars, entry: index });
        terms.sort_by_key(|term| std::cmp::Reverse(term.chars.len()));
    }

    /// The terms of a text from left to right, none of them inside one of `harmless` (folded).
    pub(super) fn find(&self, text: &[Folded], harmless: &[Vec<char>]) -> Vec<FoundUnspaced> {
        let mut found = Vec::new();
        let mut place = 0;
        while let Some(rest) = text.get(place..).filter(|rest| !rest.is_empty()) {
            let terms = rest.first().and_then(|first| self.terms.get(&first.ch)).map_or(&[][..], Vec::as_slice);
            let fits = |term: &&Term| {
                let range = place..place + term.chars.len();
                starts_with(rest, &term.chars)
                    && stands_alone(text, &range, &term.chars)
                    && !is_inside(text, &range, harmless)
            };
            match terms.iter().find(fits) {
                Some(term) => {
                    found.push(FoundUnspaced { entry: term.entry, place: place..place + term.chars.len() });
                    place += term.chars.len();
                }
                None => place += 1,
            }
        }
        found
    }
}

fn starts_with(text: &[Folded], chars: &[char]) -> bool {
    text.len() >= chars.len() && text.iter().zip(chars).all(|(folded, ch)| folded.ch == *ch)
}

/// Whether the characters around a term let it be a word.
fn stands_alone(text: &[Folded], range: &Range<usize>, term: &[char]) -> bool {
    let before = range.start.checked_sub(1).and_then(|at| text.get(at)).map(|folded| folded.ch);
    let after = text.get(range.end).map(|folded| folded.ch);
    let neither = |refused: &dyn Fn(char) -> bool| !before.is_some_and(refused) && !after.is_some_and(refused);
    // A mark after the term belongs to its last letter, which then is another one.
    if after.is_some_and(unicode_normalization::char::is_combining_mark) {
        return false;
    }
    if term.iter().all(|ch| is_katakana(*ch)) {
        neither(&is_katakana)
    } else if term.iter().all(|ch| is_hiragana(*ch)) {
        neither(&|ch| is_hiragana(ch) && !PARTICLES.contains(ch))
    } else if term.iter().any(|ch| is_thai(*ch)) {
        if term.len() < MIN_THAI_CHARS {
            neither(&is_thai)
        } else {
            !before.is_some_and(|ch| matches!(ch, '\u{e40}'..='\u{e44}'))
        }
    } else {
        // Letters and digits at an end must not go on.
        let runs_on = |end: Option<&char>, next: Option<char>| {
            end.is_some_and(char::is_ascii_alphanumeric) && next.is_some_and(|ch| ch.is_ascii_alphanumeric())
        };
        !runs_on(term.first(), before) && !runs_on(term.last(), after)
    }
}

/// Whether a range lies in a longer harmless word of the text.
fn is_inside(text: &[Folded], range: &Range<usize>, harmless: &[Vec<char>]) -> bool {
    harmless.iter().any(|word| {
        let earliest = range.end.saturating_sub(word.len());
        (earliest..=range.start).any(|start| {
            start + word.len() >= range.end && text.get(start..).is_some_and(|rest| starts_with(rest, word))
        })
    })
}

fn is_katakana(ch: char) -> bool {
    matches!(ch, '\u{30a0}'..='\u{30ff}' | '\u{3099}' | '\u{309a}')
}

fn is_hiragana(ch: char) -> bool {
    matches!(ch, '\u{3041}'..='\u{309f}')
}

fn is_thai(ch: char) -> bool {
    matches!(ch, '\u{e00}'..='\u{e7f}')
}

#[cfg(test)]
mod tests {
    use super::super::class::TermClass;
    use super::*;

    fn found(terms: &[&str], harmless: &[&str], text: &str) -> Vec<usize> {
        let mut dictionary = UnspacedDictionary::default();
        for (index, term) in terms.iter().enumerate() {
            dictionary.add(index, &Entry { term: (*term).to_owned(), language: "zh", class: TermClass::Mild });
        }
        let harmless: Vec<Vec<char>> =
            harmless.iter().map(|word| fold(word).into_iter().map(|folded| folded.ch).collect()).collect();
        dictionary.find(&fold(text), &harmless).into_iter().map(|found| found.entry).collect()
    }

    #[test]
    fn the_longest_term_counts_once() {
        assert_eq!(found(&["笨蛋", "大笨蛋"], &[], "你是大笨蛋吗"), [1]);
        assert_eq!(found(&["蛋"], &[], "鸡蛋"), [0_usize; 0], "a single character never counts");
    }

    #[test]
    fn a_term_inside_a_harmless_word_is_none() {
        // "The plan is to be delivered once": the middle of "one-time" and "delivery".
        assert_eq!(found(&["性交"], &["性交付"], "一次性交付"), [0_usize; 0]);
        assert_eq!(found(&["性交"], &["性交付"], "性交"), [0]);
    }

    #[test]
    fn katakana_and_hiragana_end_where_their_words_end() {
        assert_eq!(found(&["バカ"], &[], "あいつはバカだ"), [0]);
        assert_eq!(found(&["バカ"], &[], "バカンスに行く"), [0_usize; 0], "the beginning of another word");
        assert_eq!(found(&["ばか"], &[], "彼はばかだ"), [0]);
        assert_eq!(found(&["ばか"], &[], "そばかす"), [0_usize; 0]);
    }

    #[test]
    fn short_thai_terms_stand_alone_and_long_ones_need_not() {
        assert_eq!(found(&["หบ"], &[], "เปิดหบใหญ่"), [0_usize; 0]);
        assert_eq!(found(&["หบ"], &[], "เปิด หบ"), [0]);
        assert_eq!(found(&["ขนมปัง"], &[], "กินขนมปังทุกวัน"), [0]);
    }
}
