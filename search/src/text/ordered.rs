//! The moments of which conditions hold, in the order of a property, from any place on: each page costs the same.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::Column;
use tantivy::schema::Field;
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};
use uuid::Uuid;

use super::query::TextCandidate;
use super::refine::{Look, refine};
use super::schema::Fields;
use crate::query::Sort;

/// Where a moment stands in an order, the greatest number first and then by id.
type Place = (Reverse<i64>, u128);

/// A stretch of all answers in an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// The order; not by relevance.
    pub(crate) sort: Sort,
    /// Only what comes after this number and this moment.
    pub(crate) after: Option<(i64, Uuid)>,
    /// Most answers.
    pub(crate) limit: usize,
}

/// The field that an order is by, and whether its greatest value comes first; `None` by relevance.
fn source(fields: &Fields, sort: Sort) -> Option<(Field, bool)> {
    match sort {
        Sort::Relevance => None,
        Sort::Newest => Some((fields.created, true)),
        Sort::Oldest => Some((fields.created, false)),
        Sort::Longest => Some((fields.duration, true)),
        Sort::Shortest => Some((fields.duration, false)),
        Sort::Time => Some((fields.start, false)),
    }
}

/// Keeps the first answers after a place.
pub(super) struct StretchCollector {
    field: String,
    is_greatest_first: bool,
    moment: [String; 2],
    after: Option<Place>,
    limit: usize,
}

/// Keeps those of one segment.
pub(super) struct Segment {
    ordinal: SegmentOrdinal,
    number: Column<i64>,
    is_greatest_first: bool,
    moment: [Column<u64>; 2],
    after: Option<Place>,
    limit: usize,
    /// The last one on top.
    first: BinaryHeap<(Place, DocId)>,
}

impl StretchCollector {
    /// `None` where the order is not that of a field.
    pub(super) fn new(fields: &Fields, stretch: Stretch) -> Option<Self> {
        let name = |field: Field| fields.schema.get_field_name(field).to_owned();
        let (field, is_greatest_first) = source(fields, stretch.sort)?;
        Some(Self {
            field: name(field),
            is_greatest_first,
            moment: [name(fields.moment_high), name(fields.moment_low)],
            after: stretch.after.map(|(order, moment)| (Reverse(order), moment.as_u128())),
            limit: stretch.limit,
        })
    }

    /// What was collected as candidates, in order.
    pub(super) fn candidates(
        look: &Look<'_>,
        collected: Vec<(Place, DocAddress)>,
    ) -> tantivy::Result<Vec<TextCandidate>> {
        let places: HashMap<u128, Place> = collected.iter().map(|(place, _)| (place.1, *place)).collect();
        let unscored = collected.into_iter().map(|(_, address)| (address, 0.0)).collect();
        let mut candidates = refine(look, unscored, &[])?;
        candidates.sort_by_key(|candidate| places.get(&candidate.moment.as_uuid().as_u128()).copied());
        Ok(candidates)
    }
}

impl Collector for StretchCollector {
    type Fruit = Vec<(Place, DocAddress)>;
    type Child = Segment;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Segment> {
        let fast = segment.fast_fields();
        let [high, low] = &self.moment;
        Ok(Segment {
            ordinal,
            number: fast.i64(&self.field)?,
            is_greatest_first: self.is_greatest_first,
            moment: [fast.u64(high)?, fast.u64(low)?],
            after: self.after,
            limit: self.limit,
            first: BinaryHeap::with_capacity(self.limit.saturating_add(1)),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Self::Fruit>) -> tantivy::Result<Self::Fruit> {
        let mut merged: Self::Fruit = segments.into_iter().flatten().collect();
        merged.sort_unstable_by_key(|(place, _)| *place);
        merged.truncate(self.limit);
        Ok(merged)
    }
}

impl SegmentCollector for Segment {
    type Fruit = Vec<(Place, DocAddress)>;

    fn collect(&mut self, doc: DocId, _: Score) {
        let number = self.number.first(doc).unwrap_or_default();
        let order = Reverse(if self.is_greatest_first { number } else { number.saturating_neg() });
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
        let at = |doc_id| DocAddress { segment_ord: self.ordinal, doc_id };
        self.first.into_iter().map(|(place, doc)| (place, at(doc))).collect()
    }
}
