//! What people change while a job is at work on the asset: stored at once, and followed by one job however that one ends.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::captions::CaptionFormat;
use reelgraph_models::clock::Clock;
use reelgraph_models::gap::CurrentModel;
use reelgraph_models::id::JobId;
use reelgraph_models::interchange::read_captions;
use reelgraph_models::job::{CancelOutcome, Failure, Job, JobPriority, JobSpec, JobState, Lease};
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::reason::Reason;
use reelgraph_models::refresh::{RefreshMode, RefreshRequest};
use reelgraph_models::run::StageCommit;
use reelgraph_models::scope::Scope;
use reelgraph_models::store::{Enqueued, JobFilter, PageRequest, StoreError};

use crate::edits::{film, heard, line, says, stands};
use crate::harness::{World, on_both};
use crate::reruns::analysed;
use crate::sample::{register, spec};

const LEASE: Duration = Duration::from_secs(30);

on_both!(
    lines_edited_one_after_the_other_while_a_job_runs_are_followed_by_one_job,
    what_is_edited_in_the_middle_of_a_re_analysis_survives_it,
    the_job_that_was_put_off_follows_however_the_one_before_ends,
    the_job_that_was_put_off_waits_out_further_attempts_and_restarts,
    a_job_that_waits_takes_changes_with_it_until_a_stage_of_it_is_done,
    a_job_that_was_put_off_can_be_cancelled_alone,
    nothing_follows_on_a_deleted_asset,
    a_refresh_leaves_the_asset_alone_and_a_cancelled_one_lets_the_job_follow,
    an_import_into_an_asset_whose_first_analysis_fails_is_followed,
    the_last_job_sees_the_words_of_every_editor_that_came_while_workers_were_busy,
);

async fn take(world: &World) -> anyhow::Result<Lease> {
    world.store.jobs().lease_next("w", LEASE).await?.context("nothing to lease")
}

async fn nothing_is_due(world: &World) -> anyhow::Result<()> {
    let next = world.store.jobs().lease_next("w", LEASE).await?;
    ensure!(next.is_none(), "{next:?}");
    Ok(())
}

async fn state(world: &World, job: JobId) -> anyhow::Result<JobState> {
    Ok(world.tenant.get_job(job).await?.state)
}

/// A film on which a job of everything runs.
async fn film_at_work(world: &World) -> anyhow::Result<(Asset, Lease)> {
    let asset = film(world).await?;
    world.advance(Duration::from_millis(1));
    world.tenant.enqueue_job(asset.id, spec()).await?;
    Ok((asset, take(world).await?))
}

/// Corrects a line, and says which job makes moments of it.
async fn edit(world: &World, asset: &Asset, before: &str, after: &str) -> anyhow::Result<Job> {
    // Jobs are listed by when they were enqueued.
    world.advance(Duration::from_millis(1));
    let line = line(world, asset, before).await?;
    let version = world.tenant.speech_edits(&[line.id]).await?.get(&line.id).map_or(0, |edit| edit.version);
    Ok(world.tenant.edit_speech(line.id, version, &says(after)).await?.job)
}

const WRONG: &str = "of the gate creepers";
const RIGHT: &str = "of the Gatekeepers";

