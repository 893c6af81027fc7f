//! The words of one tenant, walked in their order: by beginning, and by likeness. Never those of another, since every term
//! begins with its tenant.

use std::sync::Arc;

use reelgraph_models::id::TenantId;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Searcher, SegmentReader, TERMINATED, Term};

use super::index::Shared;
use super::likeness::Likeness;
use super::schema::{Channel, Fields, Scope};
use super::snapshot::Snapshot;
use crate::analysis::Stemming;

/// Terms that are looked at in a segment however little of the budget is left for it.
const LEAST_TERMS_OF_SEGMENT: usize = 200;
/// Entries of a term that are looked at for one that is not deleted.
const MOST_ENTRIES_OF_TERM: usize = 10_000;

/// Where words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// Folded words of a channel.
    Words(Channel),
    /// What completes a beginning.
    Completions,
}

/// The words of one tenant at one moment.
pub(crate) struct Dictionary {
    shared: Arc<Shared>,
    snapshot: Arc<Snapshot>,
    scope: Scope,
}

impl Dictionary {
    pub(super) fn new(shared: Arc<Shared>, tenant: TenantId) -> tantivy::Result<Self> {
        let snapshot = shared.newest.get(&shared.fields)?;
        Ok(Self { shared, snapshot, scope: Scope::of(tenant) })
    }

    fn searcher(&self) -> &Searcher {
        &self.snapshot.searcher
    }

    fn fields(&self) -> &Fields {
        &self.shared.fields
    }

    fn field(&self, shelf: Shelf) -> Field {
        match shelf {
            Shelf::Words(channel) => self.fields().channel(channel).exact,
            Shelf::Completions => self.fields().suggest,
        }
    }

    /// Visits words that begin with `prefix`, each with about how many moments have it (deleted ones count until their
    /// segment is merged). Looks at `most_terms` in all, the same share of each segment.
    pub(crate) fn walk(
        &self,
        shelf: Shelf,
        prefix: &str,
        most_terms: usize,
        visit: &mut dyn FnMut(&str, u64),
    ) -> tantivy::Result<()> {
        let start = self.scope.word(prefix).into_bytes();
        let end = after(&start);
        let skip = self.scope.word("").len();
        for segment in self.searcher().segment_readers() {
            let mut left = self.share(most_terms);
            let index = segment.inverted_index(self.field(shelf))?;
            let mut stream = index.terms().range().ge(&start).lt(&end).into_stream()?;
            while left > 0 && stream.advance() {
                left -= 1;
                if let Some(word) = stream.key().get(skip..).and_then(|word| std::str::from_utf8(word).ok()) {
                    visit(word, stream.value().doc_freq.into());
                }
            }
        }
        Ok(())
    }

    /// Visits words of any channel that differ from `word` by at most `distance` letters (a swap of neighbours is one), with
    /// about how many moments have it in that channel.
    pub(crate) fn near(
        &self,
        word: &str,
        distance: u8,
        most_terms: usize,
        visit: &mut dyn FnMut(&str, u64),
    ) -> tantivy::Result<()> {
        let start = self.scope.word("").into_bytes();
        let end = after(&start);
        let likeness = Likeness::new(&self.scope, word, distance)?;
        for channel in Channel::ALL {
            for segment in self.searcher().segment_readers() {
                let mut left = self.share(most_terms / Channel::ALL.len());
                let index = segment.inverted_index(self.fields().channel(channel).exact)?;
                let mut stream = index.terms().search(&likeness).ge(&start).lt(&end).into_stream()?;
                while left > 0 && stream.advance() {
                    left -= 1;
                    let near = stream.key().get(start.len()..).and_then(|word| std::str::from_utf8(word).ok());
                    if let Some(near) = near {
                        visit(near, stream.value().doc_freq.into());
                    }
                }
            }
        }
        Ok(())
    }

