//! Files that are too large for the database: originals, stills, renditions. A folder or an S3 bucket, one interface.
//!
//! Every key is under a tenant, by type: [`BlobStore::tenant`] gives a [`TenantBlobs`] that cannot name another tenant's
//! blob. A blob appears whole or not at all: it is written under another name, or as parts, and then put in place.
//!
//! A writer that is killed leaves parts that no listing shows: `…#1` files in a folder, unfinished multipart uploads in a
//! bucket (a life-cycle rule of the bucket ends those).
//!
//! ```
//! use bytes::Bytes;
//! use reelgraph_models::blob::{BlobKey, BlobStore};
//! use reelgraph_models::id::TenantId;
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let root = std::env::temp_dir().join(format!("reelgraph-blob-doc-{}", std::process::id()));
//! let blobs = BlobStore::folder(&root)?.tenant(TenantId::DEFAULT);
//! let key = BlobKey::new("stills/first.jpg")?;
//! blobs.put_bytes(&key, Bytes::from_static(b"jpeg")).await?;
//! assert_eq!(blobs.read_all(&key, 1_000).await?, "jpeg");
//! # std::fs::remove_dir_all(&root)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod key;
mod local;
mod read;
mod stills;
mod store;
mod write;

pub use error::BlobError;
pub use key::{BadBlobKey, BlobKey};
pub use local::{LocalFile, LocalFiles, delete_stale_copies};
pub use read::{BlobInfo, BlobRead};
pub use stills::{
    crop_key, still_key, still_scores_key, stills_of, stills_prefix, storyboard_map_key, storyboard_sheet_key,
};
pub use store::{BlobStore, S3Settings, TenantBlobs, originals_prefix};
pub use write::BlobWritten;
