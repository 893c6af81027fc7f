//! Answers that nothing ranks, in the order of a property: page by page from the index, however many there are.

use super::arrange::key_of;
use super::look::plain_hit;
use super::notices::notices;
use super::{Ranking, Searcher};
use crate::error::SearchError;
use crate::hit::{Hit, Notice};
use crate::order::{Order, Place};
use crate::query::{Retrieval, SearchRequest, Sort};
use crate::rerank::NotReranked;
use crate::text::{Stretch, TextCandidate};

/// Whether the answers of a request have no rank and are ordered by a property. What a vocabulary knows changes nothing about that.
pub(super) fn is_unranked(request: &SearchRequest) -> bool {
    let retrieval = request.query().retrieval();
    let has_no_rank = |retrieval: &Retrieval| !retrieval.is_ranked() && !retrieval.is_empty();
    *request.sort() != Sort::Relevance && retrieval.is_some_and(has_no_rank)
}

impl Searcher {
    /// The answers of one page of an expanded request, and one more where there is one.
    pub(super) async fn stretch(&self, request: &SearchRequest) -> Result<Ranking, SearchError> {
        let generation = self.index.generation();
        let of_everything = Retrieval::of_everything();
        let retrieval = request.query().retrieval().unwrap_or(&of_everything);
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
        let notices = notices(request.query()).into_iter().chain(not_reranked).collect();
        Ok(Ranking { hits, near_misses: Vec::new(), has_no_good_match, notices, reranked: None, generation })
    }
}
