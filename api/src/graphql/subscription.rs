//! What can be watched while it happens.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, ID, Result, SimpleObject, Subscription as SubscriptionRoot};
use futures::stream::{self, Stream};
use reelgraph_models::asset::AssetState as State;
use reelgraph_models::id::{AssetId, BatchId, SavedSearchId};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::error::{Code, PublicError};
use super::node_id::parse_typed;
use super::session::Session;
use super::types::asset::{Asset, AssetState};
use super::types::job::Job;
use super::types::reason::Reason;
use super::types::refresh::Refresh;
use super::types::standing::SearchMatch;
use super::watch_matches::{self, MatchWatch};
use super::watch_refresh::{self, RefreshWatch};
use crate::gate::Place;
use crate::state::ApiState;

/// Everything that can be watched.
#[derive(Default)]
pub struct Subscription;

/// Everything that can be watched.
#[SubscriptionRoot]
impl Subscription {
    /// How far the analysis of an asset is: now, and at every change, until it has come to an end. Ends at once for an asset
    /// that has.
    async fn asset_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which asset.")] asset_id: ID,
    ) -> Result<impl Stream<Item = Result<AssetProgress>> + use<>> {
        let session = Session::of(ctx)?;
        let asset = parse_typed::<AssetId>(&asset_id);
        let (Some(asset), state) = (asset, Arc::clone(session.state())) else { return Err(unknown().into()) };
        if session.loaders().asset(asset).await?.is_none() {
            return Err(unknown().into());
        }
        let (place, ticks) = look_out(&state)?;
        let session = Session::new(state, session.principal());
        Ok(watch(Watch { session, asset, ticks, last: None, has_ended: false, _place: place }))
    }

    /// How far a re-run of the library is: now, and at every change, until its jobs have ended.
    async fn refresh_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id that `refreshLibrary` answered with.")] id: ID,
    ) -> Result<impl Stream<Item = Result<Refresh>> + use<>> {
        let session = Session::of(ctx)?;
        let unknown = || PublicError::new(Code::NotFound, "there is no re-run with this id");
        let batch = parse_typed::<BatchId>(&id).ok_or_else(unknown)?;
        let state = Arc::clone(session.state());
        let (place, ticks) = look_out(&state)?;
        let session = Session::new(state, session.principal());
        Ok(watch_refresh::watch(RefreshWatch { session, batch, ticks, _place: place }))
    }

    /// What a standing search meets: each moment once, from now on, or from after an event that was seen before. Ends with an
    /// error when the search is deleted.
    async fn search_matched(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which saved search.")] search_id: ID,
        #[graphql(desc = "The cursor of the last event already seen; from now on where it is left out.")] after: Option<
            String,
        >,
    ) -> Result<impl Stream<Item = Result<SearchMatch>> + use<>> {
        let session = Session::of(ctx)?;
        let unknown = || PublicError::new(Code::NotFound, "there is no saved search with this id");
        let search = parse_typed::<SavedSearchId>(&search_id).ok_or_else(unknown)?;
        session.store().find_saved_search(search).await.map_err(PublicError::from)?.ok_or_else(unknown)?;
        let state = Arc::clone(session.state());
        let look_out = look_out(&state)?;
        let session = Session::new(state, session.principal());
        Ok(watch_matches::watch(MatchWatch::begin(session, search, after.as_deref(), look_out).await?))
    }
}

