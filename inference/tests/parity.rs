//! Each graph of `inference/graphs` against the network it was made from: the fixtures' tolerances hold.

mod support;

use std::path::Path;

use ort::value::Tensor;
use reelgraph_inference::runtime::{Model, Threads};
use serde_json::Value;
use support::{TestResult, pulled};

fn fixture(name: &str) -> TestResult<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

fn numbers(value: &Value) -> TestResult<Vec<f32>> {
    Ok(serde_json::from_value(value.clone())?)
}

/// The graph file `key` of `card`, where it is pulled.
fn model(card: &str, key: &str) -> TestResult<Option<Model>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", card]) else { return Ok(None) };
    Ok(Some(runtime.load(store.open(card)?.path(key)?, Threads::shared(2))?))
}

/// The fixtures' pseudo-random byte: Knuth's multiplicative hash, its highest byte.
fn byte(index: u32) -> u8 {
    (index.wrapping_mul(2_654_435_761) >> 24) as u8
}

/// The fixtures' picture: two discs before a gradient with noise, `[side, side, 3]` RGB.
fn scene(side: u32) -> Vec<u8> {
    let square = |value: i64| value * value;
    let pixel = |x: u32, y: u32| {
        let (side, x, y) = (i64::from(side), i64::from(x), i64::from(y));
        if square(x - 5 * side / 16) + square(y - 9 * side / 16) < square(11 * side / 64) {
            [250, 120, 20]
        } else if square(x - 11 * side / 16) + square(y - 3 * side / 8) < square(side / 8) {
            [230, 230, 40]
        } else {
            let noise = byte((y * side + x) as u32) / 8;
            [(255 * x / side) as u8, (255 * y / side) as u8, noise]
        }
    };
    (0..side).flat_map(|y| (0..side).flat_map(move |x| pixel(x, y))).collect()
}

fn assert_near(name: &str, actual: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(actual.len(), expected.len(), "{name}");
    let difference = actual.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference <= tolerance, "{name}: {difference} where {tolerance} is allowed");
}

#[test]
fn efficientnet_lite2_gives_the_probabilities_and_features_of_its_fixture() -> TestResult {
    const SIDE: usize = 260;
    let Some(mut model) = model("efficientnet-lite2", "graph")? else { return Ok(()) };
    let fixture = fixture("efficientnet-lite2.json")?;
    let scene = scene(SIDE as u32);
    let plane = |channel: usize| scene.iter().skip(channel).step_by(3).map(|&value| (f32::from(value) - 127.0) / 128.0);
    let image: Vec<f32> = (0..3).flat_map(plane).collect();
    let outputs = model.run(ort::inputs!["image" => Tensor::from_array(([1, 3, SIDE, SIDE], image))?])?;
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    for name in ["probs", "features"] {
        assert_near(name, outputs.tensor::<f32>(name)?.1, &numbers(&fixture["outputs"][name])?, tolerance);
    }
    Ok(())
}

#[test]
fn centernet_finds_what_the_original_finds() -> TestResult {
    const SIDE: usize = 512;
    let Some(mut model) = model("centernet-coco", "graph")? else { return Ok(()) };
    let fixture = fixture("centernet-coco.json")?;
    let image = Tensor::from_array(([1, SIDE, SIDE, 3], scene(SIDE as u32)))?;
    let outputs = model.run(ort::inputs!["image" => image])?;
    let (_, detections) = outputs.tensor_of::<f32>("detections", &[1, 100, 6])?;
    let expected = numbers(&fixture["outputs"]["detections"])?;
    let tolerance: f32 = serde_json::from_value(fixture["tolerance"].clone())?;
    let tolerance_px: f32 = serde_json::from_value(fixture["tolerance_px"].clone())?;
    assert!(!expected.is_empty());
    for (index, (actual, expected)) in detections.chunks(6).zip(expected.chunks(6)).enumerate() {
        let halves = (actual.split_at_checked(4), expected.split_at_checked(4));
        let (Some((sides, rest)), Some((expected_sides, expected_rest))) = halves else {
            return Err("a detection is six numbers".into());
        };
        assert_near(&format!("box {index}"), sides, expected_sides, tolerance_px);
        assert_near(&format!("score and class {index}"), rest, expected_rest, tolerance);
    }
    Ok(())
}

