//! Takes away what nobody refers to any more: the files of deleted assets, and originals whose ingest never ended.

use std::time::Duration;

use chrono::TimeDelta;
use reelgraph_models::blob::{BlobKey, BlobStore, TenantBlobs, originals_prefix, stills_prefix};
use reelgraph_models::id::TenantId;
use reelgraph_models::store::Store;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::error::IndexError;

/// Deleted assets, or blobs, looked at together.
const BATCH_ROWS: u32 = 100;
/// How often deleted assets are asked for.
const PERIOD: Duration = Duration::from_secs(2);
/// How often all originals are gone through.
const ORPHANS_PERIOD: Duration = Duration::from_secs(6 * 60 * 60);
/// An original this old without an asset is not on its way in any more, hours.
const ORPHAN_AGE_HOURS: u32 = 24;

/// What a sweep took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Deleted assets whose files and names are gone.
    pub assets: u64,
    /// Originals without an asset.
    pub orphans: u64,
}

/// Sweeps one library; one process at a time does.
#[derive(Debug, Clone)]
pub struct Sweeper {
    store: Store,
    blobs: BlobStore,
}

impl Sweeper {
    /// Puts the two sides together.
    pub fn new(store: Store, blobs: BlobStore) -> Self {
        Self { store, blobs }
    }

    /// Deletes the files of deleted assets, then their names. An asset with a job that still runs waits for the next time,
    /// since the job may be writing stills.
    ///
    /// # Errors
    /// [`IndexError::Store`], [`IndexError::Blob`]; what is left comes again the next time.
    pub async fn deleted_assets(&self) -> Result<Swept, IndexError> {
        let mut swept = Swept::default();
        loop {
            let deleted = self.store.deleted_assets(BATCH_ROWS).await?;
            if deleted.is_empty() {
                return Ok(swept);
            }
            for asset in deleted {
                let blobs = self.blobs.tenant(asset.tenant);
                delete_below(&blobs, &stills_prefix(asset.id)).await?;
                blobs.delete(&asset.original).await?;
                self.store.tenant(asset.tenant).purge_asset(asset.id).await?;
                swept.assets += 1;
            }
        }
    }

    /// Deletes originals that are a day old and belong to no asset: a process was killed between storing and registering.
    ///
    /// # Errors
    /// As [`Sweeper::deleted_assets`].
    pub async fn orphans(&self, tenant: TenantId) -> Result<Swept, IndexError> {
        let (rows, blobs) = (self.store.tenant(tenant), self.blobs.tenant(tenant));
        let oldest = self.store.clock().now() - TimeDelta::hours(i64::from(ORPHAN_AGE_HOURS));
        let store = self.blobs.clone();
        let age = Duration::from_secs(60 * 60) * ORPHAN_AGE_HOURS;
        let parts = tokio::task::spawn_blocking(move || store.delete_stale_parts(age)).await;
        let parts =
            parts.map_err(|_| IndexError::ThreadLost { thread: "sweep".to_owned() })?.map_err(IndexError::Scratch)?;
        let (mut swept, mut after) = (Swept { orphans: parts, ..Swept::default() }, None);
        loop {
            let page = blobs.list(Some(&originals_prefix()), after.as_ref(), BATCH_ROWS).await?;
            let Some(last) = page.last().map(|info| info.key.clone()) else { return Ok(swept) };
            let old: Vec<BlobKey> =
                page.into_iter().filter(|info| info.modified_at < oldest).map(|info| info.key).collect();
            for orphan in rows.unused_originals(old).await? {
                tracing::info!(key = %orphan, "an original that belongs to no asset is deleted");
                blobs.delete(&orphan).await?;
                swept.orphans += 1;
            }
            after = Some(last);
        }
    }

    /// Sweeps again and again until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut orphans_due = Instant::now();
        while !shutdown.is_cancelled() {
            let mut swept = self.deleted_assets().await;
            if Instant::now() >= orphans_due {
                orphans_due += ORPHANS_PERIOD;
                swept = swept.and(self.orphans(TenantId::DEFAULT).await);
            }
            if let Err(error) = swept {
                tracing::error!(%error, reason = %error.reason(), "could not take away what was deleted, trying again");
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }
}

async fn delete_below(blobs: &TenantBlobs, prefix: &BlobKey) -> Result<(), IndexError> {
    loop {
        let page = blobs.list(Some(prefix), None, BATCH_ROWS).await?;
        if page.is_empty() {
            return Ok(());
        }
        for info in page {
            blobs.delete(&info.key).await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use reelgraph_models::blob::still_key;
    use reelgraph_models::clock::SystemClock;
    use reelgraph_models::ingest::{Ingest, IngestLimits, PrivateAddresses};
    use reelgraph_models::time::MediaTime;

    use super::*;

    #[tokio::test]
    async fn nothing_of_a_deleted_asset_stays_and_nothing_of_another_goes() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}/reelgraph.db", folder.path().display());
        let store = Store::connect(&url, Arc::new(SystemClock)).await?;
        store.migrate().await?;
        let blobs = BlobStore::folder(&folder.path().join("files"))?;
        let limits = IngestLimits { original_bytes: 1_000, private_addresses: PrivateAddresses::Allowed };
        let ingest = Ingest::new(store.clone(), blobs.clone(), limits)?;
        let mine = blobs.tenant(TenantId::DEFAULT);
        let mut assets = Vec::new();
        for name in ["gone", "kept"] {
            let bytes = futures::stream::iter([Ok::<_, std::io::Error>(Bytes::from(name))]);
            let outcome = ingest.from_stream(TenantId::DEFAULT, name, None, bytes).await?;
            for second in 0..3 {
                let key = still_key(outcome.asset().id, MediaTime::from_millis(second * 1_000));
                mine.put_bytes(&key, Bytes::from_static(b"jpeg")).await?;
            }
            assets.push(outcome.asset().clone());
        }
        let [gone, kept] = assets.as_slice() else { anyhow::bail!("two assets") };
        let sweeper = Sweeper::new(store.clone(), blobs);
        assert_eq!(sweeper.deleted_assets().await?, Swept::default(), "nothing is deleted yet");

        store.tenant(TenantId::DEFAULT).delete_asset(gone.id).await?;
        assert_eq!(sweeper.deleted_assets().await?, Swept { assets: 1, orphans: 0 });
        assert_eq!(sweeper.deleted_assets().await?, Swept::default(), "once is enough");
        let left: Vec<BlobKey> = mine.list(None, None, 100).await?.into_iter().map(|info| info.key).collect();
        assert_eq!(left.len(), 4, "{left:?}");
        assert!(left.contains(&kept.original), "{left:?}");

        // What came in just now may still be on its way to its row.
        mine.put_bytes(&mine.originals_key(store.clock().as_ref()), Bytes::from_static(b"half")).await?;
        assert_eq!(sweeper.orphans(TenantId::DEFAULT).await?, Swept::default());
        // A part that a killed writer left, and one that is being written.
        let originals = folder.path().join("files").join(TenantId::DEFAULT.to_string()).join("originals");
        let (stale, fresh) = (originals.join("stale#1"), originals.join("fresh#1"));
        std::fs::write(&fresh, "half")?;
        let two_days_ago = std::time::SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
        std::fs::File::create(&stale)?.set_modified(two_days_ago)?;
        assert_eq!(sweeper.orphans(TenantId::DEFAULT).await?, Swept { assets: 0, orphans: 1 });
        assert!(!stale.exists() && fresh.exists());
        Ok(())
    }
}
