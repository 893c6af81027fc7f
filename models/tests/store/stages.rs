//! What a stage leaves behind is there with its checkpoint, or not at all.

use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::blob::BlobKey;
use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::job::{Heartbeat, JobState};
use reelgraph_models::observation::Modality;
use reelgraph_models::reason::Reason;
use reelgraph_models::run::StageCommit;
use reelgraph_models::store::{MomentFilter, ObservationFilter, PageRequest, StoreError};

use crate::harness::{World, on_both};
use crate::sample::{labels, register, shots, tags, vectors};

const LEASE: Duration = Duration::from_secs(30);

on_both!(
    a_stage_commits_everything_at_once_and_twice_is_once,
    a_stage_with_one_bad_row_leaves_nothing_behind,
    a_stage_renews_the_lease_and_tells_the_indexes_only_when_they_are_concerned,
    the_work_on_a_deleted_asset_is_refused_and_its_worker_is_told,
    warnings_are_kept_once_and_bounded,
);

fn full(asset: &Asset) -> anyhow::Result<StageCommit> {
    Ok(StageCommit {
        thumbnail: Some(BlobKey::new("stills/a.jpg")?),
        warnings: vec![Reason::new("corrupt_packets", "some packets could not be decoded")],
        runs: vec![tags(asset.id, "tags", &["dog", "cat"]), tags(asset.id, "objects", &["car"])],
        embeddings: vec![vectors(asset.id, "1", &[[1.0, 0.0, 0.0]])],
        moments: Some(shots(asset.id, 4)),
        coverage: vec![Coverage {
            asset: asset.id,
            modality: Modality::Tags,
            model: "efficientnet-lite2".to_owned(),
            version: "1".to_owned(),
            status: CoverageStatus::Done,
            observations: 3,
            embeddings: 1,
            spent_ms: 17,
        }],
        asset_state: Some((AssetState::Ready, None)),
        ..StageCommit::new("moments")
    })
}

async fn rows(world: &World, asset: &Asset) -> anyhow::Result<(usize, usize, usize, usize)> {
    let (tenant, id) = (&world.tenant, asset.id);
    let seen = tenant.list_observations(id, &ObservationFilter::default(), PageRequest::first(99)).await?.rows;
    let moments = tenant.list_moments(id, &MomentFilter::default(), PageRequest::first(99)).await?.rows;
    let vectors = tenant.list_embeddings(id, PageRequest::first(99)).await?.rows;
    let cells = tenant.coverage(&[id]).await?.remove(&id).unwrap_or_default();
    Ok((labels(&seen).len(), moments.len(), vectors.len(), cells.len()))
}

async fn a_stage_commits_everything_at_once_and_twice_is_once(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, _) = register(&world.tenant, "a").await?;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    let commit = full(&asset)?;
    for _ in 0..2 {
        queue.complete_stage(&lease, &commit).await?;
        assert_eq!(rows(&world, &asset).await?, (3, 4, 1, 1));
        let asset = world.tenant.get_asset(asset.id).await?;
        assert_eq!(
            (asset.state, &asset.thumbnail, &asset.warnings),
            (AssetState::Ready, &commit.thumbnail, &commit.warnings)
        );
    }
    queue.release(&lease).await?;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    assert_eq!(lease.completed_stages, ["moments"]);
    Ok(())
}

async fn a_stage_with_one_bad_row_leaves_nothing_behind(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, _) = register(&world.tenant, "a").await?;
    let (other, _) = register(&world.tenant, "b").await?;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    let good = full(&asset)?;
    let before = world.tenant.get_asset(asset.id).await?;
    let mut bad_moment = good.clone();
    bad_moment.moments = Some(shots(other.id, 1));
    let mut bad_cell = good.clone();
    bad_cell.coverage[0].asset = other.id;
    let mut bad_vector = good.clone();
    bad_vector.embeddings[0].embeddings[0].values[0] = f32::INFINITY;
    // This one fails in the database itself, at the very end: an id that is there already.
    let mut doubled = good;
    let first = doubled.runs[0].observations[0].id;
    doubled.runs[1].observations[0].id = first;
    for bad in [bad_moment, bad_cell, bad_vector, doubled] {
        let outcome = queue.complete_stage(&lease, &bad).await;
        ensure!(matches!(outcome, Err(StoreError::Invalid { .. } | StoreError::Query { .. })), "{outcome:?}");
        assert_eq!(rows(&world, &asset).await?, (0, 0, 0, 0));
        assert_eq!(world.tenant.get_asset(asset.id).await?, before);
    }
    queue.release(&lease).await?;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    ensure!(lease.completed_stages.is_empty());
    Ok(())
}

async fn a_stage_renews_the_lease_and_tells_the_indexes_only_when_they_are_concerned(
    world: World,
) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, _) = register(&world.tenant, "a").await?;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    world.advance(LEASE - Duration::from_secs(1));
    let evidence = StageCommit { runs: vec![tags(asset.id, "tags", &["dog"])], ..StageCommit::new("tags") };
    queue.complete_stage(&lease, &evidence).await?;
    ensure!(world.store.changed_since(Default::default(), 9).await?.is_empty());
    world.advance(LEASE - Duration::from_secs(1));
    ensure!(queue.lease_next("thief", LEASE).await?.is_none(), "the stage renewed the lease");
    let moments = StageCommit { moments: Some(shots(asset.id, 1)), ..StageCommit::new("moments") };
    queue.complete_stage(&lease, &moments).await?;
    assert_eq!(world.store.changed_since(Default::default(), 9).await?.len(), 1);
    Ok(())
}

async fn the_work_on_a_deleted_asset_is_refused_and_its_worker_is_told(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, job) = register(&world.tenant, "a").await?;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    ensure!(world.tenant.delete_asset(asset.id).await?);
    let outcome = queue.complete_stage(&lease, &full(&asset)?).await;
    assert_eq!(outcome.err().map(|error| error.code()), Some("asset_deleted"));
    assert_eq!(rows(&world, &asset).await?, (0, 0, 0, 0));
    assert_eq!(queue.heartbeat(&lease, None).await?, Heartbeat::CancelRequested);
    queue.finish_cancelled(&lease).await?;
    assert_eq!(world.tenant.get_job(job.id).await?.state, JobState::Cancelled);
    Ok(())
}

async fn warnings_are_kept_once_and_bounded(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, _) = register(&world.tenant, "a").await?;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    let warning = |number: usize| Reason::new("odd", format!("packet {number} is odd"));
    for (stage, count) in [("one", 2), ("two", 3), ("three", 500)] {
        let commit = StageCommit { warnings: (0..count).map(warning).collect(), ..StageCommit::new(stage) };
        queue.complete_stage(&lease, &commit).await?;
        let expected: Vec<Reason> = (0..count.min(Asset::MAX_WARNINGS)).map(warning).collect();
        assert_eq!(world.tenant.get_asset(asset.id).await?.warnings, expected);
    }
    Ok(())
}
