//! Leases: taken by one, renewed by heartbeats, taken over when they run out, fenced ever after.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::AssetState;
use reelgraph_models::job::{
    AfterFailure, BackOff, CancelOutcome, Failure, Heartbeat, JobPriority, JobSpec, JobState, Lease, Progress,
};
use reelgraph_models::reason::Reason;
use reelgraph_models::run::StageCommit;
use reelgraph_models::store::{JobQueue, MomentFilter, PageRequest, StoreError};

use crate::harness::{World, on_both, start};
use crate::sample::{OTHER_TENANT, new_asset, register, shots};

const LEASE: Duration = Duration::from_secs(30);

on_both!(
    a_lease_marks_job_and_asset_and_is_taken_once,
    of_many_workers_each_job_goes_to_one,
    the_more_urgent_goes_first_and_then_the_older,
    a_heartbeat_keeps_the_job_and_tells_how_far_it_is,
    a_lost_workers_job_is_taken_up_when_its_lease_runs_out_and_not_before,
    a_worker_that_lost_its_lease_can_write_nothing_any_more,
    a_file_that_kills_its_worker_is_tried_a_bounded_number_of_times,
    a_failure_that_may_pass_is_tried_again_after_growing_pauses,
    a_failure_that_will_not_pass_ends_job_and_asset,
    a_refused_file_makes_a_refused_asset,
    a_running_job_is_told_to_stop_at_its_next_heartbeat,
    a_job_that_was_to_stop_and_whose_worker_was_lost_is_cancelled,
    a_job_given_back_costs_no_attempt_and_is_due_at_once,
    idle_workers_do_not_write,
    jobs_are_counted_by_state,
);

async fn take(queue: &JobQueue, owner: &str) -> anyhow::Result<Lease> {
    queue.lease_next(owner, LEASE).await?.context("nothing to lease")
}

fn is_lost<T: std::fmt::Debug>(outcome: &Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::LeaseLost { .. }))
}

async fn a_lease_marks_job_and_asset_and_is_taken_once(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, job) = register(&world.tenant, "a").await?;
    let lease = take(&queue, "worker 1 \0").await?;
    ensure!(queue.lease_next("worker 2", LEASE).await?.is_none());
    let leased = world.tenant.get_job(job.id).await?;
    assert_eq!(lease.job, leased);
    assert_eq!((leased.state, leased.attempts), (JobState::Running, 1));
    assert_eq!((leased.lease_owner.as_deref(), leased.lease_until), (Some("worker 1 "), Some(start() + LEASE)));
    ensure!(lease.completed_stages.is_empty());
    assert_eq!(world.tenant.get_asset(asset.id).await?.state, AssetState::Analyzing);

    queue.complete(&lease).await?;
    let done = world.tenant.get_job(job.id).await?;
    assert_eq!((done.state, done.progress.fraction, done.lease_owner), (JobState::Succeeded, 1.0, None));
    ensure!(is_lost(&queue.complete(&lease).await), "a job ends once");
    Ok(())
}

async fn of_many_workers_each_job_goes_to_one(world: World) -> anyhow::Result<()> {
    for number in 0..10 {
        register(&world.tenant, &format!("{number}")).await?;
    }
    let workers = (0..16).map(|worker| {
        let queue = world.store.jobs();
        tokio::spawn(async move { queue.lease_next(&format!("worker {worker}"), LEASE).await })
    });
    let mut jobs = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        jobs.extend(worker.await??.map(|lease| lease.job.id));
    }
    // A worker that came while all were being taken may have got none; then it asks again.
    while let Some(lease) = world.store.jobs().lease_next("late", LEASE).await? {
        jobs.push(lease.job.id);
    }
    assert_eq!((jobs.len(), jobs.iter().collect::<BTreeSet<_>>().len()), (10, 10));
    Ok(())
}

async fn the_more_urgent_goes_first_and_then_the_older(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let order = [("old", JobPriority::Normal), ("low", JobPriority::Background), ("new", JobPriority::Normal)];
    let order = order.into_iter().chain([("watched", JobPriority::Interactive)]);
    for (name, priority) in order {
        world.tenant.register_asset(new_asset(name)?, JobSpec::analyze(priority)).await?;
        world.advance(Duration::from_millis(1));
    }
    // Workers serve every tenant.
    world
        .store
        .tenant(OTHER_TENANT)
        .register_asset(new_asset("theirs")?, JobSpec::analyze(JobPriority::Normal))
        .await?;
    let mut taken = Vec::new();
    while let Some(lease) = queue.lease_next("w", LEASE).await? {
        let asset = world.store.tenant(lease.job.tenant).get_asset(lease.job.asset).await?;
        taken.push(asset.title);
    }
    assert_eq!(taken, ["watched", "old", "new", "theirs", "low"]);
    Ok(())
}

