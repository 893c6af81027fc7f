//! Telling kinds of sound apart on a real model: speech over music is both, music is no speech, silence is silence.

mod support;

use reelgraph_inference::runtime::Threads;
use reelgraph_inference::sound::{SoundClassifier, SoundKind, SoundSegment};
use reelgraph_models::time::{MediaTime, Span};
use support::{TestResult, pulled, trailer};

const RATE: usize = 16_000;

fn classifier() -> TestResult<Option<SoundClassifier>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", "firered-aed"]) else { return Ok(None) };
    Ok(Some(SoundClassifier::load(&runtime, &store, Threads::shared(2))?))
}

fn all(classifier: &mut SoundClassifier, samples: &[f32]) -> TestResult<Vec<SoundSegment>> {
    classifier.push(samples)?;
    Ok(classifier.finish()?)
}

fn kinds(segments: &[SoundSegment]) -> Vec<SoundKind> {
    segments.iter().map(|segment| segment.kind).collect()
}

fn seconds(span: Span) -> (f64, f64) {
    (span.start().as_seconds_f64(), span.end().as_seconds_f64())
}

/// Plucked chords in C, one every half second, each note with five overtones.
fn chords(length_s: usize) -> Vec<f32> {
    let chords = [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]];
    let sample = |n: usize| {
        let struck = n % (RATE / 2);
        let seconds = struck as f32 / RATE as f32;
        let notes = chords[n / (2 * RATE) % chords.len()];
        let overtones = notes.iter().flat_map(|note| (1..=5).map(move |k| (note * k as f32, k as f32)));
        let tone: f32 = overtones.map(|(hertz, k)| (hertz * seconds * std::f32::consts::TAU).sin() / k.powf(1.5)).sum();
        0.06 * tone * (-3.0 * seconds).exp()
    };
    (0..length_s * RATE).map(sample).collect()
}

#[test]
fn dialogue_over_music_is_both_at_its_times() -> TestResult {
    let Some(mut classifier) = classifier()? else { return Ok(()) };
    let segments = all(&mut classifier, &trailer()?)?;
    let music: Vec<_> = segments.iter().filter(|segment| segment.kind == SoundKind::Music).collect();
    assert_eq!(music.len(), 1, "{segments:#?}");
    assert_eq!(seconds(music[0].span), (0.0, 9.0));
    let speech: Vec<_> = segments
        .iter()
        .filter(|segment| segment.kind == SoundKind::Speech)
        .map(|segment| seconds(segment.span))
        .collect();
    let [(first, first_end), (second, second_end)] = speech[..] else { return Err(format!("{segments:#?}").into()) };
    // "What brings you to the land of the gatekeepers?" and "I'm searching for someone."
    assert!((0.4..0.9).contains(&first) && (2.5..3.3).contains(&first_end), "{segments:#?}");
    assert!((6.8..7.3).contains(&second) && (8.0..8.6).contains(&second_end), "{segments:#?}");
    assert!(segments.iter().all(|segment| (0.3..=1.0).contains(&segment.confidence)));
    Ok(())
}

#[test]
fn music_is_no_speech() -> TestResult {
    let Some(mut classifier) = classifier()? else { return Ok(()) };
    let segments = all(&mut classifier, &chords(30))?;
    assert_eq!(kinds(&segments), [SoundKind::Music]);
    assert_eq!(seconds(segments[0].span), (0.0, 30.0));
    assert!(segments[0].confidence > 0.9);
    Ok(())
}

#[test]
fn silence_is_silence_and_less_than_a_frame_is_nothing() -> TestResult {
    let Some(mut classifier) = classifier()? else { return Ok(()) };
    let segments = all(&mut classifier, &[0.0; 3 * RATE])?;
    assert_eq!(kinds(&segments), [SoundKind::Silence]);
    assert_eq!(segments[0].span, Span::new(MediaTime::ZERO, MediaTime::from_millis(3_000))?);
    assert!(segments[0].confidence > 0.9);
    assert_eq!(all(&mut classifier, &[0.5; 200])?, []);
    assert_eq!(all(&mut classifier, &[])?, []);
    Ok(())
}

#[test]
fn blocks_give_what_the_whole_gives_however_the_stream_is_divided() -> TestResult {
    let Some(mut classifier) = classifier()? else { return Ok(()) };
    // Ninety seconds, so that several blocks of the network follow each other.
    let (speech, music) = (trailer()?, chords(7));
    let samples: Vec<f32> = (0..5).flat_map(|_| [&speech[..], &music, &[0.0; 2 * RATE]].concat()).collect();
    let whole = all(&mut classifier, &samples)?;
    assert_eq!(whole.iter().filter(|segment| segment.kind == SoundKind::Silence).count(), 5, "{whole:#?}");
    assert_eq!(whole.iter().filter(|segment| segment.kind == SoundKind::Speech).count(), 10, "{whole:#?}");
    for part in samples.chunks(7_777) {
        classifier.push(part)?;
    }
    assert_eq!(classifier.finish()?, whole);
    Ok(())
}

#[test]
fn what_is_not_a_number_is_silence_and_a_new_stream_forgets_the_old() -> TestResult {
    let Some(mut classifier) = classifier()? else { return Ok(()) };
    assert_eq!(kinds(&all(&mut classifier, &[f32::NAN; 3 * RATE])?), [SoundKind::Silence]);
    classifier.push(&chords(5))?;
    classifier.begin();
    assert_eq!(kinds(&all(&mut classifier, &[0.0; 3 * RATE])?), [SoundKind::Silence]);
    Ok(())
}
