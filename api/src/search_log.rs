//! What was searched for, on its way to the rows. Searching never waits for it: a search is put into a bounded queue, and
//! where that is full it is counted and dropped.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reelgraph_models::clock::Clock;
use reelgraph_models::content::ContentHash;
use reelgraph_models::id::{SearchId, TenantId};
use reelgraph_models::saved_search::Owner;
use reelgraph_models::search_log::{LoggedSearch, MAX_LOG_ROWS, oldest_kept};
use reelgraph_models::store::Store;
use tokio::sync::Notify;

use crate::graphql::PublicError;

/// Searches that wait to be written.
const QUEUED_SEARCHES: usize = 2_048;
/// Searches that are remembered for the sake of their further pages.
const PAGED_SEARCHES: usize = 1_024;
/// How long searches are gathered before they are written together.
const GATHERING: Duration = Duration::from_millis(500);
/// Pause after a write that failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// How often the log is cut back to its bounds.
const PRUNE_EVERY_MINUTES: i64 = 10;

/// Whose search, and what it asked: the same for all of its pages.
type Asked = (TenantId, Owner, ContentHash);

/// The queue, and whoever empties it.
#[derive(Debug)]
pub(crate) struct SearchLog {
    store: Store,
    queue: Mutex<VecDeque<(TenantId, LoggedSearch)>>,
    arrived: Notify,
    dropped: AtomicU64,
    /// The last ones first.
    paged: Mutex<VecDeque<(Asked, SearchId)>>,
    /// When the log of each tenant was cut back; locked by whoever writes.
    pruned: tokio::sync::Mutex<HashMap<TenantId, DateTime<Utc>>>,
}

