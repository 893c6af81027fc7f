//! A CMX 3600 edit list: one event a moment, one after another on the record side.
//!
//! A list counts at one rate and in one way, that of most of its films. Moments of other films are counted at that rate too,
//! as source timecode that reads like the film's own, with their own frames in a comment.

use super::MAX_EDL_EVENTS;
use super::clip::{Clip, Cut};
use super::error::ExportError;
use super::rate::FrameRate;
use super::text::{ascii, start};
use super::timecode::Timebase;

/// Most frames of a second that the two digits of the format are used for.
const FASTEST: u32 = 60;
/// Columns of a line; punched-tape readers had no more.
const MAX_LINE_CHARS: usize = 80;
/// Pieces of evidence in comments of an event.
const MAX_COMMENTS: usize = 8;
/// Length of a reel's name.
const REEL_CHARS: usize = 8;

pub(super) fn write(cut: &Cut<'_>) -> Result<String, ExportError> {
    let count = cut.clips.len();
    if count > MAX_EDL_EVENTS {
        return Err(ExportError::TooManyEvents { count });
    }
    let timebase = countable(cut.timebase);
    let mut out = String::new();
    line(&mut out, &format!("TITLE: {}", ascii(&cut.set.title).to_uppercase()));
    line(&mut out, if timebase.is_drop() { "FCM: DROP FRAME" } else { "FCM: NON-DROP FRAME" });
    out.push_str("\r\n");
    let reels = reels(cut);
    let mut record_in = Cut::origin(timebase);
    for (index, (clip, reel)) in cut.clips.iter().zip(&reels).enumerate() {
        let (source_in, source_out) = clip.counted_in(timebase);
        let record_out = record_in.saturating_add(source_out.saturating_sub(source_in));
        if record_out > timebase.frames_a_day() {
            return Err(ExportError::TooLong);
        }
        let [source_in, source_out, from, to] =
            [source_in, source_out, record_in, record_out].map(|frame| timebase.label(frame));
        let channels = channels(clip);
        line(
            &mut out,
            &format!("{:03}  {reel:<8} {channels:<5} C        {source_in} {source_out} {from} {to}", index + 1),
        );
        comments(&mut out, clip, timebase);
        record_in = record_out;
    }
    Ok(out)
}

/// The timebase, or one of half or a quarter of its rate, whose frames have two digits.
fn countable(timebase: Timebase) -> Timebase {
    let rate = timebase.rate();
    let slower = (1..8).find_map(|divisor| {
        let rate = FrameRate::new(rate.numerator(), rate.denominator() * divisor)?;
        (rate.nominal() <= FASTEST).then_some(rate)
    });
    match slower {
        Some(slower) if slower != rate && timebase.is_drop() => Timebase::drop(slower),
        Some(slower) if slower != rate => Timebase::non_drop(slower),
        _ => timebase,
    }
}

