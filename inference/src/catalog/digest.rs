//! SHA-256 of files and bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::InferenceError;

/// Size and SHA-256 (lower-case hex) of a file.
///
/// # Errors
/// [`InferenceError::Read`].
pub(crate) fn of_file(path: &Path) -> Result<(u64, String), InferenceError> {
    let failed = |source| InferenceError::Read { path: path.to_path_buf(), source };
    let mut file = File::open(path).map_err(failed)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut size_bytes = 0;
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else {
            return Ok((size_bytes, hex(&hasher.finalize())));
        };
        hasher.update(chunk);
        size_bytes += count as u64;
    }
}

/// SHA-256 (lower-case hex) of bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
