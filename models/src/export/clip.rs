//! Moments as frames: which clip of which film each is, and the timeline that all of them make.

use super::moment::{ExportedMoment, ResultSet};
use super::rate::FrameRate;
use super::timecode::Timebase;
use crate::time::MediaTime;

/// Hour at which record timecodes begin, as is the custom.
const FIRST_HOUR: &str = "01:00:00:00";

/// A result set as a cut: its moments one after another.
#[derive(Debug)]
pub(super) struct Cut<'a> {
    pub(super) set: &'a ResultSet,
    pub(super) clips: Vec<Clip<'a>>,
    /// Of the timeline: that of most clips, of the first among equals.
    pub(super) timebase: Timebase,
}

/// A moment as frames of its film.
#[derive(Debug)]
pub(super) struct Clip<'a> {
    pub(super) moment: &'a ExportedMoment,
    /// Of the film.
    pub(super) timebase: Timebase,
    /// First frame inside, counted from the film's first.
    pub(super) first: i64,
    /// First frame after; greater than `first`.
    pub(super) end: i64,
    /// Timecode of the film's first frame, as a number of frames.
    pub(super) origin: i64,
    /// What is not exact about the frames, if anything.
    pub(super) note: Option<String>,
}

impl<'a> Cut<'a> {
    pub(super) fn of(set: &'a ResultSet) -> Self {
        let known: Vec<Option<(Timebase, Option<String>)>> = set.moments.iter().map(timebase).collect();
        let timebase = most_frequent(known.iter().flatten().map(|(timebase, _)| *timebase))
            .unwrap_or(Timebase::non_drop(FrameRate::FPS_25));
        let clip = |(moment, known): (&'a ExportedMoment, Option<(Timebase, Option<String>)>)| {
            let (timebase, note) = known.unwrap_or_else(|| (timebase, Some(counted_at("no frame rate", timebase))));
            Clip::of(moment, timebase, note)
        };
        let clips = set.moments.iter().zip(known).map(clip).collect();
        Self { set, clips, timebase }
    }

    /// Where the timeline begins, as a number of frames.
    pub(super) fn origin(timebase: Timebase) -> i64 {
        timebase.frame(FIRST_HOUR).unwrap_or_default()
    }
}

impl<'a> Clip<'a> {
    fn of(moment: &'a ExportedMoment, timebase: Timebase, note: Option<String>) -> Self {
        let video = moment.asset.video.as_ref();
        let origin = video.and_then(|video| timebase.frame(video.timecode.as_deref()?)).unwrap_or_default();
        let (first, end) = frames(moment, timebase.rate());
        Self { moment, timebase, first, end, origin, note }
    }

    pub(super) fn length(&self) -> i64 {
        self.end.saturating_sub(self.first)
    }

    /// Frames of the whole film; at least as many as the clip reaches.
    pub(super) fn film_length(&self) -> Option<i64> {
        let start = self.moment.asset.video.as_ref().map_or(MediaTime::ZERO, |video| video.start);
        let duration = self.moment.asset.duration?;
        Some(self.timebase.rate().first_frame_from(duration - start).max(self.end))
    }

    pub(super) fn timecode_in(&self) -> String {
        self.timebase.label(self.origin.saturating_add(self.first))
    }

    pub(super) fn timecode_out(&self) -> String {
        self.timebase.label(self.origin.saturating_add(self.end))
    }

    /// The clip counted in frames of another rate: its first frame and that after its last, from `00:00:00:00` on.
    pub(super) fn counted_in(&self, timebase: Timebase) -> (i64, i64) {
        let (first, end) =
            if timebase == self.timebase { (self.first, self.end) } else { frames(self.moment, timebase.rate()) };
        let origin = timebase.same_reading(self.origin, self.timebase);
        (origin.saturating_add(first), origin.saturating_add(end))
    }
}

/// The frames of a moment: from that on display at its start to the first that begins at its end or after it.
fn frames(moment: &ExportedMoment, rate: FrameRate) -> (i64, i64) {
    let start = moment.asset.video.as_ref().map_or(MediaTime::ZERO, |video| video.start);
    let first = rate.frame_on_display(moment.span.start() - start);
    // A stretch of less than a frame is the frame that it lies in.
    let end = rate.first_frame_from(moment.span.end() - start).max(first.saturating_add(1));
    (first, end)
}

/// How the frames of a film are counted, and what is not exact about it; none where it has no picture or no rate.
fn timebase(moment: &ExportedMoment) -> Option<(Timebase, Option<String>)> {
    let video = moment.asset.video.as_ref()?;
    let (numerator, denominator) = video.frame_rate?;
    let stated = FrameRate::new(numerator, denominator)?;
    let rate = if video.is_variable_frame_rate { stated.nearest_standard() } else { stated.snapped() };
    let written = video.timecode.as_deref().and_then(|timecode| Timebase::stated(rate, timecode));
    let timebase = written.unwrap_or(Timebase::drop(rate));
    Some((timebase, video.is_variable_frame_rate.then(|| counted_at("variable frame rate", timebase))))
}

