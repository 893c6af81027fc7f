//! Embedding spaces: what serves, what is filled beside it, and what may change places when.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::{Asset, AssetState};
use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::gap::CurrentModel;
use reelgraph_models::job::{JobPriority, JobSpec};
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::refresh::{RefreshMode, RefreshRequest};
use reelgraph_models::run::{EmbeddingSet, StageCommit};
use reelgraph_models::scope::Scope;
use reelgraph_models::space::{BesideAs, Completeness, KeptSpaces, SpaceRefusal, SpaceRole};
use reelgraph_models::store::{Enqueued, PageRequest, StoreError};

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register, shots, space, vectors};

const LEASE: Duration = Duration::from_secs(30);
const ROLE: SpaceRole = SpaceRole::Passages;

on_both!(
    each_step_is_stored_or_refused_and_seen_by_other_processes,
    a_library_takes_on_the_space_that_most_of_its_vectors_are_in,
    a_space_that_lost_its_model_gets_a_candidate_and_one_without_vectors_gives_way,
    a_switch_waits_for_the_last_moment_unless_it_is_forced,
    a_job_that_fills_leaves_the_serving_space_and_one_that_looks_replaces_both,
    a_fill_makes_jobs_on_what_lacks_the_space_and_again_only_on_the_rest,
    models_of_spaces_that_are_not_kept_look_at_nothing,
    a_dropped_space_leaves_nothing_and_late_commits_bring_nothing_back,
);

fn available(versions: &[&str]) -> Vec<(SpaceRole, reelgraph_models::embedding::EmbeddingSpace)> {
    versions.iter().map(|version| (ROLE, space(version))).collect()
}

/// `serving | beside`, with a question mark behind a candidate.
fn shown(kept: &KeptSpaces) -> String {
    let beside = kept.beside.as_ref().map(|beside| {
        format!(" | {}{}", beside.space.version, if beside.kept_as == BesideAs::Candidate { "?" } else { "" })
    });
    format!("{}{}", kept.serving.version, beside.unwrap_or_default())
}

async fn kept(world: &World) -> anyhow::Result<KeptSpaces> {
    world.tenant.kept_spaces().await?.into_iter().find(|kept| kept.role == ROLE).context("nothing is kept")
}

/// Vectors of the first shots of an asset.
fn set(asset: &Asset, version: &str, count: usize) -> EmbeddingSet {
    let mut set = vectors(asset.id, version, &vec![[1.0, 0.0, 0.0]; count]);
    for (embedding, moment) in set.embeddings.iter_mut().zip(shots(asset.id, count as i64)) {
        embedding.moment = Some(moment.id);
    }
    set
}

fn done(asset: &Asset, version: &str) -> Coverage {
    Coverage {
        asset: asset.id,
        modality: Modality::Passages,
        model: space(version).name,
        version: version.to_owned(),
        status: CoverageStatus::Done,
        observations: 0,
        embeddings: 1,
        spent_ms: 100,
    }
}

/// An analysed asset with that many vectors in each of those spaces.
async fn embedded(world: &World, name: &str, versions: &[&str], count: usize) -> anyhow::Result<Asset> {
    let (asset, job) = register(&world.tenant, name).await?;
    let queue = world.store.jobs();
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    ensure!(lease.job.id == job.id);
    let commit = StageCommit {
        embeddings: versions.iter().map(|version| set(&asset, version, count)).collect(),
        moments: Some(shots(asset.id, count as i64)),
        coverage: versions.iter().map(|version| done(&asset, version)).collect(),
        asset_state: Some((AssetState::Ready, None)),
        ..StageCommit::new("all")
    };
    queue.complete_stage(&lease, &commit).await?;
    queue.complete(&lease).await?;
    Ok(world.tenant.get_asset(asset.id).await?)
}

/// Does a job over passages as a worker would, with vectors in those spaces.
async fn work(world: &World, asset: &Asset, scope: Scope, versions: &[&str]) -> anyhow::Result<()> {
    let spec = JobSpec::analyze(JobPriority::Normal).within(scope);
    let Enqueued::New(_) = world.tenant.enqueue_job(asset.id, spec).await? else { anyhow::bail!("a job is there") };
    let queue = world.store.jobs();
    let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
    ensure!(lease.job.scope == scope, "a scope reads back as it was written");
    let commit = StageCommit {
        embeddings: versions.iter().map(|version| set(asset, version, 2)).collect(),
        coverage: versions.iter().map(|version| done(asset, version)).collect(),
        ..StageCommit::new("analyze")
    };
    queue.complete_stage(&lease, &commit).await?;
    Ok(queue.complete(&lease).await?)
}

