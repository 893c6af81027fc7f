//! Standing searches: each moment is told exactly once, whatever happens in between.

use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::asset::Revision;
use reelgraph_models::id::{AssetId, MomentId, SavedSearchId};
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::outbox::{EventData, SearchMatched};
use reelgraph_models::saved_search::{Backfill, Owner, SavedSearch, SavedSearchChange, StoredSearch};
use reelgraph_models::standing_search::{FoundMatch, Kept, LookedThrough, MatchMark};
use reelgraph_models::store::{MatchCursor, PageRequest, StoreError};
use sea_orm::{ConnectionTrait, Database};

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, register, shots, span_ms};
use crate::saved_searches::{ann, saved};

on_both!(
    a_moment_is_told_once_however_often_it_is_met,
    what_fails_half_way_has_written_nothing_and_is_told_once_afterwards,
    a_stretch_that_was_told_is_not_told_again_by_another_of_its_moments,
    what_was_there_before_is_remembered_in_silence_unless_it_is_asked_for,
    a_search_that_was_changed_or_deleted_meanwhile_writes_nothing,
    what_is_deleted_or_gone_is_not_told,
    moments_are_pinned_and_excluded_by_hand,
    a_search_is_due_as_long_as_it_is_behind_the_index,
    old_events_go,
);

/// A library with one asset of five shots, and a search that stands over it.
async fn standing(world: &World, backfill: Backfill) -> anyhow::Result<(SavedSearch, AssetId, Vec<Moment>)> {
    let (asset, _) = register(&world.tenant, "film").await?;
    let shots = shots(asset.id, 5);
    world.tenant.replace_moments(asset.id, &shots).await?;
    let search = saved(&world.tenant, "word").await?;
    let search = world.tenant.set_standing(&ann(), search.id, Some(backfill)).await?;
    Ok((search, asset.id, shots))
}

fn found(asset: AssetId, moments: &[&Moment]) -> FoundMatch {
    let mut ids = moments.iter().map(|moment| moment.id);
    let lead = ids.next().unwrap_or_else(|| MomentId::from_uuid(uuid::Uuid::nil()));
    FoundMatch { asset, lead, merged: ids.collect(), score: 0.5, is_silent: false }
}

fn looked(to: i64, found: Vec<FoundMatch>) -> LookedThrough {
    LookedThrough { to: Revision(to), is_end: true, found }
}

async fn again(world: &World, search: SavedSearchId) -> anyhow::Result<SavedSearch> {
    world.tenant.find_saved_search(search).await?.context("the search is there")
}

/// Moments that were told, by their events in order.
async fn told(world: &World, search: SavedSearchId) -> anyhow::Result<Vec<MomentId>> {
    let events = world.tenant.search_events(search, 0, 100).await?;
    ensure!(events.is_sorted_by(|a, b| a.sequence < b.sequence));
    Ok(events
        .into_iter()
        .map(|event| match event.data {
            EventData::SearchMatched(it) => it.moment,
        })
        .collect())
}

async fn listed(world: &World, search: SavedSearchId) -> anyhow::Result<Vec<MomentId>> {
    let page = world.tenant.list_matches(search, PageRequest::first(100)).await?;
    Ok(page.rows.into_iter().map(|row| row.moment).collect())
}

