//! Who speaks when in recordings, as JSON lines, and how long each took. Recordings are 16 kHz mono f32 samples without a header.
//!
//! ```text
//! ffmpeg -i RECORDING -ac 1 -ar 16000 -f f32le SAMPLES
//! cargo run --example speakers MODEL_STORE SAMPLES...
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::speakers::{VoiceListener, diarize};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let store = ModelStore::new(arguments.next().ok_or("name the model store and files of samples")?);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let mut listener = VoiceListener::load(&runtime, &store, Threads::shared(2))?;
    for path in arguments.map(PathBuf::from) {
        let bytes = std::fs::read(&path)?;
        let samples: Vec<f32> = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let started = Instant::now();
        listener.push(&samples)?;
        let turns = diarize(&listener.finish()?);
        let line = json!({
            "recording": path,
            "seconds": samples.len() as f64 / 16_000.0,
            "took_ms": started.elapsed().as_secs_f64() * 1_000.0,
            "turns": turns.iter().map(|turn| json!([
                turn.span.start().as_seconds_f64(),
                turn.span.end().as_seconds_f64(),
                turn.speaker,
            ])).collect::<Vec<Value>>(),
        });
        println!("{line}");
    }
    Ok(())
}
