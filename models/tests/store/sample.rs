//! Values to store.

use anyhow::Context;
use reelgraph_models::asset::{Asset, AssetSource, NewAsset};
use reelgraph_models::blob::BlobKey;
use reelgraph_models::clock::SystemClock;
use reelgraph_models::content::ContentHash;
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::{AssetId, EmbeddingId, ObservationId, RunId, TenantId};
use reelgraph_models::job::{Job, JobPriority, JobSpec};
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::observation::{Finding, Modality, Observation, Provenance};
use reelgraph_models::run::{AnalyzerRun, EmbeddingSet};
use reelgraph_models::store::{Registration, TenantStore};
use reelgraph_models::time::{MediaTime, Span};
use uuid::Uuid;

pub(crate) const OTHER_TENANT: TenantId = TenantId::from_uuid(Uuid::from_u128(7));

pub(crate) fn spec() -> JobSpec {
    JobSpec::analyze(JobPriority::Normal)
}

/// An asset whose bytes are those of its name.
pub(crate) fn new_asset(name: &str) -> anyhow::Result<NewAsset> {
    Ok(NewAsset {
        title: name.to_owned(),
        file_name: format!("{name}.mp4"),
        content: ContentHash::of(name.as_bytes()),
        size_bytes: name.len() as u64,
        source: AssetSource::Upload,
        original: BlobKey::new("originals/x")?,
    })
}

pub(crate) async fn register(tenant: &TenantStore, name: &str) -> anyhow::Result<(Asset, Job)> {
    match tenant.register_asset(new_asset(name)?, spec()).await? {
        Registration::New { asset, job } => Ok((asset, job)),
        Registration::AlreadyKnown { .. } => None.context("the asset is known already"),
    }
}

pub(crate) fn span_ms(start: i64, end: i64) -> Span {
    Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(end))
}

pub(crate) fn provenance(analyzer: &str) -> Provenance {
    Provenance {
        analyzer: analyzer.to_owned(),
        model: "whisper-base".to_owned(),
        version: "1".to_owned(),
        parameters: "beams=1".to_owned(),
        run: RunId::generate(&SystemClock),
    }
}

/// One tag a second, from second 0 on.
pub(crate) fn tags(asset: AssetId, analyzer: &str, labels: &[&str]) -> AnalyzerRun {
    let provenance = provenance(analyzer);
    let tag = |(second, label): (i64, &&str)| Observation {
        id: ObservationId::generate(&SystemClock),
        asset,
        span: span_ms(second * 1_000, second * 1_000 + 1_000),
        modality: Modality::Tags,
        finding: Finding::Tag { label: (*label).to_owned(), also: Vec::new() },
        confidence: 0.3,
        provenance: provenance.clone(),
    };
    AnalyzerRun { observations: (0..).zip(labels).map(tag).collect(), provenance }
}

/// The labels of tags, in order.
pub(crate) fn labels(observations: &[Observation]) -> Vec<&str> {
    observations.iter().filter_map(|observation| observation.finding.text()).collect()
}

/// Shots of one second each.
pub(crate) fn shots(asset: AssetId, count: i64) -> Vec<Moment> {
    let shot = |second: i64| {
        let texts = MomentTexts { said: format!("word {second}"), ..MomentTexts::default() };
        Moment::new(asset, MomentKind::Shot, span_ms(second * 1_000, second * 1_000 + 1_000), texts)
    };
    (0..count).map(shot).collect()
}

pub(crate) fn space(version: &str) -> EmbeddingSpace {
    EmbeddingSpace { name: "bge-small-en".to_owned(), version: version.to_owned(), dims: 3 }
}

pub(crate) fn vectors(asset: AssetId, version: &str, all: &[[f32; 3]]) -> EmbeddingSet {
    let vector = |(second, values): (i64, &[f32; 3])| Embedding {
        id: EmbeddingId::generate(&SystemClock),
        asset,
        moment: None,
        span: span_ms(second * 1_000, second * 1_000 + 1_000),
        space: space(version),
        modality: Modality::Passages,
        values: values.to_vec(),
    };
    EmbeddingSet {
        space: space(version),
        modality: Modality::Passages,
        embeddings: (0..).zip(all).map(vector).collect(),
    }
}
