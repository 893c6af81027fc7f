//! Writing blobs: hashed on the way, in place whole or not at all.

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use object_store::{ObjectStoreExt, WriteMultipart};
use sha2::{Digest, Sha256};

use super::error::BlobError;
use super::key::BlobKey;
use super::store::TenantBlobs;
use crate::content::ContentHash;

/// Bytes of one part, and of a blob that is small enough to be sent at once: S3 wants at least 5 MiB
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const PART_BYTES: u64 = 8 * 1024 * 1024;
/// S3 takes at most 10,000 parts; parts grow so that the limit of a blob fits.
const MAX_PARTS: u64 = 10_000;
/// Parts on their way at once; with the one being filled this bounds memory at three parts.
const PARTS_IN_FLIGHT: usize = 2;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobWritten {
    /// Under which key.
    pub key: BlobKey,
    /// How many bytes.
    pub size_bytes: u64,
    /// Their fingerprint.
    pub content: ContentHash,
}

impl TenantBlobs {
    /// Writes what the stream yields, at most `limit_bytes`. The blob appears under its key once it is whole, and in place
    /// of what was there; when anything goes wrong, or the future is dropped, nothing appears and nothing is lost.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`], [`BlobError::Source`] where the stream yields an error, [`BlobError::DiskFull`],
    /// [`BlobError::Backend`].
    pub async fn put_stream<S>(&self, key: &BlobKey, mut stream: S, limit_bytes: u64) -> Result<BlobWritten, BlobError>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    {
        let part_bytes = PART_BYTES.max(limit_bytes.div_ceil(MAX_PARTS)).min(usize::MAX as u64) as usize;
        let mut head = BytesMut::new();
        let mut upload: Option<WriteMultipart> = None;
        let mut digest = Sha256::new();
        let mut size_bytes = 0_u64;
        let outcome: Result<(), BlobError> = async {
            while let Some(bytes) = stream.next().await {
                let bytes = bytes.map_err(|source| BlobError::Source { key: key.clone(), source })?;
                size_bytes = size_bytes.saturating_add(bytes.len() as u64);
                if size_bytes > limit_bytes {
                    return Err(BlobError::TooLarge { key: key.clone(), limit_bytes });
                }
                digest.update(&bytes);
                match &mut upload {
                    Some(upload) => send(upload, bytes, part_bytes, key).await?,
                    None => {
                        head.extend_from_slice(&bytes);
                        if size_bytes > PART_BYTES {
                            let parts =
                                self.objects().put_multipart_opts(&self.location(key), Default::default()).await;
                            let parts = parts.map_err(|source| BlobError::backend("write", key, source))?;
                            let parts = upload.insert(WriteMultipart::new_with_chunk_size(parts, part_bytes));
                            send(parts, std::mem::take(&mut head).freeze(), part_bytes, key).await?;
                        }
                    }
                }
            }
            Ok(())
        }
        .await;
        match (outcome, upload) {
            (Ok(()), Some(upload)) => {
                upload.finish().await.map_err(|source| BlobError::backend("write", key, source))?;
            }
            (Ok(()), None) => {
                let put = self.objects().put(&self.location(key), head.freeze().into()).await;
                put.map_err(|source| BlobError::backend("write", key, source))?;
            }
            (Err(error), None) => return Err(error),
            (Err(error), Some(upload)) => {
                if let Err(source) = upload.abort().await {
                    tracing::warn!(%key, error = %source, "could not take back the parts of an unfinished blob");
                }
                return Err(error);
            }
        }
        Ok(BlobWritten { key: key.clone(), size_bytes, content: ContentHash::from_bytes(digest.finalize().into()) })
    }

    /// Writes bytes that are in memory already.
    ///
    /// # Errors
    /// [`BlobError::DiskFull`], [`BlobError::Backend`].
    pub async fn put_bytes(&self, key: &BlobKey, bytes: Bytes) -> Result<BlobWritten, BlobError> {
        let limit_bytes = bytes.len() as u64;
        self.put_stream(key, futures::stream::iter([Ok(bytes)]), limit_bytes).await
    }

    /// Deletes a blob; returns whether it was there.
    ///
    /// # Errors
    /// [`BlobError::Backend`].
    pub async fn delete(&self, key: &BlobKey) -> Result<bool, BlobError> {
        // S3 reports success for what was never there, so ask first.
        if self.head(key).await?.is_none() {
            return Ok(false);
        }
        match self.objects().delete(&self.location(key)).await {
            Ok(()) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(source) => Err(BlobError::backend("delete", key, source)),
        }
    }
}

/// Hands bytes on in pieces of at most a part, waiting for earlier parts where too many are on their way.
async fn send(
    upload: &mut WriteMultipart,
    mut bytes: Bytes,
    part_bytes: usize,
    key: &BlobKey,
) -> Result<(), BlobError> {
    while !bytes.is_empty() {
        let sent = upload.wait_for_capacity(PARTS_IN_FLIGHT).await;
        sent.map_err(|source| BlobError::backend("write", key, source))?;
        upload.put(bytes.split_to(bytes.len().min(part_bytes)));
    }
    Ok(())
}