async fn a_moment_is_told_once_however_often_it_is_met(world: World) -> anyhow::Result<()> {
    let (search, asset, shots) = standing(&world, Backfill::Silent).await?;
    let [one, two, three, ..] = shots.as_slice() else { anyhow::bail!("five shots") };
    let first = looked(1, vec![found(asset, &[two]), found(asset, &[one])]);
    assert_eq!(world.tenant.keep_matches(&search, &first).await?, Kept::Told { matches: 2 });
    assert_eq!(world.tenant.keep_matches(&search, &first).await?, Kept::Overtaken, "as it was read before");
    let search = again(&world, search.id).await?;
    assert_eq!(search.standing.as_ref().map(|it| (it.watermark, it.is_seeded)), Some((Revision(1), true)));
    world.advance(Duration::from_secs(1));
    let more = looked(2, vec![found(asset, &[one]), found(asset, &[three]), found(asset, &[two])]);
    assert_eq!(world.tenant.keep_matches(&search, &more).await?, Kept::Told { matches: 1 });
    assert_eq!(told(&world, search.id).await?, [two.id, one.id, three.id]);

    let events = world.tenant.search_events(search.id, 0, 2).await?;
    let last = events.last().map(|event| event.sequence).unwrap_or_default();
    let rest = world.tenant.search_events(search.id, last, 10).await?;
    let data = SearchMatched {
        search: search.id,
        moment: three.id,
        asset,
        start_us: three.span.start().as_micros(),
        end_us: three.span.end().as_micros(),
        score: 0.5,
    };
    assert_eq!(rest.iter().map(|it| &it.data).collect::<Vec<_>>(), [&EventData::SearchMatched(data)]);
    assert_eq!(world.tenant.last_search_event(search.id).await?, last + 1);
    assert_eq!(world.store.tenant(OTHER_TENANT).search_events(search.id, 0, 10).await?, []);

    let page = world.tenant.list_matches(search.id, PageRequest::first(1)).await?;
    assert_eq!(page.rows.iter().map(|row| row.moment).collect::<Vec<_>>(), [three.id], "newest first");
    let after = page.rows.last().map(MatchCursor::of);
    let rest = world.tenant.list_matches(search.id, PageRequest { after, limit_rows: 10 }).await?;
    assert_eq!((rest.rows.len(), rest.has_next), (2, false));
    Ok(())
}

async fn what_fails_half_way_has_written_nothing_and_is_told_once_afterwards(world: World) -> anyhow::Result<()> {
    let (search, asset, shots) = standing(&world, Backfill::Silent).await?;
    let [one, ..] = shots.as_slice() else { anyhow::bail!("five shots") };
    let first = looked(1, vec![found(asset, &[one])]);
    let hand = Database::connect(&world.url).await?;
    for table in ["outbox", "standing_moments"] {
        hand.execute_unprepared(&format!("ALTER TABLE {table} RENAME TO away")).await?;
        let failed = world.tenant.keep_matches(&search, &first).await;
        ensure!(matches!(failed, Err(StoreError::Query { .. })), "{failed:?}");
        hand.execute_unprepared(&format!("ALTER TABLE away RENAME TO {table}")).await?;
        assert_eq!(again(&world, search.id).await?, search, "it has not moved");
        assert_eq!((told(&world, search.id).await?, listed(&world, search.id).await?), (Vec::new(), Vec::new()));
    }
    hand.close().await?;
    assert_eq!(world.tenant.keep_matches(&search, &first).await?, Kept::Told { matches: 1 });
    assert_eq!((told(&world, search.id).await?, listed(&world, search.id).await?), (vec![one.id], vec![one.id]));
    Ok(())
}

async fn a_stretch_that_was_told_is_not_told_again_by_another_of_its_moments(world: World) -> anyhow::Result<()> {
    let (search, asset, mut shots) = standing(&world, Backfill::Silent).await?;
    let long = Moment::new(asset, MomentKind::Shot, span_ms(0, 60_000), MomentTexts::default());
    shots.push(long.clone());
    world.tenant.replace_moments(asset, &shots).await?;
    let [one, two, three, ..] = shots.as_slice() else { anyhow::bail!("five shots") };
    let first = looked(1, vec![found(asset, &[one, two, &long])]);
    assert_eq!(world.tenant.keep_matches(&search, &first).await?, Kept::Told { matches: 1 });
    let search = again(&world, search.id).await?;
    // The other moment is the stronger one now; the long one lends itself to every answer and says nothing about any.
    let more = looked(2, vec![found(asset, &[two, one, &long]), found(asset, &[three, &long])]);
    assert_eq!(world.tenant.keep_matches(&search, &more).await?, Kept::Told { matches: 1 });
    assert_eq!(told(&world, search.id).await?, [one.id, three.id]);
    Ok(())
}

