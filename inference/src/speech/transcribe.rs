//! From windows of sound to segments: language, transcript, second thoughts, what was left unheard.

use std::sync::Arc;

use super::choice::Choice;
use super::decode::{Decoder, Ending, Request, Transcript};
use super::guard::{MAX_COMPRESSION_RATIO, MAX_NO_SPEECH, MIN_LOG_PROBABILITY, compression_ratio};
use super::language::{Expectation, Guess};
use super::mel::LogMel;
use super::rules::Rules;
use super::segment::SpeechSegment;
use super::segments::{Heard, positions, segments, transcribed_until};
use super::vocabulary::{TICK_SAMPLES, Vocabulary};
use super::whisper::{Memory, POSITION_SAMPLES, Sound, Whisper};
use super::windows::Window;
use crate::InferenceError;
use crate::acoustics::SAMPLE_RATE_HZ;
use crate::catalog::ModelStore;
use crate::runtime::{Runtime, Threads};

/// Temperatures tried, side by side, where neither the greedy transcript nor the search is any good (`temperature` of
/// `whisper/transcribe.py`).
const TEMPERATURES: [f32; 5] = [0.2, 0.4, 0.6, 0.8, 1.0];
/// Below this mean log-probability a greedy transcript is doubtful and five beams are searched. Clear English is above.
const DOUBTFUL: f32 = -0.35;
/// Speech after the end of a transcript that may not be left out: 2 s.
const UNHEARD_SAMPLES: usize = 2 * SAMPLE_RATE_HZ;
/// How often the rest of a window is taken up again.
const MAX_ROUNDS: usize = 4;
/// Shortest stretch whose language is told on its own: 2 s.
const LANGUAGE_SAMPLES: usize = 2 * SAMPLE_RATE_HZ;
/// How sure a stretch must be of another language to be taken out of its window.
const OTHER_LANGUAGE: f32 = 0.8;

/// Transcribes windows.
pub(crate) struct Transcriber {
    whisper: Whisper,
    vocabulary: Vocabulary,
    rules: Rules,
    mel: LogMel,
    expectation: Expectation,
    /// Index of the language that every window is taken to be in.
    fixed_language: Option<usize>,
}

/// A window under way.
struct Job {
    window: Window,
    /// Which of the windows handed in it belongs to.
    origin: usize,
    round: usize,
}

/// What the first look at a window says.
struct Look {
    guess: Guess,
    no_speech_probability: f32,
}

impl Transcriber {
    pub(crate) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, InferenceError> {
        let files = store.open("whisper-base")?;
        let vocabulary = Vocabulary::load(files.path("tokenizer")?)?;
        Ok(Self {
            whisper: Whisper::load(runtime, &files, threads)?,
            rules: Rules::new(&vocabulary),
            vocabulary,
            mel: LogMel::new(),
            expectation: Expectation::default(),
            fixed_language: None,
        })
    }

    /// Forgets what was heard; from now on every window is in `language`, or in whichever it sounds like.
    pub(crate) fn reset(&mut self, language: Option<&str>) -> Result<(), InferenceError> {
        self.expectation = Expectation::default();
        self.fixed_language = match language {
            None => None,
            Some(code) => {
                Some(self.vocabulary.languages().iter().position(|(_, known)| known == code).ok_or_else(|| {
                    InferenceError::InvalidInput {
                        model: "whisper-base".to_owned(),
                        reason: format!("it does not know the language {code:?}"),
                    }
                })?)
            }
        };
        Ok(())
    }

