//! Jobs over a part of the analysis, and what a stage of one takes the place of.

use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::job::{AfterFailure, Failure, JobPriority, JobSpec};
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::reason::Reason;
use reelgraph_models::run::StageCommit;
use reelgraph_models::scope::Scope;
use reelgraph_models::store::{Enqueued, PageRequest};

use crate::harness::{World, on_both};
use crate::sample::{labels, register, shots, tags, vectors};

const LEASE: Duration = Duration::from_secs(30);

on_both!(
    a_job_over_a_part_reads_back_and_waits_behind_other_work,
    a_waiting_job_is_widened_and_does_its_stages_again,
    a_part_replaces_its_own_rows_and_leaves_the_others,
    a_failed_or_cancelled_part_leaves_a_ready_asset_ready_with_all_its_rows,
    vectors_of_another_space_stay_until_new_ones_are_there,
    what_was_done_is_not_undone_by_being_skipped_or_failing_later,
);

fn only(modalities: &[Modality]) -> JobSpec {
    let set: ModalitySet = modalities.iter().copied().collect();
    JobSpec::analyze(JobPriority::Background).within(Scope::Only(set))
}

pub(crate) fn cell(asset: &Asset, modality: Modality, version: &str, status: CoverageStatus) -> Coverage {
    Coverage {
        asset: asset.id,
        modality,
        model: "net".to_owned(),
        version: version.to_owned(),
        status,
        observations: 2,
        embeddings: 0,
        spent_ms: 100,
    }
}

fn failed() -> CoverageStatus {
    CoverageStatus::Failed { reason: Reason::new("crashed", "it crashed") }
}

/// An asset whose first analysis is done.
pub(crate) async fn analysed(world: &World, name: &str) -> anyhow::Result<Asset> {
    let (asset, job) = register(&world.tenant, name).await?;
    let queue = world.store.jobs();
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    ensure!(lease.job.id == job.id);
    let commit = StageCommit {
        runs: vec![tags(asset.id, "pictures/tags", &["dog", "cat"]), tags(asset.id, "pictures/objects", &["car"])],
        embeddings: vec![vectors(asset.id, "1", &[[1.0, 0.0, 0.0]])],
        moments: Some(shots(asset.id, 2)),
        coverage: [Modality::Tags, Modality::Objects]
            .map(|modality| cell(&asset, modality, "1", CoverageStatus::Done))
            .to_vec(),
        asset_state: Some((AssetState::Ready, None)),
        ..StageCommit::new("all")
    };
    queue.complete_stage(&lease, &commit).await?;
    queue.complete(&lease).await?;
    Ok(world.tenant.get_asset(asset.id).await?)
}

async fn cells(world: &World, asset: &Asset) -> anyhow::Result<Vec<(Modality, String, String, u64)>> {
    let cells = world.tenant.coverage(&[asset.id]).await?.remove(&asset.id).unwrap_or_default();
    let short = |cell: Coverage| (cell.modality, cell.version, cell.status.as_str().to_owned(), cell.observations);
    Ok(cells.into_iter().map(short).collect())
}

async fn seen(world: &World, asset: &Asset) -> anyhow::Result<Vec<String>> {
    let all = world.tenant.all_observations(asset.id, &[]).await?;
    let mut labels: Vec<String> = labels(&all).into_iter().map(str::to_owned).collect();
    labels.sort();
    Ok(labels)
}

async fn a_job_over_a_part_reads_back_and_waits_behind_other_work(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    let spec = only(&[Modality::Speech, Modality::ScreenText]);
    let Enqueued::New(job) = world.tenant.enqueue_job(asset.id, spec).await? else {
        anyhow::bail!("the first job has ended");
    };
    assert_eq!(world.tenant.get_job(job.id).await?.scope, spec.scope);
    let moments = analysed(&world, "b").await?;
    let Enqueued::New(bare) = world.tenant.enqueue_job(moments.id, only(&[])).await? else {
        anyhow::bail!("the first job has ended");
    };
    assert_eq!(world.tenant.get_job(bare.id).await?.scope, Scope::MOMENTS);
    world.advance(Duration::from_secs(1));
    let (_, upload) = register(&world.tenant, "c").await?;
    let lease = world.store.jobs().lease_next("w", LEASE).await?.context("nothing to lease")?;
    assert_eq!((lease.job.id, lease.job.scope), (upload.id, Scope::Everything), "new files come first");
    Ok(())
}

async fn a_waiting_job_is_widened_and_does_its_stages_again(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    let queue = world.store.jobs();
    let job = world.tenant.enqueue_job(asset.id, only(&[Modality::Tags])).await?.job().id;
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    queue.complete_stage(&lease, &StageCommit::new("analyze")).await?;
    let beside = world.tenant.enqueue_job(asset.id, only(&[Modality::Speech])).await?;
    ensure!(matches!(beside, Enqueued::AlreadyActive(_)), "a job that runs is not widened: {beside:?}");
    queue.release(&lease).await?;

    let same = world.tenant.enqueue_job(asset.id, only(&[Modality::Tags])).await?;
    ensure!(matches!(same, Enqueued::AlreadyActive(_)), "{same:?}");
    let urgent = JobSpec { priority: JobPriority::Interactive, ..only(&[Modality::Speech]) };
    let Enqueued::Widened(wider) = world.tenant.enqueue_job(asset.id, urgent).await? else {
        anyhow::bail!("a waiting job is widened");
    };
    assert_eq!((wider.id, wider.scope), (job, only(&[Modality::Tags, Modality::Speech]).scope));
    assert_eq!(world.tenant.get_job(job).await?.priority, JobPriority::Interactive);
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    ensure!(lease.completed_stages.is_empty(), "the stages were of the narrower scope");
    assert_eq!(lease.job.scope, wider.scope);
    Ok(())
}

