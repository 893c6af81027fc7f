//! Words that many moments have, of whichever tenant.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use reelgraph_models::id::TenantId;
use tantivy::Searcher;

use super::schema::{Channel, Fields, Scope};
use crate::query::limits::MAX_SCANNED_WORDS;

/// The words that most moments have in the largest part of the index, with whose they are; at most `most`.
pub(super) fn frequent(fields: &Fields, searcher: &Searcher, most: usize) -> tantivy::Result<Vec<(TenantId, String)>> {
    let Some(largest) = searcher.segment_readers().iter().max_by_key(|segment| segment.num_docs()) else {
        return Ok(Vec::new());
    };
    let mut best = BinaryHeap::new();
    for channel in [Channel::Said, Channel::Seen] {
        let index = largest.inverted_index(fields.channel(channel).exact)?;
        let mut words = index.terms().stream()?;
        let mut left = MAX_SCANNED_WORDS;
        while left > 0 && words.advance() {
            left -= 1;
            best.push(Reverse((words.value().doc_freq, words.key().to_vec())));
            if best.len() > most {
                best.pop();
            }
        }
    }
    let words = best.into_iter().filter_map(|Reverse((_, stored))| Scope::tenant_and_word(&stored));
    Ok(words.collect())
}
