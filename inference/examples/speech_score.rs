//! Scores speech recognition on a folder of recordings with truth; prints one JSON line a figure.
//!
//! `speech_score DATA_DIR [MODELS_DIR]`: `DATA_DIR/speech/truth_share.tsv` lists files, languages and texts;
//! `DATA_DIR/composed/*.truth.json` lists what is said when in the video beside it. Files that are not 16-bit WAV are
//! converted by the `ffmpeg` program. What is absent is skipped and said so on standard error.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::score::ErrorRate;
use reelgraph_inference::speech::{SpeechRecognizer, SpeechSegment};
use serde_json::{Value, json};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Languages scored by characters.
const BY_CHARACTER: [&str; 4] = ["ja", "ko", "zh", "th"];

fn main() -> Outcome<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let data = arguments.next().ok_or("usage: speech_score DATA_DIR [MODELS_DIR]")?;
    let models = arguments.next().or_else(default_models).ok_or("no model folder; name one")?;
    let store = ModelStore::new(models);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let recognizer = SpeechRecognizer::load(&runtime, &store, Threads::exclusive(2))?;
    let mut scorer = Scorer { recognizer, outside_seconds: 0.0 };
    // The first run of a session allocates and warms caches; it is not measured.
    scorer.transcribe(&vec![0.0; 16_000])?;
    let (before, started) = (runtime.inference_time(), Instant::now());
    scorer.utterances(&data)?;
    scorer.composed(&data)?;
    let models = (runtime.inference_time() - before).as_secs_f64();
    let recognising = started.elapsed().as_secs_f64() - scorer.outside_seconds;
    print("all", "speech time by time inside the models", recognising / models, "ratio", 1);
    Ok(())
}

fn default_models() -> Option<PathBuf> {
    std::env::var_os("REELGRAPH_MODELS").map(PathBuf::from).or_else(|| {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
        cache.map(|cache| cache.join("reelgraph/models"))
    })
}

/// What was recognised in one file.
struct Recognised {
    segments: Vec<SpeechSegment>,
    audio_seconds: f64,
    wall_seconds: f64,
}