/// The middle `side` pixels of the fixtures' face: 96 x 96 pixels, each four times.
fn face(side: u32) -> TestResult<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/astronaut_face.png");
    let small = image::open(path)?.to_rgb8();
    let first = (2 * small.width() - side) / 2;
    let pixel = |x: u32, y: u32| small.get_pixel((first + x) / 2, (first + y) / 2).0;
    Ok((0..side).flat_map(|y| (0..side).flat_map(move |x| pixel(x, y))).collect())
}

#[test]
fn blazeface_finds_the_rows_that_the_original_finds() -> TestResult {
    const SIDE: usize = 192;
    const FIELDS: usize = 17;
    let Some(mut model) = model("blazeface-full-range", "detector")? else { return Ok(()) };
    let fixture = fixture("blazeface-full-range.json")?;
    let outputs = model.run(ort::inputs!["image" => Tensor::from_array(([1, SIDE, SIDE, 3], face(SIDE as u32)?))?])?;
    let (_, found) = outputs.tensor_of::<f32>("faces", &[1, 2_304, FIELDS as i64])?;
    let rows: Vec<usize> = serde_json::from_value(fixture["rows"].clone())?;
    let actual: Vec<f32> = rows.iter().filter_map(|&row| found.chunks(FIELDS).nth(row)).flatten().copied().collect();
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    assert_near("rows", &actual, &numbers(&fixture["outputs"]["faces"])?, tolerance);
    let least = actual.chunks(FIELDS).filter_map(|row| row.first()).copied().fold(1.0, f32::min);
    let surer = found.chunks(FIELDS).filter(|row| row.first().is_some_and(|&score| score > least + tolerance));
    assert_eq!(surer.count(), rows.len() - 1, "no other row is as sure");
    Ok(())
}

#[test]
fn the_face_mesh_has_the_points_of_the_original() -> TestResult {
    const SIDE: usize = 192;
    let Some(mut model) = model("blazeface-full-range", "mesh")? else { return Ok(()) };
    let fixture = fixture("face-mesh.json")?;
    let outputs = model.run(ort::inputs!["image" => Tensor::from_array(([1, SIDE, SIDE, 3], face(SIDE as u32)?))?])?;
    let (_, points) = outputs.tensor_of::<f32>("points", &[1, 468, 3])?;
    let every_ninth: Vec<f32> = points.chunks(3).step_by(9).flatten().copied().collect();
    let tolerance_px = serde_json::from_value(fixture["tolerance_px"].clone())?;
    assert_near("points", &every_ninth, &numbers(&fixture["outputs"]["points"])?, tolerance_px);
    let (_, presence) = outputs.tensor_of::<f32>("presence", &[1, 1])?;
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    assert_near("presence", presence, &numbers(&fixture["outputs"]["presence"])?, tolerance);
    Ok(())
}

#[test]
fn the_face_descriptor_is_that_of_the_dequantised_network() -> TestResult {
    const SIDE: usize = 150;
    let Some(mut model) = model("dlib-face-resnet", "graph")? else { return Ok(()) };
    let fixture = fixture("dlib-face-resnet.json")?;
    let outputs = model.run(ort::inputs!["faces" => Tensor::from_array(([1, SIDE, SIDE, 3], face(SIDE as u32)?))?])?;
    let (_, descriptor) = outputs.tensor_of::<f32>("descriptors", &[1, 128])?;
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    assert_near("descriptor", descriptor, &numbers(&fixture["outputs"]["descriptors"])?, tolerance);
    Ok(())
}

#[test]
fn firered_aed_gives_the_probabilities_of_its_fixture() -> TestResult {
    const FRAMES: usize = 400;
    let Some(mut model) = model("firered-aed", "graph")? else { return Ok(()) };
    let fixture = fixture("firered-aed.json")?;
    let fbank: Vec<f32> = (0..FRAMES as u32 * 80).map(|index| f32::from(byte(index)) / 16.0).collect();
    let outputs = model.run(ort::inputs!["fbank" => Tensor::from_array(([FRAMES, 80], fbank))?])?;
    let (_, probabilities) = outputs.tensor_of::<f32>("probs", &[FRAMES as i64, 3])?;
    let tenth: Vec<f32> = probabilities.chunks(3).step_by(10).flatten().copied().collect();
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    assert_near("probs", &tenth, &numbers(&fixture["outputs"]["probs"])?, tolerance);
    Ok(())
}

