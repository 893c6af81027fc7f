//! What was found when files were last hashed, so that opening a model does not read hundreds of megabytes again.
//!
//! The stamp is a cache: a file whose size or modification time differs from it is hashed anew, and a lost stamp costs one
//! hashing. Only files that are computed on this machine have no other record of what they should be.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::error::InferenceError;

const FILE_NAME: &str = ".verified.json";

/// The stamp of one model's folder: file name to what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Stamp(BTreeMap<String, Entry>);

/// What was found when one file was hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) size_bytes: u64,
    pub(crate) modified_ns: u64,
    pub(crate) sha256: String,
    /// For a derived file: the digest of the files it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) made_from: Option<String>,
}

impl Entry {
    /// Whether the file still looks as it did when it was hashed.
    pub(crate) fn fits(&self, metadata: &Metadata) -> bool {
        self.size_bytes == metadata.len() && self.modified_ns == modified_ns(metadata)
    }
}

impl Stamp {
    /// Reads the stamp of a folder; empty where there is none or it cannot be read.
    pub(crate) fn read(folder: &Path) -> Self {
        let bytes = std::fs::read(folder.join(FILE_NAME)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    pub(crate) fn get(&self, file: &str) -> Option<&Entry> {
        self.0.get(file)
    }

    pub(crate) fn set(&mut self, file: &str, entry: Entry) {
        self.0.insert(file.to_owned(), entry);
    }

    /// Writes the stamp: whole or not at all.
    ///
    /// # Errors
    /// [`InferenceError::Write`], such as on a read-only store, which callers may ignore: it is a cache.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), InferenceError> {
        let bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        write_whole(&folder.join(FILE_NAME), &bytes)
    }
}

/// Modification time in nanoseconds since 1970; 0 where the file system has none.
pub(crate) fn modified_ns(metadata: &Metadata) -> u64 {
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or_default()
}

/// Writes a file beside `path` and renames it into place.
///
/// # Errors
/// [`InferenceError::Write`].
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), InferenceError> {
    let failed = |source| InferenceError::Write { path: path.to_path_buf(), source };
    let folder = path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let mut file =
        tempfile::Builder::new().prefix(".new-").permissions(readable_by_all()).tempfile_in(&folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Permissions of files in the store: a server may run as another user than the one that pulled.
pub(crate) fn readable_by_all() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}
