//! One face in a photograph (`fixtures/astronaut.jpg`: Eileen Collins, NASA, public domain), and copies of it.

#![expect(clippy::indexing_slicing, reason = "a test that indexes wrongly fails, as it should")]

mod support;

use std::path::Path;

use image::imageops::{FilterType, blur, brighten, flip_horizontal, resize};
use image::{GenericImage, RgbImage};
use reelgraph_inference::faces::{
    DetectedFace, FaceDetector, FaceDetectorModel, FaceEmbedder, SAME_PERSON_DISTANCE, distance, quality,
};
use reelgraph_inference::runtime::Threads;
use reelgraph_models::picture::Picture;
use support::{TestResult, pulled};

fn astronaut() -> TestResult<RgbImage> {
    Ok(image::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/astronaut.jpg"))?.to_rgb8())
}

fn picture(image: RgbImage) -> TestResult<Picture> {
    Ok(Picture::new(image.width(), image.height(), image.into_raw())?)
}

/// Every detector that is on this machine.
fn detectors() -> TestResult<Vec<FaceDetector>> {
    let mut detectors = Vec::new();
    for model in FaceDetectorModel::ALL {
        if let Some((store, runtime)) = pulled(&["onnxruntime", model.card()]) {
            detectors.push(FaceDetector::load_model(&runtime, &store, model, Threads::shared(2))?);
        }
    }
    Ok(detectors)
}

fn detect(detector: &mut FaceDetector, image: RgbImage) -> TestResult<(Picture, Vec<DetectedFace>)> {
    let picture = picture(image)?;
    let found = detector.detect(&picture, detector.model().shown_confidence())?;
    Ok((picture, found))
}

#[test]
fn the_face_is_found_once_with_its_eyes_nose_and_mouth() -> TestResult {
    for mut detector in detectors()? {
        let (picture, found) = detect(&mut detector, astronaut()?)?;
        assert_eq!(found.len(), 1, "{}: {found:?}", detector.card().name);
        let (bounds, points) = (found[0].bounds, found[0].key_points);
        assert!(found[0].confidence > 0.85 && found[0].confidence <= 1.0, "{found:?}");
        assert!((0.28..0.38).contains(&bounds.left) && (0.5..0.62).contains(&bounds.right), "{bounds:?}");
        assert!((0.0..0.15).contains(&bounds.top) && (0.33..0.45).contains(&bounds.bottom), "{bounds:?}");
        // By eye, in the photograph.
        for (point, x, y) in [
            (points.right_eye, 0.400, 0.196),
            (points.left_eye, 0.482, 0.203),
            (points.nose, 0.437, 0.25),
            (points.mouth_right, 0.407, 0.276),
            (points.mouth_left, 0.466, 0.281),
        ] {
            assert!((point.x - x).abs() < 0.02 && (point.y - y).abs() < 0.02, "{}: {points:?}", detector.card().name);
        }
        assert!((50.0..90.0).contains(&found[0].size_px(&picture)), "{}", found[0].size_px(&picture));
    }
    Ok(())
}

#[test]
fn a_small_face_in_the_corner_of_a_wide_picture_is_found_where_it_is() -> TestResult {
    for mut detector in detectors()? {
        let small = resize(&astronaut()?, 240, 240, FilterType::Triangle);
        let mut wide = RgbImage::from_pixel(1_280, 720, image::Rgb([90, 110, 100]));
        wide.copy_from(&small, 1_030, 470)?;
        let (_, found) = detect(&mut detector, wide)?;
        assert_eq!(found.len(), 1, "{}: {found:?}", detector.card().name);
        let eye = found[0].key_points.right_eye;
        let (x, y) = ((1_030.0 + 0.4 * 240.0) / 1_280.0, (470.0 + 0.196 * 240.0) / 720.0);
        assert!((eye.x - x).abs() < 0.006 && (eye.y - y).abs() < 0.011, "{}: {eye:?}", detector.card().name);
    }
    Ok(())
}

/// The photograph with skin drawn over the eyes, and lashes below it.
fn with_shut_eyes() -> TestResult<RgbImage> {
    let mut image = astronaut()?;
    let side = f64::from(image.width());
    let pixels = |share: f64| (side * share).round() as u32;
    for (x, y) in [(0.400, 0.196), (0.482, 0.203)].map(|(x, y)| (pixels(x), pixels(y))) {
        let (half_width, half_height) = (pixels(0.027), pixels(0.014));
        for column in x - half_width..=x + half_width {
            let skin = *image.get_pixel(column, y + half_height + 3);
            (y - half_height..=y + half_height).for_each(|row| image.put_pixel(column, row, skin));
            let aside = f64::from(column.abs_diff(x)) / f64::from(half_width);
            let lashes = y + pixels(0.010 * (1.0 - aside * aside));
            (lashes..=lashes + 1).for_each(|row| image.put_pixel(column, row, image::Rgb([60, 40, 35])));
        }
    }
    Ok(image)
}

#[test]
fn a_face_is_followed_and_its_eyes_are_seen_to_be_shut() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime", "blazeface-full-range"]) else { return Ok(()) };
    let mut detector = FaceDetector::load_model(&runtime, &store, FaceDetectorModel::BlazeFace, Threads::shared(2))?;
    let (_, found) = detect(&mut detector, astronaut()?)?;
    let open = found[0].openness.ok_or("the mesh says how open eyes are")?;

    let followed = detector.follow(&picture(brighten(&astronaut()?, 20))?, &found)?;
    assert_eq!(followed.len(), 1);
    let still_open = followed[0].openness.ok_or("as before")?;
    assert!(followed[0].bounds.iou(found[0].bounds) > 0.8, "{followed:?} {found:?}");
    assert!((still_open - open).abs() < 0.1 * open, "{open} {still_open}");

    let followed = detector.follow(&picture(with_shut_eyes()?)?, &found)?;
    let shut = followed[0].openness.ok_or("as before")?;
    assert!(shut < 0.85 * open, "{open} {shut}");

    let gone = detector.follow(&picture(RgbImage::from_pixel(512, 512, image::Rgb([128; 3])))?, &found)?;
    assert_eq!(gone, []);
    Ok(())
}

