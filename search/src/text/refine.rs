//! A second look at candidates: what each is worth by BM25, which clauses it has, how close together they stand, and what
//! moment it is.

use std::collections::HashMap;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::Postings;
use tantivy::query::Bm25Weight;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, DocId, DocSet, SegmentReader, Term};

use super::query::TextCandidate;
use super::schema::ChannelFields;
use super::snapshot::Snapshot;
use super::statistics::TenantStatistics;
use super::terms::FormTerms;

/// Most by which closeness raises a score.
const CLOSENESS_WEIGHT: f32 = 0.5;
/// Least that is left of a score where hardly any of the query matches.
const PARTIAL_WEIGHT: f32 = 0.4;
/// Occurrences of a clause in a text that are looked at; enough for any passage.
const MAX_POSITIONS: usize = 64;

/// The words of a query in one channel.
pub(super) struct Words<'a> {
    pub(super) fields: ChannelFields,
    pub(super) clauses: &'a [Vec<FormTerms>],
    /// Those of 0 do not count towards the score.
    pub(super) clause_weights: &'a [f32],
    pub(super) statistics: &'a TenantStatistics<'a>,
}

/// A word, or words in a row, that are looked for in the entries.
struct Lookup<'a> {
    field: Field,
    terms: &'a [Term],
    clause: usize,
    /// `None` where the clause does not count.
    weight: Option<Bm25Weight>,
}

/// What is known of one entry.
struct Seen {
    doc: DocId,
    bm25: f32,
    /// Position and clause of each occurrence.
    places: Vec<(u32, usize)>,
    matched: u64,
}

/// Turns addresses into candidates, best first and at most `limit`; those of 0 each where there are no words to weigh them by.
pub(super) fn refine(
    snapshot: &Snapshot,
    words: Option<&Words<'_>>,
    found: impl IntoIterator<Item = DocAddress>,
    limit: usize,
) -> tantivy::Result<Vec<TextCandidate>> {
    let mut by_segment = HashMap::<u32, Vec<Seen>>::new();
    for DocAddress { segment_ord, doc_id } in found {
        by_segment.entry(segment_ord).or_default().push(Seen {
            doc: doc_id,
            bm25: 0.0,
            places: Vec::new(),
            matched: 0,
        });
    }
    let lookups = words.map_or_else(|| Ok(Vec::new()), Words::lookups)?;
    let mut scored = Vec::new();
    for (segment, mut seen) in by_segment {
        seen.sort_by_key(|seen| seen.doc);
        let reader = snapshot.searcher.segment_reader(segment);
        for lookup in &lookups {
            lookup.mark(reader, words.is_some_and(Words::are_several), &mut seen)?;
        }
        scored.extend(seen.into_iter().map(|seen| {
            let Seen { doc, matched, .. } = seen;
            (segment, doc, matched, words.map_or(0.0, |words| words.score(seen)))
        }));
    }
    // What moment an entry is takes as long to read as its words, so that is asked of the best only.
    if scored.len() > limit {
        scored.select_nth_unstable_by(limit, |(.., a), (.., b)| b.total_cmp(a));
        scored.truncate(limit);
    }
    let mut candidates = Vec::with_capacity(scored.len());
    for (segment, doc, matched, score) in scored {
        candidates.extend(snapshot.columns(segment)?.candidate(doc, score, matched));
    }
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.moment.cmp(&b.moment)));
    Ok(candidates)
}

impl<'a> Words<'a> {
    /// Whether how close they stand to each other is of matter.
    fn are_several(&self) -> bool {
        self.clauses.len() > 1
    }

