//! The one place that knows every crate: puts the parts together as the settings say.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use reelgraph_api::graphql::Schema;
use reelgraph_api::settings::{Explorer, Settings};
use reelgraph_api::state::{ApiState, Parts};
use reelgraph_api::stored_spaces::StoredSpaces;
use reelgraph_api::stored_texts::StoredTexts;
use reelgraph_indexer::people::PeopleKeeper;
use reelgraph_indexer::publish::Reconciler;
use reelgraph_indexer::sweep::Sweeper;
use reelgraph_indexer::worker::{WorkerCommand, supervise};
use reelgraph_models::blob::{BlobStore, LocalFiles, delete_stale_copies};
use reelgraph_models::clock::SystemClock;
use reelgraph_models::id::TenantId;
use reelgraph_models::ingest::{Ingest, IngestLimits, PrivateAddresses};
use reelgraph_models::store::Store;
use reelgraph_search::concepts::ConceptSuggestions;
use reelgraph_search::index::SearchIndex;
use reelgraph_search::searcher::Searcher;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings, ServerIndex, ServerSettings, VectorIndex};
use serde_json::Value;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Files, Vectors};
use crate::crops::SandboxCropper;
use crate::encoders::Encoders;
use crate::library::LibraryLock;
use crate::pictures::Pictures;
use crate::reranking::LazyReranker;
use crate::vocabulary;

/// Longest that one request to a Qdrant server may take.
const QDRANT_TIMEOUT: Duration = Duration::from_secs(10);

/// Copies of originals in a bucket that are kept on this disk for a while; no larger one is brought to cut pictures out of it.
const ORIGINALS_LIMIT_BYTES: u64 = 8 << 30;

/// Rows and files: what every process of an installation shares.
pub struct Stores {
    pub store: Store,
    pub blobs: BlobStore,
}

/// Opens rows and files, and brings the schema up to this version.
pub async fn open_stores(config: &Config) -> anyhow::Result<Stores> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    if let Err(error) = delete_stale_copies(&config.scratch()) {
        tracing::warn!(%error, "copies of originals that were left behind cannot be deleted");
    }
    let store = Store::connect(&config.database.url, Arc::new(SystemClock))
        .await
        .context("the database cannot be opened; check database.url and the data folder")?;
    store.migrate().await.context("the database cannot be brought to this version's schema")?;
    let blobs = match &config.files {
        Files::Folder(folder) => BlobStore::folder(folder),
        Files::S3(settings) => BlobStore::s3(settings.clone()),
    };
    Ok(Stores { store, blobs: blobs.context("the place for files cannot be opened; check the files settings")? })
}

/// An open library: everything but the HTTP listener.
pub struct App {
    config: Config,
    state: Arc<ApiState>,
    schema: Schema,
    index: SearchIndex,
    searcher: Searcher,
    reconciler: Reconciler,
    sweeper: Sweeper,
    lock: LibraryLock,
}

impl App {
    /// Opens the library that `lock` was taken for; its URLs will begin with `http://{address}`.
    pub async fn open(config: Config, lock: LibraryLock, address: SocketAddr) -> anyhow::Result<Self> {
        let concepts = Arc::new(vocabulary::of_settings(&config)?);
        let Stores { store, blobs } = open_stores(&config).await?;
        let encoders = Encoders::load(&config);
        let index = open_index(&config, &encoders).await?;
        let limits = IngestLimits { original_bytes: config.upload_bytes, private_addresses: PrivateAddresses::Allowed };
        let public_url = format!("http://{address}/").parse().context("the listen address makes no URL")?;
        let mut settings = Settings::new(public_url);
        settings.explorer = if config.development { Explorer::Served } else { Explorer::Absent };
        settings.limits.upload_bytes = config.upload_bytes;
        let adopted = store.tenant(TenantId::DEFAULT).adopt_spaces(&encoders.available()).await;
        adopted.context("the embedding spaces of the library cannot be read")?;
        let searcher = Searcher::new(index.clone())
            .with_vocabulary(concepts.clone())
            .with_encoder(Arc::new(encoders))
            .with_calibration(config.calibration.clone())
            .with_spaces(Arc::new(StoredSpaces(store.clone())))
            .with_reranking(Arc::new(LazyReranker::new(&config)?), Arc::new(StoredTexts(store.clone())));
        let state = ApiState::new(Parts {
            ingest: Ingest::new(store.clone(), blobs.clone(), limits)?,
            clock: store.clock().clone(),
            searcher: searcher.clone(),
            index: index.clone(),
            settings,
            cropper: Some(Arc::new(SandboxCropper::new(program()?, &config.decode))),
            originals: LocalFiles::new(config.scratch(), ORIGINALS_LIMIT_BYTES),
            picture_reader: Some(Arc::new(Pictures::new(&config))),
            concepts: Some(Arc::new(ConceptSuggestions::new(concepts, index.clone()))),
            blobs: blobs.clone(),
            store: store.clone(),
        });
        let schema = reelgraph_api::graphql::build_schema(&state);
        let people = PeopleKeeper::new(store.clone(), blobs.clone());
        let sweeper = Sweeper::new(store.clone(), blobs);
        let reconciler = Reconciler::new(store, index.clone()).with_people(people);
        Ok(Self { config, state, schema, index, searcher, reconciler, sweeper, lock })
    }

