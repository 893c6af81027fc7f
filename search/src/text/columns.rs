//! What the entries of a segment say about their moments beside words.

use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::time::{MediaTime, Span};
use tantivy::columnar::Column;
use tantivy::schema::Field;
use tantivy::{DocId, SegmentReader};
use uuid::Uuid;

use super::query::{Facts, TextCandidate};
use super::schema::Fields;
use crate::document::Ordinals;
use crate::kind::kind_of;

/// The columns of a segment.
pub(super) struct Columns {
    asset: [Column<u64>; 2],
    moment: [Column<u64>; 2],
    kind: Column<u64>,
    start: Column<i64>,
    end: Column<i64>,
    created: Column<i64>,
    shots: [Column<u64>; 2],
    scenes: [Column<u64>; 2],
}

impl Columns {
    pub(super) fn open(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let name = |field: Field| fields.schema.get_field_name(field);
        let fast = segment.fast_fields();
        let pair = |[first, last]: [Field; 2]| tantivy::Result::Ok([fast.u64(name(first))?, fast.u64(name(last))?]);
        Ok(Self {
            asset: [fast.u64(name(fields.asset_high))?, fast.u64(name(fields.asset_low))?],
            moment: [fast.u64(name(fields.moment_high))?, fast.u64(name(fields.moment_low))?],
            kind: fast.u64(name(fields.kind))?,
            start: fast.i64(name(fields.start))?,
            end: fast.i64(name(fields.end))?,
            created: fast.i64(name(fields.created))?,
            shots: pair(fields.shots)?,
            scenes: pair(fields.scenes)?,
        })
    }

    /// The moment of an entry, with a score and the clauses that matched; `None` where it is not one of ours.
    pub(super) fn candidate(&self, doc: DocId, score: f32, matched: u64) -> Option<TextCandidate> {
        let id = |[high, low]: &[Column<u64>; 2]| Some(Uuid::from_u64_pair(high.first(doc)?, low.first(doc)?));
        let time = |column: &Column<i64>| column.first(doc).map(MediaTime::from_micros);
        let ordinals = |[first, last]: &[Column<u64>; 2]| {
            let (first, last) = (first.first(doc)?, last.first(doc)?);
            Some(Ordinals { first: u32::try_from(first).ok()?, last: u32::try_from(last).ok()? })
        };
        Some(TextCandidate {
            moment: MomentId::from_uuid(id(&self.moment)?),
            asset: AssetId::from_uuid(id(&self.asset)?),
            kind: kind_of(self.kind.first(doc)?)?,
            span: Span::new(time(&self.start)?, time(&self.end)?).ok()?,
            score,
            matched,
            facts: Facts {
                shots: ordinals(&self.shots),
                scenes: ordinals(&self.scenes),
                created_micros: self.created.first(doc).unwrap_or(0),
            },
        })
    }
}
