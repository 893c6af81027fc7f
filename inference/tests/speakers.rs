//! Telling speakers apart on a real model.

mod support;

use reelgraph_inference::runtime::Threads;
use reelgraph_inference::speakers::{SpeakerEncoder, Voice, diarize};
use reelgraph_models::time::{MediaTime, Span};
use support::{TestResult, pulled, trailer};

const RATE: usize = 16_000;

fn encoder() -> TestResult<Option<SpeakerEncoder>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", "ge2e"]) else { return Ok(None) };
    Ok(Some(SpeakerEncoder::load(&runtime, &store, Threads::shared(2))?))
}

/// The turns of the trailer's excerpt, in samples: the shaman, in two halves, then Sintel.
const TURNS: [(usize, usize); 3] = [(9_600, 29_000), (24_000, 46_000), (112_800, 133_600)];

#[test]
fn a_voice_has_length_one_and_is_most_like_itself() -> TestResult {
    let Some(mut encoder) = encoder()? else { return Ok(()) };
    let samples = trailer()?;
    let voices = TURNS
        .iter()
        .map(|(start, end)| Ok(encoder.embed(&samples[*start..*end])?.ok_or("no voice")?))
        .collect::<TestResult<Vec<Voice>>>()?;
    let like = |a: &Voice, b: &Voice| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    for voice in &voices {
        assert!((like(voice, voice) - 1.0).abs() < 1e-4);
        assert!(voice.iter().all(|value| *value >= 0.0));
    }
    let (same, other) = (like(&voices[0], &voices[1]), like(&voices[1], &voices[2]));
    assert!(same > other + 0.1, "the shaman is like himself by {same} and like Sintel by {other}");
    Ok(())
}

#[test]
fn loudness_does_not_change_a_voice() -> TestResult {
    let Some(mut encoder) = encoder()? else { return Ok(()) };
    let samples: Vec<f32> = trailer()?[TURNS[0].0..TURNS[1].1].to_vec();
    let soft: Vec<f32> = samples.iter().map(|sample| sample * 0.05).collect();
    let (loud, soft) = (encoder.embed(&samples)?.ok_or("no voice")?, encoder.embed(&soft)?.ok_or("no voice")?);
    assert!(loud.iter().zip(&soft).all(|(a, b)| (a - b).abs() < 1e-3));
    Ok(())
}

#[test]
fn silence_and_a_word_too_short_have_no_voice() -> TestResult {
    let Some(mut encoder) = encoder()? else { return Ok(()) };
    assert_eq!(encoder.embed(&[0.0; 2 * RATE])?, None);
    assert_eq!(encoder.embed(&trailer()?[..RATE / 4])?, None);
    assert_eq!(encoder.embed(&[])?, None);
    Ok(())
}

#[test]
fn two_people_in_a_trailer_are_two_speakers() -> TestResult {
    let Some(mut encoder) = encoder()? else { return Ok(()) };
    let samples = trailer()?;
    let mut turns = Vec::new();
    for (start, end) in [(9_600, 45_600), TURNS[2], (9_600, 40_000), (113_600, 133_600)] {
        let at = |sample: usize| MediaTime::from_micros(sample as i64 * 125 / 2);
        let voice = encoder.embed(&samples[start..end])?.ok_or("no voice")?;
        turns.push((Span::new(at(start), at(end))?, voice));
    }
    assert_eq!(diarize(&turns), [0, 1, 0, 1]);
    Ok(())
}
