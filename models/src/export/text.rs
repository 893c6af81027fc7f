//! Texts from anywhere, made fit for formats that cannot hold every character.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Longest stem of a file name, in characters.
const MAX_SLUG_CHARS: usize = 60;

/// As text inside an XML element or attribute. Line breaks and tabs are written as references, since parsers make blanks of
/// them in attributes; characters that XML 1.0 cannot hold (section 2.2) become replacement characters.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            letter => out.push(xml_letter(letter)),
        }
    }
    out
}

/// The character, or the replacement character for one that XML 1.0 cannot hold.
pub(super) fn xml_letter(letter: char) -> char {
    match letter {
        '\t' | '\n' | '\r' => letter,
        '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => char::REPLACEMENT_CHARACTER,
        letter => letter,
    }
}

/// On one line: every run of blanks, line breaks and control characters is one blank.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// On one line of printable ASCII: letters lose their accents, what has no counterpart becomes a question mark, and what
/// cannot be seen is left out.
pub(super) fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in one_line(text).nfkd() {
        match letter {
            ' '..='~' => out.push(letter),
            letter => out.push_str(&counterpart(letter)),
        }
    }
    out
}

fn counterpart(letter: char) -> Cow<'static, str> {
    match letter {
        // Marks that NFKD took off their letters, joiners, and marks of direction.
        '\u{300}'..='\u{36f}'
        | '\u{ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' => "",
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => "",
        'ß' => "ss",
        'æ' => "ae",
        'Æ' => "AE",
        'ø' => "o",
        'Ø' => "O",
        'œ' => "oe",
        'Œ' => "OE",
        'ł' => "l",
        'Ł' => "L",
        'đ' | 'ð' => "d",
        'Đ' | 'Ð' => "D",
        'þ' => "th",
        'Þ' => "Th",
        'ı' => "i",
        '‘' | '’' | '‚' | '‹' | '›' => "'",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '‐'..='―' | '−' => "-",
        _ => "?",
    }
    .into()
}

/// The start of a text, at most that many characters, with an ellipsis where more followed.
pub(super) fn start(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        None => text.to_owned(),
        Some(_) => {
            let kept: String = text.chars().take(max_chars.saturating_sub(3)).collect();
            format!("{}...", kept.trim_end())
        }
    }
}

/// Letters and digits of any script in lower case, with hyphens for whatever is between them.
pub(super) fn slug(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let all = words.collect::<Vec<_>>().join("-").to_lowercase();
    let kept: String = all.chars().take(MAX_SLUG_CHARS).collect();
    kept.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_without_a_place_in_ascii_become_the_nearest_that_have() {
        assert_eq!(ascii("Füße – “Œuvre” n°1…"), "Fusse - \"OEuvre\" n?1...");
        assert_eq!(ascii("東京\u{202e}🎬 Łódź\r\nß"), "??? Lodz ss");
        assert_eq!(ascii("\u{0}\u{1b}[2J a\tb"), "[2J a b");
    }

    #[test]
    fn xml_holds_what_it_can() {
        assert_eq!(xml("<a b=\"c\">&\n\u{1}\u{ffff}𝄞"), "&lt;a b=&quot;c&quot;&gt;&amp;&#10;\u{fffd}\u{fffd}𝄞");
    }

    #[test]
    fn long_texts_end_in_an_ellipsis_between_characters() {
        assert_eq!(start("ééééé", 5), "ééééé");
        assert_eq!(start("éé ééé", 5), "éé...");
    }
}
