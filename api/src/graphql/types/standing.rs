//! What standing searches have met.

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use reelgraph_models::outbox::SearchMatched;
use reelgraph_models::standing_search::StandingMatch as Row;
use reelgraph_models::time::{MediaTime, Span};

use super::asset::Asset;
use super::moment::Moment;
use super::span::TimeSpan;
use crate::graphql::links::Links;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// What a person says about a moment in the list of a saved search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::standing_search::MatchMark")]
pub enum MatchMark {
    /// It belongs there, whether it matches or not.
    Pinned,
    /// It does not belong there, though it matches.
    Excluded,
}

/// A moment in the list of a saved search: one that it met while it stood, or one that was pinned to it.
#[derive(Debug, Clone)]
pub(crate) struct StandingMatch(pub(crate) Row);

/// A moment in the list of a saved search: one that it met while it stood, or one that was pinned to it.
#[Object]
impl StandingMatch {
    /// Which moment; it stays the same where the asset is analysed again and the moment is still there.
    async fn moment_id(&self) -> ID {
        GlobalId::from(self.0.moment).into()
    }

    /// The moment; null where another analysis has drawn other bounds since.
    async fn moment(&self, ctx: &Context<'_>) -> Result<Option<Moment>> {
        Ok(Session::of(ctx)?.loaders().moment(self.0.moment).await?.map(Moment))
    }

    /// Of which asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.0.asset).await?)
    }

    /// When in the asset.
    async fn span(&self) -> TimeSpan {
        self.0.span.into()
    }

    /// How good it was when it was met, 0 to 1; null where it was only pinned.
    async fn score(&self) -> Option<f32> {
        self.0.score
    }

    /// What a person said about it.
    async fn mark(&self) -> Option<MatchMark> {
        self.0.mark.map(MatchMark::from)
    }

    /// When it was met, or pinned.
    async fn matched_at(&self) -> DateTime<Utc> {
        self.0.matched_at
    }

    /// Plays the original from the moment's first to its last instant: a media fragment (`#t=start,end`), which browsers follow.
    async fn play_url(&self, ctx: &Context<'_>) -> Result<String> {
        let session = Session::of(ctx)?;
        Ok(Links::new(&session.state().settings.public_url).play(self.0.asset, self.0.span))
    }
}

/// A standing search met a moment.
#[derive(Debug, Clone)]
pub(crate) struct SearchMatch {
    pub(crate) event: reelgraph_models::outbox::Event,
    pub(crate) matched: SearchMatched,
    pub(crate) cursor: String,
}

/// A standing search met a moment.
#[Object]
impl SearchMatch {
    /// Id of the event; the same whoever is told, and how often.
    async fn event_id(&self) -> ID {
        self.event.id.to_string().into()
    }

    /// Opaque; hand it back to go on after this event.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// When it was met.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.event.occurred_at
    }

    /// Which search.
    async fn saved_search_id(&self) -> ID {
        GlobalId::from(self.matched.search).into()
    }

    /// Which moment.
    async fn moment_id(&self) -> ID {
        GlobalId::from(self.matched.moment).into()
    }

    /// The moment; null where another analysis has drawn other bounds since.
    async fn moment(&self, ctx: &Context<'_>) -> Result<Option<Moment>> {
        Ok(Session::of(ctx)?.loaders().moment(self.matched.moment).await?.map(Moment))
    }

    /// Of which asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.matched.asset).await?)
    }

    /// When in the asset.
    async fn span(&self) -> TimeSpan {
        let (start, end) = (self.matched.start_us, self.matched.end_us);
        Span::at_least_one_micro(MediaTime::from_micros(start), MediaTime::from_micros(end)).into()
    }

    /// How good, 0 to 1.
    async fn score(&self) -> f32 {
        self.matched.score
    }
}
