//! Brings the indexes up to the database, on a signal and on a timer.

use std::time::Duration;

use reelgraph_models::asset::AssetChange;
use reelgraph_models::store::Store;
use reelgraph_search::document::AssetKey;
use reelgraph_search::index::{Batch, SearchIndex};
use tokio_util::sync::CancellationToken;

use super::document;
use crate::error::IndexError;
use crate::people::PeopleKeeper;

/// Changed assets read and published together.
const BATCH_ASSETS: u32 = 32;
/// How often the database is asked for changes.
const PERIOD: Duration = Duration::from_millis(300);
/// Pause after a round that failed.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Published {
    /// Assets written anew.
    pub assets: u64,
    /// Their moments.
    pub moments: u64,
    /// Assets taken out.
    pub removed: u64,
}

/// The one writer of the indexes.
#[derive(Debug, Clone)]
pub struct Reconciler {
    store: Store,
    index: SearchIndex,
    people: Option<PeopleKeeper>,
}

impl Reconciler {
    /// Puts the two sides together.
    pub fn new(store: Store, index: SearchIndex) -> Self {
        Self { store, index, people: None }
    }

    /// Finds whose the faces and voices of an asset are before it is published, so that it is found by them.
    #[must_use]
    pub fn with_people(self, people: PeopleKeeper) -> Self {
        Self { people: Some(people), ..self }
    }

    /// Publishes until nothing has changed since the watermark. `progress` hears of every batch.
    ///
    /// # Errors
    /// [`IndexError::Store`], [`IndexError::Search`]; what was committed stays, the next round goes on from there.
    pub async fn catch_up(&self, mut progress: impl FnMut(Published)) -> Result<Published, IndexError> {
        let mut total = Published::default();
        loop {
            let watermark = self.index.watermark().await?;
            let changes = self.store.changed_since(watermark, BATCH_ASSETS).await?;
            let Some(last) = changes.last().map(|change| change.revision) else {
                let latest = self.store.latest_revision().await?;
                if watermark <= latest {
                    return Ok(total);
                }
                // The database was restored from a backup, or these indexes belonged to another one.
                tracing::warn!(
                    watermark = watermark.0,
                    latest = latest.0,
                    "the indexes are ahead of the database and are built again from it"
                );
                self.index.clear().await?;
                continue;
            };
            let mut batch = Batch::default();
            for change in changes {
                self.bring_up_people(&change).await;
                let found = match change.is_deleted {
                    true => None,
                    false => document::read(&self.store.tenant(change.tenant), change.asset).await?,
                };
                match found {
                    Some(document) => batch.documents.push(document),
                    None => batch.removed.push(AssetKey { tenant: change.tenant, asset: change.asset }),
                }
            }
            total.assets += batch.documents.len() as u64;
            total.moments += batch.documents.iter().map(|document| document.moments.len() as u64).sum::<u64>();
            total.removed += batch.removed.len() as u64;
            self.index.apply(batch).await?;
            self.index.commit(last).await?;
            progress(total);
        }
    }

    /// That people cannot be told must not keep the rest from being found.
    async fn bring_up_people(&self, change: &AssetChange) {
        let Some(people) = self.people.as_ref().filter(|_| !change.is_deleted) else { return };
        if let Err(error) = people.bring_up(change.tenant, change.asset).await {
            tracing::error!(asset = %change.asset, %error, reason = %error.reason(), "could not find whose the faces of an asset are");
        }
    }

    /// Drops both indexes and builds them again from the database.
    ///
    /// # Errors
    /// As [`Reconciler::catch_up`].
    pub async fn rebuild(&self, progress: impl FnMut(Published)) -> Result<Published, IndexError> {
        self.index.clear().await?;
        self.catch_up(progress).await
    }

    /// Catches up again and again until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            let pause = match self.catch_up(|_| {}).await {
                Ok(Published { assets: 0, removed: 0, .. }) => PERIOD,
                Ok(published) => {
                    tracing::info!(
                        assets = published.assets,
                        moments = published.moments,
                        removed = published.removed,
                        "published"
                    );
                    PERIOD
                }
                Err(error) => {
                    tracing::error!(error = %error, reason = %error.reason(), "could not bring the search index up to date");
                    PAUSE_AFTER_FAILURE
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use reelgraph_models::blob::BlobStore;
    use reelgraph_models::clock::SystemClock;
    use reelgraph_models::id::TenantId;
    use reelgraph_models::ingest::{Ingest, IngestLimits, PrivateAddresses};
    use reelgraph_search::text::{TextIndex, TextSettings};

    use super::*;

    #[tokio::test]
    async fn indexes_that_are_ahead_of_a_restored_database_are_built_again() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let database = async |name: &str| -> anyhow::Result<Store> {
            let url = format!("sqlite://{}/{name}.db", folder.path().display());
            let store = Store::connect(&url, Arc::new(SystemClock)).await?;
            store.migrate().await?;
            Ok(store)
        };
        let ingest = async |store: &Store, name: &'static str| -> anyhow::Result<()> {
            let blobs = BlobStore::folder(&folder.path().join("files"))?;
            let limits = IngestLimits { original_bytes: 1_000, private_addresses: PrivateAddresses::Allowed };
            let bytes = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(name))]);
            Ingest::new(store.clone(), blobs, limits)?.from_stream(TenantId::DEFAULT, name, None, bytes).await?;
            Ok(())
        };
        let text = Arc::new(TextIndex::open(&folder.path().join("text"), TextSettings::default())?);
        let index = SearchIndex::text_only(text);
        let (newer, older) = (database("newer").await?, database("older").await?);
        for name in ["one", "two", "three"] {
            ingest(&newer, name).await?;
        }
        ingest(&older, "one").await?;
        Reconciler::new(newer.clone(), index.clone()).catch_up(|_| {}).await?;
        assert_eq!(index.watermark().await?, newer.latest_revision().await?);
        Reconciler::new(older.clone(), index.clone()).catch_up(|_| {}).await?;
        assert_eq!(index.watermark().await?, older.latest_revision().await?);
        Ok(())
    }
}
