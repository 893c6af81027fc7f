//! Coverage of a whole library, counted by the database.

use sea_orm::sea_query::{Alias, Condition, Expr, Func, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::Reader;
use crate::asset::AssetState;
use crate::coverage::{NO_AUDIO, NO_VIDEO};
use crate::entity::{assets, coverage};
use crate::estimate::{Pace, Paces};
use crate::gap::{CurrentModel, Reached, Standing};
use crate::observation::{Modality, Origin};
use crate::time::MediaTime;

/// So many assets stand alike towards one model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingCount {
    /// How.
    pub standing: Standing,
    /// So many.
    pub assets: u64,
    /// Their length, as far as it is known.
    pub media: MediaTime,
}

/// So many cells of one model and version have one status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellCount {
    /// Which channel.
    pub modality: Modality,
    /// Name of the model.
    pub model: String,
    /// Version of the model.
    pub version: String,
    /// How far.
    pub reached: Reached,
    /// So many.
    pub assets: u64,
    /// What they took and how long they are.
    pub pace: Pace,
}

impl TenantStore {
    /// How the assets of the library, refused ones left out, stand towards a model; one statement.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn count_standing(&self, model: &CurrentModel) -> Result<Vec<StandingCount>, StoreError> {
        let grouped = Query::select()
            .columns(["reached", "earlier", "lacks", "imported"])
            .expr_as(Expr::cust("COUNT(*)"), "assets")
            .expr_as(total("media_us"), "media")
            .from_subquery(self.one_row_an_asset(model), "standing")
            .group_by_columns(["reached", "earlier", "lacks", "imported"])
            .take();
        let rows = self.store.database.read().query_all(&grouped).await.doing("count coverage")?;
        let read = Reader { table: "coverage", id: self.tenant_uuid() };
        let count = |row: sea_orm::QueryResult| {
            let number = |name: &str| row.try_get::<i32>("", name).doing("count coverage");
            let reached = match number("reached")? {
                0 => None,
                1 => Some(Reached::Done),
                2 => Some(Reached::Failed),
                3 => Some(Reached::Pending),
                _ => Some(Reached::Skipped),
            };
            Ok(StandingCount {
                standing: Standing {
                    current: reached,
                    is_done_by_another: number("earlier")? > 0,
                    lacks_stream: number("lacks")? > 0,
                    is_imported: number("imported")? > 0,
                },
                assets: read.unsigned(row.try_get("", "assets").doing("count coverage")?)?,
                media: MediaTime::from_micros(row.try_get("", "media").doing("count coverage")?),
            })
        };
        rows.into_iter().map(count).collect()
    }

    /// How many cells there are of each model, version and status; one statement.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn count_cells(&self) -> Result<Vec<CellCount>, StoreError> {
        use coverage::Column;
        let rows: Vec<(String, String, String, String, i64, i64, i64)> = coverage::Entity::find()
            .join_rev(
                JoinType::InnerJoin,
                assets::Entity::belongs_to(coverage::Entity).from(assets::Column::Id).to(Column::AssetId).into(),
            )
            .filter(self.is_counted())
            .select_only()
            .columns([Column::Modality, Column::Model, Column::Version, Column::Status])
            .column_as(Expr::cust("COUNT(*)"), "assets")
            // Of an asset whose length is not known, the time says nothing.
            .column_as(total("CASE WHEN duration_us > 0 THEN spent_ms ELSE 0 END"), "spent")
            .column_as(total("duration_us"), "media")
            .group_by(Column::Modality)
            .group_by(Column::Model)
            .group_by(Column::Version)
            .group_by(Column::Status)
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("count coverage")?;
        let read = Reader { table: "coverage", id: self.tenant_uuid() };
        let count =
            |(modality, model, version, status, assets, spent_ms, media_us): (String, _, _, String, _, _, _)| {
                let reached = match status.as_str() {
                    "done" => Reached::Done,
                    "failed" => Reached::Failed,
                    "pending" => Reached::Pending,
                    "skipped" => Reached::Skipped,
                    _ => return Err(read.damaged("a status")),
                };
                Ok(CellCount {
                    modality: read.known(Modality::from_name(&modality), "a modality")?,
                    model,
                    version,
                    reached,
                    assets: read.unsigned(assets)?,
                    pace: Pace { spent_ms: read.unsigned(spent_ms)?, media: MediaTime::from_micros(media_us) },
                })
            };
        rows.into_iter().map(count).collect()
    }

    /// The assets that count: those there are, less those that cannot be used.
    fn is_counted(&self) -> Condition {
        Condition::all()
            .add(assets::Column::TenantId.eq(self.tenant_uuid()))
            .add(assets::Column::DeletedAtUs.is_null())
            .add(assets::Column::State.ne(AssetState::Refused.as_str()))
    }

    fn one_row_an_asset(&self, model: &CurrentModel) -> SelectStatement {
        let own = |name: &str| Expr::col((coverage::Entity, Alias::new(name.to_owned())));
        let is_of_model = || own("model").eq(model.model.as_str()).and(own("version").eq(model.version.as_str()));
        let is_imported = || {
            let prefixed = |origin: Origin| own("model").like(format!("{}%", origin.prefix()));
            prefixed(Origin::Imported).or(prefixed(Origin::Supplied))
        };
        let is = |status: &str| own("status").eq(status);
        let lacks = |code: &str| own("reason").like(format!("{{\"code\":\"{code}\"%"));
        let reached = Expr::case(is_of_model().and(is("done")), 1)
            .case(is_of_model().and(is("failed")), 2)
            .case(is_of_model().and(is("pending")), 3)
            .case(is_of_model(), 4)
            .finally(0);
        let flag = |condition: Expr| Func::max(Expr::case(condition, 1).finally(0));
        let on = own("asset_id")
            .equals((assets::Entity, assets::Column::Id))
            .and(own("modality").eq(model.modality.as_str()));
        Query::select()
            .expr_as(Expr::col((assets::Entity, assets::Column::DurationUs)), "media_us")
            .expr_as(Func::max(reached), "reached")
            .expr_as(flag(is("done").and(is_imported().not()).and(is_of_model().not())), "earlier")
            .expr_as(flag(is("skipped").and(lacks(NO_AUDIO).or(lacks(NO_VIDEO)))), "lacks")
            .expr_as(flag(is("done").and(is_imported())), "imported")
            .from(assets::Entity)
            .join(JoinType::LeftJoin, coverage::Entity, on)
            .cond_where(self.is_counted())
            .group_by_columns([(assets::Entity, assets::Column::Id), (assets::Entity, assets::Column::DurationUs)])
            .take()
    }
}

/// A sum that is a 64-bit whole number on either database; zero of nothing.
fn total(value: &'static str) -> Expr {
    Expr::cust(format!("CAST(COALESCE(SUM({value}), 0) AS BIGINT)"))
}

/// The paces at which our own models went through the library.
pub fn paces(cells: &[CellCount]) -> Paces {
    let mut paces = Paces::default();
    let is_own = |cell: &&CellCount| cell.reached == Reached::Done && Origin::of_name(&cell.model) == Origin::Computed;
    for cell in cells.iter().filter(is_own) {
        paces.add(cell.modality, &cell.model, &cell.version, cell.pace);
    }
    paces
}
