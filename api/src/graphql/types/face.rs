//! Faces, as they belong to people.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use reelgraph_models::people::{Face as Row, FaceStill};

use super::asset::Asset;
use super::observation::{BoundingBox, FaceSighting, Observation};
use super::person::Person;
use super::scalar::Microseconds;
use super::span::TimeSpan;
use crate::graphql::links::Links;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// A still picture with a face in it.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct FacePicture {
    /// The still picture, JPEG.
    pub url: String,
    /// Of which instant of the asset.
    pub at_micros: Microseconds,
    /// Where the face is in it.
    #[graphql(name = "box")]
    pub bounds: BoundingBox,
}

/// One face, followed through the pictures of one shot. Its id stays the same when the asset is analysed again.
#[derive(Debug, Clone)]
pub(crate) struct Face(pub(crate) Row);

/// One face, followed through the pictures of one shot. Its id stays the same when the asset is analysed again.
#[Object]
impl Face {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// Of which asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.0.asset).await?)
    }

    /// When it is seen.
    async fn span(&self) -> TimeSpan {
        self.0.span.into()
    }

    /// When it is seen best.
    async fn at_micros(&self) -> Microseconds {
        Microseconds(self.0.at)
    }

    /// Where it is then.
    #[graphql(name = "box")]
    async fn bounds(&self) -> BoundingBox {
        self.0.bounds.into()
    }

    /// How well that shows it, 0 to 1: size, sharpness, turned towards us.
    async fn quality(&self) -> f32 {
        self.0.quality
    }

    /// A still picture that shows it; null where none does.
    async fn picture(&self, ctx: &Context<'_>) -> Result<Option<FacePicture>> {
        let Some(FaceStill { at, bounds }) = self.0.still else { return Ok(None) };
        let url = Links::new(&Session::of(ctx)?.state().settings.public_url).still(self.0.asset, at);
        Ok(Some(FacePicture { url, at_micros: Microseconds(at), bounds: bounds.into() }))
    }

    /// Whose it is; null where that is not known.
    async fn person(&self, ctx: &Context<'_>) -> Result<Option<Person>> {
        match self.0.standing.person {
            Some(person) => Ok(Session::of(ctx)?.loaders().person(person).await?),
            None => Ok(None),
        }
    }

    /// Whether someone said whose it is; else it was put together with faces that look alike.
    async fn is_decided(&self) -> bool {
        self.0.standing.is_decided
    }

    /// How the latest analysis saw it; null where it did not.
    async fn sighting(&self, ctx: &Context<'_>) -> Result<Option<FaceSighting>> {
        let Some(id) = self.0.observation else { return Ok(None) };
        let seen = Session::of(ctx)?.loaders().observation(id).await?;
        Ok(match seen.map(Observation::from) {
            Some(Observation::FaceSighting(seen)) => Some(seen),
            _ => None,
        })
    }
}
