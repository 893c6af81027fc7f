//! What a transcript may look like: the constraints that Whisper decodes under.

use super::vocabulary::Vocabulary;

/// Latest beginning of the first segment, in ticks of 20 ms: 1 s (`max_initial_timestamp` of `whisper/decoding.py`).
const MAX_FIRST_TICK: u32 = 50;

/// Scores that a decoder may not choose get this value.
const NEVER: f32 = f32::NEG_INFINITY;

/// The logit filters of OpenAI's `whisper/decoding.py`: `SuppressBlank`, `SuppressTokens`, `ApplyTimestampRules`.
#[derive(Debug)]
pub(crate) struct Rules {
    suppressed: Vec<u32>,
    blank: u32,
    end_of_text: u32,
    first_timestamp: usize,
}

impl Rules {
    pub(crate) fn new(vocabulary: &Vocabulary) -> Self {
        Self {
            suppressed: vocabulary.suppressed(),
            blank: vocabulary.blank,
            end_of_text: vocabulary.end_of_text,
            first_timestamp: vocabulary.first_timestamp as usize,
        }
    }

    /// Strikes out of `scores` (one logit a token) what may not follow the transcript `history`, which may not end before
    /// its last time is at least `earliest_end` ticks.
    pub(crate) fn apply(&self, scores: &mut [f32], history: &[u32], earliest_end: u32) {
        for token in &self.suppressed {
            strike(scores, *token as usize);
        }
        if history.is_empty() {
            strike(scores, self.blank as usize);
            strike(scores, self.end_of_text as usize);
            // A transcript begins with a time, and within the first second.
            strike_range(scores, 0, self.first_timestamp);
            strike_range(scores, self.first_timestamp + MAX_FIRST_TICK as usize + 1, scores.len());
            return;
        }
        self.apply_order(scores, history);
        let last_time = history.iter().rev().find_map(|token| token.checked_sub(self.first_timestamp as u32));
        if last_time.is_some_and(|ticks| ticks < earliest_end) {
            strike(scores, self.end_of_text as usize);
        }
        self.prefer_time(scores);
    }

    /// Times come in pairs (end of one segment, beginning of the next) and never go back.
    fn apply_order(&self, scores: &mut [f32], history: &[u32]) {
        let is_time = |token: &u32| *token as usize >= self.first_timestamp;
        let last_is_time = history.last().is_some_and(is_time);
        let before_is_time = history.len() < 2 || history.get(history.len() - 2).is_some_and(is_time);
        if last_is_time && before_is_time {
            strike_range(scores, self.first_timestamp, scores.len());
        } else if last_is_time {
            strike_range(scores, 0, self.end_of_text as usize);
        }
        if let Some(last) = history.iter().rfind(|token| is_time(token)) {
            // A segment that is open must get some length; one that was just closed may be followed at once.
            let next = if last_is_time && !before_is_time { *last } else { *last + 1 };
            strike_range(scores, self.first_timestamp, next as usize);
        }
    }

    /// Where all times together are likelier than any one token of text, a time must follow.
    fn prefer_time(&self, scores: &mut [f32]) {
        let (text, times) = scores.split_at_mut(self.first_timestamp.min(scores.len()));
        let best_text = text.iter().copied().fold(NEVER, f32::max);
        let best_time = times.iter().copied().fold(NEVER, f32::max);
        if best_time == NEVER {
            return;
        }
        let sum: f32 = times.iter().map(|score| (score - best_time).exp()).sum();
        if best_time + sum.ln() > best_text {
            text.fill(NEVER);
        }
    }
}

fn strike(scores: &mut [f32], token: usize) {
    if let Some(score) = scores.get_mut(token) {
        *score = NEVER;
    }
}

fn strike_range(scores: &mut [f32], from: usize, to: usize) {
    if let Some(range) = scores.get_mut(from..to) {
        range.fill(NEVER);
    }
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::tests::toy;
    use super::*;

    /// Tokens that may follow `history` when texts and the end are likelier than all times together.
    fn allowed(history: &[u32], earliest_end: u32) -> Vec<u32> {
        let vocabulary = toy(&[" a", " b", " c"]);
        let mut scores = vec![0.0; vocabulary.first_timestamp as usize + 1501];
        scores[..3].fill(20.0);
        scores[vocabulary.end_of_text as usize] = 20.0;
        // The toy's ids are lower than those of the real non-speech tokens.
        let rules = Rules { suppressed: vec![2], ..Rules::new(&vocabulary) };
        rules.apply(&mut scores, history, earliest_end);
        (0..scores.len()).filter(|token| scores[*token] > NEVER).map(|token| token as u32).collect()
    }

    fn time(ticks: u32) -> u32 {
        toy(&[" a", " b", " c"]).first_timestamp + ticks
    }

    #[test]
    fn a_transcript_begins_with_a_time_of_the_first_second() {
        assert_eq!(allowed(&[], 0), (0..=50).map(time).collect::<Vec<_>>());
    }

    #[test]
    fn text_follows_the_beginning_of_a_segment() {
        let after = allowed(&[time(0)], 0);
        assert!(after.starts_with(&[0, 1]) && !after.contains(&2), "text, but for the suppressed token");
        assert!(after.iter().all(|token| *token < time(0)), "no second beginning");
    }

    #[test]
    fn text_goes_on_or_ends_later_than_it_began() {
        let after = allowed(&[time(10), 0], 0);
        assert!(after.contains(&1) && after.contains(&time(11)) && !after.contains(&time(10)));
    }

    #[test]
    fn the_end_of_a_segment_is_followed_by_a_beginning_or_by_the_end() {
        let vocabulary = toy(&[" a", " b", " c"]);
        let after = allowed(&[time(0), 0, time(40)], 0);
        assert!(!after.contains(&0) && after.contains(&time(40)) && !after.contains(&time(39)));
        assert!(after.contains(&vocabulary.end_of_text));
    }

    #[test]
    fn a_transcript_does_not_end_while_someone_still_speaks() {
        let end = toy(&[" a", " b", " c"]).end_of_text;
        assert!(!allowed(&[time(0), 0, time(40)], 41).contains(&end));
        assert!(allowed(&[time(0), 0, time(41)], 41).contains(&end));
        assert!(!allowed(&[time(0), 0], 41).contains(&end), "an open segment is closed first");
    }

    #[test]
    fn a_time_is_forced_where_times_outweigh_every_text() {
        let vocabulary = toy(&[" a", " b"]);
        let mut scores = vec![0.0; vocabulary.first_timestamp as usize + 1501];
        scores[0] = 2.0;
        Rules { suppressed: Vec::new(), ..Rules::new(&vocabulary) }.apply(
            &mut scores,
            &[vocabulary.first_timestamp, 1],
            0,
        );
        assert_eq!(scores[0], NEVER, "1,500 times of score 0 outweigh one text of score 2");
    }
}
