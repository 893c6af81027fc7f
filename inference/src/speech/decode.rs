//! From sound to tokens: a batch of windows decoded side by side.

use super::rules::Rules;
use super::vocabulary::Vocabulary;
use super::whisper::{ALIGN_HEADS, CONTEXT_TOKENS, Memory, POSITIONS, Sound, Step, Whisper};
use crate::InferenceError;

/// Most tokens of one transcript: what the position table leaves after the prompt and the end.
const MAX_TOKENS: usize = CONTEXT_TOKENS - 4;
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
    sum: f32,
}

impl Transcript {
    fn new() -> Self {
        let (tokens, log_probabilities, attention) = (Vec::new(), Vec::new(), Vec::new());
        Self { tokens, log_probabilities, attention, ending: Ending::TokenLimit, sum: 0.0 }
    }

    /// Mean natural log-probability of the tokens and of the end (`avg_logprob` of the reference).
    pub(crate) fn mean_log_probability(&self) -> f32 {
        self.sum / (self.tokens.len() + 1) as f32
    }
}

/// How tokens are chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice {
    /// Always the likeliest.
    Greedy,
    /// At random by probability, sharpened or flattened by the temperature; the seed decides.
    Sample {
        /// Above 0; 1 leaves the probabilities as they are.
        temperature: f32,
        /// Same seed, same transcript.
        seed: u64,
    },
}

/// One window of a batch.
#[derive(Debug)]
pub(crate) struct Request {
    /// Token of the language.
    pub(crate) language: u32,
    /// Positions (20 ms) that hold sound; attention beyond them is not kept.
    pub(crate) positions: usize,
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
struct Row {
    /// Which request it answers.
    request: usize,
    random: SplitMix,
    done: bool,
}

impl Row {
    fn new(index: usize, request: &Request) -> Self {
        let seed = match request.choice {
            Choice::Greedy => 0,
            Choice::Sample { seed, .. } => seed,
        };
        Self { request: index, random: SplitMix(seed), done: false }
    }

    /// Chooses a token by its score; gives it with its log-probability.
    fn pick(&mut self, scores: &[f32], choice: Choice) -> (u32, f32) {
        let (best, highest) = likeliest(scores);
        let token = match choice {
            Choice::Greedy => best,
            Choice::Sample { temperature, .. } => self.random.draw(scores, highest, temperature).unwrap_or(best),
        };
        let score = scores.get(token).copied().unwrap_or(highest);
        (token as u32, score - highest - log_of_sum(scores, highest))
    }
}

/// The index and the value of the highest score.
fn likeliest(scores: &[f32]) -> (usize, f32) {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    (scores.iter().position(|score| *score == highest).unwrap_or_default(), highest)
}

/// `ln(sum(exp(score - highest)))`.
fn log_of_sum(scores: &[f32], highest: f32) -> f32 {
    // What is 20 below the highest adds less than one part in ten thousand, all 52,000 tokens taken together.
    scores.iter().map(|score| score - highest).filter(|below| *below > -20.0).map(f32::exp).sum::<f32>().ln()
}

/// Random numbers from a seed (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
struct SplitMix(u64);

impl SplitMix {
    /// Uniform in `0.0..1.0`.
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
    }

    /// An index drawn by `softmax(scores / temperature)`.
    fn draw(&mut self, scores: &[f32], highest: f32, temperature: f32) -> Option<usize> {
        let weight = |score: &f32| ((score - highest) / temperature).exp();
        let mut left = self.uniform() * scores.iter().map(weight).sum::<f32>();
        scores.iter().position(|score| {
            left -= weight(score);
            left < 0.0
        })
    }
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

