//! Pictures and texts in one space: the built-in one, and a pair of encoders made for the test.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod support;

use std::path::{Path, PathBuf};

use reelgraph_inference::image_text::{ImageTextSpace, PictureEncoder, TextEncoder, encode_label_vectors, label_texts};
use reelgraph_inference::runtime::Threads;
use reelgraph_inference::text::{Role, TextEmbedder, TextModel};
use reelgraph_models::picture::Picture;
use support::{TestResult, pulled};

const BUILT_IN: [&str; 4] = ["onnxruntime", "efficientnet-lite2", "centernet-coco", "bge-small-en"];

fn pair() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pair")
}

fn plain(red: u8, green: u8, blue: u8) -> TestResult<Picture> {
    Ok(Picture::new(40, 30, [red, green, blue].repeat(40 * 30))?)
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn a_pair_finds_the_picture_of_each_text() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime"]) else { return Ok(()) };
    let mut space = ImageTextSpace::load(&runtime, &store, Some(&pair()), Threads::ONE)?;
    assert_eq!((space.space().name.as_str(), space.space().dims), ("pair", 3));
    let pictures = space.embed_images(&[plain(250, 10, 10)?, plain(10, 250, 10)?, plain(20, 30, 250)?])?;
    for (right, text) in ["a photo of red", "Green", "a photo of the blue sky"].into_iter().enumerate() {
        let query = space.embed_text(text)?;
        assert!((cosine(&query, &query) - 1.0).abs() < 1e-4);
        for (other, picture) in pictures.iter().enumerate() {
            assert_eq!(cosine(&query, picture) > 0.9, other == right, "{text:?} and picture {other}");
        }
    }
    Ok(())
}

#[test]
fn a_text_longer_than_a_pair_takes_and_an_empty_one_are_embedded() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime"]) else { return Ok(()) };
    let mut texts = TextEncoder::load(&runtime, &store, Some(&pair()), Threads::ONE)?;
    for text in ["red ".repeat(5_000), String::new(), "\u{0}\u{fffd} 漢字".to_owned()] {
        assert_eq!(texts.embed(&text)?.len(), 3);
    }
    Ok(())
}

#[test]
fn a_folder_that_is_no_pair_is_refused_with_the_file_that_is_wrong() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime"]) else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let load = || {
        let pictures = PictureEncoder::load(&runtime, &store, Some(folder.path()), Threads::ONE).map(drop);
        let texts = TextEncoder::load(&runtime, &store, Some(folder.path()), Threads::ONE).map(drop);
        [pictures, texts].map(|result| result.err().map(|error| error.to_string()).unwrap_or_default())
    };
    assert!(load().iter().all(|message| message.contains("vision_model.onnx")), "{:?}", load());
    for file in ["vision_model.onnx", "text_model.onnx"] {
        std::fs::write(folder.path().join(file), b"no graph")?;
    }
    let [pictures, texts] = load();
    assert!(pictures.contains("vision_model.onnx") && texts.contains("text_model.onnx"), "{pictures} {texts}");
    // The two sides exchanged: graphs, but of the wrong kind.
    for (from, to) in [("vision_model.onnx", "text_model.onnx"), ("text_model.onnx", "vision_model.onnx")] {
        std::fs::copy(pair().join(from), folder.path().join(to))?;
    }
    assert!(load().iter().all(|message| !message.is_empty()), "{:?}", load());
    Ok(())
}

#[test]
fn two_versions_of_a_pair_are_two_spaces() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime"]) else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("pair");
    std::fs::create_dir(&copy)?;
    for file in ["vision_model.onnx", "text_model.onnx", "tokenizer.json", "preprocessor_config.json"] {
        std::fs::copy(pair().join(file), copy.join(file))?;
    }
    let version = |folder: &Path| -> TestResult<String> {
        Ok(TextEncoder::load(&runtime, &store, Some(folder), Threads::ONE)?.space().key())
    };
    assert_eq!(version(&pair())?, version(&copy)?);
    // Another name of the graph inside: the same network, but not the same file.
    let mut bytes = std::fs::read(copy.join("vision_model.onnx"))?;
    let name = bytes.windows(12).rposition(|window| window == b"vision_model").ok_or("the graph has no name")?;
    bytes[name] = b'V';
    std::fs::write(copy.join("vision_model.onnx"), bytes)?;
    assert_ne!(version(&pair())?, version(&copy)?);
    Ok(())
}

#[test]
fn the_built_in_space_finds_photographs_by_their_captions() -> TestResult {
    let Some((store, runtime)) = pulled(&BUILT_IN) else { return Ok(()) };
    let mut space = ImageTextSpace::load(&runtime, &store, None, Threads::shared(2))?;
    assert_eq!(space.space().key(), "label-space@1");
    let grey = space.embed_images(&[plain(128, 128, 128)?])?;
    assert_eq!(grey[0].len(), space.space().dims as usize);
    assert!((cosine(&grey[0], &grey[0]) - 1.0).abs() < 1e-4);
    let near = |space: &mut ImageTextSpace, a: &str, b: &str| -> TestResult<f32> {
        Ok(cosine(&space.embed_text(a)?, &space.embed_text(b)?))
    };
    let related = near(&mut space, "a puppy sleeping on a couch", "dog lying on the sofa")?;
    let unrelated = near(&mut space, "a puppy sleeping on a couch", "an airplane over the city")?;
    assert!(related > unrelated + 0.2, "{related} {unrelated}");
    Ok(())
}

#[test]
fn the_kept_label_vectors_are_those_of_the_text_model() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime", "bge-small-en"]) else { return Ok(()) };
    let mut embedder = TextEmbedder::load_model(&runtime, &store, TextModel::BgeSmallEn, Threads::shared(2))?;
    let kept = include_bytes!("../src/image_text/label_vectors.bin");
    let texts = label_texts();
    for index in [0, 207, 517, 999, 1_000, 1_079, 1_159] {
        let fresh = encode_label_vectors(&embedder.embed(&[&texts[index]], Role::Passage)?);
        let kept = &kept[index * fresh.len()..(index + 1) * fresh.len()];
        let values = |row: &[u8]| row[4..].iter().map(|value| f32::from(*value as i8)).collect::<Vec<f32>>();
        let (fresh, kept) = (values(&fresh), values(kept));
        let similarity = cosine(&fresh, &kept) / (cosine(&fresh, &fresh) * cosine(&kept, &kept)).sqrt();
        assert!(similarity > 0.99, "{:?}: {similarity}", texts[index]);
    }
    Ok(())
}
