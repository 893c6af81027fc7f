//! Where the decoder can open an original: in place when files are kept in a folder, else as a copy on the worker's disk.

use std::path::{Path, PathBuf};

use reelgraph_models::blob::{BlobKey, TenantBlobs};
use tempfile::TempDir;

use crate::error::IndexError;

/// An original that can be opened; a copy goes away with this value.
#[derive(Debug)]
pub(super) struct Original {
    path: PathBuf,
    _copy: Option<TempDir>,
}

impl Original {
    /// Finds it, or brings it here.
    pub(super) async fn bring(blobs: &TenantBlobs, key: &BlobKey, scratch: &Path) -> Result<Self, IndexError> {
        if let Some(path) = blobs.local_path(key) {
            return Ok(Self { path, _copy: None });
        }
        tokio::fs::create_dir_all(scratch).await.map_err(IndexError::Scratch)?;
        let folder = TempDir::new_in(scratch).map_err(IndexError::Scratch)?;
        let path = folder.path().join("original");
        blobs.download_to(key, &path).await?;
        Ok(Self { path, _copy: Some(folder) })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}
