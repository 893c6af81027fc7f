//! From tokens to words.
//!
//! Follows `Tokenizer.split_to_word_tokens` and `merge_punctuations` of OpenAI's `whisper/tokenizer.py` and `timing.py`.

use std::ops::Range;

use reelgraph_models::language::has_blanks_between_words;

use super::vocabulary::Vocabulary;

/// Punctuation that belongs to the word after it.
const OPENING: &str = "\"'“¿([{-«";
/// Punctuation that belongs to the word before it.
const CLOSING: &str = "\"'.。,，!！?？:：”)]}、»…;；";

/// A word as a range of tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenWord {
    /// Without surrounding blanks.
    pub(crate) text: String,
    /// Indices of all its tokens, punctuation included.
    pub(crate) tokens: Range<usize>,
    /// Indices of the tokens that are spoken: without leading and trailing punctuation.
    pub(crate) spoken: Range<usize>,
}

/// Divides the text tokens `range` of `tokens` into words.
pub(crate) fn split(vocabulary: &Vocabulary, tokens: &[u32], range: Range<usize>, language: &str) -> Vec<TokenWord> {
    let characters = whole_characters(vocabulary, tokens, range);
    // Without blanks, a word is a character.
    let units = if has_blanks_between_words(language) { by_blanks(characters) } else { characters };
    merge_punctuation(units)
}

/// The smallest groups of tokens that are whole characters; the text keeps its blanks.
fn whole_characters(vocabulary: &Vocabulary, tokens: &[u32], range: Range<usize>) -> Vec<TokenWord> {
    let (mut units, mut bytes, mut first) = (Vec::new(), Vec::new(), range.start);
    for index in range.clone() {
        bytes.extend_from_slice(tokens.get(index).map_or(&[][..], |token| vocabulary.bytes(*token)));
        let is_last = index + 1 == range.end;
        // A character is at most four bytes; what is longer and still broken is wrong for good.
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(error) if error.error_len().is_none() && !is_last => continue,
            Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        units.push(TokenWord { text, tokens: first..index + 1, spoken: first..index + 1 });
        first = index + 1;
        bytes.clear();
    }
    units
}

/// Joins units to words: a word begins at a blank or with punctuation.
fn by_blanks(units: Vec<TokenWord>) -> Vec<TokenWord> {
    let mut words: Vec<TokenWord> = Vec::with_capacity(units.len());
    for unit in units {
        let begins = unit.text.starts_with(' ') || is_punctuation(&unit.text);
        match words.last_mut() {
            Some(word) if !begins && !is_punctuation(&word.text) => {
                word.text.push_str(&unit.text);
                word.tokens.end = unit.tokens.end;
                word.spoken.end = unit.spoken.end;
            }
            _ => words.push(unit),
        }
    }
    words
}

fn is_punctuation(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_punctuation() || CLOSING.contains(c) || OPENING.contains(c))
}

/// Attaches punctuation to the words that it belongs to and drops the blanks.
fn merge_punctuation(units: Vec<TokenWord>) -> Vec<TokenWord> {
    let mut words: Vec<TokenWord> = Vec::with_capacity(units.len());
    let mut opening: Option<TokenWord> = None;
    for mut unit in units {
        let blank_before = unit.text.starts_with(char::is_whitespace);
        let text = unit.text.trim().to_owned();
        if text.is_empty() {
            continue;
        }
        if is_punctuation(&text) && opening.is_none() {
            if blank_before && text.chars().all(|c| OPENING.contains(c)) || words.is_empty() {
                opening = Some(unit);
                continue;
            }
            if let Some(word) = words.last_mut() {
                word.text.push_str(&text);
                word.tokens.end = unit.tokens.end;
                continue;
            }
        }
        unit.text = text;
        if let Some(mark) = opening.take() {
            unit.text.insert_str(0, mark.text.trim());
            unit.tokens.start = mark.tokens.start;
        }
        words.push(unit);
    }
    if let (Some(mark), Some(word)) = (opening, words.last_mut()) {
        word.text.push_str(mark.text.trim());
        word.tokens.end = mark.tokens.end;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::vocabulary::tests::toy;
    use super::*;

    fn words(texts: &[&str], language: &str) -> Vec<(String, Range<usize>, Range<usize>)> {
        let tokens: Vec<u32> = (0..texts.len() as u32).collect();
        let words = split(&toy(texts), &tokens, 0..texts.len(), language);
        words.into_iter().map(|word| (word.text, word.tokens, word.spoken)).collect()
    }

    #[test]
    fn pieces_of_a_word_are_joined_and_its_punctuation_goes_along_unspoken() {
        let found = words(&[" call", "igraphy", ",", " and", " \"", "why", "?\""], "en");
        let expected = [("calligraphy,", 0..3, 0..2), ("and", 3..4, 3..4), ("\"why?\"", 4..7, 5..6)];
        assert_eq!(found, expected.map(|(text, tokens, spoken)| (text.to_owned(), tokens, spoken)));
    }

    #[test]
    fn apostrophes_and_hyphens_stay_inside_words() {
        let texts: Vec<String> = words(&[" don", "'t", " well", "-", "known"], "en").into_iter().map(|w| w.0).collect();
        assert_eq!(texts, ["don't", "well-", "known"]);
    }

    #[test]
    fn scripts_without_blanks_are_divided_by_character() {
        let texts: Vec<String> = words(&["客", "観", "的", "。"], "ja").into_iter().map(|w| w.0).collect();
        assert_eq!(texts, ["客", "観", "的。"]);
    }

    #[test]
    fn nothing_gives_no_words() {
        assert_eq!(words(&[], "en"), []);
        assert_eq!(words(&[" ", "."], "en"), []);
    }
}
