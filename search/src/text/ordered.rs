//! The moments of which conditions hold, in the order of a property, from any place on: each page costs the same.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::schema::Field;
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};
use uuid::Uuid;

use super::order_keys::{KeySource, OrderKeys};
use super::query::TextCandidate;
use super::refine::refine;
use super::schema::{Fields, Scope};
use super::snapshot::Snapshot;
use crate::order::{Order, Place};
use crate::query::Sort;

/// Where a moment stands among those of one segment, the greatest number first and then by id.
type SegmentPlace = (Reverse<i64>, u128);

/// A stretch of all answers in an order.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    /// The order; not by relevance.
    pub(crate) sort: Sort,
    /// Only what comes after this place.
    pub(crate) after: Option<Place>,
    /// Most answers.
    pub(crate) limit: usize,
}

/// What an order is by.
enum Source {
    /// A number, and whether the greatest comes first.
    Number(String, bool),
    /// The key of a text.
    Key(KeySource),
}

impl Source {
    /// `None` by relevance.
    fn of(fields: &Fields, scope: &Scope, sort: Sort) -> Option<Self> {
        let number = |field: Field, is_greatest_first| {
            Some(Self::Number(fields.schema.get_field_name(field).to_owned(), is_greatest_first))
        };
        match sort {
            Sort::Relevance => None,
            Sort::Newest => number(fields.created, true),
            Sort::Oldest => number(fields.created, false),
            Sort::Longest => number(fields.duration, true),
            Sort::Shortest => number(fields.duration, false),
            Sort::Time => number(fields.start, false),
            Sort::Title(direction) => Some(Self::Key(KeySource::new(fields, scope, "", direction))),
            Sort::Metadata(name, direction) => Some(Self::Key(KeySource::new(fields, scope, &name, direction))),
        }
    }
}

/// Keeps the first answers after a place.
pub(super) struct StretchCollector {
    source: Source,
    moment: [String; 2],
    after: Option<Place>,
    limit: usize,
}

/// What the moments of one segment are ordered by.
enum Numbers {
    /// A number, and whether the greatest comes first.
    Column(Column<i64>, bool),
    /// The place of a key among all keys of the segment.
    Keys(OrderKeys),
}

impl Numbers {
    /// The greatest comes first.
    fn of(&self, doc: DocId) -> i64 {
        match self {
            Self::Column(numbers, is_greatest_first) => {
                let number = numbers.first(doc).unwrap_or_default();
                if *is_greatest_first { number } else { number.saturating_neg() }
            }
            Self::Keys(keys) => keys.number(doc),
        }
    }

    fn order(&self, number: i64) -> tantivy::Result<Order> {
        match self {
            Self::Column(..) => Ok(Order::Number(Reverse(number))),
            Self::Keys(keys) => keys.order(number),
        }
    }

    /// Where that place of all segments is in this one.
    fn place(&self, place: &Place) -> tantivy::Result<SegmentPlace> {
        let number = match (self, &place.order) {
            (Self::Column(..), Order::Number(Reverse(number))) => *number,
            (Self::Keys(keys), order) => keys.place(order)?,
            // Numbers are never missing, so nothing comes after.
            (Self::Column(..), _) => i64::MIN,
        };
        Ok((Reverse(number), place.key.as_u128()))
    }
}

/// Keeps those of one segment.
pub(super) struct Segment {
    ordinal: SegmentOrdinal,
    numbers: Numbers,
    moment: [Column<u64>; 2],
    after: Option<SegmentPlace>,
    limit: usize,
    /// The last one on top.
    first: BinaryHeap<(SegmentPlace, DocId)>,
}

impl StretchCollector {
    /// `None` where the order is not that of a field.
    pub(super) fn new(fields: &Fields, scope: &Scope, stretch: Stretch) -> Option<Self> {
        let name = |field: Field| fields.schema.get_field_name(field).to_owned();
        Some(Self {
            source: Source::of(fields, scope, stretch.sort)?,
            moment: [name(fields.moment_high), name(fields.moment_low)],
            after: stretch.after,
            limit: stretch.limit,
        })
    }

    /// What was collected as candidates, in order, each with where it stands.
    pub(super) fn candidates(
        snapshot: &Snapshot,
        collected: Vec<(Place, DocAddress)>,
    ) -> tantivy::Result<Vec<(Order, TextCandidate)>> {
        let found = refine(snapshot, None, collected.iter().map(|(_, address)| *address), usize::MAX)?;
        let mut found: HashMap<Uuid, TextCandidate> =
            found.into_iter().map(|candidate| (candidate.moment.as_uuid(), candidate)).collect();
        let in_order = collected.into_iter().filter_map(|(place, _)| Some((place.order, found.remove(&place.key)?)));
        Ok(in_order.collect())
    }
}

impl Collector for StretchCollector {
    type Fruit = tantivy::Result<Vec<(Place, DocAddress)>>;
    type Child = Segment;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Segment> {
        let fast = segment.fast_fields();
        let [high, low] = &self.moment;
        let numbers = match &self.source {
            Source::Number(field, is_greatest_first) => Numbers::Column(fast.i64(field)?, *is_greatest_first),
            Source::Key(source) => Numbers::Keys(source.open(segment)?),
        };
        Ok(Segment {
            ordinal,
            after: self.after.as_ref().map(|after| numbers.place(after)).transpose()?,
            numbers,
            moment: [fast.u64(high)?, fast.u64(low)?],
            limit: self.limit,
            first: BinaryHeap::with_capacity(self.limit.saturating_add(1)),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        let mut merged = segments.into_iter().collect::<tantivy::Result<Vec<_>>>()?.concat();
        merged.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        merged.truncate(self.limit);
        Ok(Ok(merged))
    }
}

impl SegmentCollector for Segment {
    type Fruit = tantivy::Result<Vec<(Place, DocAddress)>>;

    fn collect(&mut self, doc: DocId, _: Score) {
        let order = Reverse(self.numbers.of(doc));
        // Most answers lie before or behind the stretch by the number alone, and ids are not read for those.
        let is_before = self.after.is_some_and(|(after, _)| order < after);
        let is_full = self.first.len() >= self.limit;
        if is_before || (is_full && self.first.peek().is_none_or(|((last, _), _)| order > *last)) {
            return;
        }
        let [high, low] = &self.moment;
        let half = |column: &Column<u64>| column.first(doc).unwrap_or_default();
        let place = (order, Uuid::from_u64_pair(half(high), half(low)).as_u128());
        if self.after.is_some_and(|after| place <= after) {
            return;
        }
        self.first.push((place, doc));
        if is_full {
            self.first.pop();
        }
    }

    fn harvest(self) -> Self::Fruit {
        let Self { ordinal, numbers, first, .. } = self;
        let placed = |((Reverse(number), moment), doc_id): (SegmentPlace, DocId)| {
            let place = Place { order: numbers.order(number)?, key: Uuid::from_u128(moment) };
            Ok((place, DocAddress { segment_ord: ordinal, doc_id }))
        };
        first.into_iter().map(placed).collect()
    }
}
