//! One shard on disk: opened or made, searched, and kept from growing without bound.

use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use qdrant_edge::{
    DEFAULT_VECTOR_NAME, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard, EdgeVectorParams, HnswIndexConfig,
    OperationResult, UpdateOperation, WalOptions,
};

use super::convert;
use super::index::EdgeSettings;
use crate::error::{SearchError, boxed};
use crate::read_ahead::read_ahead;
use crate::space::VectorSpace;

/// Size of one part of the log, in bytes; closed parts can be removed.
const LOG_PART_BYTES: usize = 8 * 1024 * 1024;

/// A shard and where it is.
#[derive(Debug)]
pub(super) struct Shard {
    folder: PathBuf,
    space: VectorSpace,
    settings: EdgeSettings,
    /// `None` only where opening it again failed.
    open: RwLock<Option<EdgeShard>>,
}

impl Shard {
    /// Opens the shard of a space, made where absent or damaged. Also tells whether everything must be published to it again:
    /// where it was made, and where it is of a time when a field of today had no index, so that its points may lack the field.
    pub(super) fn open(root: &Path, space: VectorSpace, settings: EdgeSettings) -> Result<(Self, bool), SearchError> {
        let folder = root.join(space.key());
        let mut is_behind = !folder.join("segments").exists();
        let mut opened = if is_behind { create(&folder, &space, settings) } else { load(&folder, settings) };
        if !is_behind && let Err(error) = &opened {
            tracing::warn!(space = space.key(), %error, "the vectors of the space cannot be read and are built anew");
            opened = create(&folder, &space, settings);
            is_behind = true;
        }
        let shard = opened.map_err(|error| failed_to_open(&folder, error))?;
        let is_other = shard.config().vectors.values().any(|params| params.size != space.dimensions());
        let shard = if is_other {
            drop(shard);
            is_behind = true;
            create(&folder, &space, settings).map_err(|error| failed_to_open(&folder, error))?
        } else {
            shard
        };
        is_behind |= add_missing_indexes(&shard).map_err(|error| failed_to_open(&folder, error))?;
        Ok((Self { folder, space, settings, open: RwLock::new(Some(shard)) }, is_behind))
    }

    /// Runs `action` on the open shard.
    pub(super) fn with<T>(&self, action: impl FnOnce(&EdgeShard) -> OperationResult<T>) -> OperationResult<T> {
        match self.read().as_ref() {
            Some(shard) => action(shard),
            None => Err(qdrant_edge::OperationError::service_error("the shard is closed after an earlier failure")),
        }
    }

    /// Makes everything durable, and shortens the log where it has grown long, which the engine never does itself. Nothing else may change the shard meanwhile.
    pub(super) fn flush(&self) -> OperationResult<()> {
        self.with(|shard| {
            shard.flush();
            Ok(())
        })?;
        if log_bytes(&self.folder) > self.settings.max_log_bytes {
            return self.reopen();
        }
        Ok(())
    }

    /// Opens the shard again where that failed before.
    pub(super) fn ensure_open(&self) -> OperationResult<()> {
        let is_open = self.read().is_some();
        if is_open { Ok(()) } else { self.reopen() }
    }

    /// Reads its segments into memory, at most so many bytes of them; returns how many it read. Blocks.
    pub(super) fn read_ahead(&self, most_bytes: u64) -> std::io::Result<u64> {
        read_ahead(&self.folder.join("segments"), most_bytes)
    }

    /// Removes every point.
    pub(super) fn clear(&self) -> OperationResult<()> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        *open = None;
        *open = Some(create(&self.folder, &self.space, self.settings)?);
        Ok(())
    }

    fn reopen(&self) -> OperationResult<()> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        *open = None;
        *open = Some(load(&self.folder, self.settings)?);
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Option<EdgeShard>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed_to_open(folder: &Path, error: qdrant_edge::OperationError) -> SearchError {
    SearchError::OpenVectorIndex { place: folder.display().to_string(), source: boxed(error) }
}