    /// Whatever is looked for in an entry, the same in each segment of the index.
    fn lookups(&self) -> tantivy::Result<Vec<Lookup<'a>>> {
        let mut lookups = Vec::new();
        for (clause, forms) in self.clauses.iter().enumerate() {
            let counts = self.clause_weights.get(clause).is_some_and(|weight| *weight > 0.0);
            for form in forms {
                let exact = (self.fields.exact, form.exact.as_slice(), form.exact_weight());
                let stem = |stem| (self.fields.stem, std::slice::from_ref(stem), form.stem_weight());
                let stems = form.stems.iter().map(|(_, term)| stem(term));
                for (field, terms, boost) in std::iter::once(exact).chain(stems) {
                    if !terms.is_empty() {
                        let weight = counts.then(|| self.statistics.weight(terms, boost)).transpose()?;
                        lookups.push(Lookup { field, terms, clause, weight });
                    }
                }
            }
        }
        Ok(lookups)
    }

    /// BM25, more where more of the query matches and where that stands closer together.
    fn score(&self, seen: Seen) -> f32 {
        let partial = PARTIAL_WEIGHT + (1.0 - PARTIAL_WEIGHT) * coverage(seen.matched, self.clause_weights);
        seen.bm25 * partial * (1.0 + CLOSENESS_WEIGHT * closeness(seen.matched, seen.places))
    }
}

impl Lookup<'_> {
    /// Marks the entries of a segment that have it, and where.
    fn mark(&self, segment: &SegmentReader, with_positions: bool, seen: &mut [Seen]) -> tantivy::Result<()> {
        match self.terms {
            [word] => self.mark_word(segment, word, with_positions, seen),
            words => self.mark_phrase(segment, words, seen),
        }
    }

    fn mark_word(
        &self,
        segment: &SegmentReader,
        word: &Term,
        with_positions: bool,
        seen: &mut [Seen],
    ) -> tantivy::Result<()> {
        let index = segment.inverted_index(self.field)?;
        let option = match with_positions {
            true => IndexRecordOption::WithFreqsAndPositions,
            false => IndexRecordOption::WithFreqs,
        };
        let Some(mut postings) = index.read_postings(word, option)? else { return Ok(()) };
        let lengths = segment.get_fieldnorms_reader(self.field)?;
        let mut positions = Vec::new();
        for seen in seen {
            if postings.doc() < seen.doc {
                postings.seek(seen.doc);
            }
            if postings.doc() == seen.doc {
                postings.positions(&mut positions);
                self.count(seen, &lengths, postings.term_freq(), &positions);
            }
        }
        Ok(())
    }

    fn mark_phrase(&self, segment: &SegmentReader, words: &[Term], seen: &mut [Seen]) -> tantivy::Result<()> {
        let index = segment.inverted_index(self.field)?;
        let mut all = Vec::with_capacity(words.len());
        for word in words {
            match index.read_postings(word, IndexRecordOption::WithFreqsAndPositions)? {
                Some(postings) => all.push(postings),
                None => return Ok(()),
            }
        }
        let lengths = segment.get_fieldnorms_reader(self.field)?;
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
                let begins =
                    positions.into_iter().filter_map(|position| position.checked_sub(u32::try_from(offset).ok()?));
                starts = Some(match starts {
                    None => begins.collect(),
                    Some(before) => begins.filter(|begin| before.binary_search(begin).is_ok()).collect(),
                });
            }
            let starts = starts.unwrap_or_default();
            if let Ok(times @ 1..) = u32::try_from(starts.len()) {
                self.count(seen, &lengths, times, &starts);
            }
        }
        Ok(())
    }

    /// Counts it in an entry that has it so many times.
    fn count(&self, seen: &mut Seen, lengths: &FieldNormReader, times: u32, positions: &[u32]) {
        if let Some(weight) = &self.weight {
            seen.bm25 += weight.score(lengths.fieldnorm_id(seen.doc), times);
        }
        seen.mark(self.clause, positions);
    }
}

impl Seen {
    fn mark(&mut self, clause: usize, positions: &[u32]) {
        self.matched |= bit(clause);
        self.places.extend(positions.iter().take(MAX_POSITIONS).map(|position| (*position, clause)));
    }
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
