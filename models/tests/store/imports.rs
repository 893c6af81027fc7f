//! Analysis made elsewhere: beside our own, in place of its own earlier one, out and in again unchanged.

use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::Asset;
use reelgraph_models::captions::CaptionFormat;
use reelgraph_models::coverage::CoverageStatus;
use reelgraph_models::gap::{CurrentModel, Gap, Imports, Standing};
use reelgraph_models::interchange::{Import, export, read, read_captions};
use reelgraph_models::job::JobState;
use reelgraph_models::observation::{Finding, Modality, ModalitySet, Origin, standing};
use reelgraph_models::run::StageCommit;
use reelgraph_models::scope::Scope;
use reelgraph_models::store::StoreError;
use serde_json::{Value, json};

use crate::harness::{World, on_both};
use crate::reruns::analysed;
use crate::sample::{labels, register, tags};

const LEASE: Duration = Duration::from_secs(30);

on_both!(
    an_import_stands_beside_our_own_and_replaces_only_its_own,
    an_import_makes_moments_again_with_what_depends_on_it,
    an_import_follows_a_job_that_runs_and_rides_with_one_that_waits,
    what_is_exported_is_imported_unchanged,
    captions_in_two_languages_stand_beside_each_other_and_before_the_machine,
);

fn document(source: &str, modality: &str, labels: &[&str]) -> anyhow::Result<Import> {
    let tag = |(second, label): (usize, &&str)| {
        json!({ "span": { "start": second * 1_000_000, "end": (second + 1) * 1_000_000 },
                "finding": { "kind": "tag", "label": label } })
    };
    let seen: Vec<Value> = labels.iter().enumerate().map(tag).collect();
    let run = json!({ "modality": modality, "model": "net", "version": "7", "observations": seen });
    let document = json!({ "format": "reelgraph-analysis", "version": 1, "source": source, "runs": [run] });
    Ok(read(document.to_string().as_bytes(), None)?)
}

fn captions(language: &str, text: &str) -> anyhow::Result<Import> {
    let file = format!("WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n");
    Ok(read_captions(file.as_bytes(), CaptionFormat::WebVtt, "studio", language, None)?)
}

async fn seen(world: &World, asset: &Asset) -> anyhow::Result<Vec<String>> {
    let all = world.tenant.all_observations(asset.id, &[]).await?;
    let mut labels: Vec<String> = labels(&all).into_iter().map(str::to_owned).collect();
    labels.sort();
    Ok(labels)
}

/// Ends whatever job there is, as a worker would.
async fn work_off(world: &World) -> anyhow::Result<()> {
    while let Some(lease) = world.store.jobs().lease_next("w", LEASE).await? {
        world.store.jobs().complete(&lease).await?;
    }
    Ok(())
}

async fn an_import_stands_beside_our_own_and_replaces_only_its_own(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    for (source, label) in [("one", "wolf"), ("two", "fox"), ("one", "bear")] {
        let imported = world.tenant.import_analysis(asset.id, &document(source, "tags", &[label])?).await?;
        assert_eq!(imported.observations, 1);
        work_off(&world).await?;
    }
    assert_eq!(seen(&world, &asset).await?, ["bear", "car", "cat", "dog", "fox"]);
    let model = CurrentModel {
        analyzer: "pictures".to_owned(),
        modality: Modality::Tags,
        model: "net".to_owned(),
        version: "2".to_owned(),
        depends_on: ModalitySet::EMPTY,
        is_available: true,
    };
    let cells = world.tenant.coverage(&[asset.id]).await?.remove(&asset.id).unwrap_or_default();
    let imported: Vec<&str> = cells.iter().filter(|cell| cell.is_imported()).map(|cell| cell.model.as_str()).collect();
    assert_eq!(imported, ["import/one/net", "import/two/net"]);
    let stands = Standing::of(&cells, &model);
    assert_eq!((stands.gap(Imports::Count), stands.gap(Imports::AreIgnored)), (None, Some(Gap::Stale)));

    // Our own analyzer runs again and leaves the imports alone.
    world.tenant.enqueue_job(asset.id, crate::sample::spec()).await?;
    let lease = world.store.jobs().lease_next("w", LEASE).await?.context("nothing to lease")?;
    let commit = StageCommit {
        runs: vec![tags(asset.id, "pictures/tags", &["hound"])],
        coverage: vec![crate::reruns::cell(&asset, Modality::Tags, "2", CoverageStatus::Done)],
        ..StageCommit::new("analyze")
    };
    world.store.jobs().complete_stage(&lease, &commit).await?;
    assert_eq!(seen(&world, &asset).await?, ["bear", "car", "fox", "hound"]);
    Ok(())
}