async fn a_part_replaces_its_own_rows_and_leaves_the_others(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    let imported =
        Coverage { model: "import/old/net".to_owned(), ..cell(&asset, Modality::Tags, "7", CoverageStatus::Done) };
    world.tenant.put_coverage(&[imported]).await?;
    world.tenant.enqueue_job(asset.id, only(&[Modality::Tags])).await?;
    let queue = world.store.jobs();
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    assert_eq!(seen(&world, &asset).await?, ["car", "cat", "dog"], "the old answers until the new is there");
    let commit = StageCommit {
        runs: vec![tags(asset.id, "pictures/tags", &["wolf"])],
        coverage: vec![cell(&asset, Modality::Tags, "2", CoverageStatus::Done)],
        ..StageCommit::new("analyze")
    };
    queue.complete_stage(&lease, &commit).await?;
    queue.complete(&lease).await?;
    assert_eq!(seen(&world, &asset).await?, ["car", "wolf"]);
    let done = |modality, version: &str| (modality, version.to_owned(), "done".to_owned(), 2);
    let expected = [done(Modality::Objects, "1"), done(Modality::Tags, "7"), done(Modality::Tags, "2")];
    assert_eq!(cells(&world, &asset).await?, expected, "the old version's cell went with its rows");
    assert_eq!(world.tenant.all_embeddings(asset.id).await?.len(), 1);
    Ok(())
}

async fn a_failed_or_cancelled_part_leaves_a_ready_asset_ready_with_all_its_rows(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    let queue = world.store.jobs();
    let state = async || anyhow::Ok(world.tenant.get_asset(asset.id).await?.state);
    for end in ["fails", "is refused", "is cancelled while it waits", "is cancelled while it runs", "is lost"] {
        let spec = JobSpec { max_attempts: 1, ..only(&[Modality::Tags]) };
        let Enqueued::New(job) = world.tenant.enqueue_job(asset.id, spec).await? else {
            anyhow::bail!("the job before has ended");
        };
        if end == "is cancelled while it waits" {
            world.tenant.cancel_job(job.id).await?;
        } else {
            let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
            assert_eq!(state().await?, AssetState::Ready, "while it runs");
            let reason = Reason::new("crashed", "it crashed");
            match end {
                "fails" => ensure!(queue.fail(&lease, Failure::Permanent(reason)).await? == AfterFailure::Failed),
                "is refused" => ensure!(queue.fail(&lease, Failure::Refused(reason)).await? == AfterFailure::Failed),
                "is lost" => {
                    world.advance(LEASE * 2);
                    ensure!(queue.lease_next("next", LEASE).await?.is_none());
                }
                _ => {
                    world.tenant.cancel_job(job.id).await?;
                    queue.finish_cancelled(&lease).await?;
                }
            }
        }
        assert_eq!(state().await?, AssetState::Ready, "a job that {end}");
        assert_eq!(seen(&world, &asset).await?, ["car", "cat", "dog"], "a job that {end}");
    }
    Ok(())
}

async fn vectors_of_another_space_stay_until_new_ones_are_there(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    world.tenant.enqueue_job(asset.id, only(&[Modality::Passages])).await?;
    let queue = world.store.jobs();
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    let spaces = async || {
        let page = world.tenant.list_embeddings(asset.id, PageRequest::first(9)).await?;
        anyhow::Ok(page.rows.iter().map(|vector| vector.space.name.clone()).collect::<Vec<_>>())
    };
    queue.complete_stage(&lease, &StageCommit::new("probe")).await?;
    assert_eq!(spaces().await?, ["bge-small-en"]);
    let mut newer = vectors(asset.id, "1", &[[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    newer.space = EmbeddingSpace { name: "multilingual-e5-small".to_owned(), ..newer.space };
    for vector in &mut newer.embeddings {
        vector.space = newer.space.clone();
    }
    queue.complete_stage(&lease, &StageCommit { embeddings: vec![newer], ..StageCommit::new("analyze") }).await?;
    assert_eq!(spaces().await?, ["multilingual-e5-small"; 2]);
    Ok(())
}

async fn what_was_done_is_not_undone_by_being_skipped_or_failing_later(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    let skipped = CoverageStatus::Skipped { reason: Reason::new("model_missing", "it is gone") };
    let bare = |modality, status| Coverage { observations: 0, ..cell(&asset, modality, "1", status) };
    world.tenant.put_coverage(&[bare(Modality::Tags, skipped), bare(Modality::Objects, failed())]).await?;
    let expected = [
        (Modality::Objects, "1".to_owned(), "failed".to_owned(), 2),
        (Modality::Tags, "1".to_owned(), "done".to_owned(), 2),
    ];
    assert_eq!(cells(&world, &asset).await?, expected);
    world.tenant.put_coverage(&[bare(Modality::Objects, CoverageStatus::Done)]).await?;
    assert_eq!(cells(&world, &asset).await?.first().map(|cell| cell.3), Some(0), "a later run counts anew");
    Ok(())
}
