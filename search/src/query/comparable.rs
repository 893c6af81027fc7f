//! Numbers and dates among the values that people give assets, so that they compare as such.
//!
//! A value is written as digits that are in order as texts are, and both indexes keep the beginnings of these digits as words
//! beside the field's name. A range is then a few words, of which a value in it has one: the beginnings that lie in the range as a
//! whole. So a comparison asks the same indexed field as a name does, however many fields people make up.

use std::ops::Bound;

use chrono::{DateTime, Datelike, Utc};
use serde::Serialize;

use super::syntax::date;

/// Most digits of a number, and of its whole part; what has more is no number that compares.
const MAX_DIGITS: i16 = 18;
/// What numbers of a magnitude are told apart from zero by; greater than every magnitude.
const ABOVE_MAGNITUDES: i16 = 100;
/// Stands between a field's name and the beginning of a value that goes on.
const BEGINS: char = '\u{1d}';
/// Stands between a field's name and the whole of a value.
const IS: char = '\u{1e}';

/// A value as digits. Numbers of one sign and magnitude are ordered by their digits as texts, and so are dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Digits {
    /// Numbers of different sign or magnitude are in the order of this; the same for all dates.
    branch: i16,
    /// From the most significant one, without zeros at the end; of a negative number those without its sign.
    digits: Vec<u8>,
}

/// Between which values of a kind.
type Range = (Bound<Digits>, Bound<Digits>);

/// What a value that people gave an asset is compared with: numbers with numbers, dates with dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueRange {
    numbers: Option<Range>,
    dates: Option<Range>,
}

impl ValueRange {
    /// Reads bounds: numbers such as `5` and `-2.5`, or dates such as `2024`, `2024-05`, `2024-05-31` and those of RFC 3339, of
    /// which the whole counts. A year is both. `None` where a bound is neither, both are open or of different kinds, or no value
    /// could lie between them.
    pub fn read(min: Bound<&str>, max: Bound<&str>) -> Option<Self> {
        if matches!((min, max), (Bound::Unbounded, Bound::Unbounded)) {
            return None;
        }
        let numbers = both(bound(min, Digits::of_number), bound(max, Digits::of_number));
        // Of a date the whole is meant: later than a year is from the next one on, up to a year is before the next one.
        let from = match min {
            Bound::Included(text) => first_of(text).map(Bound::Included),
            Bound::Excluded(text) => after(text).map(Bound::Included),
            Bound::Unbounded => Some(Bound::Unbounded),
        };
        let to = match max {
            Bound::Included(text) => after(text).map(Bound::Excluded),
            Bound::Excluded(text) => first_of(text).map(Bound::Excluded),
            Bound::Unbounded => Some(Bound::Unbounded),
        };
        let dates = both(from, to);
        (numbers.is_some() || dates.is_some()).then_some(Self { numbers, dates })
    }

    /// The words of which an asset has one, that has a field of that name with a value in the range.
    pub(crate) fn words(&self, name: &str) -> Vec<String> {
        let mut words = Vec::new();
        if let Some((min, max)) = &self.numbers {
            for branch in branches() {
                in_branch(branch, min, max, &mut |covered, digits| words.push(covered.word(name, "n", branch, digits)));
            }
        }
        if let Some((min, max)) = &self.dates {
            in_branch(DATES, min, max, &mut |covered, digits| words.push(covered.word(name, "d", DATES, digits)));
        }
        words
    }
}

/// The branch of all dates.
const DATES: i16 = 1;

/// Every branch of numbers, the least first.
fn branches() -> impl Iterator<Item = i16> {
    let magnitudes = (1 - MAX_DIGITS..=MAX_DIGITS).map(|magnitude| ABOVE_MAGNITUDES + magnitude);
    let negative = magnitudes.clone().rev().map(|branch| -branch);
    negative.chain([0]).chain(magnitudes)
}

