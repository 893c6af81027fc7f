//! What a stage has at hand, and how it is told to stop.

use std::sync::Arc;

use reelgraph_media::Sandbox;
use reelgraph_models::asset::Asset;
use reelgraph_models::blob::TenantBlobs;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::job::Progress;
use reelgraph_models::scope::Scope;
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::store::{Store, TenantStore};
use tokio::sync::watch;

use super::original::Original;
use crate::error::IndexError;

/// Why an attempt must end early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A person asked.
    Cancelled,
    /// The worker ends.
    ShuttingDown,
    /// Another worker has the job.
    LeaseLost,
}

/// The line between an attempt and the heartbeat that keeps its lease.
#[derive(Debug, Clone)]
pub(crate) struct Control {
    progress: Arc<watch::Sender<Progress>>,
    stop: watch::Receiver<Option<Stop>>,
}

impl Control {
    pub(crate) fn new(progress: Arc<watch::Sender<Progress>>, stop: watch::Receiver<Option<Stop>>) -> Self {
        Self { progress, stop }
    }

    /// Tells how far the work is; the heartbeat passes on the latest.
    pub(crate) fn report(&self, progress: Progress) {
        self.progress.send_replace(progress);
    }

    /// Ends the attempt if it was told to stop.
    pub(crate) fn check(&self) -> Result<(), IndexError> {
        match *self.stop.borrow() {
            None => Ok(()),
            Some(Stop::Cancelled) => Err(IndexError::Cancelled),
            Some(Stop::ShuttingDown) => Err(IndexError::ShuttingDown),
            Some(Stop::LeaseLost) => Err(IndexError::LeaseLost),
        }
    }
}

/// One attempt at one asset.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) asset: Asset,
    /// How much of the analysis is to be done.
    pub(crate) scope: Scope,
    pub(crate) store: Store,
    pub(crate) tenant: TenantStore,
    pub(crate) settings: TenantSettings,
    /// The spaces of searched vectors that the library keeps.
    pub(crate) spaces: Vec<EmbeddingSpace>,
    pub(crate) blobs: TenantBlobs,
    pub(crate) sandbox: Arc<Sandbox>,
    /// The original, brought here when it is first opened.
    pub(crate) original: Arc<Original>,
    pub(crate) control: Control,
}
