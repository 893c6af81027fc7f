//! Cursors: opaque to clients, checked when they come back.

use std::cmp::Reverse;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::SearchError;
use crate::order::{Order, Place};
use crate::query::limits::MAX_CURSOR_BYTES;
use crate::query::{Grouping, SearchRequest};

/// First byte of a cursor; changes with its layout.
const LAYOUT: u8 = 3;
/// Layout, request, generation, key, kind of order, a number, checksum; a text is longer.
const BYTES: usize = 1 + 16 + 8 + 16 + 1 + 8 + 8;

/// A place in a ranking: after the answer that stands there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cursor {
    /// Whose ranking.
    pub(crate) request: Fingerprint,
    /// State of the index that the ranking was made from.
    pub(crate) generation: u64,
    pub(crate) place: Place,
}

/// What a ranking depends on, apart from the index: tenant, words, filters, grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 16]);

impl Fingerprint {
    pub(crate) fn of(request: &SearchRequest) -> Self {
        let mut hash = Sha256::new();
        hash.update(request.tenant().as_uuid().as_bytes());
        hash.update([match request.grouping() {
            Grouping::Flat => 0,
            Grouping::ByAsset => 1,
            Grouping::ByScene => 2,
        }]);
        hash.update(format!(
            "{:?}",
            (request.sort(), request.spread(), request.expansion(), request.weights(), request.min_probability(),)
        ));
        if !request.spaces_beside().is_empty() {
            hash.update(format!("{:?}", request.spaces_beside()));
        }
        if let Some(count) = request.rerank() {
            hash.update(format!("rerank {count}"));
        }
        hash.update((request.query().text().len() as u64).to_be_bytes());
        hash.update(request.query().text());
        // A filter holds nothing that cannot be written as JSON.
        hash.update(serde_json::to_vec(request.filter()).unwrap_or_default());
        Self(front(&hash.finalize()))
    }
}

/// The first bytes of a hash.
fn front<const N: usize>(hash: &[u8]) -> [u8; N] {
    let mut front = [0; N];
    front.iter_mut().zip(hash).for_each(|(to, from)| *to = *from);
    front
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    front(&Sha256::new().chain_update("reelgraph search cursor").chain_update(bytes).finalize())
}

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(BYTES);
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.request.0);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(self.place.key.as_bytes());
        let (kind, order) = match &self.place.order {
            Order::Number(Reverse(number)) => (b'n', number.to_be_bytes().to_vec()),
            Order::Ascending(key) => (b'a', key.clone().into_bytes()),
            Order::Descending(Reverse(key)) => (b'd', key.clone().into_bytes()),
            Order::Missing => (b'-', Vec::new()),
        };
        bytes.push(kind);
        bytes.extend_from_slice(&order);
        bytes.extend_from_slice(&checksum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub(crate) fn decode(text: &str) -> Result<Self, SearchError> {
        if text.len() > MAX_CURSOR_BYTES {
            return Err(SearchError::BadCursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SearchError::BadCursor)?;
        Self::read(&bytes).ok_or(SearchError::BadCursor)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_last_chunk::<8>()?;
        if *sum != checksum(body) {
            return None;
        }
        let (layout, rest) = body.split_first()?;
        let (request, rest) = rest.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<8>()?;
        let (key, rest) = rest.split_first_chunk::<16>()?;
        let (kind, order) = rest.split_first()?;
        let text = || String::from_utf8(order.to_vec()).ok();
        let order = match kind {
            b'n' => Order::Number(Reverse(i64::from_be_bytes(order.try_into().ok()?))),
            b'a' => Order::Ascending(text()?),
            b'd' => Order::Descending(Reverse(text()?)),
            b'-' if order.is_empty() => Order::Missing,
            _ => return None,
        };
        (*layout == LAYOUT).then(|| Self {
            request: Fingerprint(*request),
            generation: u64::from_be_bytes(*generation),
            place: Place { order, key: Uuid::from_bytes(*key) },
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reelgraph_models::id::TenantId;

    use super::*;
    use crate::order::title_key;

    fn place(order: i64, key: u128) -> Place {
        Place { order: Order::Number(Reverse(order)), key: Uuid::from_u128(key) }
    }

    fn cursor(query: &str) -> Cursor {
        let request = SearchRequest::parse(TenantId::DEFAULT, query).unwrap_or_else(|error| panic!("{error}"));
        Cursor { request: Fingerprint::of(&request), generation: 7, place: place(5, 9) }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        assert_eq!(Cursor::decode(&cursor("red car").encode()).ok(), Some(cursor("red car")));
    }

    #[test]
    fn a_cursor_carries_an_order_by_text_of_any_length_that_there_is() {
        let longest = title_key(&"é日".repeat(100)).unwrap_or_default();
        for order in [Order::Ascending(longest.clone()), Order::Descending(Reverse(longest)), Order::Missing] {
            let base = cursor("kind:shot");
            let cursor = Cursor { place: Place { order, ..base.place.clone() }, ..base };
            assert_eq!(Cursor::decode(&cursor.encode()).ok(), Some(cursor));
        }
    }

    #[test]
    fn a_cursor_that_was_changed_is_refused() {
        let good = cursor("red car").encode();
        for at in 0..good.len() {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8_lossy(&bytes).into_owned();
            if forged != good {
                assert!(matches!(Cursor::decode(&forged), Err(SearchError::BadCursor)), "{forged}");
            }
        }
    }

    #[test]
    fn another_query_has_another_fingerprint() {
        assert_ne!(cursor("red car").request, cursor("red cars").request);
    }

    #[test]
    fn answers_after_a_place_have_a_lower_order_or_a_later_key() {
        assert!(place(4, 1) > place(5, 9));
        assert!(place(5, 10) > place(5, 9));
        assert!(place(6, 10) < place(5, 9));
    }

    proptest! {
        #[test]
        fn no_string_breaks_the_reader(text in ".{0,300}") {
            prop_assert!(Cursor::decode(&text).is_err());
        }
    }
}
