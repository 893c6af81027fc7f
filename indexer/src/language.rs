//! Guessing the language of a text, only where it is sure.

use reelgraph_models::language::code_of_tag;

/// Most of a text that is looked at, in bytes: a page tells as much as a book.
const LOOKED_AT_BYTES: usize = 16 * 1024;

/// Fewest letters that tell anything; a lone ideograph is read into many a texture.
const FEWEST_LETTERS: usize = 4;

/// The code (ISO 639-1, else 639-3) of the language that a text is in; `None` where it is too short or too mixed to tell.
pub(crate) fn guess(text: &str) -> Option<String> {
    let end = text.floor_char_boundary(LOOKED_AT_BYTES);
    text.chars().filter(|letter| letter.is_alphabetic()).nth(FEWEST_LETTERS - 1)?;
    let info = whatlang::detect(text.get(..end)?)?;
    info.is_reliable().then(|| code_of_tag(info.lang().code())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_tells_and_a_word_does_not() {
        let asked =
            "What brings you to the land of the gatekeepers, young traveller, and what are you looking for here?";
        assert_eq!(guess(asked).as_deref(), Some("en"));
        assert_eq!(
            guess("Was führt dich in das Land der Torwächter, und wonach suchst du hier?").as_deref(),
            Some("de")
        );
        assert_eq!(guess("これは私の最後の希望です").as_deref(), Some("ja"));
        assert_eq!(guess("SINTEL"), None);
        assert_eq!(guess("12:30"), None);
        assert_eq!(guess("福"), None);
        assert_eq!(guess(""), None);
    }
}
