//! What was done with answers.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use crate::entity::{search_clicks, search_log};
use crate::search_log::{ClickAction, SearchClick};

impl TenantStore {
    /// Keeps what was done with an answer, once a search, moment and action. Returns whether it is new.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where the search is not in the log; [`StoreError::Query`].
    pub async fn record_search_click(&self, click: &SearchClick) -> Result<bool, StoreError> {
        use search_clicks::Column::{Action, MomentId, SearchId};
        let logged = |id| {
            let of_tenant = search_log::Column::TenantId.eq(self.tenant_uuid());
            of_tenant.and(search_log::Column::Id.eq(id))
        };
        let tx = self.store.database.begin().await?;
        let search = search_log::Entity::find().filter(logged(click.search.as_uuid())).one(&tx).await;
        if search.doing("find a logged search")?.is_none() {
            return Err(StoreError::NotFound { what: "search", id: click.search.as_uuid() });
        }
        let row = search_clicks::Model {
            search_id: click.search.as_uuid(),
            moment_id: click.moment.as_uuid(),
            action: click.action.as_str().to_owned(),
            tenant_id: self.tenant_uuid(),
            rank: i32::try_from(click.rank).unwrap_or(i32::MAX),
            clicked_at_us: self.store.now_us(),
        };
        let once = OnConflict::columns([SearchId, MomentId, Action]).do_nothing().to_owned();
        let insert = search_clicks::Entity::insert(row.into_active_model()).on_conflict(once);
        if insert.exec_without_returning(&tx).await.doing("keep a click")? == 0 {
            return Ok(false);
        }
        let counter = match click.action {
            ClickAction::Dismissed => search_log::Column::Dismissals,
            ClickAction::Opened | ClickAction::Played | ClickAction::Exported => search_log::Column::Clicks,
        };
        search_log::Entity::update_many()
            .col_expr(counter, Expr::col(counter).add(1))
            .filter(logged(click.search.as_uuid()))
            .exec(&tx)
            .await
            .doing("count a click")?;
        tx.commit().await.doing("keep a click")?;
        Ok(true)
    }
}
