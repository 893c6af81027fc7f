//! Subtitle tracks inside files, as every format carries them.

use std::path::{Path, PathBuf};

use reelgraph_media::{DecodeEvent, DecodePlan, Limits, probe_file};
use reelgraph_models::probe::{NonStandard, StreamDetails};
use reelgraph_models::time::MediaTime;
use tempfile::TempDir;

use super::make::{Decoded, decode, ffmpeg, folder, plain, position, sandbox, try_decode, write};

const SRT: &str = "1\n00:00:00,200 --> 00:00:00,900\n<i>What</i> brings you\nto the <b>land</b>?\n\n\
                   2\n00:00:01,000 --> 00:00:01,500\n{\\an8}Three or four.\n";

fn only() -> DecodePlan {
    DecodePlan { subtitles: true, ..DecodePlan::default() }
}

/// The test card with further inputs and the options that mux them.
fn with_tracks(folder: &TempDir, inputs: &[(&str, &str)], options: &str, name: &str) -> PathBuf {
    plain(folder, "card.mp4");
    let mut arguments = "-i card.mp4".to_owned();
    for (file, text) in inputs {
        write(folder, file, text.as_bytes());
        arguments.push_str(&format!(" -i {file}"));
    }
    arguments.push_str(" -map 0");
    (1..=inputs.len()).for_each(|input| arguments.push_str(&format!(" -map {input}")));
    ffmpeg(folder, &format!("{arguments} -c:v copy -c:a copy {options}"), name)
}

/// Stream, start and end in milliseconds, lines. Times are rounded to 50 ms: in some containers the sound, and with it the
/// asset, begins with the samples that an AAC decoder needs beforehand, 21 ms before the first picture.
fn cues(decoded: &Decoded) -> Vec<(u32, i64, i64, String)> {
    let rounded = |at: MediaTime| (at.as_millis() + 25) / 50 * 50;
    let cue = |cue: &reelgraph_media::SubtitleCue| {
        (cue.stream, rounded(cue.span.start()), rounded(cue.span.end()), cue.lines.join("|"))
    };
    decoded.subtitles.iter().map(cue).collect()
}

fn read(path: &Path) -> Vec<(u32, i64, i64, String)> {
    cues(&try_decode(path, &only()).unwrap())
}

fn expected(stream: u32) -> Vec<(u32, i64, i64, String)> {
    vec![
        (stream, 200, 900, "What brings you|to the land?".to_owned()),
        (stream, 1_000, 1_500, "Three or four.".to_owned()),
    ]
}

#[test]
fn every_format_of_text_gives_the_same_words_at_the_same_times() {
    let folder = folder();
    for (codec, name) in
        [("mov_text", "a.mp4"), ("mov_text", "a.mov"), ("srt", "a.mkv"), ("ass", "b.mkv"), ("webvtt", "c.mkv")]
    {
        let path = with_tracks(&folder, &[("a.srt", SRT)], &format!("-c:s {codec}"), name);
        assert_eq!(read(&path), expected(2), "{codec} in {name}");
    }
    let sources = "-i card.mp4 -i a.srt -map 0 -map 1 -c:v libvpx -c:a libopus -c:s webvtt";
    assert_eq!(read(&ffmpeg(&folder, sources, "a.webm")), expected(2));
}

#[test]
fn braces_are_text_but_in_a_script() {
    let folder = folder();
    let text = SRT.replace("Three or four.", "Three & {four}");
    let last = |codec: &str, name: &str| {
        let path = with_tracks(&folder, &[("a.srt", &text)], &format!("-c:s {codec}"), name);
        read(&path).pop().map(|cue| cue.3)
    };
    assert_eq!(last("srt", "a.mkv").as_deref(), Some("Three & {four}"));
    assert_eq!(last("mov_text", "a.mp4").as_deref(), Some("Three & {four}"));
    assert_eq!(last("ass", "b.mkv").as_deref(), Some("Three &"));
}

