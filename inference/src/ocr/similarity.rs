//! How alike two readings of a text are.

use crate::distance::text_distance;

/// The text as it is compared: letters and digits only, lower case, and characters that recognisers mix up made one.
///
/// Two readings of one line often differ in blanks, in dots and in `l`/`I`; and in `1`/`I`, `0`/`O`, `5`/`S`, `8`/`B` beside a
/// letter. A number that stands alone stays as it is: another number is another text.
pub fn normalized(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_letter =
        |index: Option<usize>| index.and_then(|index| characters.get(index)).is_some_and(|c| c.is_alphabetic());
    let folded = |(index, character): (usize, &char)| match *character {
        'l' | 'L' | '|' | 'I' | 'ı' | 'İ' => Some('i'),
        digit @ ('0' | '1' | '5' | '8') if is_letter(index.checked_sub(1)) || is_letter(index.checked_add(1)) => {
            match digit {
                '0' => Some('o'),
                '1' => Some('i'),
                '5' => Some('s'),
                _ => Some('b'),
            }
        }
        other => other.is_alphanumeric().then_some(other),
    };
    let kept = characters.iter().enumerate().filter_map(folded);
    kept.flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// `1 - distance / longer length` of two texts that are [`normalized`] already; 1 where both are empty.
pub fn similarity(a: &str, b: &str) -> f32 {
    if a == b {
        return 1.0;
    }
    let (shorter, longer) = {
        let (a, b) = (a.chars().count(), b.chars().count());
        (a.min(b), a.max(b))
    };
    // Texts of very different length cannot be alike; spare the work.
    if shorter * 3 < longer {
        return 0.0;
    }
    1.0 - text_distance(a, b) as f32 / longer as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_that_differ_in_dots_blanks_and_look_alikes_are_the_same() {
        assert_eq!(normalized("Hello, Wor1d!"), normalized("HELLO WORLD"));
        assert_eq!(normalized("BREAKING NEWS"), normalized("BREAKlNG NEW5"));
        assert_ne!(normalized("HOME 0"), normalized("HOME O"));
        assert!(similarity(&normalized("yes"), &normalized("a completely different line")) < 0.2);
    }
}
