//! Searches that are kept under a name.

use std::time::Duration;

use anyhow::{Context, ensure};
use reelgraph_models::clock::SystemClock;
use reelgraph_models::id::SavedSearchId;
use reelgraph_models::saved_search::{
    MAX_NAME_CHARS, NewSavedSearch, Owner, SavedSearch, SavedSearchChange, StoredSearch,
};
use reelgraph_models::store::{PageRequest, SavedSearchCursor, StoreError, TenantStore};

use crate::harness::{World, on_both};
use crate::sample::OTHER_TENANT;

on_both!(
    a_saved_search_is_listed_changed_and_let_go_by_its_owner_alone,
    pages_of_saved_searches_neither_skip_nor_repeat,
    names_that_are_none_are_refused,
);

pub(crate) fn ann() -> Owner {
    Owner::new("ann")
}

fn asked(query: &str) -> StoredSearch {
    StoredSearch { query: query.to_owned(), input: serde_json::json!({ "query": query }).to_string() }
}

pub(crate) async fn saved(tenant: &TenantStore, name: &str) -> Result<SavedSearch, StoreError> {
    let new = NewSavedSearch { owner: ann(), name: name.to_owned(), search: asked(name) };
    tenant.create_saved_search(&new).await
}

async fn a_saved_search_is_listed_changed_and_let_go_by_its_owner_alone(world: World) -> anyhow::Result<()> {
    let one = saved(&world.tenant, "dragons").await?;
    assert_eq!((one.owner.clone(), one.standing.clone()), (ann(), None));
    world.advance(Duration::from_secs(1));
    let bob = Owner::new("bob");
    let change = SavedSearchChange { name: Some(" drakes ".to_owned()), search: Some(asked("drake")) };
    let refused = world.tenant.update_saved_search(&bob, one.id, &change).await;
    ensure!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    let two = world.tenant.update_saved_search(&ann(), one.id, &change).await?;
    assert_eq!((two.name.as_str(), &two.search, two.created_at), ("drakes", &asked("drake"), one.created_at));
    ensure!(two.updated_at > one.updated_at);
    assert_eq!(world.tenant.find_saved_search(one.id).await?, Some(two));

    let listed = async |owner: Option<&Owner>| world.tenant.list_saved_searches(owner, PageRequest::first(5)).await;
    assert_eq!(listed(None).await?.rows.len(), 1);
    assert_eq!(listed(Some(&ann())).await?.rows.len(), 1);
    assert_eq!(listed(Some(&bob)).await?.rows.len(), 0);
    let other = world.store.tenant(OTHER_TENANT);
    assert_eq!(other.find_saved_search(one.id).await?, None);
    ensure!(!other.delete_saved_search(&ann(), one.id).await?);
    ensure!(!world.tenant.delete_saved_search(&bob, one.id).await?);
    ensure!(world.tenant.delete_saved_search(&ann(), one.id).await?);
    ensure!(!world.tenant.delete_saved_search(&ann(), one.id).await?);
    assert_eq!(world.tenant.find_saved_search(one.id).await?, None);
    Ok(())
}

async fn pages_of_saved_searches_neither_skip_nor_repeat(world: World) -> anyhow::Result<()> {
    // Some of the same instant.
    for number in 0..7 {
        saved(&world.tenant, &format!("search {number}")).await?;
        if number % 2 == 0 {
            world.advance(Duration::from_secs(1));
        }
    }
    let all = world.tenant.list_saved_searches(None, PageRequest::first(100)).await?.rows;
    assert_eq!((all.len(), all.last().map(|it| it.name.as_str())), (7, Some("search 0")));
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = world.tenant.list_saved_searches(None, PageRequest { after, limit_rows: 2 }).await?;
        after = page.rows.last().map(SavedSearchCursor::of);
        paged.extend(page.rows);
        if !page.has_next {
            break;
        }
    }
    assert_eq!(paged, all);
    Ok(())
}

async fn names_that_are_none_are_refused(world: World) -> anyhow::Result<()> {
    for wrong in ["", " \t", "\0", &"é".repeat(MAX_NAME_CHARS + 1)] {
        let refused = saved(&world.tenant, wrong).await;
        ensure!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    }
    let longest = saved(&world.tenant, &"é".repeat(MAX_NAME_CHARS)).await?;
    let unnamed = SavedSearchChange { name: Some(" ".to_owned()), search: None };
    let refused = world.tenant.update_saved_search(&ann(), longest.id, &unnamed).await;
    ensure!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    let unknown = SavedSearchId::generate(&SystemClock);
    ensure!(world.tenant.set_standing(&ann(), unknown, None).await.is_err());
    // NUL is no text to PostgreSQL.
    let nul = saved(&world.tenant, "a\0b").await?;
    let kept = world.tenant.find_saved_search(nul.id).await?.context("it is there")?;
    assert_eq!(kept.name, "ab");
    Ok(())
}