/// Picture and sound, one of them, as the format names them.
fn channels(clip: &Clip<'_>) -> &'static str {
    match (clip.moment.asset.video.is_some(), clip.moment.asset.has_audio) {
        (true, true) => "B",
        (false, true) => "A",
        _ => "V",
    }
}

fn comments(out: &mut String, clip: &Clip<'_>, timebase: Timebase) {
    let moment = clip.moment;
    let name = match ascii(&moment.asset.file_name) {
        name if name.bytes().any(|byte| byte.is_ascii_alphanumeric()) => name,
        _ => ascii(&moment.asset.id),
    };
    comment(out, &format!("FROM CLIP NAME: {name}"));
    comment(out, &format!("COMMENT: {}", ascii(&moment.title)));
    for evidence in
        moment.evidence.iter().filter(|evidence| evidence.text.as_ref() != Some(&moment.title)).take(MAX_COMMENTS)
    {
        let text = evidence.text.as_deref().unwrap_or("(no words)");
        comment(out, &format!("COMMENT: {} {}", ascii(&evidence.channel), ascii(text)));
    }
    if clip.timebase != timebase {
        let rate = clip.timebase.rate();
        let (numerator, denominator) = (rate.numerator(), rate.denominator());
        let frames = format!("FRAMES {}-{} AT {numerator}/{denominator}", clip.first, clip.end.saturating_sub(1));
        comment(out, &format!("COMMENT: SOURCE {frames}, {} {}", clip.timecode_in(), clip.timecode_out()));
    }
    if let Some(note) = &clip.note {
        comment(out, &format!("COMMENT: {}", ascii(note).to_uppercase()));
    }
}

fn comment(out: &mut String, text: &str) {
    line(out, &format!("* {text}"));
}

fn line(out: &mut String, text: &str) {
    out.push_str(start(text, MAX_LINE_CHARS).trim_end());
    out.push_str("\r\n");
}

/// A name for the film of each clip: eight letters and digits of its file's name, no two films alike.
fn reels(cut: &Cut<'_>) -> Vec<String> {
    let mut known: Vec<(&str, String)> = Vec::new();
    let mut reels = Vec::with_capacity(cut.clips.len());
    for clip in &cut.clips {
        let asset = &clip.moment.asset;
        let reel = match known.iter().find(|(id, _)| *id == asset.id) {
            Some((_, reel)) => reel.clone(),
            None => {
                let reel = fresh(&asset.file_name, |reel| known.iter().any(|(_, taken)| taken == reel));
                known.push((&asset.id, reel.clone()));
                reel
            }
        };
        reels.push(reel);
    }
    reels
}

fn fresh(file_name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let letters = ascii(stem).to_uppercase();
    let letters: String = letters.chars().filter(char::is_ascii_alphanumeric).take(REEL_CHARS).collect();
    // These stand for black, an auxiliary source and colour bars.
    let is_plain = !matches!(letters.as_str(), "" | "BL" | "AX" | "BLACK" | "BARS" | "NONE");
    if is_plain && !is_taken(&letters) {
        return letters;
    }
    let base = if is_plain { letters.as_str() } else { "REEL" };
    let numbered = (2..).map(|number: usize| {
        let number = number.to_string();
        let kept: String = base.chars().take(REEL_CHARS.saturating_sub(number.len())).collect();
        format!("{kept}{number}")
    });
    // A set has far fewer films than there are numbers.
    numbered.take(super::MAX_EXPORT_MOMENTS + 1).find(|reel| !is_taken(reel)).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::export::testing::{film, moment, set};

    fn events(text: &str) -> Vec<Vec<&str>> {
        let lines = text.lines().filter(|line| line.starts_with(|letter: char| letter.is_ascii_digit()));
        lines.map(|line| line.split_whitespace().collect()).collect()
    }

    #[test]
    fn record_times_follow_one_another_from_the_first_hour() {
        let film = film("sintel trailer", Some((30_000, 1_001)));
        let set = set(vec![moment(&film, 60_060_000, 61_061_000), moment(&film, 0, 33_366)]);
        let text = write(&Cut::of(&set)).unwrap();
        assert!(text.starts_with("TITLE: A SET\r\nFCM: DROP FRAME\r\n\r\n001  SINTELTR B     C        "), "{text}");
        assert_eq!(
            events(&text),
            [
                ["001", "SINTELTR", "B", "C", "00:01:00;02", "00:01:01;02", "01:00:00;00", "01:00:01;00"],
                ["002", "SINTELTR", "B", "C", "00:00:00;00", "00:00:00;01", "01:00:01;00", "01:00:01;01"],
            ]
        );
        assert!(text.contains("\r\n* FROM CLIP NAME: sintel trailer.mp4\r\n"), "{text}");
    }

    #[test]
    fn films_of_another_rate_are_counted_as_the_list_and_say_their_own_frames() {
        let (pal, slow) = (film("pal", Some((25, 1))), film("slow", Some((24, 1))));
        let set =
            set(vec![moment(&pal, 0, 1_000_000), moment(&pal, 0, 1_000_000), moment(&slow, 1_000_000, 2_000_000)]);
        let text = write(&Cut::of(&set)).unwrap();
        let last = events(&text).pop().unwrap();
        assert_eq!(last[4..], ["00:00:01:00", "00:00:02:00", "01:00:02:00", "01:00:03:00"]);
        assert!(text.contains("* COMMENT: SOURCE FRAMES 24-47 AT 24/1, 00:00:01:00 00:00:02:00"), "{text}");
    }

    #[test]
    fn reels_have_eight_letters_and_no_two_films_share_one() {
        let names =
            ["Ein schöner Film", "Ein Schoen anders", "BL", "東京", "东京", "a-very-long-name 1", "a-very-long-name 2"];
        let films = names.map(|name| film(name, Some((25, 1))));
        let set = set(films.iter().chain(&films).map(|film| moment(film, 0, 40_000)).collect());
        let reels = reels(&Cut::of(&set));
        let (once, twice) = reels.split_at(names.len());
        assert_eq!(once, ["EINSCHON", "EINSCHOE", "REEL2", "REEL3", "REEL4", "AVERYLON", "AVERYLO2"]);
        assert_eq!(once, twice);
    }

    #[test]
    fn fast_films_are_counted_by_every_second_frame() {
        let film = film("fast", Some((120_000, 1_001)));
        let set = set(vec![moment(&film, 1_001_000, 2_002_000)]);
        let text = write(&Cut::of(&set)).unwrap();
        assert_eq!(events(&text)[0][4..6], ["00:00:01:00", "00:00:02:00"]);
        assert!(text.contains("SOURCE FRAMES 120-239 AT 120000/1001"), "{text}");
    }

    #[test]
    fn a_list_that_the_format_cannot_count_is_refused_by_name() {
        let film = film("long", Some((25, 1)));
        let events = |count, micros| {
            let set = set(vec![moment(&film, 0, micros); count]);
            write(&Cut::of(&set)).map(|text| !text.is_empty())
        };
        assert!(matches!(events(1_000, 40_000), Err(ExportError::TooManyEvents { count: 1_000 })));
        assert!(matches!(events(999, 40_000), Ok(true)));
        assert!(matches!(events(12, 7_200_000_000), Err(ExportError::TooLong)));
        assert!(matches!(events(1, i64::MAX), Err(ExportError::TooLong)));
    }
}
