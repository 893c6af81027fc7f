//! Standing searches: put to what is new in the index, so that each new moment that matches is told exactly once.
//!
//! A follower of the feed that the indexes follow, one step behind them: an asset that has changed is looked through once the
//! index has the change. Where each search has come to is a watermark of its own, which moves in the transaction that keeps
//! what was met ([`TenantStore::keep_matches`](reelgraph_models::store::TenantStore::keep_matches)); a moment is told once
//! because the database keeps it once. So a process may die at any place, and the next one goes on where it was.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reelgraph_models::asset::Revision;
use reelgraph_models::id::AssetId;
use reelgraph_models::outbox::{MAX_EVENT_ROWS, oldest_kept};
use reelgraph_models::saved_search::{Backfill, SavedSearch};
use reelgraph_models::standing_search::{ChangedAsset, DueSearch, FoundMatch, Kept, LookedThrough};
use reelgraph_models::store::TenantStore;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::hit::{Hit, Source};
use reelgraph_search::query::limits::MAX_PAGE_HITS;
use reelgraph_search::query::{Grouping, Logic, SearchRequest, Sort, Spread};

use crate::graphql::{Code, PublicError, Session, input_of};
use crate::principal::Principal;
use crate::state::ApiState;

/// How often the index is asked whether it has come further.
const PERIOD: Duration = Duration::from_millis(500);
/// Pause after a round that failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Standing searches read together.
const DUE_SEARCHES: u32 = 100;
/// Changed assets that a search is put to at once.
const BATCH_ASSETS: u32 = 16;
/// Where an answer has this many moments, there may be more than search looks at, so it is asked again about smaller parts:
/// three quarters of the candidates of a space of vectors, the fewest of any channel.
const CROWDED_MOMENTS: usize = 150;
/// A stretch of one asset that is not parted further, microseconds.
const SHORTEST_PART_MICROS: i64 = 60_000_000;
/// Length of an asset whose own is not known: longer than any file that decoders take.
const LONGEST_ASSET: MediaTime = MediaTime::from_millis(1_000 * 60 * 60 * 24 * 7);
/// Share of a query's weight that must be found for a match by words: all of it, but for rounding.
const ALL_WORDS: f32 = 0.99;
/// How often the outbox is cut back to its bounds.
const PRUNE_EVERY_MINUTES: i64 = 10;

