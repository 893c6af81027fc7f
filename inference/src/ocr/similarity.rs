//! How alike two readings of a text are.

/// The text as it is compared: letters and digits only, lower case, and characters that recognisers mix up made one.
///
/// Two readings of one line often differ in blanks, in dots and in `l`/`1`/`I`, `o`/`0`.
pub fn normalized(text: &str) -> String {
    let folded = |character: char| match character {
        'l' | '|' | 'ı' | 'İ' => 'i',
        '1' => 'i',
        '0' => 'o',
        other => other,
    };
    text.chars()
        .filter(|c| c.is_alphanumeric() || *c == '|')
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || *c == '|')
        .map(folded)
        .collect()
}

/// Levenshtein distance in characters.
pub fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (deleted, x) in a.chars().enumerate() {
        let mut diagonal = deleted;
        let mut left = deleted + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = *cell;
            left = substituted.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
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
    1.0 - edit_distance(a, b) as f32 / longer as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        for (a, b, distance) in
            [("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0), ("ö", "o", 1)]
        {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
        }
    }

    #[test]
    fn readings_that_differ_in_dots_blanks_and_look_alikes_are_the_same() {
        assert_eq!(normalized("Hello, Wor1d!"), normalized("HELLO WORLD"));
        assert!(similarity(&normalized("BREAKING NEWS"), &normalized("BREAKlNG NEW5")) > 0.9);
        assert!(similarity(&normalized("yes"), &normalized("a completely different line")) < 0.2);
    }
}
