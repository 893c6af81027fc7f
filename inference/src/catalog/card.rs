//! Model cards: what a model is, where its files come from and how to feed it.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::error::InferenceError;

/// One model, as `inference/cards/<name>.toml` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// Name that people type and stores keep; lower-case letters, digits and hyphens.
    pub name: String,
    /// Version of the files; a change of any file changes it.
    pub version: String,
    /// What the model is for, in a few words.
    pub task: String,
    /// One or two sentences for `reelgraph models list`.
    pub summary: String,
    /// Licence of the weights, as an SPDX expression where there is one.
    pub licence: String,
    /// Whether a plain `reelgraph models pull` fetches it.
    #[serde(default)]
    pub default: bool,
    /// Packages that the files come from.
    #[serde(default, rename = "package")]
    pub packages: Vec<Package>,
    /// Files in the store.
    #[serde(rename = "file")]
    pub files: Vec<CardFile>,
    /// Inputs and outputs of the graphs.
    #[serde(default, rename = "tensor")]
    pub tensors: Vec<Tensor>,
    /// How an input is prepared.
    #[serde(default)]
    pub preprocessing: String,
    /// How an output is read.
    #[serde(default)]
    pub postprocessing: String,
    /// What it is known not to do, or to do badly.
    #[serde(default)]
    pub limits: Vec<String>,
}

/// A package in a registry, pinned by hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Where it is published.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
    /// Its version there.
    pub version: String,
    /// SHA-256 of the package file, lower-case hex.
    pub sha256: String,
    /// Size of the package file.
    pub size_bytes: u64,
    /// The machine it is for, such as `linux-x86_64`; any where absent.
    pub platform: Option<String>,
    /// Which of several wheels; the one for any Python where absent.
    pub python: Option<PythonTag>,
}

/// A package registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// The Python package index, read with pip.
    Pypi,
    /// The npm registry, read with npm.
    Npm,
}

/// Names one wheel of several, so that every Python fetches the same one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PythonTag {
    /// Such as `3.11`.
    pub version: String,
    /// Such as `cp`.
    pub implementation: String,
    /// Such as `manylinux_2_28_x86_64`.
    pub platform: String,
}

/// One file in the store.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawFile")]
pub struct CardFile {
    /// What the code calls it.
    pub key: String,
    /// Its file name in the store.
    pub name: String,
    /// The machine it is for, such as `linux-x86_64`; any where absent.
    pub platform: Option<String>,
    /// Where it comes from.
    pub source: FileSource,
}

/// Where a file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// Parts of packages, joined in order.
    Packages {
        /// The parts.
        parts: Vec<PackagePart>,
        /// SHA-256 of the whole file, lower-case hex.
        sha256: String,
        /// Size of the whole file.
        size_bytes: u64,
    },
    /// A graph that is built into this program.
    Graph {
        /// File name in `inference/graphs/`.
        graph: String,
    },
    /// Computed once on this machine, when the model is pulled.
    Derived {
        /// Key of the file it is computed from.
        from: String,
        /// How.
        how: Derivation,
    },
    /// Placed by a person.
    Operator {
        /// Where it can be had.
        address: String,
        /// SHA-256, lower-case hex.
        sha256: String,
        /// Size.
        size_bytes: u64,
    },
}

/// A file inside a package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackagePart {
    /// The package's name.
    pub package: String,
    /// The path in it, with forward slashes.
    pub path: String,
    /// How the bytes lie in it.
    #[serde(default)]
    pub encoding: PartEncoding,
}

/// How the bytes of a part lie in its package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartEncoding {
    /// As they are.
    #[default]
    Plain,
    /// As base64 in the longest string of a program text.
    Base64String,
}

/// How a file is computed from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Derivation {
    /// The runtime's own graph optimisation, with constants folded and weights inside.
    Optimize,
}

/// An input or output of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tensor {
    /// Key of the graph file.
    pub file: String,
    /// `input` or `output`.
    pub direction: Direction,
    /// Its name in the graph.
    pub name: String,
    /// Element type and shape, such as `u8 [1, 100, 27, 48, 3]`.
    pub shape: String,
    /// What it holds, with units and range.
    pub holds: String,
}

/// Which way a tensor goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the graph.
    Input,
    /// Out of the graph.
    Output,
}

/// A file as TOML has it, before it is checked that it has exactly one source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    key: String,
    name: String,
    platform: Option<String>,
    sha256: Option<String>,
    size_bytes: Option<u64>,
    #[serde(default)]
    parts: Vec<PackagePart>,
    graph: Option<String>,
    derived_from: Option<String>,
    derived_by: Option<Derivation>,
    address: Option<String>,
}

impl TryFrom<RawFile> for CardFile {
    type Error = String;

