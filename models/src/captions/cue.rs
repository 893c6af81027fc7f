//! From spoken words to cues.

use super::lines::{Layout, chars, ends_clause, ends_sentence};
use crate::observation::{Finding, Observation, Word};
use crate::time::{MediaTime, Span};

/// Shortest and longest time that a cue is shown.
const SHORTEST: MediaTime = MediaTime::from_millis(800);
const LONGEST: MediaTime = MediaTime::from_millis(7_000);
/// A pause this long ends a cue.
const PAUSE: MediaTime = MediaTime::from_millis(1_000);
/// How long a cue may stay after its last word while nobody speaks.
const LINGER: MediaTime = MediaTime::from_millis(1_500);
/// Least time between two cues, so that the eye sees the change: two frames of film.
const GAP: MediaTime = MediaTime::from_millis(84);
/// Characters that a person reads in a second.
const CHARS_PER_SECOND: i64 = 20;

/// What is shown at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// When.
    pub span: Span,
    /// One or two lines, without line breaks.
    pub lines: Vec<String>,
    /// Language of the text (ISO 639-1).
    pub language: String,
}

/// The cues of what was said, in order, never overlapping. Speech that may be invented is left out, as is what is no speech;
/// `observations` are in order of their start. No cue is shown beyond `length`, that of the asset, where it is known. Empty where
/// nothing is left.
pub fn cues(observations: &[Observation], length: Option<MediaTime>) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    for observation in observations {
        let Finding::Speech { text, language, words, suspect } = &observation.finding else { continue };
        if !suspect.is_empty() {
            continue;
        }
        let timed = if words.is_empty() { spread(text, observation.span) } else { words.clone() };
        let layout = Layout::of(language);
        for group in groups(&timed, layout) {
            let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
            let texts: Vec<&str> = group.iter().map(|word| word.text.as_str()).collect();
            let lines = layout.lines(&texts).unwrap_or_else(|| vec![layout.join(texts.iter().copied())]);
            let span = Span::at_least_one_micro(first.span.start(), last.span.end());
            cues.push(Cue { span, lines, language: language.clone() });
        }
    }
    let starts: Vec<Option<MediaTime>> = cues.iter().skip(1).map(|cue| Some(cue.span.start())).chain([None]).collect();
    for (cue, next) in cues.iter_mut().zip(starts) {
        cue.span = readable(cue, next, length);
    }
    cues
}

/// The cue's time, longer where its text needs more than its speech took and the next cue leaves room, and no longer than the asset.
fn readable(cue: &Cue, next: Option<MediaTime>, length: Option<MediaTime>) -> Span {
    let (start, end) = (cue.span.start(), cue.span.end());
    let characters: usize = cue.lines.iter().map(|line| chars(line)).sum();
    let needed = MediaTime::from_micros(characters as i64 * 1_000_000 / CHARS_PER_SECOND).max(SHORTEST);
    let wanted = end.max(start + needed).min(end + LINGER).max(start + SHORTEST);
    let latest = next.map_or(wanted, |next| if next - GAP > start { next - GAP } else { next });
    let latest = length.map_or(latest, |length| latest.min(length));
    Span::at_least_one_micro(start, wanted.min(latest))
}

/// Words shown together: as many as fit, ending where a sentence or at least a clause ends.
fn groups(words: &[Word], layout: Layout) -> Vec<&[Word]> {
    let mut groups = Vec::new();
    let mut rest = words;
    while !rest.is_empty() {
        let fitting = fitting(rest, layout);
        let at = if fitting == rest.len() { fitting } else { break_at(rest, fitting) };
        let (group, after) = rest.split_at(at);
        groups.push(group);
        rest = after;
    }
    groups
}

/// How many of the first words fit a cue; at least one.
fn fitting(words: &[Word], layout: Layout) -> usize {
    let start = words.first().map_or(MediaTime::ZERO, |word| word.span.start());
    let mut texts: Vec<&str> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        texts.push(&word.text);
        let pause = index
            .checked_sub(1)
            .and_then(|before| words.get(before))
            .map(|before| word.span.start() - before.span.end());
        let is_over =
            layout.lines(&texts).is_none() || word.span.end() - start > LONGEST || pause.is_some_and(|it| it >= PAUSE);
        if index > 0 && is_over {
            return index;
        }
    }
    words.len()
}

/// The best place to break within the first `fitting` words: the last end of a sentence, else of a clause, in their second
/// half, else where they stop fitting.
fn break_at(words: &[Word], fitting: usize) -> usize {
    let candidates = words.iter().take(fitting).enumerate().skip(fitting / 2);
    let last = |ends: fn(&str) -> bool| candidates.clone().rfind(|(_, word)| ends(&word.text)).map(|(at, _)| at + 1);
    last(ends_sentence).or_else(|| last(ends_clause)).unwrap_or(fitting)
}

