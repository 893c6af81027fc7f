//! Filters of a search, as clients write them.

use async_graphql::{ID, InputObject};
use chrono::{DateTime, Utc};
use reelgraph_search::query::filter::{Between, Filter, MetadataFilter};

use crate::graphql::error::PublicError;
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
}

impl SearchFilterInput {
    /// The filter asked for.
    ///
    /// # Errors
    /// Where an id is not an asset's or a range is empty.
    pub(super) fn check(self) -> Result<Filter, PublicError> {
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
            created_at: Between { min: self.created_from, max: self.created_to },
            duration: Between {
                min: self.min_duration_micros.map(|it| it.0),
                max: self.max_duration_micros.map(|it| it.0),
            },
            has_audio: self.has_audio,
            has_video: self.has_video,
            languages: self.languages,
            caption_languages: self.caption_languages,
            metadata: self.metadata.into_iter().map(|it| MetadataFilter { name: it.name, values: it.values }).collect(),
            ..Filter::default()
        })
    }
}
