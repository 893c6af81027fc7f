//! Keeps a lease alive while an attempt runs, and brings back the news.

use std::sync::Arc;
use std::time::Duration;

use reelgraph_models::job::{Heartbeat, Lease, Progress};
use reelgraph_models::store::{JobQueue, StoreError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::pipeline::{Control, Stop};

/// Heartbeats per life of a lease; two may be missed.
const BEATS_PER_LEASE: u32 = 3;
/// Progress is passed on at most this often.
const PROGRESS_PERIOD: Duration = Duration::from_millis(500);

/// The line to the attempt, and the future that must run beside it.
pub(super) fn line(
    jobs: JobQueue,
    lease: Lease,
    shutdown: CancellationToken,
) -> (Control, impl Future<Output = ()> + Send + 'static) {
    let (progress_sender, progress) = watch::channel(Progress::default());
    let (stop_sender, stop) = watch::channel(None);
    (Control::new(Arc::new(progress_sender), stop), beat(jobs, lease, progress, stop_sender, shutdown))
}

/// Ends only when the attempt is to stop early; dropped when the attempt ends.
async fn beat(
    jobs: JobQueue,
    lease: Lease,
    mut progress: watch::Receiver<Progress>,
    stop: watch::Sender<Option<Stop>>,
    shutdown: CancellationToken,
) {
    let longest = lease.time_to_live / BEATS_PER_LEASE;
    loop {
        tokio::select! {
            () = shutdown.cancelled() => {
                stop.send_replace(Some(Stop::ShuttingDown));
                return;
            }
            () = tokio::time::sleep(longest) => {}
            // Progress is worth an early beat, but not more than a few a second.
            _ = async { tokio::time::sleep(PROGRESS_PERIOD.min(longest)).await; progress.changed().await } => {}
        }
        let latest = progress.borrow_and_update().clone();
        match jobs.heartbeat(&lease, Some(&latest)).await {
            Ok(Heartbeat::Continue { .. }) => {}
            Ok(Heartbeat::CancelRequested) => {
                stop.send_replace(Some(Stop::Cancelled));
                return;
            }
            Err(StoreError::LeaseLost { .. }) => {
                stop.send_replace(Some(Stop::LeaseLost));
                return;
            }
            // The lease outlives a few missed beats; the next one may get through.
            Err(error) => tracing::warn!(job = %lease.job.id, %error, "heartbeat did not get through"),
        }
    }
}
