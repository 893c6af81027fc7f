//! One worker: lease after lease, until it is told to end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reelgraph_media::Sandbox;
use reelgraph_models::blob::BlobStore;
use reelgraph_models::job::{AfterFailure, JobState, Lease};
use reelgraph_models::space::KeptSpaces;
use reelgraph_models::store::{Store, StoreError};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{heartbeat, memory};
use crate::analyze::AnalyzerSet;
use crate::error::IndexError;
use crate::pipeline::{self, Context, Original};

/// A worker that has not been heard of for this long has lost its job to the next one.
const LEASE_TIME_TO_LIVE: Duration = Duration::from_secs(20);
/// How often an idle worker asks for work.
const IDLE_PERIOD: Duration = Duration::from_millis(500);

/// When a worker ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Never: only when told to.
    Stopped,
    /// When no job waits or runs any more.
    Idle,
}

/// What a worker needs beside the stores.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Name in leases and logs; unique among running workers.
    pub owner: String,
    /// Folder for copies of originals that are kept elsewhere.
    pub scratch: PathBuf,
}

/// What a worker's attempts have taken so far; loading the models is not in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Attempts, however they ended.
    pub attempts: u64,
    /// From each lease to its end.
    pub wall: Duration,
    /// Inside the models, summed over threads: may be more than `wall`.
    pub inference: Duration,
}

/// Works off jobs, one at a time.
pub struct Worker {
    store: Store,
    blobs: BlobStore,
    sandbox: Arc<Sandbox>,
    analyzers: AnalyzerSet,
    settings: WorkerSettings,
    spent: Spent,
}

impl Worker {
    /// Puts the parts together.
    pub fn new(
        store: Store,
        blobs: BlobStore,
        sandbox: Sandbox,
        analyzers: AnalyzerSet,
        settings: WorkerSettings,
    ) -> Self {
        Self { store, blobs, sandbox: Arc::new(sandbox), analyzers, settings, spent: Spent::default() }
    }

    /// What the work has taken so far.
    pub fn spent(&self) -> Spent {
        Spent { inference: self.analyzers.inference_time(), ..self.spent }
    }

    /// Takes jobs until `until` or `shutdown`; a job under way at shutdown is given back.
    ///
    /// # Errors
    /// [`IndexError::Store`] where the database refuses in a way that waiting does not mend.
    pub async fn run(&mut self, until: Until, shutdown: &CancellationToken) -> Result<(), IndexError> {
        // A worker that cannot say so works all the same; the plan of a re-run then goes by what the last one said.
        if let Err(error) = self.store.report_models(&self.analyzers.current_models()).await {
            tracing::warn!(%error, "could not report the models");
        }
        let _given_back = memory::give_back();
        while !shutdown.is_cancelled() {
            let leased = self.store.jobs().lease_next(&self.settings.owner, LEASE_TIME_TO_LIVE).await;
            match leased {
                Ok(Some(lease)) => {
                    let span = tracing::info_span!("job", job = %lease.job.id, asset = %lease.job.asset, attempt = lease.job.attempts);
                    self.work_on(lease, shutdown).instrument(span).await;
                    continue;
                }
                Ok(None) if until == Until::Idle && self.is_idle().await? => return Ok(()),
                Ok(None) => {}
                Err(error) if error.is_retryable() => tracing::warn!(%error, "could not ask for work, trying again"),
                Err(error) => return Err(error.into()),
            }
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = tokio::time::sleep(IDLE_PERIOD) => {}
            }
        }
        Ok(())
    }

    async fn is_idle(&self) -> Result<bool, StoreError> {
        let counts = self.store.jobs().counts().await?;
        Ok([JobState::Queued, JobState::Running].iter().all(|state| counts.get(state).copied().unwrap_or(0) == 0))
    }

    async fn work_on(&mut self, lease: Lease, shutdown: &CancellationToken) {
        tracing::info!("attempt begins");
        let started = tokio::time::Instant::now();
        let outcome = self.attempt(&lease, shutdown).await;
        let told = match &outcome {
            Ok(()) => self.store.jobs().complete(&lease).await,
            // Deleting an asset cancels its job.
            Err(IndexError::Cancelled | IndexError::Store(StoreError::Deleted { .. })) => {
                self.store.jobs().finish_cancelled(&lease).await
            }
            Err(IndexError::ShuttingDown) => self.store.jobs().release(&lease).await,
            Err(IndexError::LeaseLost | IndexError::Store(StoreError::LeaseLost { .. })) => Ok(()),
            Err(error) => self.fail(&lease, error).await,
        };
        self.spent.attempts += 1;
        self.spent.wall += started.elapsed();
        match outcome {
            Ok(()) => tracing::info!("job done"),
            Err(error) => {
                tracing::warn!(code = error.code(), reason = %error.reason(), "attempt ended without success")
            }
        }
        if let Err(error) = told {
            // The lease runs out and the job is taken up again; nothing is lost.
            tracing::error!(%error, "could not record how the attempt ended");
        }
    }

    async fn fail(&self, lease: &Lease, error: &IndexError) -> Result<(), StoreError> {
        match self.store.jobs().fail(lease, error.failure()).await? {
            AfterFailure::RetryAt(at) => tracing::info!(%at, "will be tried again"),
            AfterFailure::Failed | AfterFailure::Cancelled => {}
        }
        Ok(())
    }

    async fn attempt(&mut self, lease: &Lease, shutdown: &CancellationToken) -> Result<(), IndexError> {
        let tenant = self.store.tenant(lease.job.tenant);
        let asset = tenant.get_asset(lease.job.asset).await?;
        let blobs = self.blobs.tenant(lease.job.tenant);
        let (control, beats) = heartbeat::line(self.store.jobs(), lease.clone(), shutdown.clone());
        // Aborted with the attempt; on a task of its own, since stages block their thread.
        let beats = AbortOnDrop(tokio::spawn(beats));
        let kept = tenant.adopt_spaces(&self.analyzers.spaces()).await?;
        let original = Original::new(blobs.clone(), asset.original.clone(), self.settings.scratch.clone());
        let context = Context {
            scope: lease.job.scope,
            asset,
            settings: tenant.settings().await?,
            spaces: kept.iter().flat_map(KeptSpaces::all).cloned().collect(),
            store: self.store.clone(),
            tenant,
            blobs,
            sandbox: self.sandbox.clone(),
            original: Arc::new(original),
            control,
        };
        let outcome = pipeline::run(&context, lease, &mut self.analyzers).await;
        drop(beats);
        outcome
    }
}

/// A task that ends with this value.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
