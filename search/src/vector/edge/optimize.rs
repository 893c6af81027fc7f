//! The thread that rebuilds segments: merges small ones, builds their graphs, drops deleted points.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc::WeakSender;

use super::shard::Shard;
use super::writer::Command;

/// Changed points after which segments are looked at again. A graph for fewer is not worth the work.
pub(super) const OPTIMIZE_AFTER_POINTS: usize = 2_000;

/// How long the end of the thread is waited for.
const STOP_WAIT: Duration = Duration::from_secs(15);

/// The handle by which the writer starts and waits for the thread.
#[derive(Debug)]
pub(super) struct Optimizer {
    requests: Option<SyncSender<()>>,
    /// Requests that are not completed yet.
    open_requests: usize,
    /// Held while segments are rebuilt.
    still: Arc<Mutex<()>>,
    /// Closed when the thread ends.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Optimizer {
    pub(super) fn start(shards: Arc<[Shard]>, writer: WeakSender<Command>) -> std::io::Result<Self> {
        // One request waits at most: it covers everything that came before it.
        let (requests, waiting) = sync_channel(1);
        let still = Arc::new(Mutex::new(()));
        let gate = Arc::clone(&still);
        let (alive, ended) = sync_channel(0);
        let run = move || {
            let _alive: SyncSender<()> = alive;
            optimize(&waiting, &shards, &gate, &writer);
        };
        let thread = std::thread::Builder::new().name("vector-optimize".into()).spawn(run)?;
        Ok(Self { requests: Some(requests), open_requests: 0, still, ended, thread: Some(thread) })
    }

    /// Asks for a look at the segments; nothing happens where one is due already.
    pub(super) fn request(&mut self) {
        match self.requests.as_ref().map(|requests| requests.try_send(())) {
            Some(Ok(())) => self.open_requests += 1,
            Some(Err(TrySendError::Disconnected(()))) => tracing::error!("the thread that optimizes vectors has ended"),
            Some(Err(TrySendError::Full(()))) | None => {}
        }
    }

    /// Notes that the thread has told of one request's end.
    pub(super) fn completed(&mut self) {
        self.open_requests = self.open_requests.saturating_sub(1);
    }

    /// Whether nothing that was asked for is left to do.
    pub(super) fn is_idle(&self) -> bool {
        self.open_requests == 0
    }

    /// Keeps segments from being rebuilt while the guard lives; `None` where that is going on.
    pub(super) fn hold_still(&self) -> Option<MutexGuard<'_, ()>> {
        match self.still.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// The same, but waits.
    pub(super) fn wait_still(&self) -> MutexGuard<'_, ()> {
        self.still.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the thread to end, but not for long: a rebuild of a large segment cannot be stopped and takes minutes.
    pub(super) fn stop(&mut self) {
        self.requests = None;
        if self.ended.recv_timeout(STOP_WAIT) == Err(RecvTimeoutError::Timeout) {
            tracing::info!("the rebuild of vector segments is left to end with the process");
            return;
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that optimizes vectors panicked");
        }
    }
}

fn optimize(requests: &Receiver<()>, shards: &[Shard], gate: &Mutex<()>, writer: &WeakSender<Command>) {
    while requests.recv().is_ok() {
        for shard in shards {
            let outcome = {
                let _busy = gate.lock().unwrap_or_else(PoisonError::into_inner);
                catch_unwind(AssertUnwindSafe(|| shard.with(|shard| shard.optimize())))
            };
            match outcome {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::error!(%error, "vectors could not be optimized"),
                Err(_) => tracing::error!("the engine panicked while it optimized vectors"),
            }
        }
        let Some(writer) = writer.upgrade() else { return };
        if writer.blocking_send(Command::Optimized).is_err() {
            return;
        }
    }
}
