//! One suite on every implementation of the vector index. The server's part runs where `REELGRAPH_TEST_QDRANT_URL` names
//! one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::support::{
    Outcome, TENANT, asset_id, embedding_space, file, licensed, moment, noted, other_tenant, place_and_day, seconds,
    space, with, within,
};
use chrono::{DateTime, Utc};
use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::review::ReviewState;
use reelgraph_models::time::MediaTime;
use reelgraph_search::document::{AssetDocument, AssetFields, AssetKey, EmbeddingDocument};
use reelgraph_search::error::SearchError;
use reelgraph_search::query::filter::{Between, Filter};
use reelgraph_search::space::VectorSpace;
use reelgraph_search::vector::{
    EdgeIndex, EdgeSettings, ServerIndex, ServerSettings, VectorCandidate, VectorIndex, VectorQuery,
};
use uuid::Uuid;

/// One shot a second, each pointing along its own axis of the space, with a little of the next.
fn asset(tenant: TenantId, number: u128, shots: usize, fields: AssetFields) -> AssetDocument {
    let asset = asset_id(number);
    let space = embedding_space("frames");
    let mut document = AssetDocument::new(tenant, asset, fields);
    for shot in 0..shots {
        let start = i64::try_from(shot).unwrap_or_default();
        let shot_moment = moment(asset, MomentKind::Shot, seconds(start, start + 1));
        let mut vector = vec![0.0; space.dims as usize];
        for (axis, value) in vector.iter_mut().enumerate() {
            *value = if axis == shot {
                1.0
            } else if axis == shot + 1 {
                0.25
            } else {
                0.0
            };
        }
        document.embeddings.push(EmbeddingDocument {
            id: EmbeddingId::from_uuid(Uuid::new_v5(&asset.as_uuid(), &[u8::try_from(shot).unwrap_or_default()])),
            moment: shot_moment.id,
            space: space.clone(),
            span: seconds(start, start + 1),
            vector,
        });
        document.moments.push(shot_moment);
    }
    document
}

fn along(axis: usize, tenant: TenantId, filter: Filter) -> VectorQuery {
    let space = embedding_space("frames");
    let vector = (0..space.dims as usize).map(|at| if at == axis { 1.0 } else { 0.0 }).collect();
    VectorQuery { tenant, space, vector, conditions: filter.conditions(), limit: 10 }
}

async fn publish(index: &dyn VectorIndex, documents: Vec<AssetDocument>, revision: i64) -> Result<(), SearchError> {
    index.apply(documents.into(), &[]).await?;
    index.commit(Revision(revision)).await
}

fn assets_of(found: &[VectorCandidate]) -> Vec<AssetId> {
    let mut assets: Vec<_> = found.iter().map(|candidate| candidate.asset).collect();
    assets.sort_unstable();
    assets.dedup();
    assets
}

