//! Settings of a tenant.

use std::time::Duration;

use anyhow::Context;
use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::{AssetId, EmbeddingId, ObservationId, RunId};
use reelgraph_models::observation::{BoundingBox, Finding, Modality, Observation, Provenance};
use reelgraph_models::run::{AnalyzerRun, EmbeddingSet, StageCommit};
use reelgraph_models::settings::{FaceAnalysis, TenantSettings, Vocabulary};
use reelgraph_models::time::{MediaTime, Span};

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register};

on_both!(
    settings_are_the_defaults_until_they_are_set_and_belong_to_one_tenant,
    turning_faces_off_forgets_them_and_keeps_an_attempt_under_way_from_storing_more,
);

const LEASE: Duration = Duration::from_secs(60);

async fn settings_are_the_defaults_until_they_are_set_and_belong_to_one_tenant(world: World) -> anyhow::Result<()> {
    assert_eq!(world.tenant.settings().await?, TenantSettings::default());
    let vocabulary = Vocabulary::new(["Sintel".to_owned()])?;
    let first = TenantSettings { faces: FaceAnalysis::Off, ..TenantSettings::default() };
    let second = TenantSettings { vocabulary, ..first.clone() };
    for settings in [first, second] {
        world.tenant.put_settings(&settings).await?;
        assert_eq!(world.tenant.settings().await?, settings);
    }
    assert_eq!(world.store.tenant(OTHER_TENANT).settings().await?, TenantSettings::default());
    Ok(())
}

async fn turning_faces_off_forgets_them_and_keeps_an_attempt_under_way_from_storing_more(
    world: World,
) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let lease = world.store.jobs().lease_next("worker", LEASE).await?.context("the job of the asset")?;
    let commit = faces(&world, asset.id);
    world.store.jobs().complete_stage(&lease, &commit).await?;
    let left = async || -> anyhow::Result<_> {
        let seen = world.tenant.all_observations(asset.id, &[]).await?.len();
        let vectors = world.tenant.all_embeddings(asset.id).await?.len();
        let cells = world.tenant.coverage(&[asset.id]).await?.remove(&asset.id).unwrap_or_default().len();
        Ok((seen, vectors, cells))
    };
    assert_eq!(left().await?, (2, 1, 1));
    let off = TenantSettings { faces: FaceAnalysis::Off, ..TenantSettings::default() };
    world.tenant.put_settings(&off).await?;
    assert_eq!(left().await?, (1, 0, 0), "the tag is left");
    world.store.jobs().complete_stage(&lease, &StageCommit { stage: "again".to_owned(), ..commit }).await?;
    assert_eq!(left().await?, (1, 0, 0));
    Ok(())
}

/// A face with its vector, and a tag.
fn faces(world: &World, asset: AssetId) -> StageCommit {
    let clock = world.clock.as_ref();
    let span = Span::at_least_one_micro(MediaTime::ZERO, MediaTime::from_millis(1_000));
    let run = |modality: Modality, finding: Finding| {
        let provenance = Provenance {
            analyzer: format!("pictures/{}", modality.as_str()),
            model: "model".to_owned(),
            version: "1".to_owned(),
            parameters: String::new(),
            run: RunId::generate(clock),
        };
        let id = ObservationId::generate(clock);
        let seen = Observation { id, asset, span, modality, finding, confidence: 1.0, provenance: provenance.clone() };
        AnalyzerRun { provenance, observations: vec![seen] }
    };
    let bounds = BoundingBox { left: 0.1, top: 0.1, right: 0.2, bottom: 0.2 };
    let face = Finding::Face { bounds, at: MediaTime::ZERO, quality: 1.0, boxes: Vec::new() };
    let tag = Finding::Tag { label: "snow".to_owned(), also: Vec::new() };
    let space = EmbeddingSpace { name: "faces".to_owned(), version: "1".to_owned(), dims: 2 };
    let (id, modality) = (EmbeddingId::generate(clock), Modality::Faces);
    let vector = Embedding { id, asset, moment: None, span, space: space.clone(), modality, values: vec![1.0, 0.0] };
    let cell = Coverage {
        asset,
        modality,
        model: "model".to_owned(),
        version: "1".to_owned(),
        status: CoverageStatus::Done,
        observations: 1,
        embeddings: 1,
        spent_ms: 0,
    };
    StageCommit {
        runs: vec![run(Modality::Faces, face), run(Modality::Tags, tag)],
        embeddings: vec![EmbeddingSet { space, modality, embeddings: vec![vector] }],
        coverage: vec![cell],
        ..StageCommit::new("analyze")
    }
}
