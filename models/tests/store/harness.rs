//! A fresh database for each test, on either engine, with a clock that the test moves.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use chrono::{DateTime, Utc};
use reelgraph_models::clock::{Clock, ManualClock};
use reelgraph_models::id::TenantId;
use reelgraph_models::store::{Engine, Store, TenantStore};
use sea_orm::{ConnectionTrait, Database, Statement};
use uuid::Uuid;

/// Where PostgreSQL's half of the suite finds its server.
pub(crate) const POSTGRES_URL: &str = "REELGRAPH_TEST_POSTGRES_URL";

/// What a test gets.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) tenant: TenantStore,
    pub(crate) clock: Arc<ManualClock>,
    /// For tests that open the same database again.
    pub(crate) url: String,
}

impl World {
    pub(crate) fn advance(&self, step: Duration) {
        self.clock.advance(step);
    }

    /// The one column of texts that a statement selects.
    pub(crate) async fn texts(&self, select: &str) -> anyhow::Result<Vec<String>> {
        let database = Database::connect(&self.url).await?;
        let rows = database.query_all_raw(Statement::from_string(database.get_database_backend(), select)).await?;
        let texts = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
        database.close().await?;
        Ok(texts)
    }

    /// The same database through connections and a clock of their own.
    pub(crate) async fn reopen(&self, clock: Arc<dyn Clock>) -> anyhow::Result<Store> {
        Ok(Store::connect(&self.url, clock).await?)
    }
}

/// Where the tests' clocks start: a whole number of microseconds, as the store keeps it.
pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_790_000_000_000_000).unwrap_or_default()
}

/// Runs a test on a fresh database that is gone afterwards.
pub(crate) fn run<F, O>(engine: Engine, migrated: bool, test: F) -> anyhow::Result<()>
where
    F: FnOnce(World) -> O,
    O: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir()?;
                let url = format!("sqlite://{}/store.db", folder.path().display());
                let (store, world) = open(url, migrated).await?;
                let outcome = test(world).await;
                store.close().await?;
                outcome
            }
            Engine::Postgres => {
                let Ok(server) = std::env::var(POSTGRES_URL) else {
                    println!("skipped: {POSTGRES_URL} is not set (scripts/with-postgres sets it)");
                    return Ok(());
                };
                let name = format!("reelgraph_test_{}", Uuid::now_v7().simple());
                let admin = Database::connect(&server).await.context("connect to the test server")?;
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
                let mut url: url::Url = server.parse()?;
                url.set_path(&name);
                let (store, world) = open(url.into(), migrated).await?;
                let outcome = test(world).await;
                store.close().await?;
                admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await?;
                outcome
            }
        }
    })
}

async fn open(url: String, migrated: bool) -> anyhow::Result<(Store, World)> {
    let clock = Arc::new(ManualClock::new(start()));
    let store = Store::connect(&url, Arc::clone(&clock) as Arc<dyn Clock>).await?;
    if migrated {
        store.migrate().await?;
    }
    let tenant = store.tenant(TenantId::DEFAULT);
    Ok((store.clone(), World { store, tenant, clock, url }))
}

/// Makes one test of each name on each engine.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => { $crate::harness::on_both!(migrated: true; $($name),*); };
    (migrated: $migrated:literal; $($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[test]
            fn $name() -> anyhow::Result<()> {
                $crate::harness::run(reelgraph_models::store::Engine::Sqlite, $migrated, super::$name)
            })*
        }
        mod postgres {
            $(#[test]
            fn $name() -> anyhow::Result<()> {
                $crate::harness::run(reelgraph_models::store::Engine::Postgres, $migrated, super::$name)
            })*
        }
    };
}
pub(crate) use on_both;
