//! Scores finding pictures by their captions, and objects, on `retrieval/` of a data folder; one JSON line a figure.
//!
//! `image_text_score DATA_DIR [PAIR_DIR]`: with a pair, only retrieval is scored, in the pair's space.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::image_text::{DETECTION_FLOOR, ImageTextSpace, label_space_channels, seen_terms};
use reelgraph_inference::objects::{DetectorModel, ObjectDetector};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::score::{DetectionTruth, ScoredBox, mean_average_precision, rank_of, recall_at};
use reelgraph_inference::tags::Tagger;
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;
use serde_json::Value;

/// Confidence down to which detections count for average precision.
const FLOOR: f32 = 0.01;

/// A picture with what people say about it.
struct Captioned {
    id: u64,
    picture: Picture,
    captions: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let data = arguments.next().ok_or("usage: image_text_score DATA_DIR [PAIR_DIR]")?.join("retrieval");
    let pair = arguments.next();
    let store = ModelStore::new(store_root()?);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let captioned = load_captioned(&data)?;
    score_retrieval(&runtime, &store, pair.as_deref(), &captioned)?;
    if pair.is_none() {
        score_words(&runtime, &store, &captioned)?;
        for model in DetectorModel::ALL {
            score_objects(&runtime, &store, model, &data, &captioned)?;
        }
    }
    Ok(())
}

fn score_retrieval(
    runtime: &Arc<Runtime>,
    store: &ModelStore,
    pair: Option<&Path>,
    captioned: &[Captioned],
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut space = ImageTextSpace::load(runtime, store, pair, Threads::exclusive(2))?;
    print("image_text_load_ms", started.elapsed().as_secs_f64() * 1e3, "ms", 1);
    let pictures: Vec<Picture> = captioned.iter().map(|one| one.picture.clone()).collect();
    let started = Instant::now();
    let gallery = space.embed_images(&pictures)?;
    print(
        "image_text_ms_per_picture",
        started.elapsed().as_secs_f64() * 1e3 / pictures.len() as f64,
        "ms",
        pictures.len(),
    );
    let mut queries = Vec::new();
    for (right, one) in captioned.iter().enumerate() {
        for caption in &one.captions {
            queries.push((right, space.embed_text(caption)?));
        }
    }
    let whole = 0..space.space().dims as usize;
    report("", &gallery, &queries, whole);
    if pair.is_none() {
        for (name, range) in label_space_channels() {
            report(&format!("_{name}_alone"), &gallery, &queries, range);
        }
    }
    Ok(())
}

fn report(name: &str, gallery: &[Vec<f32>], queries: &[(usize, Vec<f32>)], components: Range<usize>) {
    let part = |vector: &[f32]| vector.get(components.clone()).unwrap_or_default().to_vec();
    let gallery: Vec<Vec<f32>> = gallery.iter().map(|vector| part(vector)).collect();
    let ranks: Vec<usize> = queries
        .iter()
        .filter_map(|(right, query)| {
            let query = part(query);
            rank_of(*right, &gallery.iter().map(|vector| cosine(&query, vector)).collect::<Vec<f32>>())
        })
        .collect();
    for k in [1, 5, 10] {
        print(&format!("image_text{name}_r{k}"), recall_at(k, &ranks), "ratio", ranks.len());
    }
}

/// Captions against the words that pictures are indexed under: the sum of the weights of the words that they share.
fn score_words(runtime: &Arc<Runtime>, store: &ModelStore, captioned: &[Captioned]) -> Result<(), Box<dyn Error>> {
    let mut tagger = Tagger::load(runtime, store, Threads::exclusive(2))?;
    let mut detector = ObjectDetector::load(runtime, store, Threads::exclusive(2))?;
    let pictures: Vec<Picture> = captioned.iter().map(|one| one.picture.clone()).collect();
    let (tags, detections) = (tagger.see(&pictures)?, detector.detect_above(&pictures, DETECTION_FLOOR)?);
    let terms: Vec<Vec<(String, f32)>> =
        tags.iter().zip(&detections).map(|(tags, found)| seen_terms(tags, found)).collect();
    let mut documents: BTreeMap<&str, usize> = BTreeMap::new();
    for (term, _) in terms.iter().flatten() {
        *documents.entry(term).or_default() += 1;
    }
    let rarity = |term: &str| {
        let count = documents.get(term).copied().unwrap_or_default() as f32;
        (1.0 + (terms.len() as f32 - count + 0.5) / (count + 0.5)).ln()
    };
    let mut ranks = Vec::new();
    for (right, one) in captioned.iter().enumerate() {
        for caption in &one.captions {
            let caption = format!(" {} ", caption.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " "));
            let has = |term: &str| caption.contains(&format!(" {term} ")) || caption.contains(&format!(" {term}s "));
            let scores: Vec<f32> = terms
                .iter()
                .map(|terms| {
                    let shared = terms.iter().filter(|(term, _)| has(term));
                    shared.map(|(term, weight)| weight / (weight + 1.0) * rarity(term)).sum()
                })
                .collect();
            ranks.extend(rank_of(right, &scores));
        }
    }
    for k in [1, 5, 10] {
        print(&format!("image_text_words_alone_r{k}"), recall_at(k, &ranks), "ratio", ranks.len());
    }
    Ok(())
}

