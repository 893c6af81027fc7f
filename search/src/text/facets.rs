//! Counts of what moments have in common: how many there are of each kind, language, class of objects and so on.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::DateTime;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use super::concept_facet::{Concepts, SeenConcepts};
use super::schema::{Fields, Scope};
use crate::facet::{Facet, FacetField, FacetValue};
use crate::kind::kind_of;

/// Lowest rows of a picture of each class of resolution, and its name.
const RESOLUTIONS: [(u64, &str); 6] =
    [(2_160, "2160p"), (1_080, "1080p"), (720, "720p"), (480, "480p"), (240, "240p"), (0, "144p")];
/// Shortest length of each class of durations, in minutes, and its name.
const DURATIONS: [(i64, &str); 5] = [(60, "60m+"), (20, "20m-60m"), (5, "5m-20m"), (1, "1m-5m"), (0, "0-1m")];

/// Moments and distinct assets of one value.
#[derive(Default)]
pub(super) struct Count {
    moments: u64,
    assets: HashSet<u64>,
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Value {
    pub(super) name: String,
    /// The wider value that it is part of.
    pub(super) parent: Option<String>,
    /// Identifier of a concept: others may have the same name.
    pub(super) concept: Option<String>,
}

/// Counts by field and value.
pub(super) struct FacetCollector {
    fields: Fields,
    scope: Scope,
    wanted: Vec<FacetField>,
    concepts: Concepts,
}

impl FacetCollector {
    pub(super) fn new(fields: &Fields, scope: &Scope, wanted: &[FacetField], concepts: &Concepts) -> Self {
        Self { fields: fields.clone(), scope: scope.clone(), wanted: wanted.to_vec(), concepts: concepts.clone() }
    }

    /// The facets asked for, each with its most frequent values.
    pub(super) fn facets(&self, counted: Vec<Counted>, limit: usize) -> Vec<Facet> {
        let facets = self.wanted.iter().zip(counted).map(|(field, counted)| {
            let value = |(value, count): (Value, Count)| FacetValue {
                parent: value.parent,
                value: value.name,
                moments: count.moments,
                assets: count.assets.len() as u64,
            };
            let mut values: Vec<FacetValue> = counted.into_iter().map(value).collect();
            values.sort_by(|a, b| b.moments.cmp(&a.moments).then_with(|| a.value.cmp(&b.value)));
            let values_total = values.len();
            values.truncate(limit);
            Facet { field: *field, values, values_total }
        });
        facets.collect()
    }
}

/// Counts of the values of one field.
pub(super) type Counted = BTreeMap<Value, Count>;

/// What a field's values are read from.
enum Source {
    Words(Option<StrColumn>),
    /// Names of fields, and names with values.
    Fields(Option<StrColumn>),
    Kind(Column<u64>),
    Duration(Column<i64>),
    Resolution(Column<u64>),
    Created(Column<i64>),
    Concepts(Option<SeenConcepts>),
}

/// Counts one segment.
pub(super) struct Segment {
    scope: Scope,
    asset: Column<u64>,
    sources: Vec<(FacetField, Source)>,
    /// By place of the field, then by word or by number.
    counts: Vec<HashMap<u64, Count>>,
}

impl Collector for FacetCollector {
    type Fruit = Vec<Counted>;
    type Child = Segment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<Segment> {
        let fast = segment.fast_fields();
        let name = |field| self.fields.schema.get_field_name(field);
        let source = |field: &FacetField| {
            let source = match field {
                FacetField::Kind => Source::Kind(fast.u64(name(self.fields.kind))?),
                FacetField::Language => Source::Words(fast.str(name(self.fields.spoken))?),
                FacetField::Container => Source::Words(fast.str(name(self.fields.container))?),
                FacetField::Metadata => Source::Fields(fast.str(name(self.fields.metadata_shown))?),
                FacetField::Person => Source::Words(fast.str(name(self.fields.person_shown))?),
                FacetField::Review => Source::Words(fast.str(name(self.fields.review))?),
                FacetField::Object => Source::Words(fast.str(name(self.fields.object_shown))?),
                FacetField::Duration => Source::Duration(fast.i64(name(self.fields.duration))?),
                FacetField::Resolution => Source::Resolution(fast.u64(name(self.fields.height))?),
                FacetField::Created => Source::Created(fast.i64(name(self.fields.created))?),
                FacetField::Concept => {
                    let objects = fast.str(name(self.fields.object_shown))?;
                    let seen = |objects| SeenConcepts::new(objects, self.concepts.clone(), self.scope.clone());
                    Source::Concepts(objects.map(seen))
                }
            };
            tantivy::Result::Ok((*field, source))
        };
        let sources = self.wanted.iter().map(source).collect::<tantivy::Result<Vec<_>>>()?;
        let counts = sources.iter().map(|_| HashMap::new()).collect();
        Ok(Segment { scope: self.scope.clone(), asset: fast.u64(name(self.fields.asset_low))?, sources, counts })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Vec<Counted>>) -> tantivy::Result<Vec<Counted>> {
        let mut merged: Vec<Counted> = self.wanted.iter().map(|_| Counted::new()).collect();
        for segment in segments {
            for (all, counted) in merged.iter_mut().zip(segment) {
                for (value, count) in counted {
                    let sum = all.entry(value).or_default();
                    sum.moments += count.moments;
                    sum.assets.extend(count.assets);
                }
            }
        }
        Ok(merged)
    }
}

impl SegmentCollector for Segment {
    type Fruit = Vec<Counted>;

