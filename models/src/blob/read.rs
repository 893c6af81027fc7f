//! Reading blobs: whole, in part, by listing, or as a local copy.

use std::collections::BinaryHeap;
use std::ops::Range;
use std::path::Path;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use super::error::BlobError;
use super::key::BlobKey;
use super::store::TenantBlobs;

/// Most rows of one listing.
const MAX_LIST_ROWS: u32 = 1_000;

/// What is known of a blob without reading it. Orders by key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlobInfo {
    /// Its key.
    pub key: BlobKey,
    /// Its size.
    pub size_bytes: u64,
    /// When it was put in place.
    pub modified_at: DateTime<Utc>,
    /// Changes whenever the bytes do; for HTTP.
    pub etag: Option<String>,
}

/// An open blob, or a part of one.
pub struct BlobRead {
    /// Size of the whole blob.
    pub size_bytes: u64,
    /// Which bytes the stream yields.
    pub range: Range<u64>,
    /// The bytes.
    pub stream: BoxStream<'static, Result<Bytes, BlobError>>,
}

impl std::fmt::Debug for BlobRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobRead")
            .field("size_bytes", &self.size_bytes)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

impl TenantBlobs {
    /// What is known of a blob, if there is one.
    ///
    /// # Errors
    /// [`BlobError::Backend`].
    pub async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, BlobError> {
        match self.objects().head(&self.location(key)).await {
            Ok(meta) => Ok(Some(info(key.clone(), meta))),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(source) => Err(BlobError::backend("look at", key, source)),
        }
    }

    /// Opens a blob, or those bytes of it. A range that reaches beyond the end is cut there.
    ///
    /// # Errors
    /// [`BlobError::NotFound`], [`BlobError::BadRange`], [`BlobError::Backend`].
    pub async fn read(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<BlobRead, BlobError> {
        let start = range.as_ref().map(|range| range.start);
        let is_empty = range.as_ref().is_some_and(Range::is_empty);
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let opened = if is_empty { None } else { Some(self.objects().get_opts(&self.location(key), options).await) };
        let result = match (opened, start) {
            (Some(Ok(result)), _) => result,
            (Some(Err(source @ object_store::Error::NotFound { .. })), _) | (Some(Err(source)), None) => {
                return Err(BlobError::backend("read", key, source));
            }
            // Each backend words a range beyond the end in its own way; the size tells.
            (failed, start) => {
                let size_bytes =
                    self.head(key).await?.ok_or_else(|| BlobError::NotFound { key: key.clone() })?.size_bytes;
                return Err(match failed {
                    Some(Err(source)) if start < Some(size_bytes) => BlobError::backend("read", key, source),
                    _ => BlobError::BadRange { key: key.clone(), size_bytes },
                });
            }
        };
        let (size_bytes, range, key) = (result.meta.size, result.range.clone(), key.clone());
        let stream = result.into_stream().map_err(move |source| BlobError::backend("read", &key, source)).boxed();
        Ok(BlobRead { size_bytes, range, stream })
    }

    /// Reads a whole blob of at most `limit_bytes` into memory.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`], and as [`Self::read`].
    pub async fn read_all(&self, key: &BlobKey, limit_bytes: u64) -> Result<Bytes, BlobError> {
        let mut read = self.read(key, None).await?;
        let too_large = || BlobError::TooLarge { key: key.clone(), limit_bytes };
        if read.size_bytes > limit_bytes {
            return Err(too_large());
        }
        let mut all = BytesMut::with_capacity(usize::try_from(read.size_bytes).map_err(|_| too_large())?);
        while let Some(bytes) = read.stream.try_next().await? {
            all.extend_from_slice(&bytes);
        }
        Ok(all.freeze())
    }

    /// Copies a blob to a local file, which appears once it is whole. Returns its size in bytes.
    ///
    /// # Errors
    /// [`BlobError::Copy`], [`BlobError::DiskFull`], and as [`Self::read`].
    pub async fn download_to(&self, key: &BlobKey, file: &Path) -> Result<u64, BlobError> {
        let mut read = self.read(key, None).await?;
        let mut partial = file.as_os_str().to_owned();
        partial.push(".part");
        let failed = |source| BlobError::copy(key, source);
        let copied = async {
            let mut copy = tokio::fs::File::create(&partial).await.map_err(failed)?;
            while let Some(bytes) = read.stream.try_next().await? {
                copy.write_all(&bytes).await.map_err(failed)?;
            }
            copy.flush().await.map_err(failed)?;
            tokio::fs::rename(&partial, file).await.map_err(failed)
        };
        if let Err(error) = copied.await {
            // Nothing is left behind; where that fails too, the first error says more.
            let _ = tokio::fs::remove_file(&partial).await;
            return Err(error);
        }
        Ok(read.size_bytes)
    }

    /// Blobs below a key (or all of the tenant's), in the order of their keys, starting after `after`.
    ///
    /// # Errors
    /// [`BlobError::Backend`].
    pub async fn list(
        &self,
        prefix: Option<&BlobKey>,
        after: Option<&BlobKey>,
        limit_rows: u32,
    ) -> Result<Vec<BlobInfo>, BlobError> {
        let limit = limit_rows.clamp(1, MAX_LIST_ROWS) as usize;
        let below = self.below(prefix);
        let mut found = match after {
            Some(after) => self.objects().list_with_offset(Some(&below), &self.location(after)),
            None => self.objects().list(Some(&below)),
        };
        // A folder lists in no order, so the smallest keys are kept while all go by.
        let mut smallest: BinaryHeap<BlobInfo> = BinaryHeap::with_capacity(limit + 1);
        loop {
            let next = found.try_next().await.map_err(|source| {
                let key = prefix.cloned().unwrap_or_else(|| BlobKey::trusted("all".to_owned()));
                BlobError::backend("list", &key, source)
            })?;
            let Some(meta) = next else { break };
            // Whatever else lies in the folder is not a blob of ours.
            let Some(key) = self.key_of(&meta.location) else { continue };
            if after.is_none_or(|after| key > *after) {
                smallest.push(info(key, meta));
            }
            if smallest.len() > limit {
                smallest.pop();
            }
        }
        Ok(smallest.into_sorted_vec())
    }
}

fn info(key: BlobKey, meta: ObjectMeta) -> BlobInfo {
    BlobInfo { key, size_bytes: meta.size, modified_at: meta.last_modified, etag: meta.e_tag }
}
