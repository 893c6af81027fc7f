//! Durable work, as clients see it.

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use reelgraph_models::scope::Scope;

use super::asset::Asset;
use super::observation::Modality;
use super::reason::Reason;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::job::JobKind")]
pub enum JobKind {
    /// Probe, analyse and publish an asset.
    Analyze,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::job::JobState")]
pub enum JobState {
    /// Put off until the job that was begun on the same asset has ended, however that ends; then `QUEUED`. Such a job makes
    /// the moments of what people changed and brought in meanwhile, and is there once however much that was.
    Deferred,
    /// Waits for a worker, or for its next attempt.
    Queued,
    /// A worker is at it.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended without success; will not be tried again by itself.
    Failed,
    /// Ended by a person.
    Cancelled,
}

/// Which of two waiting jobs goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::job::JobPriority")]
pub enum JobPriority {
    /// Nobody waits for it.
    Background,
    /// The rule.
    Normal,
    /// Someone watches the progress bar.
    Interactive,
}

/// A durable piece of work on one asset.
#[derive(Debug, Clone)]
pub(crate) struct Job(pub(crate) reelgraph_models::job::Job);

/// A durable piece of work on one asset.
#[Object]
impl Job {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// On which asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.0.asset).await?)
    }

    /// What it does.
    async fn kind(&self) -> JobKind {
        self.0.kind.into()
    }

    /// The channels that it looks at, with those of the same look and those made of them; empty where it only makes the
    /// moments again; null where it looks at everything.
    async fn modalities(&self) -> Option<Vec<Modality>> {
        match self.0.scope {
            Scope::Everything => None,
            Scope::Only(set) | Scope::Fill(set) => Some(set.iter().map(Into::into).collect()),
        }
    }

    /// How urgent.
    async fn priority(&self) -> JobPriority {
        self.0.priority.into()
    }

    /// Where it stands.
    async fn state(&self) -> JobState {
        self.0.state.into()
    }

    /// Why the last attempt, or the job, ended without success.
    async fn reason(&self) -> Option<Reason> {
        self.0.reason.as_ref().map(Reason::from)
    }

    /// Name of the stage under way; null before the first.
    async fn stage(&self) -> Option<&str> {
        Some(self.0.progress.stage.as_str()).filter(|stage| !stage.is_empty())
    }

    /// Share of the job that is done, 0 to 1.
    async fn fraction(&self) -> f32 {
        self.0.progress.fraction.clamp(0.0, 1.0)
    }

    /// What is going on, for a person; null when there is nothing to say.
    async fn message(&self) -> Option<&str> {
        Some(self.0.progress.message.as_str()).filter(|message| !message.is_empty())
    }

    /// Attempts begun.
    async fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Attempts allowed.
    async fn max_attempts(&self) -> u32 {
        self.0.max_attempts
    }

    /// Not tried before this instant.
    async fn run_after(&self) -> DateTime<Utc> {
        self.0.run_after
    }

    /// Whether a person asked to stop it.
    async fn is_cancel_requested(&self) -> bool {
        self.0.is_cancel_requested
    }

    /// When it was enqueued.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When anything about it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it came to its final state.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}