async fn what_was_there_before_is_remembered_in_silence_unless_it_is_asked_for(world: World) -> anyhow::Result<()> {
    let (search, asset, shots) = standing(&world, Backfill::Silent).await?;
    let [one, two, ..] = shots.as_slice() else { anyhow::bail!("five shots") };
    let before = FoundMatch { is_silent: true, ..found(asset, &[one]) };
    assert_eq!(world.tenant.keep_matches(&search, &looked(1, vec![before])).await?, Kept::Told { matches: 0 });
    let search = again(&world, search.id).await?;
    let more = looked(2, vec![found(asset, &[one]), found(asset, &[two])]);
    assert_eq!(world.tenant.keep_matches(&search, &more).await?, Kept::Told { matches: 1 });
    assert_eq!((told(&world, search.id).await?, listed(&world, search.id).await?), (vec![two.id], vec![two.id]));

    // It no longer stands, and then stands again: what was told stays so.
    let resting = world.tenant.set_standing(&ann(), search.id, None).await?;
    assert_eq!(resting.standing, None);
    world.advance(Duration::from_secs(1));
    let search = world.tenant.set_standing(&ann(), search.id, Some(Backfill::Tell)).await?;
    assert_eq!(search.standing.as_ref().map(|it| it.watermark), Some(Revision(0)));
    assert_eq!(world.tenant.keep_matches(&search, &more).await?, Kept::Told { matches: 1 });
    assert_eq!(told(&world, search.id).await?, [two.id, one.id]);
    Ok(())
}

async fn a_search_that_was_changed_or_deleted_meanwhile_writes_nothing(world: World) -> anyhow::Result<()> {
    let (search, asset, shots) = standing(&world, Backfill::Silent).await?;
    let [one, ..] = shots.as_slice() else { anyhow::bail!("five shots") };
    let first = looked(1, vec![found(asset, &[one])]);
    world.advance(Duration::from_secs(1));
    let asked = StoredSearch { query: "other".to_owned(), input: "{}".to_owned() };
    let change = SavedSearchChange { search: Some(asked), name: None };
    let changed = world.tenant.update_saved_search(&ann(), search.id, &change).await?;
    assert_eq!(world.tenant.keep_matches(&search, &first).await?, Kept::Overtaken);
    let standing = changed.standing.context("it stands still")?;
    assert_eq!((standing.watermark, standing.is_seeded), (Revision(0), false), "it begins anew");
    let changed = again(&world, search.id).await?;
    assert_eq!(world.tenant.keep_matches(&changed, &first).await?, Kept::Told { matches: 1 });

    let search = again(&world, search.id).await?;
    ensure!(world.tenant.delete_saved_search(&ann(), search.id).await?);
    assert_eq!(world.tenant.keep_matches(&search, &looked(2, vec![found(asset, &[one])])).await?, Kept::Overtaken);
    assert_eq!(listed(&world, search.id).await?, []);
    Ok(())
}

async fn what_is_deleted_or_gone_is_not_told(world: World) -> anyhow::Result<()> {
    let (search, asset, shots) = standing(&world, Backfill::Silent).await?;
    let [one, two, three, ..] = shots.as_slice() else { anyhow::bail!("five shots") };
    // Another analysis drew other bounds after the index was written.
    world.tenant.replace_moments(asset, &[one.clone(), two.clone()]).await?;
    let first = looked(1, vec![found(asset, &[three, two]), found(asset, &[one])]);
    assert_eq!(world.tenant.keep_matches(&search, &first).await?, Kept::Told { matches: 1 });
    assert_eq!(listed(&world, search.id).await?, [one.id]);
    ensure!(world.tenant.delete_asset(asset).await?);
    assert_eq!(listed(&world, search.id).await?, [], "gone with the asset");
    let search = again(&world, search.id).await?;
    let more = looked(2, vec![found(asset, &[two])]);
    assert_eq!(world.tenant.keep_matches(&search, &more).await?, Kept::Told { matches: 0 });
    assert_eq!(told(&world, search.id).await?, [one.id], "what was told was told");
    Ok(())
}

