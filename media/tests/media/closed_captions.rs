//! Closed captions inside pictures and in tracks of their own, against FFmpeg's reading of the same.

use std::path::{Path, PathBuf};
use std::process::Command;

use reelgraph_media::{DecodeEvent, DecodePlan, FrameSize, Limits, probe_file};
use reelgraph_models::captions::CaptionChannel;
use reelgraph_models::probe::NonStandard;
use tempfile::TempDir;

use super::line21::{Line21, captioned, odd};
use super::make::{Decoded, decode, ffmpeg, folder, full_plan, sandbox, try_decode, write};

/// Pictures a second of what is made here.
const RATE: usize = 50;

/// Four seconds of a test card as a bare stream whose pictures carry those triplets.
fn stream(folder: &TempDir, codec: &str, triplets: impl Fn(usize) -> Vec<u8>) -> PathBuf {
    let encoder = match codec {
        "h264" => "libx264 -preset ultrafast -bf 0",
        _ => "libx265 -preset ultrafast -x265-params log-level=none:bframes=0",
    };
    let name = &format!("captioned.{codec}");
    let source = format!("-f lavfi -i testsrc2=s=320x180:r={RATE}:d=4 -pix_fmt yuv420p -c:v {encoder}");
    let bare = std::fs::read(ffmpeg(folder, &source, name)).unwrap();
    write(folder, name, &captioned(&bare, codec, triplets))
}

/// As [`stream`], in a container.
fn film(folder: &TempDir, captions: &Line21, name: &str) -> PathBuf {
    stream(folder, "h264", |picture| captions.triplets(picture));
    ffmpeg(folder, &format!("-r {RATE} -i captioned.h264 -c copy"), name)
}

/// Two captions that pop on, the second of two lines.
fn pop_on() -> Line21 {
    Line21::new(RATE)
        .say(0, 100, &["1420", "142e", "1470", "\"WHAT BRINGS YOU?", "142f"])
        .say(0, 1_500, &["1420", "142e", "1370", "\"THREE OR", "1470", "1137", "\" FOUR.", "142f"])
        .say(0, 3_000, &["142c"])
}

fn expected() -> Vec<(i64, i64, String)> {
    vec![(380, 1_840, "WHAT BRINGS YOU?".to_owned()), (1_840, 3_000, "THREE OR|\u{266a} FOUR.".to_owned())]
}

/// Start and end in milliseconds, and lines, of a channel in a stream.
fn cues(decoded: &Decoded, stream: u32, channel: CaptionChannel) -> Vec<(i64, i64, String)> {
    let of_it = decoded.subtitles.iter().filter(|cue| (cue.stream, cue.channel) == (stream, Some(channel)));
    of_it.map(|cue| (cue.span.start().as_millis(), cue.span.end().as_millis(), cue.lines.join("|"))).collect()
}

