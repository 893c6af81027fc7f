//! Coverage: made, changed, listed for many assets.

use anyhow::ensure;
use reelgraph_models::coverage::{Coverage, CoverageStatus};
use reelgraph_models::id::AssetId;
use reelgraph_models::observation::Modality;
use reelgraph_models::reason::Reason;
use reelgraph_models::store::StoreError;

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register};

on_both!(a_cell_is_changed_in_place_and_reasons_are_kept, a_cell_of_an_unknown_asset_sets_nothing);

fn cell(asset: AssetId, modality: Modality, status: CoverageStatus) -> Coverage {
    let (model, version) = ("whisper-base".to_owned(), "1".to_owned());
    Coverage { asset, modality, model, version, status, observations: 0, embeddings: 0, spent_ms: 0 }
}

async fn a_cell_is_changed_in_place_and_reasons_are_kept(world: World) -> anyhow::Result<()> {
    let (one, _) = register(&world.tenant, "a").await?;
    let (two, _) = register(&world.tenant, "b").await?;
    let missing = CoverageStatus::Skipped { reason: Reason::new("model_missing", "the model is not there") };
    let pending = cell(one.id, Modality::Speech, CoverageStatus::Pending);
    let skipped = cell(two.id, Modality::Tags, missing);
    world.tenant.put_coverage(&[pending.clone(), skipped.clone()]).await?;
    let mut done = Coverage { status: CoverageStatus::Done, observations: 12, spent_ms: 3_400, ..pending };
    done.embeddings = 5;
    let mut newer = done.clone();
    newer.version = "2".to_owned();
    newer.status = CoverageStatus::Failed { reason: Reason::new("crashed", "it crashed") };
    world.tenant.put_coverage(&[done.clone(), newer.clone()]).await?;

    let before = world.store.statements();
    let found = world.tenant.coverage(&[one.id, two.id]).await?;
    assert_eq!(world.store.statements() - before, 1);
    assert_eq!(found.get(&one.id), Some(&vec![done, newer]));
    assert_eq!(found.get(&two.id), Some(&vec![skipped]));
    ensure!(world.store.tenant(OTHER_TENANT).coverage(&[one.id]).await?.is_empty());
    Ok(())
}

async fn a_cell_of_an_unknown_asset_sets_nothing(world: World) -> anyhow::Result<()> {
    let (known, _) = register(&world.tenant, "a").await?;
    let unknown = AssetId::generate(world.clock.as_ref());
    let cells = [known.id, unknown].map(|asset| cell(asset, Modality::Speech, CoverageStatus::Pending));
    let outcome = world.tenant.put_coverage(&cells).await;
    ensure!(matches!(outcome, Err(StoreError::NotFound { .. })), "{outcome:?}");
    ensure!(world.tenant.coverage(&[known.id]).await?.is_empty());
    Ok(())
}
