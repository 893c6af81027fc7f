//! Which moments may be answers at all, whatever their words.

use chrono::{DateTime, NaiveDate, Utc};
use reelgraph_models::id::AssetId;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::review::ReviewState;
use reelgraph_models::rights::Territory;
use reelgraph_models::time::{MediaTime, Span};
use serde::Serialize;

use super::comparable::ValueRange;
use super::condition::{Condition, FlagField, KeywordField, NumberField};
use super::limits::{MAX_FILTER_ASSETS, MAX_FILTER_VALUES, MAX_QUERY_CHARS, MAX_TERMS};
use crate::analysis::tokenize;
use crate::error::SearchError;

/// Conditions that all must hold; the default holds for everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Filter {
    /// Only these assets, at most [`MAX_FILTER_ASSETS`]; an empty list lets nothing through.
    pub assets: Option<Vec<AssetId>>,
    /// Only moments of these kinds.
    pub kinds: Option<Vec<MomentKind>>,
    /// Only matches by these channels of evidence. [`Modality::Objects`] and [`Modality::Tags`] are one channel here.
    pub modalities: Option<Vec<Modality>>,
    /// Only moments that share an instant with this stretch of their asset.
    pub within: Option<Span>,
    /// Length of the asset.
    pub duration: Between<MediaTime>,
    /// When the asset was ingested.
    pub created_at: Between<DateTime<Utc>>,
    /// Columns of the asset as shown.
    pub width_px: Between<u32>,
    /// Rows of the asset as shown.
    pub height_px: Between<u32>,
    /// Whether the asset has sound.
    pub has_audio: Option<bool>,
    /// Whether the asset has moving pictures.
    pub has_video: Option<bool>,
    /// Assets in which one of these languages is spoken (ISO 639-1), at most [`MAX_FILTER_VALUES`].
    pub languages: Option<Vec<String>>,
    /// Assets whose demuxer is one of these, at most [`MAX_FILTER_VALUES`].
    pub containers: Option<Vec<String>>,
    /// Assets of which there are captions in one of these languages (ISO 639-1), at most [`MAX_FILTER_VALUES`].
    pub caption_languages: Option<Vec<String>>,
    /// Fields that people gave assets, all of them, at most [`MAX_FILTER_VALUES`].
    pub metadata: Vec<MetadataFilter>,
    /// Assets of which one of these was decided.
    pub review: Option<Vec<ReviewState>>,
    /// Assets that may be used in all of these places, each on its day; at most [`MAX_FILTER_VALUES`].
    pub licensed: Vec<(Territory, NaiveDate)>,
    /// Assets whose title or file name has all of these words, accents and case aside.
    pub title: Option<String>,
}

/// A field that people gave an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetadataFilter {
    /// Its name.
    pub name: String,
    /// Any of these, case and accents aside, at most [`MAX_FILTER_VALUES`]; any value at all where `None`.
    pub values: Option<Vec<String>>,
    /// A number or a date in this range, beside `values` where both are there.
    pub range: Option<ValueRange>,
}

impl MetadataFilter {
    fn conditions(&self) -> impl Iterator<Item = Condition> {
        let range = self
            .range
            .clone()
            .map(|range| Condition::MetadataRange { name: self.name.clone(), range: Box::new(range) });
        let is_named = self.values.is_some() || range.is_none();
        let named = is_named.then(|| Condition::metadata(&self.name, self.values.as_deref()));
        named.into_iter().chain(range)
    }
}

/// Bounds of a value, both included; an absent one is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Between<T> {
    /// Smallest.
    pub min: Option<T>,
    /// Largest.
    pub max: Option<T>,
}

impl<T> Default for Between<T> {
    fn default() -> Self {
        Self { min: None, max: None }
    }
}

impl<T> Between<T> {
    /// Whether neither bound is set.
    pub fn is_open(&self) -> bool {
        self.min.is_none() && self.max.is_none()
    }

    /// The bounds in another unit.
    pub(crate) fn map<U>(self, convert: impl Fn(T) -> U) -> Between<U> {
        Between { min: self.min.map(&convert), max: self.max.map(convert) }
    }
}

