//! From sound to tokens: windows decoded side by side.

use super::choice::{Choice, Chooser};
use super::rules::Rules;
use super::vocabulary::Vocabulary;
use super::whisper::{ALIGN_HEADS, CONTEXT_TOKENS, Memory, POSITIONS, Sound, Step, Whisper};
use crate::InferenceError;

/// Most tokens of one transcript: what the position table leaves after the prompt and the end.
pub(super) const MAX_TOKENS: usize = CONTEXT_TOKENS - 4;
/// A transcript that ends in this many repeated tokens, and in four repeats, goes round in circles.
const LOOP_TOKENS: usize = 16;
/// Longest phrase whose repetition is noticed, in tokens.
const LOOP_PERIOD: usize = 32;

/// Why a transcript ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The model said so.
    EndOfText,
    /// There is no room for more.
    TokenLimit,
    /// The same phrase came again and again.
    Loop,
}

/// What the decoder makes of one window.
#[derive(Debug, Clone)]
pub(crate) struct Transcript {
    /// Text and times; without the end.
    pub(crate) tokens: Vec<u32>,
    /// Natural logarithm of each token's probability.
    pub(crate) log_probabilities: Vec<f32>,
    /// For each token the attention of the alignment heads when it was chosen, `[8, positions]`; one more for the end
    /// where the model ended the transcript.
    pub(crate) attention: Vec<Vec<f32>>,
    /// Why it ended.
    pub(crate) ending: Ending,
    /// Sum of the log-probabilities, the end's included.
    pub(super) sum: f32,
}

impl Transcript {
    pub(super) fn new() -> Self {
        let (tokens, log_probabilities, attention) = (Vec::new(), Vec::new(), Vec::new());
        Self { tokens, log_probabilities, attention, ending: Ending::TokenLimit, sum: 0.0 }
    }

    /// Mean natural log-probability of the tokens and of the end (`avg_logprob` of the reference).
    pub(crate) fn mean_log_probability(&self) -> f32 {
        self.sum / (self.tokens.len() + 1) as f32
    }
}

/// One transcript that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Token of the language.
    pub(crate) language: u32,
    /// Positions (20 ms) that hold sound; attention beyond them is not kept.
    pub(crate) positions: usize,
    /// The transcript may not end before this time, in ticks of 20 ms.
    pub(crate) earliest_end: u32,
    /// How its tokens are chosen.
    pub(crate) choice: Choice,
}

/// Decodes windows under the rules.
pub(crate) struct Decoder<'a> {
    pub(crate) whisper: &'a mut Whisper,
    pub(crate) vocabulary: &'a Vocabulary,
    pub(crate) rules: &'a Rules,
}

/// A row of the batch.
struct Row<'a> {
    request: &'a Request,
    chooser: Chooser,
    transcript: Transcript,
    /// Which request it answers.
    index: usize,
}

