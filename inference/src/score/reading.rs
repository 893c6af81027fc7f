//! Scores of text that was read off a picture.

use std::collections::HashMap;

use crate::distance::text_distance;

/// Edits per character of the truth, after runs of blanks became one: 0 is perfect, above 1 is worse than nothing. 0 where
/// both are empty, 1 where only the truth is.
pub fn character_error_rate(truth: &str, reading: &str) -> f64 {
    let (truth, reading) = (one_line(truth), one_line(reading));
    let length = truth.chars().count();
    match (length, reading.is_empty()) {
        (0, true) => 0.0,
        (0, false) => 1.0,
        _ => text_distance(&truth, &reading) as f64 / length as f64,
    }
}

/// Part of the words of the truth, counted with repeats and without regard to order, case or marks, that the reading has;
/// `None` where the truth has no words.
pub fn word_recall(truth: &str, reading: &str) -> Option<f64> {
    let wanted = words(truth);
    let mut available: HashMap<&str, usize> = HashMap::new();
    let had = words(reading);
    for word in &had {
        *available.entry(word).or_default() += 1;
    }
    let mut found = 0_usize;
    for word in &wanted {
        if let Some(left @ 1..) = available.get_mut(word.as_str()) {
            *left -= 1;
            found += 1;
        }
    }
    (!wanted.is_empty()).then(|| found as f64 / wanted.len() as f64)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Runs of letters and digits in lower case; each Chinese or Japanese character is a word of its own.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.chars() {
        let ideographic = matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}');
        if (ideographic || !character.is_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if ideographic {
            words.push(character.to_string());
        } else if character.is_alphanumeric() {
            word.extend(character.to_lowercase());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_and_blanks_cost_nothing() {
        assert_eq!(character_error_rate("two\n words", "two words"), 0.0);
        assert_eq!(character_error_rate("abcd", "abxd"), 0.25);
        assert_eq!(character_error_rate("", "x"), 1.0);
    }

    #[test]
    fn each_word_of_the_truth_counts_once() {
        assert_eq!(word_recall("the dog, the cat", "The DOG cat"), Some(0.75));
        assert_eq!(word_recall("韩国小馆", "国小馆"), Some(0.75));
        assert_eq!(word_recall("…", "x"), None);
    }
}
