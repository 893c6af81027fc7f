//! The feed that indexes follow.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::ensure;
use reelgraph_models::asset::Revision;
use reelgraph_models::id::AssetId;

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register, shots, tags, vectors};

on_both!(
    whatever_feeds_search_moves_its_asset_to_the_end_of_the_feed,
    an_index_that_follows_the_feed_while_many_write_misses_nothing,
);

async fn whatever_feeds_search_moves_its_asset_to_the_end_of_the_feed(world: World) -> anyhow::Result<()> {
    assert_eq!(world.store.latest_revision().await?, Revision(0));
    let (one, _) = register(&world.tenant, "a").await?;
    let other = world.store.tenant(OTHER_TENANT);
    let (two, _) = register(&other, "b").await?;
    ensure!(world.store.changed_since(Revision(0), 10).await?.is_empty(), "nothing is searchable yet");
    // Evidence is read from the database, so it does not concern the indexes.
    world.tenant.replace_run(one.id, &tags(one.id, "tags", &["dog"])).await?;
    ensure!(world.store.changed_since(Revision(0), 10).await?.is_empty());

    world.tenant.replace_moments(one.id, &shots(one.id, 2)).await?;
    other.replace_moments(two.id, &shots(two.id, 1)).await?;
    world.tenant.replace_embeddings(one.id, &vectors(one.id, "1", &[[1.0, 0.0, 0.0]])).await?;
    let feed = world.store.changed_since(Revision(0), 10).await?;
    let lines: Vec<_> = feed.iter().map(|line| (line.tenant, line.asset, line.revision.0, line.is_deleted)).collect();
    assert_eq!(lines, [(OTHER_TENANT, two.id, 2, false), (world.tenant.tenant(), one.id, 3, false)]);
    assert_eq!(world.store.changed_since(Revision(0), 1).await?, feed[..1]);
    assert_eq!(world.store.changed_since(Revision(2), 10).await?, feed[1..]);
    assert_eq!(world.store.latest_revision().await?, Revision(3));
    Ok(())
}

async fn an_index_that_follows_the_feed_while_many_write_misses_nothing(world: World) -> anyhow::Result<()> {
    let mut assets = Vec::new();
    for number in 0..6 {
        assets.push(register(&world.tenant, &format!("{number}")).await?.0.id);
    }
    let is_done = Arc::new(AtomicBool::new(false));
    let follower = tokio::spawn({
        let (store, is_done) = (world.store.clone(), Arc::clone(&is_done));
        async move {
            let (mut watermark, mut index) = (Revision(0), HashMap::<AssetId, Revision>::new());
            loop {
                let was_done = is_done.load(Ordering::SeqCst);
                let lines = store.changed_since(watermark, 2).await?;
                if lines.is_empty() && was_done {
                    return anyhow::Ok(index);
                }
                for line in lines {
                    index.insert(line.asset, line.revision);
                    watermark = line.revision;
                }
                tokio::task::yield_now().await;
            }
        }
    });
    let writers = (0..6).map(|writer| {
        let (tenant, assets) = (world.tenant.clone(), assets.clone());
        tokio::spawn(async move {
            for round in 0..12 {
                let asset = assets[(writer + round) % assets.len()];
                tenant.rename_asset(asset, &format!("{writer} {round}")).await?;
            }
            anyhow::Ok(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await??;
    }
    is_done.store(true, Ordering::SeqCst);
    let index = follower.await??;
    for (id, asset) in world.tenant.assets_by_ids(&assets).await? {
        assert_eq!(index.get(&id), Some(&asset.revision), "the index missed a change");
    }
    assert_eq!(world.store.latest_revision().await?, Revision(72));
    Ok(())
}
