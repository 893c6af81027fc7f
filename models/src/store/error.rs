//! What can go wrong in a store.

use sea_orm::{DbErr, RuntimeErr};
use uuid::Uuid;

use crate::id::{AssetId, JobId, ObservationId};
use crate::metadata::MetadataError;
use crate::space::SpaceRefusal;

/// Why a read or a write of the store did not happen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address is for no database that is built in.
    #[error("a database address starts with sqlite: or postgres:, not {scheme}")]
    UnsupportedUrl {
        /// What it starts with.
        scheme: String,
    },
    /// No connection could be opened.
    #[error("cannot open the {engine} database")]
    Connect {
        /// Name of the engine.
        engine: &'static str,
        /// What the driver says.
        #[source]
        source: DbErr,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring the database schema up to date")]
    Migrate {
        /// What the driver says.
        #[source]
        source: DbErr,
    },
    /// A statement failed.
    #[error("cannot {action}")]
    Query {
        /// What was being done.
        action: &'static str,
        /// What the driver says.
        #[source]
        source: DbErr,
    },
    /// There is no such thing, or it is another tenant's.
    #[error("no {what} {id}")]
    NotFound {
        /// Kind of thing.
        what: &'static str,
        /// The id asked for.
        id: Uuid,
    },
    /// The asset was deleted while work on it went on.
    #[error("asset {asset} was deleted")]
    Deleted {
        /// Which.
        asset: AssetId,
    },
    /// The job has gone to another worker or has ended; nothing was written.
    #[error("the lease of job {job} was lost")]
    LeaseLost {
        /// Which.
        job: JobId,
    },
    /// Somebody else has edited the line since, or it is no edit any more.
    #[error("line {line} is at version {version}")]
    EditConflict {
        /// What stands there now.
        line: ObservationId,
        /// Its version; 0 where it is not edited.
        version: u32,
    },
    /// Others change the same all the time; trying again may help.
    #[error("{what} are changed by others all the time")]
    Contended {
        /// Kind of things.
        what: &'static str,
    },
    /// The thing is in a state that does not allow it.
    #[error("the {what} {id} {why}")]
    WrongState {
        /// Kind of thing.
        what: &'static str,
        /// Which.
        id: Uuid,
        /// What is wrong, as the rest of a sentence.
        why: &'static str,
    },
    /// The spaces that a library keeps do not allow it.
    #[error(transparent)]
    Space(#[from] SpaceRefusal),
    /// A thread ended without an answer.
    #[error("the {thread} thread ended unexpectedly")]
    ThreadLost {
        /// Its name.
        thread: &'static str,
    },
    /// The caller's value breaks a rule of the vocabulary.
    #[error("{what} cannot be stored: {why}")]
    Invalid {
        /// Kind of thing.
        what: &'static str,
        /// Which rule.
        why: String,
    },
    /// A field of an asset cannot be.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A row does not read as what it should be: written by a newer version, or damaged.
    #[error("the {table} row {id} does not read as {expected}")]
    Damaged {
        /// Where.
        table: &'static str,
        /// Which.
        id: Uuid,
        /// As what it was to be read.
        expected: &'static str,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anything being changed in it.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect { source, .. } | Self::Migrate { source } | Self::Query { source, .. } => {
                matches!(Trouble::of(source), Trouble::Busy | Trouble::Unreachable | Trouble::DiskFull)
            }
            Self::Contended { .. } => true,
            _ => false,
        }
    }

    /// A stable name for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedUrl { .. } => "database_unsupported",
            Self::Connect { .. } => "database_unreachable",
            Self::Migrate { .. } => "schema_migration_failed",
            Self::Query { source, .. } => match Trouble::of(source) {
                Trouble::Busy => "database_busy",
                Trouble::Unreachable => "database_unreachable",
                Trouble::DiskFull => "disk_full",
                Trouble::SchemaMissing => "schema_missing",
                Trouble::Other => "database_failed",
            },
            Self::NotFound { .. } => "not_found",
            Self::Deleted { .. } => "asset_deleted",
            Self::LeaseLost { .. } => "lease_lost",
            Self::EditConflict { .. } => "edit_conflict",
            Self::Contended { .. } => "contended",
            Self::WrongState { .. } => "wrong_state",
            Self::Space(refusal) => refusal.code(),
            Self::ThreadLost { .. } => "thread_lost",
            Self::Invalid { .. } | Self::Metadata(_) => "invalid",
            Self::Damaged { .. } => "row_damaged",
        }
    }

    pub(super) fn invalid(what: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { what, why: why.into() }
    }
}

/// What kind of trouble a driver reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Busy,
    Unreachable,
    DiskFull,
    SchemaMissing,
    Other,
}

impl Trouble {
    pub(super) fn of(error: &DbErr) -> Self {
        let (DbErr::Conn(inner) | DbErr::Exec(inner) | DbErr::Query(inner)) = error else {
            return if matches!(error, DbErr::ConnectionAcquire(_)) { Self::Unreachable } else { Self::Other };
        };
        let RuntimeErr::SqlxError(inner) = inner else { return Self::Other };
        let Some(reported) = inner.as_database_error() else {
            return match inner.as_ref() {
                sea_orm::SqlxError::Io(_) | sea_orm::SqlxError::Tls(_) => Self::Unreachable,
                sea_orm::SqlxError::PoolTimedOut | sea_orm::SqlxError::PoolClosed => Self::Unreachable,
                _ => Self::Other,
            };
        };
        // SQLite's result codes (https://www.sqlite.org/rescode.html), the extended ones included, and PostgreSQL's
        // (https://www.postgresql.org/docs/15/errcodes-appendix.html). Five characters against at most four digits.
        match reported.code().unwrap_or_default().as_ref() {
            "5" | "6" | "261" | "262" | "517" | "518" | "773" => Self::Busy,
            "40001" | "40P01" | "55P03" | "57014" => Self::Busy,
            "53300" | "57P01" | "57P02" | "57P03" | "08000" | "08003" | "08006" => Self::Unreachable,
            "13" | "53100" => Self::DiskFull,
            "42P01" => Self::SchemaMissing,
            "1" if reported.message().starts_with("no such table") => Self::SchemaMissing,
            _ => Self::Other,
        }
    }
}

/// Says what was being done when a statement failed.
pub(super) trait Doing<T> {
    fn doing(self, action: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for Result<T, DbErr> {
    fn doing(self, action: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Query { action, source })
    }
}
