//! Pages of connections: how many items, after which cursor.
//!
//! A cursor is opaque: base64url of the connection's fingerprint and the last item's sort key. The fingerprint covers the
//! connection's name and every argument that decides order and content, so that a cursor of another query is refused rather
//! than answered with a page that makes no sense.

use async_graphql::connection::{CursorType, Edge};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::error::{Code, PublicError};
use crate::settings::Limits;

/// What a connection lists, in which order: the part of a cursor that must be the same from page to page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 6]);

impl Fingerprint {
    /// The fingerprint of the connection of that name with those arguments.
    pub(crate) fn new(connection: &str, arguments: &impl Serialize) -> Self {
        let mut hash = Sha256::new();
        hash.update(connection.as_bytes());
        hash.update([0]);
        // Serialising plain values to memory cannot fail; if it did, the cursors would merely all be alike.
        hash.update(serde_json::to_vec(arguments).unwrap_or_default());
        let mut short = [0; 6];
        short.iter_mut().zip(hash.finalize().iter()).for_each(|(to, from)| *to = *from);
        Self(short)
    }
}

/// An encoded cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cursor(String);

impl Cursor {
    /// Longest text that can be a cursor; longer ones are refused unread. Titles in keys are bounded far below.
    const MAX_BYTES: usize = 8 * 1024;

    /// The cursor of the item with that sort key.
    pub(crate) fn new(fingerprint: Fingerprint, key: &impl Serialize) -> Self {
        let mut bytes = fingerprint.0.to_vec();
        bytes.extend(serde_json::to_vec(key).unwrap_or_default());
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The sort key in a client's cursor.
    ///
    /// # Errors
    /// [`Code::BadCursor`] for what is no cursor, [`Code::ForeignCursor`] for one of another query.
    pub(crate) fn decode<K: DeserializeOwned>(text: &str, fingerprint: Fingerprint) -> Result<K, PublicError> {
        let bad = || PublicError::new(Code::BadCursor, "after is not a cursor of this server");
        if text.len() > Self::MAX_BYTES {
            return Err(bad());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
        let (stamp, key) = bytes.split_at_checked(fingerprint.0.len()).ok_or_else(bad)?;
        let value: serde_json::Value = serde_json::from_slice(key).map_err(|_| bad())?;
        if stamp != fingerprint.0 {
            let message = "after is a cursor of another query; page with the same arguments that the first page had";
            return Err(PublicError::new(Code::ForeignCursor, message));
        }
        serde_json::from_value(value).map_err(|_| bad())
    }
}

impl CursorType for Cursor {
    type Error = std::convert::Infallible;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Ok(Self(text.to_owned()))
    }

    fn encode_cursor(&self) -> String {
        self.0.clone()
    }
}

/// How many items, after which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page<K> {
    /// At least 1, at most [`Limits::page_items`].
    pub first: u32,
    /// Sort key of the last item of the page before.
    pub after: Option<K>,
}

impl<K: DeserializeOwned> Page<K> {
    /// Checks a client's page arguments.
    ///
    /// # Errors
    /// [`Code::BadUserInput`] for a page below 1, [`Code::LimitExceeded`] for one that is too long, and those of
    /// [`Cursor::decode`].
    pub(crate) fn new(
        first: Option<i32>,
        after: Option<&str>,
        fingerprint: Fingerprint,
        limits: &Limits,
    ) -> Result<Self, PublicError> {
        let after = after.map(|text| Cursor::decode(text, fingerprint)).transpose()?;
        Ok(Self { first: page_size(first, limits)?, after })
    }
}

pub(crate) fn page_size(first: Option<i32>, limits: &Limits) -> Result<u32, PublicError> {
    let Some(first) = first else { return Ok(limits.default_page_items) };
    match u32::try_from(first) {
        Ok(0) | Err(_) => Err(PublicError::new(Code::BadUserInput, "first must be at least 1")),
        Ok(size) if size > limits.page_items => {
            Err(PublicError::new(Code::LimitExceeded, format!("first is at most {}", limits.page_items)))
        }
        Ok(size) => Ok(size),
    }
}

/// The cost of a connection: its page times what one item costs, for async-graphql's count of complexity. A page size that
/// will be refused anyway counts as it is written, bounded.
pub(crate) fn cost(first: Option<i32>, child: usize) -> usize {
    let size = first.and_then(|size| usize::try_from(size).ok()).unwrap_or(20).clamp(1, 1_000);
    size.saturating_mul(child.max(1)).saturating_add(1)
}

/// An edge without fields of its own.
pub(crate) fn edge<N: async_graphql::OutputType>(
    cursor: Cursor,
    node: N,
) -> Edge<Cursor, N, async_graphql::connection::EmptyFields> {
    Edge::new(cursor, node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_only_in_its_own_query() -> Result<(), serde_json::Error> {
        let here = Fingerprint::new("assets", &("title", 1));
        let there = Fingerprint::new("assets", &("title", 2));
        let cursor = Cursor::new(here, &("a title", 42_u64)).encode_cursor();
        let code = |result: Result<(String, u64), PublicError>| result.map_err(|error| error.code());
        assert_eq!(code(Cursor::decode(&cursor, here)), Ok(("a title".to_owned(), 42)));
        assert_eq!(code(Cursor::decode(&cursor, there)), Err(Code::ForeignCursor));
        for wrong in ["", "x", "!!!", "AAAA", "AAAAAAAAAAAA", &cursor[1..], &"A".repeat(1_000_000)] {
            assert_eq!(code(Cursor::decode(wrong, here)), Err(Code::BadCursor), "{wrong:.20}");
        }
        Ok(())
    }

    #[test]
    fn pages_have_a_size_between_one_and_the_limit() {
        let limits = Limits::default();
        assert_eq!(page_size(None, &limits).ok(), Some(20));
        assert_eq!(page_size(Some(100), &limits).ok(), Some(100));
        assert_eq!(page_size(Some(0), &limits).err().map(|e| e.code()), Some(Code::BadUserInput));
        assert_eq!(page_size(Some(-5), &limits).err().map(|e| e.code()), Some(Code::BadUserInput));
        assert_eq!(page_size(Some(101), &limits).err().map(|e| e.code()), Some(Code::LimitExceeded));
    }

    #[test]
    fn nested_pages_multiply() {
        assert_eq!(cost(Some(100), cost(Some(100), 5)), 100 * 501 + 1);
        assert_eq!(cost(Some(-1), 5), 101);
    }
}