#[test]
fn ge2e_gives_the_vectors_of_its_fixture() -> TestResult {
    const WINDOW: usize = 160 * 40;
    let Some(mut model) = model("ge2e", "graph")? else { return Ok(()) };
    let fixture = fixture("ge2e.json")?;
    let value = |index: usize| f32::from(byte(index as u32)) / 255.0;
    let mels: Vec<f32> =
        (0..2 * WINDOW).map(|index| if index < WINDOW { value(index) } else { value(index).powi(2) }).collect();
    let outputs = model.run(ort::inputs!["mels" => Tensor::from_array(([2_usize, 160, 40], mels))?])?;
    let (_, vectors) = outputs.tensor_of::<f32>("embedding", &[2, 256])?;
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    assert_near("embedding", vectors, &numbers(&fixture["outputs"]["embedding"])?, tolerance);
    Ok(())
}

#[test]
fn yamnet_gives_the_probabilities_of_its_fixture() -> TestResult {
    const WINDOW: usize = 96 * 64;
    let Some(mut model) = model("yamnet", "graph")? else { return Ok(()) };
    let fixture = fixture("yamnet.json")?;
    let softer = |index: usize| if index >= WINDOW && index % 64 >= 16 { 4.0 } else { 0.0 };
    let value = |index: usize| f32::from(byte(index as u32)) / 32.0 - 7.0 - softer(index);
    let patches: Vec<f32> = (0..2 * WINDOW).map(value).collect();
    let outputs = model.run(ort::inputs!["patches" => Tensor::from_array(([2_usize, 96, 64], patches))?])?;
    let (_, scores) = outputs.tensor_of::<f32>("scores", &[2, 521])?;
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    assert_near("scores", scores, &numbers(&fixture["outputs"]["scores"])?, tolerance);
    Ok(())
}

#[test]
fn multilingual_e5_gives_the_vectors_of_its_makers_engine() -> TestResult {
    let Some(mut model) = model("multilingual-e5-small", "graph")? else { return Ok(()) };
    let fixture = fixture("multilingual-e5-small.json")?;
    let rows: Vec<Vec<i64>> = serde_json::from_value(fixture["input_ids"].clone())?;
    let vectors: Vec<Vec<f32>> = serde_json::from_value(fixture["outputs"]["embedding"].clone())?;
    let least: f32 = serde_json::from_value(fixture["least_cosine"].clone())?;
    for (ids, expected) in rows.into_iter().zip(&vectors) {
        let shape = [1, ids.len()];
        let mask = Tensor::from_array((shape, vec![1_i64; ids.len()]))?;
        let inputs = ort::inputs!["input_ids" => Tensor::from_array((shape, ids))?, "attention_mask" => mask];
        let outputs = model.run(inputs)?;
        let (_, actual) = outputs.tensor_of::<f32>("embedding", &[1, 384])?;
        let dot = |left: &[f32], right: &[f32]| left.iter().zip(right).map(|(a, b)| a * b).sum::<f32>();
        let cosine = dot(actual, expected) / (dot(actual, actual) * dot(expected, expected)).sqrt();
        assert!(cosine >= least, "{cosine} where {least} is promised");
    }
    Ok(())
}

