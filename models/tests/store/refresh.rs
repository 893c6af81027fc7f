//! Closing the gaps of a library: planned, counted, made, followed, cancelled.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::coverage::{Coverage, CoverageStatus, NO_AUDIO};
use reelgraph_models::gap::{CurrentModel, Gap, Imports, Standing};
use reelgraph_models::job::{JobPriority, JobState};
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::probe::Probe;
use reelgraph_models::reason::Reason;
use reelgraph_models::refresh::{RefreshMode, RefreshRequest};
use reelgraph_models::scope::Scope;
use reelgraph_models::store::{JobFilter, PageRequest, StoreError};
use reelgraph_models::time::MediaTime;

use crate::harness::{World, on_both};
use crate::reruns::{analysed, cell};
use crate::sample::{OTHER_TENANT, register};

const LEASE: Duration = Duration::from_secs(30);

on_both!(
    the_database_counts_gaps_as_one_asset_is_judged,
    a_refresh_makes_jobs_over_what_is_missing_or_stale_and_nothing_else,
    a_dry_run_counts_what_a_refresh_then_makes,
    a_refresh_of_many_assets_goes_page_by_page_and_is_followed_and_cancelled,
    what_is_asked_for_narrows_a_refresh,
    the_models_of_the_workers_are_those_of_the_last_that_started,
);

fn model(modality: Modality, version: &str) -> CurrentModel {
    CurrentModel {
        analyzer: "pictures".to_owned(),
        modality,
        model: "net".to_owned(),
        version: version.to_owned(),
        depends_on: ModalitySet::EMPTY,
        is_available: true,
    }
}

async fn of_length(world: &World, asset: &Asset, length_ms: i64) -> anyhow::Result<()> {
    let probe = Probe {
        container: "mov".to_owned(),
        duration: MediaTime::from_millis(length_ms),
        bit_rate_bps: None,
        size_bytes: 1,
        streams: Vec::new(),
        chapters: Vec::new(),
        has_embedded_thumbnail: false,
        non_standard: Vec::new(),
    };
    Ok(world.tenant.set_asset_probe(asset.id, &probe).await?)
}

fn skipped(code: &str) -> CoverageStatus {
    CoverageStatus::Skipped { reason: Reason::new(code, "it was skipped") }
}

fn failed() -> CoverageStatus {
    CoverageStatus::Failed { reason: Reason::new("crashed", "it crashed") }
}

async fn the_database_counts_gaps_as_one_asset_is_judged(world: World) -> anyhow::Result<()> {
    let done = || CoverageStatus::Done;
    let speech = Modality::Speech;
    let cases = [
        vec![],
        vec![("net", "2", done())],
        vec![("net", "1", done()), ("net", "2", failed())],
        vec![("other", "2", done())],
        vec![("net", "1", skipped(NO_AUDIO))],
        vec![("net", "2", skipped("model_missing"))],
        vec![("net", "2", CoverageStatus::Pending)],
        vec![("import/aws/net", "2", done())],
    ];
    let model = model(speech, "2");
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for (number, case) in cases.into_iter().enumerate() {
        let (asset, _) = register(&world.tenant, &format!("asset {number}")).await?;
        of_length(&world, &asset, 1_000).await?;
        let of_case = case.into_iter().map(|(model, version, status)| Coverage {
            model: model.to_owned(),
            ..cell(&asset, speech, version, status)
        });
        // One of another channel must not matter.
        let cells: Vec<Coverage> = of_case.chain([cell(&asset, Modality::Tags, "1", CoverageStatus::Done)]).collect();
        world.tenant.put_coverage(&cells).await?;
        *expected.entry(format!("{:?}", Standing::of(&cells, &model))).or_default() += 1;
    }
    let (refused, _) = register(&world.tenant, "no film").await?;
    world.tenant.set_asset_state(refused.id, AssetState::Refused, None).await?;
    let (deleted, _) = register(&world.tenant, "deleted").await?;
    world.tenant.delete_asset(deleted.id).await?;

    let before = world.store.statements();
    let counts = world.tenant.count_standing(&model).await?;
    assert_eq!(world.store.statements() - before, 1);
    let counted: BTreeMap<String, u64> =
        counts.iter().map(|count| (format!("{:?}", count.standing), count.assets)).collect();
    assert_eq!(counted, expected);
    ensure!(
        counts.iter().all(|count| count.media == MediaTime::from_millis(1_000 * count.assets as i64)),
        "{counts:?}"
    );
    ensure!(world.store.tenant(OTHER_TENANT).count_standing(&model).await?.is_empty());
    Ok(())
}

