//! Answers that nothing ranks, in the order of a property: page by page from the index, however many there are.

use super::arrange::key_of;
use super::look::plain_hit;
use super::{Ranking, Searcher};
use crate::error::SearchError;
use crate::hit::{Hit, Notice};
use crate::order::{Order, Place};
use crate::query::{Retrieval, SearchRequest, Sort};
use crate::rerank::NotReranked;
use crate::text::{Stretch, TextCandidate};

/// The look of a request whose answers have no rank and are ordered by a property.
pub(super) fn unranked(request: &SearchRequest) -> Option<&Retrieval> {
    let retrieval = request.query().retrieval()?;
    let is_ordered = *request.sort() != Sort::Relevance && !retrieval.is_ranked() && !retrieval.is_empty();
    is_ordered.then_some(retrieval)
}

impl Searcher {
    /// The answers of one page, and one more where there is one.
    pub(super) async fn stretch(&self, request: &SearchRequest, retrieval: &Retrieval) -> Result<Ranking, SearchError> {
        let generation = self.index.generation();
        let after = request.after().map(|cursor| cursor.place.clone());
        let stretch = Stretch { sort: request.sort().clone(), after, limit: request.first().saturating_add(1) };
        let found = self.index.text().stretch(request.tenant(), retrieval, request.filter(), stretch).await?;
        let placed = |(order, candidate): (Order, TextCandidate)| {
            let hit = plain_hit(candidate, 1.0);
            (Place { order, key: key_of(&hit) }, hit)
        };
        let hits: Vec<(Place, Hit)> = found.into_iter().map(placed).collect();
        let has_no_good_match = hits.is_empty() && request.after().is_none();
        let not_reranked = request.rerank().map(|_| Notice::NotReranked { why: NotReranked::OtherOrder });
        let notices = not_reranked.into_iter().collect();
        Ok(Ranking { hits, near_misses: Vec::new(), has_no_good_match, notices, reranked: None, generation })
    }
}
