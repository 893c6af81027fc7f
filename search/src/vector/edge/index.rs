//! The embedded index as others use it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use qdrant_edge::{
    CountRequest, DEFAULT_VECTOR_NAME, EdgeShard, NamedQuery, OperationResult, PayloadSelector, PayloadSelectorInclude,
    PointId, QueryEnum, ScoredPoint, SearchParams, SearchRequest, VectorInternal, WithPayloadInterface,
};
use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{EmbeddingId, TenantId};
use tokio::sync::{mpsc, oneshot};

use super::super::payload::{ANSWER_FIELDS, candidate, conditions, of_asset, points};
use super::super::{BEAM, VectorCandidate, VectorIndex, VectorQuery, find_space};
use super::convert;
use super::room;
use super::shard::Shard;
use super::writer::{self, Command, Reply};
use crate::document::{AssetDocument, AssetKey};
use crate::error::{SearchError, boxed};
use crate::space::VectorSpace;

/// Points written in one operation.
const UPSERT_POINTS: usize = 256;

/// How shards are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeSettings {
    /// Threads that build graphs; they compete with searches.
    pub indexing_threads: usize,
    /// Segments to keep; fewer make searches faster and rebuilding slower.
    pub segments: usize,
    /// Log of a shard on disk beyond which it is shortened, in bytes.
    pub max_log_bytes: u64,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self { indexing_threads: 1, segments: 2, max_log_bytes: 512 * 1024 * 1024 }
    }
}

/// The vector index in one folder. One process at a time can have it open.
#[derive(Debug)]
pub struct EdgeIndex {
    spaces: Vec<VectorSpace>,
    shards: Arc<[Shard]>,
    commands: Option<mpsc::Sender<Command>>,
    thread: Option<JoinHandle<()>>,
}

impl EdgeIndex {
    /// Opens the shards of `spaces` in `folder`, made where absent; where one had to be made, the watermark is 0. Blocks
    /// while it reads from disk.
    ///
    /// # Errors
    /// [`SearchError::OpenVectorIndex`] where the folder cannot be read or written.
    pub fn open(folder: &Path, spaces: Vec<VectorSpace>, settings: EdgeSettings) -> Result<Self, SearchError> {
        let opened = std::fs::create_dir_all(folder).and_then(|()| room::require(folder));
        opened.map_err(|error| SearchError::OpenVectorIndex {
            place: folder.display().to_string(),
            source: boxed(error),
        })?;
        let mut is_any_new = false;
        let mut shards = Vec::with_capacity(spaces.len());
        for space in &spaces {
            let (shard, is_new) = Shard::open(folder, space.clone(), settings)?;
            is_any_new |= is_new;
            shards.push(shard);
        }
        let shards: Arc<[Shard]> = shards.into();
        let (commands, thread) = writer::start(folder, Arc::clone(&shards), is_any_new)?;
        Ok(Self { spaces, shards, commands: Some(commands), thread: Some(thread) })
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, SearchError> {
        let stopped = SearchError::Stopped { index: "vector" };
        let (reply, answer) = oneshot::channel();
        let Some(commands) = &self.commands else { return Err(stopped) };
        if commands.send(command(reply)).await.is_err() {
            return Err(stopped);
        }
        answer.await.unwrap_or(Err(stopped))
    }

    /// Runs a read on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        place: usize,
        read: impl FnOnce(&qdrant_edge::EdgeShard) -> qdrant_edge::OperationResult<T> + Send + 'static,
    ) -> Result<T, SearchError> {
        let shards = Arc::clone(&self.shards);
        let run = move || match shards.get(place) {
            Some(shard) => shard.with(read),
            None => Err(qdrant_edge::OperationError::service_error("no such shard")),
        };
        let done = tokio::task::spawn_blocking(run).await;
        let done = done.map_err(|error| SearchError::SearchVectorIndex { source: boxed(error) })?;
        done.map_err(|error| SearchError::SearchVectorIndex { source: boxed(error) })
    }
}

#[async_trait]
impl VectorIndex for EdgeIndex {
    fn spaces(&self) -> &[VectorSpace] {
        &self.spaces
    }

