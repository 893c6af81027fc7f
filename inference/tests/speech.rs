//! Speech recognition on real models: what is said is heard at its time, what is no speech is not turned into any.

mod support;

use reelgraph_inference::InferenceError;
use reelgraph_inference::runtime::Threads;
use reelgraph_inference::score::ErrorRate;
use reelgraph_inference::speech::{SpeechRecognizer, SpeechSegment};
use reelgraph_models::time::MediaTime;
use support::{TestResult, pulled, trailer};

const RATE: usize = 16_000;

fn recognizer() -> TestResult<Option<SpeechRecognizer>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", "silero-vad", "whisper-base"]) else { return Ok(None) };
    Ok(Some(SpeechRecognizer::load(&runtime, &store, Threads::shared(2))?))
}

fn all(recognizer: &mut SpeechRecognizer, samples: &[f32]) -> TestResult<Vec<SpeechSegment>> {
    recognizer.begin(None)?;
    let mut segments = recognizer.push(samples)?;
    segments.extend(recognizer.finish()?);
    Ok(segments)
}

fn text(segments: &[SpeechSegment]) -> String {
    segments.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn seconds(time: MediaTime) -> f64 {
    time.as_seconds_f64()
}

#[test]
fn a_trailer_is_heard_in_its_language_at_its_times() -> TestResult {
    let Some(mut recognizer) = recognizer()? else { return Ok(()) };
    let samples = trailer()?;
    let segments = all(&mut recognizer, &samples)?;
    let said = "What brings you to the land of the gatekeepers? I'm searching for someone.";
    assert_eq!(ErrorRate::of_words(said, &text(&segments)).errors, 0, "{segments:#?}");
    for segment in &segments {
        assert_eq!((segment.language.as_str(), segment.suspect.as_slice()), ("en", &[][..]));
        assert!(segment.language_probability > 0.5 && segment.confidence() > 0.5);
        assert!(segment.words.iter().all(|word| (0.0..=1.0).contains(&word.probability)));
        assert!(segment.words.windows(2).all(|pair| pair[0].span.end() <= pair[1].span.start()));
        assert_eq!(segment.words.first().map(|word| word.span.start()), Some(segment.span.start()));
        let words: Vec<&str> = segment.words.iter().map(|word| word.text.as_str()).collect();
        assert_eq!(words.join(" "), segment.text);
    }
    let word = |name: &str| segments.iter().flat_map(|s| &s.words).find(|word| word.text.contains(name));
    let (what, searching) = (word("What").ok_or("no first word")?, word("searching").ok_or("no second sentence")?);
    assert!((0.3..1.2).contains(&seconds(what.span.start())), "{what:?}");
    assert!((6.8..7.8).contains(&seconds(searching.span.start())), "{searching:?}");
    Ok(())
}

#[test]
fn how_a_stream_is_divided_into_pushes_makes_no_difference() -> TestResult {
    let Some(mut recognizer) = recognizer()? else { return Ok(()) };
    let samples = trailer()?;
    let whole = all(&mut recognizer, &samples)?;
    let mut divided = Vec::new();
    for part in samples.chunks(777) {
        divided.extend(recognizer.push(part)?);
    }
    divided.extend(recognizer.finish()?);
    assert!(!whole.is_empty());
    assert_eq!(whole, divided);
    Ok(())
}

#[test]
fn a_stream_that_was_given_up_leaves_nothing_behind() -> TestResult {
    let Some(mut recognizer) = recognizer()? else { return Ok(()) };
    let samples = trailer()?;
    let first = all(&mut recognizer, &samples)?;
    recognizer.push(&samples[..3 * RATE])?;
    assert_eq!(all(&mut recognizer, &samples)?, first);
    Ok(())
}

#[test]
fn speech_keeps_its_time_after_minutes_of_silence() -> TestResult {
    let Some(mut recognizer) = recognizer()? else { return Ok(()) };
    let samples = trailer()?;
    let first = all(&mut recognizer, &samples)?;
    let silence = vec![0.0; 180 * RATE];
    let later = all(&mut recognizer, &[silence.as_slice(), samples.as_slice()].concat())?;
    assert_eq!(text(&later), text(&first));
    for (early, late) in first.iter().zip(&later) {
        let shift = seconds(late.span.start()) - seconds(early.span.start());
        assert!((shift - 180.0).abs() < 0.1, "{shift} s later");
    }
    Ok(())
}

#[test]
fn silence_noise_and_tones_say_nothing() -> TestResult {
    let Some(mut recognizer) = recognizer()? else { return Ok(()) };
    let mut state = 1_u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let sine = |n: usize, hertz: f64| (std::f64::consts::TAU * hertz * n as f64 / RATE as f64).sin() as f32;
    let length = 20 * RATE;
    let sounds: [(&str, Vec<f32>); 6] = [
        ("silence", vec![0.0; length]),
        ("noise", (0..length).map(|_| noise() * 0.4).collect()),
        ("a tone", (0..length).map(|n| 0.5 * sine(n, 440.0)).collect()),
        (
            "chords",
            (0..length)
                .map(|n| {
                    let root = [220.0, 261.6, 196.0, 174.6][n / RATE % 4];
                    let fade = 1.0 - (n % RATE) as f32 / RATE as f32;
                    fade * 0.2 * [1.0, 1.26, 1.5, 2.0].map(|ratio| sine(n, root * ratio)).iter().sum::<f32>()
                })
                .collect(),
        ),
        ("clicks", (0..length).map(|n| if n % 4_000 < 20 { 0.9 } else { 0.0 }).collect()),
        ("what is no number", vec![f32::NAN; length]),
    ];
    for (name, samples) in sounds {
        let segments = all(&mut recognizer, &samples)?;
        let believed: Vec<_> = segments.iter().filter(|segment| segment.suspect.is_empty()).collect();
        assert!(believed.is_empty(), "{name} says {believed:#?}");
    }
    Ok(())
}

#[test]
fn a_stream_shorter_than_a_frame_is_no_speech_and_no_error() -> TestResult {
    let Some(mut recognizer) = recognizer()? else { return Ok(()) };
    assert_eq!(all(&mut recognizer, &[])?, []);
    assert_eq!(all(&mut recognizer, &[0.1; 100])?, []);
    Ok(())
}

#[test]
fn a_language_can_be_told_and_one_that_is_unknown_is_refused() -> TestResult {
    let Some(mut recognizer) = recognizer()? else { return Ok(()) };
    assert!(matches!(recognizer.begin(Some("tlh")), Err(InferenceError::InvalidInput { .. })));
    recognizer.begin(Some("de"))?;
    let mut segments = recognizer.push(&trailer()?)?;
    segments.extend(recognizer.finish()?);
    assert!(!segments.is_empty());
    assert!(segments.iter().all(|segment| segment.language == "de" && segment.language_probability == 1.0));
    Ok(())
}