async fn an_import_makes_moments_again_with_what_depends_on_it(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    let bare = world.tenant.import_analysis(asset.id, &captions("en", "Hello.")?).await?;
    assert_eq!(bare.job.scope, Scope::MOMENTS, "no worker has said what depends on speech");
    work_off(&world).await?;
    let passages = CurrentModel {
        analyzer: "passages".to_owned(),
        modality: Modality::Passages,
        model: "bge".to_owned(),
        version: "1".to_owned(),
        depends_on: ModalitySet::EMPTY.with(Modality::Speech),
        is_available: true,
    };
    world.store.report_models(&[passages]).await?;
    let after = world.tenant.import_analysis(asset.id, &captions("en", "Hello.")?).await?;
    assert_eq!(after.job.scope, Scope::Only(ModalitySet::EMPTY.with(Modality::Passages)));
    assert_eq!(after.job.state, JobState::Queued);
    Ok(())
}

async fn an_import_follows_a_job_that_runs_and_rides_with_one_that_waits(world: World) -> anyhow::Result<()> {
    let (asset, job) = register(&world.tenant, "a").await?;
    let import = document("one", "tags", &["wolf"])?;
    let before = world.tenant.import_analysis(asset.id, &import).await?;
    assert_eq!((before.job.id, before.job.scope), (job.id, Scope::Everything), "the first analysis makes the moments");
    let lease = world.store.jobs().lease_next("w", LEASE).await?.context("nothing to lease")?;
    let during = world.tenant.import_analysis(asset.id, &document("one", "tags", &["fox"])?).await?;
    assert_eq!((during.job.state, during.job.scope), (JobState::Deferred, Scope::MOMENTS));
    assert_eq!(seen(&world, &asset).await?, ["fox"], "at once");
    world.store.jobs().complete(&lease).await?;
    assert_eq!(world.tenant.get_job(during.job.id).await?.state, JobState::Queued);
    let after = world.tenant.import_analysis(asset.id, &document("one", "tags", &["bear"])?).await?;
    assert_eq!(after.job.id, during.job.id);
    assert_eq!(seen(&world, &asset).await?, ["bear"]);
    world.tenant.delete_asset(asset.id).await?;
    let gone = world.tenant.import_analysis(asset.id, &import).await;
    ensure!(matches!(gone, Err(StoreError::Deleted { .. })), "{gone:?}");
    Ok(())
}

async fn what_is_exported_is_imported_unchanged(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    world.tenant.import_analysis(asset.id, &document("one", "tags", &["wolf"])?).await?;
    work_off(&world).await?;
    world.tenant.import_analysis(asset.id, &captions("en", "Hello.")?).await?;
    work_off(&world).await?;
    let written = async |asset: &Asset| {
        let cells = world.tenant.coverage(&[asset.id]).await?.remove(&asset.id).unwrap_or_default();
        anyhow::Ok(export(asset, world.tenant.all_observations(asset.id, &[]).await?, &cells))
    };
    let first = written(&asset).await?;
    let (other, _) = register(&world.tenant, "b").await?;
    let import = read(serde_json::to_string(&first)?.as_bytes(), None)?;
    world.tenant.import_analysis(other.id, &import).await?;
    let known = world.tenant.all_observations(other.id, &[]).await?;
    ensure!(known.iter().all(|seen| seen.origin() != Origin::Computed));
    ensure!(
        known
            .iter()
            .any(|seen| seen.origin() == Origin::Supplied && seen.provenance.analyzer == "supplied/studio-en/speech")
    );
    let second = written(&other).await?;
    let bare = |document: &reelgraph_models::interchange::Document| {
        let mut all: Vec<String> = document
            .runs
            .iter()
            .flat_map(|run| {
                run.observations.iter().map(|seen| {
                    let model = run.model.trim_start_matches("reelgraph/");
                    format!("{:?} {model} {} {seen:?}", run.modality, run.version)
                })
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(bare(&second), bare(&first));
    Ok(())
}

async fn captions_in_two_languages_stand_beside_each_other_and_before_the_machine(world: World) -> anyhow::Result<()> {
    let asset = analysed(&world, "a").await?;
    for (language, text) in [("en", "Hello."), ("de", "Guten Tag."), ("en", "Hello there.")] {
        world.tenant.import_analysis(asset.id, &captions(language, text)?).await?;
        work_off(&world).await?;
    }
    let said = world.tenant.all_observations(asset.id, &[Modality::Speech]).await?;
    let texts = |language: Option<&str>| -> Vec<String> {
        let left = standing(said.clone(), language);
        left.iter().filter_map(|seen| seen.finding.text().map(str::to_owned)).collect()
    };
    assert_eq!(said.len(), 2, "the same track in the same language takes its own place");
    assert_eq!(texts(None), ["Hello there."]);
    assert_eq!(texts(Some("de")), ["Guten Tag."]);
    ensure!(said.iter().all(|seen| matches!(&seen.finding, Finding::Speech { suspect, .. } if suspect.is_empty())));
    Ok(())
}
