//! Names and terms that a library knows, put right in what was heard.
//!
//! A recogniser writes a name that it does not know by its sound: "sin tell" for "Sintel". Where one to three doubtful words
//! together are spelt nearly like an entry of the library's vocabulary, they become that entry.

use reelgraph_models::language::has_blanks_between_words;
use reelgraph_models::observation::Word;
use reelgraph_models::time::Span;

use super::segment::SpeechSegment;
use crate::distance::text_distance;

/// Words that one more word than the entry has may be heard as.
const SPARE_WORDS: usize = 2;
/// Entries with fewer letters are only given their own spelling, never guessed: too many words are near to them.
const LEAST_LETTERS: usize = 5;
/// Share of letters that must agree.
const LEAST_ALIKE: f32 = 0.75;
/// Words that the recogniser is surer of are not replaced by others, whatever they are near to.
const DOUBTFUL: f32 = 0.7;

/// Puts the entries of a vocabulary into a segment where they were meant; says whether anything was changed. Languages that
/// are written without blanks between words are left as they are.
pub fn correct(segment: &mut SpeechSegment, vocabulary: &[String]) -> bool {
    if !has_blanks_between_words(&segment.language) {
        return false;
    }
    let mut is_changed = false;
    for entry in vocabulary {
        let letters = letters(entry);
        let longest = entry.split_whitespace().count() + SPARE_WORDS;
        let mut start = 0;
        while start < segment.words.len() {
            let best = (1..=longest.min(segment.words.len() - start))
                .filter_map(|count| {
                    let words = segment.words.get(start..start + count)?;
                    Some((likeness(words, entry, &letters)?, count))
                })
                .max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((_, count)) = best {
                is_changed |= replace(&mut segment.words, start, count, entry);
            }
            start += 1;
        }
    }
    if is_changed {
        segment.text = segment.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    }
    is_changed
}

/// How well the words fit the entry, `0..=1`; `None` where they are not meant for it.
fn likeness(words: &[Word], entry: &str, wanted: &str) -> Option<f32> {
    let heard: String = words.iter().map(|word| letters(&word.text)).collect();
    if heard.is_empty() || wanted.is_empty() {
        return None;
    }
    if heard == wanted {
        return Some(1.0);
    }
    let (length, longest) = (wanted.chars().count(), wanted.chars().count().max(heard.chars().count()));
    let surest = words.iter().map(|word| word.probability).fold(0.0, f32::max);
    // A single word in another case is the entry itself; that was the case above. What is left is a guess.
    if length < LEAST_LETTERS || surest >= DOUBTFUL && words.len() <= entry.split_whitespace().count() {
        return None;
    }
    if words.iter().all(|word| word.probability >= DOUBTFUL) {
        return None;
    }
    let alike = 1.0 - text_distance(&heard, wanted) as f32 / longest as f32;
    (alike >= LEAST_ALIKE).then_some(alike)
}

/// Makes one word of several; keeps what stands before and behind it. Says whether the text is another one now.
fn replace(words: &mut Vec<Word>, start: usize, count: usize, entry: &str) -> bool {
    let Some([first, .., last] | [first @ last]) = words.get(start..start + count) else { return false };
    let is_letter = |c: char| c.is_alphanumeric();
    let before = first.text.split(is_letter).next().unwrap_or_default();
    let behind = last.text.rsplit(is_letter).next().unwrap_or_default();
    let word = Word {
        text: format!("{before}{entry}{behind}"),
        span: Span::at_least_one_micro(first.span.start(), last.span.end()),
        probability: first.probability.min(last.probability),
    };
    if count == 1 && word.text == first.text {
        return false;
    }
    words.splice(start..start + count, [word]);
    true
}

/// Letters and digits only, lower case.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use reelgraph_models::time::MediaTime;

    use super::*;

    fn segment(words: &[(&str, f32)]) -> SpeechSegment {
        let at = |index: usize| MediaTime::from_millis(index as i64 * 100);
        let words: Vec<Word> = words
            .iter()
            .enumerate()
            .map(|(index, (text, probability))| Word {
                text: (*text).to_owned(),
                span: Span::at_least_one_micro(at(index), at(index + 1)),
                probability: *probability,
            })
            .collect();
        SpeechSegment {
            span: Span::at_least_one_micro(at(0), at(words.len())),
            text: words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "),
            language: "en".to_owned(),
            language_probability: 1.0,
            words,
            mean_log_probability: -0.2,
            no_speech_probability: 0.0,
            compression_ratio: 1.0,
            suspect: Vec::new(),
        }
    }

    fn corrected(words: &[(&str, f32)], vocabulary: &[&str]) -> String {
        let mut segment = segment(words);
        let vocabulary: Vec<String> = vocabulary.iter().map(|entry| (*entry).to_owned()).collect();
        correct(&mut segment, &vocabulary);
        segment.text
    }

    #[test]
    fn a_name_that_was_heard_in_pieces_becomes_one_word_with_its_time() {
        let mut one =
            segment(&[("Meet", 0.9), ("\u{201c}sin", 0.3), ("tell,\u{201d}", 0.5), ("she", 0.9), ("said.", 0.9)]);
        assert!(correct(&mut one, &["Sintel".to_owned()]));
        assert_eq!(one.text, "Meet \u{201c}Sintel,\u{201d} she said.");
        let spans: Vec<_> = one.words.iter().map(|word| word.span.duration().as_millis()).collect();
        assert_eq!(spans, [100, 200, 100, 100]);
    }

    #[test]
    fn the_spelling_of_the_vocabulary_is_used_whoever_is_sure() {
        assert_eq!(
            corrected(&[("the", 0.9), ("graphql", 0.99), ("api", 0.99)], &["GraphQL", "API"]),
            "the GraphQL API"
        );
        assert_eq!(corrected(&[("reel", 0.99), ("graph", 0.99)], &["Reelgraph"]), "Reelgraph");
    }

    #[test]
    fn words_that_are_sure_or_far_or_short_stay_what_they_are() {
        for (words, entry) in [
            (&[("sentinel", 0.95)][..], "Sintel"),
            (&[("central", 0.2)][..], "Sintel"),
            (&[("and", 0.2)][..], "Ann"),
            (&[("simple", 0.95), ("tale", 0.95)][..], "Sintel"),
        ] {
            let before = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
            assert_eq!(corrected(words, &[entry]), before);
        }
    }

    #[test]
    fn a_script_without_blanks_is_left_alone() {
        let mut one = SpeechSegment { language: "ja".to_owned(), ..segment(&[("シ", 0.1), ("ン", 0.1)]) };
        assert!(!correct(&mut one, &["シン".to_owned()]));
    }
}
