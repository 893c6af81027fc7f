//! Where the decoder can open an original.

use std::path::{Path, PathBuf};

use reelgraph_models::blob::{BlobKey, LocalFile, TenantBlobs};
use tokio::sync::OnceCell;

use crate::error::IndexError;

/// An original that can be opened. It is brought here when it is first asked for, since not every job decodes; a copy goes
/// away with this value.
#[derive(Debug)]
pub(crate) struct Original {
    blobs: TenantBlobs,
    key: BlobKey,
    scratch: PathBuf,
    brought: OnceCell<LocalFile>,
}

impl Original {
    /// Brings nothing yet.
    pub(crate) fn new(blobs: TenantBlobs, key: BlobKey, scratch: PathBuf) -> Self {
        Self { blobs, key, scratch, brought: OnceCell::new() }
    }

    /// Where it is.
    pub(crate) async fn path(&self) -> Result<&Path, IndexError> {
        let brought = self.brought.get_or_try_init(|| self.blobs.local_file(&self.key, &self.scratch)).await?;
        Ok(brought.path())
    }
}