#[test]
fn tracks_come_along_with_pictures_and_sound_and_keep_their_marks() {
    let folder = folder();
    let german = SRT.replace("What</i> brings you", "Was</i> führt dich");
    let options = "-c:s srt -metadata:s:s:0 language=eng -metadata:s:s:1 language=ger \
                   -disposition:s:0 hearing_impaired -disposition:s:1 forced";
    let path = with_tracks(&folder, &[("en.srt", SRT), ("de.srt", &german)], options, "two.mkv");
    let decoded = decode(&path);
    assert!(!decoded.small.is_empty() && !decoded.sound.is_empty());
    let (first, second): (Vec<_>, Vec<_>) = cues(&decoded).into_iter().partition(|cue| cue.0 == 2);
    assert_eq!(first, expected(2));
    assert!(second.iter().any(|cue| cue.0 == 3 && cue.3.starts_with("Was führt dich|")), "{second:?}");

    let probe = probe_file(&path, &Limits::default()).unwrap();
    let marks: Vec<_> = probe.streams.iter().map(|stream| (stream.language.as_deref(), &stream.details)).collect();
    let subtitle = |is_forced, is_for_hard_of_hearing| StreamDetails::Subtitle { is_forced, is_for_hard_of_hearing };
    assert_eq!(marks.get(2), Some(&(Some("eng"), &subtitle(false, true))));
    assert_eq!(marks.get(3), Some(&(Some("ger"), &subtitle(true, false))));
}

#[test]
fn times_count_from_the_first_picture_however_late_the_file_starts() {
    let folder = folder();
    with_tracks(&folder, &[("a.srt", SRT)], "-c:s srt", "a.mkv");
    let late = ffmpeg(&folder, "-i a.mkv -map 0 -c copy -output_ts_offset 7", "late.mkv");
    let starts: Vec<i64> = read(&late).iter().map(|cue| cue.1).collect();
    assert!(
        matches!(starts.as_slice(), [first, second] if (first - 200).abs() < 60 && (second - 1_000).abs() < 60),
        "{starts:?}"
    );
}

#[test]
fn subtitles_that_are_pictures_are_named_and_left_out() {
    let folder = folder();
    plain(&folder, "card.mp4");
    // Blu-ray's format (PGS): a composition of a 320 × 180 screen with nothing on it, and its end.
    let segment = |kind: u8, payload: &[u8]| {
        let size = u16::try_from(payload.len()).unwrap().to_be_bytes();
        [b"PG".as_slice(), &90_000u32.to_be_bytes(), &0u32.to_be_bytes(), &[kind], &size, payload].concat()
    };
    let composition = [1, 64, 0, 180, 16, 0, 0, 128, 0, 0, 0];
    write(&folder, "a.sup", &[segment(0x16, &composition), segment(0x80, &[])].concat());
    let path = ffmpeg(&folder, "-i card.mp4 -i a.sup -map 0 -map 1 -c copy", "pictures.mkv");
    let probe = probe_file(&path, &Limits::default()).unwrap();
    assert!(probe.non_standard.contains(&NonStandard::BitmapSubtitles));
    assert!(probe.streams.iter().any(|stream| stream.codec == "hdmv_pgs_subtitle" && stream.is_subtitle_picture()));
    let decoded = decode(&path);
    assert!(decoded.subtitles.is_empty() && !decoded.small.is_empty());
}

#[test]
fn a_hostile_track_is_bounded_and_leaves_the_rest_alone() {
    let folder = folder();
    let long = "word ".repeat(40_000);
    let flood: String = (0..3_000)
        .map(|cue| format!("{}\n00:00:00,{:03} --> 00:00:01,999\n{{\\t(0,1,\\fs{cue})}}x{cue}\n\n", cue + 1, cue % 999))
        .collect();
    let text =
        format!("1\n00:00:00,100 --> 00:00:00,200\n{long}\n\n{flood}9999\n00:00:00,400 --> 00:00:00,300\nback\n");
    let path = with_tracks(&folder, &[("a.srt", &text)], "-c:s srt", "a.mkv");
    let decoded = decode(&path);
    assert!(!decoded.small.is_empty());
    assert!(decoded.subtitles.len() >= 3_000, "{}", decoded.subtitles.len());
    let characters =
        |cue: &reelgraph_media::SubtitleCue| cue.lines.iter().map(|line| line.chars().count()).sum::<usize>();
    assert!(decoded.subtitles.iter().all(|cue| characters(cue) <= 2_000));
    assert!(decoded.subtitles.iter().all(|cue| !cue.lines.iter().any(|line| line.contains('{'))));

    // The same through a child: what comes over the pipe is what is there.
    let events = sandbox().decode(&path, &only()).unwrap().filter_map(Result::ok);
    let through = events.filter(|event| matches!(event, DecodeEvent::Subtitle(_))).count();
    assert_eq!(through, decoded.subtitles.len());
}