#[test]
fn pictures_of_every_size_are_looked_at_and_empty_ones_hold_no_face() -> TestResult {
    for mut detector in detectors()? {
        for (width, height) in [(1, 1), (2_000, 3), (7, 900), (320, 240)] {
            let (_, found) = detect(&mut detector, RgbImage::from_pixel(width, height, image::Rgb([128; 3])))?;
            assert_eq!(found, [], "{} {width} x {height}", detector.card().name);
        }
    }
    Ok(())
}

#[test]
fn copies_of_a_face_lie_nearer_than_strangers() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime", "dlib-face-resnet"]) else { return Ok(()) };
    let mut embedder = FaceEmbedder::load(&runtime, &store, Threads::shared(2))?;
    for mut detector in detectors()? {
        let mut describe = |image: RgbImage| -> TestResult<[f32; 128]> {
            let (picture, found) = detect(&mut detector, image)?;
            assert_eq!(found.len(), 1, "{found:?}");
            Ok(embedder.embed(&picture, &found)?[0])
        };
        let original = describe(astronaut()?)?;
        for copy in [
            flip_horizontal(&astronaut()?),
            brighten(&astronaut()?, -60),
            resize(&astronaut()?, 500, 500, FilterType::Triangle),
            resize(&astronaut()?, 240, 240, FilterType::Triangle),
        ] {
            let apart = distance(&original, &describe(copy)?);
            assert!(apart > 0.0 && apart < SAME_PERSON_DISTANCE, "{apart}");
        }
    }
    Ok(())
}

#[test]
fn descriptors_come_in_the_order_of_the_faces_whatever_the_batch() -> TestResult {
    let Some((store, runtime)) = pulled(&["onnxruntime", "dlib-face-resnet", "blazeface-full-range"]) else {
        return Ok(());
    };
    let mut embedder = FaceEmbedder::load(&runtime, &store, Threads::shared(2))?;
    let mut detector = FaceDetector::load_model(&runtime, &store, FaceDetectorModel::BlazeFace, Threads::shared(2))?;
    let (picture, found) = detect(&mut detector, astronaut()?)?;
    let mut elsewhere = found[0];
    for point in [&mut elsewhere.key_points.right_eye, &mut elsewhere.key_points.mouth_left] {
        point.x += 0.3;
    }
    let mut faces = vec![elsewhere; 19];
    faces[9] = found[0];
    let all = embedder.embed(&picture, &faces)?;
    let alone = embedder.embed(&picture, &found)?;
    assert_eq!(all.len(), 19);
    let nearest = (0..19).min_by(|&a, &b| distance(&all[a], &alone[0]).total_cmp(&distance(&all[b], &alone[0])));
    assert_eq!(nearest, Some(9));
    assert!(distance(&all[9], &alone[0]) < 1e-3 && distance(&all[18], &all[0]) < 1e-3);
    assert!(embedder.embed(&picture, &[])?.is_empty());
    Ok(())
}

#[test]
fn a_blurred_face_is_worth_less_than_a_sharp_one() -> TestResult {
    for mut detector in detectors()? {
        let (sharp, found) = detect(&mut detector, astronaut()?)?;
        let blurred = picture(blur(&astronaut()?, 3.0))?;
        let (sharp, blurred) = (quality(&sharp, &found[0])?, quality(&blurred, &found[0])?);
        assert!(sharp.sharpness > 0.6 && blurred.sharpness < 0.4, "{sharp:?} {blurred:?}");
        assert!(sharp.frontalness > 0.6, "{sharp:?}");
        assert!(sharp.overall() > blurred.overall() && sharp.overall() <= 1.0);
    }
    Ok(())
}
