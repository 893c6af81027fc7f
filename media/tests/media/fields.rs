//! Fields are seen in the pictures, whatever the headers say; the judgement is that of FFmpeg's `idet` filter.

use std::path::Path;
use std::process::Command;

use reelgraph_media::FieldCounts;
use reelgraph_models::probe::NonStandard;

use super::make::{Decoded, decode, ffmpeg, folder};

/// Fifty pictures a second of something that moves.
const MOVING: &str = "-f lavfi -i testsrc2=s=320x240:r=50:d=12,scroll=h=0.013:v=0.004";
/// Lossless enough to keep the rows apart.
const CODED: &str = "-c:v libx264 -qp 10 -preset ultrafast -pix_fmt yuv420p";

fn fields(decoded: &Decoded) -> FieldCounts {
    decoded.end.as_ref().unwrap().fields
}

/// Shares of pictures that `idet` judges top first, bottom first and progressive.
fn idet(path: &Path) -> [f32; 3] {
    let run = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-nostdin", "-i"])
        .arg(path)
        .args(["-vf", "idet", "-f", "null", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&run.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("Single frame detection")).unwrap_or_else(|| panic!("{text}"));
    let count = |name: &str| -> f32 {
        let behind = line.split(name).nth(1).unwrap();
        behind.split_whitespace().next().unwrap().parse().unwrap()
    };
    let counts = [count("TFF:"), count("BFF:"), count("Progressive:")];
    counts.map(|part| part / counts.iter().sum::<f32>())
}

#[test]
fn fields_are_told_from_whole_pictures_as_the_filter_tells_them() {
    let folder = folder();
    for (filter, name) in [
        ("-vf interlace=scan=tff:lowpass=0", "top.mkv"),
        ("-vf interlace=scan=bff:lowpass=0", "bottom.mkv"),
        ("-vf fps=25", "whole.mkv"),
    ] {
        let path = ffmpeg(&folder, &format!("{MOVING} {filter} {CODED}"), name);
        let counts = fields(&decode(&path));
        let all = (counts.top_first + counts.bottom_first + counts.progressive) as f32;
        let ours = [counts.top_first, counts.bottom_first, counts.progressive].map(|part| part as f32 / all);
        assert!(all >= 15.0, "{name}: {counts:?}");
        assert!(ours.iter().zip(idet(&path)).all(|(ours, theirs)| (ours - theirs).abs() <= 0.2), "{name}: {ours:?}");
    }
}

#[test]
fn fields_that_the_headers_do_not_tell_of_are_named() {
    let folder = folder();
    let interlaced = format!("{MOVING} -vf interlace=lowpass=0");
    let unmarked = decode(&ffmpeg(&folder, &format!("{interlaced},setfield=prog {CODED}"), "unmarked.mkv"));
    assert!(fields(&unmarked).is_interlaced() && unmarked.warned(NonStandard::Interlaced), "{:?}", fields(&unmarked));
    let marked = decode(&ffmpeg(&folder, &format!("{interlaced} {CODED} -flags +ildct+ilme"), "marked.mkv"));
    assert!(fields(&marked).is_interlaced() && !marked.warned(NonStandard::Interlaced), "{:?}", marked.warnings);
}

#[test]
fn pictures_that_stand_still_are_not_judged() {
    let folder = folder();
    let still = decode(&ffmpeg(&folder, &format!("-f lavfi -i color=c=gray:s=320x240:r=25:d=3 {CODED}"), "still.mkv"));
    assert_eq!(fields(&still).interlaced_share(), None);
}

#[test]
fn a_drawn_picture_with_small_things_that_move_is_not_taken_for_fields() {
    let folder = folder();
    let drawn = decode(&ffmpeg(&folder, &format!("-f lavfi -i testsrc2=s=640x360:r=25:d=6 {CODED}"), "drawn.mkv"));
    assert_eq!(fields(&drawn).interlaced_share(), Some(0.0), "{:?}", fields(&drawn));
}
