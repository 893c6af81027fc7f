//! Where words begin and end.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::fold;

/// How a script writes words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    /// With something between them.
    Spaced,
    /// Without; each token is one character.
    Unspaced,
}

/// A word, or one character of a script without blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    /// Folded: lower case, without accents.
    pub(crate) exact: String,
    /// Lower case with accents.
    pub(crate) surface: String,
    /// First byte in the text.
    pub(crate) start: usize,
    /// Byte after the last.
    pub(crate) end: usize,
    /// How its script writes words.
    pub(crate) script: Script,
}

/// Splits a text into base tokens, in order.
pub(crate) fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (start, word) in text.unicode_word_indices() {
        let mut run_start = 0;
        for (at, c) in word.char_indices() {
            if is_unspaced(c) {
                push_spaced(&mut tokens, start, word, run_start..at);
                let mut end = at + c.len_utf8();
                // Marks that follow belong to the character.
                let rest = word.get(end..).unwrap_or_default();
                end += rest.chars().take_while(|c| is_mark(*c)).map(char::len_utf8).sum::<usize>();
                push(&mut tokens, start, word, at..end, Script::Unspaced);
                run_start = end;
            }
        }
        push_spaced(&mut tokens, start, word, run_start..word.len());
    }
    tokens
}

/// Adjacent characters of scripts without blanks, two by two: place of the first in `tokens`, and the pair.
pub(crate) fn pairs(tokens: &[Token]) -> impl Iterator<Item = (usize, Token)> {
    tokens.windows(2).enumerate().filter_map(|(place, pair)| match pair {
        [left, right]
            if left.script == Script::Unspaced && right.script == Script::Unspaced && left.end == right.start =>
        {
            let exact = format!("{}{}", left.exact, right.exact);
            let surface = format!("{}{}", left.surface, right.surface);
            Some((place, Token { exact, surface, start: left.start, end: right.end, script: Script::Unspaced }))
        }
        _ => None,
    })
}

/// Splits a word of a spaced script where UAX #29 does not but people would.
fn push_spaced(tokens: &mut Vec<Token>, start: usize, word: &str, range: Range<usize>) {
    let Some(part) = word.get(range.clone()) else { return };
    let is_acronym = part.contains('.') && part.split('.').all(|piece| piece.chars().count() <= 1);
    if is_acronym {
        return push(tokens, start, word, range, Script::Spaced);
    }
    let is_number = part.starts_with(|c: char| c.is_numeric()) && !part.chars().any(char::is_alphabetic);
    let is_split = |c: char| c == '_' || c == ':' || (!is_number && (c == '.' || c == ','));
    let mut piece_start = range.start;
    for piece in part.split(is_split) {
        push_elided(tokens, start, word, piece_start..piece_start + piece.len());
        // Every splitting character is one byte.
        piece_start += piece.len() + 1;
    }
}

/// Splits `l'avion` and drops the possessive of `Sintel's`; `don't` stays whole.
fn push_elided(tokens: &mut Vec<Token>, start: usize, word: &str, range: Range<usize>) {
    let Some(piece) = word.get(range.clone()) else { return };
    let apostrophe = piece.char_indices().find(|(_, c)| matches!(c, '\'' | '\u{2019}' | '\u{ff07}'));
    if let Some((at, mark)) = apostrophe {
        let (before, after) = (&piece[..at], &piece[at + mark.len_utf8()..]);
        let is_elision = before.chars().count() <= 2
            || matches!(
                before.to_lowercase().as_str(),
                "qu" | "dell" | "nell" | "all" | "sull" | "dall" | "jusqu" | "lorsqu" | "puisqu"
            );
        if matches!(after, "s" | "S") {
            return push(tokens, start, word, range.start..range.start + at, Script::Spaced);
        }
        if is_elision && after.chars().count() > 1 {
            push(tokens, start, word, range.start..range.start + at, Script::Spaced);
            return push(tokens, start, word, range.start + at + mark.len_utf8()..range.end, Script::Spaced);
        }
    }
    push(tokens, start, word, range, Script::Spaced);
}

