//! Words of other alphabets in Latin letters, for people who cannot type them.

use any_ascii::any_ascii_char;

/// A folded word in Latin letters; `None` where it is in them already, or in a script that is not read letter by letter.
pub(crate) fn romanised(folded: &str) -> Option<String> {
    if folded.is_ascii() || !folded.chars().all(is_read_by_letters) {
        return None;
    }
    // Signs that only say how a letter sounds become apostrophes.
    let letters = folded.chars().flat_map(|c| any_ascii_char(c).chars()).filter(char::is_ascii_alphanumeric);
    let roman: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    (!roman.is_empty()).then_some(roman)
}

/// Greek, Cyrillic, Armenian, Georgian, and digits among them.
fn is_read_by_letters(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{58f}' | '\u{10a0}'..='\u{10ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alphabets_are_read_letter_by_letter() {
        for (word, roman) in [
            ("москва", "moskva"),
            ("хрущев", "khrushchev"),
            ("объект", "obekt"),
            ("αθηνα", "athina"),
            ("თბილისი", "tbilisi"),
            ("երեւան", "erewan"),
            ("миг29", "mig29"),
        ] {
            assert_eq!(romanised(word).as_deref(), Some(roman), "{word}");
        }
    }

    #[test]
    fn latin_words_and_other_scripts_are_left() {
        for word in ["castle", "2026", "", "車", "محمد", "ガ", "서울", "straße"] {
            assert_eq!(romanised(word), None, "{word}");
        }
    }
}