/// Every promise of the trait, on an empty index that keeps the space `frames`.
async fn suite(index: Arc<dyn VectorIndex>) -> Outcome {
    let index = index.as_ref();
    let space = embedding_space("frames");
    assert_eq!(index.watermark().await?, Revision(0), "an empty index knows nothing");
    assert!(index.search(&along(0, TENANT, Filter::default())).await?.is_empty());

    index.settle().await?;

    // The nearest comes first, with everything that was said of it.
    publish(index, vec![asset(TENANT, 1, 4, AssetFields::default()), asset(TENANT, 2, 4, AssetFields::default())], 7)
        .await?;
    assert_eq!(index.watermark().await?, Revision(7));
    assert_eq!(index.count(&space, TENANT).await?, 8);
    let found = index.search(&along(2, TENANT, Filter::default())).await?;
    let best = found.first().ok_or("nothing was found")?;
    assert_eq!((best.span, best.moment_span, best.kind), (seconds(2, 3), seconds(2, 3), MomentKind::Shot));
    assert!(best.similarity > 0.95 && best.similarity <= 1.001, "{}", best.similarity);
    assert!(found.is_sorted_by(|a, b| a.similarity >= b.similarity));

    // Another tenant's vectors are neither found nor counted nor removed.
    publish(index, vec![asset(other_tenant(), 3, 4, AssetFields::default())], 8).await?;
    let found = index.search(&along(2, TENANT, Filter::default())).await?;
    assert_eq!(assets_of(&found), [asset_id(1), asset_id(2)]);
    let found = index.search(&along(2, other_tenant(), Filter::default())).await?;
    assert_eq!(assets_of(&found), [asset_id(3)]);
    index.apply(Arc::new([]), &[AssetKey { tenant: TENANT, asset: asset_id(3) }]).await?;
    assert_eq!(index.count(&space, other_tenant()).await?, 4);

    filters(index).await?;

    // Publishing again replaces; removing removes.
    publish(index, vec![asset(TENANT, 1, 2, AssetFields::default())], 9).await?;
    publish(index, vec![asset(TENANT, 1, 2, AssetFields::default())], 9).await?;
    let only = Filter { assets: Some(vec![asset_id(1)]), ..Filter::default() };
    assert_eq!(index.search(&along(0, TENANT, only.clone())).await?.len(), 2);
    index.apply(Arc::new([]), &[AssetKey { tenant: TENANT, asset: asset_id(1) }]).await?;
    index.commit(Revision(10)).await?;
    assert!(index.search(&along(0, TENANT, only)).await?.is_empty());

    // What cannot be a vector of the space is left out, and asked for in vain.
    let mut odd = asset(TENANT, 2, 4, AssetFields::default());
    if let [short, not_a_number, stray, ..] = odd.embeddings.as_mut_slice() {
        short.vector.pop();
        not_a_number.vector[3] = f32::NAN;
        stray.moment = MomentId::from_uuid(Uuid::from_u128(1));
    }
    publish(index, vec![odd], 10).await?;
    assert_eq!(index.count(&space, TENANT).await?, 1);
    let mut query = along(0, TENANT, Filter::default());
    query.vector = vec![f32::NAN; 64];
    assert!(matches!(index.search(&query).await, Err(SearchError::InvalidVector { .. })));
    query.space = embedding_space("unknown");
    assert!(matches!(index.search(&query).await, Err(SearchError::UnknownSpace { .. })));

    index.clear().await?;
    assert_eq!(index.watermark().await?, Revision(0));
    assert_eq!(index.count(&space, other_tenant()).await?, 0);
    publish(index, vec![asset(TENANT, 1, 1, AssetFields::default())], 11).await?;
    assert_eq!(index.count(&space, TENANT).await?, 1);
    Ok(())
}

