//! People, and where they appear.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use reelgraph_models::id::AssetId;
use reelgraph_models::people::{AssetAppearance, Person as Row};
use reelgraph_models::store::{FaceCursor, PageRequest};
use reelgraph_models::time::Span;

use super::asset::Asset;
use super::face::Face;
use super::scalar::Long;
use super::span::TimeSpan;
use super::voice::Voice;
use crate::graphql::error::PublicError;
use crate::graphql::keys::face_key;
use crate::graphql::node_id::GlobalId;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;

/// Stretches shown of one person in one asset.
const MAX_SPANS: usize = 1_000;

/// Someone who is seen or heard in the library. Whose faces and voices are one person's is put together by how alike they are
/// and by what people say; names are given by people alone.
#[derive(Debug, Clone)]
pub(crate) struct Person(pub(crate) Row);

/// Someone who is seen or heard in the library. Whose faces and voices are one person's is put together by how alike they are
/// and by what people say; names are given by people alone.
#[Object]
impl Person {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// What people call them; null until someone says.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// Faces of theirs that were found.
    async fn face_count(&self) -> Long {
        self.0.faces.into()
    }

    /// Assets in which they are seen or heard.
    async fn asset_count(&self) -> Long {
        self.0.assets.into()
    }

    /// The face that shows them best, of those with a picture where there are any; null where they have no face.
    async fn cover(&self, ctx: &Context<'_>) -> Result<Option<Face>> {
        Ok(Session::of(ctx)?.loaders().best_face(self.0.id).await?)
    }

    /// Their faces, best first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn faces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<Connection<Cursor, Face>> {
        let session = Session::of(ctx)?;
        let fingerprint = Fingerprint::new("Person.faces", &self.0.id);
        let page = Page::new(first, after.as_deref(), fingerprint, &session.state().settings.limits)?;
        let after = page.after.map(face_key);
        let found = match after {
            None => session.loaders().first_faces(self.0.id, page.first).await?,
            Some(_) => {
                let request = PageRequest { after, limit_rows: page.first };
                session.store().list_faces(self.0.id, request).await.map_err(PublicError::from)?
            }
        };
        let mut connection = Connection::new(after.is_some(), found.has_next);
        let key = |row: &reelgraph_models::people::Face| {
            let FaceCursor { quality_ppm, id } = FaceCursor::of(row);
            (quality_ppm, id)
        };
        connection.edges =
            found.rows.into_iter().map(|row| edge(Cursor::new(fingerprint, &key(&row)), Face(row))).collect();
        Ok(connection)
    }

    /// The assets in which they appear, in the order in which these came in, and when.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(200)")]
    async fn appearances(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many assets, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<Connection<Cursor, PersonAppearance>> {
        let session = Session::of(ctx)?;
        let fingerprint = Fingerprint::new("Person.appearances", &self.0.id);
        let page = Page::<AssetId>::new(first, after.as_deref(), fingerprint, &session.state().settings.limits)?;
        let request = PageRequest { after: page.after, limit_rows: page.first };
        let found = session.store().list_appearances(self.0.id, request).await.map_err(PublicError::from)?;
        let mut connection = Connection::new(page.after.is_some(), found.has_next);
        let rows = found.rows.into_iter();
        connection.edges = rows.map(|row| edge(Cursor::new(fingerprint, &row.asset), PersonAppearance(row))).collect();
        Ok(connection)
    }

    /// Voices that someone said are theirs, at most 100.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn voices(&self, ctx: &Context<'_>) -> Result<Vec<Voice>> {
        Ok(Session::of(ctx)?.loaders().voices_of(self.0.id).await?)
    }

    /// When they were first told from others.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When anything about them last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// One asset in which a person appears.
#[derive(Debug, Clone)]
pub(crate) struct PersonAppearance(AssetAppearance);

/// One asset in which a person appears.
#[Object]
impl PersonAppearance {
    /// Which asset; null once that is deleted.
    async fn asset(&self, ctx: &Context<'_>) -> Result<Option<Asset>> {
        Ok(Session::of(ctx)?.loaders().asset(self.0.asset).await?)
    }

    /// When they are seen, in order, at most 1000.
    async fn seen(&self) -> Vec<TimeSpan> {
        shown(&self.0.seen)
    }

    /// When they are heard, in order, at most 1000.
    async fn heard(&self) -> Vec<TimeSpan> {
        shown(&self.0.heard)
    }
}

fn shown(spans: &[Span]) -> Vec<TimeSpan> {
    spans.iter().take(MAX_SPANS).copied().map(TimeSpan::from).collect()
}
