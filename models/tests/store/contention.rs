//! Several processes at one database, one of them killed without warning.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::Utc;
use reelgraph_models::clock::{ManualClock, SystemClock};
use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::job::JobState;
use reelgraph_models::run::StageCommit;
use reelgraph_models::store::{MomentFilter, ObservationFilter, PageRequest, Store};

use crate::harness::{World, on_both};
use crate::sample::{register, shots, tags};

/// Tells this test program, started once more, what to do as another process, and on which database.
const ROLE: &str = "REELGRAPH_TEST_ROLE";
const DATABASE: &str = "REELGRAPH_TEST_DATABASE";
const LEASE: Duration = Duration::from_secs(30);
/// Rows of each kind that one stage of the killed worker writes.
const STAGE_ROWS: usize = 2_000;

on_both!(
    a_worker_killed_in_the_middle_of_a_write_gives_its_job_back_within_its_lease,
    several_processes_write_at_once_and_none_is_turned_away,
);

/// Starts this program again to run only [`other_process`].
fn spawn(role: &str, world: &World) -> anyhow::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--exact", "contention::other_process", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(DATABASE, &world.url).stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(command.spawn()?)
}

/// The other processes of the tests here; without a role there is nothing to do.
#[test]
fn other_process() -> anyhow::Result<()> {
    let (Ok(role), Ok(url)) = (std::env::var(ROLE), std::env::var(DATABASE)) else { return Ok(()) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(async {
        let store = Store::connect(&url, Arc::new(SystemClock)).await?;
        match role.as_str() {
            "hang" => work_until_killed(&store).await,
            _ => write_many(&store, &role).await,
        }
    })
}

/// Takes a job and commits the same stage over and over.
async fn work_until_killed(store: &Store) -> anyhow::Result<()> {
    let queue = store.jobs();
    let lease = queue.lease_next("doomed", LEASE).await?.context("nothing to lease")?;
    queue.complete_stage(&lease, &StageCommit::new("probe")).await?;
    loop {
        let commit = StageCommit {
            runs: vec![tags(lease.job.asset, "tags", &["dog"; STAGE_ROWS])],
            moments: Some(shots(lease.job.asset, STAGE_ROWS as i64)),
            ..StageCommit::new("tags")
        };
        queue.complete_stage(&lease, &commit).await?;
        println!("committed");
    }
}

async fn a_worker_killed_in_the_middle_of_a_write_gives_its_job_back_within_its_lease(
    world: World,
) -> anyhow::Result<()> {
    let clock = Arc::new(ManualClock::new(Utc::now()));
    let store = world.reopen(Arc::clone(&clock) as Arc<_>).await?;
    let tenant = store.tenant(TenantId::DEFAULT);
    let (asset, job) = register(&tenant, "a").await?;
    let mut child = spawn("hang", &world)?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    let committed = lines.by_ref().take(20_000).filter(|line| line.as_ref().is_ok_and(|line| line == "committed"));
    // The second is written by now, the third is being written.
    let seen = committed.take(2).count();
    child.kill()?;
    let status = child.wait()?;
    assert_eq!(seen, 2, "the worker ended by itself: {status}");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));

    let queue = store.jobs();
    ensure!(queue.lease_next("next", LEASE).await?.is_none(), "its lease still lasts");
    assert_eq!(tenant.get_job(job.id).await?.state, JobState::Running);
    // The child took its lease after this clock was set, so one second more than the lease covers its start.
    clock.advance(LEASE + Duration::from_secs(60));
    let lease = queue.lease_next("next", LEASE).await?.context("the job was lost")?;
    assert_eq!((lease.job.id, lease.job.attempts), (job.id, 2));
    assert_eq!(lease.completed_stages, ["probe", "tags"]);

    // Nothing half-written.
    let mut count = 0;
    let mut page = PageRequest::first(1_000);
    loop {
        let found = tenant.list_observations(asset.id, &ObservationFilter::default(), page).await?;
        count += found.rows.len();
        let Some(last) = found.rows.last().filter(|_| found.has_next) else { break };
        page = PageRequest::after(reelgraph_models::store::SpanCursor::of_observation(last), 1_000);
    }
    assert_eq!(count, STAGE_ROWS);
    let ids: Vec<_> = shots(asset.id, STAGE_ROWS as i64).iter().map(|moment| moment.id).collect();
    assert_eq!(tenant.moments_by_ids(&ids).await?.len(), STAGE_ROWS);
    queue.complete(&lease).await?;
    store.close().await?;
    Ok(())
}

/// Forty transactions, some small, some large, on an asset of its own and on the one that all share.
async fn write_many(store: &Store, name: &str) -> anyhow::Result<()> {
    let tenant = store.tenant(TenantId::DEFAULT);
    let (own, _) = register(&tenant, name).await?;
    let shared: AssetId = std::env::var("REELGRAPH_TEST_SHARED_ASSET")?.parse()?;
    for round in 0..20 {
        tenant.replace_moments(own.id, &shots(own.id, 300)).await?;
        tenant.rename_asset(shared, &format!("{name} {round}")).await?;
    }
    Ok(())
}

async fn several_processes_write_at_once_and_none_is_turned_away(world: World) -> anyhow::Result<()> {
    let (shared, _) = register(&world.tenant, "shared").await?;
    let mut children = Vec::new();
    for name in ["one", "two", "three", "four"] {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--exact", "contention::other_process", "--nocapture", "--test-threads=1"]);
        command.env(ROLE, name).env(DATABASE, &world.url).env("REELGRAPH_TEST_SHARED_ASSET", shared.id.to_string());
        children.push(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?);
    }
    // This process writes and reads meanwhile.
    for _ in 0..20 {
        world.tenant.replace_moments(shared.id, &shots(shared.id, 50)).await?;
        let page = world.tenant.list_moments(shared.id, &MomentFilter::default(), PageRequest::first(100)).await?;
        assert_eq!(page.rows.len(), 50);
    }
    for mut child in children {
        let status = tokio::task::spawn_blocking(move || child.wait()).await??;
        ensure!(status.success(), "a process was turned away: {status}");
    }
    // 4 × 20 × 2 by the children, 20 here: none was lost.
    assert_eq!(world.store.latest_revision().await?.0, 180);
    Ok(())
}
