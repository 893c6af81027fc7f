//! Moments: replaced as a whole, with ids that stay.

use anyhow::ensure;
use reelgraph_models::id::MomentId;
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::store::{MomentFilter, Page, PageRequest, SpanCursor, StoreError};

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register, shots, span_ms};

on_both!(
    moments_are_read_back_as_they_were_stored,
    a_moment_whose_span_stays_keeps_its_id_when_all_are_replaced,
    a_moment_that_breaks_a_rule_is_refused_and_those_there_stay,
    pages_go_by_start_and_filters_by_kind_and_time,
    first_pages_of_many_assets_take_one_statement,
);

async fn moments_are_read_back_as_they_were_stored(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let texts = MomentTexts {
        said: "good \0 morning".to_owned(),
        language: Some("en".to_owned()),
        written: "EXIT\n出口".to_owned(),
        seen: vec!["harbour".to_owned(), "boat".to_owned()],
        title: "a".to_owned(),
    };
    let mut moment = Moment::new(asset.id, MomentKind::Speech, span_ms(10, 20), texts);
    moment.still_at = moment.span.start();
    world.tenant.replace_moments(asset.id, std::slice::from_ref(&moment)).await?;
    let found = world.tenant.moments_by_ids(&[moment.id, MomentId::generate(world.clock.as_ref())]).await?;
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [(moment.id, moment)]);
    Ok(())
}

async fn a_moment_whose_span_stays_keeps_its_id_when_all_are_replaced(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let first = shots(asset.id, 3);
    world.tenant.replace_moments(asset.id, &first).await?;
    let mut second = shots(asset.id, 2);
    second[0].texts.said = "now with words".to_owned();
    world.tenant.replace_moments(asset.id, &second).await?;
    let ids: Vec<MomentId> = first.iter().map(|moment| moment.id).collect();
    let found = world.tenant.moments_by_ids(&ids).await?;
    assert_eq!(found.len(), 2);
    assert_eq!(found.get(&ids[0]), Some(&second[0]));
    Ok(())
}

async fn a_moment_that_breaks_a_rule_is_refused_and_those_there_stay(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let (other, _) = register(&world.tenant, "b").await?;
    let good = shots(asset.id, 2);
    world.tenant.replace_moments(asset.id, &good).await?;
    let mut invented = shots(asset.id, 1);
    invented[0].id = MomentId::generate(world.clock.as_ref());
    let twice = vec![good[0].clone(), good[0].clone()];
    for bad in [shots(other.id, 1), invented, twice] {
        let outcome = world.tenant.replace_moments(asset.id, &bad).await;
        ensure!(matches!(outcome, Err(StoreError::Invalid { .. })), "{outcome:?}");
    }
    let page = world.tenant.list_moments(asset.id, &MomentFilter::default(), PageRequest::first(9)).await?;
    assert_eq!(page.rows, good);
    Ok(())
}

async fn pages_go_by_start_and_filters_by_kind_and_time(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let mut moments = shots(asset.id, 5);
    moments.push(Moment::new(asset.id, MomentKind::Asset, span_ms(0, 5_000), MomentTexts::default()));
    world.tenant.replace_moments(asset.id, &moments).await?;
    let (mut seen, mut page) = (Vec::new(), PageRequest::first(2));
    loop {
        let found = world.tenant.list_moments(asset.id, &MomentFilter::default(), page).await?;
        seen.extend(found.rows.iter().map(|moment| (moment.span.start(), moment.id)));
        let Some(last) = found.rows.last().filter(|_| found.has_next) else { break };
        page = PageRequest::after(SpanCursor::of_moment(last), 2);
    }
    let mut expected: Vec<_> = moments.iter().map(|moment| (moment.span.start(), moment.id)).collect();
    expected.sort_unstable();
    assert_eq!(seen, expected);

    let filter = MomentFilter { kinds: vec![MomentKind::Shot], overlapping: Some(span_ms(1_999, 3_000)) };
    let found = world.tenant.list_moments(asset.id, &filter, PageRequest::first(9)).await?;
    assert_eq!(found.rows, moments[1..3]);
    Ok(())
}

async fn first_pages_of_many_assets_take_one_statement(world: World) -> anyhow::Result<()> {
    let mut expected = std::collections::HashMap::new();
    let mut ids = Vec::new();
    for (name, count) in [("none", 0), ("two", 2), ("three", 3), ("nine", 9)] {
        let (asset, _) = register(&world.tenant, name).await?;
        let moments = shots(asset.id, count);
        world.tenant.replace_moments(asset.id, &moments).await?;
        ids.push(asset.id);
        if count > 0 {
            let has_next = moments.len() > 3;
            expected.insert(asset.id, Page { rows: moments.into_iter().take(3).collect::<Vec<_>>(), has_next });
        }
    }
    let before = world.store.statements();
    let found = world.tenant.first_moments(&ids, &MomentFilter::default(), 3).await?;
    assert_eq!(world.store.statements() - before, 1);
    assert_eq!(found, expected);
    let other = world.store.tenant(OTHER_TENANT);
    ensure!(other.first_moments(&ids, &MomentFilter::default(), 3).await?.is_empty());
    Ok(())
}
