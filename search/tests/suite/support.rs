//! Small assets for tests, and an encoder that needs no model.

use std::error::Error;
use std::ops::Bound;

use chrono::NaiveDate;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, TenantId};
use reelgraph_models::metadata::{Metadata, MetadataError};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::rights::{Licence, Rights, Territory};
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::document::{AssetDocument, AssetFields, EmbeddingDocument, Label, MomentDocument, Passage};
use reelgraph_search::encoder::{EncodeError, QueryEncoder};
use reelgraph_search::hit::{Hit, Page};
use reelgraph_search::query::filter::MetadataFilter;
use reelgraph_search::query::{FileProperties, FileProperty, ValueRange};
use reelgraph_search::space::VectorSpace;
use uuid::Uuid;

pub(crate) type Outcome = Result<(), Box<dyn Error>>;

/// Enough that unrelated texts of [`WordEncoder`] are far apart.
pub(crate) const DIMENSIONS: u32 = 64;

pub(crate) const TENANT: TenantId = TenantId::DEFAULT;

pub(crate) fn other_tenant() -> TenantId {
    TenantId::from_uuid(Uuid::from_u128(0xbad))
}

pub(crate) fn asset_id(number: u128) -> AssetId {
    AssetId::from_uuid(Uuid::from_u128(0xa000_0000 + number))
}

pub(crate) fn seconds(start: i64, end: i64) -> Span {
    Span::at_least_one_micro(MediaTime::from_millis(start * 1_000), MediaTime::from_millis(end * 1_000))
}

pub(crate) fn moment(asset: AssetId, kind: MomentKind, span: Span) -> MomentDocument {
    MomentDocument::new(MomentId::derive(asset, kind, span), kind, span)
}

pub(crate) fn said(asset: AssetId, span: Span, text: &str, language: &str) -> MomentDocument {
    MomentDocument { said: vec![Passage::new(text, Some(language))], ..moment(asset, MomentKind::Speech, span) }
}

pub(crate) fn seen(asset: AssetId, span: Span, labels: &[&str]) -> MomentDocument {
    let labels = labels.iter().map(|label| Label::new(*label, 0.9)).collect();
    MomentDocument { seen: labels, ..moment(asset, MomentKind::Shot, span) }
}

pub(crate) fn written(asset: AssetId, span: Span, text: &str) -> MomentDocument {
    MomentDocument { written: vec![Passage::new(text, None)], ..moment(asset, MomentKind::Shot, span) }
}

pub(crate) fn titled(asset: AssetId, title: &str) -> MomentDocument {
    MomentDocument { titles: vec![Passage::new(title, None)], ..moment(asset, MomentKind::Asset, seconds(0, 600)) }
}

pub(crate) fn document(tenant: TenantId, asset: AssetId, moments: Vec<MomentDocument>) -> AssetDocument {
    let fields = AssetFields { duration: MediaTime::from_millis(600_000), has_audio: true, ..AssetFields::default() };
    AssetDocument { moments, ..AssetDocument::new(tenant, asset, fields) }
}

pub(crate) fn embedding_space(name: &str) -> EmbeddingSpace {
    EmbeddingSpace { name: name.into(), version: "1".into(), dims: DIMENSIONS }
}

pub(crate) fn space(name: &str, modality: Modality) -> Result<VectorSpace, Box<dyn Error>> {
    Ok(VectorSpace::new(embedding_space(name), modality)?)
}

/// A vector for each moment that says something, by [`WordEncoder`].
pub(crate) fn with_vectors(mut document: AssetDocument, space: &EmbeddingSpace) -> AssetDocument {
    let of = |moment: &MomentDocument| {
        let words: Vec<&str> = moment.said.iter().map(|passage| passage.text.as_str()).collect();
        (!words.is_empty()).then(|| EmbeddingDocument {
            id: EmbeddingId::from_uuid(Uuid::new_v5(&moment.id.as_uuid(), space.key().as_bytes())),
            moment: moment.id,
            space: space.clone(),
            span: moment.span,
            vector: WordEncoder::vector(&words.join(" "), space.dims as usize),
        })
    };
    document.embeddings = document.moments.iter().filter_map(of).collect();
    document
}

/// Encodes a text as the sum of fixed directions of its words: texts that share words are near.
#[derive(Debug)]
pub(crate) struct WordEncoder;

impl WordEncoder {
    pub(crate) fn vector(text: &str, dimensions: usize) -> Vec<f32> {
        let mut vector = vec![0.0; dimensions];
        for word in text.to_lowercase().split_whitespace() {
            for (place, some) in vector.chunks_mut(16).enumerate() {
                let direction = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{word} {place}").as_bytes());
                for (value, byte) in some.iter_mut().zip(direction.as_bytes()) {
                    *value += (f32::from(*byte) - 127.5) / 127.5;
                }
            }
        }
        vector
    }
}

impl QueryEncoder for WordEncoder {
    fn encode(&self, space: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError> {
        match space.name.as_str() {
            "absent" => Err(EncodeError::Unavailable { space: space.key() }),
            _ => Ok(Self::vector(text, space.dims as usize)),
        }
    }
}

/// The moments of a page's hits, in order.
pub(crate) fn moments(page: &Page<Hit>) -> Vec<MomentId> {
    page.edges.iter().flat_map(|edge| edge.node.moments.clone()).collect()
}

/// A file of two gigabytes and a half, of film.
pub(crate) fn file() -> FileProperties {
    let one = |value: &str| vec![value.to_owned()];
    let codecs = vec!["h264".to_owned(), "aac".to_owned()];
    [
        (FileProperty::Size, one("2500000000")),
        (FileProperty::FrameRate, one("23.976")),
        (FileProperty::Codec, codecs),
        (FileProperty::Channels, one("6")),
        (FileProperty::Hdr, one("no")),
    ]
    .into_iter()
    .collect()
}

/// A licence for Germany and Austria for a year, and one for the world from the year after the next.
pub(crate) fn licensed() -> Result<Rights, Box<dyn std::error::Error>> {
    let territories = ["DE", "AT"].into_iter().filter_map(Territory::new).collect();
    let year = Licence {
        territories: Some(territories),
        first_day: Some("2026-01-01".parse()?),
        last_day: Some("2026-12-31".parse()?),
        note: None,
    };
    let later = Licence { territories: None, first_day: Some("2028-01-01".parse()?), last_day: None, note: None };
    Ok(Rights::new(vec![year, later])?)
}

/// A place and a day, as filters ask.
pub(crate) fn place_and_day(territory: &str, day: &str) -> Vec<(Territory, NaiveDate)> {
    Territory::new(territory).zip(day.parse().ok()).into_iter().collect()
}

/// Fields that people gave an asset, each with a value.
pub(crate) fn noted(fields: &[(&str, &str)]) -> Result<Metadata, MetadataError> {
    let mut metadata = Metadata::default();
    for (name, value) in fields {
        metadata.set(name, &[(*value).to_owned()])?;
    }
    Ok(metadata)
}

/// Asks for a field with a value, or with any.
pub(crate) fn with(name: &str, value: Option<&str>) -> MetadataFilter {
    MetadataFilter { name: name.to_owned(), values: value.map(|value| vec![value.to_owned()]), range: None }
}

/// Asks for a field with a number or a date from one to the other.
pub(crate) fn within(name: &str, min: &str, max: &str) -> MetadataFilter {
    let range = ValueRange::read(Bound::Included(min), Bound::Included(max));
    assert!(range.is_some(), "{min} to {max}");
    MetadataFilter { name: name.to_owned(), values: None, range }
}
