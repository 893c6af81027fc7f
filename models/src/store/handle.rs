//! The store and its view for one tenant.

use std::sync::Arc;

use reelgraph_migrations::{Migrator, MigratorTrait};
use uuid::Uuid;

use super::database::{Database, Engine, lock_schema};
use super::error::StoreError;
use super::queue::JobQueue;
use crate::clock::Clock;
use crate::id::TenantId;

/// The database of one installation. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) database: Arc<Database>,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens `sqlite://path/to/file.db` (made when absent; its folder must exist) or `postgres://user:password@host/name`.
    /// Does not touch the schema: see [`Store::migrate`].
    ///
    /// # Errors
    /// [`StoreError::UnsupportedUrl`]; [`StoreError::Connect`] where the file or the server cannot be opened.
    pub async fn connect(url: &str, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Ok(Self { database: Arc::new(Database::connect(url).await?), clock })
    }

    /// Brings the schema up to date in one transaction and returns how many changes that took. Several processes may call
    /// this at once; one does the work, the others wait.
    ///
    /// # Errors
    /// [`StoreError::Migrate`], also where the database was made by a newer version.
    pub async fn migrate(&self) -> Result<u32, StoreError> {
        let failed = |source| StoreError::Migrate { source };
        let tx = self.database.begin().await?;
        lock_schema(self.database.engine, &tx).await.map_err(failed)?;
        let pending = Migrator::get_pending_migrations(&tx).await.map_err(failed)?.len();
        Migrator::up(&tx, None).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        Ok(u32::try_from(pending).unwrap_or(u32::MAX))
    }

    /// Names of the changes that [`Store::migrate`] would make.
    ///
    /// # Errors
    /// [`StoreError::Migrate`], also where the database was made by a newer version.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let pending = Migrator::get_pending_migrations_read_only(self.database.read()).await;
        let pending = pending.map_err(|source| StoreError::Migrate { source })?;
        Ok(pending.iter().map(|migration| migration.name().to_owned()).collect())
    }

    /// Asks whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Query`] where it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.database.ping().await
    }

    /// Closes every connection of this process; clones of the store stop working too.
    ///
    /// # Errors
    /// [`StoreError::Query`] where a connection cannot be closed in order.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.database.close().await
    }

    /// Which database this is.
    pub fn engine(&self) -> Engine {
        self.database.engine
    }

    /// The clock that rows are stamped by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Statements sent by this process so far.
    pub fn statements(&self) -> u64 {
        self.database.statements()
    }

    /// The store as that tenant sees it.
    pub fn tenant(&self, tenant: TenantId) -> TenantStore {
        TenantStore { store: self.clone(), tenant }
    }

    /// The queue that workers take jobs of all tenants from.
    pub fn jobs(&self) -> JobQueue {
        JobQueue::new(self.clone())
    }

    /// Now, in the resolution that is stored.
    pub(super) fn now_us(&self) -> i64 {
        self.clock.now().timestamp_micros()
    }
}

/// The store as one tenant sees it: rows of other tenants are neither found nor changed. Cheap to clone.
///
/// Deleted assets, and all that hangs on them, are invisible here.
#[derive(Debug, Clone)]
pub struct TenantStore {
    pub(super) store: Store,
    pub(super) tenant: TenantId,
}

impl TenantStore {
    /// Whose view this is.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(super) fn tenant_uuid(&self) -> Uuid {
        self.tenant.as_uuid()
    }
}
