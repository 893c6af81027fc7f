//! Filters of a search, as clients write them.

use std::ops::Bound;

use async_graphql::{ID, InputObject};
use chrono::{DateTime, NaiveDate, Utc};
use reelgraph_models::language::is_code;
use reelgraph_models::metadata::Metadata;
use reelgraph_models::rights::Territory;
use reelgraph_models::time::MediaTime;
use reelgraph_search::query::filter::{Between, Filter, MetadataFilter};
use reelgraph_search::query::limits::MAX_FILTER_VALUES;
use reelgraph_search::query::{Expr, FileProperty, ValueRange, is_licence_day};

use crate::graphql::error::{Code, PublicError};
use crate::graphql::node_id::{not_an_id, parse_typed};
use crate::graphql::types::moment::MomentKind;
use crate::graphql::types::observation::Modality;
use crate::graphql::types::rights::{ReviewState, not_a_licence_day, not_a_territory};
use crate::graphql::types::scalar::{Long, Microseconds};
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
    /// Only assets whose picture has so many columns as shown, or more.
    pub min_width_px: Option<u32>,
    /// Only assets whose picture has so many columns as shown, or fewer.
    pub max_width_px: Option<u32>,
    /// Only assets whose picture has so many rows as shown, or more.
    pub min_height_px: Option<u32>,
    /// Only assets whose picture has so many rows as shown, or fewer.
    pub max_height_px: Option<u32>,
    /// Only assets whose file has so many bytes or more.
    pub min_size_bytes: Option<Long>,
    /// Only assets whose file has so many bytes or fewer.
    pub max_size_bytes: Option<Long>,
    /// Only assets with so many frames a second or more; kept with three places after the point.
    pub min_frame_rate: Option<f64>,
    /// Only assets with so many frames a second or fewer.
    pub max_frame_rate: Option<f64>,
    /// Only assets with pictures or sound in one of these codecs by FFmpeg's names, such as `h264` and `aac`; at most 64.
    pub codecs: Option<Vec<String>>,
    /// Only assets whose format is one of these by FFmpeg's names, such as `mp4` and `matroska`; at most 64.
    pub containers: Option<Vec<String>>,
    /// Only assets with sound, or only those without.
    pub has_audio: Option<bool>,
    /// Only assets with moving pictures, or only those without.
    pub has_video: Option<bool>,
    /// Only assets in which one of these languages is spoken (ISO 639-1), at most 64.
    pub languages: Option<Vec<String>>,
    /// Only assets of which there are captions in one of these languages (ISO 639-1), at most 64; those that were heard by a
    /// machine do not count.
    pub caption_languages: Option<Vec<String>>,
    /// Only assets of which one of these was decided.
    pub review: Option<Vec<ReviewState>>,
    /// Only assets that may be used in all of these places, each on its day, by the licences that were noted for them.
    #[graphql(default)]
    pub licensed: Vec<LicensedInput>,
    /// Only assets with all of these fields that people gave them, at most 64.
    #[graphql(default)]
    pub metadata: Vec<MetadataFilterInput>,
}

/// Where and when an asset may be used.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct LicensedInput {
    /// Where: two letters of ISO 3166-1, such as `DE`.
    pub territory: String,
    /// On which day (UTC); today where it is null.
    pub on: Option<NaiveDate>,
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
    /// The filter asked for, `today`.
    ///
    /// # Errors
    /// Where an id is not an asset's, a code not a language's or a territory's, or a range is empty or cannot be read; where a list
    /// is too long.
    pub(super) fn check(self, today: NaiveDate) -> Result<Filter, PublicError> {
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
        let licensed = |LicensedInput { territory, on }| {
            let known =
                Territory::new(&territory).ok_or_else(|| bad("licensed.territory", &not_a_territory(&territory)))?;
            let on = on.unwrap_or(today);
            match is_licence_day(on) {
                true => Ok((known, on)),
                false => Err(bad("licensed.on", &not_a_licence_day(on))),
            }
        };
        let width_px = Between { min: self.min_width_px, max: self.max_width_px };
        let height_px = Between { min: self.min_height_px, max: self.max_height_px };
        in_order("minWidthPx", &width_px)?;
        in_order("minHeightPx", &height_px)?;
        let metadata = self.metadata.into_iter().map(MetadataFilterInput::check);
        let mut metadata = metadata.collect::<Result<Vec<_>, _>>()?;
        let size = (self.min_size_bytes.map(|it| it.0), self.max_size_bytes.map(|it| it.0));
        metadata.extend(file_range(FileProperty::Size, "minSizeBytes", size)?);
        // More than any file has, and not too many digits to compare by.
        let rate = [self.min_frame_rate, self.max_frame_rate].map(|rate| rate.map(|rate| rate.clamp(-1e9, 1e9)));
        metadata.extend(file_range(FileProperty::FrameRate, "minFrameRate", rate.into())?);
        if self.codecs.as_ref().is_some_and(|codecs| codecs.len() > MAX_FILTER_VALUES) {
            return Err(bad("codecs", &format!("at most {MAX_FILTER_VALUES} codecs are looked for at once")));
        }
        let named =
            |codecs| MetadataFilter { name: FileProperty::Codec.name().to_owned(), values: Some(codecs), range: None };
        metadata.extend(self.codecs.map(named));
        let filter = Filter {
            assets,
            review: self.review.map(|states| states.into_iter().map(Into::into).collect()),
            licensed: self.licensed.into_iter().map(licensed).collect::<Result<_, PublicError>>()?,
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
            width_px,
            height_px,
            containers: self.containers,
            metadata,
        };
        filter.check()?;
        Ok(filter)
    }
}

/// A filter as a part of a query: all that it asks of moments and assets, without channels.
pub(super) fn as_query(filter: &Filter) -> Expr {
    Expr::And(filter.conditions().into_iter().map(Expr::Is).collect())
}

/// A range of a property of the file; none where both ends are open.
///
/// # Errors
/// Where nothing lies in it; `field` is that of the lower end.
fn file_range<T: ToString>(
    property: FileProperty,
    field: &str,
    (min, max): (Option<T>, Option<T>),
) -> Result<Option<MetadataFilter>, PublicError> {
    let [min, max] = [min, max].map(|end| end.map(|end| end.to_string()));
    if min.is_none() && max.is_none() {
        return Ok(None);
    }
    let range = ValueRange::read(bound(min.as_deref()), bound(max.as_deref()));
    let range = range.ok_or_else(|| bad(field, "no file is between these bounds"))?;
    Ok(Some(MetadataFilter { name: property.name().to_owned(), values: None, range: Some(range) }))
}

fn bound(end: Option<&str>) -> Bound<&str> {
    end.map_or(Bound::Unbounded, Bound::Included)
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
