//! Chapters, as the file states them.

use async_graphql::SimpleObject;

use super::span::TimeSpan;

/// A named stretch stated by the file.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Chapter {
    /// When.
    pub span: TimeSpan,
    /// As stated; null when the file gives none.
    pub title: Option<String>,
}

impl From<&reelgraph_models::probe::Chapter> for Chapter {
    fn from(chapter: &reelgraph_models::probe::Chapter) -> Self {
        Self { span: chapter.span.into(), title: chapter.title.clone() }
    }
}