/// Vectors and coverage of an asset by version: `a:2 b:2`, and the versions that are covered.
async fn holds(world: &World, asset: &Asset) -> anyhow::Result<(Vec<(String, usize)>, Vec<String>)> {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for embedding in world.tenant.list_embeddings(asset.id, PageRequest::first(100)).await?.rows {
        *counts.entry(embedding.space.version).or_default() += 1;
    }
    let cells = world.tenant.coverage(&[asset.id]).await?.remove(&asset.id).unwrap_or_default();
    Ok((counts.into_iter().collect(), cells.into_iter().map(|cell| cell.version).collect()))
}

fn versions(counts: &[(&str, usize)]) -> (Vec<(String, usize)>, Vec<String>) {
    let all = counts.iter().map(|(version, count)| ((*version).to_owned(), *count));
    (all.collect(), counts.iter().map(|(version, _)| (*version).to_owned()).collect())
}

async fn each_step_is_stored_or_refused_and_seen_by_other_processes(world: World) -> anyhow::Result<()> {
    let tenant = &world.tenant;
    let nothing = tenant.switch_space(ROLE, Completeness::Required).await;
    ensure!(matches!(nothing, Err(StoreError::Space(SpaceRefusal::NothingServes { role: ROLE }))), "{nothing:?}");
    tenant.adopt_spaces(&available(&["a"])).await?;
    let other = world.reopen(Arc::new(reelgraph_models::clock::SystemClock)).await?;
    let steps: [(&str, Result<&str, &str>); 13] = [
        ("switch", Err("space_no_candidate")),
        ("begin b", Ok("a | b?")),
        ("begin b", Ok("a | b?")),
        ("begin c", Err("space_occupied")),
        ("drop a", Err("space_serves")),
        ("roll back", Err("space_no_previous")),
        ("switch", Ok("b | a")),
        ("switch", Err("space_no_candidate")),
        ("roll back", Ok("a | b?")),
        ("switch", Ok("b | a")),
        ("drop b", Err("space_serves")),
        ("drop a", Ok("b")),
        ("drop a", Ok("b")),
    ];
    for (step, expected) in steps {
        let outcome = match step.split_once(' ') {
            Some(("begin", version)) => tenant.begin_space(ROLE, &space(version)).await.map(|_| ()),
            Some(("drop", version)) => tenant.drop_space(ROLE, &space(version)).await.map(|_| ()),
            Some(_) => tenant.roll_back_space(ROLE, Completeness::Required).await.map(|_| ()),
            None => tenant.switch_space(ROLE, Completeness::Required).await.map(|_| ()),
        };
        let seen = other.tenant(tenant.tenant()).kept_spaces().await?;
        let outcome = match outcome {
            Ok(()) => Ok(shown(seen.first().context("a row")?)),
            Err(error) => Err(error.code()),
        };
        assert_eq!(outcome.as_deref().map_err(|code| *code), expected, "{step}");
    }
    ensure!(other.tenant(OTHER_TENANT).kept_spaces().await?.is_empty(), "another tenant decides for itself");
    Ok(other.close().await?)
}

async fn a_library_takes_on_the_space_that_most_of_its_vectors_are_in(world: World) -> anyhow::Result<()> {
    embedded(&world, "new", &["new"], 2).await?;
    embedded(&world, "old", &["old"], 5).await?;
    world.tenant.adopt_spaces(&available(&["new", "old", "other"])).await?;
    assert_eq!(shown(&kept(&world).await?), "old");
    let counts = world.tenant.count_spaces().await?;
    let counts: Vec<_> = counts.iter().map(|of| (of.space.version.as_str(), of.vectors, of.moments)).collect();
    assert_eq!(counts, [("new", 2, 2), ("old", 5, 5)]);
    ensure!(world.store.tenant(OTHER_TENANT).count_spaces().await?.is_empty());
    Ok(())
}

