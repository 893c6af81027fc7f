//! Loudness agrees with FFmpeg's `ebur128` filter, which prints one decimal: within 0.15 LU, a true peak within 0.3 dB, and a
//! range within 0.6 LU, since the filter takes ten times as many short-term values.

use std::path::Path;
use std::process::Command;

use reelgraph_media::Loudness;

use super::make::{decode, ffmpeg, folder};

/// What the filter says of a file: integrated loudness, range, true peak.
fn filtered(path: &Path) -> Loudness {
    let run = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-nostdin", "-i"])
        .arg(path)
        .args(["-filter_complex", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stderr).into_owned();
    let summary = text.rsplit("Summary:").next().unwrap().to_owned();
    let value = |name: &str| {
        let line = summary.lines().find(|line| line.trim_start().starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_else(|| panic!("{name}: {text}"))
    };
    Loudness { integrated_lufs: value("I:"), range_lu: value("LRA:"), true_peak_dbtp: value("Peak:") }
}

fn measured(path: &Path) -> Option<Loudness> {
    decode(path).end.unwrap().loudness
}

#[track_caller]
fn assert_near(path: &Path) {
    let (ours, theirs) = (measured(path).unwrap(), filtered(path));
    assert!((ours.integrated_lufs - theirs.integrated_lufs).abs() <= 0.15, "{ours:?} {theirs:?}");
    assert!((ours.range_lu - theirs.range_lu).abs() <= 0.6, "{ours:?} {theirs:?}");
    assert!((ours.true_peak_dbtp - theirs.true_peak_dbtp).abs() <= 0.3, "{ours:?} {theirs:?}");
}

/// A tone that swells and fades over pink noise.
const SWELLING: &str = "-f lavfi -i aevalsrc=0.4*sin(2*PI*t*997)*abs(sin(t/9)):d=60:s=48000 \
    -f lavfi -i anoisesrc=d=60:c=pink:a=0.02:r=48000:seed=7";

#[test]
fn a_reference_tone_has_the_loudness_that_the_standard_gives_it() {
    let folder = folder();
    // EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS has -23 LUFS.
    let tone = "-f lavfi -i aevalsrc=0.0708*sin(2*PI*1000*t)|0.0708*sin(2*PI*1000*t):d=20:s=48000 -c:a pcm_s24le";
    let loudness = measured(&ffmpeg(&folder, tone, "tone.wav")).unwrap();
    assert!((loudness.integrated_lufs + 23.0).abs() <= 0.1, "{loudness:?}");
    assert!((loudness.true_peak_dbtp + 23.0).abs() <= 0.2 && loudness.range_lu < 0.2, "{loudness:?}");
}

#[test]
fn stereo_at_any_rate_agrees_with_the_filter() {
    let folder = folder();
    let mix = "-filter_complex [0:a][1:a]amix=inputs=2:normalize=0,aformat=channel_layouts=stereo";
    for (arguments, name) in [
        ("-c:a pcm_s16le", "swelling.wav"),
        ("-ar 44100 -c:a flac", "swelling.flac"),
        ("-c:a aac -b:a 160k", "swelling.m4a"),
    ] {
        assert_near(&ffmpeg(&folder, &format!("{SWELLING} {mix} {arguments}"), name));
    }
}

#[test]
fn every_channel_of_surround_counts_as_the_standard_says() {
    let folder = folder();
    let channels = "0.1*sin(2*PI*t*400)|0.1*sin(2*PI*t*500)|0.2*sin(2*PI*t*900)|0.9*sin(2*PI*t*50)|\
        0.3*sin(2*PI*t*700)|0.25*sin(2*PI*t*800)";
    for layout in ["5.1", "5.1(side)"] {
        let arguments = format!("-f lavfi -i aevalsrc={channels}:d=6:s=48000:c={layout} -c:a flac");
        assert_near(&ffmpeg(&folder, &arguments, "surround.flac"));
    }
}

#[test]
fn silence_has_no_loudness() {
    let folder = folder();
    assert_eq!(measured(&ffmpeg(&folder, "-f lavfi -i anullsrc=d=3 -c:a pcm_s16le", "silent.wav")), None);
}