fn score_objects(
    runtime: &Arc<Runtime>,
    store: &ModelStore,
    model: DetectorModel,
    data: &Path,
    captioned: &[Captioned],
) -> Result<(), Box<dyn Error>> {
    let mut detector = match ObjectDetector::load_model(runtime, store, model, Threads::exclusive(2)) {
        Ok(detector) => detector,
        Err(error) if error.is_missing_model() => {
            eprintln!("skipped {}: {error}", model.card());
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let truth = load_objects(&data.join("share_subset/instances.json"), captioned)?;
    let pictures: Vec<Picture> = captioned.iter().map(|one| one.picture.clone()).collect();
    let started = Instant::now();
    let found = detector.detect_above(&pictures, FLOOR)?;
    let milliseconds = started.elapsed().as_secs_f64() * 1e3 / pictures.len() as f64;
    let boxes: Vec<ScoredBox> = found
        .iter()
        .enumerate()
        .flat_map(|(picture, found)| {
            found.iter().map(move |detection| ScoredBox {
                picture,
                label: detection.label.to_owned(),
                bounds: detection.bounds,
                confidence: detection.confidence,
            })
        })
        .collect();
    let name = model.card();
    let at = |iou| mean_average_precision(&truth, &boxes, iou).unwrap_or_default();
    print(&format!("objects_map50_{name}"), at(0.5), "ratio", truth.len());
    let steps: Vec<f64> = (0..10_u8).map(|step| at(0.5 + f32::from(step) * 0.05)).collect();
    print(&format!("objects_map50_95_{name}"), steps.iter().sum::<f64>() / 10.0, "ratio", truth.len());
    print(&format!("objects_ms_{name}"), milliseconds, "ms", pictures.len());
    Ok(())
}

fn load_captioned(data: &Path) -> Result<Vec<Captioned>, Box<dyn Error>> {
    let file: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(data.join("share_subset/captions.json"))?)?;
    let mut captioned = Vec::new();
    for (id, entry) in file {
        let path = data.join(entry["file"].as_str().ok_or("a picture without a file")?);
        let rgb = image::open(path)?.to_rgb8();
        let (width, height) = rgb.dimensions();
        let captions = entry["captions"].as_array().ok_or("a picture without captions")?;
        captioned.push(Captioned {
            id: id.parse()?,
            picture: Picture::new(width, height, rgb.into_raw())?,
            captions: captions.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        });
    }
    Ok(captioned)
}

/// COCO's annotations of the pictures at hand.
fn load_objects(file: &Path, captioned: &[Captioned]) -> Result<Vec<DetectionTruth>, Box<dyn Error>> {
    let file: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let list = |key: &str| file[key].as_array().cloned().unwrap_or_default();
    let names: BTreeMap<u64, String> = list("categories")
        .iter()
        .filter_map(|category| Some((category["id"].as_u64()?, category["name"].as_str()?.to_owned())))
        .collect();
    let object = |annotation: &Value| {
        let picture = captioned.iter().position(|one| Some(one.id) == annotation["image_id"].as_u64())?;
        let shown = &captioned.get(picture)?.picture;
        let (width, height) = (shown.width_px() as f32, shown.height_px() as f32);
        let edges: Vec<f32> =
            annotation["bbox"].as_array()?.iter().filter_map(Value::as_f64).map(|v| v as f32).collect();
        let &[left, top, across, down] = edges.as_slice() else { return None };
        let bounds = BoundingBox {
            left: left / width,
            top: top / height,
            right: (left + across) / width,
            bottom: (top + down) / height,
        };
        let label = names.get(&annotation["category_id"].as_u64()?)?.clone();
        Some(DetectionTruth { picture, label, bounds, is_crowd: annotation["iscrowd"].as_u64() == Some(1) })
    };
    Ok(list("annotations").iter().filter_map(object).collect())
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f32::MIN_POSITIVE)
}

fn print(figure: &str, value: f64, unit: &str, n: usize) {
    println!(
        "{}",
        serde_json::json!({ "figure": figure, "value": value, "unit": unit, "n": n, "on": "retrieval/coco-mini" })
    );
}

/// `$REELGRAPH_MODELS`, else the cache folder of this user.
fn store_root() -> Result<PathBuf, Box<dyn Error>> {
    if let Some(root) = std::env::var_os("REELGRAPH_MODELS") {
        return Ok(root.into());
    }
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .ok_or("neither REELGRAPH_MODELS nor HOME is set")?;
    Ok(cache.join("reelgraph/models"))
}