/// A place among the subscribers, and the beat at which to look.
fn look_out(state: &ApiState) -> Result<(Place, Interval), PublicError> {
    let limits = &state.settings.limits;
    let place = state.watchers.enter(limits.subscriptions).ok_or_else(|| {
        let message = format!("{} subscriptions are open already", limits.subscriptions);
        PublicError::new(Code::LimitExceeded, message)
    })?;
    let mut ticks = interval(Duration::from_millis(limits.subscription_poll_ms.max(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    Ok((place, ticks))
}

fn unknown() -> PublicError {
    PublicError::new(Code::NotFound, "there is no asset with this id")
}

/// How far an asset is.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub(crate) struct AssetProgress {
    #[graphql(skip)]
    asset: Asset,
    /// Where the asset stands.
    pub state: AssetState,
    /// Why, for `FAILED` and `REFUSED`.
    pub state_reason: Option<Reason>,
    /// Name of the stage under way; null before the first and after the last.
    pub stage: Option<String>,
    /// Share of the work that is done, 0 to 1.
    pub fraction: f32,
    /// What is going on, for a person.
    pub message: Option<String>,
    /// Whether search finds the asset by what the analysis saw.
    pub is_searchable: bool,
    /// Whether this is the last event.
    pub is_final: bool,
    /// The job behind it.
    pub job: Option<Job>,
}

#[async_graphql::ComplexObject]
impl AssetProgress {
    /// The asset, as it is now.
    async fn asset(&self) -> &Asset {
        &self.asset
    }
}

/// One subscriber's look-out. Workers are other processes, so the database is asked; what has not changed is not sent.
struct Watch {
    session: Session,
    asset: AssetId,
    ticks: Interval,
    last: Option<Seen>,
    has_ended: bool,
    _place: Place,
}

/// What an event is made of, for comparison.
#[derive(Debug, Clone, PartialEq)]
struct Seen {
    state: State,
    stage: String,
    permille: u16,
    message: String,
    is_final: bool,
    is_searchable: bool,
    job: Option<(reelgraph_models::id::JobId, reelgraph_models::job::JobState, u32, bool)>,
}

fn watch(watch: Watch) -> impl Stream<Item = Result<AssetProgress>> + use<> {
    stream::unfold(watch, |mut watch| async move {
        if watch.has_ended {
            return None;
        }
        loop {
            watch.ticks.tick().await;
            match watch.look().await {
                Ok(None) => {}
                Ok(Some(progress)) => {
                    watch.has_ended = progress.is_final;
                    return Some((Ok(progress), watch));
                }
                Err(error) => {
                    watch.has_ended = true;
                    return Some((Err(error.into()), watch));
                }
            }
        }
    })
}

impl Watch {
    /// An event, where there is news.
    async fn look(&mut self) -> Result<Option<AssetProgress>, PublicError> {
        let loaders = self.session.loaders();
        let (asset, job) = tokio::try_join!(loaders.asset(self.asset), loaders.latest_job(self.asset))?;
        let Some(asset) = asset else { return Err(PublicError::new(Code::NotFound, "the asset was deleted")) };
        let is_over = job.as_ref().is_none_or(|job| job.0.state.is_final());
        let is_ready = asset.0.state == State::Ready;
        let is_searchable = self.session.state().is_searchable(&asset.0).await?;
        let is_final = is_over && (is_searchable || !is_ready);
        let seen = Seen::new(&asset, job.as_ref(), is_final, is_searchable);
        if self.last.as_ref() == Some(&seen) {
            return Ok(None);
        }
        let progress = AssetProgress {
            state: asset.0.state.into(),
            state_reason: asset.0.state_reason.as_ref().map(Reason::from),
            stage: Some(seen.stage.clone()).filter(|stage| !stage.is_empty() && !is_over),
            fraction: f32::from(seen.permille) / 1_000.0,
            message: Some(seen.message.clone()).filter(|message| !message.is_empty()),
            is_searchable,
            is_final,
            asset,
            job,
        };
        self.last = Some(seen);
        Ok(Some(progress))
    }
}

impl Seen {
    fn new(asset: &Asset, job: Option<&Job>, is_final: bool, is_searchable: bool) -> Self {
        let progress = job.map(|job| job.0.progress.clone()).unwrap_or_default();
        let fraction = if asset.0.state == State::Ready && is_final { 1.0 } else { progress.fraction.clamp(0.0, 1.0) };
        Self {
            state: asset.0.state,
            stage: progress.stage,
            permille: (fraction * 1_000.0).round() as u16,
            message: progress.message,
            is_final,
            is_searchable,
            job: job.map(|job| (job.0.id, job.0.state, job.0.attempts, job.0.is_cancel_requested)),
        }
    }
}
