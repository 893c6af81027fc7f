//! Watching what a standing search meets.

use std::collections::VecDeque;

use async_graphql::Result;
use async_graphql::connection::CursorType;
use futures::stream::{self, Stream};
use reelgraph_models::id::SavedSearchId;
use reelgraph_models::outbox::EventData;
use tokio::time::Interval;

use super::error::{Code, PublicError};
use super::page::{Cursor, Fingerprint};
use super::session::Session;
use super::types::standing::SearchMatch;
use crate::gate::Place;

/// Events read together.
const BATCH_EVENTS: u32 = 100;

/// One subscriber's look-out over the events of one search.
pub(super) struct MatchWatch {
    session: Session,
    search: SavedSearchId,
    /// Place of the last event that was read.
    after: i64,
    ready: VecDeque<SearchMatch>,
    ticks: Interval,
    _place: Place,
}

impl MatchWatch {
    /// Begins after the event of a cursor, or with what happens from now on.
    pub(super) async fn begin(
        session: Session,
        search: SavedSearchId,
        after: Option<&str>,
        (place, ticks): (Place, Interval),
    ) -> Result<Self, PublicError> {
        let after = match after {
            Some(cursor) => Cursor::decode(cursor, fingerprint(search))?,
            None => session.store().last_search_event(search).await?,
        };
        Ok(Self { session, search, after, ready: VecDeque::new(), ticks, _place: place })
    }

    async fn look(&mut self) -> Result<(), PublicError> {
        if self.session.store().find_saved_search(self.search).await?.is_none() {
            return Err(PublicError::new(Code::NotFound, "the saved search was deleted"));
        }
        for event in self.session.store().search_events(self.search, self.after, BATCH_EVENTS).await? {
            self.after = event.sequence;
            let cursor = Cursor::new(fingerprint(self.search), &event.sequence).encode_cursor();
            let EventData::SearchMatched(matched) = event.data.clone();
            self.ready.push_back(SearchMatch { event, matched, cursor });
        }
        Ok(())
    }
}

fn fingerprint(search: SavedSearchId) -> Fingerprint {
    Fingerprint::new("searchMatched", &search)
}

/// Each event in its order, until the search is deleted.
pub(super) fn watch(watch: MatchWatch) -> impl Stream<Item = Result<SearchMatch>> + use<> {
    stream::unfold((watch, false), |(mut watch, has_ended)| async move {
        if has_ended {
            return None;
        }
        loop {
            if let Some(found) = watch.ready.pop_front() {
                return Some((Ok(found), (watch, false)));
            }
            watch.ticks.tick().await;
            if let Err(error) = watch.look().await {
                return Some((Err(error.into()), (watch, true)));
            }
        }
    })
}
