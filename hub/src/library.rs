//! The library's folder: who has it open, and where that process listens.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, bail};

/// File in the data folder; locked by the process that writes the indexes, holds its address.
const LOCK_FILE: &str = "library.lock";

/// The right to write this library's indexes, for as long as the value lives.
#[derive(Debug)]
pub struct LibraryLock(File);

/// Who has the library open.
#[derive(Debug)]
pub enum Holder {
    /// Nobody had; now this process has.
    Us(LibraryLock),
    /// A server that listens there.
    Server(SocketAddr),
    /// Another command, for a moment.
    Command,
}

/// Takes the library, or finds out who has it. Makes the folder when it is not there yet.
pub fn take(data: &Path) -> anyhow::Result<Holder> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("the data folder {} cannot be made; name another with --data", data.display()))?;
    let path = data.join(LOCK_FILE);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("{} cannot be opened; check who owns the data folder", path.display()))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            Ok(Holder::Us(LibraryLock(file)))
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            file.read_to_string(&mut text)?;
            Ok(text.trim().parse().map_or(Holder::Command, Holder::Server))
        }
        Err(TryLockError::Error(source)) => Err(source).with_context(|| format!("{} cannot be locked", path.display())),
    }
}

/// Takes the library or fails, saying who has it.
pub fn take_exclusively(data: &Path) -> anyhow::Result<LibraryLock> {
    match take(data)? {
        Holder::Us(lock) => Ok(lock),
        Holder::Server(address) => {
            bail!("the library {} is open in the server at http://{address}; stop that first", data.display())
        }
        Holder::Command => bail!("another command has the library {} open; try again when it is done", data.display()),
    }
}

impl LibraryLock {
    /// Tells other commands where this process answers.
    pub fn announce(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        self.0.set_len(0)?;
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(address.to_string().as_bytes())?;
        Ok(self.0.flush()?)
    }
}
