//! What a person changed in what was said: a line of its own that outranks every other source and survives re-runs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::language::has_blanks_between_words;
use crate::observation::{Observation, Origin, Provenance, Word};
use crate::time::{MediaTime, Span};

/// Most characters of a line that a person writes.
pub const MAX_EDIT_CHARS: usize = 2_000;
/// Most characters of the name of who wrote it.
pub const MAX_EDITOR_CHARS: usize = 200;

/// A line that a person corrected. The observation of the same id says what it reads now.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechEdit {
    /// How often it was changed, from 1.
    pub version: u32,
    /// Who changed it last, where that is known.
    pub editor: Option<String>,
    /// When it was changed first.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// What a machine, or another source, said there when it was changed first.
    pub original: Observation,
}

/// What a person wants a line to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeechChange {
    /// What is said; empty where nothing is.
    pub text: String,
    /// ISO 639-1 code; as it was where that is left out.
    pub language: Option<String>,
    /// When it is said; as it was where that is left out.
    pub span: Option<Span>,
    /// Who says so.
    pub editor: Option<String>,
}

/// Name of the analyzer of an edit: each is a run of its own, so that none takes the place of another.
pub(crate) fn analyzer(edit: Uuid) -> String {
    format!("{}{}/speech", Origin::Edited.prefix(), edit.simple())
}

/// The parameters that keep the stretch whose words an edit stands for.
pub(crate) fn parameters(replaced: Span) -> String {
    format!("replaced_end_us={},replaced_start_us={}", replaced.end().as_micros(), replaced.start().as_micros())
}

/// The stretch in which an edit takes the place of all other sources, as its parameters keep it.
pub(crate) fn replaced(provenance: &Provenance) -> Option<Span> {
    let value = |name: &str| {
        let of = |pair: &str| pair.strip_prefix(name)?.strip_prefix('=')?.parse().ok();
        provenance.parameters.split(',').find_map(of).map(MediaTime::from_micros)
    };
    Span::new(value("replaced_start_us")?, value("replaced_end_us")?).ok()
}

/// Words of a changed text with their times: those at both ends that stayed as they were keep theirs, and those between
/// share what is left by their length. Empty where words do not stand apart.
pub(crate) fn timed_words(text: &str, language: &str, span: Span, before: &[Word]) -> Vec<Word> {
    if !has_blanks_between_words(language) {
        return Vec::new();
    }
    let texts: Vec<&str> = text.split_whitespace().collect();
    let before: Vec<&Word> = before.iter().filter(|word| span.intersection(word.span) == Some(word.span)).collect();
    let is_same = |(text, word): &(&&str, &&Word)| **text == word.text;
    let first = texts.iter().zip(before.iter()).take_while(is_same).count();
    let rest = texts.len().min(before.len()) - first;
    let last = texts.iter().rev().zip(before.iter().rev()).take(rest).take_while(is_same).count();
    let kept = |word: &&Word| Word { probability: 1.0, ..(*word).clone() };
    let head: Vec<Word> = before.iter().take(first).map(kept).collect();
    let tail: Vec<Word> = before.iter().skip(before.len() - last).map(kept).collect();
    let start = head.last().map_or(span.start(), |word| word.span.end());
    let end = tail.first().map_or(span.end(), |word| word.span.start());
    let changed = texts.get(first..texts.len() - last).unwrap_or_default();
    let between = shared(changed, Span::at_least_one_micro(start, end.max(start)));
    head.into_iter().chain(between).chain(tail).collect()
}

/// Words that share a stretch by their length.
fn shared(texts: &[&str], span: Span) -> Vec<Word> {
    let length = |text: &&str| text.chars().count();
    let total = texts.iter().map(length).sum::<usize>().max(1);
    let at = |characters: usize| {
        let share = i128::from(span.duration().as_micros()) * characters as i128 / total as i128;
        span.start() + MediaTime::from_micros(share as i64)
    };
    let mut before = 0;
    let word = |text: &&str| {
        let after = before + length(text);
        let span = Span::at_least_one_micro(at(before), at(after));
        before = after;
        Word { text: (*text).to_owned(), span, probability: 1.0 }
    };
    texts.iter().map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start_ms: i64, end_ms: i64) -> Span {
        Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms))
    }

    fn heard(text: &str) -> Vec<Word> {
        let word = |(place, text): (i64, &str)| Word {
            text: text.to_owned(),
            span: span(place * 1_000, place * 1_000 + 900),
            probability: 0.5,
        };
        (0..).zip(text.split(' ')).map(word).collect()
    }

    fn times(text: &str, before: &str) -> Vec<(String, i64, i64)> {
        let words = timed_words(text, "en", span(0, 10_000), &heard(before));
        words.into_iter().map(|word| (word.text, word.span.start().as_millis(), word.span.end().as_millis())).collect()
    }

    #[test]
    fn words_that_stayed_keep_their_times_and_the_others_share_what_is_left() {
        let found = times("we go to the Gatekeepers now", "we go to the gate keepers now");
        let expected = [("the", 3_000, 3_900), ("Gatekeepers", 3_900, 6_000), ("now", 6_000, 6_900)];
        let expected = expected.map(|(text, start, end)| (text.to_owned(), start, end));
        assert_eq!(found.get(3..), Some(expected.as_slice()));
    }

    #[test]
    fn every_word_has_a_place_inside_the_line_and_in_order() {
        for (text, before) in [
            ("", "one two"),
            ("new", ""),
            ("one one one", "one"),
            ("a b c d e f g", "a g"),
            ("two", "one two three"),
            ("one two", "one two"),
        ] {
            let found = times(text, before);
            assert_eq!(found.iter().map(|word| word.0.as_str()).collect::<Vec<_>>().join(" "), text, "{before}");
            assert!(found.iter().all(|word| word.1 >= 0 && word.2 <= 10_000 && word.1 <= word.2), "{found:?}");
            assert!(found.windows(2).all(|pair| matches!(pair, [a, b] if a.2 <= b.1 + 1)), "{found:?}");
        }
        assert_eq!(timed_words("今日は", "ja", span(0, 1_000), &[]), []);
    }

    #[test]
    fn the_replaced_stretch_reads_back() {
        let provenance = Provenance {
            analyzer: analyzer(Uuid::from_u128(1)),
            model: String::new(),
            version: String::new(),
            parameters: parameters(span(1_000, 2_000)),
            run: crate::id::RunId::from_uuid(Uuid::nil()),
        };
        assert_eq!(replaced(&provenance), Some(span(1_000, 2_000)));
        assert_eq!(provenance.origin(), Origin::Edited);
        assert_eq!(replaced(&Provenance { parameters: "a=1".to_owned(), ..provenance }), None);
    }
}
