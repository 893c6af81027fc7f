//! Times as caption formats write them.

use crate::time::MediaTime;

/// `[h…:]mm:ss.mmm` of WebVTT, with a comma for SubRip; either mark is taken, and SubRip's hours may be missing too.
pub(super) fn clock(text: &str) -> Option<MediaTime> {
    let (whole, fraction) = text.split_once(['.', ','])?;
    let millis = if fraction.len() == 3 { digits(fraction)? } else { return None };
    let parts: Vec<i64> = whole.split(':').map(digits).collect::<Option<_>>()?;
    let (hours, minutes, seconds) = match parts.as_slice() {
        [minutes, seconds] => (0, *minutes, *seconds),
        [hours, minutes, seconds] => (*hours, *minutes, *seconds),
        _ => return None,
    };
    if minutes > 59 || seconds > 59 {
        return None;
    }
    Some(MediaTime::from_millis(((hours * 60 + minutes) * 60 + seconds) * 1_000 + millis))
}

/// At most nine digits and nothing else: no sum of the formats overflows.
pub(super) fn digits(text: &str) -> Option<i64> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_with_and_without_hours_and_nothing_else_does() {
        assert_eq!(clock("00:01.500"), Some(MediaTime::from_millis(1_500)));
        assert_eq!(clock("01:00:00,042"), Some(MediaTime::from_millis(3_600_042)));
        assert_eq!(clock("100:00:00.000"), Some(MediaTime::from_millis(360_000_000)));
        for wrong in ["1.500", "00:61.000", "00:01.5", "00:-1.000", "00:01", "", "9999999999:00:00.000", "a:b.ccc"] {
            assert_eq!(clock(wrong), None, "{wrong}");
        }
    }
}
