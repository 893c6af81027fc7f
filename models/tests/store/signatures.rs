//! Signatures: bit for bit, one track an asset, gone with it.

use anyhow::ensure;
use reelgraph_models::id::AssetId;
use reelgraph_models::run::StageCommit;
use reelgraph_models::signature::{Signature, SignatureTrack};
use reelgraph_models::store::StoreError;
use reelgraph_models::time::MediaTime;

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register};

on_both!(
    signatures_are_read_back_bit_for_bit_and_replaced_as_a_whole,
    signatures_without_an_interval_are_refused,
    signatures_are_their_tenants_own_and_go_with_their_asset,
    a_stage_stores_signatures_and_tells_the_indexes,
);

fn track(asset: AssetId, samples: &[u64]) -> SignatureTrack {
    SignatureTrack {
        asset,
        model: "frame-signature".to_owned(),
        version: "1".to_owned(),
        interval: MediaTime::from_millis(200),
        samples: samples.iter().copied().map(Signature::from_bits).collect(),
    }
}

async fn signatures_are_read_back_bit_for_bit_and_replaced_as_a_whole(world: World) -> anyhow::Result<()> {
    let (a, _) = register(&world.tenant, "a").await?;
    let (b, _) = register(&world.tenant, "b").await?;
    world.tenant.replace_signatures(&track(a.id, &[1, 2, 3])).await?;
    let newer = track(a.id, &[u64::MAX, 0, 1 << 63]);
    world.tenant.replace_signatures(&newer).await?;
    let empty = track(b.id, &[]);
    world.tenant.replace_signatures(&empty).await?;
    let found = world.tenant.signatures(&[a.id, b.id, AssetId::generate(world.clock.as_ref())]).await?;
    assert_eq!(found.len(), 2);
    assert_eq!(found.get(&a.id), Some(&newer));
    assert_eq!(found.get(&b.id), Some(&empty));
    Ok(())
}

async fn signatures_without_an_interval_are_refused(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let bad = SignatureTrack { interval: MediaTime::ZERO, ..track(asset.id, &[1]) };
    let outcome = world.tenant.replace_signatures(&bad).await;
    ensure!(matches!(outcome, Err(StoreError::Invalid { .. })), "{outcome:?}");
    ensure!(world.tenant.signatures(&[asset.id]).await?.is_empty());
    Ok(())
}

async fn signatures_are_their_tenants_own_and_go_with_their_asset(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    world.tenant.replace_signatures(&track(asset.id, &[1])).await?;
    let other = world.store.tenant(OTHER_TENANT);
    ensure!(other.signatures(&[asset.id]).await?.is_empty());
    let outcome = other.replace_signatures(&track(asset.id, &[2])).await;
    ensure!(matches!(outcome, Err(StoreError::NotFound { .. })), "{outcome:?}");
    world.tenant.delete_asset(asset.id).await?;
    ensure!(world.tenant.signatures(&[asset.id]).await?.is_empty());
    Ok(())
}

async fn a_stage_stores_signatures_and_tells_the_indexes(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let lease = world.store.jobs().lease_next("test", std::time::Duration::from_secs(60)).await?;
    let lease = lease.ok_or_else(|| anyhow::anyhow!("a job was queued"))?;
    let before = world.store.latest_revision().await?;
    let track = track(asset.id, &[7, 8]);
    let commit = StageCommit { signatures: Some(track.clone()), ..StageCommit::new("analyze") };
    world.store.jobs().complete_stage(&lease, &commit).await?;
    assert_eq!(world.tenant.signatures(&[asset.id]).await?.get(&asset.id), Some(&track));
    ensure!(world.store.latest_revision().await? > before);
    Ok(())
}
