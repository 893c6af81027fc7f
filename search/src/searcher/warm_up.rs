//! What is done before the first search, so that it need not wait longer than the next.

use super::Searcher;
use crate::query::SearchRequest;
use crate::query::limits::{MAX_READ_AHEAD_BYTES, WARM_UP_SEARCHES};

impl Searcher {
    /// Brings the indexes into memory as far as [`MAX_READ_AHEAD_BYTES`] reach, then searches for words that many moments
    /// have, which also loads and runs the models that encode queries. What fails is logged: searches say it again.
    pub async fn warm_up(&self) {
        self.index.read_ahead(MAX_READ_AHEAD_BYTES).await;
        let words = match self.index.text().frequent_words(WARM_UP_SEARCHES).await {
            Ok(words) => words,
            Err(error) => return tracing::warn!(%error, "no words could be read to warm up with"),
        };
        for (tenant, word) in words {
            let Ok(request) = SearchRequest::parse(tenant, &word) else { continue };
            if let Err(error) = self.rank(&request).await {
                tracing::warn!(%error, "a search to warm up failed");
            }
        }
    }
}
