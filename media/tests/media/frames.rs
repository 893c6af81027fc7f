//! Exports are exact to the frame: films whose every frame shows its own number, cut at times that decoding gave.

use std::path::Path;
use std::sync::Arc;

use reelgraph_media::{FrameSize, Limits, probe_file};
use reelgraph_models::export::{
    ExportFormat, ExportedAsset, ExportedMoment, ExportedVideo, FrameRate, ResultSet, Timebase, write,
};
use reelgraph_models::probe::{Probe, StreamDetails};
use reelgraph_models::time::{MediaTime, Span};

use super::make::{Decoded, decode, ffmpeg, folder};

/// Binary digits that a frame shows of its number, side by side.
const DIGITS: usize = 12;
/// How many seconds are made: past the minute in which drop-frame timecode leaves numbers out.
const SECONDS: u32 = 62;

/// A source of frames that show their numbers as black and white columns.
fn numbered(rate: &str) -> String {
    let luma = format!("if(mod(floor(N/pow(2,floor(X*{DIGITS}/W))),2),235,16)");
    format!("-f lavfi -i color=black:s=96x54:r={rate}:d={SECONDS},format=yuv420p,geq=lum='{luma}':cb=128:cr=128")
}

/// The number that a frame shows.
fn number(rgb: &[u8]) -> i64 {
    let (width, row) = (FrameSize::SHOTS.width_px as usize, FrameSize::SHOTS.height_px as usize / 2);
    let digit = |place: usize| rgb[(row * width + (2 * place + 1) * width / (2 * DIGITS)) * 3] > 127;
    (0..DIGITS).map(|place| i64::from(digit(place)) << place).sum()
}

fn asset(probe: &Probe) -> Arc<ExportedAsset> {
    Arc::new(ExportedAsset {
        id: "film".to_owned(),
        title: "film".to_owned(),
        file_name: "film.mp4".to_owned(),
        media_url: "http://localhost/film".to_owned(),
        thumbnail_url: None,
        duration: Some(probe.duration),
        created_at: None,
        video: ExportedVideo::of(probe),
        has_audio: probe.main_audio().is_some(),
    })
}

/// Source in and out of each event of the edit list of those spans.
fn edit_list(probe: &Probe, spans: &[Span]) -> Vec<(String, String)> {
    let asset = asset(probe);
    let moment = |span: &Span| ExportedMoment {
        asset: Arc::clone(&asset),
        id: "moment".to_owned(),
        span: *span,
        title: "numbers".to_owned(),
        evidence: Vec::new(),
        score: 1.0,
        concepts: Vec::new(),
        language: None,
    };
    let moments = spans.iter().map(moment).collect();
    let set = ResultSet { title: "set".to_owned(), url: "http://localhost".to_owned(), notes: Vec::new(), moments };
    let text = write(&set, ExportFormat::Edl).unwrap();
    let events = text.lines().filter(|line| line.starts_with(|letter: char| letter.is_ascii_digit()));
    let fields = events.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    fields.map(|fields| (fields[4].clone(), fields[5].clone())).collect()
}

/// The frame on display at an instant, by the decoder's own times: its place, and the number that it shows.
fn shown(decoded: &Decoded, at: MediaTime) -> (usize, i64) {
    let place = decoded.small_times.partition_point(|time| *time <= at).saturating_sub(1);
    (place, number(&decoded.small[place]))
}

