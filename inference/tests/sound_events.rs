//! Sound events on a real model, where an operator has placed it.

mod support;

use reelgraph_inference::runtime::Threads;
use reelgraph_inference::sound::{SoundEvent, SoundEventDetector, event_labels};
use support::{TestResult, pulled, trailer};

const RATE: usize = 16_000;

fn detector() -> TestResult<Option<SoundEventDetector>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", "yamnet"]) else { return Ok(None) };
    Ok(Some(SoundEventDetector::load(&runtime, &store, Threads::shared(2))?))
}

fn labels(events: &[SoundEvent]) -> Vec<&'static str> {
    events.iter().map(|event| event.label).collect()
}

#[test]
fn a_trailer_has_music_and_speech_within_its_length() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    detector.push(&trailer()?)?;
    let events = detector.finish()?;
    let found = labels(&events);
    assert!(found.contains(&"Music") && found.contains(&"Speech"), "{events:#?}");
    assert!(found.iter().all(|label| event_labels().contains(label)));
    assert!(events.iter().all(|event| event.span.end().as_seconds_f64() <= 9.0 && event.confidence >= 0.2));
    assert!(events.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()));
    Ok(())
}

#[test]
fn silence_is_heard_from_end_to_end() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    detector.push(&[0.0; 5 * RATE])?;
    let events = detector.finish()?;
    assert_eq!(labels(&events), ["Silence"]);
    let span = events[0].span;
    assert_eq!((span.start().as_millis(), span.end().as_millis()), (0, 5_000));
    Ok(())
}

#[test]
fn how_a_stream_is_divided_into_pushes_makes_no_difference() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    let samples = trailer()?;
    detector.push(&samples)?;
    let whole = detector.finish()?;
    for part in samples.chunks(1_234) {
        detector.push(part)?;
    }
    let divided = detector.finish()?;
    assert!(!whole.is_empty());
    assert_eq!(whole.len(), divided.len());
    for (one, other) in whole.iter().zip(&divided) {
        assert_eq!((one.span, one.label), (other.span, other.label));
        // How many windows are looked at together changes the last digits.
        assert!((one.confidence - other.confidence).abs() < 1e-4);
    }
    Ok(())
}

#[test]
fn less_than_a_window_goes_on_in_silence_and_nothing_has_no_events() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    detector.push(&trailer()?[..RATE / 2])?;
    let events = detector.finish()?;
    assert!(events.iter().all(|event| event.span.end().as_millis() <= 500), "{events:#?}");
    assert_eq!(detector.finish()?, []);
    Ok(())
}
