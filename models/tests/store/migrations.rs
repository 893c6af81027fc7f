//! Bringing the schema up to date.

use std::sync::Arc;

use anyhow::ensure;
use reelgraph_models::clock::SystemClock;
use reelgraph_models::store::{AssetFilter, PageRequest, Store, StoreError};

use crate::harness::{World, on_both};

on_both!(
    migrated: false;
    an_empty_database_says_what_it_lacks_and_gets_it_once,
    of_several_processes_that_migrate_at_once_one_does_the_work,
);

async fn an_empty_database_says_what_it_lacks_and_gets_it_once(world: World) -> anyhow::Result<()> {
    let lacking = world.store.pending_migrations().await?;
    ensure!(lacking.first().is_some_and(|name| name == "m20261122_000001_assets"), "{lacking:?}");
    let early = world.tenant.list_assets(&AssetFilter::default(), PageRequest::first(1)).await;
    assert_eq!(early.err().map(|error| error.code()), Some("schema_missing"));

    assert_eq!(world.store.migrate().await? as usize, lacking.len());
    assert_eq!(world.store.migrate().await?, 0);
    ensure!(world.store.pending_migrations().await?.is_empty());
    world.tenant.list_assets(&AssetFilter::default(), PageRequest::first(1)).await?;
    world.store.ping().await?;
    Ok(())
}

async fn of_several_processes_that_migrate_at_once_one_does_the_work(world: World) -> anyhow::Result<()> {
    let lacking = world.store.pending_migrations().await?.len();
    let tasks = (0..4).map(|_| {
        let url = world.url.clone();
        tokio::spawn(async move {
            let store = Store::connect(&url, Arc::new(SystemClock)).await?;
            let applied = store.migrate().await?;
            store.close().await?;
            Ok::<_, StoreError>(applied as usize)
        })
    });
    let mut applied = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        applied.push(task.await??);
    }
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, lacking]);
    Ok(())
}

#[test]
fn an_address_that_cannot_be_a_database_is_refused_without_repeating_its_password() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let connect = async |url: &str| Store::connect(url, Arc::new(SystemClock)).await.err();
        let mysql = connect("mysql://root:secret@localhost/x").await;
        ensure!(matches!(&mysql, Some(StoreError::UnsupportedUrl { scheme }) if scheme == "mysql"), "{mysql:?}");
        let folder = tempfile::tempdir()?;
        let absent = connect(&format!("sqlite://{}/no/such/folder/x.db", folder.path().display())).await;
        assert_eq!(absent.as_ref().map(StoreError::code), Some("database_unreachable"), "{absent:?}");
        let unreachable = connect("postgres://reader:secret@localhost/x?host=/no/such/folder").await;
        assert_eq!(unreachable.as_ref().map(StoreError::code), Some("database_unreachable"), "{unreachable:?}");
        assert_eq!(unreachable.as_ref().map(StoreError::is_retryable), Some(true));
        ensure!(!format!("{unreachable:?}").contains("secret"));
        let text = folder.path().join("text.db");
        std::fs::write(&text, "this is not a database, it is a sentence that is long enough to have a header")?;
        let not_a_database = connect(&format!("sqlite://{}", text.display())).await;
        assert_eq!(not_a_database.as_ref().map(StoreError::code), Some("database_unreachable"), "{not_a_database:?}");
        assert_eq!(not_a_database.as_ref().map(StoreError::is_retryable), Some(false));
        Ok(())
    })
}
