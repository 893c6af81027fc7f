//! Scores the reading of text against `ocr/truth_share.tsv` in a data folder; one JSON line a figure.
//!
//! `ocr_score DATA_DIR [--each]`: `--each` also prints one line for every picture.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::ocr::TextReader;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::score::{character_error_rate, word_recall};
use reelgraph_models::picture::Picture;

/// Languages whose script the recogniser knows.
const SUPPORTED: [&str; 5] = ["en", "la", "mul", "zh", "ja"];

struct Scored {
    language: String,
    error: f64,
    recall: Option<f64>,
    milliseconds: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let data = PathBuf::from(arguments.next().ok_or("usage: ocr_score DATA_DIR [--each]")?).join("ocr");
    let each = arguments.any(|argument| argument == "--each");
    let store = ModelStore::new(store_root()?);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let mut reader = TextReader::load(&runtime, &store, Threads::exclusive(2))?;

    let mut scored = Vec::new();
    for line in std::fs::read_to_string(data.join("truth_share.tsv"))?.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [file, language, truth, level, ..] = fields.as_slice() else { continue };
        let truth = truth.replace("\\n", "\n");
        let picture = load_picture(&data.join(file))?;
        let started = Instant::now();
        let lines = reader.read(&picture)?;
        let milliseconds = started.elapsed().as_secs_f64() * 1e3;
        let reading = match *level {
            "first line" => lines.first().map(|line| line.text.clone()).unwrap_or_default(),
            _ => lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join("\n"),
        };
        let (error, recall) = (character_error_rate(&truth, &reading), word_recall(&truth, &reading));
        if each {
            println!(
                "{}",
                serde_json::json!({
                    "file": file, "cer": error, "word_recall": recall, "ms": milliseconds, "lines": lines.len(), "read": reading,
                })
            );
        }
        scored.push(Scored { language: (*language).to_owned(), error, recall, milliseconds });
    }
    report("all", scored.iter());
    report("supported_scripts", scored.iter().filter(|one| SUPPORTED.contains(&one.language.as_str())));

    let black = Picture::new(1280, 720, vec![0; 1280 * 720 * 3])?;
    let started = Instant::now();
    const ROUNDS: u32 = 5;
    for _ in 0..ROUNDS {
        reader.read(&black)?;
    }
    print("ocr_ms_720p_without_text", started.elapsed().as_secs_f64() * 1e3 / f64::from(ROUNDS), "ms", ROUNDS as usize);
    Ok(())
}

fn report<'s>(name: &str, scored: impl Iterator<Item = &'s Scored>) {
    let scored: Vec<&Scored> = scored.collect();
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let recalls: Vec<f64> = scored.iter().filter_map(|one| one.recall).collect();
    print(&format!("ocr_cer_{name}"), mean(scored.iter().map(|one| one.error).collect()), "ratio", scored.len());
    print(&format!("ocr_word_recall_{name}"), mean(recalls.clone()), "ratio", recalls.len());
    print(&format!("ocr_ms_{name}"), mean(scored.iter().map(|one| one.milliseconds).collect()), "ms", scored.len());
}

fn print(figure: &str, value: f64, unit: &str, n: usize) {
    println!(
        "{}",
        serde_json::json!({ "figure": figure, "value": value, "unit": unit, "n": n, "on": "ocr/truth_share.tsv" })
    );
}

/// Reads a picture over white paper, as scanned pages with transparency are meant.
fn load_picture(path: &Path) -> Result<Picture, Box<dyn Error>> {
    let mut rgba = image::open(path)?.to_rgba8();
    for pixel in rgba.pixels_mut() {
        let alpha = u16::from(pixel[3]);
        for channel in 0..3 {
            pixel[channel] = ((u16::from(pixel[channel]) * alpha + 255 * (255 - alpha)) / 255) as u8;
        }
    }
    let (width, height) = rgba.dimensions();
    let rgb = image::DynamicImage::ImageRgba8(rgba).to_rgb8();
    Ok(Picture::new(width, height, rgb.into_raw())?)
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
