//! What can go wrong with blobs.

use std::error::Error as StdError;
use std::io;

use super::key::BlobKey;

/// Why a blob was not read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BlobError {
    /// The folder or the bucket's client cannot be set up.
    #[error("cannot open the blob store")]
    Open {
        /// What stands in the way.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// There is no such blob.
    #[error("no blob {key}")]
    NotFound {
        /// Its key.
        key: BlobKey,
    },
    /// More bytes came than are allowed; nothing was kept.
    #[error("blob {key} is larger than the limit of {limit_bytes} bytes")]
    TooLarge {
        /// Its key.
        key: BlobKey,
        /// The limit.
        limit_bytes: u64,
    },
    /// No room; nothing was kept.
    #[error("no room to write blob {key}")]
    DiskFull {
        /// Its key.
        key: BlobKey,
        /// What the system says.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The bytes stopped coming; nothing was kept.
    #[error("the bytes of blob {key} stopped coming")]
    Source {
        /// Its key.
        key: BlobKey,
        /// What the sender's side says.
        #[source]
        source: io::Error,
    },
    /// The range asked for starts beyond the end, or is empty.
    #[error("the range asked for is not within the {size_bytes} bytes of blob {key}")]
    BadRange {
        /// Its key.
        key: BlobKey,
        /// How large the blob is.
        size_bytes: u64,
    },
    /// A local copy could not be written.
    #[error("cannot write a local copy of blob {key}")]
    Copy {
        /// Its key.
        key: BlobKey,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The folder or the bucket failed.
    #[error("cannot {action} blob {key}")]
    Backend {
        /// What was being done.
        action: &'static str,
        /// With which blob, or below which key.
        key: BlobKey,
        /// What the folder or the bucket says.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl BlobError {
    /// Whether the same call may succeed later without anything being changed in it.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::DiskFull { .. } | Self::Source { .. } | Self::Copy { .. } | Self::Backend { .. })
    }

    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Open { .. } => "blob_store_unreachable",
            Self::NotFound { .. } => "blob_not_found",
            Self::TooLarge { .. } => "too_large",
            Self::DiskFull { .. } => "disk_full",
            Self::Source { .. } => "source_broken",
            Self::BadRange { .. } => "bad_range",
            Self::Copy { .. } => "copy_failed",
            Self::Backend { .. } => "blob_store_failed",
        }
    }

    pub(super) fn backend(action: &'static str, key: &BlobKey, source: object_store::Error) -> Self {
        let key = key.clone();
        if matches!(source, object_store::Error::NotFound { .. }) {
            Self::NotFound { key }
        } else if is_full(&source) {
            Self::DiskFull { key, source: Box::new(source) }
        } else {
            Self::Backend { action, key, source: Box::new(source) }
        }
    }

    pub(super) fn copy(key: &BlobKey, source: io::Error) -> Self {
        let key = key.clone();
        if is_full(&source) { Self::DiskFull { key, source: Box::new(source) } } else { Self::Copy { key, source } }
    }
}

/// Whether a full disk or a spent quota is anywhere at the bottom of it.
fn is_full(error: &(dyn StdError + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        matches!(cause.kind(), StorageFull | QuotaExceeded | FileTooLarge)
    })
}
