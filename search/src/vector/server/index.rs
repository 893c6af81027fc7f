//! The server's index as others use it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::{
    CollectionStatus, CountPointsBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder,
    DeletePointsBuilder, Distance, GetPointsBuilder, PayloadIncludeSelector, PointStruct, QueryPointsBuilder,
    ScoredPoint, SearchParamsBuilder, UpsertPointsBuilder, VectorParamsBuilder,
};
use qdrant_client::{Payload, Qdrant, QdrantError};
use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{EmbeddingId, TenantId};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::super::payload::{ANSWER_FIELDS, INDEXED_FIELDS, candidate, conditions, of_asset, points};
use super::super::{BEAM, VectorCandidate, VectorIndex, VectorQuery, find_space};
use super::convert;
use crate::document::{AssetDocument, AssetKey};
use crate::error::{SearchError, boxed};
use crate::space::VectorSpace;

/// Points written in one request; 256 vectors of 4,096 dimensions are 4 MiB.
const UPSERT_POINTS: usize = 256;
/// Id of the point that keeps the watermark, in a collection of its own.
const WATERMARK_POINT: u64 = 1;

/// How often the server is asked whether it still rebuilds.
const SETTLE_PERIOD: Duration = Duration::from_millis(200);

/// Where the server is.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Address of its gRPC port, such as `http://localhost:6334`.
    pub url: String,
    /// Key, where it wants one.
    pub api_key: Option<String>,
    /// Begins the name of each collection, so that several installations can share a server.
    pub prefix: String,
    /// Longest that one request may take.
    pub timeout: Duration,
}

/// The vector index on a server.
pub struct ServerIndex {
    client: Qdrant,
    prefix: String,
    spaces: Vec<VectorSpace>,
    /// Whether a change has failed since the watermark was last asked for.
    has_failed: Mutex<bool>,
}

impl std::fmt::Debug for ServerIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerIndex")
            .field("prefix", &self.prefix)
            .field("spaces", &self.spaces)
            .finish_non_exhaustive()
    }
}

impl ServerIndex {
    /// Connects, and makes the collections and the indexes of fields that are absent; where one had to be made, the watermark is
    /// 0.
    ///
    /// # Errors
    /// [`SearchError::OpenVectorIndex`] where the server cannot be reached or refuses.
    pub async fn connect(settings: ServerSettings, spaces: Vec<VectorSpace>) -> Result<Self, SearchError> {
        let failed = |error| SearchError::OpenVectorIndex { place: settings.url.clone(), source: boxed(error) };
        // The check prints; what is asked of the server is old and stable, and tested on 1.18.
        let config = Qdrant::from_url(&settings.url).timeout(settings.timeout).skip_compatibility_check();
        let client = config.api_key(settings.api_key.clone()).build().map_err(failed)?;
        let index = Self { client, prefix: settings.prefix.clone(), spaces, has_failed: Mutex::new(false) };
        index.make_collections().await.map_err(failed)?;
        Ok(index)
    }

    async fn make_collections(&self) -> Result<(), QdrantError> {
        let mut is_any_new = false;
        for space in &self.spaces {
            let name = self.collection(space.space());
            if !self.client.collection_exists(&name).await? {
                let params = VectorParamsBuilder::new(space.dimensions() as u64, Distance::Cosine).on_disk(true);
                let create = CreateCollectionBuilder::new(&name).vectors_config(params).on_disk_payload(true);
                self.client.create_collection(create).await?;
            }
            let known = self.client.collection_info(&name).await?.result.unwrap_or_default().payload_schema;
            for (field, index) in INDEXED_FIELDS.into_iter().filter(|(field, _)| !known.contains_key(*field)) {
                // Points of a time when the field had no index may lack it.
                is_any_new = true;
                let (kind, params) = convert::index_params(index);
                let create = CreateFieldIndexCollectionBuilder::new(&name, field, kind).field_index_params(params);
                self.client.create_field_index(create.wait(true)).await?;
            }
        }
        let name = self.watermark_collection();
        if !self.client.collection_exists(&name).await? {
            let params = VectorParamsBuilder::new(1, Distance::Dot);
            self.client.create_collection(CreateCollectionBuilder::new(&name).vectors_config(params)).await?;
        } else if is_any_new {
            self.write_watermark(Revision::default()).await?;
        }
        Ok(())
    }

    fn collection(&self, space: &EmbeddingSpace) -> String {
        format!("{}{}", self.prefix, space.key())
    }

    fn watermark_collection(&self) -> String {
        format!("{}watermark", self.prefix)
    }

    async fn write_watermark(&self, watermark: Revision) -> Result<(), QdrantError> {
        let payload = Payload::from(Map::from_iter([("watermark".to_owned(), Value::from(watermark.0))]));
        let point = PointStruct::new(WATERMARK_POINT, vec![1.0_f32], payload);
        let upsert = UpsertPointsBuilder::new(self.watermark_collection(), vec![point]).wait(true);
        self.client.upsert_points(upsert).await.map(drop)
    }

