//! The search log: what was searched for, what was done with the answers, and what is forgotten.

use std::time::Duration;

use anyhow::ensure;
use chrono::{DateTime, TimeDelta, Utc};
use reelgraph_models::id::{AssetId, MomentId, SearchId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::saved_search::{MAX_RECENT_SEARCHES, Owner, StoredSearch};
use reelgraph_models::search_log::{
    ClickAction, LoggedSearch, QueryReport, ReportCursor, ReportKind, ReportPeriod, SearchClick, SearchOutcome,
};
use reelgraph_models::store::{PageRequest, StoreError, TenantStore};

use crate::harness::{World, on_both};
use crate::sample::{OTHER_TENANT, span_ms};

on_both!(
    a_report_counts_queries_by_what_became_of_them,
    pages_of_a_report_neither_skip_nor_repeat,
    what_is_done_with_an_answer_counts_once,
    recent_searches_are_a_ring_of_each_person,
    the_log_is_cut_back_in_time_and_in_rows,
);

fn searched(world: &World, query: &str, outcome: SearchOutcome) -> LoggedSearch {
    use reelgraph_models::clock::Clock;
    LoggedSearch {
        id: SearchId::generate(world.clock.as_ref()),
        owner: Owner::new("ann"),
        query: query.to_owned(),
        search: StoredSearch { query: query.to_owned(), input: format!("{{\"query\":\"{query}\"}}") },
        outcome,
        hits: u32::from(outcome != SearchOutcome::ZeroResults),
        has_more: false,
        best_score: match outcome {
            SearchOutcome::Answered => Some(0.75),
            SearchOutcome::LowScore => Some(0.25),
            SearchOutcome::ZeroResults => None,
        },
        took_us: 1_000,
        searched_at: world.clock.now(),
    }
}

async fn report(tenant: &TenantStore, kind: ReportKind) -> Result<Vec<QueryReport>, StoreError> {
    Ok(tenant.search_report(kind, ReportPeriod::default(), &PageRequest::first(100)).await?.rows)
}

fn names(report: &[QueryReport]) -> Vec<(&str, u64)> {
    report.iter().map(|line| (line.query.as_str(), line.searches)).collect()
}

fn moment(number: i64) -> MomentId {
    MomentId::derive(AssetId::from_uuid(uuid::Uuid::from_u128(1)), MomentKind::Shot, span_ms(number, number + 1))
}

async fn a_report_counts_queries_by_what_became_of_them(world: World) -> anyhow::Result<()> {
    use SearchOutcome::{Answered, LowScore, ZeroResults};
    let mut log = Vec::new();
    for (query, outcome) in [
        ("dragon", Answered),
        ("unicorn", ZeroResults),
        ("dragon", LowScore),
        ("unicorn", ZeroResults),
        ("elf", LowScore),
    ] {
        log.push(searched(&world, query, outcome));
        world.advance(Duration::from_secs(60));
    }
    world.tenant.log_searches(&log).await?;
    let all = report(&world.tenant, ReportKind::Frequent).await?;
    assert_eq!(names(&all), [("dragon", 2), ("unicorn", 2), ("elf", 1)]);
    let [dragon, unicorn, _] = all.as_slice() else { anyhow::bail!("three queries") };
    assert_eq!((dragon.zero_results, dragon.low_scores, dragon.best_score), (0, 1, Some(0.75)));
    assert_eq!((unicorn.zero_results, unicorn.best_score, unicorn.mean_took_us), (2, None, 1_000));
    assert_eq!(Some(unicorn.last_searched_at), log.get(3).map(|it| it.searched_at));
    assert_eq!(names(&report(&world.tenant, ReportKind::ZeroResults).await?), [("unicorn", 2)]);
    assert_eq!(names(&report(&world.tenant, ReportKind::LowScore).await?), [("dragon", 1), ("elf", 1)]);

    let period = ReportPeriod { from: log.get(1).map(|it| it.searched_at), to: log.get(3).map(|it| it.searched_at) };
    let part = world.tenant.search_report(ReportKind::Frequent, period, &PageRequest::first(10)).await?;
    assert_eq!(names(&part.rows), [("dragon", 1), ("unicorn", 1)]);
    assert_eq!(report(&world.store.tenant(OTHER_TENANT), ReportKind::Frequent).await?, []);
    Ok(())
}

async fn pages_of_a_report_neither_skip_nor_repeat(world: World) -> anyhow::Result<()> {
    let log: Vec<LoggedSearch> = (0..9)
        .flat_map(|number| (0..=number / 3).map(move |_| number))
        .map(|number| searched(&world, &format!("query {number}"), SearchOutcome::Answered))
        .collect();
    world.tenant.log_searches(&log).await?;
    let all = report(&world.tenant, ReportKind::Frequent).await?;
    assert_eq!(names(&all).get(..2), Some([("query 6", 3), ("query 7", 3)].as_slice()));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let request = PageRequest { after, limit_rows: 2 };
        let page = world.tenant.search_report(ReportKind::Frequent, ReportPeriod::default(), &request).await?;
        after = page.rows.last().map(|line| ReportCursor { searches: line.searches, query: line.query.clone() });
        paged.extend(page.rows);
        if !page.has_next {
            break;
        }
    }
    assert_eq!(paged, all);
    Ok(())
}

