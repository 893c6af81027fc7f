//! What the API stands on.

use std::sync::Arc;

use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::blob::BlobStore;
use reelgraph_models::clock::Clock;
use reelgraph_models::ingest::Ingest;
use reelgraph_models::store::Store;
use reelgraph_search::index::SearchIndex;
use reelgraph_search::searcher::Searcher;

use crate::copies::Copies;
use crate::crops::Cropper;
use crate::gate::Gate;
use crate::graphql::PublicError;
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
    /// Pictures being cut out.
    pub(crate) crops: Gate,
    /// Subscriptions open.
    pub(crate) watchers: Gate,
    /// Websockets open.
    pub(crate) sockets: Gate,
}

impl ApiState {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { store, blobs, ingest, index, searcher, clock, settings, cropper } = parts;
        let (watchers, sockets, crops) = (Gate::default(), Gate::default(), Gate::default());
        let copies = Copies::new(store.clone());
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
            crops,
            watchers,
            sockets,
        })
    }

    /// Gets ready what is derived from the rows in memory, so that nobody has to wait for it: a few seconds for a thousand
    /// hours of film. Whoever asks before simply waits.
    pub async fn warm_up(&self) {
        if let Err(error) = self.copies.catch_up().await {
            error.log(self.clock.as_ref());
        }
    }

    /// Whether search finds the asset as it is now: analysed, and its last change in both indexes.
    pub(crate) async fn is_searchable(&self, asset: &Asset) -> Result<bool, PublicError> {
        Ok(asset.state == AssetState::Ready && self.index.watermark().await? >= asset.revision)
    }
}