    /// Transcribes some windows side by side; gives their segments in order.
    pub(crate) fn transcribe(&mut self, windows: Vec<Window>) -> Result<Vec<SpeechSegment>, InferenceError> {
        let mut found: Vec<Vec<SpeechSegment>> = windows.iter().map(|_| Vec::new()).collect();
        let jobs = windows.into_iter().enumerate();
        let mut jobs: Vec<Job> = jobs.map(|(origin, window)| Job { window, origin, round: 0 }).collect();
        while !jobs.is_empty() {
            let mut later = Vec::new();
            for (job, transcript, look) in self.round(jobs, &mut later)? {
                let language = self.vocabulary.languages().get(look.guess.language);
                let heard = Heard {
                    window: &job.window,
                    language: language.map_or("", |(_, code)| code.as_str()),
                    language_probability: look.guess.probability,
                    no_speech_probability: look.no_speech_probability,
                };
                if let Some(slot) = found.get_mut(job.origin) {
                    slot.extend(segments(&self.vocabulary, &transcript, &heard));
                }
                later.extend(self.unheard(&job, &transcript));
            }
            jobs = later;
        }
        for slot in &mut found {
            slot.sort_by_key(|segment| segment.span);
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// Transcribes a batch once; windows that hold several languages go to `later`, divided.
    fn round(&mut self, jobs: Vec<Job>, later: &mut Vec<Job>) -> Result<Vec<(Job, Transcript, Look)>, InferenceError> {
        let mut mel = Vec::new();
        for job in &jobs {
            self.mel.append_window(&job.window.samples, &mut mel);
        }
        let mut sound = self.whisper.encode(&mel)?;
        drop(mel);
        let (logits, mut memory) = self.decoder().start(&sound)?;
        let mut looks = Vec::new();
        let mut kept = Vec::new();
        let size = logits.len() / jobs.len().max(1);
        for (row, (job, scores)) in jobs.into_iter().zip(logits.chunks_exact(size.max(1))).enumerate() {
            let divided = if job.round == 0 { self.by_language(&job, &sound, row)? } else { Vec::new() };
            if divided.is_empty() {
                looks.push(self.look(scores));
                kept.push((row, job));
            } else {
                later.extend(divided);
            }
        }
        if kept.len() < sound.batch() && !kept.is_empty() {
            let rows: Vec<usize> = kept.iter().map(|(row, _)| *row).collect();
            sound = self.whisper.rows_of_sound(&sound, &rows)?;
            memory = self.whisper.rows_of_memory(&memory, &rows)?;
        }
        let jobs: Vec<Job> = kept.into_iter().map(|(_, job)| job).collect();
        let transcripts = self.best_transcripts(&jobs, &looks, &sound, memory)?;
        Ok(jobs
            .into_iter()
            .zip(transcripts)
            .zip(looks)
            .map(|((job, transcript), look)| (job, transcript, look))
            .collect())
    }

    /// Greedy transcripts, and better ones where those are doubtful.
    fn best_transcripts(
        &mut self,
        jobs: &[Job],
        looks: &[Look],
        sound: &Sound,
        memory: Memory,
    ) -> Result<Vec<Transcript>, InferenceError> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let all: Vec<usize> = (0..jobs.len()).collect();
        let fresh = self.whisper.rows_of_memory(&memory, &all)?;
        let requests: Vec<Request> = jobs.iter().zip(looks).map(|(job, look)| self.request(job, look)).collect();
        let mut best = self.decoder().transcribe(sound, memory, &requests)?;
        let rows = jobs.iter().zip(looks).zip(&requests).zip(&mut best).enumerate();
        for (row, (((job, look), request), transcript)) in rows {
            if transcript.mean_log_probability() >= DOUBTFUL && !self.repeats(transcript) {
                continue;
            }
            let sound = self.whisper.rows_of_sound(sound, &[row])?;
            let memory = self.whisper.rows_of_memory(&fresh, &[row])?;
            if let Some(found) = self.decoder().search(&sound, memory, request)? {
                self.keep_better(transcript, found);
            }
            if !self.is_poor(transcript, look) {
                continue;
            }
            tracing::debug!(mean_log_probability = transcript.mean_log_probability(), "sampling transcripts");
            let memory = self.whisper.rows_of_memory(&fresh, &[row; TEMPERATURES.len()])?;
            let place = job.window.pieces.first().map_or(0, |piece| piece.media);
            let samples = TEMPERATURES.map(|temperature| {
                let seed = place ^ u64::from(temperature.to_bits()) << 32;
                Request { choice: Choice::Sample { temperature, seed }, ..request.clone() }
            });
            for found in self.decoder().transcribe(&sound, memory, &samples)? {
                self.keep_better(transcript, found);
            }
        }
        Ok(best)
    }

    fn request(&self, job: &Job, look: &Look) -> Request {
        let earliest_end = if look.no_speech_probability > MAX_NO_SPEECH {
            // The detector heard speech, the model hears none: it may end when it likes.
            0
        } else {
            job.window.before_the_last_spoken(UNHEARD_SAMPLES) / TICK_SAMPLES
        };
        Request {
            language: self.vocabulary.languages().get(look.guess.language).map_or(0, |(token, _)| *token),
            positions: positions(&job.window),
            earliest_end: earliest_end as u32,
            choice: Choice::Greedy,
        }
    }

    fn keep_better(&self, best: &mut Transcript, found: Transcript) {
        if self.rank(&found) > self.rank(best) {
            *best = found;
        }
    }

    /// Whether a transcript should be tried again (`needs_fallback` of the reference).
    fn is_poor(&self, transcript: &Transcript, look: &Look) -> bool {
        let guessed = transcript.mean_log_probability() < MIN_LOG_PROBABILITY;
        let silent = look.no_speech_probability > MAX_NO_SPEECH;
        self.repeats(transcript) || guessed && !silent
    }

    fn repeats(&self, transcript: &Transcript) -> bool {
        transcript.ending == Ending::Loop
            || compression_ratio(&self.vocabulary.text(&transcript.tokens)) > MAX_COMPRESSION_RATIO
    }

    /// Of two transcripts the better: one that neither repeats itself nor is a mere guess, then the likelier. A guess is no
    /// better than a repetition: some say things twice.
    fn rank(&self, transcript: &Transcript) -> (bool, f32) {
        let log_probability = transcript.mean_log_probability();
        (!self.repeats(transcript) && log_probability >= MIN_LOG_PROBABILITY, log_probability)
    }

    fn look(&mut self, scores: &[f32]) -> Look {
        let guess = match self.fixed_language {
            Some(language) => Guess { language, probability: 1.0 },
            None => self.expectation.guess(&self.language_scores(scores)),
        };
        self.expectation.learn(guess);
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f32 = scores.iter().map(|score| (score - highest).exp()).sum();
        let silent = scores.get(self.vocabulary.no_speech as usize).map_or(0.0, |score| (score - highest).exp());
        Look { guess, no_speech_probability: if total > 0.0 { silent / total } else { 0.0 } }
    }

    fn language_scores(&self, scores: &[f32]) -> Vec<f32> {
        let tokens = self.vocabulary.languages().iter();
        tokens.map(|(token, _)| scores.get(*token as usize).copied().unwrap_or(f32::NEG_INFINITY)).collect()
    }

    /// Divides a window whose pieces are clearly in several languages; gives nothing for the others.
    fn by_language(&mut self, job: &Job, sound: &Sound, row: usize) -> Result<Vec<Job>, InferenceError> {
        let pieces = &job.window.pieces;
        if self.fixed_language.is_some() || pieces.len() < 2 {
            return Ok(Vec::new());
        }
        // Runs of pieces in one language: where each ends, and its language once a piece is clear about it.
        let mut runs: Vec<(usize, Option<usize>)> = Vec::new();
        for piece in pieces {
            let mut clear = None;
            if piece.length >= LANGUAGE_SAMPLES {
                let stretch = piece.offset / POSITION_SAMPLES..piece.end() / POSITION_SAMPLES;
                let sound = self.whisper.stretch(sound, row, stretch)?;
                let (logits, _) = self.decoder().start(&sound)?;
                let guess = Expectation::default().guess(&self.language_scores(&logits));
                clear = (guess.probability >= OTHER_LANGUAGE).then_some(guess.language);
            }
            match runs.last_mut() {
                Some((end, language)) if clear.is_none() || language.is_none() || *language == clear => {
                    *end = piece.end();
                    *language = language.or(clear);
                }
                _ => runs.push((piece.end(), clear)),
            }
        }
        if runs.len() < 2 {
            return Ok(Vec::new());
        }
        let mut start = 0;
        let parts = runs.into_iter().map(|(end, _)| {
            let window = job.window.part(std::mem::replace(&mut start, end)..end);
            Job { window, origin: job.origin, round: job.round + 1 }
        });
        Ok(parts.collect())
    }

    /// The rest of a window that the transcript stopped short of.
    fn unheard(&self, job: &Job, transcript: &Transcript) -> Option<Job> {
        let until = transcribed_until(&self.vocabulary, transcript, &job.window);
        let is_worth = !transcript.tokens.is_empty()
            && transcript.ending != Ending::Loop
            && until >= SAMPLE_RATE_HZ
            && job.round < MAX_ROUNDS
            && job.window.spoken_from(until) >= UNHEARD_SAMPLES;
        is_worth.then(|| {
            let window = job.window.part(until..job.window.samples.len());
            tracing::debug!(seconds = window.samples.len() / SAMPLE_RATE_HZ, "taking up the rest of a window");
            Job { window, origin: job.origin, round: job.round + 1 }
        })
    }

    fn decoder(&mut self) -> Decoder<'_> {
        Decoder { whisper: &mut self.whisper, vocabulary: &self.vocabulary, rules: &self.rules }
    }
}
