//! The thread that owns the writer: the only one that changes the text index.

use std::path::Path;

use reelgraph_models::asset::Revision;
use serde::{Deserialize, Serialize};
use tantivy::{Index, IndexReader, IndexWriter, TantivyDocument, Term};
use tokio::sync::{mpsc, oneshot};

use super::schema::FORMAT;
use crate::error::{SearchError, boxed};

/// Changes that wait for the thread; each is one batch of assets.
const QUEUED_COMMANDS: usize = 4;

/// What is asked of the thread.
pub(super) enum Command {
    /// Deletes by term, then adds.
    Apply(Changes, Reply<()>),
    /// Makes all of it durable and visible.
    Commit(Revision, Reply<()>),
    /// Deletes everything and forgets the watermark.
    Clear(Reply<()>),
    /// Merges all parts into one.
    Settle(Reply<()>),
    /// Returns the committed watermark; after a failure, makes the index writable again.
    Watermark(Reply<Revision>),
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, SearchError>>;

#[derive(Default)]
pub(super) struct Changes {
    pub(super) deletions: Vec<Term>,
    pub(super) additions: Vec<TantivyDocument>,
}

/// What is committed beside the entries.
#[derive(Serialize, Deserialize)]
pub(super) struct Payload {
    pub(super) format: u32,
    pub(super) watermark: Revision,
}

/// The thread's state.
struct Writer {
    index: Index,
    reader: IndexReader,
    heap_bytes: usize,
    /// `None` after a failure, when changes may have been lost; until someone asks for the watermark.
    writer: Option<IndexWriter>,
    /// Whether something was applied since the last commit.
    is_changed: bool,
}

/// Starts the thread; it ends when the returned sender is dropped.
///
/// # Errors
/// [`SearchError::OpenTextIndex`] where another writer holds the index or no thread can be had.
pub(super) fn start(
    folder: &Path,
    index: Index,
    reader: IndexReader,
    heap_bytes: usize,
) -> Result<(mpsc::Sender<Command>, std::thread::JoinHandle<()>), SearchError> {
    let failed = |source| SearchError::OpenTextIndex { path: folder.to_path_buf(), source };
    let writer = open_writer(&index, heap_bytes).map_err(|error| failed(boxed(error)))?;
    let mut state = Writer { index, reader, heap_bytes, writer: Some(writer), is_changed: false };
    let (sender, mut commands) = mpsc::channel(QUEUED_COMMANDS);
    let run = move || {
        while let Some(command) = commands.blocking_recv() {
            state.handle(command);
        }
    };
    let thread = std::thread::Builder::new().name("text-commit".into()).spawn(run).map_err(|e| failed(boxed(e)))?;
    Ok((sender, thread))
}

fn open_writer(index: &Index, heap_bytes: usize) -> tantivy::Result<IndexWriter> {
    index.writer_with_num_threads(1, heap_bytes)
}

/// What was committed last; watermark 0 before the first commit.
pub(super) fn committed(index: &Index) -> tantivy::Result<Payload> {
    let payload = index.load_metas()?.payload;
    let read = payload.map(|payload| serde_json::from_str(&payload));
    Ok(match read {
        Some(Ok(payload)) => payload,
        Some(Err(_)) => Payload { format: 0, watermark: Revision::default() },
        None => Payload { format: FORMAT, watermark: Revision::default() },
    })
}

impl Writer {
    fn handle(&mut self, command: Command) {
        // An asker who has gone away does not need the answer.
        match command {
            Command::Apply(changes, reply) => drop(reply.send(self.guarded(|writer| writer.apply(changes)))),
            Command::Commit(watermark, reply) => drop(reply.send(self.guarded(|writer| writer.commit(watermark)))),
            Command::Settle(reply) => drop(reply.send(self.guarded(Self::settle))),
            Command::Clear(reply) => {
                let cleared = self.reopen().and_then(|()| self.guarded(Self::clear));
                drop(reply.send(cleared));
            }
            Command::Watermark(reply) => {
                let watermark = self.reopen().and_then(|()| {
                    committed(&self.index).map_err(|e| SearchError::SearchTextIndex { source: boxed(e) })
                });
                drop(reply.send(watermark.map(|payload| payload.watermark)));
            }
        }
    }

    /// Runs a change; where it fails, gives the writer up, so that nothing is committed with a part missing.
    fn guarded(&mut self, change: impl FnOnce(&mut Self) -> tantivy::Result<()>) -> Result<(), SearchError> {
        change(self).map_err(|error| {
            self.writer = None;
            SearchError::WriteTextIndex { source: boxed(error) }
        })
    }

    fn writer(&mut self) -> tantivy::Result<&mut IndexWriter> {
        let lost = || tantivy::TantivyError::SystemError("changes since the last commit were lost".into());
        self.writer.as_mut().ok_or_else(lost)
    }

    fn reopen(&mut self) -> Result<(), SearchError> {
        if self.writer.is_none() {
            let opened = open_writer(&self.index, self.heap_bytes);
            self.is_changed = false;
            self.writer = Some(opened.map_err(|e| SearchError::WriteTextIndex { source: boxed(e) })?);
        }
        Ok(())
    }

    fn apply(&mut self, changes: Changes) -> tantivy::Result<()> {
        self.is_changed = true;
        let writer = self.writer()?;
        for term in changes.deletions {
            writer.delete_term(term);
        }
        for entry in changes.additions {
            writer.add_document(entry)?;
        }
        Ok(())
    }

    fn commit(&mut self, watermark: Revision) -> tantivy::Result<()> {
        let payload = serde_json::to_string(&Payload { format: FORMAT, watermark });
        let payload = payload.map_err(|error| tantivy::TantivyError::InternalError(error.to_string()))?;
        let mut prepared = self.writer()?.prepare_commit()?;
        prepared.set_payload(&payload);
        prepared.commit()?;
        self.is_changed = false;
        self.reader.reload()
    }

    /// Merges all parts into one: the best answers of one large part are found with less work than those of many small ones.
    fn settle(&mut self) -> tantivy::Result<()> {
        if self.is_changed {
            // Waiting for merges that run would lose what is not committed; whoever goes on publishing is not done anyway.
            return Ok(());
        }
        if let Some(writer) = self.writer.take() {
            writer.wait_merging_threads()?;
        }
        let mut writer = open_writer(&self.index, self.heap_bytes)?;
        let parts = self.index.searchable_segment_ids()?;
        if parts.len() > 1 {
            writer.merge(&parts).wait()?;
        }
        self.writer = Some(writer);
        self.reader.reload()
    }

    fn clear(&mut self) -> tantivy::Result<()> {
        self.writer()?.delete_all_documents()?;
        self.commit(Revision::default())
    }
}
