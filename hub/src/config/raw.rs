//! Settings as a person writes them; nothing is checked yet.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// The settings file, with `REELGRAPH_SECTION__KEY` environment variables on top.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawConfig {
    pub listen: Option<std::net::SocketAddr>,
    pub workers: Option<usize>,
    pub threads: Option<usize>,
    pub development: Option<bool>,
    pub models: Option<PathBuf>,
    pub database: RawDatabase,
    pub files: RawFiles,
    pub vectors: RawVectors,
    pub limits: RawLimits,
    pub image_text: RawImageText,
    pub search: RawSearch,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawDatabase {
    /// `sqlite://…` or `postgres://…`.
    pub url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawFiles {
    pub folder: Option<PathBuf>,
    pub s3_bucket: Option<String>,
    pub s3_endpoint: Option<String>,
    pub s3_region: Option<String>,
    pub s3_access_key_id: Option<String>,
    pub s3_secret_access_key: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawVectors {
    pub qdrant_url: Option<String>,
    pub qdrant_api_key: Option<String>,
    /// Begins the names of the collections, so that several libraries can share a server.
    pub qdrant_prefix: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawImageText {
    /// Folder with text_model.onnx, vision_model.onnx and tokenizer.json.
    pub pair: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawLimits {
    pub upload_bytes: Option<u64>,
    pub decode_memory_bytes: Option<u64>,
    pub decode_cpu_seconds: Option<u64>,
    pub decode_open_files: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawSearch {
    /// File with numbers that were fitted on one's own judgements.
    pub calibration: Option<PathBuf>,
    /// SKOS file with the concepts that widen queries.
    pub vocabulary: Option<PathBuf>,
    /// By name of the embedding space.
    pub spaces: BTreeMap<String, RawSpace>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawSpace {
    /// Weight of its ranks beside those of words.
    pub weight: Option<f32>,
    /// Lowest cosine similarity that can be an answer.
    pub at_least: Option<f32>,
    /// Furthest below the best of the same query.
    pub below_best: Option<f32>,
}
