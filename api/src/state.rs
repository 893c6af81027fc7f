//! What the API stands on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::blob::{BlobStore, LocalFiles};
use reelgraph_models::clock::Clock;
use reelgraph_models::ingest::Ingest;
use reelgraph_models::store::Store;
use reelgraph_search::index::SearchIndex;
use reelgraph_search::searcher::Searcher;
use reelgraph_search::suggest::{Suggester, SuggestionSource};
use tokio::sync::Semaphore;

use crate::budget::Budget;
use crate::copies::Copies;
use crate::crops::{CROPS_AT_ONCE, Cropper};
use crate::gate::Gate;
use crate::graphql::PublicError;
use crate::pictures::PictureReader;
use crate::search_log::SearchLog;
use crate::settings::Settings;

/// What [`ApiState`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// Rows.
    pub store: Store,
    /// Originals and stills.
    pub blobs: BlobStore,
    /// How files come in.
    pub ingest: Ingest,
    /// Search over both indexes.
    pub searcher: Searcher,
    /// The same indexes, to ask how far they are.
    pub index: SearchIndex,
    /// Now, and fresh ids.
    pub clock: Arc<dyn Clock>,
    /// What the operator set.
    pub settings: Settings,
    /// What cuts pictures out of originals; without it there are none.
    pub cropper: Option<Arc<dyn Cropper>>,
    /// Originals as files that it can open.
    pub originals: LocalFiles,
    /// What makes vectors of pictures; without it none can be asked with.
    pub picture_reader: Option<Arc<dyn PictureReader>>,
    /// What knows the names of concepts; without it none are suggested.
    pub concepts: Option<Arc<dyn SuggestionSource>>,
}

/// Everything that requests need, made once and shared by all of them. Nothing in it belongs to a tenant.
#[derive(Debug)]
pub struct ApiState {
    /// Rows.
    pub(crate) store: Store,
    /// Originals and stills.
    pub(crate) blobs: BlobStore,
    /// How files come in.
    pub(crate) ingest: Ingest,
    /// Search over both indexes.
    pub(crate) searcher: Searcher,
    /// The same indexes, to ask how far they are.
    pub(crate) index: SearchIndex,
    /// Now, and fresh ids.
    pub(crate) clock: Arc<dyn Clock>,
    /// What the operator set.
    pub(crate) settings: Settings,
    /// What finds copies, derived from the rows.
    pub(crate) copies: Copies,
    /// What cuts pictures out of originals.
    pub(crate) cropper: Option<Arc<dyn Cropper>>,
    /// Originals as files that it can open.
    pub(crate) originals: LocalFiles,
    /// What makes vectors of pictures that are asked with.
    pub(crate) picture_reader: Option<Arc<dyn PictureReader>>,
    /// Pictures being looked at.
    pub(crate) pictures: Gate,
    /// Bytes of pictures that were sent and not looked at yet.
    pub(crate) picture_bytes: Budget,
    /// Pictures that are to be cut out, and turns at it.
    pub(crate) crops: Gate,
    pub(crate) crop_turns: Arc<Semaphore>,
    /// What was searched for, on its way to the rows.
    pub(crate) search_log: SearchLog,
    /// What completes a beginning.
    pub(crate) suggester: Suggester,
    /// Subscriptions open.
    pub(crate) watchers: Gate,
    /// Websockets open.
    pub(crate) sockets: Gate,
    /// Whether searches are still being made fast.
    is_warming_up: AtomicBool,
}

/// Ends the warming up when dropped, however it ends.
struct Warming(Arc<ApiState>);

impl Drop for Warming {
    fn drop(&mut self) {
        self.0.is_warming_up.store(false, Ordering::Release);
    }
}

impl ApiState {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            store,
            blobs,
            ingest,
            index,
            searcher,
            clock,
            settings,
            cropper,
            originals,
            picture_reader,
            concepts,
        } = parts;
        let [watchers, sockets, crops, pictures] = [(); 4].map(|()| Gate::default());
        let copies = Copies::new(store.clone());
        let search_log = SearchLog::new(store.clone());
        let suggester = concepts.into_iter().fold(Suggester::new(index.clone()), Suggester::with_source);
        Arc::new(Self {
            store,
            blobs,
            ingest,
            index,
            searcher,
            clock,
            settings,
            copies,
            cropper,
            originals,
            crops,
            crop_turns: Arc::new(Semaphore::new(CROPS_AT_ONCE)),
            picture_reader,
            pictures,
            picture_bytes: Budget::default(),
            search_log,
            suggester,
            watchers,
            sockets,
            is_warming_up: AtomicBool::new(false),
        })
    }

    /// Gets ready what nobody should have to wait for. Searches first: until they are as fast as they will be, the server is not
    /// ready. Then what is derived from the rows in memory, a few seconds for a thousand hours of film; whoever asks for that
    /// before simply waits. The server is not ready from the call on, not from the first poll.
    pub fn warm_up(self: &Arc<Self>) -> impl Future<Output = ()> + Send + use<> {
        self.is_warming_up.store(true, Ordering::Release);
        let warming = Warming(Arc::clone(self));
        async move {
            let state = Arc::clone(&warming.0);
            state.searcher.warm_up().await;
            drop(warming);
            if let Err(error) = state.copies.catch_up().await {
                error.log(state.clock.as_ref());
            }
        }
    }

    /// Whether searches are still being made fast.
    pub(crate) fn is_warming_up(&self) -> bool {
        self.is_warming_up.load(Ordering::Acquire)
    }

    /// Writes the search log as searches come in, until `shutdown`, and then what is left.
    pub async fn write_search_log(&self, shutdown: impl Future<Output = ()>) {
        self.search_log.run(self.clock.as_ref(), shutdown).await;
    }

    /// Puts standing searches to what is new in the index, again and again until `shutdown`.
    pub async fn follow_standing_searches(self: &Arc<Self>, shutdown: impl Future<Output = ()>) {
        crate::standing::run(self, shutdown).await;
    }

    /// Puts standing searches to what is new in the index, and returns how many matches that told.
    ///
    /// # Errors
    /// Where the database or the index cannot be read or written; what was told stays told, the next call goes on from there.
    pub async fn catch_up_standing_searches(self: &Arc<Self>) -> Result<usize, PublicError> {
        crate::standing::catch_up(self).await
    }

    /// Whether search finds the asset as it is now: analysed, and its last change in both indexes.
    pub(crate) async fn is_searchable(&self, asset: &Asset) -> Result<bool, PublicError> {
        Ok(asset.state == AssetState::Ready && self.index.watermark().await? >= asset.revision)
    }
}
