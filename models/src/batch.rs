//! Jobs that were asked for together, followed and cancelled as one.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::id::BatchId;
use crate::observation::ModalitySet;

/// Jobs that were asked for together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The channels that any of its jobs looks at.
    pub modalities: ModalitySet,
    /// Jobs that it had when it was made; those of assets that were deleted since are gone.
    pub jobs: u64,
    /// How long one worker was thought to take for all, milliseconds; `None` where nothing was known.
    pub estimate_ms: Option<u64>,
    /// Whether a person asked to stop it.
    pub is_cancel_requested: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchProgress {
    /// Which.
    pub batch: Batch,
    /// Jobs that wait.
    pub queued: u64,
    /// Jobs under way.
    pub running: u64,
    /// Jobs that ended well.
    pub succeeded: u64,
    /// Jobs that failed for good.
    pub failed: u64,
    /// Jobs that a person stopped.
    pub cancelled: u64,
    /// What the jobs were thought to take altogether, milliseconds.
    pub all_ms: u64,
    /// What of that is done, milliseconds.
    pub done_ms: u64,
}

impl BatchProgress {
    /// Jobs that are still there.
    pub const fn jobs(&self) -> u64 {
        self.ended() + self.queued + self.running
    }

    /// Jobs to which nothing more will happen.
    pub const fn ended(&self) -> u64 {
        self.succeeded + self.failed + self.cancelled
    }

    /// Whether all jobs have ended.
    pub const fn is_final(&self) -> bool {
        self.queued + self.running == 0
    }

    /// Share that is done, `0..=1`: of the estimated time where there are estimates, else of the jobs.
    pub fn fraction(&self) -> f64 {
        if self.is_final() {
            return 1.0;
        }
        let (done, all) = if self.all_ms > 0 { (self.done_ms, self.all_ms) } else { (self.ended(), self.jobs()) };
        (done as f64 / all as f64).clamp(0.0, 1.0)
    }

    /// How long it will still take: at the pace it has had so far, else as estimated for one worker. `None` where neither
    /// is known.
    pub fn remaining(&self, now: DateTime<Utc>) -> Option<Duration> {
        if self.is_final() {
            return Some(Duration::ZERO);
        }
        let elapsed = (now - self.batch.created_at).to_std().unwrap_or_default();
        let fraction = self.fraction();
        if self.ended() > 0 && fraction > 0.0 {
            return Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - fraction) / fraction).ok();
        }
        (self.all_ms > 0).then(|| Duration::from_millis(self.all_ms.saturating_sub(self.done_ms)))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn progress(queued: u64, succeeded: u64, (done_ms, all_ms): (u64, u64)) -> BatchProgress {
        let batch = Batch {
            id: BatchId::from_uuid(Uuid::nil()),
            modalities: ModalitySet::EMPTY,
            jobs: queued + succeeded,
            estimate_ms: None,
            is_cancel_requested: false,
            created_at: DateTime::UNIX_EPOCH,
        };
        BatchProgress { batch, queued, running: 0, succeeded, failed: 0, cancelled: 0, all_ms, done_ms }
    }

    #[test]
    fn what_remains_follows_the_pace_so_far_and_before_that_the_estimate() {
        let after = |seconds: i64| DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(seconds);
        assert_eq!(progress(4, 0, (0, 8_000)).remaining(after(1)), Some(Duration::from_secs(8)));
        assert_eq!(progress(3, 1, (2_000, 8_000)).remaining(after(10)), Some(Duration::from_secs(30)));
        assert_eq!(progress(3, 1, (0, 0)).remaining(after(10)), Some(Duration::from_secs(30)));
        assert_eq!(progress(3, 0, (0, 0)).remaining(after(10)), None);
        assert_eq!(progress(0, 4, (8_000, 8_000)).remaining(after(10)), Some(Duration::ZERO));
    }
}
