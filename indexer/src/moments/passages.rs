//! Speech segments joined into readable passages.

use reelgraph_models::observation::{Finding, Observation};
use reelgraph_models::time::MediaTime;

use crate::timeline::Passage;

/// A pause longer than this ends a passage.
const LONGEST_PAUSE: MediaTime = MediaTime::from_millis(1_000);
/// No passage grows beyond this, so that a hit still points at a place.
const LONGEST_PASSAGE: MediaTime = MediaTime::from_millis(12_000);

/// Joins neighbouring trusted segments of one language; suspect ones are left out, they are not shown as fact.
pub(crate) fn passages(speech: &[Observation]) -> Vec<Passage> {
    let mut joined: Vec<Passage> = Vec::new();
    for observation in speech {
        let Finding::Speech { text, language, suspect, .. } = &observation.finding else { continue };
        if !suspect.is_empty() || text.trim().is_empty() {
            continue;
        }
        let span = observation.span;
        match joined.last_mut() {
            Some(last)
                if last.language == *language
                    && !ends_sentence(&last.text)
                    && span.start() - last.span.end() <= LONGEST_PAUSE
                    && last.span.hull(span).duration() <= LONGEST_PASSAGE =>
            {
                last.text.push(' ');
                last.text.push_str(text.trim());
                last.span = last.span.hull(span);
            }
            _ => joined.push(Passage { span, text: text.trim().to_owned(), language: language.clone() }),
        }
    }
    joined
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', '”', '’', '»', ')']).ends_with(['.', '!', '?', '…', '。', '！', '？', '؟'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::speech;

    #[test]
    fn half_sentences_are_joined_and_whole_ones_are_not() {
        let joined = passages(&[
            speech(0, 2_000, "We will go", "en"),
            speech(2_200, 4_000, "to the mountain.", "en"),
            speech(4_100, 6_000, "Then we rest.", "en"),
        ]);
        let texts: Vec<_> = joined.iter().map(|passage| passage.text.as_str()).collect();
        assert_eq!(texts, ["We will go to the mountain.", "Then we rest."]);
    }

    #[test]
    fn a_pause_or_another_language_ends_a_passage() {
        let joined = passages(&[
            speech(0, 1_000, "One", "en"),
            speech(3_000, 4_000, "two", "en"),
            speech(4_100, 5_000, "drei", "de"),
        ]);
        assert_eq!(joined.len(), 3);
    }
}