async fn a_space_that_lost_its_model_gets_a_candidate_and_one_without_vectors_gives_way(
    world: World,
) -> anyhow::Result<()> {
    let adopt = async |versions: &[&str]| -> anyhow::Result<String> {
        world.tenant.adopt_spaces(&available(versions)).await?;
        Ok(shown(&kept(&world).await?))
    };
    assert_eq!(adopt(&["a"]).await?, "a");
    assert_eq!(adopt(&["b", "a"]).await?, "b", "nothing is lost where there are no vectors");
    embedded(&world, "film", &["b"], 1).await?;
    assert_eq!(adopt(&["c", "b"]).await?, "b", "what serves goes on");
    assert_eq!(adopt(&["c"]).await?, "b | c?");
    assert_eq!(adopt(&["d"]).await?, "b | c?", "what a person or an earlier start decided stays");
    assert_eq!(adopt(&[]).await?, "b | c?");
    Ok(())
}

async fn a_switch_waits_for_the_last_moment_unless_it_is_forced(world: World) -> anyhow::Result<()> {
    let (first, second) = (embedded(&world, "1", &["a"], 2).await?, embedded(&world, "2", &["a"], 3).await?);
    let gone = embedded(&world, "gone", &["a"], 4).await?;
    world.tenant.adopt_spaces(&available(&["a", "b"])).await?;
    world.tenant.begin_space(ROLE, &space("b")).await?;
    world.tenant.delete_asset(gone.id).await?;
    let refused = async || match world.tenant.switch_space(ROLE, Completeness::Required).await {
        Err(StoreError::Space(SpaceRefusal::Incomplete { moments, .. })) => Ok(moments),
        other => Err(anyhow::anyhow!("{other:?}")),
    };
    assert_eq!(refused().await?, 5);
    let fill = Scope::Fill(ModalitySet::EMPTY.with(Modality::Passages));
    work(&world, &first, fill, &["b"]).await?;
    assert_eq!(refused().await?, 3);
    assert_eq!(shown(&world.tenant.switch_space(ROLE, Completeness::Waived).await?), "b | a");
    assert_eq!(world.tenant.count_lacking(&kept(&world).await?, &space("b")).await?, 3, "it is still told");
    assert_eq!(shown(&world.tenant.roll_back_space(ROLE, Completeness::Required).await?), "a | b?");
    work(&world, &second, fill, &["b"]).await?;
    assert_eq!(refused().await?, 1, "two of three moments");
    world.tenant.drop_space(ROLE, &space("b")).await?;
    world.tenant.begin_space(ROLE, &space("b")).await?;
    assert_eq!(refused().await?, 5);
    Ok(())
}

async fn a_job_that_fills_leaves_the_serving_space_and_one_that_looks_replaces_both(
    world: World,
) -> anyhow::Result<()> {
    let asset = embedded(&world, "film", &["a"], 2).await?;
    world.tenant.adopt_spaces(&available(&["a", "b"])).await?;
    world.tenant.begin_space(ROLE, &space("b")).await?;
    let ids = async || -> anyhow::Result<Vec<_>> {
        let rows = world.tenant.list_embeddings(asset.id, PageRequest::first(100)).await?.rows;
        Ok(rows.into_iter().filter(|row| row.space == space("a")).map(|row| row.id).collect())
    };
    let before = ids().await?;
    let passages = ModalitySet::EMPTY.with(Modality::Passages);
    work(&world, &asset, Scope::Fill(passages), &["b"]).await?;
    assert_eq!(holds(&world, &asset).await?, versions(&[("a", 2), ("b", 2)]));
    assert_eq!(ids().await?, before, "the very vectors that were searched before");
    work(&world, &asset, Scope::Only(passages), &["a", "b"]).await?;
    assert_eq!(holds(&world, &asset).await?, versions(&[("a", 2), ("b", 2)]));
    ensure!(ids().await? != before);
    work(&world, &asset, Scope::Only(passages), &["a"]).await?;
    assert_eq!(holds(&world, &asset).await?, versions(&[("a", 2)]), "what was made of older words is gone");
    Ok(())
}

fn model(version: &str, is_available: bool) -> CurrentModel {
    CurrentModel {
        analyzer: "passages".to_owned(),
        modality: Modality::Passages,
        model: space(version).name,
        version: version.to_owned(),
        depends_on: ModalitySet::EMPTY.with(Modality::Speech),
        is_available,
    }
}

