//! A query string as tokens, each with its place.

/// A stretch of the query string, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A piece of the query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// Anything up to a blank, bracket, comma inside a call, or quotation mark.
    Chunk(Place),
    /// What stands between two quotation marks.
    Quoted(Place),
    /// `(`, and whether it follows a chunk without a blank.
    Open { at: usize, is_attached: bool },
    /// `)`.
    Close(usize),
    /// `-` before something.
    Minus(usize),
    /// `,`.
    Comma(usize),
}

impl Token {
    pub(super) fn place(self) -> Place {
        match self {
            Self::Chunk(place) | Self::Quoted(place) => place,
            Self::Open { at, .. } | Self::Close(at) | Self::Minus(at) | Self::Comma(at) => {
                Place { start: at, end: at + 1 }
            }
        }
    }
}

/// Double quotation marks of any style.
fn is_mark(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}' | '\u{300c}' | '\u{300d}')
}

/// Cuts a query into tokens. A quotation mark without a partner counts as a blank.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chunk: Option<usize> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let is_special = c.is_whitespace() || is_mark(c) || matches!(c, '(' | ')' | ',');
        if is_special {
            if let Some(start) = chunk.take() {
                tokens.push(Token::Chunk(Place { start, end: at }));
            }
        } else if chunk.is_none() {
            let follows_blank = tokens.last().is_none_or(|last: &Token| {
                last.place().end < at || matches!(last, Token::Open { .. } | Token::Comma(_) | Token::Minus(_))
            });
            let precedes_something = chars.peek().is_some_and(|(_, next)| !next.is_whitespace() && *next != '-');
            match c {
                '-' if follows_blank && precedes_something => tokens.push(Token::Minus(at)),
                _ => chunk = Some(at),
            }
        }
        match c {
            '(' => {
                let is_attached = matches!(tokens.last(), Some(Token::Chunk(place)) if place.end == at);
                tokens.push(Token::Open { at, is_attached });
            }
            ')' => tokens.push(Token::Close(at)),
            ',' => tokens.push(Token::Comma(at)),
            c if is_mark(c) => {
                let start = at + c.len_utf8();
                let rest = text.get(start..).unwrap_or_default();
                if let Some(length) = rest.find(is_mark) {
                    tokens.push(Token::Quoted(Place { start, end: start + length }));
                    while chars.peek().is_some_and(|(next, _)| *next <= start + length) {
                        chars.next();
                    }
                }
            }
            _ => {}
        }
    }
    if let Some(start) = chunk {
        tokens.push(Token::Chunk(Place { start, end: text.len() }));
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let show = |token: &Token| match token {
            Token::Chunk(place) => text[place.start..place.end].to_owned(),
            Token::Quoted(place) => format!("[{}]", &text[place.start..place.end]),
            Token::Open { is_attached: true, .. } => "(+".to_owned(),
            Token::Open { .. } => "(".to_owned(),
            Token::Close(_) => ")".to_owned(),
            Token::Minus(_) => "not".to_owned(),
            Token::Comma(_) => ",".to_owned(),
        };
        tokens(text).iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_query_falls_into_chunks_quotes_brackets_and_minus_signs() {
        assert_eq!(shown("red car -blue"), "red car not blue");
        assert_eq!(shown("well-known - x --y"), "well-known - x --y");
        assert_eq!(shown("said:\"a b\"c"), "said: [a b] c");
        assert_eq!(shown("„rote Autos“ «x»"), "[rote Autos] [x]");
        assert_eq!(shown("then(a, -b, 5s) (c)"), "then (+ a , not b , 5s ) ( c )");
        assert_eq!(shown("red \"car"), "red car");
        assert_eq!(shown("-\"a b\" -(c)"), "not [a b] not ( c )");
    }
}