    async fn write(&self, documents: &[AssetDocument], removed: &[AssetKey]) -> Result<(), SearchError> {
        let failed = |error: QdrantError| SearchError::WriteVectorIndex { source: boxed(error) };
        let mut by_space: Vec<Vec<_>> = self.spaces.iter().map(|_| Vec::new()).collect();
        for document in documents {
            for (place, point) in points(document, &self.spaces) {
                if let Some(points) = by_space.get_mut(place) {
                    points.push(convert::point(point));
                }
            }
        }
        let published = documents.iter().map(|document| (document.tenant, document.asset));
        let keys: Vec<_> = published.chain(removed.iter().map(|key| (key.tenant, key.asset))).collect();
        for (space, points) in self.spaces.iter().zip(by_space) {
            let name = self.collection(space.space());
            for (tenant, asset) in &keys {
                let filter = convert::filter(of_asset(*tenant, *asset));
                let delete = DeletePointsBuilder::new(&name).points(filter).wait(true);
                self.client.delete_points(delete).await.map_err(failed)?;
            }
            if !points.is_empty() {
                let upsert = UpsertPointsBuilder::new(&name, points).wait(true);
                self.client.upsert_points_chunked(upsert, UPSERT_POINTS).await.map_err(failed)?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl VectorIndex for ServerIndex {
    fn spaces(&self) -> &[VectorSpace] {
        &self.spaces
    }

    async fn apply(&self, documents: Arc<[AssetDocument]>, removed: &[AssetKey]) -> Result<(), SearchError> {
        let mut has_failed = self.has_failed.lock().await;
        let written = self.write(&documents, removed).await;
        *has_failed |= matches!(written, Err(SearchError::WriteVectorIndex { .. }));
        written
    }

    async fn commit(&self, watermark: Revision) -> Result<(), SearchError> {
        let has_failed = self.has_failed.lock().await;
        if *has_failed {
            return Err(SearchError::WriteVectorIndex { source: "changes since the last commit were lost".into() });
        }
        // Requests were waited for, so the server has everything in its log.
        let written = self.write_watermark(watermark).await;
        written.map_err(|error| SearchError::WriteVectorIndex { source: boxed(error) })
    }

    async fn watermark(&self) -> Result<Revision, SearchError> {
        let mut has_failed = self.has_failed.lock().await;
        let ids = vec![WATERMARK_POINT.into()];
        let get = GetPointsBuilder::new(self.watermark_collection(), ids).with_payload(true);
        let found = self.client.get_points(get).await;
        let found = found.map_err(|error| SearchError::SearchVectorIndex { source: boxed(error) })?;
        *has_failed = false;
        let kept = found.result.into_iter().next().and_then(|point| point.payload.get("watermark")?.as_integer());
        Ok(Revision(kept.unwrap_or_default()))
    }

    async fn clear(&self) -> Result<(), SearchError> {
        let failed = |error: QdrantError| SearchError::WriteVectorIndex { source: boxed(error) };
        let mut has_failed = self.has_failed.lock().await;
        for space in &self.spaces {
            self.client.delete_collection(self.collection(space.space())).await.map_err(failed)?;
        }
        self.make_collections().await.map_err(failed)?;
        *has_failed = false;
        self.write_watermark(Revision::default()).await.map_err(failed)
    }

    async fn settle(&self) -> Result<(), SearchError> {
        let failed = |error: QdrantError| SearchError::WriteVectorIndex { source: boxed(error) };
        for space in &self.spaces {
            let name = self.collection(space.space());
            let mut period = tokio::time::interval(SETTLE_PERIOD);
            loop {
                period.tick().await;
                let information = self.client.collection_info(&name).await.map_err(failed)?.result.unwrap_or_default();
                match information.status() {
                    // Grey waits for a change to start it again: nothing runs that could be waited for.
                    CollectionStatus::Green | CollectionStatus::Grey => break,
                    CollectionStatus::Red => {
                        let source = format!("the server cannot optimize the collection {name}").into();
                        return Err(SearchError::WriteVectorIndex { source });
                    }
                    CollectionStatus::Yellow | CollectionStatus::UnknownCollectionStatus => {}
                }
            }
        }
        Ok(())
    }

    async fn search(&self, query: &VectorQuery) -> Result<Vec<VectorCandidate>, SearchError> {
        let (_, space) = find_space(&self.spaces, &query.space)?;
        space.check(&query.vector)?;
        if query.limit == 0 {
            return Ok(Vec::new());
        }
        let fields = ANSWER_FIELDS.into_iter().map(str::to_owned).collect();
        let request = QueryPointsBuilder::new(self.collection(&query.space))
            .query(query.vector.clone())
            .filter(convert::filter(conditions(query.tenant, &query.conditions)))
            .limit(query.limit as u64)
            .params(SearchParamsBuilder::default().hnsw_ef(BEAM.max(query.limit) as u64))
            .with_payload(PayloadIncludeSelector { fields });
        let found = self.client.query(request).await;
        let found = found.map_err(|error| SearchError::SearchVectorIndex { source: boxed(error) })?;
        let mut candidates: Vec<VectorCandidate> = found.result.into_iter().filter_map(answer).collect();
        space.floor().sift(&mut candidates, |candidate| candidate.similarity);
        Ok(candidates)
    }

    async fn count(&self, space: &EmbeddingSpace, tenant: TenantId) -> Result<u64, SearchError> {
        find_space(&self.spaces, space)?;
        let filter = convert::filter(conditions(tenant, []));
        let request = CountPointsBuilder::new(self.collection(space)).filter(filter).exact(true);
        let counted = self.client.count(request).await;
        let counted = counted.map_err(|error| SearchError::SearchVectorIndex { source: boxed(error) })?;
        Ok(counted.result.map_or(0, |result| result.count))
    }
}

fn answer(point: ScoredPoint) -> Option<VectorCandidate> {
    let PointIdOptions::Uuid(id) = point.id?.point_id_options? else { return None };
    let payload: Map<String, Value> = point.payload.into_iter().map(|(key, value)| (key, value.into_json())).collect();
    candidate(id.parse::<EmbeddingId>().ok()?, point.score, payload)
}
