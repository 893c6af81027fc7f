//! Licences of assets, and what is decided about them.

use anyhow::{Context, ensure};
use reelgraph_models::review::ReviewState;
use reelgraph_models::rights::{Licence, Rights, Territory};
use reelgraph_models::saved_search::Owner;
use reelgraph_models::store::StoreError;

use crate::harness::{World, on_both, start};
use crate::sample::{OTHER_TENANT, register};

on_both!(
    licences_take_the_place_of_those_before_and_tell_the_indexes,
    a_decision_is_kept_with_who_took_it_and_when,
    what_was_noted_of_an_asset_goes_with_it,
);

fn german() -> anyhow::Result<Rights> {
    let territory = Territory::new("de").context("no territory")?;
    let last_day = Some("2026-12-31".parse()?);
    let note = Some("contract 7".to_owned());
    Ok(Rights::new(vec![Licence { territories: Some([territory].into()), first_day: None, last_day, note }])?)
}

async fn licences_take_the_place_of_those_before_and_tell_the_indexes(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "licensed").await?;
    assert_eq!(asset.rights, Rights::default());
    let changed = world.tenant.set_asset_rights(asset.id, &german()?).await?;
    assert_eq!(changed.rights, german()?);
    ensure!(changed.revision > asset.revision);
    let other = world.store.tenant(OTHER_TENANT).set_asset_rights(asset.id, &Rights::default()).await;
    ensure!(matches!(other, Err(StoreError::NotFound { .. })), "{other:?}");
    assert_eq!(world.tenant.set_asset_rights(asset.id, &Rights::default()).await?.rights, Rights::default());
    Ok(())
}

async fn a_decision_is_kept_with_who_took_it_and_when(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "reviewed").await?;
    assert_eq!((asset.review.state, &asset.review.decided_by), (ReviewState::Pending, &None));
    let ann = Owner::new("ann");
    let decide = async |state, reason| world.tenant.review_asset(asset.id, &ann, state, reason).await;
    let changed = decide(ReviewState::Rejected, Some(" a logo at 0:10 ")).await?;
    ensure!(changed.revision > asset.revision);
    let review = &changed.review;
    assert_eq!((review.state, review.reason.as_deref()), (ReviewState::Rejected, Some("a logo at 0:10")));
    assert_eq!((&review.decided_by, review.decided_at), (&Some(ann.clone()), Some(start())));
    let long = "x".repeat(2_001);
    for reason in ["", "  ", &long] {
        let refused = decide(ReviewState::Approved, Some(reason)).await;
        ensure!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    }
    let changed = decide(ReviewState::Approved, None).await?.review;
    assert_eq!((changed.state, changed.reason), (ReviewState::Approved, None));
    Ok(())
}

async fn what_was_noted_of_an_asset_goes_with_it(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "noted").await?;
    world.tenant.set_asset_metadata(asset.id, &[("project".to_owned(), vec!["a secret".to_owned()])]).await?;
    world.tenant.set_asset_rights(asset.id, &german()?).await?;
    world.tenant.review_asset(asset.id, &Owner::new("ann"), ReviewState::Rejected, Some("a secret")).await?;
    world.tenant.delete_asset(asset.id).await?;
    ensure!(world.tenant.purge_asset(asset.id).await?);
    let columns = world.texts("SELECT metadata || rights || review FROM assets").await?;
    assert_eq!(columns.len(), 1);
    ensure!(columns.iter().all(|text| !text.contains("secret") && !text.contains("contract")), "{columns:?}");
    Ok(())
}
