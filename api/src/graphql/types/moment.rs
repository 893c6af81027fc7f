//! A stretch of an asset that can be returned, played and cited.

use std::cmp::Reverse;

use async_graphql::{Context, Enum, ID, Object, Result};
use reelgraph_models::id::MomentId;
use reelgraph_models::moment::Moment as Row;
use reelgraph_models::observation::Modality as Channel;
use reelgraph_models::store::Neighbours;
use reelgraph_models::time::Span;

use super::asset::Asset;
use super::observation::{Modality, Observation};
use super::scalar::Microseconds;
use super::span::TimeSpan;
use crate::graphql::links::{Links, playable};
use crate::graphql::loaders::ObservationsIn;
use crate::graphql::node_id::GlobalId;
use crate::graphql::page::cost;
use crate::graphql::query::search::{SearchConnection, similar};
use crate::graphql::session::Session;

/// What bounds a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::moment::MomentKind")]
pub enum MomentKind {
    /// Two cuts.
    Shot,
    /// A passage of speech.
    Speech,
    /// The whole asset.
    Asset,
}

/// A stretch of one asset that can be returned, played and cited. Its id stays the same when the asset is analysed again, as
/// long as its bounds do.
#[derive(Debug, Clone)]
pub(crate) struct Moment(pub(crate) Row);

/// A stretch of one asset that can be returned, played and cited. Its id stays the same when the asset is analysed again, as
/// long as its bounds do.
#[Object]
impl Moment {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// Of which asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.0.asset).await?)
    }

    /// When.
    async fn span(&self) -> TimeSpan {
        self.0.span.into()
    }

    /// What bounds it.
    async fn kind(&self) -> MomentKind {
        self.0.kind.into()
    }

    /// What is said in it, without what may be invented; null when nothing is.
    async fn said(&self) -> Option<&str> {
        Some(self.0.texts.said.as_str()).filter(|text| !text.is_empty())
    }

    /// What is written in it; null when nothing is.
    async fn written(&self) -> Option<&str> {
        Some(self.0.texts.written.as_str()).filter(|text| !text.is_empty())
    }

    /// Labels of what is seen in it, surest first.
    async fn seen(&self) -> &[String] {
        &self.0.texts.seen
    }

    /// Plays the original from the moment's first to its last instant: a media fragment (`#t=start,end`), which browsers follow.
    async fn play_url(&self, ctx: &Context<'_>) -> Result<String> {
        let session = Session::of(ctx)?;
        Ok(Links::new(&session.state().settings.public_url).play(self.0.asset, self.0.span))
    }

    /// A little more than `span`, inside the asset, so that a player does not cut into the first or the last word.
    async fn playable_span(&self, ctx: &Context<'_>) -> Result<TimeSpan> {
        let asset = Session::of(ctx)?.loaders().asset(self.0.asset).await?;
        Ok(playable(self.0.span, asset.and_then(|asset| asset.duration())).into())
    }

    /// The instant whose picture stands for the moment.
    async fn still_at_micros(&self) -> Microseconds {
        Microseconds(self.0.still_at)
    }

    /// A still picture of the moment, JPEG; null where the asset has no pictures.
    async fn still_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let session = Session::of(ctx)?;
        let asset = session.loaders().asset(self.0.asset).await?;
        let has_pictures = asset.is_some_and(|asset| asset.has_pictures());
        Ok(has_pictures.then(|| Links::new(&session.state().settings.public_url).still(self.0.asset, self.0.still_at)))
    }

    /// The moment of the same kind right before it in its asset; null at the first.
    async fn previous(&self, ctx: &Context<'_>) -> Result<Option<Moment>> {
        self.neighbour(ctx, |beside| beside.previous).await
    }

    /// The moment of the same kind right after it in its asset; null at the last.
    async fn next(&self, ctx: &Context<'_>) -> Result<Option<Moment>> {
        self.neighbour(ctx, |beside| beside.next).await
    }

    /// The shot that it shares most time with; null where there is none.
    async fn shot(&self, ctx: &Context<'_>) -> Result<Option<Observation>> {
        self.part(ctx, Channel::Shots).await
    }

    /// The scene that it shares most time with; null where there is none.
    async fn scene(&self, ctx: &Context<'_>) -> Result<Option<Observation>> {
        self.part(ctx, Channel::Scenes).await
    }

    /// The suggested chapter that it shares most time with; null where there is none.
    async fn chapter(&self, ctx: &Context<'_>) -> Result<Option<Observation>> {
        self.part(ctx, Channel::Chapters).await
    }

    /// Moments that look or sound alike, of this and of other assets, best first.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(3_000)")]
    async fn similar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 10)] first: Option<i32>,
    ) -> Result<SearchConnection> {
        Ok(similar(Session::of(ctx)?, self.0.asset, self.0.span, first).await?)
    }

    /// What was seen in it, in order of time, at most 1000.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only these channels; all where it is left out.")] modalities: Option<Vec<Modality>>,
    ) -> Result<Vec<Observation>> {
        let mut modalities: Vec<_> = modalities.unwrap_or_default().into_iter().map(Into::into).collect();
        modalities.sort_unstable();
        modalities.dedup();
        let key = ObservationsIn { asset: self.0.asset, span: self.0.span, modalities };
        let mut seen = Session::of(ctx)?.loaders().observations_in(key).await?;
        seen.truncate(MAX_OBSERVATIONS);
        Ok(seen.into_iter().map(Observation::from).collect())
    }
}

impl Moment {
    async fn neighbour(
        &self,
        ctx: &Context<'_>,
        which: impl FnOnce(Neighbours) -> Option<MomentId>,
    ) -> Result<Option<Moment>> {
        let loaders = Session::of(ctx)?.loaders();
        match loaders.neighbours(self.0.id).await?.and_then(which) {
            Some(id) => Ok(loaders.moment(id).await?.map(Moment)),
            None => Ok(None),
        }
    }

    /// The observation of a channel that shares most time with it.
    async fn part(&self, ctx: &Context<'_>, channel: Channel) -> Result<Option<Observation>> {
        let key = ObservationsIn { asset: self.0.asset, span: self.0.span, modalities: vec![channel] };
        let parts = Session::of(ctx)?.loaders().observations_in(key).await?;
        let shared = |span: Span| span.intersection(self.0.span).map(|shared| shared.duration());
        Ok(parts.into_iter().max_by_key(|part| (shared(part.span), Reverse(part.span.start()))).map(Observation::from))
    }
}

/// Observations shown of one moment; those beyond are reached by the asset's connection.
const MAX_OBSERVATIONS: usize = 1_000;
