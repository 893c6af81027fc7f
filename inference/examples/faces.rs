//! Faces of pictures as JSON lines: boxes, key points, quality and descriptors, and how long each picture took.
//!
//! ```text
//! cargo run --example faces -- blazeface-full-range|yunet PICTURE...
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::faces::{FaceDetector, FaceDetectorModel, FaceEmbedder, Point, quality};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::picture::Picture;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let card = arguments.next().ok_or("name a detector")?;
    let model = FaceDetectorModel::ALL.into_iter().find(|model| model.card() == card).ok_or("no such detector")?;
    let store = ModelStore::new(store_root()?);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let mut detector = FaceDetector::load_model(&runtime, &store, model, Threads::shared(2))?;
    let mut embedder = FaceEmbedder::load(&runtime, &store, Threads::shared(2))?;
    for path in arguments {
        let rgb = image::open(&path)?.to_rgb8();
        let picture = Picture::new(rgb.width(), rgb.height(), rgb.into_raw())?;
        let started = Instant::now();
        let faces = detector.detect(&picture, model.shown_confidence())?;
        let detected = started.elapsed();
        let descriptors = embedder.embed(&picture, &faces)?;
        let embedded = started.elapsed() - detected;
        let lines: Vec<Value> = faces
            .iter()
            .zip(&descriptors)
            .map(|(face, descriptor)| {
                let quality = quality(&picture, face)?;
                let at = |point: Point| [point.x, point.y];
                let points = face.key_points;
                let points = [points.right_eye, points.left_eye, points.nose, points.mouth_right, points.mouth_left];
                Ok(json!({
                    "confidence": face.confidence,
                    "bounds": face.bounds,
                    "points": points.map(at).to_vec(),
                    "size_px": quality.size_px,
                    "sharpness": quality.sharpness,
                    "frontalness": quality.frontalness,
                    "quality": quality.overall(),
                    "descriptor": descriptor.as_slice(),
                }))
            })
            .collect::<Result<_, Box<dyn Error>>>()?;
        let line = json!({
            "picture": path,
            "detect_ms": detected.as_secs_f64() * 1_000.0,
            "embed_ms": embedded.as_secs_f64() * 1_000.0,
            "faces": lines,
        });
        println!("{line}");
    }
    Ok(())
}

/// `$REELGRAPH_MODELS`, else the cache folder of this user.
fn store_root() -> Result<PathBuf, Box<dyn Error>> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    variable("REELGRAPH_MODELS")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("reelgraph/models")))
        .or_else(|| Some(variable("HOME")?.join(".cache/reelgraph/models")))
        .ok_or_else(|| "set REELGRAPH_MODELS or HOME".into())
}
