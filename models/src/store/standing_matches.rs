//! What standing searches have met: kept once a moment, with the event that tells of it, in one transaction with the place
//! that the search has come to. A process that dies in between has written all of it or nothing.

use std::collections::{HashMap, HashSet};

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::outbox;
use super::page::{MAX_PAGE_ROWS, MatchCursor, Page, PageRequest};
use super::row::{Reader, before, insert_rows};
use super::saved_searches::unchanged;
use crate::entity::{assets, moments, saved_searches, standing_moments};
use crate::id::{AssetId, MomentId, SavedSearchId};
use crate::outbox::{EventData, SearchMatched};
use crate::saved_search::{Owner, SavedSearch};
use crate::standing_search::{FoundMatch, Kept, LookedThrough, MAX_COVERED_MICROS, MatchMark, StandingMatch};

/// State of a moment that was told.
pub(super) const TOLD: &str = "told";
/// State of one that matched before the search stood.
const SILENT: &str = "silent";
/// State of one that was merged into an answer.
const COVERED: &str = "covered";
/// State of one that only a person put there.
const BY_HAND: &str = "by_hand";

impl TenantStore {
    /// Keeps what a standing search has met, as it was when `search` was read: of each answer that has no moment which the
    /// search met before, a match and its event. Answers of assets and moments that are gone meanwhile are left out: what
    /// took their place comes by the feed.
    ///
    /// # Errors
    /// [`StoreError::Query`]; nothing was written then, and the same call may be made again.
    pub async fn keep_matches(&self, search: &SavedSearch, looked: &LookedThrough) -> Result<Kept, StoreError> {
        let Some(standing) = &search.standing else { return Ok(Kept::Overtaken) };
        let tx = self.store.database.begin().await?;
        let mut moved = saved_searches::ActiveModel { watermark: Set(looked.to.0), ..Default::default() };
        let is_seeded = standing.is_seeded || (looked.is_end && self.seed_reached(&tx, search, looked).await?);
        moved.is_seeded = Set(is_seeded);
        let moved = saved_searches::Entity::update_many()
            .set(moved)
            .filter(saved_searches::Column::TenantId.eq(self.tenant_uuid()))
            .filter(unchanged(search, standing.watermark))
            .exec(&tx)
            .await
            .doing("move a standing search on")?;
        if moved.rows_affected == 0 {
            tx.rollback().await.doing("give up what a search met")?;
            return Ok(Kept::Overtaken);
        }
        let rows = self.new_rows(&tx, search.id, &looked.found).await?;
        let told = |row: &&standing_moments::Model| row.state == TOLD;
        let events: Vec<EventData> = rows.iter().filter(told).map(event_of).collect();
        insert_rows::<standing_moments::Entity, _, _>(&tx, rows, "keep what a search met").await?;
        outbox::write_events(&self.store, &tx, self.tenant, search.id.as_uuid(), &events).await?;
        tx.commit().await.doing("keep what a search met")?;
        Ok(Kept::Told { matches: events.len() })
    }

    async fn seed_reached(
        &self,
        tx: &DatabaseTransaction,
        search: &SavedSearch,
        looked: &LookedThrough,
    ) -> Result<bool, StoreError> {
        let row = self.saved_search(search.id).one(tx).await.doing("find a standing search")?;
        Ok(row.is_some_and(|row| looked.to.0 >= row.seed_until))
    }

