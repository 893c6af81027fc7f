//! The thread that changes the shards: the only one that writes points, flushes and moves the watermark.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use qdrant_edge::{OperationError, OperationResult, UpdateOperation};
use reelgraph_models::asset::Revision;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::optimize::Optimizer;
use super::room;
use super::shard::{Shard, update};
use crate::error::{SearchError, boxed};

/// Changes that wait for the thread; each is one batch of assets.
const QUEUED_COMMANDS: usize = 4;
/// Name of the file that keeps the watermark.
const WATERMARK_FILE: &str = "watermark.json";

/// What is asked of the thread.
pub(super) enum Command {
    /// Runs operations on shards, by place.
    Apply(Vec<(usize, UpdateOperation)>, Reply<()>),
    /// Makes all of it durable as soon as no optimizer runs.
    Commit(Revision, Reply<()>),
    /// Deletes everything and forgets the watermark.
    Clear(Reply<()>),
    /// Returns the watermark; after a failure, the durable one, and makes the shards writable again.
    Watermark(Reply<Revision>),
    /// Answers when the optimizer has nothing left to do.
    Settle(Reply<()>),
    /// The optimizer has done what one request asked for.
    Optimized,
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, SearchError>>;

/// What the watermark's file says.
#[derive(Serialize, Deserialize)]
struct Kept {
    watermark: Revision,
}

/// The thread's state.
struct Writer {
    root: PathBuf,
    shards: Arc<[Shard]>,
    optimizer: Optimizer,
    watermark: Revision,
    /// A watermark that waits for the optimizer to end.
    pending: Option<Revision>,
    /// Points changed since the optimizer last ran.
    changed_points: usize,
    /// Who waits for the optimizer to have nothing left to do.
    settling: Vec<Reply<()>>,
    has_failed: bool,
}

/// Starts the thread; it ends when the returned sender is dropped.
pub(super) fn start(
    root: &Path,
    shards: Arc<[Shard]>,
    is_any_new: bool,
) -> Result<(mpsc::Sender<Command>, std::thread::JoinHandle<()>), SearchError> {
    let failed = |error: std::io::Error| SearchError::OpenVectorIndex {
        place: root.display().to_string(),
        source: boxed(error),
    };
    let mut watermark = read_watermark(root).map_err(failed)?;
    if is_any_new && watermark > Revision::default() {
        watermark = Revision::default();
        write_watermark(root, watermark).map_err(failed)?;
    }
    let (sender, mut commands) = mpsc::channel(QUEUED_COMMANDS);
    let optimizer = Optimizer::start(Arc::clone(&shards), sender.downgrade()).map_err(failed)?;
    let root = root.to_path_buf();
    let mut writer = Writer {
        root: root.clone(),
        shards,
        optimizer,
        watermark,
        pending: None,
        changed_points: 0,
        settling: Vec::new(),
        has_failed: false,
    };
    let run = move || {
        writer.optimizer.request();
        while let Some(command) = commands.blocking_recv() {
            writer.handle(command);
        }
        writer.finish();
    };
    let spawned = std::thread::Builder::new().name("vector-write".into()).spawn(run);
    let thread = spawned
        .map_err(|error| SearchError::OpenVectorIndex { place: root.display().to_string(), source: boxed(error) })?;
    Ok((sender, thread))
}

impl Writer {
    fn handle(&mut self, command: Command) {
        // An asker who has gone away does not need the answer.
        match command {
            Command::Apply(operations, reply) => drop(reply.send(self.guarded(|writer| writer.apply(operations)))),
            Command::Commit(watermark, reply) => {
                let committed = self.guarded(|writer| {
                    writer.pending = Some(watermark);
                    writer.settle()
                });
                drop(reply.send(committed));
            }
            Command::Clear(reply) => {
                self.has_failed = false;
                drop(reply.send(self.guarded(Self::clear)));
            }
            Command::Watermark(reply) => {
                self.has_failed = false;
                let opened = self.guarded(|writer| writer.shards.iter().try_for_each(Shard::ensure_open));
                // One that waits for the optimizer counts: only a crash would take it back.
                drop(reply.send(opened.map(|()| self.pending.unwrap_or(self.watermark))));
            }
            Command::Settle(reply) => {
                self.settling.push(reply);
                self.answer_settled();
            }
            Command::Optimized => {
                self.optimizer.completed();
                let settled = if self.has_failed { Ok(()) } else { self.guarded(Self::settle) };
                if let Err(error) = settled {
                    tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "vectors could not be made durable");
                }
                self.answer_settled();
            }
        }
    }

