//! Vectors: bit for bit, replaced by channel and space.

use anyhow::ensure;
use reelgraph_models::observation::Modality;
use reelgraph_models::store::{PageRequest, StoreError};

use crate::harness::{World, on_both};
use crate::sample::{register, shots, vectors};

on_both!(
    vectors_are_read_back_bit_for_bit,
    a_new_version_of_a_space_replaces_the_old_one_of_the_same_channel,
    a_vector_that_does_not_fit_its_space_is_refused,
    pages_cover_every_vector_once,
);

async fn vectors_are_read_back_bit_for_bit(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let mut set = vectors(asset.id, "1", &[[f32::MIN_POSITIVE, -0.0, 1.0 / 3.0], [f32::MAX, 1e-40, -1.0]]);
    set.embeddings[1].moment = Some(shots(asset.id, 1)[0].id);
    world.tenant.replace_embeddings(asset.id, &set).await?;
    let found = world.tenant.list_embeddings(asset.id, PageRequest::first(9)).await?.rows;
    assert_eq!(found, set.embeddings);
    let bits = |values: &[f32]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&found[0].values), bits(&set.embeddings[0].values));
    Ok(())
}

async fn a_new_version_of_a_space_replaces_the_old_one_of_the_same_channel(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let mut frames = vectors(asset.id, "1", &[[0.0, 1.0, 0.0]]);
    frames.modality = Modality::Frames;
    frames.embeddings[0].modality = Modality::Frames;
    world.tenant.replace_embeddings(asset.id, &frames).await?;
    world.tenant.replace_embeddings(asset.id, &vectors(asset.id, "1", &[[1.0, 0.0, 0.0]; 3])).await?;
    let newer = vectors(asset.id, "2", &[[0.0, 0.0, 1.0]; 2]);
    world.tenant.replace_embeddings(asset.id, &newer).await?;
    let found = world.tenant.list_embeddings(asset.id, PageRequest::first(9)).await?.rows;
    assert_eq!(found, [frames.embeddings, newer.embeddings].concat());
    Ok(())
}

async fn a_vector_that_does_not_fit_its_space_is_refused(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let good = vectors(asset.id, "1", &[[1.0, 0.0, 0.0]]);
    let mut short = good.clone();
    short.embeddings[0].values.pop();
    let mut not_a_number = good.clone();
    not_a_number.embeddings[0].values[1] = f32::NAN;
    let mut elsewhere = good.clone();
    elsewhere.embeddings[0].modality = Modality::Frames;
    let mut flat = good;
    flat.space.dims = 0;
    for bad in [short, not_a_number, elsewhere, flat] {
        let outcome = world.tenant.replace_embeddings(asset.id, &bad).await;
        ensure!(matches!(outcome, Err(StoreError::Invalid { .. })), "{outcome:?}");
    }
    ensure!(world.tenant.list_embeddings(asset.id, PageRequest::first(9)).await?.rows.is_empty());
    Ok(())
}

async fn pages_cover_every_vector_once(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let set = vectors(asset.id, "1", &[[1.0, 2.0, 3.0]; 2_300]);
    world.tenant.replace_embeddings(asset.id, &set).await?;
    let (mut seen, mut page) = (Vec::new(), PageRequest::first(1_000));
    loop {
        let found = world.tenant.list_embeddings(asset.id, page).await?;
        seen.extend(found.rows.iter().map(|embedding| embedding.id));
        let Some(last) = found.rows.last().filter(|_| found.has_next) else { break };
        page = PageRequest::after(last.id, 1_000);
    }
    let mut expected: Vec<_> = set.embeddings.iter().map(|embedding| embedding.id).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected);
    Ok(())
}