/// Each filter lets through what it should, on assets 1 and 2 that have none of the properties, and asset 5 that has all.
async fn filters(index: &dyn VectorIndex) -> Outcome {
    let created: DateTime<Utc> = "2026-03-01T12:00:00Z".parse()?;
    let fields = AssetFields {
        title: "Äpfel im Garten".into(),
        file_name: "apples_01.mp4".into(),
        container: "matroska,webm".into(),
        duration: MediaTime::from_millis(90_000),
        created_at: created,
        width_px: Some(1_920),
        height_px: Some(1_080),
        has_audio: true,
        has_video: true,
        languages: vec!["de".into()],
        caption_languages: vec!["fr".into()],
        metadata: noted(&[("project", "Sintel"), ("take", "12"), ("shot", "2024-05-31")])?,
        file: file(),
        rights: licensed()?,
        review: ReviewState::Approved,
    };
    publish(index, vec![asset(TENANT, 5, 4, fields)], 8).await?;
    let admitting = [
        Filter { assets: Some(vec![asset_id(5), asset_id(3)]), ..Filter::default() },
        Filter { duration: at(Some(MediaTime::from_millis(90_000)), None), ..Filter::default() },
        Filter { created_at: at(Some(created), Some(created)), ..Filter::default() },
        Filter { width_px: at(Some(1_280), None), ..Filter::default() },
        Filter { height_px: at(Some(1), Some(1_080)), ..Filter::default() },
        Filter { has_audio: Some(true), ..Filter::default() },
        Filter { has_video: Some(true), ..Filter::default() },
        Filter { caption_languages: Some(vec!["FR".into()]), ..Filter::default() },
        Filter { review: Some(vec![ReviewState::Approved, ReviewState::Restricted]), ..Filter::default() },
        Filter { licensed: place_and_day("AT", "2026-12-31"), ..Filter::default() },
        Filter { licensed: place_and_day("US", "2028-01-01"), ..Filter::default() },
        Filter { metadata: vec![with("project", Some("SINTEL"))], ..Filter::default() },
        Filter { metadata: vec![with("project", None)], ..Filter::default() },
        Filter { metadata: vec![within("take", "9", "100")], ..Filter::default() },
        Filter { metadata: vec![within("take", "-3.5", "12.0"), within("shot", "2024", "2024")], ..Filter::default() },
        Filter { languages: Some(vec!["fr".into(), "DE".into()]), ..Filter::default() },
        Filter { containers: Some(vec!["matroska,webm".into()]), ..Filter::default() },
        Filter { title: Some("garten ÄPFEL 01".into()), ..Filter::default() },
    ];
    for filter in admitting {
        let found = index.search(&along(0, TENANT, filter.clone())).await?;
        assert_eq!(assets_of(&found), [asset_id(5)], "{filter:?}");
    }
    let excluding = [
        Filter { assets: Some(Vec::new()), ..Filter::default() },
        Filter { kinds: Some(vec![MomentKind::Speech]), ..Filter::default() },
        Filter { duration: at(Some(MediaTime::from_millis(90_001)), None), ..Filter::default() },
        Filter { review: Some(vec![ReviewState::Rejected]), ..Filter::default() },
        Filter { licensed: place_and_day("AT", "2027-01-01"), ..Filter::default() },
        Filter { licensed: place_and_day("US", "2026-06-01"), ..Filter::default() },
        Filter { metadata: vec![with("project", Some("durian"))], ..Filter::default() },
        Filter { metadata: vec![with("reel", None)], ..Filter::default() },
        Filter { metadata: vec![within("take", "100", "1000")], ..Filter::default() },
        Filter { metadata: vec![within("shot", "2024-06", "2025")], ..Filter::default() },
        Filter { metadata: vec![within("project", "-1000", "1000")], ..Filter::default() },
        Filter { caption_languages: Some(vec!["en".into()]), ..Filter::default() },
        Filter { within: Some(seconds(4, 10)), ..Filter::default() },
        Filter { title: Some("garten birnen".into()), ..Filter::default() },
    ];
    for filter in excluding {
        assert!(index.search(&along(0, TENANT, filter.clone())).await?.is_empty(), "{filter:?}");
    }
    // Half-open: the shot that ends where the stretch begins is out, the one that begins inside is in.
    let within = Filter { within: Some(seconds(1, 2)), assets: Some(vec![asset_id(5)]), ..Filter::default() };
    let found = index.search(&along(0, TENANT, within)).await?;
    assert_eq!(found.iter().map(|candidate| candidate.span).collect::<Vec<_>>(), [seconds(1, 2)]);
    index.apply(Arc::new([]), &[AssetKey { tenant: TENANT, asset: asset_id(5) }]).await?;
    Ok(())
}

#[tokio::test]
async fn the_embedded_index_keeps_every_promise() -> Outcome {
    let folder = tempfile::tempdir()?;
    let spaces = vec![space("frames", Modality::Frames)?];
    suite(Arc::new(EdgeIndex::open(folder.path(), spaces, EdgeSettings::default())?)).await
}

#[tokio::test]
async fn a_server_keeps_every_promise() -> Outcome {
    let Ok(url) = std::env::var("REELGRAPH_TEST_QDRANT_URL") else {
        println!("skipped: REELGRAPH_TEST_QDRANT_URL does not name a Qdrant server");
        return Ok(());
    };
    let prefix = format!("reelgraph_test_{}_", std::process::id());
    let settings = ServerSettings { url, api_key: None, prefix, timeout: Duration::from_secs(30) };
    let index = Arc::new(ServerIndex::connect(settings, vec![space("frames", Modality::Frames)?]).await?);
    index.clear().await?;
    suite(index).await
}

#[tokio::test]
async fn what_was_committed_is_there_when_the_folder_is_opened_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let open = || -> Result<_, Box<dyn std::error::Error>> {
        Ok(EdgeIndex::open(folder.path(), vec![space("frames", Modality::Frames)?], EdgeSettings::default())?)
    };
    let index = open()?;
    publish(&index, vec![asset(TENANT, 1, 4, AssetFields::default())], 3).await?;
    drop(index);
    let index = open()?;
    assert_eq!(index.watermark().await?, Revision(3));
    assert_eq!(index.search(&along(2, TENANT, Filter::default())).await?.len(), 4);
    publish(&index, vec![asset(TENANT, 1, 2, AssetFields::default())], 4).await?;
    assert_eq!(index.count(&embedding_space("frames"), TENANT).await?, 2);
    Ok(())
}

