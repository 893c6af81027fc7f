//! Observations: replaced by run, found by place.

use std::collections::BTreeSet;

use anyhow::ensure;
use reelgraph_models::id::{AssetId, ObservationId};
use reelgraph_models::observation::{Finding, Modality, Word};
use reelgraph_models::store::{ObservationFilter, PageRequest, SpanCursor, StoreError};

use crate::harness::{World, on_both};
use crate::sample::{labels, register, span_ms, tags};

on_both!(
    what_was_seen_is_read_back_with_its_provenance,
    a_second_run_of_an_analyzer_replaces_the_first_and_no_other,
    an_observation_of_another_run_or_asset_is_refused_and_nothing_is_written,
    pages_go_by_start_and_filters_by_channel_and_time,
    evidence_of_many_places_takes_two_statements,
    thousands_of_observations_go_in_at_once,
);

async fn what_was_seen_is_read_back_with_its_provenance(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let mut run = tags(asset.id, "speech", &["x"]);
    run.observations[0].modality = Modality::Speech;
    run.observations[0].confidence = 0.1 + 0.2;
    run.observations[0].finding = Finding::Speech {
        text: "dzień dobry \0 \u{1F600}".to_owned(),
        language: "pl".to_owned(),
        words: vec![Word { text: "dzień".to_owned(), span: span_ms(0, 300), probability: 0.9 }],
        suspect: Vec::new(),
    };
    world.tenant.replace_run(asset.id, &run).await?;
    let id = run.observations[0].id;
    let found = world.tenant.observations_by_ids(&[id, ObservationId::generate(world.clock.as_ref())]).await?;
    assert_eq!(found.into_values().collect::<Vec<_>>(), run.observations);
    Ok(())
}

async fn a_second_run_of_an_analyzer_replaces_the_first_and_no_other(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let all = async || {
        let filter = ObservationFilter::default();
        anyhow::Ok(world.tenant.list_observations(asset.id, &filter, PageRequest::first(100)).await?.rows)
    };
    world.tenant.replace_run(asset.id, &tags(asset.id, "objects", &["car"])).await?;
    world.tenant.replace_run(asset.id, &tags(asset.id, "tags", &["dog", "cat"])).await?;
    let second = tags(asset.id, "tags", &["dog", "wolf", "fox"]);
    for _ in 0..2 {
        world.tenant.replace_run(asset.id, &second).await?;
        let rows = all().await?;
        assert_eq!(labels(&rows).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(["car", "dog", "fox", "wolf"]));
        assert_eq!(rows.len(), 4);
    }
    world.tenant.replace_run(asset.id, &tags(asset.id, "tags", &[])).await?;
    assert_eq!(labels(&all().await?), ["car"]);
    Ok(())
}

async fn an_observation_of_another_run_or_asset_is_refused_and_nothing_is_written(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let (other, _) = register(&world.tenant, "b").await?;
    let mut mixed = tags(asset.id, "tags", &["dog"]);
    mixed.observations.extend(tags(asset.id, "tags", &["cat"]).observations);
    let foreign = tags(other.id, "tags", &["dog"]);
    for run in [mixed, foreign] {
        let outcome = world.tenant.replace_run(asset.id, &run).await;
        ensure!(matches!(outcome, Err(StoreError::Invalid { .. })), "{outcome:?}");
    }
    let filter = ObservationFilter::default();
    ensure!(world.tenant.list_observations(asset.id, &filter, PageRequest::first(9)).await?.rows.is_empty());
    Ok(())
}

async fn pages_go_by_start_and_filters_by_channel_and_time(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let mut run = tags(asset.id, "tags", &["0", "1", "2", "3", "4", "5", "6"]);
    run.observations[5].modality = Modality::Objects;
    // Three of the same start.
    run.observations[3].span = run.observations[2].span;
    run.observations[4].span = run.observations[2].span;
    world.tenant.replace_run(asset.id, &run).await?;

    let (mut seen, mut page) = (Vec::new(), PageRequest::first(3));
    loop {
        let found = world.tenant.list_observations(asset.id, &ObservationFilter::default(), page).await?;
        seen.extend(labels(&found.rows).into_iter().map(str::to_owned));
        let Some(last) = found.rows.last().filter(|_| found.has_next) else { break };
        page = PageRequest::after(SpanCursor::of_observation(last), 3);
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4", "5", "6"]);

    let objects = ObservationFilter { modalities: vec![Modality::Objects], overlapping: None };
    let found = world.tenant.list_observations(asset.id, &objects, PageRequest::first(9)).await?;
    assert_eq!(labels(&found.rows), ["5"]);
    // Half-open: what ends where the range starts, or starts where it ends, is outside.
    let within = ObservationFilter { modalities: Vec::new(), overlapping: Some(span_ms(1_000, 2_000)) };
    let found = world.tenant.list_observations(asset.id, &within, PageRequest::first(9)).await?;
    assert_eq!(labels(&found.rows), ["1"]);
    Ok(())
}

async fn evidence_of_many_places_takes_two_statements(world: World) -> anyhow::Result<()> {
    let (one, _) = register(&world.tenant, "a").await?;
    let (two, _) = register(&world.tenant, "b").await?;
    world.tenant.replace_run(one.id, &tags(one.id, "tags", &["a", "b", "c"])).await?;
    world.tenant.replace_run(two.id, &tags(two.id, "tags", &["x", "y", "z"])).await?;
    let nowhere = AssetId::generate(world.clock.as_ref());
    let mut places = vec![
        (one.id, span_ms(500, 1_500)),
        (two.id, span_ms(2_000, 9_000)),
        (one.id, span_ms(1_000, 1_001)),
        (nowhere, span_ms(0, 9_000)),
    ];
    let before = world.store.statements();
    let evidence = world.tenant.overlapping_observations(&places, &[Modality::Tags, Modality::Objects]).await?;
    assert_eq!(world.store.statements() - before, 2);
    let evidence: Vec<Vec<&str>> = evidence.iter().map(|seen| labels(seen)).collect();
    assert_eq!(evidence, [vec!["a", "b"], vec!["z"], vec!["b"], vec![]]);
    let speech = world.tenant.overlapping_observations(&places, &[Modality::Speech]).await?;
    ensure!(speech.iter().all(Vec::is_empty));

    places.resize(250, (two.id, span_ms(0, 1)));
    let before = world.store.statements();
    let evidence = world.tenant.overlapping_observations(&places, &[]).await?;
    assert_eq!((world.store.statements() - before, evidence.len()), (2, 250));
    assert_eq!(evidence.last().map(|seen| labels(seen)), Some(vec!["x"]));
    places.resize(600, (two.id, span_ms(0, 1)));
    assert_eq!(world.tenant.overlapping_observations(&places, &[]).await?.len(), 600);
    Ok(())
}

async fn thousands_of_observations_go_in_at_once(world: World) -> anyhow::Result<()> {
    let (asset, _) = register(&world.tenant, "a").await?;
    let run = tags(asset.id, "tags", &["dog"; 5_500]);
    world.tenant.replace_run(asset.id, &run).await?;
    let ids: Vec<ObservationId> = run.observations.iter().map(|seen| seen.id).collect();
    assert_eq!(world.tenant.observations_by_ids(&ids).await?.len(), 5_500);
    // A request for more than the limit gets the limit.
    let page =
        world.tenant.list_observations(asset.id, &ObservationFilter::default(), PageRequest::first(9_999)).await?;
    assert_eq!((page.rows.len(), page.has_next), (1_000, true));
    Ok(())
}
