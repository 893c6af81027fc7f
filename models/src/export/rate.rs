//! Frames a second, exactly, and which frame is on display when.

use crate::time::MediaTime;

/// Fewest and most frames a second that are taken for a frame rate; what is beyond is a guess of a demuxer.
const SLOWEST: u64 = 1;
const FASTEST: u64 = 240;
/// An average that is nearer to a standard rate than one part in this many is that rate: containers write averages of few
/// frames (19001/634 for 30000/1001), and standard rates differ by one part in a thousand.
const SNAP_PARTS: u128 = 4_000;
/// How far before a frame a time may lie and still mean that frame, microseconds: Matroska rounds to the millisecond, all
/// others to their own clock, and we to the microsecond.
const ROUNDING_MICROS: i128 = 1_000;

/// Frames a second as a reduced fraction, between 1 and 240.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameRate {
    numerator: u32,
    denominator: u32,
}

impl FrameRate {
    /// Film.
    pub const FPS_24: Self = Self { numerator: 24, denominator: 1 };
    /// PAL.
    pub const FPS_25: Self = Self { numerator: 25, denominator: 1 };
    /// NTSC.
    pub const FPS_29_97: Self = Self { numerator: 30_000, denominator: 1_001 };
    /// Twice NTSC.
    pub const FPS_59_94: Self = Self { numerator: 60_000, denominator: 1_001 };

    /// The rates that editing programs know.
    pub const STANDARD: [Self; 10] = [
        Self { numerator: 24_000, denominator: 1_001 },
        Self::FPS_24,
        Self::FPS_25,
        Self::FPS_29_97,
        Self { numerator: 30, denominator: 1 },
        Self { numerator: 48_000, denominator: 1_001 },
        Self { numerator: 48, denominator: 1 },
        Self { numerator: 50, denominator: 1 },
        Self::FPS_59_94,
        Self { numerator: 60, denominator: 1 },
    ];

