//! Moments as a file.

use async_graphql::{Context, Enum, Object, Result};
use reelgraph_models::export::file_name;

use crate::graphql::export::{ExportRequest, export};
use crate::graphql::links::Links;
use crate::graphql::session::Session;

/// A file format for moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::export::ExportFormat")]
pub enum ExportFormat {
    /// A table, for spreadsheets.
    Csv,
    /// Everything that is known, as JSON.
    Json,
    /// WebVTT: a cue a moment.
    WebVtt,
    /// A CMX 3600 edit list, which nearly every editing program reads; at most 999 moments.
    Edl,
    /// OpenTimelineIO.
    Otio,
    /// Final Cut Pro XML 1.10.
    Fcpxml,
    /// A page of annotations (IIIF Presentation API 3.0, JSON-LD).
    Iiif,
    /// schema.org markup (`VideoObject` with `Clip`s, JSON-LD), which search engines read.
    JsonLd,
}

/// Moments as a file.
pub(crate) struct SearchExport {
    pub(crate) request: ExportRequest,
    pub(crate) format: ExportFormat,
}

/// Moments as a file: the hits of a search, or the list of one that is kept. They are looked for when the file is fetched, or when
/// `content` is asked for.
#[Object]
impl SearchExport {
    /// What to call the file.
    async fn file_name(&self) -> String {
        file_name(self.request.title(), self.format.into())
    }

    /// Its media type.
    async fn media_type(&self) -> &'static str {
        reelgraph_models::export::ExportFormat::from(self.format).media_type()
    }

    /// Downloads the file as an attachment; null where the search is too long for an address, then read `content`.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let session = Session::of(ctx)?;
        Ok(self.request.url(Links::new(&session.state().settings.public_url), self.format.into()))
    }

    /// The file itself, as text.
    async fn content(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(export(Session::of(ctx)?, &self.request, self.format.into()).await?)
    }
}