/// What FFmpeg's own decoder reads, as SubRip.
fn by_ffmpeg(path: &Path) -> String {
    let source = format!("movie={}[out0+subcc]", path.file_name().unwrap().to_str().unwrap());
    let run = Command::new("ffmpeg")
        .current_dir(path.parent().unwrap())
        .args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", &source, "-map", "0:s", "-f", "srt", "-"])
        .output()
        .unwrap();
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn captions_inside_pictures_are_read_whatever_carries_them() {
    let folder = folder();
    for codec in ["h264", "hevc"] {
        stream(&folder, codec, |picture| pop_on().triplets(picture));
    }
    let sound = "-f lavfi -i sine=f=440:r=48000:d=4 -c:a aac";
    for (source, options, name) in [
        ("captioned.h264", "-c:v copy", "a.mp4"),
        ("captioned.h264", "-c:v copy", "a.mkv"),
        ("captioned.h264", "-c:v copy", "a.ts"),
        ("captioned.hevc", "-c:v copy", "b.mp4"),
        // Shown in another order than they are sent in.
        ("captioned.h264", "-c:v libx264 -preset medium -bf 3 -a53cc 1", "c.mp4"),
        ("captioned.h264", "-c:v mpeg2video -bf 2 -a53cc 1", "d.ts"),
    ] {
        let path = ffmpeg(&folder, &format!("-r 50 -i {source} {sound} {options}"), name);
        let decoded = decode(&path);
        let found = cues(&decoded, 0, CaptionChannel::Cc1);
        let near = |(found, expected): (&(i64, i64, String), &(i64, i64, String))| {
            // An AAC decoder needs samples beforehand, with which the asset begins in some containers.
            let late = |a: i64, b: i64| (0..=45).contains(&(a - b));
            found.2 == expected.2 && late(found.0, expected.0) && late(found.1, expected.1)
        };
        assert_eq!(found.len(), 2, "{name}: {found:?}");
        assert!(found.iter().zip(&expected()).all(near), "{name}: {found:?}");
        assert_eq!(decoded.subtitles.len(), 2, "{name}: one channel speaks");
        assert!(!decoded.warned(NonStandard::DamagedSubtitles), "{name}: {:?}", decoded.warnings);
    }
    let theirs = by_ffmpeg(&folder.path().join("a.mp4"));
    assert!(theirs.contains("WHAT BRINGS YOU?") && theirs.contains("00:00:00,380 --> 00:00:01,840"), "{theirs}");
    // Where a stream has no times, pictures follow each other.
    assert_eq!(cues(&decode(&folder.path().join("captioned.h264")), 0, CaptionChannel::Cc1), expected());
}

#[test]
fn a_line_that_rolls_up_comes_once() {
    let folder = folder();
    let live = Line21::new(RATE)
        .say(0, 100, &["1426", "142d", "1470", "\">> GOOD EVENING FROM"])
        .say(0, 1_000, &["1426", "142d", "1470", "\"THE STUDIO IN BOSTON."])
        .say(0, 2_000, &["1426", "142d", "1470", "\">> AND NOW"])
        .say(0, 3_000, &["1426", "142d", "1470", "\"THE WEATHER."])
        // FFmpeg never tells what is still shown at the end.
        .say(0, 3_800, &["142c"]);
    let path = film(&folder, &live, "live.mp4");
    let found = cues(&decode(&path), 0, CaptionChannel::Cc1);
    let lines: Vec<&str> = found.iter().map(|cue| cue.2.as_str()).collect();
    assert_eq!(lines, [">> GOOD EVENING FROM", "THE STUDIO IN BOSTON.", ">> AND NOW", "THE WEATHER."]);
    assert!(found.iter().zip(found.iter().skip(1)).all(|(one, next)| one.1 == next.0), "{found:?}");
    // FFmpeg tells each state of the screen: every line but the last again and again.
    let theirs = by_ffmpeg(&path);
    assert!(theirs.matches("THE STUDIO IN BOSTON.").count() > 1, "{theirs}");
    assert!(lines.iter().all(|line| theirs.contains(line)), "{theirs}");
}

#[test]
fn each_channel_speaks_for_itself_and_a_plan_without_subtitles_for_none() {
    let folder = folder();
    let spanish = ["1520", "152e", "1570", "1133", "\"QUE", "1221", "\" TE TRAE?", "152f"];
    let path = film(&folder, &pop_on().say(1, 100, &spanish).say(1, 3_500, &["152c"]), "two.mp4");
    let decoded = decode(&path);
    assert_eq!(cues(&decoded, 0, CaptionChannel::Cc1).len(), 2);
    let second: Vec<_> = cues(&decoded, 0, CaptionChannel::Cc3).into_iter().map(|cue| cue.2).collect();
    assert_eq!(second, ["¿QUÉ TE TRAE?"]);
    let without = try_decode(&path, &DecodePlan { subtitles: false, ..full_plan() }).unwrap();
    assert!(without.subtitles.is_empty());
    // Captions come from every picture that is decoded, whichever of them are asked for.
    let few = DecodePlan { every_frame: Some(FrameSize::SHOTS), subtitles: true, ..DecodePlan::default() };
    assert_eq!(try_decode(&path, &few).unwrap().subtitles.len(), 3);
}

#[test]
fn a_track_of_its_own_reads_alike() {
    let folder = folder();
    let card = "-f lavfi -i testsrc2=s=320x180:r=25:d=4";
    let pairs = |text: &str| {
        let bytes: Vec<u8> = text.bytes().map(odd).collect();
        bytes.chunks(2).map(|pair| format!("{:02x}{:02x} ", pair[0], pair.get(1).unwrap_or(&0x80))).collect::<String>()
    };
    let scc = format!(
        "Scenarist_SCC V1.0\n\n00:00:00:15\t9420 9420 94ae 94ae 9470 9470 {}942f 942f\n\n00:00:02:00\t942c 942c\n\n\
         00:00:02:15\t9420 9420 94ae 94ae 9470 9470 {}942f 942f\n\n00:00:03:15\t942c 942c\n\n00:00:03:20\t942c 942c\n\n",
        pairs("WHAT BRINGS YOU?"),
        pairs("THREE OR FOUR.")
    );
    write(&folder, "a.scc", scc.as_bytes());
    let path = ffmpeg(&folder, &format!("{card} -i a.scc -map 0 -map 1 -c:v libx264 -c:s copy"), "track.mov");
    let probe = probe_file(&path, &Limits::default()).unwrap();
    assert!(probe.streams.iter().any(|stream| stream.is_closed_captions() && stream.is_subtitle_text()));
    assert!(!probe.non_standard.contains(&NonStandard::BitmapSubtitles));
    let found = cues(&decode(&path), 1, CaptionChannel::Cc1);
    // FFmpeg takes a frame of SCC for 33 ms.
    let expected = [(495, 2_000, "WHAT BRINGS YOU?".to_owned()), (2_495, 3_495, "THREE OR FOUR.".to_owned())];
    assert_eq!(found, expected);
    // With nothing else wanted the pictures are left alone.
    let only = DecodePlan { subtitles: true, ..DecodePlan::default() };
    assert_eq!(try_decode(&path, &only).unwrap().subtitles.len(), 2);
}

#[test]
fn captions_that_are_noise_are_bounded_and_leave_the_rest_alone() {
    let folder = folder();
    // A linear congruential generator (Knuth's numbers): bytes of every kind, and as many as a picture can carry.
    let noise = |picture: usize| {
        let mut state = picture as u64 + 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..31).flat_map(|_| [0xfc | (next() & 3), next(), next()]).collect::<Vec<u8>>()
    };
    let path = stream(&folder, "h264", noise);
    let decoded = decode(&path);
    assert_eq!(decoded.small.len(), 200);
    assert!(decoded.warned(NonStandard::DamagedSubtitles), "{:?}", decoded.warnings);
    // Both fields of 31 pairs in 200 pictures: none can tell more than two captions.
    assert!(decoded.subtitles.len() < 200 * 31 * 2, "{}", decoded.subtitles.len());
    assert!(decoded.subtitles.iter().all(|cue| cue.lines.len() <= 15));
    let events = sandbox().decode(&path, &full_plan()).unwrap().map(Result::unwrap);
    let through = events.filter(|event| matches!(event, DecodeEvent::Subtitle(_))).count();
    assert_eq!(through, decoded.subtitles.len());
}