impl Digits {
    /// A number as people write it: a sign, digits, a fraction behind a point.
    fn of_number(text: &str) -> Option<Self> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || text.ends_with('.') {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let significant = fraction.trim_start_matches('0');
        // Of .05 it is one below that of .5, which has none before the point either.
        let magnitude = match whole.len() {
            0 => -(i16::try_from(fraction.len() - significant.len()).ok()?),
            digits => i16::try_from(digits).ok()?,
        };
        let digits = if whole.is_empty() { significant.to_owned() } else { format!("{whole}{fraction}") };
        let digits = digits.trim_end_matches('0').as_bytes().to_vec();
        if digits.is_empty() {
            return Some(Self { branch: 0, digits });
        }
        let is_small =
            (1 - MAX_DIGITS..=MAX_DIGITS).contains(&magnitude) && digits.len() <= MAX_DIGITS.unsigned_abs().into();
        let branch = ABOVE_MAGNITUDES + magnitude;
        is_small.then_some(Self { branch: if is_negative { -branch } else { branch }, digits })
    }

    /// An instant of the years that have four digits.
    fn of_instant(micros: i64) -> Option<Self> {
        let instant = DateTime::<Utc>::from_timestamp_micros(micros)?;
        let digits = instant.format("%Y%m%d%H%M%S%6f").to_string();
        let digits = digits.trim_end_matches('0').as_bytes().to_vec();
        (0..=9_999).contains(&instant.year()).then_some(Self { branch: DATES, digits })
    }

    /// The words of a value of that kind: one for each beginning that goes on, and one for the whole.
    fn words(&self, name: &str, kind: &'static str) -> impl Iterator<Item = String> {
        let beginnings = (0..self.digits.len()).filter_map(|length| self.digits.get(..length));
        let word = |covered: Covered, digits: &[u8]| covered.word(name, kind, self.branch, digits);
        let mut words: Vec<String> = beginnings.map(|digits| word(Covered::Longer, digits)).collect();
        words.push(word(Covered::Exactly, &self.digits));
        words.into_iter()
    }
}

/// Which values a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covered {
    /// Those that begin so and go on.
    Longer,
    /// The one that is so.
    Exactly,
}

impl Covered {
    fn word(self, name: &str, kind: &str, branch: i16, digits: &[u8]) -> String {
        let sign = match self {
            Self::Longer => BEGINS,
            Self::Exactly => IS,
        };
        format!("{name}{sign}{kind}{branch}:{}", String::from_utf8_lossy(digits))
    }
}

/// The words under which both indexes keep a value, for ranges; none where it is neither number nor date.
pub(super) fn value_words(name: &str, value: &str) -> Vec<String> {
    let number = Digits::of_number(value);
    let date = first_of(value);
    let of =
        |digits: Option<Digits>, kind| digits.into_iter().flat_map(move |it| it.words(name, kind).collect::<Vec<_>>());
    of(number, "n").chain(of(date, "d")).collect()
}

/// A number or a date as a text that is in order: numbers before dates. `None` for everything else.
pub(crate) fn sortable(value: &str) -> Option<String> {
    let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned();
    if let Some(Digits { branch, digits }) = Digits::of_number(value) {
        // The more a negative number's digits are, the earlier it comes; the shorter of two that begin alike comes later.
        let digits = match branch < 0 {
            true => format!("{}~", text(&digits.iter().map(|digit| b'0' + b'9' - digit).collect::<Vec<u8>>())),
            false => text(&digits),
        };
        return Some(format!("0{:03}{digits}", branch + 2 * ABOVE_MAGNITUDES));
    }
    first_of(value).map(|date| format!("1{}", text(&date.digits)))
}

/// The first instant of a date.
fn first_of(text: &str) -> Option<Digits> {
    Digits::of_instant(date(text)?.min?)
}

/// The first instant after a date.
fn after(text: &str) -> Option<Digits> {
    Digits::of_instant(date(text)?.max?.checked_add(1)?)
}