/// Follows the index until `shutdown`.
pub(crate) async fn run(state: &Arc<ApiState>, shutdown: impl Future<Output = ()>) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut pruned: Option<DateTime<Utc>> = None;
    loop {
        let round = async {
            let told = catch_up(state).await?;
            if told > 0 {
                tracing::info!(matches = told, "standing searches told of new moments");
            }
            let now = state.clock.now();
            if pruned.is_none_or(|last| now - last >= TimeDelta::minutes(PRUNE_EVERY_MINUTES)) {
                state.store.prune_events(oldest_kept(now), MAX_EVENT_ROWS).await?;
                pruned = Some(now);
            }
            Ok::<_, PublicError>(())
        };
        let pause = tokio::select! {
            () = &mut shutdown => return,
            done = round => match done {
                Ok(()) => PERIOD,
                Err(error) => {
                    error.log(state.clock.as_ref());
                    PAUSE_AFTER_FAILURE
                }
            },
        };
        tokio::select! {
            () = &mut shutdown => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Puts every standing search to everything that the index has and it has not seen; returns how many matches were told.
pub(crate) async fn catch_up(state: &Arc<ApiState>) -> Result<usize, PublicError> {
    let mut told = 0;
    loop {
        let latest = state.store.latest_revision().await?;
        let mut due = state.store.due_searches(latest, DUE_SEARCHES).await?;
        if due.is_empty() {
            return Ok(told);
        }
        // An index that is ahead belongs to a database that was restored from a backup; it is built again.
        let published = state.index.watermark().await?.min(latest);
        due.retain(|due| due.search.standing.as_ref().is_some_and(|standing| standing.watermark < published));
        if due.is_empty() {
            return Ok(told);
        }
        for due in due {
            told += step(state, &due, published).await?;
        }
    }
}

/// Moves one search on by one batch of changed assets.
async fn step(state: &Arc<ApiState>, due: &DueSearch, published: Revision) -> Result<usize, PublicError> {
    let store = state.store.tenant(due.tenant);
    let Some(standing) = &due.search.standing else { return Ok(0) };
    let changed = store.changed_assets(standing.watermark, published, BATCH_ASSETS).await?;
    let is_end = changed.len() < BATCH_ASSETS as usize;
    let last = changed.last().map_or(published, |change| change.revision);
    let to = if is_end { published } else { last };
    let found = match meet(state, &store, due, &changed).await {
        Ok(found) => found,
        // Asking again would come to the same.
        Err(error) if is_hopeless(error.code()) => {
            tracing::warn!(search = %due.search.id, reason = error.message(), "a standing search cannot be asked");
            Vec::new()
        }
        Err(error) => return Err(error),
    };
    match store.keep_matches(&due.search, &LookedThrough { to, is_end, found }).await? {
        Kept::Told { matches } => Ok(matches),
        Kept::Overtaken => Ok(0),
    }
}

/// Whether the question itself is at fault.
fn is_hopeless(code: Code) -> bool {
    matches!(code, Code::BadUserInput | Code::QueryTooLong | Code::LimitExceeded)
}

/// What the search answers about these assets alone.
async fn meet(
    state: &Arc<ApiState>,
    store: &TenantStore,
    due: &DueSearch,
    changed: &[ChangedAsset],
) -> Result<Vec<FoundMatch>, PublicError> {
    let assets: Vec<AssetId> = changed.iter().filter(|change| !change.is_deleted).map(|change| change.asset).collect();
    if assets.is_empty() {
        return Ok(Vec::new());
    }
    let session = Session::new(Arc::clone(state), Principal { tenant: due.tenant });
    let request = input_of(&due.search.search)?.request(&session).await?;
    let request = request.with_grouping(Grouping::Flat).with_sort(Sort::Relevance).with_spread(Spread::None);
    // Every match counts, in whatever order.
    let request = request.with_rerank(None)?;
    let created: HashMap<AssetId, DateTime<Utc>> =
        changed.iter().map(|change| (change.asset, change.created_at)).collect();
    let mut hits = answers(state, store, &request, assets).await?;
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    let is_loose = is_loose(&request);
    let found = hits.into_iter().filter(|hit| !is_loose || is_match(state, hit)).filter_map(|hit| {
        let (lead, merged) = hit.moments.split_first()?;
        let is_silent = created.get(&hit.asset).is_some_and(|created_at| was_there(&due.search, *created_at));
        // What stands in a relation to it in time may do so to others as well, which are matches of their own.
        let merged = if hit.parts.is_empty() { merged.to_vec() } else { Vec::new() };
        Some(FoundMatch { asset: hit.asset, lead: *lead, merged, score: hit.score, is_silent })
    });
    Ok(found.collect())
}

/// Whether some of the words make an answer, as in a sentence; what is asked in the query language says itself what must hold.
fn is_loose(request: &SearchRequest) -> bool {
    let is_some = |logic: &Logic| matches!(logic, Logic::Some { .. });
    request.query().retrieval().is_some_and(|look| match &look.logic {
        Logic::All(parts) => parts.iter().any(is_some),
        logic => is_some(logic),
    })
}

/// An answer that has some of the words is one among others to whoever searches, best first, but no reason to call anyone: a
/// match has all of the words, or is near in meaning and likely enough to be meant.
fn is_match(state: &ApiState, hit: &Hit) -> bool {
    let is_near = hit.contributions.iter().any(|it| matches!(it.source, Source::Vector { .. }));
    hit.coverage >= ALL_WORDS || (is_near && state.searcher.is_good(hit))
}

/// Whether what is met in an asset was there before the search and is not to be told.
fn was_there(search: &SavedSearch, asset_created_at: DateTime<Utc>) -> bool {
    search.standing.as_ref().is_some_and(|standing| {
        !standing.is_seeded && standing.backfills == Backfill::Silent && asset_created_at <= standing.since
    })
}

/// All answers about these assets, where need be asked for in parts.
async fn answers(
    state: &ApiState,
    store: &TenantStore,
    request: &SearchRequest,
    assets: Vec<AssetId>,
) -> Result<Vec<Hit>, PublicError> {
    let mut answers = Vec::new();
    let mut parts: Vec<(Vec<AssetId>, Option<Span>)> = vec![(assets, None)];
    while let Some((assets, within)) = parts.pop() {
        let Some(request) = restricted(request, &assets, within)? else { continue };
        let hits = all_hits(state, &request).await?;
        let moments: usize = hits.iter().map(|hit| hit.moments.len()).sum();
        let smaller = if moments < CROWDED_MOMENTS { None } else { halves(store, &assets, within).await? };
        match smaller {
            Some(smaller) => parts.extend(smaller),
            None => answers.extend(hits),
        }
    }
    Ok(answers)
}

/// The request with its own conditions and these; `None` where they exclude each other.
fn restricted(
    request: &SearchRequest,
    assets: &[AssetId],
    within: Option<Span>,
) -> Result<Option<SearchRequest>, PublicError> {
    let mut filter = request.filter().clone();
    let mut assets = assets.to_vec();
    if let Some(wanted) = &filter.assets {
        assets.retain(|asset| wanted.contains(asset));
    }
    if assets.is_empty() {
        return Ok(None);
    }
    filter.assets = Some(assets);
    if let Some(part) = within {
        let part = filter.within.map_or(Some(part), |wanted| wanted.intersection(part));
        let Some(part) = part else { return Ok(None) };
        filter.within = Some(part);
    }
    Ok(Some(request.clone().with_filter(filter)?.with_page(MAX_PAGE_HITS, None)?))
}

/// Every answer, page by page.
async fn all_hits(state: &ApiState, request: &SearchRequest) -> Result<Vec<Hit>, PublicError> {
    let mut hits = Vec::new();
    let mut request = request.clone();
    loop {
        let page = state.searcher.search(&request).await?;
        let last = page.edges.last().map(|edge| edge.cursor.clone());
        hits.extend(page.edges.into_iter().map(|edge| edge.node));
        match last.filter(|_| page.has_next_page) {
            Some(cursor) => request = request.with_page(MAX_PAGE_HITS, Some(&cursor))?,
            None => return Ok(hits),
        }
    }
}

/// Half of the assets, or half of the one asset; `None` where it is small enough.
async fn halves(
    store: &TenantStore,
    assets: &[AssetId],
    within: Option<Span>,
) -> Result<Option<Vec<(Vec<AssetId>, Option<Span>)>>, PublicError> {
    if assets.len() > 1 {
        let (left, right) = assets.split_at(assets.len() / 2);
        return Ok(Some(vec![(left.to_vec(), within), (right.to_vec(), within)]));
    }
    let Some(asset) = assets.first() else { return Ok(None) };
    let whole = match within {
        Some(span) => span,
        None => {
            let asset = store.find_asset(*asset).await?;
            let duration = asset.and_then(|asset| asset.probe).map_or(LONGEST_ASSET, |probe| probe.duration);
            Span::at_least_one_micro(MediaTime::ZERO, duration)
        }
    };
    let length = whole.duration().as_micros();
    if length <= SHORTEST_PART_MICROS {
        return Ok(None);
    }
    let middle = whole.start() + MediaTime::from_micros(length / 2);
    let part = |start, end| (assets.to_vec(), Some(Span::at_least_one_micro(start, end)));
    Ok(Some(vec![part(whole.start(), middle), part(middle, whole.end())]))
}
