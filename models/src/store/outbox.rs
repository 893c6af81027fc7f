//! The outbox: written with what happened, read by whoever tells of it, bounded in days and in rows.

use chrono::{DateTime, Utc};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::error::{Doing, StoreError};
use super::handle::{Store, TenantStore};
use super::page::MAX_PAGE_ROWS;
use super::row::{Reader, insert_rows, json};
use crate::entity::{outbox, sequences};
use crate::id::{EventId, SavedSearchId, TenantId};
use crate::outbox::Event;

/// Name of the sequence that orders events.
const SEQUENCE: &str = "outbox";

impl Store {
    /// Deletes events before an instant, and the oldest beyond `most_rows`. Returns how many that were.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn prune_events(&self, before: DateTime<Utc>, most_rows: u64) -> Result<u64, StoreError> {
        use outbox::Column::{OccurredAtUs, Sequence};
        let latest =
            sequences::Entity::find_by_id(SEQUENCE).one(self.database.read()).await.doing("read the outbox")?;
        let latest = latest.map_or(0, |row| row.value);
        let oldest = latest.saturating_sub(i64::try_from(most_rows).unwrap_or(i64::MAX));
        let tx = self.database.begin().await?;
        let gone = outbox::Entity::delete_many()
            .filter(Expr::col(Sequence).lte(oldest).or(Expr::col(OccurredAtUs).lt(before.timestamp_micros())))
            .exec(&tx)
            .await
            .doing("delete old events")?;
        tx.commit().await.doing("delete old events")?;
        Ok(gone.rows_affected)
    }
}

impl TenantStore {
    /// Events of a standing search after that place, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn search_events(
        &self,
        search: SavedSearchId,
        after: i64,
        limit_rows: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let rows = outbox::Entity::find()
            .filter(outbox::Column::TenantId.eq(self.tenant_uuid()))
            .filter(outbox::Column::Topic.eq(search.as_uuid()))
            .filter(Expr::col(outbox::Column::Sequence).gt(after))
            .order_by_asc(outbox::Column::Sequence)
            .limit(u64::from(limit_rows.clamp(1, MAX_PAGE_ROWS)))
            .all(self.store.database.read())
            .await
            .doing("read events")?;
        rows.into_iter().map(read_event).collect()
    }

    /// Place of the last event of a standing search; 0 where there is none.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn last_search_event(&self, search: SavedSearchId) -> Result<i64, StoreError> {
        let last = outbox::Entity::find()
            .filter(outbox::Column::TenantId.eq(self.tenant_uuid()))
            .filter(outbox::Column::Topic.eq(search.as_uuid()))
            .order_by_desc(outbox::Column::Sequence)
            .limit(1)
            .one(self.store.database.read())
            .await
            .doing("read the last event")?;
        Ok(last.map_or(0, |row| row.sequence))
    }
}

/// Writes events in their order. The last thing before a commit, since every other writer of events waits from here on: that
/// makes the order of events the order of commits.
pub(super) async fn write_events(
    store: &Store,
    tx: &DatabaseTransaction,
    tenant: TenantId,
    topic: Uuid,
    events: &[crate::outbox::EventData],
) -> Result<(), StoreError> {
    let Ok(count) = i64::try_from(events.len()) else { return Ok(()) };
    if count == 0 {
        return Ok(());
    }
    let take = Query::update()
        .table(sequences::Entity)
        .value(sequences::Column::Value, Expr::col(sequences::Column::Value).add(count))
        .and_where(sequences::Column::Name.eq(SEQUENCE))
        .returning_col(sequences::Column::Value)
        .to_owned();
    let row = tx.query_one(&take).await.doing("take places for events")?;
    let damaged = StoreError::Damaged { table: "sequences", id: topic, expected: "a place for events" };
    let last: i64 = row.ok_or(damaged)?.try_get("", "value").doing("take places for events")?;
    let now = store.now_us();
    let rows = (last - count + 1..).zip(events).map(|(sequence, event)| {
        Ok(outbox::Model {
            id: EventId::generate(store.clock().as_ref()).as_uuid(),
            tenant_id: tenant.as_uuid(),
            sequence,
            kind: event.kind().to_owned(),
            topic,
            subject: event.subject(),
            data: json("event", event)?,
            occurred_at_us: now,
        })
    });
    let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
    insert_rows::<outbox::Entity, _, _>(tx, rows, "write events").await
}

fn read_event(row: outbox::Model) -> Result<Event, StoreError> {
    let read = Reader { table: "outbox", id: row.id };
    Ok(Event {
        id: EventId::from_uuid(row.id),
        sequence: row.sequence,
        data: read.json(&row.data, "what happened")?,
        occurred_at: read.instant(row.occurred_at_us)?,
    })
}