/// A bound as a kind of values reads it; `None` where it does not.
fn bound(text: Bound<&str>, read: impl Fn(&str) -> Option<Digits>) -> Option<Bound<Digits>> {
    Some(match text {
        Bound::Included(text) => Bound::Included(read(text)?),
        Bound::Excluded(text) => Bound::Excluded(read(text)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}

/// Both bounds, where both were read and something may lie between them.
fn both(min: Option<Bound<Digits>>, max: Option<Bound<Digits>>) -> Option<Range> {
    let (min, max) = (min?, max?);
    let is_ordered = match (&min, &max) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
        (Bound::Included(min), Bound::Included(max)) => min.compare(max).is_le(),
        (Bound::Included(min) | Bound::Excluded(min), Bound::Included(max) | Bound::Excluded(max)) => {
            min.compare(max).is_lt()
        }
    };
    is_ordered.then_some((min, max))
}

impl Digits {
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let of_digits = if self.branch < 0 { other.digits.cmp(&self.digits) } else { self.digits.cmp(&other.digits) };
        self.branch.cmp(&other.branch).then(of_digits)
    }
}

/// What is left of a bound where its first digits were met; `None` where it sets no bound any more.
type Rest<'a> = Option<(&'a [u8], bool)>;

/// Tells of all that lies between the bounds within one branch.
fn in_branch(branch: i16, min: &Bound<Digits>, max: &Bound<Digits>, tell: &mut dyn FnMut(Covered, &[u8])) {
    let (min, max) = (end(min), end(max));
    let is_outside = min.is_some_and(|(min, _)| branch < min.branch) || max.is_some_and(|(max, _)| branch > max.branch);
    if is_outside {
        return;
    }
    let [min, max] = [min, max].map(|end| {
        let (digits, is_in) = end.filter(|(digits, _)| digits.branch == branch)?;
        Some((digits.digits.as_slice(), is_in))
    });
    if branch == 0 {
        // Zero has no digits, so it is only itself.
        if [min, max].into_iter().flatten().all(|(_, is_in)| is_in) {
            tell(Covered::Exactly, &[]);
        }
        return;
    }
    // The more a negative number's digits are, the less it is.
    let (least, most) = if branch < 0 { (max, min) } else { (min, max) };
    cover(&mut Vec::new(), least, most, tell);
}

/// The value at which a bound is, and whether it is inside.
fn end(bound: &Bound<Digits>) -> Option<(&Digits, bool)> {
    match bound {
        Bound::Unbounded => None,
        Bound::Included(digits) => Some((digits, true)),
        Bound::Excluded(digits) => Some((digits, false)),
    }
}