    fn try_from(raw: RawFile) -> Result<Self, Self::Error> {
        let pinned = match (raw.sha256, raw.size_bytes) {
            (Some(sha256), Some(size_bytes)) => Some((sha256, size_bytes)),
            (None, None) => None,
            _ => return Err(format!("file {:?} needs both sha256 and size_bytes, or neither", raw.key)),
        };
        let parts = (!raw.parts.is_empty()).then_some(raw.parts);
        let derived = raw.derived_from.zip(raw.derived_by);
        let source = match (parts, raw.graph, derived, raw.address, pinned) {
            (Some(parts), None, None, None, Some((sha256, size_bytes))) => {
                FileSource::Packages { parts, sha256, size_bytes }
            }
            (None, Some(graph), None, None, None) => FileSource::Graph { graph },
            (None, None, Some((from, how)), None, None) => FileSource::Derived { from, how },
            (None, None, None, Some(address), Some((sha256, size_bytes))) => {
                FileSource::Operator { address, sha256, size_bytes }
            }
            _ => {
                return Err(format!(
                    "file {:?} needs one source: parts or address with sha256 and size_bytes, or graph, or derived_from \
                     with derived_by",
                    raw.key
                ));
            }
        };
        Ok(Self { key: raw.key, name: raw.name, platform: raw.platform, source })
    }
}

impl ModelCard {
    /// Reads and checks a card.
    ///
    /// # Errors
    /// [`InferenceError::ReadCard`] where `text` is not TOML of this shape; [`InferenceError::InvalidCard`] where it
    /// contradicts itself or names files outside its folder.
    pub fn parse(name: &str, text: &str) -> Result<Self, InferenceError> {
        let card: Self = toml::from_str(text)
            .map_err(|source| InferenceError::ReadCard { card: name.to_owned(), source: Box::new(source) })?;
        match card.fault(name) {
            Some(reason) => Err(InferenceError::InvalidCard { card: name.to_owned(), reason }),
            None => Ok(card),
        }
    }

    /// The files that this machine needs.
    pub fn files_here(&self) -> impl Iterator<Item = &CardFile> {
        let here = platform();
        self.files.iter().filter(move |file| file.platform.as_ref().is_none_or(|platform| *platform == here))
    }

    /// The package of that name for this machine.
    pub fn package_here(&self, name: &str) -> Option<&Package> {
        let here = platform();
        self.packages
            .iter()
            .find(|package| package.name == name && package.platform.as_ref().is_none_or(|platform| *platform == here))
    }

    /// Whether a person has to place files of it.
    pub fn is_operator_placed(&self) -> bool {
        self.files.iter().any(|file| matches!(file.source, FileSource::Operator { .. }))
    }

    fn fault(&self, name: &str) -> Option<String> {
        if self.name != name {
            return Some(format!("it calls itself {:?}", self.name));
        }
        if let Some(word) = [&self.name, &self.version].into_iter().find(|word| !is_plain_name(word)) {
            return Some(format!("{word:?} is no plain name"));
        }
        let mut seen = BTreeSet::new();
        for file in &self.files {
            if !is_plain_name(&file.name) {
                return Some(format!("{:?} is no plain file name", file.name));
            }
            if !seen.insert((&file.key, &file.platform)) {
                return Some(format!("the key {:?} occurs twice", file.key));
            }
            if let Some(reason) = self.source_fault(file) {
                return Some(reason);
            }
        }
        self.packages
            .iter()
            .find(|package| !is_sha256(&package.sha256))
            .map(|package| format!("the SHA-256 of package {:?} is not 64 lower-case hex digits", package.name))
    }

    fn source_fault(&self, file: &CardFile) -> Option<String> {
        match &file.source {
            FileSource::Packages { parts, sha256, .. } => {
                let stranger =
                    parts.iter().find(|part| !self.packages.iter().any(|package| package.name == part.package));
                match stranger {
                    Some(part) => Some(format!("file {:?} names the unknown package {:?}", file.key, part.package)),
                    None => (!is_sha256(sha256)).then(|| format!("the SHA-256 of file {:?} is malformed", file.key)),
                }
            }
            FileSource::Operator { sha256, .. } => {
                (!is_sha256(sha256)).then(|| format!("the SHA-256 of file {:?} is malformed", file.key))
            }
            FileSource::Graph { graph } => (!is_plain_name(graph)).then(|| format!("{graph:?} is no plain file name")),
            FileSource::Derived { from, .. } => (!self.files.iter().any(|other| other.key == *from))
                .then(|| format!("file {:?} is derived from the unknown file {from:?}", file.key)),
        }
    }
}

impl CardFile {
    /// The pinned SHA-256 and size, where the card pins them.
    pub fn pinned(&self) -> Option<(&str, u64)> {
        match &self.source {
            FileSource::Packages { sha256, size_bytes, .. } | FileSource::Operator { sha256, size_bytes, .. } => {
                Some((sha256, *size_bytes))
            }
            FileSource::Graph { .. } | FileSource::Derived { .. } => None,
        }
    }
}

/// This machine, as cards name it: operating system and processor, such as `linux-x86_64`.
pub(crate) fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Whether a name can be one component of a path: no separators, no leading dot, nothing but ASCII that is safe everywhere.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'+'))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