/// Cuts the film at many places and compares each edit with the frames that are really there.
fn check(path: &Path, timebase: Timebase, origin: &str) {
    let probe = probe_file(path, &Limits::default()).unwrap();
    let decoded = decode(path);
    let origin = timebase.frame(origin).unwrap();
    let times = &decoded.small_times;
    let seen: Vec<i64> = decoded.small.iter().map(|rgb| number(rgb)).collect();
    assert!(
        seen.iter().zip(0..).all(|(number, place)| *number == place),
        "the film shows its frames' numbers: {seen:?}"
    );
    assert!(times.len() > 60 * 23, "{} frames", times.len());
    // From one frame's time to another's, as cuts are; and from inside a frame to inside another, as words are.
    let places = || (0..times.len() - 1).step_by(7).map(|first| (first, (first + 1 + first % 90).min(times.len() - 1)));
    let nearly_half = times[1] - times[0];
    let nearly_half = MediaTime::from_micros(nearly_half.as_micros() * 2 / 5);
    let cuts = places().map(|(first, end)| Span::new(times[first], times[end]).unwrap());
    let words = places().map(|(first, end)| Span::new(times[first] + nearly_half, times[end] + nearly_half).unwrap());
    for (spans, ends_inside) in [(cuts.collect::<Vec<_>>(), 0), (words.collect(), 1)] {
        for chunk in spans.chunks(900) {
            for (span, (timecode_in, timecode_out)) in chunk.iter().zip(edit_list(&probe, chunk)) {
                let (_, first) = shown(&decoded, span.start());
                let (_, last) = shown(&decoded, span.end() - MediaTime::from_micros(1_500));
                let found = [timecode_in, timecode_out].map(|timecode| timebase.frame(&timecode).unwrap() - origin);
                assert_eq!(found, [first, last + 1], "{span} of {} ({ends_inside})", path.display());
            }
        }
    }
}

#[test]
fn ntsc_is_cut_at_its_frames_in_drop_frame_timecode() {
    let folder = folder();
    let path = ffmpeg(&folder, &format!("{} -c:v libx264 -preset ultrafast -bf 2", numbered("30000/1001")), "ntsc.mp4");
    check(&path, Timebase::drop(FrameRate::FPS_29_97), "00:00:00;00");
}

#[test]
fn a_container_that_rounds_to_the_millisecond_is_cut_at_its_frames() {
    let folder = folder();
    let path = ffmpeg(&folder, &format!("{} -c:v libx264 -preset ultrafast", numbered("60000/1001")), "fast.mkv");
    check(&path, Timebase::drop(FrameRate::FPS_59_94), "00:00:00;00");
}

#[test]
fn timecode_begins_where_the_file_says() {
    let folder = folder();
    let arguments = format!("{} -c:v libx264 -preset ultrafast -timecode 09:59:30;00", numbered("30000/1001"));
    check(&ffmpeg(&folder, &arguments, "tape.mov"), Timebase::drop(FrameRate::FPS_29_97), "09:59:30;00");
    let arguments = format!("{} -c:v libx264 -preset ultrafast -timecode 01:00:00:12", numbered("25"));
    check(&ffmpeg(&folder, &arguments, "pal.mov"), Timebase::non_drop(FrameRate::FPS_25), "01:00:00:12");
}

#[test]
fn frames_are_counted_from_the_first_picture_where_the_sound_begins_before_it() {
    let folder = folder();
    let film = ffmpeg(&folder, &format!("{} -c:v libx264 -preset ultrafast", numbered("24000/1001")), "silent.mp4");
    let arguments = format!(
        "-f lavfi -i sine=d={SECONDS} -itsoffset 0.35 -i {} -map 0 -map 1 -c:a aac -c:v copy",
        film.file_name().unwrap().to_str().unwrap()
    );
    let path = ffmpeg(&folder, &arguments, "late.mkv");
    let probe = probe_file(&path, &Limits::default()).unwrap();
    let StreamDetails::Video(video) = &probe.main_video().unwrap().details else { panic!("it has a picture") };
    assert!((340..=380).contains(&video.start.as_millis()), "{}", video.start);
    check(&path, Timebase::non_drop(FrameRate::new(24_000, 1_001).unwrap()), "00:00:00:00");
}

#[test]
fn the_sample_is_cut_at_its_frames() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample/sintel_trailer-720p.mp4");
    let probe = probe_file(&path, &Limits::default()).unwrap();
    let decoded = decode(&path);
    let timebase = Timebase::non_drop(FrameRate::FPS_24);
    let spans: Vec<Span> =
        decoded.small_times.windows(11).step_by(3).map(|times| Span::new(times[0], times[10]).unwrap()).collect();
    for (index, (from, to)) in edit_list(&probe, &spans).iter().enumerate() {
        let first = index as i64 * 3;
        assert_eq!([timebase.frame(from), timebase.frame(to)], [Some(first), Some(first + 10)]);
    }
}
