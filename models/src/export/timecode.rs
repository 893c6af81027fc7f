//! Timecode (SMPTE ST 12-1): frames as `hh:mm:ss:ff`, with and without dropped numbers.

use super::rate::FrameRate;

const MINUTES_A_DAY: i64 = 24 * 60;

/// A frame rate, and how its frames are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Timebase {
    rate: FrameRate,
    is_drop: bool,
}

/// A timecode as it is written: hours, minutes, seconds, frames, and whether a semicolon says that numbers are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Label {
    fields: [i64; 4],
    is_drop: bool,
}

impl Timebase {
    /// Counts without dropping numbers.
    pub const fn non_drop(rate: FrameRate) -> Self {
        Self { rate, is_drop: false }
    }

    /// Counts with dropped numbers where the rate has such a timecode, so that it keeps up with the clock on the wall.
    pub const fn drop(rate: FrameRate) -> Self {
        Self { rate, is_drop: rate.dropped_a_minute() > 0 }
    }

    /// As that timecode is written: with dropped numbers where it has a semicolon and the rate allows.
    pub(super) fn stated(rate: FrameRate, timecode: &str) -> Option<Self> {
        let label = Label::parse(timecode)?;
        Some(if label.is_drop { Self::drop(rate) } else { Self::non_drop(rate) })
    }

    /// Frames a second.
    pub const fn rate(self) -> FrameRate {
        self.rate
    }

    /// Whether numbers are dropped.
    pub const fn is_drop(self) -> bool {
        self.is_drop
    }

    /// Numbers that are left out at the start of nine of ten minutes.
    fn dropped(self) -> i64 {
        if self.is_drop { i64::from(self.rate.dropped_a_minute()) } else { 0 }
    }

    /// Frames until timecode begins anew.
    pub fn frames_a_day(self) -> i64 {
        self.frames_before_minute(MINUTES_A_DAY)
    }

    fn frames_before_minute(self, minutes: i64) -> i64 {
        minutes * 60 * i64::from(self.rate.nominal()) - self.dropped() * (minutes - minutes / 10)
    }

    /// The timecode of a frame, counted from `00:00:00:00`; beyond a day it begins anew. The last separator is a semicolon
    /// where numbers are dropped.
    pub fn label(self, frame: i64) -> String {
        let nominal = i64::from(self.rate.nominal());
        let mut number = frame.rem_euclid(self.frames_a_day());
        let ten_minutes = self.frames_before_minute(10);
        let (tens, rest) = (number / ten_minutes, number % ten_minutes);
        // The first minute of ten is whole, the other nine are short.
        let minutes = match rest - nominal * 60 {
            short if short < 0 => 0,
            beyond => 1 + beyond / (nominal * 60 - self.dropped()),
        };
        number += self.dropped() * (9 * tens + minutes);
        let (seconds, frames) = (number / nominal, number % nominal);
        let separator = if self.is_drop { ';' } else { ':' };
        let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!("{hours:02}:{minutes:02}:{seconds:02}{separator}{frames:02}")
    }

    /// The frame with that timecode, counted from `00:00:00:00`; `None` for what is no timecode at this rate, dropped
    /// numbers among it.
    pub fn frame(self, timecode: &str) -> Option<i64> {
        self.frame_of(Label::parse(timecode)?)
    }

    fn frame_of(self, label: Label) -> Option<i64> {
        let [hours, minutes, seconds, frames] = label.fields;
        let nominal = i64::from(self.rate.nominal());
        let is_dropped = minutes % 10 != 0 && seconds == 0 && frames < self.dropped();
        if hours > 23 || minutes > 59 || seconds > 59 || frames >= nominal || is_dropped {
            return None;
        }
        Some(self.frames_before_minute(hours * 60 + minutes) + seconds * nominal + frames)
    }

    /// The frame whose timecode reads like that of `frame` in `other`: the same hours, minutes and seconds, and as far into
    /// the second.
    pub(super) fn same_reading(self, frame: i64, other: Self) -> i64 {
        if self == other {
            return frame;
        }
        let Some(Label { fields, is_drop }) = Label::parse(&other.label(frame)) else { return 0 };
        let [hours, minutes, seconds, frames] = fields;
        let at = |frames| self.frame_of(Label { fields: [hours, minutes, seconds, frames], is_drop });
        let frames = frames * i64::from(self.rate.nominal()) / i64::from(other.rate.nominal());
        // A dropped number gives way to the first that is there.
        at(frames).or_else(|| at(self.dropped())).unwrap_or_default()
    }
}