#[tokio::test]
async fn a_new_space_or_a_lost_folder_asks_for_everything_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let frames = space("frames", Modality::Frames)?;
    let index = EdgeIndex::open(folder.path(), vec![frames.clone()], EdgeSettings::default())?;
    publish(&index, vec![asset(TENANT, 1, 4, AssetFields::default())], 3).await?;
    drop(index);
    let both = vec![frames.clone(), space("passages", Modality::Passages)?];
    let index = EdgeIndex::open(folder.path(), both, EdgeSettings::default())?;
    assert_eq!(index.watermark().await?, Revision(0));
    index.commit(Revision(4)).await?;
    drop(index);
    std::fs::remove_dir_all(folder.path().join(frames.key()))?;
    let index = EdgeIndex::open(folder.path(), vec![frames], EdgeSettings::default())?;
    assert_eq!(index.watermark().await?, Revision(0));
    Ok(())
}

#[tokio::test]
async fn answers_stay_right_while_graphs_are_built() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = EdgeIndex::open(folder.path(), vec![space("frames", Modality::Frames)?], EdgeSettings::default())?;
    let mut revision = 0;
    for batch in 0..40_u128 {
        let documents: Vec<_> = (0..16).map(|n| asset(TENANT, batch * 16 + n, 14, AssetFields::default())).collect();
        revision += 1;
        publish(&index, documents, revision).await?;
        let only = Filter { assets: Some(vec![asset_id(batch * 16)]), ..Filter::default() };
        let found = index.search(&along(3, TENANT, only)).await?;
        assert_eq!(found.first().map(|best| best.span), Some(seconds(3, 4)), "batch {batch}");
    }
    assert_eq!(index.count(&embedding_space("frames"), TENANT).await?, 40 * 16 * 14);
    index.settle().await?;
    let durable = std::fs::read_to_string(folder.path().join("watermark.json"))?;
    assert!(
        durable.contains(&revision.to_string()),
        "after everything is built, {durable} is what a crash would leave"
    );
    drop(index);
    let index = EdgeIndex::open(folder.path(), vec![space("frames", Modality::Frames)?], EdgeSettings::default())?;
    assert_eq!(index.watermark().await?, Revision(revision));
    assert_eq!(index.count(&embedding_space("frames"), TENANT).await?, 40 * 16 * 14);
    Ok(())
}

#[tokio::test]
async fn the_log_does_not_grow_with_every_publication() -> Outcome {
    let folder = tempfile::tempdir()?;
    let limit_bytes = 32 * 1024 * 1024;
    let settings = EdgeSettings { max_log_bytes: limit_bytes, ..EdgeSettings::default() };
    let space = VectorSpace::new(EmbeddingSpace { dims: 2_048, ..embedding_space("frames") }, Modality::Frames)?;
    let log = folder.path().join(space.key()).join("wal");
    let index = EdgeIndex::open(folder.path(), vec![space.clone()], settings)?;
    let mut document = asset(TENANT, 1, 14, AssetFields::default());
    for embedding in &mut document.embeddings {
        embedding.space = space.space().clone();
        embedding.vector.resize(2_048, 0.001);
    }
    let mut written_bytes = 0;
    // Twelve times in a batch, so that few commits have to reach the disk.
    for revision in 1..=50 {
        publish(&index, vec![document.clone(); 12], revision).await?;
        written_bytes += 12 * 14 * 2_048 * 4;
    }
    assert!(written_bytes > 2 * limit_bytes, "too little was written to tell");
    assert_eq!(index.count(space.space(), TENANT).await?, 14);
    // While segments are rebuilt nothing is shortened; at the end everything is.
    drop(index);
    let kept_bytes = bytes_in(&log)?;
    assert!(kept_bytes <= limit_bytes, "the log has kept {kept_bytes} bytes");
    let index = EdgeIndex::open(folder.path(), vec![space.clone()], settings)?;
    assert_eq!((index.watermark().await?, index.count(space.space(), TENANT).await?), (Revision(50), 14));
    // Numbering goes on: what is written now is newer than what is there.
    document.moments.truncate(3);
    publish(&index, vec![document], 51).await?;
    assert_eq!(index.count(space.space(), TENANT).await?, 3);
    Ok(())
}

fn bytes_in(folder: &Path) -> std::io::Result<u64> {
    std::fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len())).sum()
}

fn at<T>(min: Option<T>, max: Option<T>) -> Between<T> {
    Between { min, max }
}
