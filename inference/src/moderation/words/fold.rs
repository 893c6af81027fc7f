//! A text without its accidents, with the way back to its characters.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A character of the folded text, and which character of the text it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) ch: char,
    pub(super) at: usize,
}

/// A word of a script that puts blanks between words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Folded.
    pub(super) form: String,
    /// Its place in the folded text.
    pub(super) place: Range<usize>,
}

/// What a character does to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Part of a word between blanks.
    Word,
    /// Of a script without blanks between words.
    Unspaced,
    /// A word by itself, such as an emoji.
    Sign,
    /// Neither.
    Gap,
}

/// Lower case, compatibility forms taken apart (UAX 15, NFKD), so that full-width and composed letters are what they look like;
/// ß is ss, apostrophes are one.
pub(super) fn fold(text: &str) -> Vec<Folded> {
    let mut folded = Vec::with_capacity(text.len());
    for (at, source) in text.chars().enumerate() {
        decompose_compatible(source, |part| {
            for ch in part.to_lowercase() {
                match ch {
                    'ß' => folded.extend([Folded { ch: 's', at }, Folded { ch: 's', at }]),
                    '’' | '‘' | 'ʼ' | '`' | '´' => folded.push(Folded { ch: '\'', at }),
                    ch => folded.push(Folded { ch, at }),
                }
            }
        });
    }
    folded
}

/// A folded string.
pub(super) fn fold_string(text: &str) -> String {
    fold(text).into_iter().map(|folded| folded.ch).collect()
}

/// A folded string without the accents of Latin, Greek and Cyrillic; other scripts' marks are letters and stay.
pub(super) fn without_accents(form: &str) -> String {
    form.chars().filter(|ch| !matches!(ch, '\u{300}'..='\u{36f}')).collect()
}

/// What a folded character does to words; a mark does what the letter before it does.
pub(super) fn kind(ch: char) -> Kind {
    if matches!(ch, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3005}'..='\u{3007}'
        | '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
    {
        Kind::Unspaced
    } else if ch.is_alphanumeric() || is_combining_mark(ch) {
        Kind::Word
    } else if matches!(ch, '\u{1f300}'..='\u{1faff}') {
        Kind::Sign
    } else {
        Kind::Gap
    }
}

/// The words between blanks, in order. Runs of scripts without blanks are left out.
pub(super) fn tokens(text: &[Folded]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut previous = Kind::Gap;
    for (place, Folded { ch, .. }) in text.iter().enumerate() {
        let here = if is_combining_mark(*ch) && previous != Kind::Gap { previous } else { kind(*ch) };
        match (here, tokens.last_mut()) {
            (Kind::Word, Some(last)) if previous == Kind::Word => {
                last.form.push(*ch);
                last.place.end = place + 1;
            }
            (Kind::Word | Kind::Sign, _) => tokens.push(Token { form: ch.to_string(), place: place..place + 1 }),
            (Kind::Unspaced | Kind::Gap, _) => {}
        }
        previous = here;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<String> {
        tokens(&fold(text)).into_iter().map(|token| token.form).collect()
    }

    #[test]
    fn composed_and_taken_apart_letters_are_one() {
        assert_eq!(fold_string("CAFÉ"), fold_string("cafe\u{301}"));
        assert_eq!(fold_string("ｆｕｌｌ"), "full");
        assert_eq!(fold_string("Straße"), "strasse");
        assert_eq!(without_accents(&fold_string("naïve")), "naive");
        assert_ne!(without_accents(&fold_string("が")), without_accents(&fold_string("か")));
    }

    #[test]
    fn words_end_at_blanks_signs_and_where_the_script_changes() {
        assert_eq!(forms("It's a well-known fact"), ["it", "s", "a", "well", "known", "fact"]);
        assert_eq!(forms("これはvideoです"), ["video"]);
        assert_eq!(forms("so 🖕🖕 there"), ["so", "🖕", "🖕", "there"]);
        assert_eq!(forms("नमस्ते दुनिया").len(), 2);
    }

    #[test]
    fn the_way_back_leads_to_the_character() {
        let folded = fold("ﬁn é!");
        let places: Vec<usize> = folded.iter().map(|folded| folded.at).collect();
        assert_eq!(places, [0, 0, 1, 2, 3, 3, 4]);
    }
}
