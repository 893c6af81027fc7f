//! The first rows of many assets at once: a page of each in one statement.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::sea_query::{Expr, ExprTrait, Func, Order, Query, WindowStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::page::Page;

/// Of `rows`, the first `limit` of each asset, in that order.
pub(super) fn first_of_each<E: EntityTrait>(
    rows: Select<E>,
    asset: E::Column,
    id: E::Column,
    order: [(E::Column, Order); 2],
    limit: u64,
) -> Select<E> {
    let mut window = WindowStatement::partition_by(asset.as_column_ref());
    let mut all = E::find();
    for (column, direction) in order {
        window.order_by(column.as_column_ref(), direction.clone());
        all = all.order_by(column, direction);
    }
    let mut ranked = rows.select_only().column(id).into_query();
    ranked.expr_window_as(Func::cust("ROW_NUMBER"), window, "place");
    let first = Query::select()
        .column("id")
        .from_subquery(ranked, "ranked")
        .and_where(Expr::col("place").lte(i64::try_from(limit).unwrap_or(i64::MAX)))
        .take();
    all.filter(id.in_subquery(first))
}

/// Parts rows by asset, and cuts the row that was fetched beyond the limit of each.
pub(super) fn pages<K: Hash + Eq, T>(rows: Vec<T>, limit: usize, asset: impl Fn(&T) -> K) -> HashMap<K, Page<T>> {
    let mut by_asset: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        by_asset.entry(asset(&row)).or_default().push(row);
    }
    by_asset.into_iter().map(|(asset, rows)| (asset, Page::cut(rows, limit))).collect()
}