fn push(tokens: &mut Vec<Token>, start: usize, word: &str, range: Range<usize>, script: Script) {
    let Some(piece) = word.get(range.clone()) else { return };
    let is_joiner = |c: char| matches!(c, '\'' | '\u{2019}' | '\u{ff07}' | '.' | ',');
    let surface = fold::surface(piece).replace(is_joiner, "");
    let exact = fold::fold(&surface);
    if exact.chars().any(char::is_alphanumeric) {
        tokens.push(Token { exact, surface, start: start + range.start, end: start + range.end, script });
    }
}

/// Scripts that write no blanks between words, and Hangul, whose words carry endings that no stemmer here cuts.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'        // Thai, Lao
        | '\u{1000}'..='\u{109f}'      // Myanmar
        | '\u{1100}'..='\u{11ff}'      // Hangul jamo
        | '\u{1780}'..='\u{17ff}'      // Khmer
        | '\u{3005}'..='\u{3007}'      // ideographic iteration mark, zero
        | '\u{3040}'..='\u{30ff}'      // Hiragana, Katakana
        | '\u{3100}'..='\u{318f}'      // Bopomofo, Hangul compatibility jamo
        | '\u{31f0}'..='\u{31ff}'      // Katakana extensions
        | '\u{3400}'..='\u{4dbf}'      // Han extension A
        | '\u{4e00}'..='\u{9fff}'      // Han
        | '\u{ac00}'..='\u{d7af}'      // Hangul
        | '\u{f900}'..='\u{faff}'      // Han compatibility
        | '\u{ff66}'..='\u{ff9f}'      // half-width Katakana
        | '\u{20000}'..='\u{3134f}'    // Han extensions B to G
    )
}

/// Marks that combine with the character before them in those scripts.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0e31}' | '\u{0e34}'..='\u{0e3a}' | '\u{0e47}'..='\u{0e4e}' | '\u{0eb1}' | '\u{0eb4}'..='\u{0ebc}'
        | '\u{0ec8}'..='\u{0ece}' | '\u{102b}'..='\u{103e}' | '\u{17b4}'..='\u{17d3}' | '\u{3099}' | '\u{309a}'
        | '\u{ff9e}' | '\u{ff9f}' | '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokenize(text).into_iter().map(|token| token.exact).collect()
    }

    #[test]
    fn words_are_split_where_people_would() {
        for (text, expected) in [
            ("Sintel_trailer-480p.mp4", "sintel trailer 480p mp4"),
            ("Sintel's dragon", "sintel dragon"),
            ("l'avion d\u{2019}Artagnan", "l avion d artagnan"),
            ("don't", "dont"),
            ("U.S.A. and 1,000.50", "usa and 100050"),
            ("12:30", "12 30"),
        ] {
            assert_eq!(words(text).join(" "), expected);
        }
    }

    #[test]
    fn scripts_without_blanks_become_characters() {
        assert_eq!(words("東京タワー2024年"), ["東", "京", "タ", "ワ", "ー", "2024", "年"]);
        let tokens = tokenize("東京都 a 市");
        let pairs: Vec<_> = pairs(&tokens).map(|(place, pair)| (place, pair.exact)).collect();
        assert_eq!(pairs, [(0, "東京".to_owned()), (1, "京都".to_owned())]);
    }

    #[test]
    fn emoji_punctuation_and_control_characters_are_no_words() {
        assert!(words("🎬🔥 \u{0}\u{1b} --- \u{202e} …!").is_empty());
    }

    proptest! {
        #[test]
        fn offsets_lie_on_characters_in_order(text in "\\PC{0,80}|.{0,80}") {
            let tokens = tokenize(&text);
            let mut last = 0;
            for token in &tokens {
                prop_assert!(text.get(token.start..token.end).is_some());
                prop_assert!(token.start >= last && token.end > token.start);
                last = token.end;
            }
        }

        #[test]
        fn folding_twice_is_folding_once(text in ".{0,40}") {
            for token in tokenize(&text) {
                prop_assert_eq!(fold::fold(&fold::surface(&token.exact)), token.exact);
            }
        }
    }
}