async fn a_refresh_makes_jobs_over_what_is_missing_or_stale_and_nothing_else(world: World) -> anyhow::Result<()> {
    let stale = analysed(&world, "stale").await?;
    of_length(&world, &stale, 10_000).await?;
    let fresh = analysed(&world, "fresh").await?;
    world.tenant.put_coverage(&[cell(&fresh, Modality::Tags, "2", CoverageStatus::Done)]).await?;
    let (waiting, _) = register(&world.tenant, "waiting").await?;
    let models = [model(Modality::Tags, "2"), model(Modality::Objects, "1")];
    let refreshed = world.tenant.refresh(&models, &RefreshRequest::default(), RefreshMode::Enqueue).await?;
    assert_eq!((refreshed.jobs, refreshed.already_queued), (1, 1), "the upload is left to its own job");
    assert_eq!(refreshed.gaps, BTreeMap::from([((Modality::Tags, Gap::Stale), 1)]));
    assert_eq!(refreshed.estimate_ms, Some(100), "as long as version 1 took over the same length");
    let all = world.tenant.list_jobs(&JobFilter::default(), PageRequest::first(9)).await?.rows;
    let made = all.iter().find(|job| job.asset == stale.id && job.state == JobState::Queued).context("no job")?;
    assert_eq!(made.scope, Scope::Only(ModalitySet::EMPTY.with(Modality::Tags)));
    assert_eq!((made.priority, made.batch), (JobPriority::Background, refreshed.batch));
    ensure!(all.iter().all(|job| job.asset != waiting.id || job.batch.is_none()));

    let again = world.tenant.refresh(&models, &RefreshRequest::default(), RefreshMode::Enqueue).await?;
    assert_eq!((again.jobs, again.already_queued, again.batch), (0, 2, None));
    Ok(())
}

async fn a_dry_run_counts_what_a_refresh_then_makes(world: World) -> anyhow::Result<()> {
    for name in ["a", "b"] {
        analysed(&world, name).await?;
    }
    let models = [model(Modality::Tags, "2"), model(Modality::Speech, "1")];
    let request = RefreshRequest::default();
    let mut counted = world.tenant.refresh(&models, &request, RefreshMode::DryRun).await?;
    let jobs = world.tenant.list_jobs(&JobFilter::default(), PageRequest::first(9)).await?.rows;
    ensure!(jobs.iter().all(|job| job.batch.is_none()), "nothing was made");
    ensure!(world.tenant.latest_batch().await?.is_none());
    let made = world.tenant.refresh(&models, &request, RefreshMode::Enqueue).await?;
    counted.batch = made.batch;
    assert_eq!(counted, made);
    assert_eq!(made.jobs, 2);
    Ok(())
}

