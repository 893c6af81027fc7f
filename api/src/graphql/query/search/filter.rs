//! Filters of a search, as clients write them.

use std::ops::Bound;

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use reelgraph_models::language::is_code;
use reelgraph_models::metadata::Metadata;
use reelgraph_models::time::MediaTime;
use reelgraph_search::query::ValueRange;
use reelgraph_search::query::filter::{Between, Filter, MetadataFilter};

use crate::graphql::error::{Code, PublicError};
use crate::graphql::node_id::{not_an_id, parse_typed};
use crate::graphql::types::moment::MomentKind;
use crate::graphql::types::observation::Modality;
use crate::graphql::types::scalar::Microseconds;
use crate::graphql::types::span::TimeRangeInput;

/// Which moments may be answers at all; conditions that all must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub(crate) struct SearchFilterInput {
    /// Only these assets, at most 1000.
    pub asset_ids: Option<Vec<ID>>,
    /// Only moments bounded like this.
    pub kinds: Option<Vec<MomentKind>>,
    /// Only matches by these channels. `OBJECTS` and `TAGS` are one channel here.
    pub modalities: Option<Vec<Modality>>,
    /// Only moments that share an instant with this stretch of their asset.
    pub range: Option<TimeRangeInput>,
    /// Only assets whose title or file name has all of these words, accents and case aside.
    pub title_contains: Option<String>,
    /// Only assets registered at this instant or later.
    pub created_from: Option<DateTime<Utc>>,
    /// Only assets registered at this instant or earlier.
    pub created_to: Option<DateTime<Utc>>,
    /// Only assets of this length or longer.
    pub min_duration_micros: Option<Microseconds>,
    /// Only assets of this length or shorter.
    pub max_duration_micros: Option<Microseconds>,
    /// Only assets with sound, or only those without.
    pub has_audio: Option<bool>,
    /// Only assets with moving pictures, or only those without.
    pub has_video: Option<bool>,
    /// Only assets in which one of these languages is spoken (ISO 639-1), at most 64.
    pub languages: Option<Vec<String>>,
    /// Only assets of which there are captions in one of these languages (ISO 639-1), at most 64; those that were heard by a
    /// machine do not count.
    pub caption_languages: Option<Vec<String>>,
    /// Only assets with all of these fields that people gave them, at most 64.
    #[graphql(default)]
    pub metadata: Vec<MetadataFilterInput>,
}

/// A field that people gave an asset.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct MetadataFilterInput {
    /// Its name.
    pub name: String,
    /// Any of these, case and accents aside, at most 64; any value at all where it is null.
    pub values: Option<Vec<String>>,
    /// Only a number or a date from this on: `5`, `-2.5`, `2024`, `2024-05`, `2024-05-31` or RFC 3339. Numbers compare with numbers
    /// and dates with dates, a year with both; a value that is neither is in no range.
    pub from: Option<String>,
    /// Only up to this number, or to the end of this date.
    pub to: Option<String>,
    /// Only above this number, or after the end of this date.
    pub above: Option<String>,
    /// Only below this number, or before this date.
    pub below: Option<String>,
}

impl MetadataFilterInput {
    /// # Errors
    /// Where both ends of a range are given twice, or they are not two numbers or two dates in order.
    fn check(self) -> Result<MetadataFilter, PublicError> {
        let Self { name, values, from, to, above, below } = self;
        if !Metadata::is_name(&name) {
            return Err(bad(
                "metadata.name",
                "a field of one's own has a name of small letters, digits, points and underscores",
            ));
        }
        let bad = |message: &str| bad(&format!("metadata.{name}"), message);
        let min = match (from.as_deref(), above.as_deref()) {
            (Some(_), Some(_)) => return Err(bad("from and above are one bound; give one of them")),
            (Some(from), None) => Bound::Included(from),
            (None, Some(above)) => Bound::Excluded(above),
            (None, None) => Bound::Unbounded,
        };
        let max = match (to.as_deref(), below.as_deref()) {
            (Some(_), Some(_)) => return Err(bad("to and below are one bound; give one of them")),
            (Some(to), None) => Bound::Included(to),
            (None, Some(below)) => Bound::Excluded(below),
            (None, None) => Bound::Unbounded,
        };
        let range = match (min, max) {
            (Bound::Unbounded, Bound::Unbounded) => None,
            (min, max) => Some(ValueRange::read(min, max).ok_or_else(|| {
                bad("bounds are numbers such as 5 and -2.5, or dates such as 2024, 2024-05 and 2024-05-31, the lower one first")
            })?),
        };
        Ok(MetadataFilter { name, values, range })
    }
}

impl SearchFilterInput {
    /// The filter asked for.
    ///
    /// # Errors
    /// Where an id is not an asset's, a code not a language's, or a range is empty or cannot be read.
    pub(super) fn check(self) -> Result<Filter, PublicError> {
        let title = self.title_contains.as_deref().map(str::trim).unwrap_or_default();
        if !title.is_empty() && !title.contains(char::is_alphanumeric) {
            return Err(bad("titleContains", "there is no word in it to look for"));
        }
        let codes = [("languages", &self.languages), ("captionLanguages", &self.caption_languages)];
        for (field, codes) in codes {
            if let Some(code) = codes.iter().flatten().find(|code| !is_code(&code.to_lowercase())) {
                return Err(bad(
                    field,
                    &format!("{code:.20?} is not the code of a language (ISO 639), such as en or yue"),
                ));
            }
        }
        let duration =
            Between { min: self.min_duration_micros.map(|it| it.0), max: self.max_duration_micros.map(|it| it.0) };
        let created_at = Between { min: self.created_from, max: self.created_to };
        for (field, bound) in [("minDurationMicros", duration.min), ("maxDurationMicros", duration.max)] {
            if bound.is_some_and(|bound| bound < MediaTime::ZERO) {
                return Err(bad(field, "no asset is shorter than nothing"));
            }
        }
        in_order("minDurationMicros", &duration)?;
        in_order("createdFrom", &created_at)?;
        let assets = self
            .asset_ids
            .map(|ids| ids.iter().map(|id| parse_typed(id).ok_or_else(|| not_an_id("assetIds", "an asset"))).collect())
            .transpose()?;
        Ok(Filter {
            assets,
            kinds: self.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            modalities: self.modalities.map(|modalities| modalities.into_iter().map(Into::into).collect()),
            within: self.range.map(TimeRangeInput::span).transpose()?,
            title: self.title_contains,
            created_at,
            duration,
            has_audio: self.has_audio,
            has_video: self.has_video,
            languages: self.languages,
            caption_languages: self.caption_languages,
            metadata: self.metadata.into_iter().map(MetadataFilterInput::check).collect::<Result<_, _>>()?,
            ..Filter::default()
        })
    }
}

fn bad(field: &str, message: &str) -> PublicError {
    PublicError::new(Code::BadUserInput, message).of_field(field)
}

/// # Errors
/// Where nothing lies between the bounds; `field` is that of the lower one.
pub(super) fn in_order<T: PartialOrd>(field: &str, bounds: &Between<T>) -> Result<(), PublicError> {
    match (&bounds.min, &bounds.max) {
        (Some(min), Some(max)) if min > max => Err(bad(field, "it is above the other bound, so nothing lies between")),
        _ => Ok(()),
    }
}