    /// The rate `numerator / denominator`; `None` where that is no number or none that a film has.
    pub fn new(numerator: u32, denominator: u32) -> Option<Self> {
        let (above, below) = (u64::from(numerator), u64::from(denominator));
        if below == 0 || above < below * SLOWEST || above > below * FASTEST {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// Frames in [`Self::denominator`] seconds.
    pub const fn numerator(self) -> u32 {
        self.numerator
    }

    /// Seconds in which there are [`Self::numerator`] frames.
    pub const fn denominator(self) -> u32 {
        self.denominator
    }

    /// As formats that know no fractions write it.
    pub fn as_f64(self) -> f64 {
        f64::from(self.numerator) / f64::from(self.denominator)
    }

    /// The standard rate that this one is but for the rounding of averages; else itself.
    pub fn snapped(self) -> Self {
        let nearest = self.nearest_standard();
        let (_, apart, whole) = self.distance(nearest);
        if apart * SNAP_PARTS < whole { nearest } else { self }
    }

    /// The standard rate that is nearest.
    pub fn nearest_standard(self) -> Self {
        // Distances are compared over one common denominator, so that no rounding decides.
        let distance = |standard: &Self| {
            let (standard, apart, _) = self.distance(*standard);
            apart * u128::from(1_001 / standard.denominator)
        };
        Self::STANDARD.into_iter().min_by_key(distance).unwrap_or(Self::FPS_25)
    }

    /// The other rate, how far it is away, and the other itself, both times both denominators.
    fn distance(self, other: Self) -> (Self, u128, u128) {
        let own = u128::from(self.numerator) * u128::from(other.denominator);
        let its = u128::from(other.numerator) * u128::from(self.denominator);
        (other, own.abs_diff(its), its)
    }

    /// Frames that timecode counts in one of its seconds: 30 at 29.97.
    pub const fn nominal(self) -> u32 {
        self.numerator.div_ceil(self.denominator)
    }

    /// Numbers that drop-frame timecode leaves out at the start of nine of ten minutes (SMPTE ST 12-1): 2 at 29.97, 4 at
    /// 59.94, none at rates that have no drop-frame timecode.
    pub const fn dropped_a_minute(self) -> u32 {
        match (self.numerator, self.denominator) {
            (30_000, 1_001) => 2,
            (60_000, 1_001) => 4,
            _ => 0,
        }
    }

    /// The frame on display at an instant, counted from 0 at the first frame; an instant that lies no more than rounding
    /// before a frame is that frame's. Instants before the first frame count as it.
    pub fn frame_on_display(self, at: MediaTime) -> i64 {
        let scaled = (i128::from(at.as_micros()) + self.rounding_micros()) * i128::from(self.numerator);
        clamped(scaled.div_euclid(self.unit()))
    }

    /// The first frame that begins at an instant or after it; one that begins no more than rounding before it counts too.
    pub fn first_frame_from(self, at: MediaTime) -> i64 {
        let scaled = (i128::from(at.as_micros()) - self.rounding_micros()) * i128::from(self.numerator);
        clamped(-(-scaled).div_euclid(self.unit()))
    }

    /// Denominator of frames made of microseconds.
    fn unit(self) -> i128 {
        1_000_000 * i128::from(self.denominator)
    }

    /// Never more than a quarter of a frame, so that two neighbours cannot be mistaken.
    fn rounding_micros(self) -> i128 {
        ROUNDING_MICROS.min(self.unit() / (4 * i128::from(self.numerator)))
    }
}

fn clamped(frame: i128) -> i64 {
    i64::try_from(frame.max(0)).unwrap_or(i64::MAX)
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// When a frame begins, as a file whose clock ticks that often a second states it and we read it.
    fn stated(rate: FrameRate, frame: i64, ticks_a_second: i128) -> MediaTime {
        let exact = i128::from(frame) * i128::from(rate.denominator);
        let round = |above: i128, below: i128| (above + below / 2).div_euclid(below);
        let ticks = round(exact * ticks_a_second, i128::from(rate.numerator));
        MediaTime::from_micros(i64::try_from(round(ticks * 1_000_000, ticks_a_second)).unwrap())
    }

    proptest! {
        #[test]
        fn every_frame_is_found_again_from_its_time_in_every_container(
            rate in prop::sample::select(&FrameRate::STANDARD[..]),
            first in 0_i64..10_000_000,
            length in 1_i64..100_000,
            ticks_a_second in prop::sample::select(vec![1_000_i128, 15_360, 30_000, 90_000, 1_000_000]),
        ) {
            let at = |frame| stated(rate, frame, ticks_a_second);
            prop_assert_eq!(rate.frame_on_display(at(first)), first);
            prop_assert_eq!(rate.first_frame_from(at(first + length)), first + length);
        }

        #[test]
        fn an_instant_inside_a_frame_is_that_frames_and_the_next_begins_after_it(
            rate in prop::sample::select(&FrameRate::STANDARD[..]),
            frame in 0_i64..10_000_000,
            permille in 100_i64..900,
        ) {
            let inside = MediaTime::from_micros(
                (i128::from(frame * 1_000 + permille) * rate.unit() / i128::from(rate.numerator) / 1_000) as i64,
            );
            prop_assert_eq!(rate.frame_on_display(inside), frame);
            prop_assert_eq!(rate.first_frame_from(inside), frame + 1);
        }
    }

    #[test]
    fn averages_of_few_frames_are_the_rate_that_was_meant() {
        let snapped = |numerator, denominator| FrameRate::new(numerator, denominator).map(FrameRate::snapped);
        assert_eq!(snapped(19_001, 634), Some(FrameRate::FPS_29_97));
        assert_eq!(snapped(2_997, 100), Some(FrameRate::FPS_29_97));
        assert_eq!(snapped(23_976, 1_000), FrameRate::new(24_000, 1_001));
        assert_eq!(snapped(24, 1), Some(FrameRate::FPS_24));
        assert_eq!(snapped(15, 1), FrameRate::new(15, 1));
        assert_eq!(FrameRate::new(29, 1).map(FrameRate::nearest_standard), Some(FrameRate::FPS_29_97));
        assert_eq!(FrameRate::new(50_000, 2_000), Some(FrameRate::FPS_25));
    }

    #[test]
    fn what_no_film_has_is_no_rate() {
        for (numerator, denominator) in [(0, 1), (1, 0), (0, 0), (90_000, 1), (1, 2), (u32::MAX, 1)] {
            assert_eq!(FrameRate::new(numerator, denominator), None, "{numerator}/{denominator}");
        }
        assert_eq!(FrameRate::FPS_24.frame_on_display(MediaTime::from_micros(i64::MIN)), 0);
        assert_eq!(FrameRate::FPS_24.first_frame_from(MediaTime::from_micros(i64::MAX)), 221_360_928_884_515);
    }
}