    fn answer_settled(&mut self) {
        if self.optimizer.is_idle() {
            for reply in self.settling.drain(..) {
                drop(reply.send(Ok(())));
            }
        }
    }

    /// Runs a change; where it fails or panics, refuses commits until someone asks for the watermark.
    fn guarded(&mut self, change: impl FnOnce(&mut Self) -> OperationResult<()>) -> Result<(), SearchError> {
        let lost = || OperationError::service_error("changes since the last commit were lost");
        // The engine panics where a flush fails, on a full disk for one.
        let outcome = match self.has_failed {
            true => Err(lost()),
            false => room::require(&self.root)
                .map_err(|full| OperationError::service_error(full.to_string()))
                .and_then(|()| {
                    catch_unwind(AssertUnwindSafe(|| change(self)))
                        .unwrap_or_else(|_| Err(OperationError::service_error("the engine panicked")))
                }),
        };
        outcome.map_err(|error| {
            self.has_failed = true;
            self.pending = None;
            SearchError::WriteVectorIndex { source: boxed(error) }
        })
    }

    fn apply(&mut self, operations: Vec<(usize, UpdateOperation)>) -> OperationResult<()> {
        for (place, operation) in operations {
            let Some(shard) = self.shards.get(place) else { continue };
            self.changed_points += operation.point_ids().map_or(1, |ids| ids.len());
            update(shard, operation)?;
        }
        Ok(())
    }

    /// Flushes and writes the watermark that is pending, unless the optimizer runs; then it does when that ends.
    fn settle(&mut self) -> OperationResult<()> {
        let Some(watermark) = self.pending else { return Ok(()) };
        {
            let Some(_still) = self.optimizer.hold_still() else { return Ok(()) };
            self.shards.iter().try_for_each(Shard::flush)?;
            write_watermark(&self.root, watermark).map_err(|e| OperationError::service_error(e.to_string()))?;
        }
        self.watermark = watermark;
        self.pending = None;
        if self.changed_points >= super::optimize::OPTIMIZE_AFTER_POINTS {
            self.changed_points = 0;
            self.optimizer.request();
        }
        Ok(())
    }

    fn clear(&mut self) -> OperationResult<()> {
        let _still = self.optimizer.wait_still();
        self.pending = None;
        write_watermark(&self.root, Revision::default()).map_err(|e| OperationError::service_error(e.to_string()))?;
        self.watermark = Revision::default();
        self.shards.iter().try_for_each(Shard::clear)
    }

    /// Waits for the optimizer and writes what is pending.
    fn finish(mut self) {
        self.optimizer.stop();
        if !self.has_failed
            && let Err(error) = self.guarded(Self::settle)
        {
            tracing::error!(%error, "vectors could not be made durable at the end");
        }
    }
}

fn read_watermark(root: &Path) -> std::io::Result<Revision> {
    match std::fs::read(root.join(WATERMARK_FILE)) {
        // A file that cannot be understood says nothing: everything is published again.
        Ok(bytes) => Ok(serde_json::from_slice::<Kept>(&bytes).map(|kept| kept.watermark).unwrap_or_default()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Revision::default()),
        Err(error) => Err(error),
    }
}

/// Writes beside, makes durable, renames.
fn write_watermark(root: &Path, watermark: Revision) -> std::io::Result<()> {
    let beside = root.join(format!("{WATERMARK_FILE}.new"));
    let file = std::fs::File::create(&beside)?;
    serde_json::to_writer(&file, &Kept { watermark })?;
    file.sync_all()?;
    std::fs::rename(&beside, root.join(WATERMARK_FILE))?;
    std::fs::File::open(root)?.sync_all()
}