async fn a_heartbeat_keeps_the_job_and_tells_how_far_it_is(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (_, job) = register(&world.tenant, "a").await?;
    let lease = take(&queue, "w").await?;
    for beat in 1..=5_u32 {
        world.advance(Duration::from_secs(29));
        ensure!(queue.lease_next("thief", LEASE).await?.is_none());
        let progress = Progress { stage: "speech".to_owned(), fraction: 0.1 * beat as f32, message: "\0ok".to_owned() };
        let until = start() + Duration::from_secs(29) * beat + LEASE;
        assert_eq!(queue.heartbeat(&lease, Some(&progress)).await?, Heartbeat::Continue { until });
        let seen = world.tenant.get_job(job.id).await?;
        assert_eq!((seen.progress.stage.as_str(), seen.progress.message.as_str()), ("speech", "ok"));
        assert_eq!((seen.progress.fraction, seen.updated_at), (progress.fraction, until - LEASE));
    }
    // Silence about progress keeps it; nonsense does not get in.
    queue.heartbeat(&lease, None).await?;
    assert_eq!(world.tenant.get_job(job.id).await?.progress.fraction, 0.5);
    for (reported, kept) in [(f32::NAN, 0.0), (7.0, 1.0), (-1.0, 0.0)] {
        queue.heartbeat(&lease, Some(&Progress { fraction: reported, ..Progress::default() })).await?;
        assert_eq!(world.tenant.get_job(job.id).await?.progress.fraction, kept);
    }
    Ok(())
}

async fn a_lost_workers_job_is_taken_up_when_its_lease_runs_out_and_not_before(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    register(&world.tenant, "a").await?;
    let first = take(&queue, "lost").await?;
    queue.complete_stage(&first, &StageCommit::new("probe")).await?;
    queue.complete_stage(&first, &StageCommit::new("shots")).await?;
    world.advance(LEASE - Duration::from_micros(1));
    ensure!(queue.lease_next("next", LEASE).await?.is_none());
    world.advance(Duration::from_micros(1));
    let second = take(&queue, "next").await?;
    assert_eq!((second.job.id, second.job.attempts), (first.job.id, 2));
    ensure!(second.token > first.token);
    assert_eq!(second.completed_stages, ["probe", "shots"]);
    Ok(())
}

async fn a_worker_that_lost_its_lease_can_write_nothing_any_more(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, job) = register(&world.tenant, "a").await?;
    let stale = take(&queue, "slow").await?;
    world.advance(LEASE);
    // As long as nobody took the job, a late heartbeat still saves it.
    ensure!(matches!(queue.heartbeat(&stale, None).await?, Heartbeat::Continue { .. }));
    world.advance(LEASE);
    // The same name again must not help: the token tells the two apart.
    let fresh = take(&queue, "slow").await?;

    let commit = StageCommit { moments: Some(shots(asset.id, 3)), ..StageCommit::new("moments") };
    ensure!(is_lost(&queue.complete_stage(&stale, &commit).await));
    ensure!(is_lost(&queue.heartbeat(&stale, None).await));
    ensure!(is_lost(&queue.complete(&stale).await));
    ensure!(is_lost(&queue.fail(&stale, Failure::Permanent(Reason::new("x", "x"))).await));
    ensure!(is_lost(&queue.release(&stale).await));
    ensure!(is_lost(&queue.finish_cancelled(&stale).await));
    assert_eq!(world.tenant.get_job(job.id).await?, fresh.job);
    let moments = world.tenant.list_moments(asset.id, &MomentFilter::default(), PageRequest::first(9)).await?;
    ensure!(moments.rows.is_empty());
    queue.complete_stage(&fresh, &commit).await?;
    queue.complete(&fresh).await?;
    Ok(())
}

async fn a_file_that_kills_its_worker_is_tried_a_bounded_number_of_times(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, job) = register(&world.tenant, "bomb").await?;
    for attempt in 1..=3 {
        assert_eq!(take(&queue, "doomed").await?.job.attempts, attempt);
        world.advance(LEASE);
    }
    ensure!(queue.lease_next("w", LEASE).await?.is_none());
    let job = world.tenant.get_job(job.id).await?;
    assert_eq!((job.state, job.reason.map(|reason| reason.code).as_deref()), (JobState::Failed, Some("worker_lost")));
    let asset = world.tenant.get_asset(asset.id).await?;
    assert_eq!(asset.state, AssetState::Failed);
    assert_eq!(asset.state_reason.map(|reason| reason.code).as_deref(), Some("worker_lost"));
    Ok(())
}

