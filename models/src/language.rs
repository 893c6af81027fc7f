//! What is known of languages.

/// Languages that are written without blanks between words (ISO 639; Cantonese has no two-letter code).
const WITHOUT_BLANKS: [&str; 8] = ["zh", "yue", "ja", "th", "lo", "my", "km", "bo"];

/// Whether words of that language (ISO 639-1 code) stand apart; languages that are not known count as if they did.
pub fn has_blanks_between_words(language: &str) -> bool {
    !WITHOUT_BLANKS.contains(&language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scripts_without_blanks_have_none() {
        assert!(has_blanks_between_words("en") && has_blanks_between_words("ko") && has_blanks_between_words("xx"));
        assert!(!has_blanks_between_words("ja") && !has_blanks_between_words("yue"));
    }
}
