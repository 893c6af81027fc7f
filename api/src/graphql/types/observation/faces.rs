//! Faces.

use async_graphql::{Context, Result};
use reelgraph_models::observation as model;
use reelgraph_models::time::MediaTime;

use super::pictures::{BoundingBox, TrackBox};
use crate::graphql::types::scalar::Microseconds;

observations! {
    /// One face, followed through the pictures of one shot.
    FaceSighting {
        bounds: model::BoundingBox,
        at: MediaTime,
        quality: f32,
        boxes: Vec<model::TrackBox>
    } {
        /// The box that shows it best.
        #[graphql(name = "box")]
        async fn bounds(&self) -> BoundingBox {
            self.bounds.into()
        }

        /// When that was.
        async fn at_micros(&self) -> Microseconds {
            Microseconds(self.at)
        }

        /// A small picture of what is in that box, cut out of the original when it is asked for first; null where originals
        /// are kept where no decoder reaches them.
        async fn crop_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
            super::crop_url(ctx, &self.seen).await
        }

        /// How well that box shows it, 0 to 1: size, sharpness, turned towards us.
        async fn quality(&self) -> f32 {
            self.quality
        }

        /// All boxes, by time.
        async fn boxes(&self) -> Vec<TrackBox> {
            self.boxes.iter().map(TrackBox::from).collect()
        }
    }
}