    /// The rows to write, in the order in which they are to be told.
    async fn new_rows(
        &self,
        tx: &DatabaseTransaction,
        search: SavedSearchId,
        found: &[FoundMatch],
    ) -> Result<Vec<standing_moments::Model>, StoreError> {
        let assets = self.lock_assets(tx, found.iter().map(|found| found.asset).collect()).await?;
        let ids: Vec<MomentId> =
            found.iter().flat_map(|found| std::iter::once(found.lead).chain(found.merged.iter().copied())).collect();
        let moments = self.moments_in(tx, &ids).await?;
        let mut known = self.known(tx, search, &ids).await?;
        let now = self.store.now_us();
        let mut rows = Vec::new();
        for found in found.iter().filter(|found| assets.contains(&found.asset)) {
            let Some(lead) = moments.get(&found.lead) else { continue };
            let is_short = |row: &&moments::Model| row.end_us.saturating_sub(row.start_us) <= MAX_COVERED_MICROS;
            let merged: Vec<&moments::Model> =
                found.merged.iter().filter_map(|id| moments.get(id)).filter(is_short).collect();
            let is_known = known.contains(&found.lead) || merged.iter().any(|row| known.contains(&moment_of(row)));
            let state = match (is_known, found.is_silent) {
                (true, _) => COVERED,
                (false, true) => SILENT,
                (false, false) => TOLD,
            };
            for (moment, state) in std::iter::once((lead, state)).chain(merged.into_iter().map(|it| (it, COVERED))) {
                if known.insert(moment_of(moment)) {
                    rows.push(standing_moments::Model {
                        search_id: search.as_uuid(),
                        moment_id: moment.id,
                        tenant_id: self.tenant_uuid(),
                        asset_id: moment.asset_id,
                        start_us: moment.start_us,
                        end_us: moment.end_us,
                        score: Some(f64::from(found.score)),
                        state: state.to_owned(),
                        mark: None,
                        is_listed: is_listed(state, None),
                        matched_at_us: now,
                    });
                }
            }
        }
        Ok(rows)
    }

    /// Those of the assets that are not deleted; they stay so until the transaction ends.
    async fn lock_assets(
        &self,
        tx: &DatabaseTransaction,
        ids: HashSet<AssetId>,
    ) -> Result<HashSet<AssetId>, StoreError> {
        let rows = assets::Entity::find()
            .filter(assets::Column::TenantId.eq(self.tenant_uuid()))
            .filter(assets::Column::Id.is_in(ids.into_iter().map(|id| id.as_uuid())))
            .filter(assets::Column::DeletedAtUs.is_null())
            .order_by_asc(assets::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(tx)
            .await
            .doing("lock the assets of matches")?;
        Ok(rows.into_iter().map(|row| AssetId::from_uuid(row.id)).collect())
    }

    async fn moments_in(
        &self,
        tx: &DatabaseTransaction,
        ids: &[MomentId],
    ) -> Result<HashMap<MomentId, moments::Model>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let rows = moments::Entity::find()
                .filter(moments::Column::TenantId.eq(self.tenant_uuid()))
                .filter(moments::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
                .all(tx)
                .await
                .doing("find the moments of matches")?;
            found.extend(rows.into_iter().map(|row| (moment_of(&row), row)));
        }
        Ok(found)
    }