    fn collect(&mut self, doc: DocId, _: Score) {
        let asset = self.asset.first(doc).unwrap_or_default();
        for ((_, source), counts) in self.sources.iter_mut().zip(&mut self.counts) {
            let mut count = |value: u64| {
                let count = counts.entry(value).or_default();
                count.moments += 1;
                count.assets.insert(asset);
            };
            match source {
                Source::Words(None) | Source::Fields(None) | Source::Concepts(None) => {}
                Source::Concepts(Some(concepts)) => concepts.of(doc).into_iter().for_each(count),
                Source::Words(Some(words)) | Source::Fields(Some(words)) => {
                    words.ords().values_for_doc(doc).for_each(count)
                }
                Source::Kind(kinds) => kinds.first(doc).into_iter().for_each(count),
                Source::Duration(lengths) => {
                    lengths.first(doc).map(|length| class(length / 60_000_000, &DURATIONS)).into_iter().for_each(count)
                }
                Source::Resolution(rows) => {
                    rows.first(doc).map(|rows| class(rows, &RESOLUTIONS)).into_iter().for_each(count)
                }
                Source::Created(instants) => {
                    if let Some((year, month)) = instants.first(doc).and_then(year_and_month) {
                        count(year * 100);
                        count(year * 100 + month);
                    }
                }
            }
        }
    }

    fn harvest(self) -> Vec<Counted> {
        let Self { scope, sources, counts, .. } = self;
        let named = sources.into_iter().zip(counts).map(|((field, source), counts)| {
            let value = |value: u64| match &source {
                Source::Concepts(concepts) => concepts.as_ref()?.value(value),
                source => {
                    let name = name_of(&scope, source, value)?;
                    Some(Value { parent: field.parent(&name), name, concept: None })
                }
            };
            counts.into_iter().filter_map(|(at, count)| Some((value(at)?, count))).collect()
        });
        named.collect()
    }
}

/// The place of the first class that a value is in.
fn class<T: PartialOrd + Copy>(value: T, classes: &[(T, &str)]) -> u64 {
    classes.iter().position(|(least, _)| value >= *least).unwrap_or(classes.len().saturating_sub(1)) as u64
}

fn year_and_month(micros: i64) -> Option<(u64, u64)> {
    use chrono::Datelike;
    let instant = DateTime::from_timestamp_micros(micros)?;
    Some((u64::try_from(instant.year()).ok()?, instant.month().into()))
}

/// The word at a place of a column; `None` where it is another tenant's.
pub(super) fn word_of(scope: &Scope, words: &StrColumn, ordinal: u64) -> Option<String> {
    let mut stored = String::new();
    words.ord_to_str(ordinal, &mut stored).ok().filter(|found| *found)?;
    scope.bare(stored.as_bytes()).map(str::to_owned)
}

/// The name of a value; `None` where it is another tenant's or not one that is shown.
fn name_of(scope: &Scope, source: &Source, value: u64) -> Option<String> {
    let class = |classes: &[&str]| classes.get(usize::try_from(value).ok()?).map(|name| (*name).to_owned());
    match source {
        Source::Fields(words) => Some(word_of(scope, words.as_ref()?, value)?.replacen('\u{1f}', ":", 1)),
        Source::Words(words) => word_of(scope, words.as_ref()?, value),
        Source::Kind(_) => Some(kind_of(value)?.as_str().to_owned()),
        Source::Duration(_) => class(&DURATIONS.map(|(_, name)| name)),
        Source::Resolution(_) => class(&RESOLUTIONS.map(|(_, name)| name)),
        Source::Concepts(_) => None,
        Source::Created(_) if value.is_multiple_of(100) => Some(format!("{:04}", value / 100)),
        Source::Created(_) => Some(format!("{:04}-{:02}", value / 100, value % 100)),
    }
}
