//! Media time: integer microseconds from the first presentation timestamp of an asset, and half-open spans of it.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// A position on, or a length of, an asset's timeline, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MediaTime(i64);

impl MediaTime {
    /// The first presentation timestamp of the asset.
    pub const ZERO: Self = Self(0);

    /// From microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// From a floating number of seconds, as models and truth files give it; rounds to the microsecond, saturates.
    pub fn from_seconds_f64(seconds: f64) -> Self {
        Self((seconds * 1e6).round() as i64)
    }

    /// In microseconds.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// In whole milliseconds, rounded down.
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// `hh:mm:ss.mmm` as WebVTT and TTML write it (SubRip with a comma), rounded down; times before the start as zero.
    pub fn clock(self) -> String {
        let millis = self.as_millis().max(0);
        let (seconds, minutes, hours) = (millis / 1_000 % 60, millis / 60_000 % 60, millis / 3_600_000);
        format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", millis % 1_000)
    }

    /// In seconds, for display and for media fragments only.
    pub fn as_seconds_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl Add for MediaTime {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for MediaTime {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// `h:mm:ss.mmm`, or `m:ss.mmm` below an hour.
impl fmt::Display for MediaTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let millis = self.0.unsigned_abs() / 1_000;
        let (hours, minutes) = (millis / 3_600_000, millis / 60_000 % 60);
        let (seconds, millis) = (millis / 1_000 % 60, millis % 1_000);
        match hours {
            0 => write!(f, "{sign}{minutes}:{seconds:02}.{millis:03}"),
            _ => write!(f, "{sign}{hours}:{minutes:02}:{seconds:02}.{millis:03}"),
        }
    }
}

/// A span was asked for whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("span from {start} to {end} is empty")]
pub struct EmptySpan {
    /// The start asked for.
    pub start: MediaTime,
    /// The end asked for.
    pub end: MediaTime,
}

/// A half-open, never empty stretch `[start, end)` of an asset's timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawSpan")]
pub struct Span {
    start: MediaTime,
    end: MediaTime,
}

#[derive(Deserialize)]
struct RawSpan {
    start: MediaTime,
    end: MediaTime,
}

impl TryFrom<RawSpan> for Span {
    type Error = EmptySpan;

    fn try_from(raw: RawSpan) -> Result<Self, Self::Error> {
        Self::new(raw.start, raw.end)
    }
}

impl Span {
    /// Makes the span `[start, end)`.
    ///
    /// # Errors
    /// [`EmptySpan`] where `end <= start`.
    pub fn new(start: MediaTime, end: MediaTime) -> Result<Self, EmptySpan> {
        if end > start { Ok(Self { start, end }) } else { Err(EmptySpan { start, end }) }
    }

    /// Makes the span `[start, max(end, start + 1 µs))`; for instants that must still be a span.
    pub fn at_least_one_micro(start: MediaTime, end: MediaTime) -> Self {
        Self { start, end: end.max(start + MediaTime::from_micros(1)) }
    }

    /// First instant inside.
    pub const fn start(self) -> MediaTime {
        self.start
    }

    /// First instant after.
    pub const fn end(self) -> MediaTime {
        self.end
    }

    /// Length; always positive.
    pub fn duration(self) -> MediaTime {
        self.end - self.start
    }

    /// Whether `at` lies inside.
    pub fn contains(self, at: MediaTime) -> bool {
        self.start <= at && at < self.end
    }

    /// The part shared with `other`, if any.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// Whether the two share an instant.
    pub fn overlaps(self, other: Self) -> bool {
        self.intersection(other).is_some()
    }

    /// The smallest span that covers both.
    pub fn hull(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The span widened by `pad` on both sides, clipped to `[0, limit)`.
    pub fn padded(self, pad: MediaTime, limit: MediaTime) -> Self {
        let start = (self.start - pad).max(MediaTime::ZERO);
        Self::at_least_one_micro(start, (self.end + pad).min(limit))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}–{}", self.start, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(MediaTime::from_micros(start), MediaTime::from_micros(end)).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn an_empty_span_cannot_be_made_or_read() {
        assert!(Span::new(MediaTime::ZERO, MediaTime::ZERO).is_err());
        assert!(serde_json::from_str::<Span>(r#"{"start":5,"end":5}"#).is_err());
        assert_eq!(serde_json::from_str::<Span>(r#"{"start":5,"end":6}"#).ok(), Some(span(5, 6)));
    }

    #[test]
    fn spans_that_touch_do_not_overlap() {
        assert!(!span(0, 10).overlaps(span(10, 20)));
        assert_eq!(span(0, 10).intersection(span(4, 20)), Some(span(4, 10)));
        assert_eq!(span(0, 10).hull(span(15, 20)), span(0, 20));
    }

    #[test]
    fn times_print_as_people_read_them() {
        assert_eq!(MediaTime::from_millis(61_234).to_string(), "1:01.234");
        assert_eq!(MediaTime::from_millis(3_661_234).to_string(), "1:01:01.234");
    }
}
