//! Watching a re-run until its jobs have ended.

use async_graphql::Result;
use futures::stream::{self, Stream};
use reelgraph_models::batch::BatchProgress;
use reelgraph_models::id::BatchId;
use tokio::time::Interval;

use super::error::{Code, PublicError};
use super::session::Session;
use super::types::refresh::Refresh;
use crate::gate::Place;

/// One subscriber's look-out. Workers are other processes, so the database is asked; what has not changed is not sent.
pub(super) struct RefreshWatch {
    pub(super) session: Session,
    pub(super) batch: BatchId,
    pub(super) ticks: Interval,
    pub(super) _place: Place,
}

/// The re-run now, and at every change, until its jobs have ended.
pub(super) fn watch(watch: RefreshWatch) -> impl Stream<Item = Result<Refresh>> + use<> {
    let state = (watch, None::<BatchProgress>, false);
    stream::unfold(state, |(mut watch, mut last, has_ended)| async move {
        if has_ended {
            return None;
        }
        loop {
            watch.ticks.tick().await;
            match watch.look().await {
                Ok(progress) if last.as_ref() == Some(&progress) => {}
                Ok(progress) => {
                    let is_final = progress.is_final();
                    last = Some(progress.clone());
                    return Some((Ok(Refresh(progress)), (watch, last, is_final)));
                }
                Err(error) => return Some((Err(error.into()), (watch, None, true))),
            }
        }
    })
}

impl RefreshWatch {
    async fn look(&self) -> Result<BatchProgress, PublicError> {
        let found = self.session.store().find_batch(self.batch).await?;
        found.ok_or_else(|| PublicError::new(Code::NotFound, "there is no re-run with this id"))
    }
}