async fn lines_edited_one_after_the_other_while_a_job_runs_are_followed_by_one_job(world: World) -> anyhow::Result<()> {
    let passages = CurrentModel {
        analyzer: "passages".to_owned(),
        modality: Modality::Passages,
        model: "bge".to_owned(),
        version: "1".to_owned(),
        depends_on: ModalitySet::EMPTY.with(Modality::Speech),
        is_available: true,
    };
    let tags = CurrentModel {
        analyzer: "tags".to_owned(),
        modality: Modality::Tags,
        depends_on: ModalitySet::EMPTY.with(Modality::Objects),
        ..passages.clone()
    };
    world.store.report_models(&[passages, tags]).await?;
    let (asset, running) = film_at_work(&world).await?;
    let first = edit(&world, &asset, WRONG, "of the gate").await?;
    assert_eq!((first.state, first.priority), (JobState::Deferred, JobPriority::Interactive));
    let speech = ModalitySet::EMPTY.with(Modality::Passages);
    assert_eq!(first.scope, Scope::Only(speech));
    assert_eq!(stands(&world, &asset).await?, ["what brings you to the land", "of the gate"], "at once");

    for (before, after) in [("of the gate", RIGHT), ("what brings you to the land", "what brings you here")] {
        assert_eq!(edit(&world, &asset, before, after).await?.id, first.id);
    }
    let here = line(&world, &asset, "what brings you here").await?;
    assert_eq!(world.tenant.revert_speech(here.id, 1).await?.job.id, first.id);
    // Not of speech: the scopes are joined.
    let objects = r#"{"format": "reelgraph-analysis", "version": 1, "source": "one", "runs": [{"modality": "objects",
        "model": "net", "version": "7", "observations": []}]}"#;
    let import = reelgraph_models::interchange::read(objects.as_bytes(), None)?;
    let imported = world.tenant.import_analysis(asset.id, &import).await?.job;
    assert_eq!((imported.id, imported.scope), (first.id, Scope::Only(speech.with(Modality::Tags))));
    assert_eq!(imported.priority, JobPriority::Interactive);
    nothing_is_due(&world).await?;

    // While it waits, the asset's job is the one at work, and listings show both.
    let latest = world.tenant.latest_jobs(&[asset.id]).await?;
    assert_eq!(latest.get(&asset.id).map(|job| job.id), Some(running.job.id));
    let both = JobFilter { states: vec![JobState::Deferred, JobState::Running], ..JobFilter::default() };
    let both = world.tenant.list_jobs(&both, PageRequest::first(10)).await?;
    assert_eq!(both.rows.iter().map(|job| job.id).collect::<Vec<_>>(), [first.id, running.job.id]);

    world.store.jobs().complete(&running).await?;
    assert_eq!(world.tenant.latest_jobs(&[asset.id]).await?.get(&asset.id).map(|job| job.id), Some(first.id));
    let next = take(&world).await?;
    assert_eq!((next.job.id, next.job.scope), (first.id, imported.scope));
    assert_eq!(stands(&world, &asset).await?, ["what brings you to the land", RIGHT]);
    world.store.jobs().complete(&next).await?;
    nothing_is_due(&world).await
}

async fn what_is_edited_in_the_middle_of_a_re_analysis_survives_it(world: World) -> anyhow::Result<()> {
    let (asset, running) = film_at_work(&world).await?;
    let follows = edit(&world, &asset, WRONG, RIGHT).await?;
    let runs = vec![heard(&asset, &[(1_000, "what brings you to the land"), (10_000, "of the late reapers")])];
    world.store.jobs().complete_stage(&running, &StageCommit { runs, ..StageCommit::new("analyze") }).await?;
    world.store.jobs().complete(&running).await?;
    assert_eq!(stands(&world, &asset).await?, ["what brings you to the land", RIGHT]);
    assert_eq!(take(&world).await?.job.id, follows.id);
    Ok(())
}

/// How the job in the way ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Well,
    Failed,
    Refused,
    CancelledByItsWorker,
    CancelledAndLost,
    LostInEveryAttempt,
    CancelledBetweenAttempts,
}

