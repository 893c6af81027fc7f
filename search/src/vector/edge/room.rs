//! Whether the disk has room for what is written next.
//!
//! Shards are sparse files that are mapped into memory: where the disk is full, a write to them is not an error but the end
//! of the process. So room is asked for beforehand.

use std::io::{Error, ErrorKind};
use std::path::Path;

/// Bytes that must be free before anything is written: new segments, log and payload of a batch, and what others write
/// meanwhile.
const NEEDED_BYTES: u64 = 128 << 20;

/// An error where the disk that holds `folder` is nearly full.
pub(super) fn require(folder: &Path) -> Result<(), Error> {
    let disk = rustix::fs::statvfs(folder)?;
    let free_bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free_bytes >= NEEDED_BYTES {
        return Ok(());
    }
    let (free, needed) = (free_bytes >> 20, NEEDED_BYTES >> 20);
    let text = format!(
        "the disk of {} has {free} MiB left, and vectors are only written while {needed} MiB are free; make room there",
        folder.display()
    );
    Err(Error::new(ErrorKind::StorageFull, text))
}