fn counted_at(why: &str, timebase: Timebase) -> String {
    let rate = timebase.rate();
    match rate.denominator() {
        1 => format!("{why}: counted at {} frames a second", rate.numerator()),
        denominator => format!("{why}: counted at {}/{denominator} frames a second", rate.numerator()),
    }
}

fn most_frequent(timebases: impl Iterator<Item = Timebase>) -> Option<Timebase> {
    let mut counts: Vec<(Timebase, usize)> = Vec::new();
    for timebase in timebases {
        match counts.iter_mut().find(|(known, _)| *known == timebase) {
            Some((_, count)) => *count += 1,
            None => counts.push((timebase, 1)),
        }
    }
    // Of equals, `max_by_key` takes the last.
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(timebase, _)| timebase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::testing::{film, moment, set};

    fn frames_of(rate: (u32, u32), start: i64, end: i64) -> (i64, i64) {
        let set = set(vec![moment(&film("a", Some(rate)), start, end)]);
        let cut = Cut::of(&set);
        (cut.clips[0].first, cut.clips[0].end)
    }

    #[test]
    fn a_clip_holds_every_frame_that_is_shown_in_its_span_and_one_at_least() {
        assert_eq!(frames_of((25, 1), 0, 40_000), (0, 1));
        assert_eq!(frames_of((25, 1), 39_999, 40_001), (1, 2));
        assert_eq!(frames_of((25, 1), 20_000, 41_500), (0, 2));
        assert_eq!(frames_of((25, 1), 50_000, 50_001), (1, 2));
        assert_eq!(frames_of((30_000, 1_001), 33_367, 66_733), (1, 2));
    }

    #[test]
    fn frames_are_counted_from_the_first_that_is_shown() {
        let mut film = (*film("late", Some((25, 1)))).clone();
        if let Some(video) = &mut film.video {
            video.start = MediaTime::from_millis(21);
        }
        let set = set(vec![moment(&film.into(), 61_000, 101_000)]);
        let cut = Cut::of(&set);
        assert_eq!((cut.clips[0].first, cut.clips[0].end), (1, 2));
    }

    #[test]
    fn the_timeline_counts_as_most_of_its_clips_and_what_has_no_frames_counts_with_it() {
        let (pal, ntsc, sound) = (film("pal", Some((25, 1))), film("ntsc", Some((30_000, 1_001))), film("sound", None));
        let set = set([&pal, &ntsc, &ntsc, &sound].map(|film| moment(film, 1_001_000, 2_002_000)).to_vec());
        let cut = Cut::of(&set);
        assert_eq!(cut.timebase, Timebase::drop(FrameRate::FPS_29_97));
        assert_eq!((cut.clips[3].first, cut.clips[3].end), (30, 60));
        assert_eq!(cut.clips[3].note.as_deref(), Some("no frame rate: counted at 30000/1001 frames a second"));
        assert_eq!((cut.clips[0].timebase, &cut.clips[0].note), (Timebase::non_drop(FrameRate::FPS_25), &None));
    }

    #[test]
    fn a_variable_rate_is_said_to_be_counted_at_another() {
        let mut film = (*film("phone", Some((2_983, 100)))).clone();
        if let Some(video) = &mut film.video {
            video.is_variable_frame_rate = true;
        }
        let set = set(vec![moment(&film.into(), 0, 1)]);
        let note = Cut::of(&set).clips[0].note.clone();
        assert_eq!(note.as_deref(), Some("variable frame rate: counted at 30000/1001 frames a second"));
    }

    #[test]
    fn timecode_begins_where_the_file_says_and_drops_numbers_unless_it_says_not_to() {
        let codes = |timecode: Option<&str>| {
            let mut film = (*film("tape", Some((30_000, 1_001)))).clone();
            if let Some(video) = &mut film.video {
                video.timecode = timecode.map(str::to_owned);
            }
            let set = set(vec![moment(&film.into(), 60_060_000, 61_061_000)]);
            let cut = Cut::of(&set);
            (cut.clips[0].timecode_in(), cut.clips[0].timecode_out())
        };
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(codes(None), pair("00:01:00;02", "00:01:01;02"));
        assert_eq!(codes(Some("01:00:00;00")), pair("01:01:00;02", "01:01:01;02"));
        assert_eq!(codes(Some("01:00:00:00")), pair("01:01:00:00", "01:01:01:00"));
        assert_eq!(codes(Some("nonsense")), pair("00:01:00;02", "00:01:01;02"));
    }
}