async fn the_job_that_was_put_off_follows_however_the_one_before_ends(world: World) -> anyhow::Result<()> {
    let queue = world.store.jobs();
    let (asset, mut running) = film_at_work(&world).await?;
    let mut heard = WRONG.to_owned();
    for end in [
        End::Well,
        End::Failed,
        End::Refused,
        End::CancelledByItsWorker,
        End::CancelledAndLost,
        End::LostInEveryAttempt,
        End::CancelledBetweenAttempts,
    ] {
        let says = format!("{end:?}");
        let follows = edit(&world, &asset, &heard, &says).await?;
        assert_eq!(follows.state, JobState::Deferred, "{end:?}");
        let reason = Reason::new("broken", "it broke");
        let ended = match end {
            End::Well => {
                queue.complete(&running).await?;
                JobState::Succeeded
            }
            End::Failed => {
                queue.fail(&running, Failure::Permanent(reason)).await?;
                JobState::Failed
            }
            End::Refused => {
                queue.fail(&running, Failure::Refused(reason)).await?;
                JobState::Failed
            }
            End::CancelledByItsWorker => {
                world.tenant.cancel_job(running.job.id).await?;
                queue.finish_cancelled(&running).await?;
                JobState::Cancelled
            }
            End::CancelledAndLost => {
                world.tenant.cancel_job(running.job.id).await?;
                world.advance(LEASE);
                JobState::Cancelled
            }
            End::LostInEveryAttempt => {
                for _ in 1..running.job.max_attempts {
                    world.advance(LEASE);
                    assert_eq!(take(&world).await?.job.id, running.job.id);
                }
                world.advance(LEASE);
                JobState::Failed
            }
            End::CancelledBetweenAttempts => {
                queue.release(&running).await?;
                assert_eq!(world.tenant.cancel_job(running.job.id).await?, CancelOutcome::Cancelled);
                JobState::Cancelled
            }
        };
        // The lost ones are buried by whoever looks for work next.
        let next = take(&world).await?;
        assert_eq!((next.job.id, next.job.attempts), (follows.id, 1), "{end:?}");
        assert_eq!(state(&world, running.job.id).await?, ended, "{end:?}");
        assert_eq!(world.tenant.get_asset(asset.id).await?.state, AssetState::Ready, "{end:?}");
        ensure!(stands(&world, &asset).await?.contains(&says), "{end:?}");
        (running, heard) = (next, says);
    }
    queue.complete(&running).await?;
    nothing_is_due(&world).await
}

async fn the_job_that_was_put_off_waits_out_further_attempts_and_restarts(world: World) -> anyhow::Result<()> {
    let (asset, running) = film_at_work(&world).await?;
    let follows = edit(&world, &asset, WRONG, RIGHT).await?;
    let queue = world.store.jobs();
    queue.fail(&running, Failure::Retryable(Reason::new("hiccup", "it hiccuped"))).await?;
    nothing_is_due(&world).await?;
    world.advance(Duration::from_secs(5));
    let second = take(&world).await?;
    assert_eq!(second.job.id, running.job.id);
    assert_eq!(second.job.priority, JobPriority::Interactive, "someone waits for what comes behind it");
    queue.release(&second).await?;
    let third = take(&world).await?;
    assert_eq!((third.job.id, state(&world, follows.id).await?), (running.job.id, JobState::Deferred));

    // The process is killed, and another one opens the same database.
    world.advance(LEASE);
    let store = world.reopen(Arc::clone(&world.clock) as Arc<dyn Clock>).await?;
    let fourth = store.jobs().lease_next("after the restart", LEASE).await?.context("nothing to lease")?;
    assert_eq!(fourth.job.id, running.job.id);
    let late = queue.complete(&third).await;
    ensure!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    assert_eq!(state(&world, follows.id).await?, JobState::Deferred, "a worker that was lost ends nothing");
    store.jobs().complete(&fourth).await?;
    assert_eq!(take(&world).await?.job.id, follows.id);
    Ok(store.close().await?)
}

