//! Values as people write them: times, dates, numbers, ranges.

use std::ops::Bound;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use reelgraph_models::time::MediaTime;

use crate::query::filter::Between;

/// Longest time that can be written: a thousand hours, in microseconds.
const LONGEST_MICROS: f64 = 3.6e12;

/// `12.5`, `90s`, `1h30m`, `500ms`, `1:30`, `01:02:03.5`: a length or a position; never negative.
pub(super) fn time(text: &str) -> Option<MediaTime> {
    let text = text.trim();
    let seconds = if text.contains(':') { clock(text)? } else { units(text)? };
    let micros = seconds * 1e6;
    // In range: checked against the limit, so the cast keeps the value.
    (micros.is_finite() && (0.0..=LONGEST_MICROS).contains(&micros))
        .then(|| MediaTime::from_micros(micros.round() as i64))
}

/// Digits with an optional fraction; neither signs nor exponents.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && text.bytes().any(|b| b.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

fn clock(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    if parts.len() > 3 {
        return None;
    }
    let (last, upper) = parts.split_last()?;
    let mut seconds = 0.0;
    for part in upper {
        let whole = part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty();
        seconds = (seconds + whole.then(|| decimal(part)).flatten()?) * 60.0;
    }
    Some(seconds + decimal(last)?)
}

fn units(text: &str) -> Option<f64> {
    if let Some(seconds) = decimal(text) {
        return Some(seconds);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number = decimal(rest.get(..digits)?)?;
        let tail = rest.get(digits..)?;
        let length = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        seconds += number
            * match tail.get(..length)?.to_ascii_lowercase().as_str() {
                "ms" => 0.001,
                "s" | "sec" => 1.0,
                "m" | "min" => 60.0,
                "h" => 3_600.0,
                _ => return None,
            };
        rest = tail.get(length..)?;
    }
    Some(seconds)
}

/// A year, a month, a day or an instant: the whole of it, in microseconds since 1970, both ends included.
pub(in crate::query) fn date(text: &str) -> Option<Between<i64>> {
    let text = text.trim();
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        let micros = instant.with_timezone(&Utc).timestamp_micros();
        return Some(Between { min: Some(micros), max: Some(micros) });
    }
    let (first, next) = match text.len() {
        4 => {
            let first = NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1)?;
            (first, NaiveDate::from_ymd_opt(first.year() + 1, 1, 1)?)
        }
        7 => {
            let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
            (first, first.checked_add_months(Months::new(1))?)
        }
        10 => {
            let first = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            (first, first.checked_add_days(Days::new(1))?)
        }
        _ => return None,
    };
    let micros = |day: NaiveDate| Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros());
    Some(Between { min: Some(micros(first)?), max: Some(micros(next)? - 1) })
}

/// A whole number, `0` or more.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.trim();
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// `1500`, `1.5GB`, `700 MiB`: bytes.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let unit = text.get(digits..)?.trim().to_ascii_lowercase();
    let factor = match unit.as_str() {
        "" | "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1_024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        "tib" => 1_099_511_627_776.0,
        _ => return None,
    };
    let bytes = decimal(text.get(..digits)?)? * factor;
    // In range: checked against what a number keeps exactly, so the cast keeps the value.
    (bytes <= 9e15).then(|| bytes.round() as u64)
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    AtLeast,
    AtMost,
    More,
    Less,
}

impl Comparison {
    /// The comparison at the start of a text and what follows it.
    pub(super) fn strip(text: &str) -> Option<(Self, &str)> {
        [(">=", Self::AtLeast), ("<=", Self::AtMost), (">", Self::More), ("<", Self::Less), ("=", Self::Equal)]
            .into_iter()
            .find_map(|(sign, comparison)| Some((comparison, text.strip_prefix(sign)?)))
    }

    /// The bounds of what compares so to a value that itself reaches from `min` to `max`.
    pub(super) fn bounds(self, value: Between<i64>) -> Between<i64> {
        let Between { min, max } = value;
        match self {
            Self::Equal => value,
            Self::AtLeast => Between { min, max: None },
            Self::AtMost => Between { min: None, max },
            Self::More => Between { min: max.map(|max| max.saturating_add(1)), max: None },
            Self::Less => Between { min: None, max: min.map(|min| min.saturating_sub(1)) },
        }
    }
}

