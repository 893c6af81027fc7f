//! How far a transcript is from the truth: word and character error rates.
//!
//! Both texts are normalised first: lower case, no punctuation, numbers as they are written. Rates of several texts are
//! those of their sums, so that a long text counts more than a short one.

use std::iter::Sum;
use std::ops::Add;

use crate::distance::edit_distance;

/// Errors against the length of the truth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ErrorRate {
    /// Fewest insertions, deletions and substitutions that turn one text into the other.
    pub errors: usize,
    /// Words or characters of the truth.
    pub length: usize,
}

impl ErrorRate {
    /// Word error rate: edit distance over words, by the number of words of `truth`.
    pub fn of_words(truth: &str, transcript: &str) -> Self {
        let (truth, transcript) = (normalize(truth), normalize(transcript));
        let truth: Vec<&str> = truth.split_whitespace().collect();
        let transcript: Vec<&str> = transcript.split_whitespace().collect();
        Self { errors: edit_distance(&truth, &transcript), length: truth.len() }
    }

    /// Character error rate: edit distance over letters and digits, blanks left out, by their number in `truth`. For
    /// languages written without blanks between words.
    pub fn of_characters(truth: &str, transcript: &str) -> Self {
        let characters = |text: &str| normalize(text).chars().filter(|c| !c.is_whitespace()).collect::<Vec<char>>();
        let (truth, transcript) = (characters(truth), characters(transcript));
        Self { errors: edit_distance(&truth, &transcript), length: truth.len() }
    }

    /// `errors / length`; may exceed 1. For an empty truth: 0 without errors, else 1.
    pub fn rate(self) -> f64 {
        match self.length {
            0 => f64::from(u8::from(self.errors > 0)),
            length => self.errors as f64 / length as f64,
        }
    }
}

impl Add for ErrorRate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { errors: self.errors + other.errors, length: self.length + other.length }
    }
}

impl Sum for ErrorRate {
    fn sum<I: Iterator<Item = Self>>(rates: I) -> Self {
        rates.fold(Self::default(), Add::add)
    }
}

/// Lower case; apostrophes removed (`don't` → `dont`), other punctuation and symbols replaced by blanks; single blanks.
fn normalize(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\'' | '\u{2019}' | '\u{2bc}' => {}
            // Marks (combining accents, the vowel signs of Indic scripts) belong to their letter.
            c if c.is_alphanumeric() || is_mark(c) => normal.push(c),
            _ if normal.ends_with(' ') || normal.is_empty() => {}
            _ => normal.push(' '),
        }
    }
    normal.truncate(normal.trim_end().len());
    normal
}

/// Combining marks of the scripts in common use.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{e31}'..='\u{e4e}' | '\u{1ab0}'..='\u{1aff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_punctuation_and_hyphens_make_no_error() {
        let rate = ErrorRate::of_words("Mr. Quilter's \"forty-two line\" Bible,", "mr quilters forty two line bible");
        assert_eq!(rate, ErrorRate { errors: 0, length: 6 });
    }

    #[test]
    fn each_wrong_missing_or_extra_word_is_one_error() {
        assert_eq!(ErrorRate::of_words("the cat sat on the mat", "the hat sat the mat now").errors, 3);
        assert_eq!(ErrorRate::of_words("a b", "").rate(), 1.0);
        assert_eq!(ErrorRate::of_words("", "invented").rate(), 1.0);
        assert_eq!(ErrorRate::of_words("", "").rate(), 0.0);
    }

    #[test]
    fn characters_are_compared_without_blanks() {
        let rate = ErrorRate::of_characters("客観的実在の、判断的知識。", "客観的 実在 判断的知識");
        assert_eq!(rate, ErrorRate { errors: 1, length: 11 });
    }

    #[test]
    fn rates_of_several_texts_weigh_by_length() {
        let rates = [ErrorRate { errors: 1, length: 1 }, ErrorRate { errors: 0, length: 9 }];
        assert_eq!(rates.into_iter().sum::<ErrorRate>().rate(), 0.1);
    }
}
