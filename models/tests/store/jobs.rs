//! Jobs as their tenant sees them.

use std::time::Duration;

use anyhow::ensure;
use reelgraph_models::asset::AssetState;
use reelgraph_models::job::{CancelOutcome, JobPriority, JobSpec, JobState};
use reelgraph_models::store::{Enqueued, JobCursor, JobFilter, PageRequest};

use crate::harness::{World, on_both};
use crate::sample::{register, spec};

/// How long the tests' leases last.
const LEASE: Duration = Duration::from_secs(30);

on_both!(
    an_asset_has_one_unfinished_job_of_a_kind,
    of_many_who_enqueue_at_once_one_makes_the_job,
    a_waiting_job_is_cancelled_at_once_and_its_asset_says_so,
    a_finished_job_cannot_be_cancelled,
    the_last_job_of_each_asset_is_found_in_one_statement,
    pages_and_filters_go_newest_first,
);

async fn an_asset_has_one_unfinished_job_of_a_kind(world: World) -> anyhow::Result<()> {
    let (asset, first) = register(&world.tenant, "a").await?;
    let again = world.tenant.enqueue_job(asset.id, spec()).await?;
    assert_eq!(again, Enqueued::AlreadyActive(first.clone()));
    let lease = world.store.jobs().lease_next("w", LEASE).await?;
    let lease = lease.ok_or_else(|| anyhow::anyhow!("nothing to lease"))?;
    ensure!(matches!(world.tenant.enqueue_job(asset.id, spec()).await?, Enqueued::AlreadyActive(_)));
    world.store.jobs().complete(&lease).await?;
    let urgent = JobSpec::analyze(JobPriority::Interactive);
    let Enqueued::New(second) = world.tenant.enqueue_job(asset.id, urgent).await? else {
        anyhow::bail!("the first job has ended");
    };
    assert_ne!(second.id, first.id);
    assert_eq!((second.priority, second.state, second.attempts), (JobPriority::Interactive, JobState::Queued, 0));
    Ok(())
}

async fn of_many_who_enqueue_at_once_one_makes_the_job(world: World) -> anyhow::Result<()> {
    let (asset, first) = register(&world.tenant, "a").await?;
    world.tenant.cancel_job(first.id).await?;
    let tasks = (0..10).map(|_| {
        let tenant = world.tenant.clone();
        tokio::spawn(async move { tenant.enqueue_job(asset.id, spec()).await })
    });
    let mut ids = Vec::new();
    let mut made = 0;
    for task in tasks.collect::<Vec<_>>() {
        let enqueued = task.await??;
        made += usize::from(matches!(enqueued, Enqueued::New(_)));
        ids.push(enqueued.job().id);
    }
    ids.dedup();
    assert_eq!((made, ids.len()), (1, 1));
    Ok(())
}

async fn a_waiting_job_is_cancelled_at_once_and_its_asset_says_so(world: World) -> anyhow::Result<()> {
    let (asset, job) = register(&world.tenant, "a").await?;
    assert_eq!(world.tenant.cancel_job(job.id).await?, CancelOutcome::Cancelled);
    let job = world.tenant.get_job(job.id).await?;
    assert_eq!((job.state, job.finished_at), (JobState::Cancelled, Some(crate::harness::start())));
    let asset = world.tenant.get_asset(asset.id).await?;
    assert_eq!(asset.state, AssetState::Failed);
    assert_eq!(asset.state_reason.map(|reason| reason.code).as_deref(), Some("cancelled"));
    ensure!(world.store.jobs().lease_next("w", LEASE).await?.is_none());
    Ok(())
}

async fn a_finished_job_cannot_be_cancelled(world: World) -> anyhow::Result<()> {
    let (_, job) = register(&world.tenant, "a").await?;
    let lease = world.store.jobs().lease_next("w", LEASE).await?;
    let lease = lease.ok_or_else(|| anyhow::anyhow!("nothing to lease"))?;
    world.store.jobs().complete(&lease).await?;
    assert_eq!(world.tenant.cancel_job(job.id).await?, CancelOutcome::AlreadyFinished);
    assert_eq!(world.tenant.get_job(job.id).await?.state, JobState::Succeeded);
    Ok(())
}

async fn the_last_job_of_each_asset_is_found_in_one_statement(world: World) -> anyhow::Result<()> {
    let (one, first) = register(&world.tenant, "a").await?;
    let (two, only) = register(&world.tenant, "b").await?;
    world.tenant.cancel_job(first.id).await?;
    let mut last = first;
    for _ in 0..3 {
        world.advance(Duration::from_secs(1));
        last = world.tenant.enqueue_job(one.id, spec()).await?.job().clone();
        world.tenant.cancel_job(last.id).await?;
    }
    let before = world.store.statements();
    let found = world.tenant.latest_jobs(&[one.id, two.id]).await?;
    assert_eq!(world.store.statements() - before, 1);
    assert_eq!(found.len(), 2);
    assert_eq!(found.get(&one.id).map(|job| job.id), Some(last.id));
    assert_eq!(found.get(&two.id), Some(&only));
    Ok(())
}

async fn pages_and_filters_go_newest_first(world: World) -> anyhow::Result<()> {
    let mut jobs = Vec::new();
    for name in ["a", "b", "c", "d", "e"] {
        jobs.push(register(&world.tenant, name).await?.1);
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
    let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let found = world.tenant.list_jobs(&JobFilter::default(), page).await?;
        seen.extend(found.rows.iter().cloned());
        let Some(last) = found.rows.last().filter(|_| found.has_next) else { break };
        page = PageRequest::after(JobCursor::of(last), 2);
    }
    assert_eq!(seen, jobs);

    world.advance(Duration::from_secs(1));
    world.tenant.cancel_job(jobs[2].id).await?;
    let changed = JobFilter { updated_after: Some(crate::harness::start()), ..JobFilter::default() };
    let found = world.tenant.list_jobs(&changed, PageRequest::first(9)).await?.rows;
    assert_eq!(found.iter().map(|job| job.id).collect::<Vec<_>>(), [jobs[2].id]);
    let queued = JobFilter { states: vec![JobState::Queued], asset: Some(jobs[0].asset), ..JobFilter::default() };
    assert_eq!(world.tenant.list_jobs(&queued, PageRequest::first(9)).await?.rows, jobs[..1]);
    let cancelled = JobFilter { states: vec![JobState::Cancelled], ..queued };
    ensure!(world.tenant.list_jobs(&cancelled, PageRequest::first(9)).await?.rows.is_empty());
    Ok(())
}
