//! The hits of a search as a file.

use async_graphql::{Object, Result};

use super::search::SearchInput;
use crate::graphql::export::ExportRequest;
use crate::graphql::page::cost;
use crate::graphql::types::export::{ExportFormat, SearchExport};

/// Exports.
#[derive(Default)]
pub(crate) struct ExportQuery;

#[Object]
impl ExportQuery {
    /// The hits of a search as a file for editing programs, spreadsheets, players or web pages, best first. In and out points
    /// are exact to the frame at each film's own rate.
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(3_000)")]
    async fn search_export(
        &self,
        #[graphql(desc = "What is looked for.")] input: SearchInput,
        #[graphql(desc = "The file format.")] format: ExportFormat,
        #[graphql(desc = "How many moments, 1 to 1000.", default = 100)] first: Option<i32>,
    ) -> Result<SearchExport> {
        Ok(SearchExport { request: ExportRequest::new(input, first)?, format })
    }
}
