//! How deep brackets of Turtle lie in each other: its reader keeps whatever is open, so a small file could take all memory.

use super::error::VocabularyError;

/// Most brackets that may be open at once; vocabularies have one or two.
const MAX_OPEN: usize = 100;

/// Looks at brackets outside of strings, addresses and comments.
///
/// # Errors
/// [`VocabularyError::TooDeep`].
pub(super) fn check(turtle: &[u8]) -> Result<(), VocabularyError> {
    let (mut open, mut line, mut rest) = (0_usize, 1, turtle);
    while let [letter, after @ ..] = rest {
        rest = match letter {
            b'"' | b'\'' => behind_string(*letter, rest),
            b'<' => behind(after, |letter| matches!(letter, b'>' | b'\n')),
            b'#' => behind(after, |letter| letter == b'\n'),
            // An escaped letter of a name.
            b'\\' => after.get(1..).unwrap_or_default(),
            _ => after,
        };
        match letter {
            b'(' | b'[' => open += 1,
            b')' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        let passed = turtle.len() - rest.len();
        if open > MAX_OPEN {
            line += turtle.iter().take(passed).filter(|letter| **letter == b'\n').count();
            return Err(VocabularyError::TooDeep { line, limit: MAX_OPEN });
        }
    }
    Ok(())
}

/// What follows the first letter that ends something.
fn behind(text: &[u8], ends: impl Fn(u8) -> bool) -> &[u8] {
    let end = text.iter().position(|letter| ends(*letter));
    end.and_then(|end| text.get(end + 1..)).unwrap_or_default()
}

/// What follows a string in one or three quotation marks.
fn behind_string(mark: u8, text: &[u8]) -> &[u8] {
    let long = [mark; 3];
    let is_long = text.starts_with(&long);
    let mut rest = text.get(if is_long { 3 } else { 1 }..).unwrap_or_default();
    while let [letter, after @ ..] = rest {
        rest = match letter {
            b'\\' => after.get(1..).unwrap_or_default(),
            letter if *letter == mark && !is_long => return after,
            // No short string goes on in the next line.
            b'\n' if !is_long => return after,
            _ if is_long && rest.starts_with(&long) => return rest.get(3..).unwrap_or_default(),
            _ => after,
        };
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_that_never_close_are_refused_with_their_line() {
        for open in ["(", "[ <http://x/p> "] {
            let text = format!("<http://x/a> <http://x/b>\n{}", open.repeat(1_000));
            assert!(matches!(check(text.as_bytes()), Err(VocabularyError::TooDeep { line: 2, .. })));
        }
    }

    #[test]
    fn brackets_in_strings_addresses_and_comments_are_letters() {
        let smile = "a \"(:\" , ':(' , \"\"\"(\n\"(\"\"\" , <http://x/(> , x\\( . # ((\n".repeat(1_000);
        assert!(check(smile.as_bytes()).is_ok());
        assert!(check("[ ( ) ] ".repeat(10_000).as_bytes()).is_ok());
    }
}