async fn what_is_done_with_an_answer_counts_once(world: World) -> anyhow::Result<()> {
    let one = searched(&world, "dragon", SearchOutcome::Answered);
    let two = searched(&world, "dragon", SearchOutcome::Answered);
    world.tenant.log_searches(&[one.clone(), two]).await?;
    let click = |number, action| SearchClick { search: one.id, moment: moment(number), rank: 1, action };
    for (click, is_new) in [
        (click(1, ClickAction::Opened), true),
        (click(1, ClickAction::Opened), false),
        (click(1, ClickAction::Played), true),
        (click(2, ClickAction::Dismissed), true),
    ] {
        assert_eq!(world.tenant.record_search_click(&click).await?, is_new, "{click:?}");
    }
    let lines = report(&world.tenant, ReportKind::Frequent).await?;
    let line = lines.first().map(|line| (line.searches, line.clicked, line.dismissals));
    assert_eq!(line, Some((2, 1, 1)), "one of two searches led to something");
    let stranger = world.store.tenant(OTHER_TENANT).record_search_click(&click(3, ClickAction::Opened)).await;
    ensure!(matches!(stranger, Err(StoreError::NotFound { .. })), "{stranger:?}");
    Ok(())
}

async fn recent_searches_are_a_ring_of_each_person(world: World) -> anyhow::Result<()> {
    let ann = Owner::new("ann");
    for number in 0..MAX_RECENT_SEARCHES + 5 {
        world.advance(Duration::from_secs(1));
        world.tenant.log_searches(&[searched(&world, &format!("query {number}"), SearchOutcome::Answered)]).await?;
    }
    world.advance(Duration::from_secs(1));
    // Once more, and a blank one, which nobody wants again.
    let again = ["query 20", ""].map(|query| searched(&world, query, SearchOutcome::Answered));
    world.tenant.log_searches(&again).await?;
    let recent = world.tenant.recent_searches(&ann).await?;
    let queries: Vec<&str> = recent.iter().map(|it| it.search.query.as_str()).collect();
    assert_eq!((queries.len(), queries.first(), queries.get(1)), (50, Some(&"query 20"), Some(&"query 54")));
    assert_eq!(queries.last(), Some(&"query 5"), "each search once");
    assert_eq!(world.tenant.recent_searches(&Owner::new("bob")).await?, []);
    assert_eq!(world.tenant.clear_recent_searches(&ann).await?, 50);
    assert_eq!(world.tenant.recent_searches(&ann).await?, []);
    Ok(())
}

async fn the_log_is_cut_back_in_time_and_in_rows(world: World) -> anyhow::Result<()> {
    let mut log = Vec::new();
    for number in 0..10 {
        log.push(searched(&world, &format!("query {number}"), SearchOutcome::Answered));
        world.advance(Duration::from_secs(60));
    }
    world.tenant.log_searches(&log).await?;
    let old = log.first().map(|it| it.id).unwrap_or_else(|| SearchId::generate(world.clock.as_ref()));
    world
        .tenant
        .record_search_click(&SearchClick { search: old, moment: moment(1), rank: 1, action: ClickAction::Played })
        .await?;
    let since = |number: usize| log.get(number).map_or(DateTime::<Utc>::MIN_UTC, |it| it.searched_at);
    assert_eq!(world.tenant.prune_search_log(since(3), 100).await?, 3);
    assert_eq!(world.tenant.prune_search_log(since(0) - TimeDelta::days(1), 5).await?, 2);
    assert_eq!(world.tenant.prune_search_log(since(0) - TimeDelta::days(1), 5).await?, 0);
    let mut left = report(&world.tenant, ReportKind::Frequent).await?;
    left.sort_by(|a, b| a.query.cmp(&b.query));
    assert_eq!(names(&left), [("query 5", 1), ("query 6", 1), ("query 7", 1), ("query 8", 1), ("query 9", 1)]);
    Ok(())
}
