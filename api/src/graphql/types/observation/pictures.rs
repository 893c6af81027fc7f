//! What pictures show: objects and labels.

use async_graphql::{Context, Result, SimpleObject};
use reelgraph_models::observation as model;
use reelgraph_models::time::MediaTime;

use crate::graphql::types::scalar::Microseconds;
use crate::graphql::types::span::TimeSpan;

/// A box in the picture, in fractions of its width and height; 0, 0 is the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, SimpleObject)]
pub(crate) struct BoundingBox {
    /// Left edge, fraction of the width.
    pub left: f32,
    /// Upper edge, fraction of the height.
    pub top: f32,
    /// Right edge, fraction of the width.
    pub right: f32,
    /// Lower edge, fraction of the height.
    pub bottom: f32,
}

impl From<model::BoundingBox> for BoundingBox {
    fn from(bounds: model::BoundingBox) -> Self {
        Self { left: bounds.left, top: bounds.top, right: bounds.right, bottom: bounds.bottom }
    }
}

/// Where something was in one picture.
#[derive(Debug, Clone, Copy, PartialEq, SimpleObject)]
pub(crate) struct TrackBox {
    /// When.
    pub at_micros: Microseconds,
    /// Where.
    #[graphql(name = "box")]
    pub bounds: BoundingBox,
    /// The model's own score, 0 to 1.
    pub confidence: f32,
}

impl From<&model::TrackBox> for TrackBox {
    fn from(seen: &model::TrackBox) -> Self {
        Self { at_micros: Microseconds(seen.at), bounds: seen.bounds.into(), confidence: seen.confidence }
    }
}

/// One thing followed through pictures of one shot.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct Track {
    /// From the first picture that shows it until it is gone.
    pub span: TimeSpan,
    /// Its boxes, by time.
    pub boxes: Vec<TrackBox>,
}

impl From<&model::Track> for Track {
    fn from(track: &model::Track) -> Self {
        Self { span: track.span.into(), boxes: track.boxes.iter().map(TrackBox::from).collect() }
    }
}

/// How many there were in one picture.
#[derive(Debug, Clone, Copy, PartialEq, SimpleObject)]
pub(crate) struct Counted {
    /// In the picture of that time.
    pub at_micros: Microseconds,
    /// So many.
    pub count: u32,
}

observations! {
    /// A class of objects over a stretch of time.
    ObjectSighting {
        label: String,
        also: Vec<String>,
        count: u32,
        bounds: model::BoundingBox,
        at: MediaTime,
        tracks: Vec<model::Track>,
        counts: Vec<model::Counted>
    } {
        /// Class name.
        async fn label(&self) -> &str {
            &self.label
        }

        /// Other words for it: synonyms, then wider terms.
        async fn also(&self) -> &[String] {
            &self.also
        }

        /// Most of them seen in one picture.
        async fn count(&self) -> u32 {
            self.count
        }

        /// The surest box.
        #[graphql(name = "box")]
        async fn bounds(&self) -> BoundingBox {
            self.bounds.into()
        }

        /// When that box was seen.
        async fn at_micros(&self) -> Microseconds {
            Microseconds(self.at)
        }

        /// A small picture of what is in that box, cut out of the original when it is asked for first; null where originals
        /// are kept where no decoder reaches them.
        async fn crop_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
            super::crop_url(ctx, &self.seen).await
        }

        /// Each of them, followed through the pictures.
        async fn tracks(&self) -> Vec<Track> {
            self.tracks.iter().map(Track::from).collect()
        }

        /// How many there were in each picture that was looked at, where that changes.
        async fn counts(&self) -> Vec<Counted> {
            self.counts.iter().map(|counted| Counted { at_micros: Microseconds(counted.at), count: counted.count }).collect()
        }
    }

    /// A label of the whole picture over a stretch of time.
    Tag { label: String, also: Vec<String> } {
        /// Class name, for people.
        async fn label(&self) -> &str {
            &self.label
        }

        /// Other words for it: synonyms, then wider terms.
        async fn also(&self) -> &[String] {
            &self.also
        }
    }
}
