//! What a document may cost, found out before anything recurses over it.
//!
//! async-graphql bounds depth and complexity, but only after its parser and its own checks have recursed over the document:
//! brackets nested a hundred thousand deep overflow the parser's stack, and a handful of fragments that each spread the next
//! one twice keep its checks busy for hours. So a flat scan comes before the parser, and a count with memory before the rest.

mod guard;
mod scan;
mod unfold;

pub(crate) use guard::GuardFactory;
pub(super) use unfold::UNFOLDED_LEVELS;

use async_graphql::parser::{parse_query, types::ExecutableDocument};

use super::error::{Code, PublicError};
use crate::settings::Limits;

/// Parses a document after making sure that it is bounded.
///
/// # Errors
/// [`Code::LimitExceeded`] naming the limit, [`Code::ParseFailed`] where it is no GraphQL.
pub(crate) fn admit(document: &str, limits: &Limits) -> Result<ExecutableDocument, PublicError> {
    scan::scan(document, limits)?;
    let parsed = parse_query(document)
        .map_err(|error| PublicError::at(Code::ParseFailed, error.to_string(), error.positions()))?;
    unfold::check(&parsed, limits)?;
    Ok(parsed)
}

/// The error for a document that is `over` some limit of `limit` `unit`s.
fn exceeded(subject: &str, limit: usize, unit: &str) -> PublicError {
    PublicError::new(Code::LimitExceeded, format!("the {subject} exceeds the limit of {limit} {unit}"))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn code(document: &str) -> Option<Code> {
        admit(document, &Limits::default()).err().map(|error| error.code())
    }

    #[test]
    fn ordinary_documents_pass() {
        let document = r#"query Q($a: [Int!] = [1, 2]) { a: node(id: "}{") { ...F } } fragment F on Node { id # }}}
        }"#;
        assert_eq!(code(document), None);
    }

    #[test]
    fn deep_brackets_never_reach_the_parser() {
        for open in ["{a", "[", "a(b:{c:"] {
            assert_eq!(code(&format!("{{x(y:{}", open.repeat(20_000 / open.len()))), Some(Code::LimitExceeded));
        }
    }

    #[test]
    fn a_fragment_bomb_is_counted_without_being_unfolded() {
        let mut document = "{ ...f0 }".to_owned();
        for level in 0..25 {
            document += &format!("fragment f{level} on Q {{ ...f{next} ...f{next} }}\n", next = level + 1);
        }
        document += "fragment f25 on Q { a }";
        let start = Instant::now();
        assert_eq!(code(&document), Some(Code::LimitExceeded));
        assert!(start.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn a_long_chain_of_fragments_is_too_deep() {
        let chain: String = (0..100).map(|n| format!("fragment f{n} on Q {{ a {{ ...f{} }} }}\n", n + 1)).collect();
        assert_eq!(code(&format!("{{ ...f0 }} {chain} fragment f100 on Q {{ a }}")), Some(Code::LimitExceeded));
    }

    #[test]
    fn a_fragment_cycle_is_named() {
        let document = "{ ...a } fragment a on Q { ...b } fragment b on Q { ...a }";
        assert_eq!(code(document), Some(Code::ValidationFailed));
    }

    #[test]
    fn aliases_and_tokens_are_counted() {
        let aliases: String = (0..10_000).map(|n| format!("a{n}:b ")).collect();
        assert_eq!(code(&format!("{{{aliases}}}")), Some(Code::LimitExceeded));
        assert_eq!(code(&format!("{{{}}}", "b ".repeat(20_000))), Some(Code::LimitExceeded));
        assert_eq!(code(&format!("{{b{}}}", " ".repeat(100_000))), Some(Code::LimitExceeded));
    }

    #[test]
    fn what_is_no_graphql_is_a_parse_error() {
        for document in ["", "nonsense", "{", "query { a } }", "\u{0}", "{ a(b: \"unclosed) }"] {
            assert_eq!(code(document), Some(Code::ParseFailed), "{document:?}");
        }
    }
}