    async fn known(
        &self,
        tx: &DatabaseTransaction,
        search: SavedSearchId,
        ids: &[MomentId],
    ) -> Result<HashSet<MomentId>, StoreError> {
        let mut known = HashSet::new();
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let rows: Vec<Uuid> = standing_moments::Entity::find()
                .select_only()
                .column(standing_moments::Column::MomentId)
                .filter(standing_moments::Column::SearchId.eq(search.as_uuid()))
                .filter(standing_moments::Column::MomentId.is_in(ids.iter().map(|id| id.as_uuid())))
                .into_tuple()
                .all(tx)
                .await
                .doing("find what a search has met")?;
            known.extend(rows.into_iter().map(MomentId::from_uuid));
        }
        Ok(known)
    }

    /// A page of the list of a standing search, newest first: what it told and what was pinned to it, without what was
    /// excluded.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_matches(
        &self,
        search: SavedSearchId,
        page: PageRequest<MatchCursor>,
    ) -> Result<Page<StandingMatch>, StoreError> {
        use standing_moments::Column::{IsListed, MatchedAtUs, MomentId as Moment, SearchId, TenantId};
        let mut query = standing_moments::Entity::find()
            .filter(TenantId.eq(self.tenant_uuid()))
            .filter(SearchId.eq(search.as_uuid()))
            .filter(IsListed.eq(true));
        if let Some(cursor) = page.after {
            let seen = (cursor.matched_at.timestamp_micros(), cursor.moment.as_uuid());
            query = query.filter(before(MatchedAtUs, Moment, seen));
        }
        let rows = query
            .order_by_desc(MatchedAtUs)
            .order_by_desc(Moment)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list what a search has met")?;
        Page::cut(rows, page.limit()).map(read_match)
    }

    /// Pins a moment to the list of a saved search of `owner`, excludes it, or takes back what was said (`None`). A moment
    /// that is pinned or excluded is never told afterwards.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where there is no such search or moment; [`StoreError::Query`].
    pub async fn mark_match(
        &self,
        owner: &Owner,
        search: SavedSearchId,
        moment: MomentId,
        mark: Option<MatchMark>,
    ) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        let of_owner = self.saved_search(search).filter(saved_searches::Column::Owner.eq(owner.as_str()));
        if of_owner.lock(LockType::NoKeyUpdate).one(&tx).await.doing("find a saved search")?.is_none() {
            return Err(StoreError::NotFound { what: "saved search", id: search.as_uuid() });
        }
        let key = (search.as_uuid(), moment.as_uuid());
        let row = standing_moments::Entity::find_by_id(key).one(&tx).await.doing("find a match")?;
        match (row, mark) {
            (Some(row), None) if row.state == BY_HAND => {
                standing_moments::Entity::delete_by_id(key).exec(&tx).await.doing("take a mark back")?;
            }
            (Some(row), mark) => {
                let state = row.state.clone();
                let mut row = row.into_active_model();
                row.mark = Set(mark.map(|mark| mark.as_str().to_owned()));
                row.is_listed = Set(is_listed(&state, mark));
                standing_moments::Entity::update(row).exec(&tx).await.doing("mark a match")?;
            }
            (None, mark) => {
                let found = self.moments_in(&tx, &[moment]).await?.remove(&moment);
                let found = found.ok_or(StoreError::NotFound { what: "moment", id: moment.as_uuid() })?;
                if let Some(mark) = mark {
                    let row = standing_moments::Model {
                        search_id: search.as_uuid(),
                        moment_id: found.id,
                        tenant_id: self.tenant_uuid(),
                        asset_id: found.asset_id,
                        start_us: found.start_us,
                        end_us: found.end_us,
                        score: None,
                        state: BY_HAND.to_owned(),
                        mark: Some(mark.as_str().to_owned()),
                        is_listed: is_listed(BY_HAND, Some(mark)),
                        matched_at_us: self.store.now_us(),
                    };
                    insert_rows::<standing_moments::Entity, _, _>(&tx, [row], "mark a match").await?;
                }
            }
        }
        tx.commit().await.doing("mark a match")
    }
}

/// Whether a moment stands in the list.
fn is_listed(state: &str, mark: Option<MatchMark>) -> bool {
    match mark {
        Some(MatchMark::Pinned) => true,
        Some(MatchMark::Excluded) => false,
        None => state == TOLD,
    }
}

fn moment_of(row: &moments::Model) -> MomentId {
    MomentId::from_uuid(row.id)
}

fn event_of(row: &standing_moments::Model) -> EventData {
    EventData::SearchMatched(SearchMatched {
        search: SavedSearchId::from_uuid(row.search_id),
        moment: MomentId::from_uuid(row.moment_id),
        asset: AssetId::from_uuid(row.asset_id),
        start_us: row.start_us,
        end_us: row.end_us,
        score: row.score.unwrap_or_default() as f32,
    })
}

fn read_match(row: standing_moments::Model) -> Result<StandingMatch, StoreError> {
    let read = Reader { table: "standing_moments", id: row.moment_id };
    let mark = |name: &str| read.known(MatchMark::from_name(name), "a mark");
    Ok(StandingMatch {
        search: SavedSearchId::from_uuid(row.search_id),
        moment: MomentId::from_uuid(row.moment_id),
        asset: AssetId::from_uuid(row.asset_id),
        span: read.span(row.start_us, row.end_us)?,
        score: row.score.map(|score| score as f32),
        mark: row.mark.as_deref().map(mark).transpose()?,
        matched_at: read.instant(row.matched_at_us)?,
    })
}
