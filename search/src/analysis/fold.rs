//! Folding: the form of a word in which accents, case and compatibility variants do not matter.

use unicode_normalization::UnicodeNormalization;

/// Longest token, in bytes of its folded form; longer ones are cut. No word of any language is near it.
pub(super) const MAX_TOKEN_BYTES: usize = 128;

/// Lower case in composed compatibility form (UAX #15 NFKC), with accents, without invisible characters.
pub(super) fn surface(word: &str) -> String {
    let is_kept = |c: &char| !(is_invisible(*c) || c.is_whitespace() || c.is_control());
    bounded(word.nfkc().flat_map(char::to_lowercase).nfc().filter(is_kept))
}

/// The folded form of a surface form.
pub(super) fn fold(surface: &str) -> String {
    if surface.is_ascii() {
        return surface.to_owned();
    }
    let mut folded = String::with_capacity(surface.len());
    for c in surface.nfd().filter(|c| !is_accent(*c)).nfc() {
        match letter(c) {
            Some(letters) => folded.push_str(letters),
            None => folded.push(c),
        }
    }
    bounded(folded.chars())
}

fn bounded(chars: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    for c in chars {
        if text.len() + c.len_utf8() > MAX_TOKEN_BYTES {
            break;
        }
        text.push(c);
    }
    text
}

/// Marks that people leave out when they type: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels.
/// Marks that are letters of their own (Indic vowel signs, kana voicing) stay.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}' | '\u{5c2}' | '\u{5c4}' | '\u{5c5}' | '\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}')
}

/// Soft hyphen, joiners, direction marks, byte order mark, Arabic tatweel.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{640}')
}

/// Letters without a decomposition that are typed as others.
fn letter(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŋ' => "n",
        'þ' => "th",
        'ŧ' => "t",
        'ς' => "σ",
        // Arabic: alef variants are decomposed and lose their hamza above; these have no decomposition.
        'ٱ' => "ا",
        'ى' => "ي",
        'ة' => "ه",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_width_do_not_matter() {
        for (typed, folded) in [
            ("Élève", "eleve"),
            ("STRAẞE", "strasse"),
            ("Ёлка", "елка"),
            ("Smørrebrød", "smorrebrod"),
            ("Łódź", "lodz"),
            ("ＡＢＣ１２", "abc12"),
            ("ﬁlm", "film"),
            ("مُحَمَّد", "محمد"),
            ("أحمد", "احمد"),
            ("co\u{ad}op", "coop"),
        ] {
            assert_eq!(fold(&surface(typed)), folded);
        }
    }

    #[test]
    fn marks_that_are_letters_stay() {
        assert_eq!(fold(&surface("ガ")), "ガ");
        assert_ne!(fold(&surface("हिन्दी")), "हनद");
    }

    #[test]
    fn a_token_has_a_longest_length() {
        assert!(surface(&"é".repeat(10_000)).len() <= MAX_TOKEN_BYTES);
        assert!(fold(&surface(&"æ".repeat(10_000))).len() <= MAX_TOKEN_BYTES);
    }
}