impl Filter {
    /// Checks the lengths of its lists.
    ///
    /// # Errors
    /// [`SearchError::FilterTooLarge`] where a list is longer than its limit.
    pub fn check(&self) -> Result<(), SearchError> {
        let length = |list: &Option<Vec<String>>| list.as_ref().map_or(0, Vec::len);
        let values = self.metadata.iter().map(|field| length(&field.values)).max().unwrap_or_default();
        let title_chars = self.title.as_ref().map_or(0, |title| title.chars().count());
        let lists = [
            ("assets", self.assets.as_ref().map_or(0, Vec::len), MAX_FILTER_ASSETS),
            ("kinds", self.kinds.as_ref().map_or(0, Vec::len), MAX_FILTER_VALUES),
            ("modalities", self.modalities.as_ref().map_or(0, Vec::len), MAX_FILTER_VALUES),
            ("languages", length(&self.languages), MAX_FILTER_VALUES),
            ("languages of captions", length(&self.caption_languages), MAX_FILTER_VALUES),
            ("containers", length(&self.containers), MAX_FILTER_VALUES),
            ("states of review", self.review.as_ref().map_or(0, Vec::len), MAX_FILTER_VALUES),
            ("territories", self.licensed.len(), MAX_FILTER_VALUES),
            ("fields of one's own", self.metadata.len(), MAX_FILTER_VALUES),
            ("values of a field of one's own", values, MAX_FILTER_VALUES),
            ("characters of a title", title_chars, MAX_QUERY_CHARS),
        ];
        match lists.into_iter().find(|(_, count, limit)| count > limit) {
            Some((what, count, limit)) => Err(SearchError::FilterTooLarge { what, count, limit }),
            None => Ok(()),
        }
    }

    /// The filter as conditions that must all hold; modalities are the searcher's matter.
    pub fn conditions(&self) -> Vec<Condition> {
        let mut conditions = Vec::new();
        conditions.extend(self.assets.clone().map(Condition::Assets));
        conditions.extend(self.kinds.clone().map(Condition::Kinds));
        conditions.extend(self.within.map(Condition::Within));
        let lower = |names: &Vec<String>| names.iter().map(|name| name.to_lowercase()).collect();
        conditions.extend(self.languages.as_ref().map(|it| Condition::Keyword(KeywordField::Spoken, lower(it))));
        let captions = self.caption_languages.as_ref();
        conditions.extend(captions.map(|it| Condition::Keyword(KeywordField::Captions, lower(it))));
        conditions.extend(self.review.as_ref().map(|states| Condition::review(states)));
        let licensed = self.licensed.iter().cloned();
        conditions.extend(licensed.map(|(territory, on)| Condition::Licensed { territory, on: Some(on) }));
        conditions.extend(self.metadata.iter().flat_map(MetadataFilter::conditions));
        conditions.extend(self.containers.as_ref().map(|it| Condition::Keyword(KeywordField::Container, lower(it))));
        let title = self.title.iter().flat_map(|title| tokenize(title)).take(MAX_TERMS);
        let title: Vec<String> = title.map(|token| token.exact).collect();
        conditions.extend((!title.is_empty()).then_some(Condition::TitleWords(title)));
        conditions.extend(self.has_audio.map(|flag| Condition::Flag(FlagField::HasAudio, flag)));
        conditions.extend(self.has_video.map(|flag| Condition::Flag(FlagField::HasVideo, flag)));
        let numbers = [
            (NumberField::Duration, self.duration.map(MediaTime::as_micros)),
            (NumberField::Created, self.created_at.map(|at| at.timestamp_micros())),
            (NumberField::Width, self.width_px.map(i64::from)),
            (NumberField::Height, self.height_px.map(i64::from)),
        ];
        let bounded = numbers.into_iter().filter(|(_, bounds)| !bounds.is_open());
        conditions.extend(bounded.map(|(field, bounds)| Condition::Number(field, bounds)));
        conditions
    }

    /// Whether matches by that channel count.
    pub(crate) fn admits_modality(&self, modality: Modality) -> bool {
        let is_seen = |modality: &Modality| matches!(modality, Modality::Objects | Modality::Tags);
        self.modalities
            .as_ref()
            .is_none_or(|admitted| admitted.contains(&modality) || (is_seen(&modality) && admitted.iter().any(is_seen)))
    }
}
