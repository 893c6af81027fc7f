//! How fast a file decodes: the full plan of the analysers against decoding alone. One JSON line a figure.
//!
//! `cargo run -p reelgraph-media --example decode_speed -- FILE [DECODER_THREADS]`

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use reelgraph_media::{
    DecodeEvent, DecodePlan, FrameSize, Limits, MediaError, SamplePlan, Sandbox, decode_file, probe_file,
};
use reelgraph_models::time::MediaTime;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(file) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: decode_speed FILE [DECODER_THREADS]");
        return ExitCode::FAILURE;
    };
    if file.as_os_str() == "decode-child" {
        return reelgraph_media::run_decode_child();
    }
    let threads = arguments.next().and_then(|threads| threads.parse().ok()).unwrap_or(2);
    match measure(&file, threads) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            ExitCode::FAILURE
        }
    }
}

fn measure(file: &Path, decoder_threads: u16) -> Result<(), MediaError> {
    let started = Instant::now();
    let probe = probe_file(file, &Limits::default())?;
    report(file, "probe", started.elapsed().as_secs_f64() * 1e3, "ms", 1);
    let plain = DecodePlan { decoder_threads, ..DecodePlan::default() };
    let small = DecodePlan { every_frame: Some(FrameSize::SHOTS), ..plain.clone() };
    let sampled = DecodePlan {
        sampled: Some(SamplePlan { interval: MediaTime::from_millis(500), max_side_px: 640 }),
        ..plain.clone()
    };
    let sound = DecodePlan { audio_16k_mono: true, ..plain.clone() };
    let loudness = DecodePlan { loudness: true, ..sound.clone() };
    let fields = DecodePlan { fields: true, ..small.clone() };
    let full =
        DecodePlan { every_frame: small.every_frame, sampled: sampled.sampled, fields: true, ..loudness.clone() };
    for (name, plan) in [
        ("plain", &plain),
        ("small", &small),
        ("fields", &fields),
        ("sampled", &sampled),
        ("sound", &sound),
        ("loudness", &loudness),
        ("full", &full),
    ] {
        let (started, used_ms) = (Instant::now(), processor_ms());
        let mut frames = 0;
        decode_file(file, plan, &Limits::default(), &mut |event| {
            if let DecodeEvent::End(summary) = event {
                frames = summary.frames;
            }
            ControlFlow::Continue(())
        })?;
        speed(file, name, started, frames, probe.duration);
        report(file, &format!("decode_{name}_processor"), processor_ms() - used_ms, "ms", frames);
    }
    let program = std::env::current_exe().map_err(|source| MediaError::Spawn { program: file.to_owned(), source })?;
    let started = Instant::now();
    let mut frames = 0;
    for event in Sandbox::new(program, ["decode-child"], Limits::default()).decode(file, &full)? {
        if let DecodeEvent::End(summary) = event? {
            frames = summary.frames;
        }
    }
    speed(file, "full_in_child", started, frames, probe.duration);
    Ok(())
}

/// Processor time that this process has used: the 14th and 15th field of its `stat`, in hundredths of a second (proc(5)).
fn processor_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * 10.0
}

fn speed(file: &Path, name: &str, started: Instant, frames: u64, duration: MediaTime) {
    let elapsed_s = started.elapsed().as_secs_f64();
    report(file, &format!("decode_{name}"), frames as f64 / elapsed_s, "frames/s", frames);
    report(file, &format!("decode_{name}_realtime"), duration.as_seconds_f64() / elapsed_s, "times real time", frames);
}

fn report(file: &Path, figure: &str, value: f64, unit: &str, n: u64) {
    let on = file.file_name().unwrap_or_default().to_string_lossy();
    println!("{}", serde_json::json!({ "figure": figure, "value": value, "unit": unit, "n": n, "on": on }));
}