async fn a_failure_that_may_pass_is_tried_again_after_growing_pauses(world: World) -> anyhow::Result<()> {
    let back_off = BackOff { first: Duration::from_secs(5), longest: Duration::from_secs(60) };
    let queue = world.store.jobs().with_back_off(back_off);
    let (asset, job) = register(&world.tenant, "a").await?;
    let reason = Reason::new("disk_full", "there is no room");
    let mut now = start();
    for pause in [5, 10].map(Duration::from_secs) {
        let lease = take(&queue, "w").await?;
        let after = queue.fail(&lease, Failure::Retryable(reason.clone())).await?;
        now += pause;
        assert_eq!(after, AfterFailure::RetryAt(now));
        let waiting = world.tenant.get_job(job.id).await?;
        assert_eq!((waiting.state, waiting.reason.as_ref()), (JobState::Queued, Some(&reason)));
        assert_eq!(world.tenant.get_asset(asset.id).await?.state, AssetState::Registered);
        world.advance(pause - Duration::from_micros(1));
        ensure!(queue.lease_next("early", LEASE).await?.is_none());
        world.advance(Duration::from_micros(1));
    }
    let lease = take(&queue, "w").await?;
    assert_eq!(queue.fail(&lease, Failure::Retryable(reason.clone())).await?, AfterFailure::Failed);
    let asset = world.tenant.get_asset(asset.id).await?;
    assert_eq!((asset.state, asset.state_reason), (AssetState::Failed, Some(reason)));
    Ok(())
}

async fn a_failure_that_will_not_pass_ends_job_and_asset(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, job) = register(&world.tenant, "a").await?;
    let reason = Reason::new("limit", "the file needs more memory than the limit");
    let lease = take(&queue, "w").await?;
    assert_eq!(queue.fail(&lease, Failure::Permanent(reason.clone())).await?, AfterFailure::Failed);
    let job = world.tenant.get_job(job.id).await?;
    assert_eq!((job.state, job.attempts, job.reason), (JobState::Failed, 1, Some(reason.clone())));
    assert_eq!(world.tenant.get_asset(asset.id).await?.state_reason, Some(reason));
    Ok(())
}

async fn a_refused_file_makes_a_refused_asset(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, _) = register(&world.tenant, "a").await?;
    let reason = Reason::from(reelgraph_models::probe::Refusal::NotMedia);
    let lease = take(&queue, "w").await?;
    assert_eq!(queue.fail(&lease, Failure::Refused(reason.clone())).await?, AfterFailure::Failed);
    let asset = world.tenant.get_asset(asset.id).await?;
    assert_eq!((asset.state, asset.state_reason), (AssetState::Refused, Some(reason)));
    Ok(())
}

async fn a_running_job_is_told_to_stop_at_its_next_heartbeat(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    for ending in ["told", "failed meanwhile"] {
        let (asset, job) = register(&world.tenant, ending).await?;
        let lease = take(&queue, "w").await?;
        assert_eq!(world.tenant.cancel_job(job.id).await?, CancelOutcome::Requested);
        assert_eq!(world.tenant.cancel_job(job.id).await?, CancelOutcome::Requested);
        assert_eq!(world.tenant.get_job(job.id).await?.state, JobState::Running);
        assert_eq!(queue.heartbeat(&lease, None).await?, Heartbeat::CancelRequested);
        if ending == "told" {
            queue.finish_cancelled(&lease).await?;
        } else {
            let failure = Failure::Retryable(Reason::new("x", "x"));
            assert_eq!(queue.fail(&lease, failure).await?, AfterFailure::Cancelled);
        }
        assert_eq!(world.tenant.get_job(job.id).await?.state, JobState::Cancelled);
        let reason = world.tenant.get_asset(asset.id).await?.state_reason;
        assert_eq!(reason.map(|reason| reason.code).as_deref(), Some("cancelled"));
    }
    Ok(())
}

async fn a_job_that_was_to_stop_and_whose_worker_was_lost_is_cancelled(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (_, job) = register(&world.tenant, "a").await?;
    take(&queue, "lost").await?;
    world.tenant.cancel_job(job.id).await?;
    world.advance(LEASE);
    ensure!(queue.lease_next("w", LEASE).await?.is_none());
    assert_eq!(world.tenant.get_job(job.id).await?.state, JobState::Cancelled);
    Ok(())
}

async fn a_job_given_back_costs_no_attempt_and_is_due_at_once(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, _) = register(&world.tenant, "a").await?;
    for _ in 0..5 {
        let lease = take(&queue, "w").await?;
        assert_eq!(lease.job.attempts, 1);
        queue.release(&lease).await?;
        assert_eq!(world.tenant.get_asset(asset.id).await?.state, AssetState::Registered);
        ensure!(is_lost(&queue.heartbeat(&lease, None).await));
    }
    Ok(())
}

async fn idle_workers_do_not_write(world: World) -> anyhow::Result<()> {
    let before = world.store.statements();
    ensure!(world.store.jobs().lease_next("w", LEASE).await?.is_none());
    assert_eq!(world.store.statements() - before, 2);
    Ok(())
}

async fn jobs_are_counted_by_state(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    ensure!(queue.counts().await?.is_empty());
    for name in ["a", "b", "c"] {
        register(&world.tenant, name).await?;
    }
    let lease = take(&queue, "w").await?;
    queue.complete(&lease).await?;
    take(&queue, "w").await?;
    let counts = queue.counts().await?;
    let of = |state| counts.get(&state).copied();
    assert_eq!([of(JobState::Queued), of(JobState::Running), of(JobState::Succeeded)], [Some(1); 3]);
    assert_eq!(counts.len(), 3);
    Ok(())
}
