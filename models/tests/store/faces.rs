//! Faces and voices as an analysis leaves them, for the tests of people.

use reelgraph_models::clock::SystemClock;
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::{AssetId, EmbeddingId, ObservationId, PersonId};
use reelgraph_models::observation::{BoundingBox, Finding, Modality, Observation, TrackBox};
use reelgraph_models::people::{Appearance, Face, KnownBy};
use reelgraph_models::run::{AnalyzerRun, EmbeddingSet};
use reelgraph_models::store::{PageRequest, PersonFilter, TenantStore};
use reelgraph_models::time::{MediaTime, Span};

use crate::sample::{provenance, span_ms};

/// What Ada looks like, what Bob does, and what nobody else does.
pub(crate) const ADA: [f32; 3] = [1.0, 0.0, 0.0];
pub(crate) const BOB: [f32; 3] = [0.0, 1.0, 0.0];

/// One face: from, to (milliseconds), look.
pub(crate) type Seen = (i64, i64, [f32; 3]);

/// Stores what the analysis of an asset saw of faces, and puts them together.
pub(crate) async fn see(tenant: &TenantStore, asset: AssetId, faces: &[Seen]) -> anyhow::Result<()> {
    see_by(tenant, asset, "1", faces).await
}

/// The same, by another version of the model.
pub(crate) async fn see_by(tenant: &TenantStore, asset: AssetId, version: &str, faces: &[Seen]) -> anyhow::Result<()> {
    let provenance = provenance("faces/faces");
    let space = EmbeddingSpace { name: "looks".to_owned(), version: version.to_owned(), dims: 3 };
    let (modality, mut observations, mut embeddings) = (Modality::Faces, Vec::new(), Vec::new());
    for (index, (start, end, look)) in faces.iter().enumerate() {
        let (span, left) = (span_ms(*start, *end), 0.1 * index as f32);
        let bounds = BoundingBox { left, top: 0.1, right: left + 0.1, bottom: 0.3 };
        let at = MediaTime::from_millis((start + end) / 2);
        let boxes = vec![TrackBox { at, bounds, confidence: 0.9 }];
        let finding = Finding::Face { bounds, at, quality: 0.8 - 0.01 * index as f32, boxes };
        let id = ObservationId::generate(&SystemClock);
        let provenance = provenance.clone();
        observations.push(Observation { id, asset, span, modality, finding, confidence: 0.9, provenance });
        let (id, values) = (EmbeddingId::from_uuid(id.as_uuid()), look.to_vec());
        embeddings.push(Embedding { id, asset, moment: None, span, space: space.clone(), modality, values });
    }
    tenant.replace_run(asset, &AnalyzerRun { provenance, observations }).await?;
    tenant.replace_embeddings(asset, &EmbeddingSet { space, modality, embeddings }).await?;
    tenant.bring_up_people(asset, &[MediaTime::from_millis(500)]).await?;
    Ok(())
}

/// Stores who speaks when in an asset, and brings its voices up to that.
pub(crate) async fn hear(tenant: &TenantStore, asset: AssetId, turns: &[(u32, i64, i64)]) -> anyhow::Result<()> {
    let provenance = provenance("speakers/speakers");
    let turn = |(speaker, start, end): &(u32, i64, i64)| Observation {
        id: ObservationId::generate(&SystemClock),
        asset,
        span: span_ms(*start, *end),
        modality: Modality::Speakers,
        finding: Finding::Speaker { speaker: *speaker },
        confidence: 1.0,
        provenance: provenance.clone(),
    };
    let run = AnalyzerRun { observations: turns.iter().map(turn).collect(), provenance };
    tenant.replace_run(asset, &run).await?;
    tenant.bring_up_people(asset, &[]).await?;
    Ok(())
}

/// Everyone, most faces first.
pub(crate) async fn everyone(tenant: &TenantStore) -> anyhow::Result<Vec<PersonId>> {
    let people = tenant.list_people(&PersonFilter::default(), PageRequest::first(100)).await?;
    Ok(people.rows.iter().map(|person| person.id).collect())
}

/// Who is seen in an asset, by start.
pub(crate) async fn seen_in(tenant: &TenantStore, asset: AssetId) -> anyhow::Result<Vec<PersonId>> {
    let people = tenant.people_in(asset).await?;
    Ok(people.iter().filter(|it| it.by == KnownBy::Face).map(|it| it.person).collect())
}

/// The names under which an asset is found, with when and by what.
pub(crate) fn named(appearances: &[Appearance]) -> Vec<(&str, Span, KnownBy)> {
    appearances.iter().filter_map(|it| Some((it.name.as_deref()?, it.span, it.by))).collect()
}

/// The faces of a person in an asset, by start.
pub(crate) async fn faces_in(tenant: &TenantStore, person: PersonId, asset: AssetId) -> anyhow::Result<Vec<Face>> {
    let mut faces = tenant.list_faces(person, PageRequest::first(1_000)).await?.rows;
    faces.retain(|face| face.asset == asset);
    faces.sort_by_key(|face| face.span);
    Ok(faces)
}
