//! Copies of films in other films: an index of signatures that follows the database, and questions to it.
//!
//! The index lives in the memory of the process that answers, since it is small (some 150 MB for a thousand hours), is built
//! from the database in seconds, and has to be asked thousands of times for one answer. It follows the same feed of changes as
//! the search indexes do, each time that something is asked.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use reelgraph_models::asset::{AssetChange, Revision};
use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::signature::SignatureTrack;
use reelgraph_models::store::Store;
use reelgraph_models::time::Span;
use reelgraph_search::copies::{CopyIndex, CopyMatch, matches};
use tokio::sync::Mutex;

use crate::graphql::PublicError;

/// Changed assets read together; an hour of film is 144 kB.
const BATCH_ASSETS: u32 = 64;
/// Most copies of one asset that are handed back, the longest and surest.
const MAX_COPIES: usize = 1_000;

/// What finds copies.
#[derive(Debug)]
pub(crate) struct Copies {
    store: Store,
    index: Arc<RwLock<CopyIndex>>,
    /// Up to where the index has followed the database; locked by whoever brings it further.
    followed: Mutex<Revision>,
}

impl Copies {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, index: Arc::default(), followed: Mutex::new(Revision::default()) }
    }

    /// Brings the index up to the database.
    pub(crate) async fn catch_up(&self) -> Result<(), PublicError> {
        let mut followed = self.followed.lock().await;
        if self.store.latest_revision().await? < *followed {
            // The database was restored from a backup.
            *self.index.write().unwrap_or_else(PoisonError::into_inner) = CopyIndex::default();
            *followed = Revision::default();
        }
        loop {
            let changes = self.store.changed_since(*followed, BATCH_ASSETS).await?;
            let Some(last) = changes.last().map(|change| change.revision) else { return Ok(()) };
            let tracks = self.tracks(&changes).await?;
            let index = Arc::clone(&self.index);
            off_the_loop(move || {
                let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
                for (tenant, asset, track) in tracks {
                    match track {
                        Some(track) => index.insert(tenant, &track),
                        None => index.remove(tenant, asset),
                    }
                }
            })
            .await?;
            *followed = last;
        }
    }

    async fn tracks(
        &self,
        changes: &[AssetChange],
    ) -> Result<Vec<(TenantId, AssetId, Option<SignatureTrack>)>, PublicError> {
        let tenants: HashSet<TenantId> = changes.iter().map(|change| change.tenant).collect();
        let mut tracks = Vec::with_capacity(changes.len());
        for tenant in tenants {
            let assets: Vec<AssetId> =
                changes.iter().filter(|change| change.tenant == tenant).map(|change| change.asset).collect();
            let mut found = self.store.tenant(tenant).signatures(&assets).await?;
            tracks.extend(assets.into_iter().map(|asset| (tenant, asset, found.remove(&asset))));
        }
        Ok(tracks)
    }

    /// Where the tenant's other assets show what this one shows, within a stretch of it if one is named; longest and surest
    /// first.
    pub(crate) async fn of(
        &self,
        tenant: TenantId,
        asset: AssetId,
        within: Option<Span>,
    ) -> Result<Vec<CopyMatch>, PublicError> {
        self.catch_up().await?;
        let store = self.store.tenant(tenant);
        let Some(track) = store.signatures(&[asset]).await?.remove(&asset) else { return Ok(Vec::new()) };
        let index = Arc::clone(&self.index);
        let range = samples(&track, within);
        let (track, seeds) = off_the_loop(move || {
            let seeds = index.read().unwrap_or_else(PoisonError::into_inner).seeds(tenant, &track, range);
            (track, seeds)
        })
        .await?;
        let others: HashSet<AssetId> = seeds.iter().map(|seed| seed.asset).collect();
        let others = store.signatures(&others.into_iter().collect::<Vec<_>>()).await?;
        let mut found = off_the_loop(move || matches(&track, &seeds, &others)).await?;
        found.truncate(MAX_COPIES);
        Ok(found)
    }
}

/// The samples of a track in a stretch; all of them where none is named.
fn samples(track: &SignatureTrack, within: Option<Span>) -> Range<usize> {
    let number = |micros: i64| usize::try_from(micros / track.interval.as_micros().max(1)).unwrap_or_default();
    let Some(span) = within else { return 0..track.samples.len() };
    let end = number(span.end().as_micros().saturating_sub(1)).saturating_add(1).min(track.samples.len());
    number(span.start().as_micros()).min(end)..end
}

/// Runs what takes long on a thread of its own kind.
async fn off_the_loop<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PublicError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| PublicError::internal(&error))
}
