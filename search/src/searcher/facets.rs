//! Counts beside the answers of a search.

use std::sync::Arc;

use super::Searcher;
use crate::error::SearchError;
use crate::facet::{Facet, FacetField};
use crate::query::limits::MAX_FACET_VALUES;
use crate::query::{Grouping, SearchRequest};
use crate::text::Concepts;

impl Searcher {
    /// Counts what all answers have in common, under the request's own filters: every moment that the words and conditions let
    /// through, exactly. What is found by meaning alone is not among them, since everything is near to some degree. Of a query
    /// about time, the strongest moments of its answers are counted, as far as paging reaches.
    ///
    /// # Errors
    /// As [`Searcher::search`].
    pub async fn facets(
        &self,
        request: &SearchRequest,
        fields: Vec<FacetField>,
        values_each: usize,
    ) -> Result<Vec<Facet>, SearchError> {
        let values_each = values_each.min(MAX_FACET_VALUES);
        let request = self.expanded(request.clone());
        let (tenant, text) = (request.tenant(), self.index.text());
        let concepts = Concepts { tenant, vocabulary: Arc::clone(&self.vocabulary) };
        if let Some(retrieval) = request.query().retrieval() {
            return text.facets(tenant, retrieval, request.filter(), fields, concepts, values_each).await;
        }
        let ranking = self.ranking(&request.with_grouping(Grouping::Flat)).await?;
        let moments = ranking.hits.iter().filter_map(|(_, hit)| hit.moments.first().copied()).collect();
        text.facets_of(tenant, moments, fields, concepts, values_each).await
    }
}