async fn a_refresh_of_many_assets_goes_page_by_page_and_is_followed_and_cancelled(world: World) -> anyhow::Result<()> {
    const ASSETS: u64 = 230;
    for number in 0..ASSETS {
        let (asset, job) = register(&world.tenant, &format!("asset {number}")).await?;
        world.tenant.cancel_job(job.id).await?;
        world.tenant.set_asset_state(asset.id, AssetState::Ready, None).await?;
    }
    let models = [model(Modality::Tags, "1")];
    let refreshed = world.tenant.refresh(&models, &RefreshRequest::default(), RefreshMode::Enqueue).await?;
    let id = refreshed.batch.context("a batch was made")?;
    assert_eq!((refreshed.jobs, refreshed.estimate_ms), (ASSETS, None));

    let queue = world.store.jobs();
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    queue.complete(&lease).await?;
    let running = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    let progress = world.tenant.find_batch(id).await?.context("the batch is there")?;
    assert_eq!((progress.queued, progress.running, progress.succeeded), (ASSETS - 2, 1, 1));
    assert_eq!((progress.batch.jobs, progress.is_final()), (ASSETS, false));
    assert_eq!(world.tenant.latest_batch().await?.as_ref(), Some(&progress));
    ensure!(world.store.tenant(OTHER_TENANT).find_batch(id).await?.is_none());
    let foreign = world.store.tenant(OTHER_TENANT).cancel_batch(id).await;
    ensure!(matches!(foreign, Err(StoreError::NotFound { .. })), "{foreign:?}");

    assert_eq!(world.tenant.cancel_batch(id).await?, ASSETS - 1);
    queue.finish_cancelled(&running).await?;
    let ended = world.tenant.find_batch(id).await?.context("the batch is there")?;
    assert_eq!((ended.cancelled, ended.succeeded, ended.is_final()), (ASSETS - 1, 1, true));
    ensure!(ended.batch.is_cancel_requested);
    let asset = world.tenant.get_asset(running.job.asset).await?;
    assert_eq!(asset.state, AssetState::Ready, "a cancelled re-run takes nothing away");
    assert_eq!(world.tenant.cancel_batch(id).await?, 0);
    Ok(())
}

async fn what_is_asked_for_narrows_a_refresh(world: World) -> anyhow::Result<()> {
    let one = analysed(&world, "one").await?;
    let two = analysed(&world, "two").await?;
    world.tenant.put_coverage(&[cell(&two, Modality::Tags, "2", failed())]).await?;
    let imported =
        Coverage { model: "import/aws/net".to_owned(), ..cell(&two, Modality::Speech, "9", CoverageStatus::Done) };
    world.tenant.put_coverage(&[imported]).await?;
    let missing = CurrentModel { is_available: false, ..model(Modality::ScreenText, "1") };
    let models = [model(Modality::Tags, "2"), model(Modality::Speech, "1"), missing];
    let count = async |request: RefreshRequest| {
        let counted = world.tenant.refresh(&models, &request, RefreshMode::DryRun).await?;
        anyhow::Ok((counted.jobs, counted.gaps.into_iter().collect::<Vec<_>>()))
    };
    let all = RefreshRequest::default();
    let (stale, failing, missing) =
        ((Modality::Tags, Gap::Stale), (Modality::Tags, Gap::Failed), (Modality::Speech, Gap::Missing));
    assert_eq!(count(all.clone()).await?, (2, vec![(missing, 1), (stale, 1), (failing, 1)]));
    assert_eq!(count(RefreshRequest { gaps: vec![Gap::Failed], ..all.clone() }).await?, (1, vec![(failing, 1)]));
    assert_eq!(
        count(RefreshRequest { assets: vec![one.id], ..all.clone() }).await?,
        (1, vec![(missing, 1), (stale, 1)])
    );
    let speech = ModalitySet::EMPTY.with(Modality::Speech);
    assert_eq!(count(RefreshRequest { modalities: speech, ..all.clone() }).await?, (1, vec![(missing, 1)]));
    let anew = RefreshRequest { modalities: speech, imports: Imports::AreIgnored, ..all };
    assert_eq!(count(anew).await?, (2, vec![(missing, 2)]), "what was imported is computed when asked for");
    Ok(())
}

async fn the_models_of_the_workers_are_those_of_the_last_that_started(world: World) -> anyhow::Result<()> {
    assert_eq!(world.store.current_models().await?, None);
    world.store.report_models(&[model(Modality::Tags, "1"), model(Modality::Speech, "1")]).await?;
    world.advance(Duration::from_secs(5));
    let reports = (0..4).map(|_| {
        let store = world.store.clone();
        tokio::spawn(async move { store.report_models(&[model(Modality::Tags, "2")]).await })
    });
    for report in reports.collect::<Vec<_>>() {
        report.await??;
    }
    let reported = world.store.current_models().await?.context("workers have reported")?;
    assert_eq!(reported.models, [model(Modality::Tags, "2")]);
    assert_eq!(reported.reported_at, crate::harness::start() + Duration::from_secs(5));
    Ok(())
}