/// Words of a text without word times, each as long as its share of the characters.
fn spread(text: &str, span: Span) -> Vec<Word> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let total: usize = words.iter().map(|word| chars(word)).sum::<usize>().max(1);
    let at = |characters: usize| {
        let share = span.duration().as_micros() as i128 * characters as i128 / total as i128;
        span.start() + MediaTime::from_micros(share as i64)
    };
    let mut before = 0;
    let mut spread = Vec::with_capacity(words.len());
    for word in words {
        let after = before + chars(word);
        let span = Span::at_least_one_micro(at(before), at(after));
        spread.push(Word { text: word.to_owned(), span, probability: 1.0 });
        before = after;
    }
    spread
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{AssetId, ObservationId, RunId};
    use crate::observation::{Modality, Provenance, SuspectReason};

    fn speech(start_ms: i64, text: &str, word_ms: i64, suspect: Vec<SuspectReason>) -> Observation {
        let word = |(index, text): (usize, &str)| {
            let start = MediaTime::from_millis(start_ms + index as i64 * word_ms);
            Word {
                text: text.to_owned(),
                span: Span::at_least_one_micro(start, start + MediaTime::from_millis(word_ms)),
                probability: 0.9,
            }
        };
        let words: Vec<Word> = text.split(' ').enumerate().map(word).collect();
        let end = start_ms + words.len() as i64 * word_ms;
        Observation {
            id: ObservationId::from_uuid(Uuid::nil()),
            asset: AssetId::from_uuid(Uuid::nil()),
            span: Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end)),
            modality: Modality::Speech,
            finding: Finding::Speech { text: text.to_owned(), language: "en".to_owned(), words, suspect },
            confidence: 0.9,
            provenance: Provenance {
                analyzer: "speech".to_owned(),
                model: "test".to_owned(),
                version: "1".to_owned(),
                parameters: String::new(),
                run: RunId::from_uuid(Uuid::nil()),
            },
        }
    }

    #[test]
    fn every_cue_keeps_the_rules() {
        let text = "When the sun had gone down behind the hills, the travellers, who had walked since dawn without a rest, \
                    sat down by the road. Nobody said a word. It was cold, and the fire would not burn.";
        let found = cues(&[speech(0, text, 300, vec![]), speech(30_000, "Then it rained.", 200, vec![])], None);
        let said: Vec<String> = found.iter().map(|cue| cue.lines.join(" ")).collect();
        assert_eq!(said.join(" "), format!("{text} Then it rained."), "no word is lost, doubled or moved");
        for (index, cue) in found.iter().enumerate() {
            assert!(cue.lines.len() <= 2 && cue.lines.iter().all(|line| chars(line) <= 42), "{cue:?}");
            assert!(cue.span.duration() <= LONGEST + LINGER && cue.span.duration() >= SHORTEST, "{cue:?}");
            if let Some(next) = found.get(index + 1) {
                assert!(cue.span.end() <= next.span.start(), "{cue:?} {next:?}");
            }
        }
        assert!(said.iter().any(|cue| cue.ends_with("travellers,")), "{said:?}");
    }

    #[test]
    fn what_may_be_invented_is_not_shown() {
        assert_eq!(cues(&[speech(0, "Thanks for watching!", 300, vec![SuspectReason::StockPhrase])], None), []);
    }

    #[test]
    fn fast_speech_is_shown_longer_where_there_is_room_and_never_into_the_next() {
        let fast = speech(0, "Supercalifragilistic expialidocious words", 50, vec![]);
        let alone = cues(std::slice::from_ref(&fast), None);
        assert!(alone.first().is_some_and(|cue| cue.span.duration() >= MediaTime::from_millis(1_600)), "{alone:?}");
        let followed = cues(&[fast, speech(500, "Next.", 300, vec![])], None);
        assert!(followed.first().is_some_and(|cue| cue.span.end() <= MediaTime::from_millis(500)), "{followed:?}");
    }

    #[test]
    fn no_cue_is_shown_beyond_the_end() {
        let end = MediaTime::from_millis(1_200);
        let found = cues(&[speech(700, "Done.", 300, vec![])], Some(end));
        assert_eq!(found.first().map(|cue| cue.span.end()), Some(end));
    }

    #[test]
    fn words_without_times_share_the_time_of_their_text() {
        let mut line = speech(1_000, "one three", 1_000, vec![]);
        if let Finding::Speech { words, .. } = &mut line.finding {
            words.clear();
        }
        let found = cues(&[line], None);
        assert_eq!(found.first().map(|cue| cue.span.start()), Some(MediaTime::from_millis(1_000)));
        assert_eq!(cues(&[], None), []);
    }
}