impl SearchLog {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            queue: Mutex::default(),
            arrived: Notify::new(),
            dropped: AtomicU64::new(0),
            paged: Mutex::default(),
            pruned: tokio::sync::Mutex::default(),
        }
    }

    /// Puts a search into the queue; never waits.
    pub(crate) fn record(&self, tenant: TenantId, search: LoggedSearch) {
        let asked = (tenant, search.owner.clone(), ContentHash::of(search.search.input.as_bytes()));
        let mut paged = self.paged.lock().unwrap_or_else(PoisonError::into_inner);
        paged.push_front((asked, search.id));
        paged.truncate(PAGED_SEARCHES);
        drop(paged);
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() < QUEUED_SEARCHES {
            queue.push_back((tenant, search));
            drop(queue);
            self.arrived.notify_one();
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The search whose further page is asked for, while it is remembered.
    pub(crate) fn of_page(&self, tenant: TenantId, owner: &Owner, input: &str) -> Option<SearchId> {
        let asked = (tenant, owner.clone(), ContentHash::of(input.as_bytes()));
        let paged = self.paged.lock().unwrap_or_else(PoisonError::into_inner);
        paged.iter().find(|(known, _)| *known == asked).map(|(_, id)| *id)
    }

    /// Searches that found the queue full, since this process started.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Writes what is in the queue.
    ///
    /// # Errors
    /// Where the database cannot be written; what was not written is in the queue again.
    pub(crate) async fn write(&self) -> Result<(), PublicError> {
        let mut pruned = self.pruned.lock().await;
        let taken: Vec<_> = self.queue.lock().unwrap_or_else(PoisonError::into_inner).drain(..).collect();
        let mut by_tenant: HashMap<TenantId, Vec<LoggedSearch>> = HashMap::new();
        for (tenant, search) in taken {
            by_tenant.entry(tenant).or_default().push(search);
        }
        let mut outcome = Ok(());
        for (tenant, searches) in by_tenant {
            if let Err(error) = self.write_of(&mut pruned, tenant, &searches).await {
                self.put_back(tenant, searches);
                outcome = Err(error);
            }
        }
        outcome
    }

    async fn write_of(
        &self,
        pruned: &mut HashMap<TenantId, DateTime<Utc>>,
        tenant: TenantId,
        searches: &[LoggedSearch],
    ) -> Result<(), PublicError> {
        let rows = self.store.tenant(tenant);
        rows.log_searches(searches).await?;
        let now = self.store.clock().now();
        let is_due = |last: &DateTime<Utc>| now - *last >= TimeDelta::minutes(PRUNE_EVERY_MINUTES);
        if pruned.get(&tenant).is_none_or(is_due) {
            pruned.insert(tenant, now);
            // The searches are written; what is too old goes the next time.
            if let Err(error) = rows.prune_search_log(oldest_kept(now), MAX_LOG_ROWS).await {
                tracing::warn!(%error, "the search log could not be cut back");
            }
        }
        Ok(())
    }

    fn put_back(&self, tenant: TenantId, searches: Vec<LoggedSearch>) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let room = QUEUED_SEARCHES.saturating_sub(queue.len());
        let lost = searches.len().saturating_sub(room) as u64;
        self.dropped.fetch_add(lost, Ordering::Relaxed);
        for search in searches.into_iter().take(room).rev() {
            queue.push_front((tenant, search));
        }
    }

    /// Writes as searches come in until `shutdown`, then what is left.
    pub(crate) async fn run(&self, clock: &dyn Clock, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let is_over = tokio::select! {
                () = &mut shutdown => true,
                () = self.arrived.notified() => false,
            };
            let pause = match self.write().await {
                Ok(()) => GATHERING,
                Err(error) => {
                    error.log(clock);
                    PAUSE_AFTER_FAILURE
                }
            };
            if is_over {
                return;
            }
            let is_over = tokio::select! {
                () = &mut shutdown => true,
                () = tokio::time::sleep(pause) => false,
            };
            // What came in meanwhile, and what a failure left.
            if let Err(error) = self.write().await {
                error.log(clock);
                self.arrived.notify_one();
            }
            if is_over {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reelgraph_models::clock::SystemClock;
    use reelgraph_models::saved_search::StoredSearch;
    use reelgraph_models::search_log::SearchOutcome;

    use super::*;

    fn search(number: usize) -> LoggedSearch {
        LoggedSearch {
            id: SearchId::generate(&SystemClock),
            owner: Owner::new("someone"),
            query: format!("query {number}"),
            search: StoredSearch { query: format!("query {number}"), input: format!("{{\"query\":\"{number}\"}}") },
            outcome: SearchOutcome::Answered,
            hits: 1,
            has_more: false,
            best_score: Some(1.0),
            took_us: 1,
            searched_at: SystemClock.now(),
        }
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_counts_and_a_failed_write_loses_nothing() -> Result<(), Box<dyn std::error::Error>>
    {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}/log.db", folder.path().display());
        let store = Store::connect(&url, Arc::new(SystemClock)).await?;
        let log = SearchLog::new(store.clone());
        for number in 0..QUEUED_SEARCHES + 3 {
            log.record(TenantId::DEFAULT, search(number));
        }
        assert_eq!(log.dropped(), 3);
        // There are no tables yet.
        assert!(log.write().await.is_err());
        store.migrate().await?;
        log.write().await.map_err(|error| error.message().to_owned())?;
        let owner = Owner::new("someone");
        let recent = store.tenant(TenantId::DEFAULT).recent_searches(&owner).await?;
        assert_eq!(recent.len(), reelgraph_models::saved_search::MAX_RECENT_SEARCHES);
        assert_eq!(log.dropped(), 3);
        Ok(())
    }

    #[tokio::test]
    async fn further_pages_have_the_id_of_the_first() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}/log.db", folder.path().display());
        let log = SearchLog::new(Store::connect(&url, Arc::new(SystemClock)).await?);
        let (one, two) = (search(1), search(2));
        log.record(TenantId::DEFAULT, one.clone());
        log.record(TenantId::DEFAULT, two);
        assert_eq!(log.of_page(TenantId::DEFAULT, &one.owner, &one.search.input), Some(one.id));
        assert_eq!(log.of_page(TenantId::DEFAULT, &Owner::new("another"), &one.search.input), None);
        Ok(())
    }
}
