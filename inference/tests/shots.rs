//! Shot boundaries: the same scores as the reference network, however the frames arrive, and cuts where films have them.

mod support;

use std::io::Read;
use std::path::{Path, PathBuf};

use reelgraph_inference::InferenceError;
use reelgraph_inference::runtime::Threads;
use reelgraph_inference::shots::{Boundary, FrameScore, FrameSignal, ShotDetector, boundaries};
use support::{TestResult, pulled};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

/// A detector, where its model is pulled.
fn detector() -> TestResult<Option<ShotDetector>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", "transnetv2"]) else { return Ok(None) };
    Ok(Some(ShotDetector::load(&runtime, &store, Threads::shared(2))?))
}

/// Frames 560 to 689 of the Sintel trailer.
fn film() -> TestResult<Vec<u8>> {
    let file = std::fs::File::open(Path::new(FIXTURES).join("sintel_560_690.rgb.gz"))?;
    let mut frames = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut frames)?;
    Ok(frames)
}

fn scores(detector: &mut ShotDetector, frames: &[u8], at_once: usize) -> TestResult<Vec<FrameScore>> {
    let mut scores = Vec::new();
    detector.begin();
    for chunk in frames.chunks(at_once * ShotDetector::FRAME_BYTES) {
        scores.extend(detector.push(chunk)?);
    }
    scores.extend(detector.finish()?);
    Ok(scores)
}

/// The fixture's pseudo-random byte: Knuth's multiplicative hash, its highest byte.
fn byte(index: u32) -> u8 {
    (index.wrapping_mul(2_654_435_761) >> 24) as u8
}

/// What 8-bit convolutions may cost: on two films with 58 cuts the largest change of a probability is .055, and every cut stays.
const TOLERANCE: f64 = 0.06;

#[test]
fn scores_are_those_of_the_original_network_but_for_rounding() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime", "transnetv2"]) else { return Ok(()) };
    let fixture: serde_json::Value =
        serde_json::from_slice(&std::fs::read(Path::new(FIXTURES).join("transnetv2.json"))?)?;
    let frame_bytes = ShotDetector::FRAME_BYTES as u32;
    let frame = |turned: bool| (0..frame_bytes).map(move |index| if turned { 255 - byte(index) } else { byte(index) });
    let frames: Vec<u8> = (0..100).flat_map(|index| frame(index >= 47)).collect();
    let mut model = runtime.load_fixed(store.open("transnetv2")?.path("graph")?, Threads::shared(2))?;
    let input = ort::value::Tensor::from_array(([1_usize, 100, 27, 48, 3], frames))?;
    let outputs = model.run(ort::inputs!["frames" => input])?;
    for name in ["single_frame", "many_hot"] {
        let expected = fixture["outputs"][name].as_array().ok_or("no such output")?;
        let (_, actual) = outputs.tensor_of::<f32>(name, &[1, 100, 1])?;
        assert_eq!(actual.len(), expected.len());
        for (actual, expected) in actual.iter().zip(expected) {
            let difference = (f64::from(*actual) - expected.as_f64().ok_or("no number")?).abs();
            assert!(difference <= TOLERANCE, "{name}: {difference}");
        }
    }
    Ok(())
}

#[test]
fn a_picture_that_stands_still_moves_no_cut() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    let film = film()?;
    let cuts = |scores: &[FrameScore]| -> Vec<usize> {
        boundaries(scores, &[], ShotDetector::THRESHOLD).iter().map(|boundary| boundary.frame).collect()
    };
    let plain = scores(&mut detector, &film, 64)?;
    // One picture stands still for a minute, in the middle of a shot and at the end.
    let (place, times) = (40, 1_500);
    let (before, behind) = film.split_at(place * ShotDetector::FRAME_BYTES);
    let still = behind.get(..ShotDetector::FRAME_BYTES).ok_or("the film is too short")?.repeat(times);
    let last = film.rchunks_exact(ShotDetector::FRAME_BYTES).next().ok_or("the film is too short")?.repeat(times);
    let longer = [before, &still, behind, &last].concat();
    let stretched = scores(&mut detector, &longer, 64)?;
    assert_eq!(stretched.len(), plain.len() + 2 * times);
    let moved: Vec<usize> = cuts(&plain).iter().map(|cut| if *cut > place { cut + times } else { *cut }).collect();
    assert!(!moved.is_empty());
    assert_eq!(cuts(&stretched), moved);
    let inside = stretched.get(place + 50..place + times - 50).ok_or("the film is too short")?;
    assert!(inside.iter().all(|score| score.cut < 0.01 && score.signal.change == 0.0));
    Ok(())
}

