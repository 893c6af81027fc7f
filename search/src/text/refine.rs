//! A second look at candidates: which clauses each has, how close together they stand, and what moment it is.

use std::collections::HashMap;

use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocId, DocSet, SegmentReader, Term};

use super::query::TextCandidate;
use super::schema::ChannelFields;
use super::snapshot::Snapshot;
use super::terms::FormTerms;

/// Most by which closeness raises a score.
const CLOSENESS_WEIGHT: f32 = 0.5;
/// Least that is left of a score where hardly any of the query matches.
const PARTIAL_WEIGHT: f32 = 0.4;
/// Occurrences of a clause in a text that are looked at; enough for any passage.
const MAX_POSITIONS: usize = 64;

/// Where to look.
pub(super) struct Look<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// Where words are looked for; nowhere where `None`.
    pub(super) channel: Option<ChannelFields>,
    pub(super) clause_weights: &'a [f32],
}

/// What is known of one candidate.
struct Seen {
    doc: DocId,
    bm25: f32,
    /// Position and clause of each occurrence.
    places: Vec<(u32, usize)>,
    matched: u64,
}

/// Turns addresses with BM25 scores into candidates, best first.
pub(super) fn refine(
    look: &Look<'_>,
    scored: HashMap<DocAddress, f32>,
    clauses: &[Vec<FormTerms>],
) -> tantivy::Result<Vec<TextCandidate>> {
    let mut by_segment = HashMap::<u32, Vec<Seen>>::new();
    for (DocAddress { segment_ord, doc_id }, bm25) in scored {
        by_segment.entry(segment_ord).or_default().push(Seen { doc: doc_id, bm25, places: Vec::new(), matched: 0 });
    }
    let mut candidates = Vec::new();
    for (segment, mut seen) in by_segment {
        let columns = look.snapshot.columns(segment)?;
        let segment = look.snapshot.searcher.segment_reader(segment);
        seen.sort_by_key(|seen| seen.doc);
        let marked = look.channel.into_iter().flat_map(|channel| {
            clauses
                .iter()
                .enumerate()
                .flat_map(move |(clause, forms)| forms.iter().map(move |form| (channel, clause, form)))
        });
        for (channel, clause, form) in marked {
            match form.exact.as_slice() {
                [] => {}
                [word] => mark_word(segment, channel.exact, word, clause, &mut seen)?,
                words => mark_phrase(segment, channel.exact, words, clause, &mut seen)?,
            }
            for stem in &form.stems {
                mark_word(segment, channel.stem, stem, clause, &mut seen)?;
            }
        }
        candidates.extend(seen.into_iter().filter_map(|seen| {
            let share = coverage(seen.matched, look.clause_weights);
            let partial = PARTIAL_WEIGHT + (1.0 - PARTIAL_WEIGHT) * share;
            let score = seen.bm25 * partial * (1.0 + CLOSENESS_WEIGHT * closeness(seen.matched, seen.places));
            columns.candidate(seen.doc, score, seen.matched)
        }));
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.moment.cmp(&b.moment)));
    Ok(candidates)
}

/// Marks the entries that have a word.
fn mark_word(
    segment: &SegmentReader,
    field: Field,
    word: &Term,
    clause: usize,
    seen: &mut [Seen],
) -> tantivy::Result<()> {
    let index = segment.inverted_index(field)?;
    let Some(mut postings) = index.read_postings(word, IndexRecordOption::WithFreqsAndPositions)? else {
        return Ok(());
    };
    let mut positions = Vec::new();
    for seen in seen {
        if postings.doc() < seen.doc {
            postings.seek(seen.doc);
        }
        if postings.doc() == seen.doc {
            postings.positions(&mut positions);
            seen.matched |= bit(clause);
            seen.places.extend(positions.iter().take(MAX_POSITIONS).map(|position| (*position, clause)));
        }
    }
    Ok(())
}

