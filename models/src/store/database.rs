//! Connections: how many, how they are set, and how a write begins.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database as SeaOrm, DatabaseConnection, DatabaseTransaction,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use super::error::{Doing, StoreError, Trouble};

/// How long one attempt waits for another process's write to end.
const BUSY_TIMEOUT_MS: u64 = 10_000;
/// Attempts before a write gives up with a retryable error: a minute in all, longer than any transaction of ours.
const BEGIN_ATTEMPTS: u32 = 6;
/// How long a statement may run on PostgreSQL.
const STATEMENT_TIMEOUT_MS: u64 = 60_000;
/// Readers beside each other on SQLite; each is a thread and a file handle.
const SQLITE_READERS: u32 = 8;
/// Connections of one process to PostgreSQL, whose default limit is 100 in all.
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a caller waits for a free connection, and a start for a server that does not answer.
const POSTGRES_ACQUIRE_TIMEOUT_MS: u64 = 10_000;
/// How long a caller waits for its turn to write: as long as for the writers of other processes.
const SQLITE_ACQUIRE_TIMEOUT_MS: u64 = BUSY_TIMEOUT_MS * BEGIN_ATTEMPTS as u64;

/// Which database keeps the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file, in write-ahead-log mode.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// Its name, for people and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    fn of_url(url: &str) -> Result<Self, StoreError> {
        match url.split(':').next().unwrap_or_default() {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" | "postgresql" => Ok(Self::Postgres),
            scheme => Err(StoreError::UnsupportedUrl { scheme: scheme.chars().take(20).collect() }),
        }
    }
}

/// The connections of one process.
#[derive(Debug)]
pub(crate) struct Database {
    pub(super) engine: Engine,
    readers: DatabaseConnection,
    /// On SQLite a pool of one, so that the writers of this process queue in order; on PostgreSQL the same pool.
    writer: DatabaseConnection,
    statements: Arc<AtomicU64>,
}

impl Database {
    pub(super) async fn connect(url: &str) -> Result<Self, StoreError> {
        let engine = Engine::of_url(url)?;
        let statements = Arc::new(AtomicU64::new(0));
        // The writer comes first: it makes the file and sets its journal mode.
        let mut writer = open(engine, url, Role::Writer).await?;
        count_statements(&mut writer, &statements);
        let readers = match engine {
            Engine::Sqlite => {
                let mut readers = open(engine, url, Role::Reader).await?;
                count_statements(&mut readers, &statements);
                readers
            }
            Engine::Postgres => writer.clone(),
        };
        Ok(Self { engine, readers, writer, statements })
    }

    /// Where to read outside a transaction.
    pub(super) fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Begins a write. SQLite takes the write lock here, before anything was read, so no later statement can find the
    /// database busy; that is why only the beginning is tried again.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, StoreError> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let mut attempt = 1;
        loop {
            match self.writer.begin_with_options(options).await {
                Err(error) if attempt < BEGIN_ATTEMPTS && Trouble::of(&error) == Trouble::Busy => attempt += 1,
                begun => return begun.doing("begin a write"),
            }
        }
    }

    pub(super) async fn ping(&self) -> Result<(), StoreError> {
        // Not the writer: it may be busy for a while with nothing being wrong.
        self.readers.ping().await.doing("reach the database")
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        self.readers.close_by_ref().await.doing("close the database")?;
        self.writer.close_by_ref().await.doing("close the database")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Reader,
    Writer,
}

async fn open(engine: Engine, url: &str, role: Role) -> Result<DatabaseConnection, StoreError> {
    let mut options = ConnectOptions::new(url);
    options.sqlx_logging(false);
    match engine {
        Engine::Sqlite => {
            options.acquire_timeout(Duration::from_millis(SQLITE_ACQUIRE_TIMEOUT_MS));
            options.max_connections(if role == Role::Writer { 1 } else { SQLITE_READERS });
            options.map_sqlx_sqlite_opts(move |sqlite| {
                let sqlite = sqlite
                    .create_if_missing(role == Role::Writer)
                    .busy_timeout(Duration::from_millis(BUSY_TIMEOUT_MS))
                    .foreign_keys(true)
                    // Safe against corruption in WAL mode; a power cut may lose the last commits, a killed process none.
                    .pragma("synchronous", "NORMAL");
                match role {
                    // The log is cut back after a bulk write to what ordinary work needs.
                    Role::Writer => sqlite.pragma("journal_mode", "WAL").pragma("journal_size_limit", "67108864"),
                    Role::Reader => sqlite.pragma("query_only", "ON"),
                }
            });
        }
        Engine::Postgres => {
            options.acquire_timeout(Duration::from_millis(POSTGRES_ACQUIRE_TIMEOUT_MS));
            options.max_connections(POSTGRES_CONNECTIONS);
            options.map_sqlx_postgres_opts(|postgres| {
                postgres
                    .application_name("reelgraph")
                    .options([("statement_timeout", STATEMENT_TIMEOUT_MS), ("lock_timeout", STATEMENT_TIMEOUT_MS)])
            });
        }
    }
    let mut attempt = 1;
    loop {
        match SeaOrm::connect(options.clone()).await {
            // Several processes that open a fresh SQLite file at once contend for its journal mode.
            Err(error) if attempt < BEGIN_ATTEMPTS && Trouble::of(&error) == Trouble::Busy => attempt += 1,
            opened => return opened.map_err(|source| StoreError::Connect { engine: engine.as_str(), source }),
        }
    }
}

fn count_statements(connection: &mut DatabaseConnection, statements: &Arc<AtomicU64>) {
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::Relaxed);
    });
}

/// Takes a lock that only one process at a time holds until its transaction ends; SQLite's write lock is one already.
pub(super) async fn lock_schema(engine: Engine, tx: &DatabaseTransaction) -> Result<(), sea_orm::DbErr> {
    if engine == Engine::Postgres {
        // An arbitrary number that nothing else in the database uses: "reelgrph" in ASCII.
        tx.execute_unprepared("SELECT pg_advisory_xact_lock(8243106209237987432)").await?;
    }
    Ok(())
}
