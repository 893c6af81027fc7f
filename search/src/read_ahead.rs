//! Reads files for no other reason than that the system then has them in memory.
//!
//! Indexes are memory-mapped: a search after a start waits for thousands of small reads from the disk, one after the other,
//! where reading the files through from the front takes seconds.

use std::fs::File;
use std::io::{Read, Result};
use std::path::Path;

/// Read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Reads the files below a folder, the smallest first and at most `most_bytes` of them all; returns how many bytes it read.
pub(crate) fn read_ahead(folder: &Path, most_bytes: u64) -> Result<u64> {
    let mut files = Vec::new();
    find(folder, &mut files)?;
    // What leads to everything else is small.
    files.sort();
    let (mut left, mut chunk) = (most_bytes, vec![0; CHUNK_BYTES]);
    for (_, path) in files {
        // Merging takes files away at any time.
        let Ok(mut file) = File::open(path) else { continue };
        while left > 0 {
            let most = CHUNK_BYTES.min(usize::try_from(left).unwrap_or(CHUNK_BYTES));
            match file.read(chunk.get_mut(..most).unwrap_or_default())? {
                0 => break,
                read => left = left.saturating_sub(read as u64),
            }
        }
    }
    Ok(most_bytes.saturating_sub(left))
}

fn find(folder: &Path, files: &mut Vec<(u64, std::path::PathBuf)>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(of) if of.is_dir() => find(&entry.path(), files)?,
            Ok(of) => files.push((of.len(), entry.path())),
            Err(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_read_than_is_there_and_than_is_allowed() -> Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("below"))?;
        std::fs::write(folder.path().join("small"), vec![1; 10])?;
        std::fs::write(folder.path().join("below/large"), vec![1; 3 * CHUNK_BYTES])?;
        assert_eq!(read_ahead(folder.path(), u64::MAX)?, 3 * CHUNK_BYTES as u64 + 10);
        assert_eq!(read_ahead(folder.path(), 100)?, 100);
        assert!(read_ahead(&folder.path().join("absent"), 100).is_err());
        Ok(())
    }
}
