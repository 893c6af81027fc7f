//! A library on real parts: SQLite and files in a temporary folder, tantivy and qdrant-edge indexes over them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream;
use reelgraph_api::crops::{CropError, Cropper};
use reelgraph_api::graphql::{self, GlobalId, Schema};
use reelgraph_api::pictures::{PictureError, PictureReader};
use reelgraph_api::principal::Principal;
use reelgraph_api::settings::Settings;
use reelgraph_api::state::{ApiState, Parts};
use reelgraph_api::stored_spaces::StoredSpaces;
use reelgraph_api::stored_texts::StoredTexts;
use reelgraph_models::asset::{Asset, Revision};
use reelgraph_models::blob::{BlobStore, LocalFiles};
use reelgraph_models::clock::{Clock, ManualClock};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::ingest::{Ingest, IngestLimits, PrivateAddresses};
use reelgraph_models::observation::{BoundingBox, Modality};
use reelgraph_models::store::{MomentFilter, PageRequest, Store};
use reelgraph_models::time::MediaTime;
use reelgraph_search::assemble::AssetRows;
use reelgraph_search::document::AssetDocument;
use reelgraph_search::encoder::{EncodeError, QueryEncoder};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::rerank::{PassageScorer, ScoreError, ScoringModel};
use reelgraph_search::searcher::Searcher;
use reelgraph_search::space::{RelevanceFloor, VectorSpace};
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use crate::film;

/// A library and what stands on it.
pub(crate) struct World {
    pub store: Store,
    pub blobs: BlobStore,
    pub index: SearchIndex,
    pub clock: Arc<ManualClock>,
    pub state: Arc<ApiState>,
    pub schema: Schema,
    pub folder: TempDir,
}

/// The space of the tests' vectors.
pub(crate) fn space() -> EmbeddingSpace {
    EmbeddingSpace { name: "compass".to_owned(), version: "1".to_owned(), dims: 2 }
}

/// A space that a library can be made with beside it.
pub(crate) fn other_space() -> EmbeddingSpace {
    EmbeddingSpace { name: "needle".to_owned(), ..space() }
}

/// Points north for queries about dragons, east for all others.
#[derive(Debug)]
struct Compass;

impl QueryEncoder for Compass {
    fn encode(&self, _: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError> {
        Ok(if text.contains("beast") { vec![0.0, 1.0] } else { vec![1.0, 0.0] })
    }
}

/// Takes the shorter of two passages for the better one; is not installed for queries that begin with the dragon.
#[derive(Debug)]
struct Brevity(ScoringModel);

fn brevity() -> Brevity {
    Brevity(ScoringModel { name: "brevity".to_owned(), version: "1".to_owned(), language: Some("en".to_owned()) })
}

impl PassageScorer for Brevity {
    fn model(&self) -> &ScoringModel {
        &self.0
    }

    fn score(&self, query: &str, passages: &[&str]) -> Result<Vec<f32>, ScoreError> {
        match query.starts_with("dragon") {
            true => Err(ScoreError::Unavailable { source: "no such file".into() }),
            false => Ok(passages.iter().map(|passage| 1.0 / passage.chars().count() as f32).collect()),
        }
    }
}

impl PictureReader for Compass {
    /// A picture is its direction, in words.
    fn read(&self, file: &[u8]) -> Result<Vec<(EmbeddingSpace, Vec<f32>)>, PictureError> {
        match file {
            b"north" => Ok(vec![(space(), vec![0.0, 1.0])]),
            b"elsewhere" => Ok(vec![(EmbeddingSpace { version: "another".to_owned(), ..space() }, vec![1.0, 0.0])]),
            _ => Err(PictureError::NoPicture("this is no picture that can be read".to_owned())),
        }
    }
}

/// Says what it was asked for instead of showing it.
#[derive(Debug, Default)]
struct Sayer(AtomicUsize);

impl Cropper for Sayer {
    fn crop(&self, original: &Path, at: MediaTime, bounds: BoundingBox) -> Result<Vec<u8>, CropError> {
        std::fs::metadata(original).map_err(|error| CropError::Failed(Box::new(error)))?;
        // Long enough for others to ask meanwhile.
        std::thread::sleep(Duration::from_millis(10));
        let BoundingBox { left, top, right, bottom } = bounds;
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(format!("{} {left} {top} {right} {bottom} #{count}", at.as_micros()).into_bytes())
    }
}

impl World {
    /// An empty library.
    pub(crate) async fn empty() -> Self {
        Self::with(|_| {}).await
    }