#[test]
fn whisper_reads_four_seconds_as_the_original_does() -> TestResult {
    const FRAMES: usize = 3_000;
    const HEARD: usize = 400;
    let (Some(mut encoder), Some(mut decoder)) = (model("whisper-base", "encoder")?, model("whisper-base", "decoder")?)
    else {
        return Ok(());
    };
    let fixture = fixture("whisper-base.json")?;
    let bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/whisper-base.mel.u8"))?;
    let silence = std::iter::repeat_n(5, FRAMES - HEARD);
    let bands = bytes.chunks(HEARD).flat_map(|band| band.iter().copied().chain(silence.clone()));
    let mel: Vec<f32> = bands.map(|value| f32::from(value) / 127.5 - 0.5).collect();
    let mut crossed = encoder.run(ort::inputs!["mel" => Tensor::from_array(([1, 80, FRAMES], mel))?])?;
    let names: Vec<String> =
        (0..6).flat_map(|layer| [format!("cross_k_{layer}"), format!("cross_v_{layer}")]).collect();
    let cross = names.iter().map(|name| crossed.take(name)).collect::<Result<Vec<_>, _>>()?;

    let prompt: Vec<i64> = serde_json::from_value(fixture["prompt"].clone())?;
    let greedy: Vec<i64> = serde_json::from_value(fixture["greedy"].clone())?;
    let steps: Vec<Vec<usize>> = serde_json::from_value(fixture["tokens"].clone())?;
    let expected = numbers(&fixture["outputs"]["logits"])?;
    let tolerance: f32 = serde_json::from_value(fixture["tolerance"].clone())?;
    assert_eq!(steps.concat().len(), expected.len());
    for (step, (tokens, expected)) in steps.iter().zip(expected.chunks(4)).enumerate() {
        // The whole text anew at every step: no cache, so that nothing but the network is tested.
        let text: Vec<i64> = prompt.iter().chain(greedy.iter().take(step)).copied().collect();
        let mut inputs = ort::inputs!["tokens" => Tensor::from_array(([1, text.len()], text))?];
        for layer in 0..6 {
            for half in ["k", "v"] {
                let empty = Tensor::<f32>::from_array(([1_usize, 8, 0, 64], Vec::new()))?;
                inputs.push((format!("past_{half}_{layer}").into(), empty.into()));
            }
        }
        inputs.extend(names.iter().zip(&cross).map(|(name, value)| (name.as_str().into(), value.into())));
        let outputs = decoder.run(inputs)?;
        let (_, logits) = outputs.tensor_of::<f32>("logits", &[1, 51_865])?;
        let actual: Vec<f32> = tokens.iter().filter_map(|&token| logits.get(token).copied()).collect();
        assert_near(&format!("logits of step {step}"), &actual, expected, tolerance);
    }
    Ok(())
}

#[test]
fn nsfw_mobilenet_tells_the_kinds_that_the_original_tells() -> TestResult {
    const SIDE: usize = 224;
    let Some(mut model) = model("nsfw-mobilenet-v2", "graph")? else { return Ok(()) };
    let fixture = fixture("nsfw-mobilenet-v2.json")?;
    let image = Tensor::from_array(([1, SIDE, SIDE, 3], scene(SIDE as u32)))?;
    let outputs = model.run(ort::inputs!["image" => image])?;
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    let (_, probs) = outputs.tensor_of::<f32>("probs", &[1, 5])?;
    assert_near("probs", probs, &numbers(&fixture["outputs"]["probs"])?, tolerance);
    Ok(())
}

#[test]
fn open_nsfw_scores_as_its_package_does() -> TestResult {
    const SIDE: usize = 224;
    let Some(mut model) = model("open-nsfw", "graph")? else { return Ok(()) };
    let fixture = fixture("open-nsfw.json")?;
    let bgr = |pixel: &[u8]| -> [f32; 3] {
        let value = |channel: usize, mean: f32| pixel.get(channel).map_or(f32::NAN, |value| f32::from(*value) - mean);
        [value(2, 104.0), value(1, 117.0), value(0, 123.0)]
    };
    let image: Vec<f32> = scene(SIDE as u32).chunks(3).flat_map(bgr).collect();
    let outputs = model.run(ort::inputs!["input:0" => Tensor::from_array(([1, SIDE, SIDE, 3], image))?])?;
    let tolerance = serde_json::from_value(fixture["tolerance"].clone())?;
    let (_, scores) = outputs.tensor_of::<f32>("outputs", &[1, 2])?;
    assert_near("outputs", scores, &numbers(&fixture["outputs"]["outputs"])?, tolerance);
    Ok(())
}
