//! Where the decoder can open an original: in place when files are kept in a folder, else as a copy on the worker's disk.

use std::path::{Path, PathBuf};

use reelgraph_models::blob::{BlobKey, TenantBlobs};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::error::IndexError;

/// An original that can be opened. It is brought here when it is first asked for, since not every job decodes; a copy goes
/// away with this value.
#[derive(Debug)]
pub(crate) struct Original {
    blobs: TenantBlobs,
    key: BlobKey,
    scratch: PathBuf,
    brought: OnceCell<Brought>,
}

#[derive(Debug)]
struct Brought {
    path: PathBuf,
    _copy: Option<TempDir>,
}

impl Original {
    /// Brings nothing yet.
    pub(crate) fn new(blobs: TenantBlobs, key: BlobKey, scratch: PathBuf) -> Self {
        Self { blobs, key, scratch, brought: OnceCell::new() }
    }

    /// Where it is.
    pub(crate) async fn path(&self) -> Result<&Path, IndexError> {
        let brought = self.brought.get_or_try_init(|| self.bring()).await?;
        Ok(&brought.path)
    }

    async fn bring(&self) -> Result<Brought, IndexError> {
        if let Some(path) = self.blobs.local_path(&self.key) {
            return Ok(Brought { path, _copy: None });
        }
        tokio::fs::create_dir_all(&self.scratch).await.map_err(IndexError::Scratch)?;
        let folder = TempDir::new_in(&self.scratch).map_err(IndexError::Scratch)?;
        let path = folder.path().join("original");
        self.blobs.download_to(&self.key, &path).await?;
        Ok(Brought { path, _copy: Some(folder) })
    }
}
