//! How fast shot boundaries are found: the bare network against the whole of our path, as JSON lines.
//!
//! ```text
//! cargo run --example shot_speed [MODEL_STORE]
//! ```

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_inference::shots::ShotDetector;

const FRAMES: usize = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let store = ModelStore::new(store_root()?);
    let runtime = Runtime::open(store.open("onnxruntime")?.path("library")?)?;
    let frames: Vec<u8> = (0..FRAMES * ShotDetector::FRAME_BYTES).map(|index| (index / 7 % 251) as u8).collect();
    for threads in [Threads::shared(1), Threads::shared(2), Threads::exclusive(2)] {
        let mut detector = ShotDetector::load(&runtime, &store, threads)?;
        let before = runtime.inference_time();
        let started = Instant::now();
        let mut scored = detector.push(&frames)?.len();
        scored += detector.finish()?.len();
        let (whole, bare) = (started.elapsed(), runtime.inference_time() - before);
        for (path, seconds) in [("model", bare.as_secs_f64()), ("whole", whole.as_secs_f64())] {
            let line = serde_json::json!({
                "figure": format!("shot_frames_per_second_{path}"),
                "value": scored as f64 / seconds,
                "unit": "frames/s",
                "n": scored,
                "on": format!("{threads:?}"),
            });
            println!("{line}");
        }
    }
    Ok(())
}

/// The first argument, else `$REELGRAPH_MODELS`, else the cache folder of this user.
fn store_root() -> Result<PathBuf, Box<dyn Error>> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .or_else(|| variable("REELGRAPH_MODELS"))
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("reelgraph/models")))
        .or_else(|| Some(variable("HOME")?.join(".cache/reelgraph/models")))
        .ok_or_else(|| "name the model store, or set REELGRAPH_MODELS or HOME".into())
}
