//! Breaking the text of a cue into lines.

use crate::language::has_blanks_between_words;

/// Most characters in a line of a script with blanks between words.
const LINE_CHARS: usize = 42;
/// Most characters in a line of a script without: Chinese, Japanese, Thai and their like.
const WIDE_LINE_CHARS: usize = 16;

/// How text of one language is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    line_chars: usize,
    has_blanks: bool,
}

impl Layout {
    pub(super) fn of(language: &str) -> Self {
        let has_blanks = has_blanks_between_words(language);
        Self { line_chars: if has_blanks { LINE_CHARS } else { WIDE_LINE_CHARS }, has_blanks }
    }

    /// Words joined as they are written.
    pub(super) fn join<'w>(self, words: impl IntoIterator<Item = &'w str>) -> String {
        let mut text = String::new();
        for word in words {
            if self.has_blanks && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    /// The fewest lines for these words, as even as can be; `None` where they do not fit a cue. A word that is longer than a
    /// line has a line to itself.
    pub(super) fn lines(self, words: &[&str]) -> Option<Vec<String>> {
        let whole = self.join(words.iter().copied());
        if words.len() <= 1 || chars(&whole) <= self.line_chars {
            return Some(vec![whole]);
        }
        let fits = |line: &[&str]| line.len() == 1 || chars(&self.join(line.iter().copied())) <= self.line_chars;
        let best = (1..words.len())
            .filter_map(|at| words.split_at_checked(at))
            .filter(|(first, second)| fits(first) && fits(second))
            .min_by_key(|(first, second)| {
                let (first_chars, second_chars) =
                    (chars(&self.join(first.iter().copied())), chars(&self.join(second.iter().copied())));
                // A line that ends with a clause is worth a few characters of unevenness.
                let clause = if first.last().is_some_and(|word| ends_clause(word)) { 0 } else { 12 };
                first_chars.abs_diff(second_chars) + clause
            });
        best.map(|(first, second)| vec![self.join(first.iter().copied()), self.join(second.iter().copied())])
    }
}

pub(super) fn chars(text: &str) -> usize {
    text.chars().count()
}

/// Whether a sentence ends with this word.
pub(super) fn ends_sentence(word: &str) -> bool {
    word.trim_end_matches(['"', '”', '’', '\'', '»', ')', '」', '』'])
        .ends_with(['.', '?', '!', '…', '。', '？', '！', '؟', '।'])
}

/// Whether at least a clause ends with this word.
pub(super) fn ends_clause(word: &str) -> bool {
    ends_sentence(word) || word.ends_with([',', ';', ':', '，', '、', '；', '：', '،', '—', '–'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Option<Vec<String>> {
        let words: Vec<&str> = text.split(' ').collect();
        Layout::of("en").lines(&words)
    }

    #[test]
    fn what_fits_one_line_is_one_line_and_what_fits_two_is_two_even_ones() {
        assert_eq!(lines("What brings you to the land?"), Some(vec!["What brings you to the land?".to_owned()]));
        let two = lines("What brings you to the land of the gatekeepers, so far from home?").unwrap_or_default();
        assert_eq!(two, ["What brings you to the land of", "the gatekeepers, so far from home?"]);
        assert_eq!(lines(&"word ".repeat(30)), None);
    }

    #[test]
    fn scripts_without_blanks_have_shorter_lines_and_no_blanks() {
        let words = ["今日", "は", "とても", "いい", "天気", "です", "ね", "、", "散歩", "に", "行きましょう"];
        let found = Layout::of("ja").lines(&words).unwrap_or_default();
        assert_eq!(found, ["今日はとてもいい天気ですね、", "散歩に行きましょう"]);
    }

    #[test]
    fn a_word_longer_than_a_line_is_kept_whole() {
        let long = "x".repeat(60);
        assert_eq!(lines(&long), Some(vec![long]));
    }
}
