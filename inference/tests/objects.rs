//! Objects and labels in a photograph (`fixtures/astronaut.jpg`: Eileen Collins, NASA, public domain).

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod support;

use std::path::Path;

use reelgraph_inference::objects::{COCO_LABELS, Detection, DetectorModel, ObjectDetector};
use reelgraph_inference::runtime::Threads;
use reelgraph_inference::tags::{CLASSES, FEATURES, Tagger, imagenet_words};
use reelgraph_models::picture::Picture;
use support::{TestResult, pulled};

fn astronaut() -> TestResult<Picture> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/astronaut.jpg");
    let rgb = image::open(path)?.to_rgb8();
    let (width, height) = rgb.dimensions();
    Ok(Picture::new(width, height, rgb.into_raw())?)
}

/// Every detector that is on this machine.
fn detectors() -> TestResult<Vec<ObjectDetector>> {
    let mut detectors = Vec::new();
    for model in DetectorModel::ALL {
        if let Some((store, runtime)) = pulled(&["onnxruntime", model.card()]) {
            detectors.push(ObjectDetector::load_model(&runtime, &store, model, Threads::shared(2))?);
        }
    }
    Ok(detectors)
}

#[test]
fn one_person_is_found_once_and_where_she_is() -> TestResult {
    for mut detector in detectors()? {
        let found = detector.detect(&[astronaut()?])?;
        let people: Vec<&Detection> = found[0].iter().filter(|detection| detection.label == "person").collect();
        assert_eq!(people.len(), 1, "{}: {:?}", detector.card().name, found[0]);
        let bounds = people[0].bounds;
        assert!(people[0].confidence > 0.6, "{people:?}");
        assert!(bounds.left < 0.2 && bounds.right > 0.7 && bounds.bottom > 0.9 && bounds.top < 0.15, "{bounds:?}");
    }
    Ok(())
}

#[test]
fn boxes_lie_where_they_lay_when_the_picture_gets_margins() -> TestResult {
    for mut detector in detectors()? {
        let picture = astronaut()?;
        // The same photograph in the right half of a picture twice as wide.
        let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
        let mut rgb = vec![114_u8; width * 2 * height * 3];
        for (wide, row) in rgb.chunks_exact_mut(width * 6).zip(picture.rgb().chunks_exact(width * 3)) {
            wide[width * 3..].copy_from_slice(row);
        }
        let wide = Picture::new(width as u32 * 2, height as u32, rgb)?;
        let found = detector.detect(&[wide])?;
        let person = found[0].iter().find(|detection| detection.label == "person");
        let bounds = person.ok_or_else(|| format!("{}: {:?}", detector.card().name, found[0]))?.bounds;
        assert!(bounds.left > 0.45 && bounds.right > 0.8, "{}: {bounds:?}", detector.card().name);
    }
    Ok(())
}

#[test]
fn pictures_of_every_size_are_looked_at_in_their_order() -> TestResult {
    for mut detector in detectors()? {
        let grey = |width: u32, height: u32| Picture::new(width, height, vec![90; (width * height * 3) as usize]);
        let found = detector.detect(&[grey(1, 1)?, grey(2_000, 3)?, astronaut()?, grey(7, 900)?])?;
        let people: Vec<bool> = found.iter().map(|found| found.iter().any(|one| one.label == "person")).collect();
        assert_eq!(people, [false, false, true, false], "{found:?}");
        assert!(detector.detect(&[])?.is_empty());
    }
    Ok(())
}

#[test]
fn labels_are_the_classes_of_coco_by_falling_confidence() -> TestResult {
    for mut detector in detectors()? {
        let found = detector.detect_above(&[astronaut()?], 0.02)?.concat();
        assert!(found.iter().all(|detection| COCO_LABELS.contains(&detection.label)));
        assert!(found.windows(2).all(|pair| pair[0].confidence >= pair[1].confidence));
    }
    Ok(())
}

#[test]
fn the_tagger_gives_probabilities_and_features() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime", "efficientnet-lite2"]) else { return Ok(()) };
    let mut tagger = Tagger::load(&runtime, &store, Threads::shared(2))?;
    let seen = tagger.see(&[astronaut()?])?;
    assert_eq!((seen[0].probabilities.len(), seen[0].features.len()), (CLASSES, FEATURES));
    assert!((seen[0].probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-3);
    let top = seen[0].top(5, 0.05);
    assert!(!top.is_empty() && top.windows(2).all(|pair| pair[0].probability >= pair[1].probability), "{top:?}");
    assert!(top.iter().all(|tag| imagenet_words().iter().any(|words| words.name == tag.label)));
    Ok(())
}