    pub fn state(&self) -> &Arc<ApiState> {
        &self.state
    }

    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    pub fn reconciler(&self) -> &Reconciler {
        &self.reconciler
    }

    pub fn index(&self) -> &SearchIndex {
        &self.index
    }

    /// Search as the API does it, for those who need more of a hit than the API shows.
    pub fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// Whether the page for trying out queries is served.
    pub fn has_explorer(&self) -> bool {
        self.config.development
    }

    /// Tells other commands where this process answers.
    pub fn announce(&mut self, address: SocketAddr) -> anyhow::Result<()> {
        self.lock.announce(address)
    }

    /// Executes a GraphQL document as the default tenant.
    pub async fn execute(&self, document: &str, variables: Value) -> anyhow::Result<Value> {
        let answer = reelgraph_api::graphql::execute(&self.schema, &self.state, document, variables).await?;
        // Nothing else writes the log where no server runs.
        self.state.write_search_log(std::future::ready(())).await;
        Ok(answer)
    }

    /// Starts the reconciler, the sweeper, the standing searches, the search log and the worker processes; they end with
    /// `shutdown`.
    pub fn start_background(&self, shutdown: &CancellationToken) -> anyhow::Result<Background> {
        let command = worker_command(&self.config)?;
        let [standing, log] = [(); 2].map(|()| Arc::clone(&self.state));
        let [standing_ends, log_ends] = [(); 2].map(|()| shutdown.clone().cancelled_owned());
        Ok(Background {
            warm_up: tokio::spawn(self.state.warm_up()),
            standing: tokio::spawn(async move { standing.follow_standing_searches(standing_ends).await }),
            search_log: tokio::spawn(async move { log.write_search_log(log_ends).await }),
            reconciler: tokio::spawn(self.reconciler.clone().run(shutdown.clone())),
            sweeper: tokio::spawn(self.sweeper.clone().run(shutdown.clone())),
            workers: tokio::spawn(supervise(command, self.config.workers, shutdown.clone())),
        })
    }
}

/// What runs beside the server.
pub struct Background {
    warm_up: JoinHandle<()>,
    standing: JoinHandle<()>,
    search_log: JoinHandle<()>,
    reconciler: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    workers: JoinHandle<()>,
}

impl Background {
    /// Waits until all have ended.
    pub async fn ended(self) {
        // A panic in any of them was logged where it happened; there is nothing left to do about it here.
        self.warm_up.abort();
        let _ = tokio::join!(self.reconciler, self.sweeper, self.standing, self.search_log, self.workers);
    }
}

fn program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("this program cannot find itself to start a worker or a decoder")
}

/// How this program starts itself as a worker with the same settings.
fn worker_command(config: &Config) -> anyhow::Result<WorkerCommand> {
    let program = program()?;
    let mut arguments = vec!["work".to_owned(), "--until-input-ends".to_owned()];
    arguments.extend(["--data".to_owned(), config.data.display().to_string()]);
    if let Some(file) = &config.settings_file {
        arguments.extend(["--config".to_owned(), file.display().to_string()]);
    }
    let environment = config.worker_log.iter().map(|filter| ("REELGRAPH_LOG".to_owned(), filter.clone())).collect();
    Ok(WorkerCommand { program, arguments, environment })
}

async fn open_index(config: &Config, encoders: &Encoders) -> anyhow::Result<SearchIndex> {
    let folder = config.data.join("index/text");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("the index folder {} cannot be made", folder.display()))?;
    let text =
        Arc::new(TextIndex::open(&folder, TextSettings::default()).context(
            "the text index cannot be opened; `reelgraph doctor` says more, `reelgraph reindex` rebuilds it",
        )?);
    let spaces = encoders.spaces(&config.spaces)?;
    if spaces.is_empty() {
        return Ok(SearchIndex::text_only(text));
    }
    let vectors: Arc<dyn VectorIndex> = match &config.vectors {
        Vectors::Edge(folder) => Arc::new(
            EdgeIndex::open(folder, spaces, EdgeSettings::default())
                .context("the vector index cannot be opened; where it is damaged, `reelgraph reindex` rebuilds it")?,
        ),
        Vectors::Server { url, api_key, prefix } => {
            let settings = ServerSettings {
                url: url.clone(),
                api_key: api_key.clone(),
                prefix: prefix.clone(),
                timeout: QDRANT_TIMEOUT,
            };
            Arc::new(ServerIndex::connect(settings, spaces).await.context("the Qdrant server cannot be used")?)
        }
    };
    Ok(SearchIndex::new(text, vectors))
}
