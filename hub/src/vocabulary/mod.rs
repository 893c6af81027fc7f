//! The controlled vocabulary that the operator names: a SKOS file, read once at the start.
//!
//! In: a path. Out: the concepts in memory, or an error that says where in the file the trouble is. The whole file is read and
//! checked before any of it counts, and nothing is ever written to it.

mod depth;
mod entities;
mod error;
mod skos;
mod syntax;

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use reelgraph_search::concepts::ConceptGraph;

use crate::config::Config;
pub use error::VocabularyError;
use skos::Concepts;
use syntax::Syntax;

/// Largest file, in MiB. The UNESCO thesaurus has 3 in Turtle.
const MAX_FILE_MIB: u64 = 64;

/// The vocabulary that the settings name; without one, an empty one.
///
/// # Errors
/// Where it cannot be used, with what to do about it.
pub fn of_settings(config: &Config) -> anyhow::Result<ConceptGraph> {
    let Some(path) = &config.vocabulary else { return Ok(ConceptGraph::default()) };
    let concepts = read(path).with_context(|| format!("search.vocabulary: {} cannot be used", path.display()))?;
    tracing::info!(concepts = concepts.len(), "the vocabulary was read");
    Ok(concepts)
}

/// Reads a vocabulary.
///
/// # Errors
/// Where the file cannot be read, is in no known or in a broken syntax, is too large, or has no concepts.
pub fn read(path: &Path) -> Result<ConceptGraph, VocabularyError> {
    let syntax = Syntax::of(path)?;
    let text = bytes(path)?;
    let mut concepts = Concepts::default();
    syntax.read(&text, &mut |triple| concepts.add(triple))?;
    concepts.graph()
}

/// The bytes of a file that is not too large, without a byte order mark.
fn bytes(path: &Path) -> Result<Vec<u8>, VocabularyError> {
    let mut text = Vec::new();
    // Not by the length that the file system tells, which is none for a pipe.
    let most = MAX_FILE_MIB << 20;
    // Whoever opens a pipe waits until someone writes to it.
    let kind = std::fs::metadata(path).map_err(|source| VocabularyError::Read { source })?;
    if !kind.is_file() {
        return Err(VocabularyError::NoFile);
    }
    let file = std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut text));
    let read = file.map_err(|source| VocabularyError::Read { source })?;
    if read as u64 > most {
        return Err(VocabularyError::FileTooLarge { limit_mib: MAX_FILE_MIB });
    }
    Ok(match text.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => rest.to_vec(),
        None => text,
    })
}

#[cfg(test)]
mod tests;