#[test]
fn scores_are_those_of_the_reference_conversion_but_for_rounding() -> TestResult {
    let Some(reference) = std::env::var_os("REELGRAPH_TEST_REFERENCE_MODELS").map(PathBuf::from) else {
        eprintln!("skipped: REELGRAPH_TEST_REFERENCE_MODELS names no folder of reference models");
        return Ok(());
    };
    let Some((store, runtime)) = pulled(&["onnxruntime", "transnetv2"]) else { return Ok(()) };
    let frames: Vec<u8> = film()?.into_iter().take(100 * ShotDetector::FRAME_BYTES).collect();
    let mut results = Vec::new();
    for graph in [store.open("transnetv2")?.path("graph")?, &reference.join("transnetv2_fast.onnx")] {
        let mut model = runtime.load(graph, Threads::shared(2))?;
        let input = ort::value::Tensor::from_array(([1_usize, 100, 27, 48, 3], frames.clone()))?;
        let outputs = model.run(ort::inputs!["frames" => input])?;
        let names = ["single_frame", "many_hot"];
        let values = names.map(|name| outputs.tensor::<f32>(name).map(|(_, values)| values.to_vec()));
        results.push(values.into_iter().collect::<Result<Vec<_>, _>>()?.concat());
    }
    let [ours, theirs] = results.as_slice() else { return Err("two graphs, two results".into()) };
    let difference = ours.iter().zip(theirs).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max);
    assert!(difference <= TOLERANCE, "{difference}");
    Ok(())
}

#[test]
fn the_cuts_of_a_film_are_found_to_the_frame() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    let scores = scores(&mut detector, &film()?, 25)?;
    let cuts = boundaries(&scores, detector.wipes(), ShotDetector::THRESHOLD);
    let hard: Vec<usize> = cuts.iter().filter(|cut| cut.gradual.is_none()).map(|cut| cut.frame + 560).collect();
    // The last is the middle of the fade from 673 to 700 of which the fixture holds the beginning.
    assert_eq!(hard.get(..4), Some([571, 621, 658, 672].as_slice()), "{cuts:?}");
    assert!(hard.len() <= 5, "{cuts:?}");
    Ok(())
}

#[test]
fn it_does_not_matter_how_many_frames_arrive_at_once() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    let frames = film()?;
    // Longer than one window.
    let frames = frames.repeat(2);
    let whole = scores(&mut detector, &frames, 1_000)?;
    assert_eq!(whole.len(), frames.len() / ShotDetector::FRAME_BYTES);
    for at_once in [1, 57] {
        assert_eq!(scores(&mut detector, &frames, at_once)?, whole, "{at_once} at once");
    }
    Ok(())
}

#[test]
fn every_frame_of_a_video_of_any_length_gets_one_score() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    let frames = film()?;
    for count in [0, 1, 125, 130] {
        let frames = frames.get(..count * ShotDetector::FRAME_BYTES).ok_or("the fixture is too short")?;
        assert_eq!(scores(&mut detector, frames, 10)?.len(), count);
    }
    Ok(())
}

#[test]
fn half_a_frame_is_refused() -> TestResult {
    let Some(mut detector) = detector()? else { return Ok(()) };
    let refused = detector.push(&[0; ShotDetector::FRAME_BYTES + 1]);
    assert!(matches!(refused, Err(InferenceError::InvalidInput { .. })));
    Ok(())
}

/// Frames between which the picture hardly changes.
fn score(cut: f32, transition: f32) -> FrameScore {
    changing(cut, transition, 1.0)
}