/// A value by itself, or bounds of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written<'a> {
    /// `5`, `=5`.
    One(&'a str),
    /// `>=5`, `<5`, `2..5`, `2..`, `..5`.
    Range(Bound<&'a str>, Bound<&'a str>),
}

impl<'a> Written<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let end = |text: &'a str| if text.is_empty() { Bound::Unbounded } else { Bound::Included(text) };
        match Comparison::strip(text) {
            Some((Comparison::AtLeast, value)) => Self::Range(Bound::Included(value), Bound::Unbounded),
            Some((Comparison::AtMost, value)) => Self::Range(Bound::Unbounded, Bound::Included(value)),
            Some((Comparison::More, value)) => Self::Range(Bound::Excluded(value), Bound::Unbounded),
            Some((Comparison::Less, value)) => Self::Range(Bound::Unbounded, Bound::Excluded(value)),
            Some((Comparison::Equal, value)) => Self::One(value),
            None => match text.split_once("..") {
                Some((from, to)) => Self::Range(end(from), end(to)),
                None => Self::One(text),
            },
        }
    }
}

/// `5`, `>=5`, `<5`, `2..5`, `2..`, `..5`: bounds of a value that `read` understands. `None` where it does not, or where the
/// bounds are the wrong way round.
pub(super) fn bounds(text: &str, read: impl Fn(&str) -> Option<Between<i64>>) -> Option<Between<i64>> {
    if let Some((comparison, value)) = Comparison::strip(text) {
        return Some(comparison.bounds(read(value)?));
    }
    let Some((from, to)) = text.split_once("..") else { return read(text) };
    let end = |text: &str| if text.is_empty() { Some(Between { min: None, max: None }) } else { read(text) };
    let (min, max) = (end(from)?.min, end(to)?.max);
    let is_ordered = min.zip(max).is_none_or(|(min, max)| min <= max);
    ((min.is_some() || max.is_some()) && is_ordered).then_some(Between { min, max })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, millis) in [
            ("12.5", 12_500),
            ("90s", 90_000),
            ("1h30m", 5_400_000),
            ("500ms", 500),
            ("1:30", 90_000),
            ("01:02:03.5", 3_723_500),
        ] {
            assert_eq!(time(text), Some(MediaTime::from_millis(millis)), "{text}");
        }
        for bad in ["", "-1", "1:2:3:4", "x", "1x", "1e9", "inf", "nan", ":", "1:", "9999999h"] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_is_the_whole_of_what_it_names() {
        let day = date("2026-02-28").map(|it| it.max.zip(it.min).map(|(max, min)| max - min + 1));
        assert_eq!(day, Some(Some(86_400_000_000)));
        assert_eq!(date("2024-02").map(|it| it.max), date("2024-02-29").map(|it| it.max));
        assert_eq!(date("2026").map(|it| it.min), date("2026-01-01").map(|it| it.min));
        for bad in ["", "26", "2026-13", "2026-02-30", "yesterday", "20260101"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }

    #[test]
    fn bounds_are_read_in_every_form() {
        let read = |text: &str| number(text).map(|value| Between { min: Some(value), max: Some(value) });
        let pair = |text: &str| bounds(text, read).map(|it| (it.min, it.max));
        assert_eq!(pair("5"), Some((Some(5), Some(5))));
        assert_eq!(pair(">=5"), Some((Some(5), None)));
        assert_eq!(pair(">5"), Some((Some(6), None)));
        assert_eq!(pair("<5"), Some((None, Some(4))));
        assert_eq!(pair("2..5"), Some((Some(2), Some(5))));
        assert_eq!(pair("..5"), Some((None, Some(5))));
        for bad in ["", "..", "5..2", ">=", "x", "1..x"] {
            assert_eq!(pair(bad), None, "{bad}");
        }
    }
}