/// Marks the entries that have words in a row.
fn mark_phrase(
    segment: &SegmentReader,
    field: Field,
    words: &[Term],
    clause: usize,
    seen: &mut [Seen],
) -> tantivy::Result<()> {
    let index = segment.inverted_index(field)?;
    let mut all = Vec::with_capacity(words.len());
    for word in words {
        match index.read_postings(word, IndexRecordOption::WithFreqsAndPositions)? {
            Some(postings) => all.push(postings),
            None => return Ok(()),
        }
    }
    for seen in seen {
        let mut starts: Option<Vec<u32>> = None;
        for (offset, postings) in all.iter_mut().enumerate() {
            if postings.doc() < seen.doc {
                postings.seek(seen.doc);
            }
            let mut positions = Vec::new();
            if postings.doc() == seen.doc {
                postings.positions(&mut positions);
            }
            // Where the phrase would begin if this word stood in its place.
            let begins = positions.into_iter().filter_map(|position| position.checked_sub(u32::try_from(offset).ok()?));
            starts = Some(match starts {
                None => begins.collect(),
                Some(before) => begins.filter(|begin| before.binary_search(begin).is_ok()).collect(),
            });
        }
        let starts = starts.unwrap_or_default();
        if !starts.is_empty() {
            seen.matched |= bit(clause);
            seen.places.extend(starts.into_iter().take(MAX_POSITIONS).map(|start| (start, clause)));
        }
    }
    Ok(())
}

/// The bit of a clause; a query has at most 64 clauses.
fn bit(clause: usize) -> u64 {
    u32::try_from(clause).ok().and_then(|clause| 1_u64.checked_shl(clause)).unwrap_or(0)
}

/// Closeness of the clauses that matched, `0..=1`: 1 where they stand side by side, less the wider the narrowest stretch
/// that has them all. 0 where fewer than two matched.
fn closeness(matched: u64, mut places: Vec<(u32, usize)>) -> f32 {
    let distinct = matched.count_ones() as usize;
    if distinct < 2 {
        return 0.0;
    }
    places.sort_unstable();
    places.dedup();
    let mut counts = HashMap::<usize, usize>::new();
    let mut narrowest = u32::MAX;
    let mut left = places.iter().copied();
    for (right, clause) in places.iter().copied() {
        *counts.entry(clause).or_default() += 1;
        while counts.len() == distinct {
            let Some((start, clause)) = left.next() else { break };
            narrowest = narrowest.min(right.saturating_sub(start));
            if let Some(count) = counts.get_mut(&clause) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&clause);
                }
            }
        }
    }
    (distinct as f32 - 1.0) / (narrowest.max(1) as f32).max(distinct as f32 - 1.0)
}

/// Share of the query's weight that the clauses in `matched` have, `0..=1`.
pub(crate) fn coverage(matched: u64, clause_weights: &[f32]) -> f32 {
    let total: f32 = clause_weights.iter().sum();
    let has = |place: usize| matched & bit(place) != 0;
    let covered: f32 =
        clause_weights.iter().enumerate().filter(|(place, _)| has(*place)).map(|(_, weight)| weight).sum();
    if total > 0.0 { (covered / total).clamp(0.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_side_by_side_are_closest_in_any_order() {
        assert_eq!(closeness(0b11, vec![(4, 0), (5, 1)]), 1.0);
        assert_eq!(closeness(0b11, vec![(5, 0), (4, 1)]), 1.0);
        assert_eq!(closeness(0b11, vec![(0, 0), (10, 1)]), 0.1);
        assert_eq!(closeness(0b111, vec![(0, 0), (7, 1), (9, 2), (8, 0)]), 1.0);
        assert_eq!(closeness(0b1, vec![(0, 0), (1, 0)]), 0.0);
    }

    #[test]
    fn coverage_is_the_matched_share_of_the_weight() {
        assert_eq!(coverage(0b01, &[3.0, 1.0]), 0.75);
        assert_eq!(coverage(0b11, &[3.0, 1.0]), 1.0);
        assert_eq!(coverage(0b11, &[]), 0.0);
    }
}
