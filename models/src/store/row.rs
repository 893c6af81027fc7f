//! Small conversions between rows and the vocabulary.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::error::{Doing, StoreError};
use crate::time::{MediaTime, Span};

/// Rows of one insert statement. Times the widest table's 20 columns this stays below SQLite's 32,766 parameters
/// (<https://www.sqlite.org/limits.html>, `SQLITE_MAX_VARIABLE_NUMBER`) and PostgreSQL's 65,535.
const INSERT_ROWS: usize = 1_000;

/// Reads one row's fields, and names the row where one does not read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) table: &'static str,
    pub(super) id: Uuid,
}

impl Reader {
    pub(super) fn damaged(self, expected: &'static str) -> StoreError {
        StoreError::Damaged { table: self.table, id: self.id, expected }
    }

    pub(super) fn json<T: DeserializeOwned>(self, text: &str, expected: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|_| self.damaged(expected))
    }

    pub(super) fn optional_json<T: DeserializeOwned>(
        self,
        text: Option<&str>,
        expected: &'static str,
    ) -> Result<Option<T>, StoreError> {
        text.map(|text| self.json(text, expected)).transpose()
    }

    pub(super) fn instant(self, micros: i64) -> Result<DateTime<Utc>, StoreError> {
        DateTime::from_timestamp_micros(micros).ok_or_else(|| self.damaged("an instant"))
    }

    pub(super) fn span(self, start_us: i64, end_us: i64) -> Result<Span, StoreError> {
        Span::new(MediaTime::from_micros(start_us), MediaTime::from_micros(end_us)).map_err(|_| self.damaged("a span"))
    }

    pub(super) fn known<T>(self, value: Option<T>, expected: &'static str) -> Result<T, StoreError> {
        value.ok_or_else(|| self.damaged(expected))
    }

    pub(super) fn unsigned<N: TryFrom<i64>>(self, value: i64) -> Result<N, StoreError> {
        N::try_from(value).map_err(|_| self.damaged("a count"))
    }
}

/// As JSON. NUL comes out as `\u0000`, which PostgreSQL's text takes.
pub(super) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::invalid(what, error.to_string()))
}

/// Without NUL, which PostgreSQL's text cannot hold, and with at most `max_chars`.
pub(super) fn clean(text: &str, max_chars: usize) -> String {
    text.chars().filter(|&c| c != '\0').take(max_chars).collect()
}

/// A count as the database keeps it.
pub(super) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// `(first, second) > (a, b)`, in the order that an index on both columns has.
pub(super) fn after<C: ColumnTrait>(first: C, second: C, cursor: (i64, Uuid)) -> Expr {
    pair(first, second).gt(values(cursor))
}

/// `(first, second) < (a, b)`.
pub(super) fn before<C: ColumnTrait>(first: C, second: C, cursor: (i64, Uuid)) -> Expr {
    pair(first, second).lt(values(cursor))
}

fn pair<C: ColumnTrait>(first: C, second: C) -> Expr {
    Expr::tuple([Expr::col(first.as_column_ref()), Expr::col(second.as_column_ref())])
}

fn values((first, second): (i64, Uuid)) -> Expr {
    Expr::tuple([Expr::val(Value::from(first)), Expr::val(Value::from(second))])
}

/// Inserts rows in as few statements as the parameter limits allow.
pub(super) async fn insert_rows<E, M, C>(
    connection: &C,
    rows: impl IntoIterator<Item = M>,
    action: &'static str,
) -> Result<(), StoreError>
where
    E: EntityTrait<Model = M>,
    M: IntoActiveModel<E::ActiveModel> + Send,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    C: ConnectionTrait,
{
    let mut rows = rows.into_iter();
    loop {
        let batch: Vec<E::ActiveModel> = rows.by_ref().take(INSERT_ROWS).map(M::into_active_model).collect();
        if batch.is_empty() {
            return Ok(());
        }
        E::insert_many(batch).exec_without_returning(connection).await.doing(action)?;
    }
}