async fn a_job_that_waits_takes_changes_with_it_until_a_stage_of_it_is_done(world: World) -> anyhow::Result<()> {
    let asset = film(&world).await?;
    let Enqueued::New(job) = world.tenant.enqueue_job(asset.id, JobSpec::analyze(JobPriority::Background)).await?
    else {
        bail!("a new job")
    };
    let with = edit(&world, &asset, WRONG, "of the gate").await?;
    assert_eq!((with.id, with.scope, with.priority), (job.id, Scope::Everything, JobPriority::Interactive));
    // A worker analysed, and was lost before it made the moments: that analysis is not done again.
    let lease = take(&world).await?;
    world.store.jobs().complete_stage(&lease, &StageCommit::new("analyze")).await?;
    world.store.jobs().release(&lease).await?;
    let follows = edit(&world, &asset, "of the gate", RIGHT).await?;
    assert_eq!((follows.state, follows.scope), (JobState::Deferred, Scope::MOMENTS));
    let again = take(&world).await?;
    assert_eq!((again.job.id, again.completed_stages.as_slice()), (job.id, ["analyze".to_owned()].as_slice()));
    world.store.jobs().complete(&again).await?;
    assert_eq!(take(&world).await?.job.id, follows.id);
    Ok(())
}

async fn a_job_that_was_put_off_can_be_cancelled_alone(world: World) -> anyhow::Result<()> {
    let (asset, job) = register(&world.tenant, "a").await?;
    let running = take(&world).await?;
    let captions =
        read_captions(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n", CaptionFormat::WebVtt, "a", "en", None)?;
    let first = world.tenant.import_analysis(asset.id, &captions).await?.job;
    assert_eq!(world.tenant.cancel_job(first.id).await?, CancelOutcome::Cancelled);
    assert_eq!(world.tenant.cancel_job(first.id).await?, CancelOutcome::AlreadyFinished);
    assert_eq!(world.tenant.get_asset(asset.id).await?.state, AssetState::Analyzing, "it goes by the job at work");
    assert_eq!(state(&world, job.id).await?, JobState::Running);
    assert_eq!(stands(&world, &asset).await?, ["Hello."]);

    let second = world.tenant.import_analysis(asset.id, &captions).await?.job;
    ensure!(second.id != first.id && second.state == JobState::Deferred, "{second:?}");
    world.store.jobs().complete(&running).await?;
    assert_eq!(take(&world).await?.job.id, second.id);
    assert_eq!(state(&world, first.id).await?, JobState::Cancelled);
    Ok(())
}

async fn nothing_follows_on_a_deleted_asset(world: World) -> anyhow::Result<()> {
    let (asset, running) = film_at_work(&world).await?;
    let follows = edit(&world, &asset, WRONG, RIGHT).await?;
    world.tenant.delete_asset(asset.id).await?;
    assert_eq!(state(&world, follows.id).await?, JobState::Cancelled);
    world.store.jobs().finish_cancelled(&running).await?;
    nothing_is_due(&world).await?;
    ensure!(world.tenant.purge_asset(asset.id).await?);
    ensure!(world.tenant.find_job(follows.id).await?.is_none());

    // Of one whose job waits for its next attempt, too.
    let asset = analysed(&world, "b").await?;
    world.tenant.replace_run(asset.id, &heard(&asset, &[(1_000, WRONG)])).await?;
    world.tenant.enqueue_job(asset.id, spec()).await?;
    let running = take(&world).await?;
    let follows = edit(&world, &asset, WRONG, RIGHT).await?;
    world.store.jobs().release(&running).await?;
    world.tenant.delete_asset(asset.id).await?;
    for job in [running.job.id, follows.id] {
        assert_eq!(state(&world, job).await?, JobState::Cancelled);
    }
    nothing_is_due(&world).await
}

async fn a_refresh_leaves_the_asset_alone_and_a_cancelled_one_lets_the_job_follow(world: World) -> anyhow::Result<()> {
    let asset = film(&world).await?;
    let model = CurrentModel {
        analyzer: "pictures".to_owned(),
        modality: Modality::Tags,
        model: "net".to_owned(),
        version: "2".to_owned(),
        depends_on: ModalitySet::EMPTY,
        is_available: true,
    };
    let request = RefreshRequest::default();
    let refresh = async || world.tenant.refresh(std::slice::from_ref(&model), &request, RefreshMode::Enqueue).await;
    let batch = refresh().await?.batch.context("there is a gap")?;
    let running = take(&world).await?;
    let follows = edit(&world, &asset, WRONG, RIGHT).await?;
    let again = refresh().await?;
    assert_eq!((again.jobs, again.already_queued), (0, 1));
    assert_eq!(world.tenant.cancel_batch(batch).await?, 1);
    assert_eq!(state(&world, follows.id).await?, JobState::Deferred);
    world.store.jobs().finish_cancelled(&running).await?;
    let progress = world.tenant.find_batch(batch).await?.context("the batch is gone")?;
    assert_eq!((progress.cancelled, progress.queued), (1, 0), "the job that follows is not of the batch");
    let again = refresh().await?;
    assert_eq!((again.jobs, again.already_queued), (0, 1), "it waits now");
    assert_eq!(take(&world).await?.job.id, follows.id);
    Ok(())
}

async fn an_import_into_an_asset_whose_first_analysis_fails_is_followed(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let running = take(&world).await?;
    let captions =
        read_captions(b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n", CaptionFormat::WebVtt, "a", "en", None)?;
    let follows = world.tenant.import_analysis(asset.id, &captions).await?.job;
    let asset_state = async || anyhow::Ok(world.tenant.get_asset(asset.id).await?.state);
    world.store.jobs().fail(&running, Failure::Permanent(Reason::new("broken", "it broke"))).await?;
    assert_eq!(asset_state().await?, AssetState::Registered, "work on it waits");
    let next = take(&world).await?;
    assert_eq!((next.job.id, asset_state().await?), (follows.id, AssetState::Analyzing));
    world.store.jobs().fail(&next, Failure::Refused(Reason::new("broken", "it broke"))).await?;
    assert_eq!(asset_state().await?, AssetState::Refused);
    let cells = world.tenant.coverage(&[asset.id]).await?.remove(&asset.id).unwrap_or_default();
    ensure!(cells.iter().any(|cell| cell.modality == Modality::Speech), "what was brought in stays");
    Ok(())
}

/// Editors of one line each, all at once, beside two workers.
async fn the_last_job_sees_the_words_of_every_editor_that_came_while_workers_were_busy(
    world: World,
) -> anyhow::Result<()> {
    const EDITORS: i64 = 12;
    let asset = analysed(&world, "a").await?;
    let lines: Vec<(i64, String)> = (0..EDITORS).map(|line| (line * 10_000, format!("wrong number {line}"))).collect();
    let said: Vec<(i64, &str)> = lines.iter().map(|(start, text)| (*start, text.as_str())).collect();
    world.tenant.replace_run(asset.id, &heard(&asset, &said)).await?;
    let mut editors = tokio::task::JoinSet::new();
    for number in 0..EDITORS {
        let tenant = world.tenant.clone();
        let line = line(&world, &asset, &format!("wrong number {number}")).await?;
        editors.spawn(async move { tenant.edit_speech(line.id, 0, &says(&format!("right number {number}"))).await });
    }
    let mut last_seen = Vec::new();
    loop {
        let is_over = editors.is_empty();
        if let Some(lease) = world.store.jobs().lease_next("w", LEASE).await? {
            last_seen = stands(&world, &asset).await?;
            world.store.jobs().complete_stage(&lease, &StageCommit::new("assemble")).await?;
            world.store.jobs().complete(&lease).await?;
        } else if is_over {
            break;
        }
        while let Some(edited) = editors.try_join_next() {
            edited??;
        }
        tokio::task::yield_now().await;
    }
    let right: Vec<String> = (0..EDITORS).map(|number| format!("right number {number}")).collect();
    assert_eq!(last_seen, right);
    let ended = JobFilter { states: vec![JobState::Succeeded], ..JobFilter::default() };
    let ended = world.tenant.list_jobs(&ended, PageRequest::first(100)).await?.rows.len();
    ensure!(ended <= EDITORS as usize + 1, "no more jobs than edits, beside the first analysis: {ended}");
    Ok(())
}
