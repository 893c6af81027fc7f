//! Conditions: properties of a moment or of its asset that hold or do not, whatever the words.
//!
//! Each names a field that both indexes keep, under one name, so that a condition is as quick in one as in the other.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use reelgraph_models::id::AssetId;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::review::ReviewState;
use reelgraph_models::rights::Territory;
use reelgraph_models::time::Span;
use serde::Serialize;

use super::comparable::{ValueRange, value_words};
use super::filter::Between;
use super::property::Fields;
use crate::analysis::fold_label;

/// A property that holds or does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub enum Condition {
    /// One of these assets; none where empty.
    Assets(Vec<AssetId>),
    /// One of these kinds; none where empty.
    Kinds(Vec<MomentKind>),
    /// Shares an instant with this stretch of its asset.
    Within(Span),
    /// A number between bounds.
    Number(NumberField, Between<i64>),
    /// Yes or no.
    Flag(FlagField, bool),
    /// One of these names, as a whole; none where empty.
    Keyword(KeywordField, Vec<String>),
    /// A field that people gave the asset: any of these folded values, or any value at all where `None`.
    Metadata {
        /// Name of the field.
        name: String,
        /// See [`Condition::metadata`].
        values: Option<Vec<String>>,
    },
    /// A field that people gave the asset: a number or a date in a range.
    MetadataRange {
        /// Name of the field.
        name: String,
        /// Between which values.
        range: Box<ValueRange>,
    },
    /// May be used there on that day, by a licence of the asset.
    Licensed {
        /// Where.
        territory: Territory,
        /// When (UTC); `None` for some day or other.
        on: Option<NaiveDate>,
    },
    /// All of these folded words in title or file name.
    TitleWords(Vec<String>),
    /// So many of a class of objects in one picture.
    Objects {
        /// Folded name of the class.
        label: String,
        /// How many, at most [`MAX_COUNTED_OBJECTS`] told apart.
        count: Between<u32>,
    },
}

impl Condition {
    /// A field of the asset that has any of `values`, whatever their case and accents, or any at all.
    pub fn metadata(name: &str, values: Option<&[String]>) -> Self {
        let folded = |values: &[String]| values.iter().map(|value| fold_label(value)).collect();
        Self::Metadata { name: name.to_owned(), values: values.map(folded) }
    }

    /// One of these was decided about the asset; nothing where empty.
    pub fn review(states: &[ReviewState]) -> Self {
        Self::Keyword(KeywordField::Review, states.iter().map(|state| state.as_str().to_owned()).collect())
    }

    /// So many of a class of objects, whatever the case and accents of its name.
    pub fn objects(label: &str, count: Between<u32>) -> Self {
        Self::Objects { label: fold_label(label), count }
    }
}

/// Counts of objects above this are not told apart.
pub const MAX_COUNTED_OBJECTS: u32 = 32;

/// A number that moments have from their asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum NumberField {
    /// Length of the asset in microseconds.
    Duration,
    /// When the asset was registered, in microseconds since 1970.
    Created,
    /// Columns of the asset as shown.
    Width,
    /// Rows of the asset as shown.
    Height,
}

impl NumberField {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Duration, Self::Created, Self::Width, Self::Height];

    /// Its name in both indexes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duration => "duration",
            Self::Created => "created",
            Self::Width => "width",
            Self::Height => "height",
        }
    }
}

/// Something that an asset has or has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum FlagField {
    /// Sound.
    HasAudio,
    /// Moving pictures.
    HasVideo,
}

impl FlagField {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::HasAudio, Self::HasVideo];

    /// Its name in both indexes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HasAudio => "has_audio",
            Self::HasVideo => "has_video",
        }
    }
}

/// Names that moments have from their asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum KeywordField {
    /// Languages spoken in the asset, ISO 639-1, lower case.
    Spoken,
    /// Short name of the demuxer.
    Container,
    /// Languages in which there are captions of the asset, ISO 639-1, lower case.
    Captions,
    /// What was decided about the asset, a [`reelgraph_models::review::ReviewState`] by name.
    Review,
}

impl KeywordField {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Spoken, Self::Container, Self::Captions, Self::Review];

    /// Its name in both indexes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spoken => "spoken",
            Self::Container => "container",
            Self::Captions => "captions",
            Self::Review => "review",
        }
    }
}

/// The word under which both indexes keep that at least `count` objects of a class were in one picture.
pub(crate) fn object_word(label: &str, count: u32) -> String {
    format!("{label}\u{1f}{count}")
}

/// The words under which both indexes keep the fields of an asset: one for each field, one for each of its values,
/// and for numbers and dates those by which they are found in ranges.
pub(crate) fn metadata_words(fields: &Fields<'_>) -> Vec<String> {
    let words = fields.iter().copied().flat_map(|(name, values)| {
        let valued = values.iter().map(move |value| metadata_word(name, Some(&fold_label(value))));
        let compared = values.iter().flat_map(move |value| value_words(name, value));
        std::iter::once(metadata_word(name, None)).chain(valued).chain(compared)
    });
    words.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The word of a field, or of a field with a folded value.
pub(crate) fn metadata_word(name: &str, folded_value: Option<&str>) -> String {
    match folded_value {
        Some(value) => format!("{name}\u{1f}{value}"),
        None => name.to_owned(),
    }
}

/// The words of which an asset has one, that has a field with one of the folded values, or with any.
pub(crate) fn metadata_asked(name: &str, folded_values: Option<&[String]>) -> Vec<String> {
    match folded_values {
        Some(values) => values.iter().map(|value| metadata_word(name, Some(value))).collect(),
        None => vec![metadata_word(name, None)],
    }
}