#[test]
fn text_that_is_not_utf8_costs_only_itself() {
    let folder = folder();
    let path = with_tracks(&folder, &[("a.srt", &SRT.replace("land", "LAND"))], "-c:s srt", "a.mkv");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(4).position(|part| part == b"LAND").unwrap();
    bytes.splice(at..at + 4, [0xff, 0xfe, 0xc3, 0x28]);
    let decoded = decode(&write(&folder, "broken.mkv", &bytes));
    assert_eq!(cues(&decoded), expected(2).split_off(1));
    assert!(decoded.warned(NonStandard::DamagedSubtitles));
}

#[test]
fn a_document_of_ttml_in_mp4_reads_alike() {
    let folder = folder();
    let path = with_tracks(&folder, &[("a.srt", SRT)], "-c:s ttml -strict unofficial", "a.mp4");
    assert_eq!(read(&path), expected(2));
    let probe = probe_file(&path, &Limits::default()).unwrap();
    assert!(probe.streams.iter().any(|stream| stream.codec == "stpp" && stream.is_subtitle_text()));

    // A document that does not read costs only itself.
    let mut bytes = std::fs::read(&path).unwrap();
    let at = position(&bytes, b"</tt>");
    bytes.splice(at..at + 5, *b"<xtt>");
    let decoded = decode(&write(&folder, "broken.mp4", &bytes));
    assert!(decoded.subtitles.is_empty() && !decoded.small.is_empty());
    assert!(decoded.warned(NonStandard::DamagedSubtitles), "{:?}", decoded.warnings);
}

/// A box of ISO base media: length, name, what is inside.
fn boxed(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    [&u32::try_from(inside.len() + 8).unwrap().to_be_bytes(), name.as_slice(), inside].concat()
}

#[test]
fn boxes_of_webvtt_in_mp4_read_and_a_cue_that_goes_on_is_one() {
    let folder = folder();
    // No program here writes such a track: the packets of one that FFmpeg wrote are filled with boxes of the same length.
    let blank = "x".repeat(118);
    let packets: String = [(0, 400), (400, 900), (900, 1_500)]
        .iter()
        .map(|(from, until)| {
            format!(
                "1\n00:00:0{},{:03} --> 00:00:0{},{:03}\n{blank}\n\n",
                from / 1_000,
                from % 1_000,
                until / 1_000,
                until % 1_000
            )
        })
        .collect();
    let path = with_tracks(&folder, &[("a.srt", &packets)], "-c:s mov_text", "text.mp4");
    let mut bytes = std::fs::read(&path).unwrap();
    let cue = |text: &str| boxed(b"vttc", &[boxed(b"sttg", b"line:0"), boxed(b"payl", text.as_bytes())].concat());
    let first = cue("<i>What</i> brings\nyou &amp; me?");
    for inside in [first.clone(), [first, cue("Three.")].concat(), boxed(b"vtte", b"")] {
        let padding = boxed(b"vtta", &vec![b' '; 120 - inside.len() - 8]);
        let at = bytes.windows(120).position(|part| part.ends_with(blank.as_bytes())).unwrap();
        bytes.splice(at..at + 120, [inside, padding].concat());
    }
    let at = position(&bytes, b"tx3g");
    bytes.splice(at..at + 4, *b"wvtt");
    let track = write(&folder, "boxes.mp4", &bytes);
    let found: Vec<_> = read(&track).into_iter().map(|cue| (cue.1, cue.2, cue.3)).collect();
    assert_eq!(found, [(0, 900, "What brings|you & me?".to_owned()), (400, 900, "Three.".to_owned())]);

    // A box that is longer than its packet costs only itself.
    let at = position(&bytes, b"vttc") - 4;
    bytes.splice(at..at + 4, [0xff; 4]);
    let decoded = decode(&write(&folder, "broken.mp4", &bytes));
    assert!(decoded.warned(NonStandard::DamagedSubtitles), "{:?}", decoded.warnings);
    assert_eq!(cues(&decoded).len(), 2, "{:?}", decoded.subtitles);
}
