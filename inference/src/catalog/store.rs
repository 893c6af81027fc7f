//! The folder of model files on this machine.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::builtin::Catalog;
use super::card::{CardFile, FileSource, ModelCard, platform};
use super::digest;
use super::stamp::{Entry, Stamp, modified_ns, write_whole};
use crate::error::InferenceError;

/// Model files on this machine: `<root>/<card>/<version>/<file>`.
#[derive(Debug, Clone)]
pub struct ModelStore {
    root: PathBuf,
    catalog: Catalog,
}

/// The files of one model, checked.
#[derive(Debug, Clone)]
pub struct ModelFiles {
    card: ModelCard,
    paths: BTreeMap<String, PathBuf>,
}

/// The state of one file of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileStatus {
    /// It is what its card describes.
    Intact,
    /// It is not there.
    Missing,
    /// It is something else; why, in lower case without a full stop.
    Damaged(String),
}

/// The state of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardStatus {
    /// Every file is intact.
    Ready,
    /// Some file is missing.
    Missing,
    /// Some file is damaged: its name and why.
    Damaged(String, String),
    /// It has no files for this kind of machine.
    Unsupported,
}

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Hash what has changed since it was last hashed.
    Changed,
    /// Hash everything.
    Everything,
}

impl ModelStore {
    /// The store at `root` (which need not exist yet) for the built-in catalogue.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self::with_catalog(root, Catalog::builtin())
    }

    /// The store at `root` for a catalogue of one's own.
    pub fn with_catalog(root: impl Into<PathBuf>, catalog: Catalog) -> Self {
        Self { root: root.into(), catalog }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Where the files of a model are, or would be.
    pub fn folder(&self, card: &ModelCard) -> PathBuf {
        self.root.join(&card.name).join(&card.version)
    }

    /// The files of a model, each of them the one that the card describes. Files that changed since they were last hashed are
    /// hashed again; graphs that are built into this program are put in place when they are missing or old.
    ///
    /// # Errors
    /// [`InferenceError::UnknownCard`], [`InferenceError::FileMissing`], [`InferenceError::FileDamaged`],
    /// [`InferenceError::OperatorPlaced`], [`InferenceError::UnsupportedPlatform`], [`InferenceError::Read`].
    pub fn open(&self, card: &str) -> Result<ModelFiles, InferenceError> {
        let card = self.catalog.get(card)?;
        let folder = self.folder(&card);
        if folder.is_dir() {
            // Best effort: where the store is read-only, the check below says which graph is old.
            let _ = self.place_graphs(&card);
        }
        for (file, status) in self.look(&card, Check::Changed)? {
            match status {
                FileStatus::Intact => {}
                FileStatus::Missing => return Err(self.missing(&card, &file)),
                FileStatus::Damaged(reason) => {
                    return Err(InferenceError::FileDamaged { card: card.name, file: file.name, reason });
                }
            }
        }
        let paths = card.files_here().map(|file| (file.key.clone(), folder.join(&file.name))).collect();
        Ok(ModelFiles { paths, card })
    }

    /// The state of a model, without hashing files that look as they did.
    ///
    /// # Errors
    /// [`InferenceError::Read`].
    pub fn status(&self, card: &ModelCard) -> Result<CardStatus, InferenceError> {
        self.summarize(card, Check::Changed)
    }

    /// The state of a model, with every file hashed.
    ///
    /// # Errors
    /// [`InferenceError::Read`].
    pub fn verify(&self, card: &ModelCard) -> Result<CardStatus, InferenceError> {
        self.summarize(card, Check::Everything)
    }

    fn summarize(&self, card: &ModelCard, check: Check) -> Result<CardStatus, InferenceError> {
        let statuses = match self.look(card, check) {
            Ok(statuses) => statuses,
            Err(InferenceError::UnsupportedPlatform { .. }) => return Ok(CardStatus::Unsupported),
            Err(error) => return Err(error),
        };
        let mut outcome = CardStatus::Ready;
        for (file, status) in statuses {
            match status {
                FileStatus::Intact => {}
                FileStatus::Missing => outcome = CardStatus::Missing,
                FileStatus::Damaged(reason) => return Ok(CardStatus::Damaged(file.name, reason)),
            }
        }
        Ok(outcome)
    }

    /// The state of each file that this machine needs, in the card's order, without hashing files that look as they did.
    ///
    /// # Errors
    /// [`InferenceError::UnsupportedPlatform`], [`InferenceError::Read`].
    pub fn files(&self, card: &ModelCard) -> Result<Vec<(CardFile, FileStatus)>, InferenceError> {
        self.look(card, Check::Changed)
    }

    /// The state of each file that this machine needs, in the card's order.
    fn look(&self, card: &ModelCard, check: Check) -> Result<Vec<(CardFile, FileStatus)>, InferenceError> {
        if let Some(file) = card.files.iter().find(|file| !card.files_here().any(|here| here.key == file.key)) {
            tracing::debug!(card = card.name, key = file.key, "no such file for this platform");
            return Err(InferenceError::UnsupportedPlatform { card: card.name.clone(), platform: platform() });
        }
        let folder = self.folder(card);
        let before = Stamp::read(&folder);
        let mut stamp = before.clone();
        let mut statuses = Vec::new();
        for file in card.files_here() {
            let status = self.look_at(card, file, check, &mut stamp)?;
            statuses.push((file.clone(), status));
        }
        if stamp != before {
            // Best effort: without the stamp the next look hashes again.
            let _ = stamp.write(&folder);
        }
        Ok(statuses)
    }

    fn look_at(
        &self,
        card: &ModelCard,
        file: &CardFile,
        check: Check,
        stamp: &mut Stamp,
    ) -> Result<FileStatus, InferenceError> {
        let path = self.folder(card).join(&file.name);
        let Some(metadata) = file_metadata(&path)? else { return Ok(FileStatus::Missing) };
        let made_from = matches!(file.source, FileSource::Derived { .. }).then(|| self.inputs_digest(card));
        let recorded = stamp.get(&file.name).filter(|entry| entry.made_from == made_from).cloned();
        let expected = match (&made_from, &recorded) {
            (None, _) => self.expected(card, file)?,
            (Some(_), Some(entry)) => (entry.sha256.clone(), entry.size_bytes),
            (Some(_), None) => return Ok(FileStatus::Damaged("made from other files".to_owned())),
        };
        if metadata.len() != expected.1 {
            return Ok(FileStatus::Damaged(format!("{} bytes where {} are expected", metadata.len(), expected.1)));
        }
        let unchanged = recorded.as_ref().is_some_and(|entry| entry.fits(&metadata) && entry.sha256 == expected.0);
        if unchanged && check == Check::Changed {
            return Ok(FileStatus::Intact);
        }
        let (size_bytes, sha256) = digest::of_file(&path)?;
        if sha256 != expected.0 {
            return Ok(FileStatus::Damaged(format!("SHA-256 {sha256} where {} is expected", expected.0)));
        }
        stamp.set(&file.name, Entry { size_bytes, modified_ns: modified_ns(&metadata), sha256, made_from });
        Ok(FileStatus::Intact)
    }

    /// The SHA-256 and size that a file must have, unless it is derived.
    fn expected(&self, card: &ModelCard, file: &CardFile) -> Result<(String, u64), InferenceError> {
        match &file.source {
            FileSource::Packages { sha256, size_bytes, .. } | FileSource::Operator { sha256, size_bytes, .. } => {
                Ok((sha256.clone(), *size_bytes))
            }
            FileSource::Graph { graph } => {
                let bytes = self.graph(card, graph)?;
                Ok((digest::of_bytes(bytes), bytes.len() as u64))
            }
            FileSource::Derived { .. } => Err(InferenceError::InvalidCard {
                card: card.name.clone(),
                reason: format!("the derived file {:?} has no pinned hash", file.key),
            }),
        }
    }

    /// A digest of everything that a card's derived files can be made from.
    pub(crate) fn inputs_digest(&self, card: &ModelCard) -> String {
        let inputs = card.files_here().filter_map(|file| self.expected(card, file).ok());
        digest::of_bytes(inputs.map(|(sha256, _)| sha256).collect::<String>().as_bytes())
    }

    /// Puts the graphs that are built into this program into a model's folder, where they are missing or old.
    ///
    /// # Errors
    /// [`InferenceError::InvalidCard`] where there is no such graph, [`InferenceError::Write`].
    pub(crate) fn place_graphs(&self, card: &ModelCard) -> Result<(), InferenceError> {
        let folder = self.folder(card);
        for file in card.files_here() {
            if let FileSource::Graph { graph } = &file.source {
                let (path, bytes) = (folder.join(&file.name), self.graph(card, graph)?);
                if std::fs::read(&path).ok().as_deref() != Some(bytes) {
                    write_whole(&path, bytes)?;
                }
            }
        }
        Ok(())
    }

    fn graph(&self, card: &ModelCard, graph: &str) -> Result<&[u8], InferenceError> {
        self.catalog.graph(graph).ok_or_else(|| InferenceError::InvalidCard {
            card: card.name.clone(),
            reason: format!("there is no graph {graph:?}"),
        })
    }

    fn missing(&self, card: &ModelCard, file: &CardFile) -> InferenceError {
        self.operator_error(card, file)
            .unwrap_or_else(|| InferenceError::FileMissing { card: card.name.clone(), file: file.name.clone() })
    }

    /// What to tell a person who has to place the file; `None` where it can be pulled.
    pub(crate) fn operator_error(&self, card: &ModelCard, file: &CardFile) -> Option<InferenceError> {
        let FileSource::Operator { address, sha256, .. } = &file.source else { return None };
        Some(InferenceError::OperatorPlaced {
            card: card.name.clone(),
            address: address.clone(),
            path: self.folder(card).join(&file.name),
            sha256: sha256.clone(),
        })
    }
}

/// Metadata of a regular file; `None` where there is none.
fn file_metadata(path: &Path) -> Result<Option<Metadata>, InferenceError> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(metadata.is_file().then_some(metadata)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(InferenceError::Read { path: path.to_path_buf(), source }),
    }
}

impl ModelFiles {
    /// The card, for provenance.
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// The file of that key.
    ///
    /// # Errors
    /// [`InferenceError::UnknownFile`] where the card names no such file.
    pub fn path(&self, key: &str) -> Result<&Path, InferenceError> {
        self.paths
            .get(key)
            .map(PathBuf::as_path)
            .ok_or_else(|| InferenceError::UnknownFile { card: self.card.name.clone(), key: key.to_owned() })
    }
}
