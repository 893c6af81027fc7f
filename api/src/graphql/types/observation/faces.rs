//! Faces.

use async_graphql::{Context, Result};
use reelgraph_models::observation as model;
use reelgraph_models::time::MediaTime;

use super::pictures::{BoundingBox, TrackBox};
use crate::graphql::session::Session;
use crate::graphql::types::face::Face;
use crate::graphql::types::person::Person;
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

        /// The face that was seen, the same from one analysis to the next; null until it was put together with others.
        async fn face(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<Face>> {
            Ok(Session::of(ctx)?.loaders().face_seen_as(self.seen.id).await?)
        }

        /// Whose it is; null where that is not known.
        async fn person(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<Person>> {
            let loaders = Session::of(ctx)?.loaders();
            let face = loaders.face_seen_as(self.seen.id).await?;
            Ok(match face.and_then(|face| face.0.standing.person) {
                Some(person) => loaders.person(person).await?,
                None => None,
            })
        }

        /// All boxes, by time.
        async fn boxes(&self) -> Vec<TrackBox> {
            self.boxes.iter().map(TrackBox::from).collect()
        }
    }
}