/// Tells of what begins so and lies between what is left of the bounds. As deep as the longer bound has digits.
fn cover(begin: &mut Vec<u8>, least: Rest<'_>, most: Rest<'_>, tell: &mut dyn FnMut(Covered, &[u8])) {
    let is_least_met = least.is_none_or(|(rest, is_in)| rest.is_empty() && is_in);
    let is_most_met = most.is_none_or(|(rest, is_in)| !rest.is_empty() || is_in);
    if is_least_met && is_most_met && !begin.is_empty() {
        tell(Covered::Exactly, begin);
    }
    if least.is_none() && most.is_none() {
        tell(Covered::Longer, begin);
        return;
    }
    for digit in b'0'..=b'9' {
        let least = match least.and_then(|(rest, is_in)| Some((rest.split_first()?, is_in))) {
            Some(((first, _), _)) if digit < *first => continue,
            Some(((first, rest), is_in)) if digit == *first => Some((rest, is_in)),
            // Greater in this digit, or longer than the bound.
            Some(_) | None => None,
        };
        let most = match most {
            None => None,
            Some((rest, is_in)) => match rest.split_first() {
                Some((first, rest)) if digit == *first => Some((rest, is_in)),
                Some((first, _)) if digit < *first => None,
                // Greater in this digit, or longer than the bound.
                Some(_) | None => continue,
            },
        };
        begin.push(digit);
        cover(begin, least, most, tell);
        begin.pop();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Whether a value is found in a range, as the indexes find it.
    fn is_in(value: &str, min: Bound<&str>, max: Bound<&str>) -> bool {
        let kept: BTreeSet<String> = value_words("f", value).into_iter().collect();
        ValueRange::read(min, max).is_some_and(|range| range.words("f").iter().any(|word| kept.contains(word)))
    }

    #[test]
    fn values_lie_in_the_ranges_that_they_lie_in() {
        use Bound::{Excluded, Included, Unbounded};
        for (value, min, max, expected) in [
            ("5", Excluded("5"), Unbounded, false),
            ("5", Included("5"), Unbounded, true),
            ("5.0", Included("5"), Included("5"), true),
            ("5.01", Excluded("5"), Unbounded, true),
            ("10", Excluded("9"), Unbounded, true),
            ("9", Unbounded, Excluded("10"), true),
            ("-3", Unbounded, Excluded("0"), true),
            ("-3", Excluded("-2.5"), Unbounded, false),
            ("-3", Included("-10"), Included("-3"), true),
            ("0", Included("0"), Included("0.0"), true),
            ("-0", Excluded("-0.001"), Excluded("0.001"), true),
            ("0", Excluded("0"), Unbounded, false),
            ("007", Included("7"), Included("7"), true),
            ("2022", Included("2020"), Included("2024"), true),
            ("2024-12-31", Included("2020"), Included("2024"), true),
            ("2024-12-31", Excluded("2024"), Unbounded, false),
            ("2025-01-01", Excluded("2024"), Unbounded, true),
            ("2024-02-29T23:59:59.5Z", Included("2024-02"), Included("2024-02-29"), true),
            ("2024-02-29T23:30:00-01:00", Included("2024-03-01"), Unbounded, true),
            ("five", Unbounded, Included("100"), false),
            ("5 kg", Included("1"), Included("9"), false),
            ("1e3", Included("1"), Unbounded, false),
            ("", Unbounded, Included("9"), false),
            ("1234567890123456789", Included("1"), Unbounded, false),
        ] {
            assert_eq!(is_in(value, min, max), expected, "{value} in {min:?} to {max:?}");
        }
    }

    #[test]
    fn what_cannot_be_compared_is_no_range() {
        use Bound::{Excluded, Included, Unbounded};
        for (min, max) in [
            (Unbounded, Unbounded),
            (Included("five"), Unbounded),
            (Unbounded, Excluded("")),
            (Included("5"), Included("2026-01-01")),
            (Included("5"), Included("2")),
            (Excluded("5"), Included("5")),
            (Included("2026-05"), Included("2025")),
        ] {
            assert_eq!(ValueRange::read(min, max), None, "{min:?} to {max:?}");
        }
    }

    #[test]
    fn a_range_is_few_words() {
        let words = |min, max| ValueRange::read(min, max).map_or(0, |range| range.words("f").len());
        assert!(words(Bound::Excluded("5"), Bound::Unbounded) < 50);
        assert!(words(Bound::Included("-999999999999999999"), Bound::Included("123456789012345678")) < 1_000);
        assert_eq!(value_words("f", "5").len(), 2);
    }

    proptest! {
        #[test]
        fn numbers_are_found_as_they_compare(value in -2_000_000_i64..2_000_000, min in -2_000_000_i64..2_000_000, length in 0_i64..3_000_000, decimals in 0_u32..6) {
            let text = |number: i64| {
                let scale = 10_i64.pow(decimals);
                let sign = if number < 0 { "-" } else { "" };
                format!("{sign}{}.{:0width$}", number.abs() / scale, number.abs() % scale, width = decimals.max(1) as usize)
            };
            let max = min + length;
            let (low, high) = (text(min), text(max));
            let is_between = (min..=max).contains(&value);
            prop_assert_eq!(is_in(&text(value), Bound::Included(&low), Bound::Included(&high)), is_between);
            let is_strictly_between = min < value && value < max;
            prop_assert_eq!(is_in(&text(value), Bound::Excluded(&low), Bound::Excluded(&high)), is_strictly_between);
            prop_assert_eq!(is_in(&text(value), Bound::Excluded(&low), Bound::Unbounded), value > min);
            prop_assert_eq!(is_in(&text(value), Bound::Unbounded, Bound::Included(&high)), value <= max);
        }
    }
}
