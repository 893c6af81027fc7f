//! Technical cues are those that FFmpeg's own filters see in the same file, to a tenth of a second.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server};
use serde_json::{Value, json};

/// Colour bars for 4 s, black and silence for 3 s, five seconds that move, the last picture for 4 s more.
const FILM: &str = "-f lavfi -i smptebars=s=640x360:r=25:d=4 -f lavfi -i color=black:s=640x360:r=25:d=3 \
    -f lavfi -i testsrc2=s=640x360:r=25:d=5 -f lavfi -i sine=f=997:d=16:r=48000 \
    -filter_complex [2:v]tpad=stop_mode=clone:stop_duration=4[m];[0:v][1:v][m]concat=n=3[v];\
    [3:a]volume=0:enable='between(t,4,7)'[a] -map [v] -map [a] -c:v libx264 -pix_fmt yuv420p -c:a aac";
const FILTERS: &str = "-vf blackdetect=d=0.5,freezedetect=n=0.001:d=2 -af silencedetect=n=-60dB:d=1 -f null -";
const TOLERANCE_S: f64 = 0.1;

const CUES: &str = "query($id: ID!) { asset(id: $id) { observations(modalities: [CUES], first: 100) { nodes { modality
  span { startMicros endMicros } ... on TechnicalCue { kind loudness { integratedLufs truePeakDbtp } } } } } }";

fn ffmpeg(arguments: &str, input: Option<&Path>, output: Option<&Path>) -> anyhow::Result<String> {
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-nostdin", "-nostats", "-y"]);
    if let Some(input) = input {
        command.arg("-i").arg(input);
    }
    let run = command.args(arguments.split_whitespace()).args(output).output().context("ffmpeg is needed")?;
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    ensure!(run.status.success(), "{told}");
    Ok(told)
}

fn film(folder: &Path) -> anyhow::Result<PathBuf> {
    let film = folder.join("cues.mp4");
    ffmpeg(FILM, None, Some(&film))?;
    Ok(film)
}

/// Starts and ends that a filter printed, in seconds; what was not over at the end of the film ends with it.
fn stretches(told: &str, start: &str, end: &str) -> Vec<(f64, f64)> {
    let numbers = |name: &str| -> Vec<f64> {
        let behind = told.split(name).skip(1);
        behind.filter_map(|text| text.trim_start().split([' ', '\n', '\r']).next()?.parse().ok()).collect()
    };
    let ends = numbers(end).into_iter().chain([16.0]);
    numbers(start).into_iter().zip(ends).collect()
}

#[test]
fn black_silence_standstill_and_bars_are_where_the_filters_see_them() -> anyhow::Result<()> {
    let library = Library::new()?;
    let film = film(library.path())?;
    let told = ffmpeg(FILTERS, Some(&film), None)?;
    let path = film.to_str().context("the path is no text")?;
    let ingested = library.run(&["ingest", path, "--json"])?.only()?;
    let server = Server::start(&library)?;
    let data = server.data(CUES, json!({ "id": ingested.pointer("/asset/id") }))?;
    let nodes = data.pointer("/asset/observations/nodes").and_then(Value::as_array).cloned().unwrap_or_default();
    let of_kind = |kind: &str| -> Vec<(f64, f64)> {
        let second = |node: &Value, edge: &str| Some(node.pointer(edge)?.as_i64()? as f64 / 1e6);
        let of_kind = nodes.iter().filter(|node| node["kind"] == kind);
        of_kind
            .filter_map(|node| Some((second(node, "/span/startMicros")?, second(node, "/span/endMicros")?)))
            .collect()
    };
    let frozen = stretches(&told, "freeze_start:", "freeze_end:");
    for (kind, theirs) in [
        ("BLACK", stretches(&told, "black_start:", "black_end:")),
        ("SILENCE", stretches(&told, "silence_start:", "silence_end:")),
        // Black stands still as well, which is not told twice.
        ("FREEZE", frozen.into_iter().filter(|(start, _)| !(3.5..6.5).contains(start)).collect()),
        ("COLOUR_BARS", vec![(0.0, 4.0)]),
    ] {
        let ours = of_kind(kind);
        let near =
            |(a, b): (&(f64, f64), &(f64, f64))| (a.0 - b.0).abs() < TOLERANCE_S && (a.1 - b.1).abs() < TOLERANCE_S;
        assert!(!theirs.is_empty() && ours.len() == theirs.len(), "{kind}: {ours:?} {theirs:?}");
        assert!(ours.iter().zip(&theirs).all(near), "{kind}: {ours:?} {theirs:?}");
    }
    let loudness = nodes.iter().find(|node| node["kind"] == "LOUDNESS").context("no loudness")?;
    // A tone of 997 Hz with a peak of 1/8 in one channel: -18.06 dBFS, less 3.01 dB.
    let lufs = loudness.pointer("/loudness/integratedLufs").and_then(Value::as_f64).unwrap_or_default();
    assert!((lufs + 21.1).abs() < 0.4, "{loudness}");
    assert_eq!(of_kind("LETTERBOX").len() + of_kind("CREDITS").len() + of_kind("INTERLACED").len(), 0, "{nodes:?}");
    Ok(())
}