    /// About how many moments have a word in some form: the most that any channel has, by the folded word or by its stem in
    /// any language of the tenant.
    pub(crate) fn frequency(&self, exact: &str, surface: &str) -> tantivy::Result<u64> {
        let mut stemming = Stemming::default();
        let mut stems = Vec::new();
        for language in &self.snapshot.holdings(self.fields(), &self.scope)?.languages {
            stems.push(stemming.stem(surface, *language));
        }
        let mut most = 0;
        for channel in Channel::ALL.map(|channel| self.fields().channel(channel)) {
            most = most.max(self.searcher().doc_freq(&self.scope.term(channel.exact, exact))?);
            for stem in &stems {
                most = most.max(self.searcher().doc_freq(&self.scope.term(channel.stem, stem))?);
            }
        }
        Ok(most)
    }

    /// About how many moments have folded words in a row, as they stand: at most as many as have the rarest, in the channel that
    /// has the most.
    pub(crate) fn frequency_of_phrase(&self, words: &[String]) -> tantivy::Result<u64> {
        let mut most = 0;
        for channel in Channel::ALL.map(|channel| self.fields().channel(channel)) {
            let mut rarest = None;
            for word in words {
                let moments = self.searcher().doc_freq(&self.scope.term(channel.exact, word))?;
                rarest = Some(rarest.map_or(moments, |rarest: u64| rarest.min(moments)));
                if moments == 0 {
                    break;
                }
            }
            most = most.max(rarest.unwrap_or_default());
        }
        Ok(most)
    }

    /// Whether a moment that is not deleted has the word.
    pub(crate) fn is_alive(&self, shelf: Shelf, word: &str) -> tantivy::Result<bool> {
        let term = self.scope.term(self.field(shelf), word);
        for segment in self.searcher().segment_readers() {
            if is_alive_in(segment, &term)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn share(&self, most_terms: usize) -> usize {
        (most_terms / self.searcher().segment_readers().len().max(1)).max(LEAST_TERMS_OF_SEGMENT)
    }
}

fn is_alive_in(segment: &SegmentReader, term: &Term) -> tantivy::Result<bool> {
    let index = segment.inverted_index(term.field())?;
    let Some(mut entries) = index.read_postings(term, IndexRecordOption::Basic)? else { return Ok(false) };
    if segment.alive_bitset().is_none() {
        return Ok(true);
    }
    for _ in 0..MOST_ENTRIES_OF_TERM {
        match entries.doc() {
            TERMINATED => return Ok(false),
            doc if !segment.is_deleted(doc) => return Ok(true),
            _ => entries.advance(),
        };
    }
    Ok(false)
}

/// The least bytes that come after everything that begins with `prefix`, which is text and so holds no byte 255.
fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    if let Some(last) = end.last_mut() {
        *last = last.saturating_add(1);
    }
    end
}

/// Words that were visited, with how many moments have each. For tens of thousands of words at every letter that is typed, most of
/// which come in their order.
#[derive(Default)]
pub(crate) struct Counts(Vec<(String, u64)>);

impl Counts {
    /// Notes a visit.
    pub(crate) fn add(&mut self, word: &str, moments: u64) {
        self.0.push((word.to_owned(), moments));
    }

    /// The words in their order, each once with all of its moments.
    pub(crate) fn summed(self) -> Vec<(String, u64)> {
        let mut words = self.0;
        if !words.is_sorted_by(|(left, _), (right, _)| left < right) {
            words.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
            words.dedup_by(|(word, moments), (kept, all)| {
                let is_same = word == kept;
                *all += if is_same { *moments } else { 0 };
                is_same
            });
        }
        words
    }
}

/// The `most` words with the most moments, equal ones by length and name.
pub(crate) fn most_frequent(mut words: Vec<(String, u64)>, most: usize) -> Vec<(String, u64)> {
    let order = |a: &(String, u64), b: &(String, u64)| {
        b.1.cmp(&a.1).then_with(|| a.0.len().cmp(&b.0.len())).then_with(|| a.0.cmp(&b.0))
    };
    if words.len() > most {
        words.select_nth_unstable_by(most, order);
        words.truncate(most);
    }
    words.sort_unstable_by(order);
    words
}
