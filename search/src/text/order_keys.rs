//! Orders by a text: in one segment by the place of each key among all of them, between segments by the keys themselves.

use std::cmp::Reverse;
use std::ops::Range;

use tantivy::columnar::{StrColumn, TermOrdHit};
use tantivy::{DocId, SegmentReader};

use super::schema::{Fields, Scope};
use crate::order::Order;
use crate::query::Direction;

/// Which keys are read.
pub(super) struct KeySource {
    field: String,
    /// What every word of the field begins with.
    beginning: String,
    /// What comes after every such word.
    end: String,
    direction: Direction,
}

/// The keys of one segment.
pub(super) struct OrderKeys {
    words: Option<StrColumn>,
    /// Places of the words of the field.
    range: Range<u64>,
    beginning: String,
    direction: Direction,
}

impl KeySource {
    /// Keys of a field of that name, or of the title where it is empty.
    pub(super) fn new(fields: &Fields, scope: &Scope, name: &str, direction: Direction) -> Self {
        Self {
            field: fields.schema.get_field_name(fields.order_key).to_owned(),
            beginning: scope.order_word(name, ""),
            end: scope.after_order_words(name),
            direction,
        }
    }

    pub(super) fn open(&self, segment: &SegmentReader) -> tantivy::Result<OrderKeys> {
        let words = segment.fast_fields().str(&self.field)?;
        let mut keys = OrderKeys { words, range: 0..0, beginning: self.beginning.clone(), direction: self.direction };
        keys.range = keys.at(&self.beginning)?.0..keys.at(&self.end)?.0;
        Ok(keys)
    }
}

/// Numbers are twice the place of a key, so that there is one between any two; the greatest comes first.
impl OrderKeys {
    /// The place of the first word that does not come before that, and whether it is the same.
    fn at(&self, word: &str) -> tantivy::Result<(u64, bool)> {
        let Some(words) = &self.words else { return Ok((0, false)) };
        Ok(match words.dictionary().term_ord_or_next(word)? {
            TermOrdHit::Exact(place) => (place, true),
            // Behind the last word it answers with the greatest number there is.
            TermOrdHit::Next(place) => (place.min(words.num_terms() as u64), false),
        })
    }

    /// The number of a moment; the least where it has no key.
    pub(super) fn number(&self, doc: DocId) -> i64 {
        let Some(words) = &self.words else { return i64::MIN };
        let place = words.term_ords(doc).find(|place| self.range.contains(place));
        place.and_then(|place| i64::try_from(place).ok()).map_or(i64::MIN, |place| self.directed(place * 2))
    }

    /// What a number of a moment stands for.
    pub(super) fn order(&self, number: i64) -> tantivy::Result<Order> {
        let (Some(words), true) = (&self.words, number != i64::MIN) else { return Ok(Order::Missing) };
        let mut word = String::new();
        words.ord_to_str(number.unsigned_abs() / 2, &mut word)?;
        let key = word.strip_prefix(&self.beginning).unwrap_or_default().to_owned();
        Ok(Order::of_key(key, self.direction))
    }

    /// The number of what stands there, or of where it would stand.
    pub(super) fn place(&self, order: &Order) -> tantivy::Result<i64> {
        let key = match order {
            Order::Ascending(key) | Order::Descending(Reverse(key)) => key,
            Order::Missing | Order::Number(_) => return Ok(i64::MIN),
        };
        let (place, is_there) = self.at(&format!("{}{key}", self.beginning))?;
        let place = i64::try_from(place).unwrap_or(i64::MAX / 2);
        Ok(self.directed(if is_there { place * 2 } else { place * 2 - 1 }))
    }

    fn directed(&self, number: i64) -> i64 {
        match self.direction {
            Direction::Ascending => -number,
            Direction::Descending => number,
        }
    }
}