/// Removes what is there and makes an empty shard with the index of every field.
fn create(folder: &Path, space: &VectorSpace, settings: EdgeSettings) -> OperationResult<EdgeShard> {
    let io = |error: std::io::Error| qdrant_edge::OperationError::service_error(error.to_string());
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(io)?;
    }
    std::fs::create_dir_all(folder).map_err(io)?;
    // Vectors are memory-mapped, so that a library larger than memory can be served.
    let params = EdgeVectorParams::builder(space.dimensions(), Distance::Cosine).on_disk(true).build();
    let log = WalOptions { segment_capacity: LOG_PART_BYTES, ..WalOptions::default() };
    let config = EdgeConfig::builder()
        .vector(DEFAULT_VECTOR_NAME, params)
        .hnsw_config(graphs(settings))
        .optimizers(optimizers(settings))
        .wal_options(log)
        .build();
    let shard = EdgeShard::new(folder, config)?;
    add_missing_indexes(&shard)?;
    Ok(shard)
}

fn load(folder: &Path, settings: EdgeSettings) -> OperationResult<EdgeShard> {
    shorten_log(folder);
    let shard = EdgeShard::load(folder, None)?;
    shard.set_hnsw_config(graphs(settings))?;
    shard.set_optimizers_config(optimizers(settings))?;
    Ok(shard)
}

fn graphs(settings: EdgeSettings) -> HnswIndexConfig {
    HnswIndexConfig { max_indexing_threads: settings.indexing_threads, ..HnswIndexConfig::default() }
}

fn optimizers(settings: EdgeSettings) -> EdgeOptimizersConfig {
    EdgeOptimizersConfig { default_segment_number: Some(settings.segments), ..EdgeOptimizersConfig::default() }
}

/// Makes the index of every field that has none; tells whether there was one to make.
fn add_missing_indexes(shard: &EdgeShard) -> OperationResult<bool> {
    let known = shard.info().payload_schema;
    let missing: Vec<_> = convert::index_operations().filter(|(field, _)| !known.contains_key(field)).collect();
    let is_any_missing = !missing.is_empty();
    for (field, operation) in missing {
        tracing::info!(field = %field, "the index of a field is made");
        shard.update(operation)?;
    }
    if is_any_missing {
        shard.flush();
    }
    Ok(is_any_missing)
}

/// Applies an operation to the shard.
pub(super) fn update(shard: &Shard, operation: UpdateOperation) -> OperationResult<()> {
    shard.with(|shard| shard.update(operation))
}

/// Deletes all but the last closed part of the log. Every part but the open one is flushed before the watermark is
/// written; the last closed one stays because numbering continues from it.
fn shorten_log(folder: &Path) {
    let mut closed: Vec<(u64, PathBuf)> = log_parts(folder)
        .filter_map(|path| Some((path.file_name()?.to_str()?.strip_prefix("closed-")?.parse().ok()?, path)))
        .collect();
    closed.sort();
    closed.pop();
    for (_, path) in closed {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "a part of the vector log could not be removed");
        }
    }
}

fn log_parts(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder.join("wal")).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn log_bytes(folder: &Path) -> u64 {
    log_parts(folder).filter_map(|path| path.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use qdrant_edge::{FieldIndexOperations, UpdateOperation};
    use reelgraph_models::embedding::EmbeddingSpace;
    use reelgraph_models::observation::Modality;

    use super::super::super::payload::INDEXED_FIELDS;
    use super::*;

    fn fields_with_index(shard: &Shard) -> OperationResult<BTreeSet<String>> {
        shard.with(|shard| Ok(shard.info().payload_schema.keys().map(ToString::to_string).collect()))
    }

    #[test]
    fn a_shard_of_a_time_with_fewer_fields_gets_their_indexes_and_everything_again()
    -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let space = EmbeddingSpace { name: "frames".into(), version: "1".into(), dims: 4 };
        let open = || -> Result<_, SearchError> {
            let space = VectorSpace::new(space.clone(), Modality::Frames)?;
            Shard::open(folder.path(), space, EdgeSettings::default())
        };
        let every: BTreeSet<String> = INDEXED_FIELDS.iter().map(|(field, _)| (*field).to_owned()).collect();
        let (shard, _) = open()?;
        assert_eq!(fields_with_index(&shard)?, every);
        drop(shard);
        let (shard, is_behind) = open()?;
        assert!(!is_behind, "nothing has changed");
        for (field, _) in convert::index_operations().filter(|(field, _)| field.to_string() == "objects") {
            update(&shard, UpdateOperation::FieldIndexOperation(FieldIndexOperations::DeleteIndex(field)))?;
        }
        shard.flush()?;
        assert_eq!(fields_with_index(&shard)?.len(), every.len() - 1);
        drop(shard);
        let (shard, is_behind) = open()?;
        assert!(is_behind, "points may lack the field");
        assert_eq!(fields_with_index(&shard)?, every);
        Ok(())
    }
}