impl Recognised {
    fn text(&self) -> String {
        self.segments.iter().map(|segment| segment.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

struct Scorer {
    recognizer: SpeechRecognizer,
    /// Spent on reading files.
    outside_seconds: f64,
}

impl Scorer {
    fn samples_of(&mut self, path: &Path) -> Outcome<Vec<f32>> {
        let started = Instant::now();
        let samples = samples_of(path);
        self.outside_seconds += started.elapsed().as_secs_f64();
        samples
    }

    fn transcribe(&mut self, samples: &[f32]) -> Outcome<Recognised> {
        let started = Instant::now();
        let mut segments = self.recognizer.push(samples)?;
        segments.extend(self.recognizer.finish()?);
        let wall_seconds = started.elapsed().as_secs_f64();
        Ok(Recognised { segments, audio_seconds: samples.len() as f64 / 16_000.0, wall_seconds })
    }

    /// Each utterance as a file of its own.
    fn utterances(&mut self, data: &Path) -> Outcome<()> {
        let truth = data.join("speech/truth_share.tsv");
        let Ok(table) = std::fs::read_to_string(&truth) else {
            eprintln!("skipped: {} is not there", truth.display());
            return Ok(());
        };
        let mut rates: BTreeMap<String, Vec<ErrorRate>> = BTreeMap::new();
        let (mut audio, mut wall, mut languages_right, mut files) = (0.0, 0.0, 0, 0);
        for line in table.lines().skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [file, language, text, ..] = fields[..] else { continue };
            let samples = self.samples_of(&data.join("speech").join(file))?;
            let found = self.transcribe(&samples)?;
            let rate = if BY_CHARACTER.contains(&language) { ErrorRate::of_characters } else { ErrorRate::of_words };
            let rate = rate(text, &found.text());
            let collection = file.split('/').next().unwrap_or_default();
            eprintln!("{file} {language} errors {}/{}: {}", rate.errors, rate.length, describe(&found.segments));
            rates.entry(format!("{collection} {language}")).or_default().push(rate);
            languages_right += usize::from(found.segments.first().is_some_and(|segment| segment.language == language));
            (audio, wall, files) = (audio + found.audio_seconds, wall + found.wall_seconds, files + 1);
        }
        for (on, rates) in rates {
            let unit = if BY_CHARACTER.iter().any(|code| on.ends_with(code)) { "CER" } else { "WER" };
            let total: ErrorRate = rates.iter().copied().sum();
            print(&on, "speech error rate", total.rate(), unit, rates.len());
        }
        print("utterances", "speech language right", languages_right as f64 / files as f64, "share", files);
        print("utterances", "speech real-time factor", wall / audio, "s/s", files);
        Ok(())
    }

    /// One long file whose utterances have times.
    fn composed(&mut self, data: &Path) -> Outcome<()> {
        let folder = data.join("composed");
        let Ok(entries) = std::fs::read_dir(&folder) else {
            eprintln!("skipped: {} is not there", folder.display());
            return Ok(());
        };
        for entry in entries {
            let truth_path = entry?.path();
            if !truth_path.to_string_lossy().ends_with(".truth.json") {
                continue;
            }
            let truth: Value = serde_json::from_str(&std::fs::read_to_string(&truth_path)?)?;
            let video = truth["video"].as_str().ok_or("the truth names no video")?;
            let spoken = truth["speech"].as_array().ok_or("the truth has no speech")?;
            let samples = self.samples_of(&folder.join(video))?;
            let found = self.transcribe(&samples)?;
            let text = spoken.iter().filter_map(|one| one["text"].as_str()).collect::<Vec<_>>().join(" ");
            eprintln!("{video}: {}", describe(&found.segments));
            print(video, "speech error rate", ErrorRate::of_words(&text, &found.text()).rate(), "WER", spoken.len());
            print(video, "speech real-time factor", found.wall_seconds / found.audio_seconds, "s/s", 1);
            let (begin, end) = edge_errors(spoken, &found.segments);
            print(video, "first word of utterance begins off by, median", median(&begin), "s", begin.len());
            print(video, "last word of utterance ends off by, median", median(&end), "s", end.len());
        }
        Ok(())
    }
}

/// How far the nearest word's beginning is from each utterance's beginning, and likewise for the ends.
fn edge_errors(spoken: &[Value], segments: &[SpeechSegment]) -> (Vec<f64>, Vec<f64>) {
    let words = || segments.iter().flat_map(|segment| &segment.words);
    let nearest = |at: f64, edges: Vec<f64>| edges.into_iter().map(|edge| (edge - at).abs()).min_by(f64::total_cmp);
    let begin = spoken.iter().filter_map(|one| {
        nearest(one["start"].as_f64()?, words().map(|word| word.span.start().as_seconds_f64()).collect())
    });
    let end = spoken.iter().filter_map(|one| {
        nearest(one["end"].as_f64()?, words().map(|word| word.span.end().as_seconds_f64()).collect())
    });
    (begin.collect(), end.collect())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn print(on: &str, figure: &str, value: f64, unit: &str, n: usize) {
    println!("{}", json!({"figure": figure, "value": (value * 1e4).round() / 1e4, "unit": unit, "n": n, "on": on}));
}

fn describe(segments: &[SpeechSegment]) -> String {
    let one = |segment: &SpeechSegment| {
        format!(
            "\n    {} {} {:.2} lp {:.2} ns {:.2} {:?} {}",
            segment.span,
            segment.language,
            segment.language_probability,
            segment.mean_log_probability,
            segment.no_speech_probability,
            segment.suspect,
            segment.text
        )
    };
    segments.iter().map(one).collect()
}

/// 16 kHz mono samples of a file, decoded by the `ffmpeg` program.
fn samples_of(path: &Path) -> Outcome<Vec<f32>> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-vn", "-ac", "1", "-ar", "16000", "-f", "f32le", "-"])
        .output()?;
    if !output.status.success() {
        return Err(format!("ffmpeg: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(output.stdout.chunks_exact(4).filter_map(|four| Some(f32::from_le_bytes(four.try_into().ok()?))).collect())
}
