//! A flat look at a document: bytes, tokens and brackets, without recursion and without building anything.

use super::exceeded;
use crate::graphql::error::PublicError;
use crate::settings::Limits;

/// Counts tokens and open brackets by the lexical grammar (GraphQL specification, section 2.1). Text that is not GraphQL is
/// counted too; refusing it is the parser's part.
pub(super) fn scan(document: &str, limits: &Limits) -> Result<(), PublicError> {
    if document.len() > limits.document_bytes {
        return Err(exceeded("document", limits.document_bytes, "bytes"));
    }
    let mut rest = document;
    let (mut tokens, mut nesting) = (0_usize, 0_usize);
    while let Some(first) = rest.chars().next() {
        let (length, is_token) = token(rest, first);
        tokens += usize::from(is_token);
        match first {
            '{' | '[' | '(' => nesting += 1,
            '}' | ']' | ')' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if nesting > limits.nesting_levels {
            return Err(exceeded("nesting of the document", limits.nesting_levels, "brackets"));
        }
        if tokens > limits.document_tokens {
            return Err(exceeded("document", limits.document_tokens, "tokens"));
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    Ok(())
}

/// Bytes of what `text` begins with, at least 1, and whether it counts as a token.
fn token(text: &str, first: char) -> (usize, bool) {
    let until = |end: fn(char) -> bool| text.find(end).unwrap_or(text.len());
    match first {
        '#' => (until(|c| matches!(c, '\n' | '\r')), false),
        ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}' => (first.len_utf8(), false),
        '"' if text.starts_with("\"\"\"") => (block_string(text), true),
        '"' => (string(text), true),
        c if is_word(c) => (until(|c| !is_word(c)), true),
        _ => (first.len_utf8(), true),
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '+')
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return at,
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

fn block_string(text: &str) -> usize {
    let mut at = 3;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find("\"\"\"")) {
        let end = at + found + 3;
        let is_escaped = text.get(..at + found).is_some_and(|before| before.ends_with('\\'));
        if !is_escaped {
            return end;
        }
        at = end;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_inside_strings_and_comments_do_not_count() {
        let limits = Limits { nesting_levels: 2, ..Limits::default() };
        for document in [
            "{ a(b: \"((((((\") }",
            "{ a # ((((\n }",
            "{ a(b: \"\"\"((( \\\"\"\" (((\"\"\") }",
            "{ a(b: \"\\\"((((\") }",
        ] {
            assert!(scan(document, &limits).is_ok(), "{document}");
        }
        assert!(scan("{ a(b: \"\" c: [[1]]) }", &limits).is_err());
        assert!(scan("{ a(b: \"\\\\\" [[]] ) }", &limits).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_scanned_to_its_end(text in ".{0,300}") {
            let mut rest = text.as_str();
            while let Some(first) = rest.chars().next() {
                let (length, _) = token(rest, first);
                proptest::prop_assert!(length >= 1);
                rest = rest.get(length..).ok_or_else(|| proptest::test_runner::TestCaseError::fail("cut inside a character"))?;
            }
        }
    }
}
