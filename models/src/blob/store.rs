//! The blob store and its view for one tenant.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ClientOptions, ObjectStore, RetryConfig};

use super::error::BlobError;
use super::key::BlobKey;
use crate::clock::Clock;
use crate::id::TenantId;

/// Times that a request to a bucket is tried again; the job's own retries come after.
const MAX_RETRIES: usize = 4;
/// How long after its first attempt a request is tried again.
const RETRY_TIMEOUT_MS: u64 = 30_000;
/// How long a bucket may stay silent within one request.
const READ_TIMEOUT_MS: u64 = 60_000;

/// How to reach a bucket of S3 or of a server that speaks its protocol.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Settings {
    /// The bucket; it must exist.
    pub bucket: String,
    /// Key below which everything is kept; `None` for the bucket's root.
    pub prefix: Option<BlobKey>,
    /// Region, such as `eu-central-1`.
    pub region: String,
    /// Address of a server other than Amazon's, such as `https://minio.example:9000`.
    pub endpoint: Option<String>,
    /// Name of the access key.
    pub access_key_id: String,
    /// The secret; never printed.
    pub secret_access_key: String,
    /// Whether `endpoint` may be `http`.
    pub allow_http: bool,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// A folder or a bucket. Cheap to clone.
#[derive(Debug, Clone)]
pub struct BlobStore {
    objects: Arc<dyn ObjectStore>,
    folder: Option<Arc<LocalFileSystem>>,
    root: Option<PathBuf>,
    prefix: Option<BlobKey>,
}

impl BlobStore {
    /// Keeps blobs as files below `root`, which is made when absent. Files are flushed to the disk before they appear.
    ///
    /// # Errors
    /// [`BlobError::Open`] where the folder cannot be made or entered.
    pub fn folder(root: &Path) -> Result<Self, BlobError> {
        std::fs::create_dir_all(root).map_err(|source| BlobError::Open { source: Box::new(source) })?;
        let folder = LocalFileSystem::new_with_prefix(root);
        let folder = folder.map_err(|source| BlobError::Open { source: Box::new(source) })?;
        let folder = Arc::new(folder.with_fsync(true));
        Ok(Self {
            objects: Arc::clone(&folder) as Arc<dyn ObjectStore>,
            folder: Some(folder),
            root: Some(root.to_path_buf()),
            prefix: None,
        })
    }

    /// Keeps blobs in a bucket. Does not connect yet.
    ///
    /// # Errors
    /// [`BlobError::Open`] where the settings make no sense.
    pub fn s3(settings: S3Settings) -> Result<Self, BlobError> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(settings.bucket)
            .with_region(settings.region)
            .with_access_key_id(settings.access_key_id)
            .with_secret_access_key(settings.secret_access_key)
            .with_retry(RetryConfig {
                max_retries: MAX_RETRIES,
                retry_timeout: Duration::from_millis(RETRY_TIMEOUT_MS),
                ..RetryConfig::default()
            })
            // A whole film may take its time, as long as it moves.
            .with_client_options(
                ClientOptions::new()
                    .with_timeout_disabled()
                    .with_read_timeout(Duration::from_millis(READ_TIMEOUT_MS))
                    .with_allow_http(settings.allow_http),
            );
        if let Some(endpoint) = settings.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let bucket = builder.build().map_err(|source| BlobError::Open { source: Box::new(source) })?;
        Ok(Self { objects: Arc::new(bucket), folder: None, root: None, prefix: settings.prefix })
    }

    /// Deletes what writers that were killed have left in a folder: parts (`…#1`) that nobody has written to for `age`. In a
    /// bucket a life-cycle rule does that. Returns how many; blocks while it goes through the folder.
    ///
    /// # Errors
    /// What the file system says.
    pub fn delete_stale_parts(&self, age: Duration) -> std::io::Result<u64> {
        self.root.as_deref().map_or(Ok(0), |root| delete_stale_parts(root, age))
    }

    /// The store as that tenant sees it.
    pub fn tenant(&self, tenant: TenantId) -> TenantBlobs {
        let prefix = self.prefix.as_ref().map(|prefix| format!("{prefix}/")).unwrap_or_default();
        TenantBlobs { store: self.clone(), prefix: format!("{prefix}{tenant}/") }
    }
}

/// The key below which originals are kept.
pub fn originals_prefix() -> BlobKey {
    BlobKey::trusted("originals".to_owned())
}

fn delete_stale_parts(folder: &Path, age: Duration) -> std::io::Result<u64> {
    let mut deleted = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            deleted += delete_stale_parts(&entry.path(), age)?;
        } else if kind.is_file() && is_part(&entry.file_name().to_string_lossy()) {
            let idle = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
            if idle >= age {
                std::fs::remove_file(entry.path())?;
                deleted += 1;
            }
        }
    }
    Ok(deleted)
}

/// How `object_store` names a file that it still writes; no blob key has such a name.
fn is_part(name: &str) -> bool {
    name.rsplit_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// One tenant's blobs. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TenantBlobs {
    store: BlobStore,
    /// Ends in a slash.
    prefix: String,
}

impl TenantBlobs {
    /// A fresh key for an original whose fingerprint is not known yet: `originals/` and a time-ordered UUID.
    pub fn originals_key(&self, clock: &dyn Clock) -> BlobKey {
        BlobKey::trusted(format!("{}/{}", originals_prefix(), clock.new_uuid()))
    }

    /// Where the blob is, or will be, as a file, for programs that open files themselves. `None` in a bucket.
    pub fn local_path(&self, key: &BlobKey) -> Option<PathBuf> {
        self.store.folder.as_ref()?.path_to_filesystem(&self.location(key)).ok()
    }

    pub(super) fn objects(&self) -> &dyn ObjectStore {
        self.store.objects.as_ref()
    }

    pub(super) fn location(&self, key: &BlobKey) -> Location {
        // Every character of a key and of a UUID stands for itself in a location.
        Location::from(format!("{}{key}", self.prefix))
    }

    /// The place of all of the tenant's blobs, or of those below a key.
    pub(super) fn below(&self, key: Option<&BlobKey>) -> Location {
        key.map_or_else(|| Location::from(self.prefix.trim_end_matches('/')), |key| self.location(key))
    }

    /// The key of something that a listing found.
    pub(super) fn key_of(&self, location: &Location) -> Option<BlobKey> {
        BlobKey::new(location.as_ref().strip_prefix(&self.prefix)?).ok()
    }
}