    async fn apply(&self, documents: Arc<[AssetDocument]>, removed: &[AssetKey]) -> Result<(), SearchError> {
        let mut operations = Vec::new();
        let published = documents.iter().map(|document| (document.tenant, document.asset));
        for (tenant, asset) in published.chain(removed.iter().map(|key| (key.tenant, key.asset))) {
            let delete = |place| (place, convert::delete(of_asset(tenant, asset)));
            operations.extend((0..self.spaces.len()).map(delete));
        }
        let mut by_space: Vec<Vec<_>> = self.spaces.iter().map(|_| Vec::new()).collect();
        for document in documents.iter() {
            for (place, point) in points(document, &self.spaces) {
                if let Some(points) = by_space.get_mut(place) {
                    points.push(point);
                }
            }
        }
        for (place, points) in by_space.into_iter().enumerate() {
            let mut points = points.into_iter().peekable();
            while points.peek().is_some() {
                let some = points.by_ref().take(UPSERT_POINTS).collect();
                operations.push((place, convert::upsert(some)));
            }
        }
        self.ask(|reply| Command::Apply(operations, reply)).await
    }

    async fn commit(&self, watermark: Revision) -> Result<(), SearchError> {
        self.ask(|reply| Command::Commit(watermark, reply)).await
    }

    async fn watermark(&self) -> Result<Revision, SearchError> {
        self.ask(Command::Watermark).await
    }

    async fn clear(&self) -> Result<(), SearchError> {
        self.ask(Command::Clear).await
    }

    async fn settle(&self) -> Result<(), SearchError> {
        self.ask(Command::Settle).await
    }

    async fn read_ahead(&self, most_bytes: u64) {
        let shards = Arc::clone(&self.shards);
        let read =
            move || shards.iter().try_fold(most_bytes, |left, shard| Ok(left.saturating_sub(shard.read_ahead(left)?)));
        let read = tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        if let Err(error) = read {
            tracing::warn!(%error, "the vector index could not be read ahead");
        }
    }

    async fn search(&self, query: &VectorQuery) -> Result<Vec<VectorCandidate>, SearchError> {
        let (place, space) = find_space(&self.spaces, &query.space)?;
        space.check(&query.vector)?;
        if query.limit == 0 {
            return Ok(Vec::new());
        }
        let request = SearchRequest {
            query: QueryEnum::Nearest(NamedQuery {
                query: VectorInternal::Dense(query.vector.clone()),
                using: Some(DEFAULT_VECTOR_NAME.to_owned()),
            }),
            filter: Some(convert::filter(conditions(query.tenant, &query.conditions))),
            params: Some(SearchParams { hnsw_ef: Some(BEAM.max(query.limit)), ..SearchParams::default() }),
            limit: query.limit,
            offset: 0,
            // Each segment would read those of its own nearest, most of which are no answers of the whole.
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: None,
            score_threshold: None,
        };
        let floor = space.floor();
        let search = move |shard: &EdgeShard| {
            let mut points = shard.search(request)?;
            // Before anything is read of them.
            floor.sift(&mut points, |point| point.score);
            answers(shard, points)
        };
        self.read(place, search).await
    }

    async fn count(&self, space: &EmbeddingSpace, tenant: TenantId) -> Result<u64, SearchError> {
        let (place, _) = find_space(&self.spaces, space)?;
        let filter = Some(convert::filter(conditions(tenant, [])));
        let counted = self.read(place, move |shard| shard.count(CountRequest { filter, exact: true })).await?;
        Ok(u64::try_from(counted).unwrap_or(u64::MAX))
    }
}

/// What points are vectors of; those that were deleted since they were found are left out.
fn answers(shard: &EdgeShard, points: Vec<ScoredPoint>) -> OperationResult<Vec<VectorCandidate>> {
    let ids: Vec<PointId> = points.iter().map(|point| point.id).collect();
    let fields = PayloadSelectorInclude { include: convert::paths(&ANSWER_FIELDS) };
    let fields = WithPayloadInterface::Selector(PayloadSelector::Include(fields));
    let records = shard.retrieve(&ids, Some(fields), None)?;
    let mut payloads: HashMap<PointId, _> =
        records.into_iter().filter_map(|record| Some((record.id, record.payload?.0))).collect();
    let answer = |point: ScoredPoint| {
        let PointId::Uuid(id) = point.id else { return None };
        candidate(EmbeddingId::from_uuid(id), point.score, payloads.remove(&point.id)?)
    };
    Ok(points.into_iter().filter_map(answer).collect())
}

/// Waits for the threads, so that the folder can be opened again at once; for a rebuild of segments only a few seconds,
/// after which it is left to end with the process, and what was not durable is published again at the next start.
impl Drop for EdgeIndex {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the vector index panicked");
        }
    }
}