    /// Transcribes every row of `sound`; `memory` is that of [`Decoder::start`], and `requests` has one for each row.
    pub(crate) fn transcribe(
        &mut self,
        sound: &Sound,
        mut memory: Memory,
        requests: &[Request],
    ) -> Result<Vec<Transcript>, InferenceError> {
        let mut transcripts: Vec<Transcript> = requests.iter().map(|_| Transcript::new()).collect();
        let mut rows: Vec<Row> = (0..).zip(requests).map(|(index, request)| Row::new(index, request)).collect();
        let transcribe = i64::from(self.vocabulary.transcribe);
        let mut tokens: Vec<i64> =
            requests.iter().flat_map(|request| [i64::from(request.language), transcribe]).collect();
        // Once rows are done, the batch is repacked; until then `sound` is used as it came.
        let mut repacked: Option<Sound> = None;
        loop {
            let heard = repacked.as_ref().unwrap_or(sound);
            let mut step = self.whisper.step(&tokens, &mut memory, heard)?;
            let going = self.choose(&mut step, &mut rows, requests, &mut transcripts);
            let kept: Vec<usize> =
                (0..).zip(&going).filter_map(|(row, token)| token.is_some().then_some(row)).collect();
            if kept.is_empty() {
                break;
            }
            if kept.len() * 2 <= heard.batch() {
                repacked = Some(self.whisper.rows_of_sound(heard, &kept)?);
                memory = self.whisper.rows_of_memory(&memory, &kept)?;
                rows.retain(|row| !row.done);
                tokens = going.into_iter().flatten().map(i64::from).collect();
            } else {
                // A row that is done goes along until the batch is repacked; what it reads does not matter.
                let end = self.vocabulary.end_of_text;
                tokens = going.into_iter().map(|token| i64::from(token.unwrap_or(end))).collect();
            }
        }
        Ok(transcripts)
    }

    /// Chooses the next token of every row; `None` for rows that are done.
    fn choose(
        &self,
        step: &mut Step,
        rows: &mut [Row],
        requests: &[Request],
        transcripts: &mut [Transcript],
    ) -> Vec<Option<u32>> {
        let batch = rows.len().max(1);
        let (vocabulary, attention) = (step.logits.len() / batch, step.align.len() / batch);
        let scores = step.logits.chunks_exact_mut(vocabulary.max(1));
        let looks = step.align.chunks_exact(attention.max(1));
        rows.iter_mut()
            .zip(scores.zip(looks))
            .map(|(row, (scores, look))| {
                let (request, transcript) = (requests.get(row.request)?, transcripts.get_mut(row.request)?);
                if row.done {
                    return None;
                }
                let token = self.choose_one(scores, look, row, request, transcript);
                row.done = token.is_none();
                token
            })
            .collect()
    }

    fn choose_one(
        &self,
        scores: &mut [f32],
        look: &[f32],
        row: &mut Row,
        request: &Request,
        transcript: &mut Transcript,
    ) -> Option<u32> {
        self.rules.apply(scores, &transcript.tokens);
        let (token, log_probability) = row.pick(scores, request.choice);
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
    fn circles(&self, tokens: &[u32]) -> bool {
        let tail: Vec<u32> = tokens
            .iter()
            .rev()
            .filter(|token| self.vocabulary.is_text(**token))
            .take(LOOP_PERIOD * 4)
            .copied()
            .collect();
        (1..=LOOP_PERIOD).any(|period| {
            let length = (period * 4).max(LOOP_TOKENS);
            tail.len() >= length && tail.iter().zip(tail.iter().skip(period)).take(length - period).all(|(a, b)| a == b)
        })
    }
}

/// Of `[8, n, 1500]` the last of the `n`, cut to the positions that hold sound.
fn last_look(look: &[f32], positions: usize) -> Vec<f32> {
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
    fn the_same_seed_draws_the_same_and_likelier_tokens_more_often() {
        let scores = [0.0_f32, 2.0, f32::NEG_INFINITY, 1.0];
        let draw = |seed: u64| -> Vec<usize> {
            let mut random = SplitMix(seed);
            (0..2_000).filter_map(|_| random.draw(&scores, 2.0, 1.0)).collect()
        };
        let drawn = draw(7);
        assert_eq!(drawn, draw(7));
        assert_ne!(drawn, draw(8));
        let share = |token: usize| drawn.iter().filter(|one| **one == token).count() as f32 / drawn.len() as f32;
        assert!((share(1) - 0.665).abs() < 0.04 && (share(3) - 0.245).abs() < 0.04, "{} {}", share(1), share(3));
        assert_eq!(share(2), 0.0);
    }

    #[test]
    fn the_log_probability_is_that_of_the_softmax() {
        let request = Request { language: 0, positions: 0, choice: Choice::Greedy };
        let (token, log_probability) = Row::new(0, &request).pick(&[1.0, 3.0, 2.0, f32::NEG_INFINITY], Choice::Greedy);
        assert_eq!(token, 1);
        assert!((log_probability.exp() - 0.665_24).abs() < 1e-4);
    }

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