fn changing(cut: f32, transition: f32, change: f32) -> FrameScore {
    FrameScore { cut, transition, signal: FrameSignal { change, brightness: 100.0, contrast: 40.0 } }
}

fn frames_of(found: &[Boundary]) -> Vec<usize> {
    found.iter().map(|boundary| boundary.frame).collect()
}

#[test]
fn a_cut_lies_after_the_most_probable_frame_of_each_run() {
    let scores = [0.0, 0.1, 0.9, 0.0, 0.4, 0.6, 0.5, 0.0, 0.29].map(|cut| score(cut, 0.0));
    assert_eq!(frames_of(&boundaries(&scores, &[], 0.3)), [3, 6]);
}

#[test]
fn the_last_frame_ends_no_shot() {
    let scores = [0.0, 0.0, 0.9].map(|cut| score(cut, 0.0));
    assert_eq!(boundaries(&scores, &[], 0.3), []);
    assert_eq!(boundaries(&[], &[], 0.3), []);
}

/// Forty frames, of which twelve from the tenth are mixed.
fn dissolve() -> Vec<FrameScore> {
    (0..40).map(|frame| if (10..22).contains(&frame) { changing(0.1, 0.8, 6.0) } else { score(0.0, 0.0) }).collect()
}

#[test]
fn a_long_transition_is_one_gradual_boundary_in_its_middle() {
    let mut scores = dissolve();
    let whole = [(16, Some(10..22))];
    let spans = |found: Vec<Boundary>| -> Vec<_> { found.into_iter().map(|one| (one.frame, one.gradual)).collect() };
    assert_eq!(spans(boundaries(&scores, &[], 0.3)), whole);
    // The network's cut in the middle of a dissolve is no cut while the picture changes as much before and behind it.
    if let Some(frame) = scores.get_mut(17) {
        frame.cut = 0.7;
    }
    assert_eq!(spans(boundaries(&scores, &[], 0.3)), whole);
    // One large step is.
    if let Some(frame) = scores.get_mut(18) {
        frame.signal.change = 60.0;
    }
    assert_eq!(boundaries(&scores, &[], 0.3).first().map(|one| one.frame), Some(18));
    let short: Vec<FrameScore> =
        (0..40).map(|index| score(0.0, if (10..14).contains(&index) { 0.9 } else { 0.0 })).collect();
    assert_eq!(boundaries(&short, &[], 0.3), []);
}

#[test]
fn a_wipe_that_the_network_does_not_see_is_gradual() {
    let found = boundaries(&vec![score(0.0, 0.1); 40], std::slice::from_ref(&(12..20)), 0.3);
    assert_eq!(found, [Boundary { frame: 16, probability: 0.1, gradual: Some(12..20) }]);
}

#[test]
fn a_fade_that_ends_in_a_cut_begins_the_shot_with_the_cut() {
    let mut scores = dissolve();
    for (frame, score) in scores.iter_mut().enumerate() {
        score.transition = 0.0;
        score.cut = if frame == 29 { 0.9 } else { 0.0 };
        score.signal.change = if frame == 30 { 90.0 } else { 1.0 };
        score.signal.contrast = (40.0 - 2.0 * (frame.min(40) as f32 - 9.0).clamp(0.0, 20.0)).max(0.0);
        score.signal.contrast = if frame >= 30 { 50.0 } else { score.signal.contrast };
    }
    let found = boundaries(&scores, &[], 0.3);
    assert_eq!(found.iter().map(|one| (one.frame, one.gradual.clone())).collect::<Vec<_>>(), [(30, Some(9..29))]);
}

#[test]
fn a_film_that_fades_in_from_black_begins_with_one_shot() {
    let mut scores = vec![score(0.0, 0.0); 60];
    for (frame, score) in scores.iter_mut().enumerate() {
        let level = (frame as f32 - 9.0).clamp(0.0, 20.0);
        score.signal = FrameSignal { change: 1.0, brightness: 3.0 * level, contrast: 2.0 * level };
    }
    assert_eq!(boundaries(&scores, &[], 0.3), []);
}
