//! What BM25 needs to know about one tenant's moments.

use tantivy::query::{Bm25StatisticsProvider, Bm25Weight};
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use super::terms::Terms;

/// Statistics of one tenant's moments, so that what others keep cannot be felt in a score.
pub(super) struct TenantStatistics<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) terms: &'a Terms,
    moments: u64,
    all_moments: u64,
}

impl<'a> TenantStatistics<'a> {
    pub(super) fn new(searcher: &'a Searcher, terms: &'a Terms, moments: u64) -> tantivy::Result<Self> {
        let all_moments = Bm25StatisticsProvider::total_num_docs(searcher)?;
        Ok(Self { searcher, terms, moments, all_moments })
    }

    /// Moments of the tenant.
    pub(super) fn moments(&self) -> u64 {
        self.moments
    }

    /// What a term, or terms in a row, counts, times `boost`.
    pub(super) fn weight(&self, terms: &[Term], boost: f32) -> tantivy::Result<Bm25Weight> {
        Ok(Bm25Weight::for_terms(self, terms)?.boost_by(boost))
    }
}

impl Bm25StatisticsProvider for TenantStatistics<'_> {
    /// Scaled to the tenant, which keeps the mean length of a text that of the whole index.
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let tokens = Bm25StatisticsProvider::total_num_tokens(self.searcher, field)?;
        let scaled = u128::from(tokens) * u128::from(self.moments) / u128::from(self.all_moments.max(1));
        Ok(u64::try_from(scaled).unwrap_or(u64::MAX))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.moments)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        match self.terms.frequency(term) {
            Some(frequency) => Ok(frequency),
            None => self.searcher.doc_freq(term),
        }
    }
}
