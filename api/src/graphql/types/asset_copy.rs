//! Copies of an asset's pictures in other assets.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};
use reelgraph_models::id::AssetId;
use reelgraph_models::time::Span;
use reelgraph_search::copies::CopyMatch;

use super::asset::Asset;
use super::scalar::Microseconds;
use super::span::TimeSpan;
use crate::graphql::error::PublicError;
use crate::graphql::page::{Cursor, Fingerprint, Page, edge};
use crate::graphql::session::Session;

/// A stretch of another asset that shows what a stretch of this one shows, found by what is to be seen alone: encoded anew,
/// scaled, mirrored, between black bars, brightened, cropped by some 5 %, or up to 5 % faster or slower.
#[derive(Debug, Clone)]
pub(crate) struct AssetCopy(pub(crate) CopyMatch);

/// A stretch of another asset that shows what a stretch of this one shows, found by what is to be seen alone: encoded anew,
/// scaled, mirrored, between black bars, brightened, cropped by some 5 %, or up to 5 % faster or slower.
#[Object]
impl AssetCopy {
    /// The other asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.0.asset).await?)
    }

    /// Where in the asset that was asked about.
    async fn here(&self) -> TimeSpan {
        self.0.here.into()
    }

    /// Where in the other.
    async fn there(&self) -> TimeSpan {
        self.0.there.into()
    }

    /// Start there less start here.
    async fn offset_micros(&self) -> Microseconds {
        Microseconds(self.0.offset())
    }

    /// How fast the other plays: 1.05 where it shows in 100 seconds what takes 105 here.
    async fn speed(&self) -> f64 {
        self.0.speed
    }

    /// Whether left and right are exchanged.
    async fn is_mirrored(&self) -> bool {
        self.0.is_mirrored
    }

    /// Share of the pictures, looked at five times a second, that are alike, `0..=1`; below 0.6 nothing is reported.
    async fn score(&self) -> f64 {
        self.0.score
    }
}

/// A page of an asset's copies. They are found anew for every page; a cursor is a place in their order.
pub(crate) async fn connection(
    ctx: &Context<'_>,
    name: &str,
    asset: AssetId,
    within: Option<Span>,
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Connection<Cursor, AssetCopy>, PublicError> {
    let session = Session::of(ctx)?;
    let fingerprint = Fingerprint::new(name, &(asset, within));
    let page = Page::<usize>::new(first, after, fingerprint, &session.state().settings.limits)?;
    let found = session.state().copies.of(session.tenant(), asset, within).await?;
    let start = page.after.map_or(0, |after| after.saturating_add(1));
    let has_next = found.len() > start.saturating_add(page.first as usize);
    let mut connection = Connection::new(page.after.is_some(), has_next);
    let places = found.into_iter().enumerate().skip(start).take(page.first as usize);
    connection.edges = places.map(|(place, copy)| edge(Cursor::new(fingerprint, &place), AssetCopy(copy))).collect();
    Ok(connection)
}