async fn a_fill_makes_jobs_on_what_lacks_the_space_and_again_only_on_the_rest(world: World) -> anyhow::Result<()> {
    for name in ["1", "2", "3"] {
        embedded(&world, name, &["a"], 2).await?;
    }
    world.tenant.adopt_spaces(&available(&["a"])).await?;
    let models = [model("a", true), model("b", true), model("c", false)];
    let fill = async |version: &str, mode| world.tenant.fill_space(&models, ROLE, &space(version), mode).await;
    let none = fill("c", RefreshMode::Enqueue).await;
    ensure!(matches!(none, Err(StoreError::Space(SpaceRefusal::NoModel { .. }))), "{none:?}");
    let counted = fill("b", RefreshMode::DryRun).await?;
    assert_eq!((counted.jobs, counted.batch), (3, None));
    assert_eq!(shown(&kept(&world).await?), "a", "nothing was begun");

    let made = fill("b", RefreshMode::Enqueue).await?;
    assert_eq!((made.jobs, made.already_queued, shown(&kept(&world).await?).as_str()), (3, 0, "a | b?"));
    let again = fill("b", RefreshMode::Enqueue).await?;
    assert_eq!((again.jobs, again.already_queued), (0, 3));
    let queue = world.store.jobs();
    for _ in 0..2 {
        let lease = queue.lease_next("w", LEASE).await?.context("nothing to lease")?;
        let asset = world.tenant.get_asset(lease.job.asset).await?;
        assert_eq!(asset.state, AssetState::Ready, "it is found all the while");
        let (embeddings, coverage) = (vec![set(&asset, "b", 2)], vec![done(&asset, "b")]);
        let commit = StageCommit { embeddings, coverage, ..StageCommit::new("analyze") };
        queue.complete_stage(&lease, &commit).await?;
        queue.complete(&lease).await?;
    }
    // The third dies with its worker, is cancelled, and is asked for again.
    let batch = made.batch.context("a batch")?;
    queue.lease_next("dead", LEASE).await?.context("nothing to lease")?;
    world.tenant.cancel_batch(batch).await?;
    world.advance(LEASE * 2);
    ensure!(queue.lease_next("w", LEASE).await?.is_none(), "it was cancelled");
    let rest = fill("b", RefreshMode::Enqueue).await?;
    assert_eq!((rest.jobs, rest.already_queued), (1, 0));
    Ok(())
}

async fn models_of_spaces_that_are_not_kept_look_at_nothing(world: World) -> anyhow::Result<()> {
    embedded(&world, "film", &["a"], 2).await?;
    let models = [model("a", true), model("b", true)];
    let stale = async || -> anyhow::Result<u64> {
        Ok(world.tenant.refresh(&models, &RefreshRequest::default(), RefreshMode::DryRun).await?.jobs)
    };
    world.tenant.adopt_spaces(&available(&["a", "b"])).await?;
    assert_eq!(stale().await?, 0, "a model that was only pulled asks for nothing");
    world.tenant.begin_space(ROLE, &space("b")).await?;
    assert_eq!(stale().await?, 1);
    let missing = [model("z", false)];
    assert_eq!(world.tenant.wanted_models(&missing).await?, missing, "what stands for a missing model is shown");
    Ok(())
}

async fn a_dropped_space_leaves_nothing_and_late_commits_bring_nothing_back(world: World) -> anyhow::Result<()> {
    let asset = embedded(&world, "film", &["a", "b"], 2).await?;
    world.tenant.adopt_spaces(&available(&["a", "b"])).await?;
    world.tenant.begin_space(ROLE, &space("b")).await?;
    let passages = ModalitySet::EMPTY.with(Modality::Passages);
    let revision = world.store.latest_revision().await?;
    assert_eq!(world.tenant.drop_space(ROLE, &space("b")).await?, 1);
    assert_eq!(holds(&world, &asset).await?, versions(&[("a", 2)]));
    let changed = world.store.changed_since(revision, 10).await?;
    assert_eq!(changed.iter().map(|change| change.asset).collect::<Vec<_>>(), [asset.id], "the index hears of it");
    work(&world, &asset, Scope::Fill(passages), &["b"]).await?;
    assert_eq!(holds(&world, &asset).await?, versions(&[("a", 2)]), "its attempt had begun before");
    assert_eq!(world.tenant.drop_space(ROLE, &space("b")).await?, 0);
    Ok(())
}
