//! From the transcript of a window to segments on the media's timeline.

use std::ops::Range;

use reelgraph_models::observation::Word;
use reelgraph_models::time::{MediaTime, Span};

use super::align::{Attention, token_starts};
use super::decode::{Ending, Transcript};
use super::guard::{Evidence, MAX_COMPRESSION_RATIO, compression_ratio, suspect};
use super::segment::SpeechSegment;
use super::vocabulary::{TICK_SAMPLES, Vocabulary};
use super::whisper::{ALIGN_HEADS, POSITION_SAMPLES};
use super::windows::Window;
use super::words::{TokenWord, split};
use crate::acoustics::{SAMPLE_RATE_HZ, media_time};

/// A silence left out between two words that is this long also divides a segment: 1 s.
const DIVIDING_GAP_SAMPLES: u64 = SAMPLE_RATE_HZ as u64;
/// A word may begin this much before the detector hears speech, and end this much after: 0.1 s.
const VOICE_SLACK_SAMPLES: u64 = SAMPLE_RATE_HZ as u64 / 10;

/// What is known of a window beside its transcript.
#[derive(Debug, Clone)]
pub(crate) struct Heard<'a> {
    pub(crate) window: &'a Window,
    pub(crate) language: &'a str,
    pub(crate) language_probability: f32,
    pub(crate) no_speech_probability: f32,
}

/// A word with its place in the media.
struct Placed {
    word: TokenWord,
    piece: usize,
    media: Range<u64>,
}

/// The segments of a transcript, in order; none for an empty one.
pub(crate) fn segments(vocabulary: &Vocabulary, transcript: &Transcript, heard: &Heard<'_>) -> Vec<SpeechSegment> {
    let starts = starts_of_tokens(transcript, heard.window);
    let ranges = text_ranges(vocabulary, &transcript.tokens);
    let whole = vocabulary.text(&transcript.tokens);
    let repeats = transcript.ending == Ending::Loop || compression_ratio(&whole) > MAX_COMPRESSION_RATIO;
    let mut found = Vec::new();
    for range in ranges {
        let words = split(vocabulary, &transcript.tokens, range, heard.language);
        let placed: Vec<Placed> = words.into_iter().map(|word| place(word, &starts, heard.window)).collect();
        let parts = placed.chunk_by(|a, b| !is_divided(heard.window, a.piece, b.piece));
        found.extend(parts.filter_map(|part| segment(vocabulary, transcript, heard, part, repeats)));
    }
    found
}

/// The sample of the window up to which the transcript goes: its last time, or the end where it has none.
pub(crate) fn transcribed_until(vocabulary: &Vocabulary, transcript: &Transcript, window: &Window) -> usize {
    let last = transcript.tokens.iter().rev().find_map(|token| vocabulary.ticks(*token));
    last.map_or(window.samples.len(), |ticks| (ticks as usize * TICK_SAMPLES).min(window.samples.len()))
}

/// Ranges of text tokens between times.
fn text_ranges(vocabulary: &Vocabulary, tokens: &[u32]) -> Vec<Range<usize>> {
    let (mut ranges, mut first) = (Vec::new(), None);
    for (index, token) in tokens.iter().enumerate() {
        match (vocabulary.is_text(*token), first) {
            (true, None) => first = Some(index),
            (false, Some(start)) => {
                ranges.push(start..index);
                first = None;
            }
            _ => {}
        }
    }
    ranges.extend(first.map(|start| start..tokens.len()));
    ranges
}

/// The sample of the window at which each token begins, and the end of the window.
fn starts_of_tokens(transcript: &Transcript, window: &Window) -> Vec<usize> {
    let attention = Attention {
        rows: transcript.attention.iter().map(Vec::as_slice).collect(),
        heads: ALIGN_HEADS,
        positions: positions(window),
    };
    let end = window.samples.len();
    let starts = token_starts(&attention).into_iter().map(|position| (position * POSITION_SAMPLES).min(end));
    starts.chain([end]).collect()
}

/// Positions of the encoder that hold the window's sound.
pub(crate) fn positions(window: &Window) -> usize {
    window.samples.len().div_ceil(POSITION_SAMPLES)
}

fn place(word: TokenWord, starts: &[usize], window: &Window) -> Placed {
    let at = |token: usize| starts.get(token).or(starts.last()).copied().unwrap_or_default();
    let samples = at(word.spoken.start)..at(word.spoken.end).max(at(word.spoken.start) + 1);
    let piece = window.piece_spoken_in(&samples);
    let media = window.media_in(piece, samples.start)..window.media_in(piece, samples.end);
    Placed { word, piece, media: voiced_part(media, window) }
}

/// Cuts off what of a word's time lies in silence.
fn voiced_part(media: Range<u64>, window: &Window) -> Range<u64> {
    let mut overlapping = window.voiced.iter().filter(|voiced| voiced.start < media.end && media.start < voiced.end);
    let Some(first) = overlapping.next() else { return media };
    let last = overlapping.next_back().unwrap_or(first);
    let start = media.start.max(first.start.saturating_sub(VOICE_SLACK_SAMPLES));
    start..media.end.min(last.end + VOICE_SLACK_SAMPLES).max(start + 1)
}

/// Whether the media between two pieces is long enough to divide a segment.
fn is_divided(window: &Window, piece: usize, next: usize) -> bool {
    match (window.pieces.get(piece), window.pieces.get(next)) {
        (Some(a), Some(b)) if piece < next => b.media.saturating_sub(a.media_end()) >= DIVIDING_GAP_SAMPLES,
        _ => false,
    }
}

fn segment(
    vocabulary: &Vocabulary,
    transcript: &Transcript,
    heard: &Heard<'_>,
    words: &[Placed],
    window_repeats: bool,
) -> Option<SpeechSegment> {
    let (first, last) = (words.first()?, words.last()?);
    let tokens = first.word.tokens.start..last.word.tokens.end;
    let text = vocabulary.text(transcript.tokens.get(tokens.clone())?).trim().to_owned();
    if text.is_empty() {
        return None;
    }
    let span = Span::at_least_one_micro(media_time(first.media.start), media_time(last.media.end));
    let mean_log_probability = mean(transcript.log_probabilities.get(tokens)?);
    let compression_ratio = compression_ratio(&text);
    let suspect = suspect(&Evidence {
        text: &text,
        seconds: span.duration().as_seconds_f64() as f32,
        mean_log_probability,
        no_speech_probability: heard.no_speech_probability,
        compression_ratio,
        window_repeats,
    });
    Some(SpeechSegment {
        span,
        language: heard.language.to_owned(),
        language_probability: heard.language_probability,
        words: timed_words(transcript, words),
        mean_log_probability,
        no_speech_probability: heard.no_speech_probability,
        compression_ratio,
        suspect,
        text,
    })
}

/// Words with times that do not overlap.
fn timed_words(transcript: &Transcript, words: &[Placed]) -> Vec<Word> {
    let mut until = MediaTime::ZERO;
    let timed = words.iter().map(|placed| {
        let start = media_time(placed.media.start).max(until);
        let span = Span::at_least_one_micro(start, media_time(placed.media.end));
        until = span.end();
        let log_probabilities = transcript.log_probabilities.get(placed.word.spoken.clone()).unwrap_or_default();
        let probability = mean_of(log_probabilities.iter().map(|one| one.exp()));
        Word { text: placed.word.text.clone(), span, probability: probability.clamp(0.0, 1.0) }
    });
    timed.collect()
}

fn mean(values: &[f32]) -> f32 {
    mean_of(values.iter().copied())
}

fn mean_of(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1) as f32;
    values.sum::<f32>() / count
}