impl Label {
    /// Reads `hh:mm:ss:ff`, with a semicolon or a full stop before the frames where numbers are dropped.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = [0; 4];
        let mut pieces = text.trim().split([':', ';', '.']);
        for field in &mut fields {
            let piece = pieces.next().filter(|piece| (1..=3).contains(&piece.len()))?;
            *field = piece.bytes().all(|byte| byte.is_ascii_digit()).then(|| piece.parse().ok()).flatten()?;
        }
        let is_drop = text.contains([';', '.']);
        pieces.next().is_none().then_some(Self { fields, is_drop })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NTSC: Timebase = Timebase::drop(FrameRate::FPS_29_97);
    const TWICE_NTSC: Timebase = Timebase::drop(FrameRate::FPS_59_94);

    #[test]
    fn drop_frame_timecode_leaves_out_numbers_and_no_frames() {
        // SMPTE ST 12-1, section 5.2.2: 00 and 01 of each minute but 00, 10, 20, 30, 40, 50.
        for (frame, timecode) in [
            (0, "00:00:00;00"),
            (1_799, "00:00:59;29"),
            (1_800, "00:01:00;02"),
            (3_597, "00:01:59;29"),
            (3_598, "00:02:00;02"),
            (17_981, "00:09:59;29"),
            (17_982, "00:10:00;00"),
            (107_892, "01:00:00;00"),
            (2_589_407, "23:59:59;29"),
        ] {
            assert_eq!(NTSC.label(frame), timecode);
            assert_eq!(NTSC.frame(timecode), Some(frame));
        }
        for (frame, timecode) in
            [(3_599, "00:00:59;59"), (3_600, "00:01:00;04"), (35_964, "00:10:00;00"), (215_784, "01:00:00;00")]
        {
            assert_eq!(TWICE_NTSC.label(frame), timecode);
            assert_eq!(TWICE_NTSC.frame(timecode), Some(frame));
        }
        assert_eq!(NTSC.label(2_589_408), "00:00:00;00", "after a day it begins anew");
    }

    #[test]
    fn an_hour_of_drop_frame_timecode_is_an_hour_on_the_wall() {
        let frames = NTSC.frame("01:00:00;00").unwrap_or_default();
        let seconds = frames as f64 / FrameRate::FPS_29_97.as_f64();
        assert!((seconds - 3_600.0).abs() < 0.004, "{seconds}");
        let slow = Timebase::non_drop(FrameRate::FPS_29_97).frame("01:00:00:00").unwrap_or_default();
        assert_eq!(slow - frames, 108);
    }

    #[test]
    fn what_is_no_timecode_is_not_read() {
        for text in [
            "",
            "1",
            "00:00:00",
            "00:00:00:30",
            "24:00:00:00",
            "00:60:00:00",
            "00:00:60:00",
            "00:01:00;00",
            "00:01:00;01",
            "a0:00:00:00",
            "-1:00:00:00",
            "00:00:00:00:00",
            "0000:00:00:00",
            "00:00:00:+1",
            "٠٠:٠٠:٠٠:٠٠",
        ] {
            assert_eq!(NTSC.frame(text), None, "{text}");
        }
        assert_eq!(Timebase::stated(FrameRate::FPS_25, "10:00:00;00"), Some(Timebase::non_drop(FrameRate::FPS_25)));
    }

    #[test]
    fn a_timecode_reads_alike_at_another_rate() {
        let film = Timebase::non_drop(FrameRate::FPS_24);
        let hour = film.frame("01:00:00:12").unwrap_or_default();
        assert_eq!(Timebase::non_drop(FrameRate::FPS_25).same_reading(hour, film), 25 * 3_600 + 12);
        let minute = film.frame("00:01:00:00").unwrap_or_default();
        assert_eq!(NTSC.label(NTSC.same_reading(minute, film)), "00:01:00;02");
    }

    proptest! {
        #[test]
        fn labels_read_back_and_rise_without_a_gap(
            rate in prop::sample::select(&FrameRate::STANDARD[..]),
            wants_drop in any::<bool>(),
            frame in 0_i64..2_000_000,
        ) {
            let timebase = if wants_drop { Timebase::drop(rate) } else { Timebase::non_drop(rate) };
            let label = timebase.label(frame);
            prop_assert_eq!(timebase.frame(&label), Some(frame));
            prop_assert!(label < timebase.label(frame + 1), "{}", label);
            prop_assert_eq!(timebase.label(frame + timebase.frames_a_day()), label);
        }
    }
}