async fn moments_are_pinned_and_excluded_by_hand(world: World) -> anyhow::Result<()> {
    let (search, asset, shots) = standing(&world, Backfill::Silent).await?;
    let [one, two, three, four, ..] = shots.as_slice() else { anyhow::bail!("five shots") };
    let first = looked(1, vec![found(asset, &[one]), found(asset, &[two])]);
    world.tenant.keep_matches(&search, &first).await?;
    let mark = async |moment: &Moment, mark| world.tenant.mark_match(&ann(), search.id, moment.id, mark).await;
    world.advance(Duration::from_secs(1));
    mark(one, Some(MatchMark::Excluded)).await?;
    mark(three, Some(MatchMark::Pinned)).await?;
    mark(four, Some(MatchMark::Excluded)).await?;
    assert_eq!(listed(&world, search.id).await?, [three.id, two.id]);
    let search = again(&world, search.id).await?;
    let more = looked(2, vec![found(asset, &[three]), found(asset, &[four])]);
    assert_eq!(world.tenant.keep_matches(&search, &more).await?, Kept::Told { matches: 0 }, "said by hand");
    for moment in [one, three, four] {
        mark(moment, None).await?;
    }
    let mut all = listed(&world, search.id).await?;
    all.sort_unstable();
    let mut expected = vec![one.id, two.id];
    expected.sort_unstable();
    assert_eq!(all, expected);
    let bob = world.tenant.mark_match(&Owner::new("bob"), search.id, one.id, Some(MatchMark::Excluded)).await;
    ensure!(matches!(bob, Err(StoreError::NotFound { .. })), "{bob:?}");
    let nowhere = MomentId::derive(asset, MomentKind::Speech, span_ms(0, 1));
    let unknown = world.tenant.mark_match(&ann(), search.id, nowhere, Some(MatchMark::Pinned)).await;
    ensure!(matches!(unknown, Err(StoreError::NotFound { what: "moment", .. })), "{unknown:?}");
    Ok(())
}

async fn a_search_is_due_as_long_as_it_is_behind_the_index(world: World) -> anyhow::Result<()> {
    let (search, asset, _) = standing(&world, Backfill::Silent).await?;
    let latest = world.store.latest_revision().await?;
    saved(&world.tenant, "not standing").await?;
    let due = async |published| -> anyhow::Result<Vec<SavedSearchId>> {
        let due = world.store.due_searches(published, 10).await?;
        Ok(due.into_iter().map(|due| due.search.id).collect())
    };
    assert_eq!(due(latest).await?, [search.id]);
    assert_eq!(due(Revision(0)).await?, []);
    let changed = world.tenant.changed_assets(Revision(0), latest, 10).await?;
    assert_eq!(
        changed.iter().map(|it| (it.asset, it.revision, it.is_deleted)).collect::<Vec<_>>(),
        [(asset, latest, false)]
    );
    assert_eq!(world.tenant.changed_assets(Revision(0), Revision(latest.0 - 1), 10).await?, []);
    assert_eq!(world.store.tenant(OTHER_TENANT).changed_assets(Revision(0), latest, 10).await?, []);
    // On the way, it has not seen all that was there.
    let half = LookedThrough { is_end: false, ..looked(latest.0 - 1, Vec::new()) };
    world.tenant.keep_matches(&search, &half).await?;
    let search = again(&world, search.id).await?;
    assert_eq!(search.standing.as_ref().map(|it| it.is_seeded), Some(false));
    world.tenant.keep_matches(&search, &looked(latest.0, Vec::new())).await?;
    let search = again(&world, search.id).await?;
    assert_eq!(search.standing.as_ref().map(|it| it.is_seeded), Some(true));
    assert_eq!(due(latest).await?, []);
    Ok(())
}

async fn old_events_go(world: World) -> anyhow::Result<()> {
    let (search, asset, shots) = standing(&world, Backfill::Silent).await?;
    let all = shots.iter().map(|shot| found(asset, &[shot])).collect();
    world.tenant.keep_matches(&search, &looked(1, all)).await?;
    use reelgraph_models::clock::Clock;
    let now = world.clock.now();
    assert_eq!(world.store.prune_events(now, 3).await?, 2);
    assert_eq!(told(&world, search.id).await?.len(), 3);
    world.advance(Duration::from_secs(1));
    assert_eq!(world.store.prune_events(world.clock.now(), 100).await?, 3);
    Ok(())
}
