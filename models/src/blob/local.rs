//! Blobs as files, for programs that open files themselves: in place where they are files anyway, else as copies on this disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use moka::future::Cache;
use tempfile::TempDir;
use tokio::sync::Semaphore;

use super::error::BlobError;
use super::key::BlobKey;
use super::store::TenantBlobs;

/// What the folder of a copy is called at its beginning.
const PREFIX: &str = "copy-";
/// Copies that are made at once.
const COPIES_AT_ONCE: usize = 2;
/// How long a copy is kept that nobody opens, and that somebody does.
const IDLE: Duration = Duration::from_secs(10 * 60);
const LONGEST: Duration = Duration::from_secs(60 * 60);
/// A copy this old was left by a process that was killed.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// A blob that can be opened as a file. A copy goes away with this value.
#[derive(Debug)]
pub struct LocalFile {
    path: PathBuf,
    size_bytes: u64,
    _copy: Option<TempDir>,
}

impl LocalFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl TenantBlobs {
    /// The blob as a file: itself, or a copy of it in a folder of its own in `scratch`.
    ///
    /// # Errors
    /// As [`Self::download_to`].
    pub async fn local_file(&self, key: &BlobKey, scratch: &Path) -> Result<LocalFile, BlobError> {
        if let Some(path) = self.local_path(key) {
            return Ok(LocalFile { path, size_bytes: 0, _copy: None });
        }
        let failed = |source| BlobError::copy(key, source);
        tokio::fs::create_dir_all(scratch).await.map_err(failed)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(scratch).map_err(failed)?;
        let path = folder.path().join("blob");
        let size_bytes = self.download_to(key, &path).await?;
        Ok(LocalFile { path, size_bytes, _copy: Some(folder) })
    }
}

/// Copies that are kept for a while, since who opens a file once opens it again. Cheap to clone.
#[derive(Debug, Clone)]
pub struct LocalFiles {
    scratch: PathBuf,
    limit_bytes: u64,
    making: Arc<Semaphore>,
    kept: Cache<PathBuf, Arc<LocalFile>>,
}

impl LocalFiles {
    /// Keeps copies in `scratch`, at most so many bytes of them besides those that are open.
    pub fn new(scratch: PathBuf, limit_bytes: u64) -> Self {
        let mebibytes = |bytes: u64| u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX);
        let kept = Cache::builder()
            .max_capacity(limit_bytes >> 20)
            .weigher(move |_, file: &Arc<LocalFile>| mebibytes(file.size_bytes))
            .time_to_idle(IDLE)
            .time_to_live(LONGEST)
            .build();
        Self { scratch, limit_bytes, making: Arc::new(Semaphore::new(COPIES_AT_ONCE)), kept }
    }

    /// Whether a blob of that size can be opened here.
    pub fn can_open(&self, blobs: &TenantBlobs, key: &BlobKey, size_bytes: u64) -> bool {
        size_bytes <= self.limit_bytes || blobs.local_path(key).is_some()
    }

    /// The blob as a file. A copy is made once for all who ask, and to its end also where they go away meanwhile.
    ///
    /// # Errors
    /// As [`TenantBlobs::local_file`].
    pub async fn open(&self, blobs: &TenantBlobs, key: &BlobKey) -> Result<Arc<LocalFile>, Arc<BlobError>> {
        if blobs.local_path(key).is_some() {
            return blobs.local_file(key, &self.scratch).await.map(Arc::new).map_err(Arc::new);
        }
        let (files, blobs, key) = (self.clone(), blobs.clone(), key.clone());
        let name = PathBuf::from(blobs.location(&key).to_string());
        let lost = BlobError::copy(&key, std::io::Error::other("the copying ended by itself"));
        let copy = async move {
            // Nobody closes it.
            let _place = files.making.acquire().await;
            blobs.local_file(&key, &files.scratch).await.map(Arc::new)
        };
        let kept = self.kept.clone();
        let opened = tokio::spawn(async move { kept.try_get_with(name, copy).await }).await;
        opened.unwrap_or_else(|_| Err(Arc::new(lost)))
    }
}

/// Deletes the copies in `scratch` that processes which were killed have left. Blocks.
///
/// # Errors
/// What the file system says.
pub fn delete_stale_copies(scratch: &Path) -> std::io::Result<()> {
    delete_copies(scratch, STALE)
}

fn delete_copies(scratch: &Path, age: Duration) -> std::io::Result<()> {
    if !scratch.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(scratch)? {
        let entry = entry?;
        let is_copy = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let written = entry.metadata().and_then(|known| known.modified()).unwrap_or_else(|_| SystemTime::now());
        if is_copy && written.elapsed().is_ok_and(|elapsed| elapsed >= age) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_copies_are_deleted() -> std::io::Result<()> {
        let scratch = tempfile::tempdir()?;
        for folder in ["copy-old", "other"] {
            std::fs::create_dir(scratch.path().join(folder))?;
        }
        let left = || std::fs::read_dir(scratch.path()).map(Iterator::count);
        delete_stale_copies(scratch.path())?;
        assert_eq!(left()?, 2);
        delete_copies(scratch.path(), Duration::ZERO)?;
        assert_eq!(left()?, 1);
        delete_stale_copies(&scratch.path().join("nowhere"))
    }
}