impl Decoder<'_> {
    /// Reads the start token in every row; gives `[batch, vocabulary]` logits, of which those of the languages and of "no
    /// speech" mean something, and the memory to go on from.
    pub(crate) fn start(&mut self, sound: &Sound) -> Result<(Vec<f32>, Memory), InferenceError> {
        let mut memory = self.whisper.start(sound)?;
        let tokens = vec![i64::from(self.vocabulary.start_of_transcript); sound.batch()];
        let step = self.whisper.step(&tokens, &mut memory, sound)?;
        Ok((step.logits, memory))
    }

    /// Writes one transcript for each request. `memory` is that of [`Decoder::start`], with a row for each request; so is
    /// `sound`, or it has one row for all.
    pub(crate) fn transcribe(
        &mut self,
        sound: &Sound,
        mut memory: Memory,
        requests: &[Request],
    ) -> Result<Vec<Transcript>, InferenceError> {
        let mut rows: Vec<Row<'_>> =
            requests.iter().enumerate().map(|(index, request)| Row::new(index, request)).collect();
        let mut done: Vec<(usize, Transcript)> = Vec::with_capacity(rows.len());
        let mut tokens: Vec<i64> = requests.iter().flat_map(|request| self.prompt(request)).collect();
        // Once half of the rows are done, the batch is repacked; until then `sound` is used as it came.
        let mut repacked: Option<Sound> = None;
        let mut is_done = vec![false; rows.len()];
        while is_done.contains(&false) {
            let heard = repacked.as_ref().unwrap_or(sound);
            let mut step = self.whisper.step(&tokens, &mut memory, heard)?;
            tokens = self.choose(&mut step, &mut rows, &mut is_done);
            let going: Vec<usize> = (0..).zip(&is_done).filter_map(|(row, done)| (!done).then_some(row)).collect();
            if !going.is_empty() && going.len() * 2 <= rows.len() {
                if heard.batch() > 1 {
                    repacked = Some(self.whisper.rows_of_sound(heard, &going)?);
                }
                memory = self.whisper.rows_of_memory(&memory, &going)?;
                tokens = going.iter().filter_map(|row| tokens.get(*row)).copied().collect();
                let (finished, open) = rows.into_iter().zip(is_done).partition::<Vec<_>, _>(|(_, done)| *done);
                done.extend(finished.into_iter().map(|(row, _)| (row.index, row.transcript)));
                (rows, is_done) = open.into_iter().unzip();
            }
        }
        done.extend(rows.into_iter().map(|row| (row.index, row.transcript)));
        done.sort_by_key(|(index, _)| *index);
        Ok(done.into_iter().map(|(_, transcript)| transcript).collect())
    }

    /// What follows the start token.
    pub(super) fn prompt(&self, request: &Request) -> [i64; 2] {
        [i64::from(request.language), i64::from(self.vocabulary.transcribe)]
    }

    /// Chooses the next token of every row. A row that is done goes along until the batch is repacked; what it reads then
    /// does not matter.
    fn choose(&self, step: &mut Step, rows: &mut [Row<'_>], is_done: &mut [bool]) -> Vec<i64> {
        let end = i64::from(self.vocabulary.end_of_text);
        let views = step.rows(rows.len());
        let rows = rows.iter_mut().zip(is_done).zip(views);
        rows.map(|((row, is_done), (scores, look))| {
            let token = if *is_done { None } else { self.choose_one(scores, look, row) };
            *is_done = token.is_none();
            token.map_or(end, i64::from)
        })
        .collect()
    }

    fn choose_one(&self, scores: &mut [f32], look: &[f32], row: &mut Row<'_>) -> Option<u32> {
        let Row { request, chooser, transcript, .. } = row;
        self.rules.apply(scores, &transcript.tokens, request.earliest_end);
        let (token, log_probability) = chooser.pick(scores);
        transcript.sum += log_probability;
        transcript.attention.push(last_look(look, request.positions));
        if token == self.vocabulary.end_of_text {
            transcript.ending = Ending::EndOfText;
            return None;
        }
        transcript.tokens.push(token);
        transcript.log_probabilities.push(log_probability);
        if self.circles(&transcript.tokens) {
            transcript.ending = Ending::Loop;
            return None;
        }
        (transcript.tokens.len() < MAX_TOKENS).then_some(token)
    }

    /// Whether the transcript ends in the same phrase over and over, whatever the times between.
    pub(super) fn circles(&self, tokens: &[u32]) -> bool {
        let text = tokens.iter().rev().filter(|token| self.vocabulary.is_text(**token));
        let tail: Vec<u32> = text.take(LOOP_PERIOD * 4).copied().collect();
        (1..=LOOP_PERIOD).any(|period| {
            let length = (period * 4).max(LOOP_TOKENS);
            tail.len() >= length && tail.iter().zip(tail.iter().skip(period)).take(length - period).all(|(a, b)| a == b)
        })
    }
}

impl<'a> Row<'a> {
    fn new(index: usize, request: &'a Request) -> Self {
        Self { request, chooser: Chooser::new(request.choice), transcript: Transcript::new(), index }
    }
}

/// Of `[8, n, 1500]` the last of the `n`, cut to the positions that hold sound.
pub(super) fn last_look(look: &[f32], positions: usize) -> Vec<f32> {
    let per_head = look.len() / ALIGN_HEADS;
    let seen = per_head.min(POSITIONS);
    look.chunks_exact(per_head.max(1))
        .flat_map(|head| head.get(per_head - seen..).unwrap_or_default().iter().take(positions))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_attention_of_the_last_token_is_kept() {
        // Two tokens; head h, token n, position p holds 10,000 h + 2,000 n + p.
        let look: Vec<f32> = (0..ALIGN_HEADS * 2 * POSITIONS)
            .map(|i| (10_000 * (i / (2 * POSITIONS)) + 2_000 * (i / POSITIONS % 2) + i % POSITIONS) as f32)
            .collect();
        let kept = last_look(&look, 3);
        assert_eq!(kept.len(), ALIGN_HEADS * 3);
        assert_eq!(&kept[..5], &[2_000.0, 2_001.0, 2_002.0, 12_000.0, 12_001.0]);
    }
}
