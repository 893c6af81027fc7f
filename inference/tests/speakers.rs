//! Telling speakers apart on real models.

mod support;

use reelgraph_inference::runtime::Threads;
use reelgraph_inference::speakers::{SpeakerTurn, Voice, VoiceListener, diarize};
use support::{TestResult, pulled, trailer};

const RATE: usize = 16_000;

fn listener() -> TestResult<Option<VoiceListener>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", "silero-vad", "ge2e"]) else { return Ok(None) };
    Ok(Some(VoiceListener::load(&runtime, &store, Threads::shared(2))?))
}

/// What each says in the trailer's excerpt, in samples: the shaman, then Sintel.
const SHAMAN: std::ops::Range<usize> = 9_600..46_000;
const SINTEL: std::ops::Range<usize> = 112_800..133_600;

fn turns(listener: &mut VoiceListener, samples: &[f32]) -> TestResult<Vec<SpeakerTurn>> {
    listener.push(samples)?;
    Ok(diarize(&listener.finish()?))
}

fn like(a: &Voice, b: &Voice) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn two_people_in_a_trailer_are_two_speakers_and_are_known_again() -> TestResult {
    let Some(mut listener) = listener()? else { return Ok(()) };
    let samples = trailer()?;
    let pause = vec![0.0; 2 * RATE];
    let (shaman, sintel) = (&samples[SHAMAN], &samples[SINTEL]);
    let turns = turns(&mut listener, &[&pause, shaman, &pause, sintel, &pause, shaman, &pause, sintel].concat())?;
    let speakers: Vec<usize> = turns.iter().map(|turn| turn.speaker).collect();
    assert_eq!(speakers, [0, 1, 0, 1]);
    let (same, other) = (like(&turns[0].voice, &turns[2].voice), like(&turns[0].voice, &turns[1].voice));
    assert!(same > other + 0.1, "the shaman is like himself by {same} and like Sintel by {other}");
    for turn in &turns {
        assert!((like(&turn.voice, &turn.voice) - 1.0).abs() < 1e-4);
        assert!(turn.voice.iter().all(|value| *value >= 0.0));
    }
    Ok(())
}

#[test]
fn neither_loudness_nor_how_samples_come_changes_who_speaks() -> TestResult {
    let Some(mut listener) = listener()? else { return Ok(()) };
    let samples = trailer()?;
    let whole = turns(&mut listener, &samples)?;
    assert!(!whole.is_empty());
    for part in samples.chunks(1_777) {
        listener.push(part)?;
    }
    assert_eq!(diarize(&listener.finish()?), whole);
    let soft: Vec<f32> = samples.iter().map(|sample| sample * 0.3).collect();
    let soft = turns(&mut listener, &soft)?;
    let speakers = |turns: &[SpeakerTurn]| turns.iter().map(|turn| turn.speaker).collect::<Vec<_>>();
    assert_eq!(speakers(&soft), speakers(&whole));
    Ok(())
}

#[test]
fn where_nobody_speaks_there_are_no_turns() -> TestResult {
    let Some(mut listener) = listener()? else { return Ok(()) };
    let hum: Vec<f32> = (0..3 * RATE).map(|n| 0.2 * (n as f32 * 0.05).sin()).collect();
    for samples in [vec![0.0; 3 * RATE], hum, vec![f32::NAN; RATE], Vec::new()] {
        assert_eq!(turns(&mut listener, &samples)?, []);
    }
    Ok(())
}
