//! Byte ranges (RFC 9110, section 14).

use std::ops::Range;

/// What part of a file a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: no range, one in an unknown unit or spelling, or several, which a server may answer with the whole.
    Whole,
    /// One part; inside the file, not empty.
    Part(Range<u64>),
    /// A part that is not there.
    Unsatisfiable,
}

/// Reads a `Range` header for a file of that size.
pub(super) fn wanted(header: Option<&str>, size_bytes: u64) -> Wanted {
    let Some(spec) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else { return Wanted::Whole };
    let Some((first, last)) = spec.trim().split_once('-') else { return Wanted::Whole };
    let number = |text: &str| match text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A position beyond 64 bits lies behind every file.
        true if !text.is_empty() => Some(text.parse().unwrap_or(u64::MAX)),
        _ => None,
    };
    let part = match (first, last, number(first), number(last)) {
        ("", _, _, Some(length)) => size_bytes.saturating_sub(length)..if length == 0 { 0 } else { size_bytes },
        (_, "", Some(first), _) => first..size_bytes,
        (_, _, Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size_bytes),
        _ => return Wanted::Whole,
    };
    if part.start < part.end { Wanted::Part(part) } else { Wanted::Unsatisfiable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        for (header, expected) in [
            ("bytes=0-499", Wanted::Part(0..500)),
            ("bytes=500-999", Wanted::Part(500..1_000)),
            ("bytes=-500", Wanted::Part(500..1_000)),
            ("bytes=-5000", Wanted::Part(0..1_000)),
            ("bytes=999-", Wanted::Part(999..1_000)),
            ("bytes=0-99999", Wanted::Part(0..1_000)),
            ("bytes=0-99999999999999999999999", Wanted::Part(0..1_000)),
            ("bytes=1000-", Wanted::Unsatisfiable),
            ("bytes=99999999999999999999999-", Wanted::Unsatisfiable),
            ("bytes=-0", Wanted::Unsatisfiable),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(Some(header), 1_000), expected, "{header}");
        }
        assert_eq!(wanted(None, 10), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Unsatisfiable);
    }

    proptest::proptest! {
        #[test]
        fn a_part_always_lies_inside_the_file(header in "bytes=[0-9]{0,22}-[0-9]{0,22}", size in 0_u64..2_000) {
            if let Wanted::Part(part) = wanted(Some(&header), size) {
                proptest::prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}
