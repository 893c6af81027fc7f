//! The way in: bytes from a stream, a local file or an address become a blob, an asset and a job, or none of them.
//!
//! The bytes are stored first, under a name of their own; the asset's row and its job follow in one transaction. The
//! same bytes a second time add nothing and answer with the asset that has them.

mod address;
mod error;
mod name;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use tokio_util::io::ReaderStream;
use url::Url;

pub use address::PrivateAddresses;
pub use error::IngestError;

use crate::asset::{Asset, AssetSource, NewAsset, PublicUrl};
use crate::blob::{BlobStore, TenantBlobs};
use crate::id::TenantId;
use crate::job::{Job, JobPriority, JobSpec};
use crate::store::{Registration, Store};

/// What looks like files there is made by the kernel.
const KERNEL_FOLDERS: [&str; 3] = ["/proc", "/sys", "/dev"];
/// Read buffer for local files, bytes.
const READ_BUFFER_BYTES: usize = 1 << 20;

/// What may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IngestLimits {
    /// Largest accepted original, bytes.
    pub original_bytes: u64,
    /// Whether addresses of this machine and of private networks may be fetched from.
    pub private_addresses: PrivateAddresses,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once for each file that comes in, never kept in bulk")]
pub enum IngestOutcome {
    /// A new asset, and the job that will analyse it.
    Registered(Asset, Job),
    /// These bytes are known already; nothing was added.
    AlreadyKnown(Asset),
}

impl IngestOutcome {
    /// The asset that has the bytes.
    pub fn asset(&self) -> &Asset {
        match self {
            Self::Registered(asset, _) | Self::AlreadyKnown(asset) => asset,
        }
    }
}

/// Takes originals in, for any tenant. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ingest {
    store: Store,
    blobs: BlobStore,
    limits: IngestLimits,
    client: Arc<address::Client>,
}

impl Ingest {
    /// Puts the parts together.
    ///
    /// # Errors
    /// [`IngestError::Client`] where the HTTP client cannot be made.
    pub fn new(store: Store, blobs: BlobStore, limits: IngestLimits) -> Result<Self, IngestError> {
        let client = Arc::new(address::Client::new(limits.private_addresses)?);
        Ok(Self { store, blobs, limits, client })
    }

    /// Takes in what `stream` yields, as an upload called `file_name`.
    ///
    /// # Errors
    /// [`IngestError`]; nothing is left behind.
    pub async fn from_stream<S>(
        &self,
        tenant: TenantId,
        file_name: &str,
        title: Option<&str>,
        stream: S,
    ) -> Result<IngestOutcome, IngestError>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    {
        self.take_in(tenant, file_name, title, AssetSource::Upload, JobPriority::Interactive, stream).await
    }

    /// Takes in a copy of a local file.
    ///
    /// # Errors
    /// [`IngestError::NotAFile`] for folders, pipes and devices; [`IngestError::Unreadable`]; the others.
    pub async fn from_path(
        &self,
        tenant: TenantId,
        path: &Path,
        title: Option<&str>,
    ) -> Result<IngestOutcome, IngestError> {
        let subject = || path.display().to_string();
        let unreadable = |source| IngestError::Unreadable { path: subject(), source };
        let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
        // Files of the kernel's own are no media, tell secrets of this process, and may never end.
        let real = tokio::fs::canonicalize(path).await.map_err(unreadable)?;
        if !metadata.is_file() || KERNEL_FOLDERS.iter().any(|folder| real.starts_with(folder)) {
            return Err(IngestError::NotAFile { path: subject() });
        }
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let source = AssetSource::LocalPath { path: subject() };
        let stream = ReaderStream::with_capacity(file, READ_BUFFER_BYTES);
        self.take_in(tenant, &file_name, title, source, JobPriority::Normal, stream).await
    }

    /// Fetches an `http` or `https` address; redirects are followed, credentials are never kept.
    ///
    /// # Errors
    /// [`IngestError::BadAddress`], [`IngestError::PrivateAddress`], [`IngestError::Unreachable`],
    /// [`IngestError::BadStatus`]; the others.
    pub async fn from_url(
        &self,
        tenant: TenantId,
        address: &str,
        title: Option<&str>,
    ) -> Result<IngestOutcome, IngestError> {
        let url = Url::parse(address).map_err(|source| IngestError::BadAddress { reason: source.to_string() })?;
        let public = PublicUrl::new(&url);
        let file_name = name::from_url(&url);
        let stream = self.client.get(url, self.limits.original_bytes).await?;
        self.take_in(tenant, &file_name, title, AssetSource::Url { address: public }, JobPriority::Normal, stream).await
    }

    async fn take_in<S>(
        &self,
        tenant: TenantId,
        file_name: &str,
        title: Option<&str>,
        source: AssetSource,
        priority: JobPriority,
        stream: S,
    ) -> Result<IngestOutcome, IngestError>
    where
        S: Stream<Item = Result<Bytes, std::io::Error>> + Send + Unpin,
    {
        let blobs = self.blobs.tenant(tenant);
        let original = blobs.originals_key(self.store.clock().as_ref());
        let written = blobs.put_stream(&original, stream, self.limits.original_bytes).await?;
        let file_name = name::clean_file_name(file_name);
        if written.size_bytes == 0 {
            remove(&blobs, &original).await;
            return Err(IngestError::Empty { file_name });
        }
        let new = NewAsset {
            title: name::title(title, &file_name),
            file_name,
            content: written.content,
            size_bytes: written.size_bytes,
            source,
            original: original.clone(),
        };
        match self.store.tenant(tenant).register_asset(new, JobSpec::analyze(priority)).await {
            Ok(Registration::New { asset, job }) => Ok(IngestOutcome::Registered(asset, job)),
            Ok(Registration::AlreadyKnown { asset }) => {
                remove(&blobs, &original).await;
                Ok(IngestOutcome::AlreadyKnown(asset))
            }
            Err(source) => {
                remove(&blobs, &original).await;
                Err(source.into())
            }
        }
    }
}

/// Takes back a blob that no row refers to; a failure leaves garbage, not damage.
async fn remove(blobs: &TenantBlobs, key: &crate::blob::BlobKey) {
    if let Err(source) = blobs.delete(key).await {
        tracing::warn!(%key, error = %source, "could not remove an original that no asset refers to");
    }
}
