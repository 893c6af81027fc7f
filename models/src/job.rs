//! Durable work: what is to be done, who is at it, how far it is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{AssetId, BatchId, JobId, TenantId};
use crate::reason::Reason;
use crate::scope::Scope;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Probe, analyse and publish an asset.
    Analyze,
}

impl JobKind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::Analyze];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Put off until the job that was begun on the same asset has ended; then [`Self::Queued`].
    Deferred,
    /// Waits for a worker, or for its next attempt.
    Queued,
    /// A worker holds its lease.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended without success; will not be tried again.
    Failed,
    /// Ended by a person.
    Cancelled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Deferred, Self::Queued, Self::Running, Self::Succeeded, Self::Failed, Self::Cancelled];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deferred => "deferred",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether nothing more will happen to the job.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Which of two waiting jobs goes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobPriority {
    /// Nobody waits: backfills, model swaps.
    Background,
    /// The rule.
    #[default]
    Normal,
    /// Someone watches the progress bar.
    Interactive,
}

impl JobPriority {
    /// Every priority, lowest first; the position is what the store keeps.
    pub const ALL: [Self; 3] = [Self::Background, Self::Normal, Self::Interactive];

    /// Position in [`Self::ALL`].
    pub const fn rank(self) -> i16 {
        self as i16
    }

    /// The priority of that rank; ranks beyond the ends count as the end.
    pub fn from_rank(rank: i16) -> Self {
        match rank {
            ..=0 => Self::Background,
            1 => Self::Normal,
            2.. => Self::Interactive,
        }
    }
}

/// How far a running job is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Name of the stage under way, as in the pipeline's list; empty before the first.
    pub stage: String,
    /// Share of the whole job that is done, `0..=1`.
    pub fraction: f32,
    /// For a person; may be empty.
    pub message: String,
}

/// What to enqueue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct JobSpec {
    /// What to do.
    pub kind: JobKind,
    /// How much of it.
    pub scope: Scope,
    /// How urgent.
    pub priority: JobPriority,
    /// Attempts before the job fails for good; at least 1. A worker that dies spends an attempt.
    pub max_attempts: u32,
    /// The batch that it belongs to.
    pub batch: Option<BatchId>,
    /// How long one worker is thought to take, milliseconds; `None` where nothing is known.
    pub estimate_ms: Option<u64>,
}

impl JobSpec {
    /// Attempts where nobody says otherwise: the first, one for bad luck, one to be sure.
    pub const DEFAULT_MAX_ATTEMPTS: u32 = 3;

    /// An analysis at that priority with the default attempts.
    pub const fn analyze(priority: JobPriority) -> Self {
        Self {
            kind: JobKind::Analyze,
            scope: Scope::Everything,
            priority,
            max_attempts: Self::DEFAULT_MAX_ATTEMPTS,
            batch: None,
            estimate_ms: None,
        }
    }

    /// The same work, but only so much of it.
    #[must_use]
    pub const fn within(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }
}

/// A durable piece of work.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub tenant: TenantId,
    /// On which asset.
    pub asset: AssetId,
    /// What it does.
    pub kind: JobKind,
    /// How much of it.
    pub scope: Scope,
    /// The batch that it belongs to.
    pub batch: Option<BatchId>,
    /// How urgent.
    pub priority: JobPriority,
    /// Where it stands.
    pub state: JobState,
    /// Why the last attempt, or the job, ended without success.
    pub reason: Option<Reason>,
    /// Attempts begun.
    pub attempts: u32,
    /// Attempts allowed.
    pub max_attempts: u32,
    /// Not tried before this instant.
    pub run_after: DateTime<Utc>,
    /// Who holds the lease, while [`JobState::Running`].
    pub lease_owner: Option<String>,
    /// Until when; past this any worker may take the job.
    pub lease_until: Option<DateTime<Utc>>,
    /// Whether a person asked to stop it.
    pub is_cancel_requested: bool,
    /// How far it is.
    pub progress: Progress,
    /// When it was enqueued.
    pub created_at: DateTime<Utc>,
    /// When anything in this value last changed, heartbeats included.
    pub updated_at: DateTime<Utc>,
    /// When it came to its final state.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The right to work on a job until a given instant. Every later lease of the job has a greater token, and the store
/// refuses writes that carry a smaller one, so that a worker that was thought dead cannot write over its successor.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    /// The job as it was when the lease was taken.
    pub job: Job,
    /// Fencing token.
    pub token: i64,
    /// How long the lease lasts from each heartbeat.
    pub time_to_live: Duration,
    /// Stages that an earlier attempt of this job completed; skip them.
    pub completed_stages: Vec<String>,
}

/// What a heartbeat learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heartbeat {
    /// Go on; the lease lasts until then.
    Continue {
        /// New end of the lease.
        until: DateTime<Utc>,
    },
    /// A person asked to stop: wind down and call `finish_cancelled`. The lease was extended all the same.
    CancelRequested,
}

/// How an attempt ended without success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// May go better next time; tried again after a pause while attempts are left.
    Retryable(Reason),
    /// Will go no better.
    Permanent(Reason),
    /// The file itself cannot be used: the asset becomes [`crate::asset::AssetState::Refused`].
    Refused(Reason),
}

impl Failure {
    /// Why.
    pub const fn reason(&self) -> &Reason {
        match self {
            Self::Retryable(reason) | Self::Permanent(reason) | Self::Refused(reason) => reason,
        }
    }
}

/// What a failed attempt leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Queued again, not before that instant.
    RetryAt(DateTime<Utc>),
    /// The job has failed for good.
    Failed,
    /// Someone had asked to cancel the job, so it is cancelled rather than tried again.
    Cancelled,
}

/// What became of the wish to cancel a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It waited; now it is cancelled.
    Cancelled,
    /// It is running; its worker is told at its next heartbeat.
    Requested,
    /// It had already ended.
    AlreadyFinished,
}

/// Pause before the next attempt: doubles from `first` with each attempt, never beyond `longest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackOff {
    /// After the first attempt.
    pub first: Duration,
    /// Upper bound.
    pub longest: Duration,
}

impl Default for BackOff {
    /// 5 s, 10 s, 20 s … 10 min: short enough for a hiccup of a disk or a database, long enough not to spin.
    fn default() -> Self {
        Self { first: Duration::from_secs(5), longest: Duration::from_secs(600) }
    }
}

impl BackOff {
    /// The pause after `attempts` attempts (1-based).
    pub fn pause(self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_bound() {
        let pauses: Vec<u64> = (0..10).map(|attempts| BackOff::default().pause(attempts).as_secs()).collect();
        assert_eq!(pauses, [5, 5, 10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(BackOff::default().pause(u32::MAX).as_secs(), 600);
    }

    #[test]
    fn ranks_read_back() {
        for priority in JobPriority::ALL {
            assert_eq!(JobPriority::from_rank(priority.rank()), priority);
        }
    }
}