    /// An empty library with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::of(&[space()], change).await
    }

    /// An empty library that there are two models of frames for.
    pub(crate) async fn with_two_spaces() -> Self {
        Self::of(&[space(), other_space()], |_| {}).await
    }

    async fn of(spaces: &[EmbeddingSpace], change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let clock = Arc::new(ManualClock::new(start));
        let url = format!("sqlite://{}/library.db", folder.path().display());
        let store = Store::connect(&url, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        store.migrate().await.unwrap();
        let blobs = BlobStore::folder(&folder.path().join("blobs")).unwrap();
        let text = TextIndex::open(&folder.path().join("text"), TextSettings::default()).unwrap();
        let floor = RelevanceFloor { at_least: 0.5, below_best: 1.0 };
        let space =
            |space: &EmbeddingSpace| VectorSpace::new(space.clone(), Modality::Frames).unwrap().with_floor(floor);
        let spaces = spaces.iter().map(space).collect();
        let edge = EdgeIndex::open(&folder.path().join("vectors"), spaces, EdgeSettings::default()).unwrap();
        let index = SearchIndex::new(Arc::new(text), Arc::new(edge));
        let mut settings = Settings::new(Url::parse("http://127.0.0.1:8080").unwrap());
        settings.limits.subscription_poll_ms = 10;
        change(&mut settings);
        let limits =
            IngestLimits { original_bytes: settings.limits.upload_bytes, private_addresses: PrivateAddresses::Allowed };
        let state = ApiState::new(Parts {
            store: store.clone(),
            blobs: blobs.clone(),
            ingest: Ingest::new(store.clone(), blobs.clone(), limits).unwrap(),
            index: index.clone(),
            searcher: Searcher::new(index.clone())
                .with_encoder(Arc::new(Compass))
                .with_spaces(Arc::new(StoredSpaces(store.clone())))
                .with_reranking(Arc::new(brevity()), Arc::new(StoredTexts(store.clone()))),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            settings,
            cropper: Some(Arc::new(Sayer::default())),
            originals: LocalFiles::new(folder.path().join("scratch"), 1 << 30),
            picture_reader: Some(Arc::new(Compass)),
            concepts: None,
        });
        let schema = graphql::build_schema(&state);
        Self { store, blobs, index, clock, state, schema, folder }
    }

    /// A library with one film that was analysed and published, and its asset.
    pub(crate) async fn with_film() -> (Self, Asset) {
        let world = Self::empty().await;
        let asset = world.add_film("the dragon.mp4", b"not really a film").await;
        world.publish().await;
        (world, asset)
    }

    /// Takes bytes in, as an upload does, a minute after the last.
    pub(crate) async fn upload(&self, file_name: &str, bytes: &'static [u8]) -> Asset {
        self.clock.advance(Duration::from_secs(60));
        let body = stream::iter([Ok(Bytes::from_static(bytes))]);
        let outcome = self.state_ingest().from_stream(TenantId::DEFAULT, file_name, None, body).await.unwrap();
        outcome.asset().clone()
    }

    fn state_ingest(&self) -> Ingest {
        let limits = IngestLimits { original_bytes: 1 << 30, private_addresses: PrivateAddresses::Allowed };
        Ingest::new(self.store.clone(), self.blobs.clone(), limits).unwrap()
    }

    /// Takes a film in and does what a worker does with it.
    pub(crate) async fn add_film(&self, file_name: &str, bytes: &'static [u8]) -> Asset {
        let asset = self.upload(file_name, bytes).await;
        let queue = self.store.jobs();
        let lease = queue.lease_next("test", Duration::from_secs(60)).await.unwrap().expect("a job was queued");
        assert_eq!(lease.job.asset, asset.id);
        let blobs = self.blobs.tenant(TenantId::DEFAULT);
        let commit = film::analysis(&asset, self.clock.as_ref());
        for moment in commit.moments.iter().flatten() {
            let key = reelgraph_models::blob::still_key(asset.id, moment.still_at);
            blobs.put_bytes(&key, Bytes::from_static(b"\xff\xd8 a still")).await.unwrap();
        }
        queue.complete_stage(&lease, &commit).await.unwrap();
        queue.complete(&lease).await.unwrap();
        self.store.tenant(TenantId::DEFAULT).get_asset(asset.id).await.unwrap()
    }

    /// Brings the indexes up to the database, as the reconciler does.
    pub(crate) async fn publish(&self) {
        let tenant = self.store.tenant(TenantId::DEFAULT);
        let latest = self.store.latest_revision().await.unwrap();
        let mut batch = Batch::default();
        for change in self.store.changed_since(Revision::default(), 1_000).await.unwrap() {
            let Some(asset) = tenant.find_asset(change.asset).await.unwrap() else { continue };
            let moments =
                tenant.list_moments(asset.id, &MomentFilter::default(), PageRequest::first(1_000)).await.unwrap();
            let vectors = tenant.list_embeddings(asset.id, PageRequest::first(1_000)).await.unwrap();
            let observations = tenant.all_observations(asset.id, &AssetRows::MODALITIES).await.unwrap();
            let caption_languages = tenant.caption_languages(asset.id).await.unwrap();
            let people = tenant.people_in(asset.id).await.unwrap();
            batch.documents.push(AssetDocument::assemble(AssetRows {
                asset: &asset,
                moments: &moments.rows,
                embeddings: &vectors.rows,
                observations: &observations,
                people: &people,
                caption_languages: &caption_languages,
            }));
        }
        self.index.apply(batch).await.unwrap();
        self.index.commit(latest).await.unwrap();
    }

    /// Executes a document and hands back the whole response.
    pub(crate) async fn ask(&self, document: &str, variables: Value) -> Value {
        let request = async_graphql::Request::new(document).variables(async_graphql::Variables::from_json(variables));
        let request = graphql::request_as(request, &self.state, Principal::LOCAL);
        serde_json::to_value(self.schema.execute(request).await).unwrap()
    }

    /// Executes a document that must succeed and hands back its data.
    pub(crate) async fn data(&self, document: &str, variables: Value) -> Value {
        let mut response = self.ask(document, variables).await;
        assert!(response.get("errors").is_none(), "{response:#}");
        response["data"].take()
    }

    /// Executes a document that must fail and hands back the codes of its errors.
    pub(crate) async fn codes(&self, document: &str, variables: Value) -> Vec<String> {
        let response = self.ask(document, variables).await;
        let errors = response["errors"].as_array().unwrap_or_else(|| panic!("no errors in {response:#}"));
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// The id of an asset as clients see it.
pub(crate) fn id(asset: AssetId) -> String {
    GlobalId::from(asset).to_string()
}

/// No variables.
pub(crate) fn none() -> Value {
    json!({})
}

/// Puts names for ids, so that answers can be compared: the first id of a type is `Asset:1`, and so on.
pub(crate) fn redacted(mut value: Value) -> Value {
    let mut names = Names::default();
    names.walk(&mut value);
    value
}

#[derive(Default)]
struct Names {
    known: Vec<(String, String)>,
}

impl Names {
    fn walk(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.walk(item)),
            Value::Object(fields) => {
                // By name, since whether a map keeps its order depends on what else is built beside it.
                let mut fields: Vec<_> = fields.iter_mut().collect();
                fields.sort_by_key(|(name, _)| (*name).clone());
                for (name, value) in fields {
                    match (name.as_str(), &value) {
                        ("cursor" | "startCursor" | "endCursor", Value::String(_)) => *value = json!("a cursor"),
                        ("tookMicros" | "runId" | "searchId", _) => *value = json!("redacted"),
                        _ => self.walk(value),
                    }
                }
            }
            Value::String(text) => {
                let parts: Vec<String> = text.split('/').map(|part| self.name(part)).collect();
                *text = parts.join("/");
            }
            Value::Number(number) if number.is_f64() => {
                let rounded = (number.as_f64().unwrap_or_default() * 1e4).round() / 1e4;
                *value = json!(rounded);
            }
            _ => {}
        }
    }

    fn name(&mut self, part: &str) -> String {
        let Some(id) = GlobalId::parse(part) else { return part.to_owned() };
        if let Some((_, name)) = self.known.iter().find(|(known, _)| known == part) {
            return name.clone();
        }
        let kind = match id {
            GlobalId::Asset(_) => "Asset",
            GlobalId::Moment(_) => "Moment",
            GlobalId::Observation(_) => "Observation",
            GlobalId::Job(_) => "Job",
            GlobalId::Refresh(_) => "Refresh",
            GlobalId::Person(_) => "Person",
            GlobalId::Face(_) => "Face",
            GlobalId::Voice(_) => "Voice",
            GlobalId::PersonChange(_) => "PersonChange",
            GlobalId::SavedSearch(_) => "SavedSearch",
            GlobalId::Search(_) => "Search",
        };
        let count = self.known.iter().filter(|(_, name)| name.starts_with(kind)).count();
        let name = format!("{kind}:{}", count + 1);
        self.known.push((part.to_owned(), name.clone()));
        name
    }
}
