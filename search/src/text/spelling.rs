//! Words of the index that begin in a certain way or are spelled nearly in a certain way.

use std::collections::HashMap;

use tantivy::Searcher;
use tantivy::schema::Field;

use super::likeness::Likeness;
use super::schema::Scope;
use crate::query::limits::{MAX_EXPANDED_WORDS, MAX_SCANNED_WORDS};

/// Words of `fields` that begin with `start`, the most frequent ones first, at most [`MAX_EXPANDED_WORDS`].
pub(super) fn beginning_with(
    searcher: &Searcher,
    fields: &[Field],
    scope: &Scope,
    start: &str,
) -> tantivy::Result<Vec<String>> {
    let mut found = Found::default();
    let from = scope.word(start);
    for (segment, field) in places(searcher, fields) {
        let index = segment.inverted_index(field)?;
        let mut words = index.terms().range().ge(from.as_bytes()).into_stream()?;
        while words.advance() && words.key().starts_with(from.as_bytes()) && found.may_go_on() {
            found.add(scope, words.key(), words.value().doc_freq);
        }
    }
    Ok(found.most_frequent())
}

/// Words of `fields` within `distance` letters of `word`, the most frequent ones first, at most [`MAX_EXPANDED_WORDS`].
pub(super) fn spelled_nearly(
    searcher: &Searcher,
    fields: &[Field],
    scope: &Scope,
    word: &str,
    distance: u8,
) -> tantivy::Result<Vec<String>> {
    let near = Likeness::new(scope, word, distance)?;
    let mut found = Found::default();
    for (segment, field) in places(searcher, fields) {
        let index = segment.inverted_index(field)?;
        let mut words = index.terms().search(&near).ge(scope.word("").as_bytes()).into_stream()?;
        while words.advance() && found.may_go_on() {
            found.add(scope, words.key(), words.value().doc_freq);
        }
    }
    Ok(found.most_frequent())
}

fn places<'a>(
    searcher: &'a Searcher,
    fields: &'a [Field],
) -> impl Iterator<Item = (&'a tantivy::SegmentReader, Field)> {
    searcher.segment_readers().iter().flat_map(|segment| fields.iter().map(move |field| (segment, *field)))
}

/// Words with how many moments have them.
#[derive(Default)]
struct Found {
    frequency: HashMap<String, u64>,
    scanned: usize,
}

impl Found {
    fn may_go_on(&self) -> bool {
        self.scanned < MAX_SCANNED_WORDS
    }

    fn add(&mut self, scope: &Scope, key: &[u8], doc_freq: u32) {
        self.scanned += 1;
        if let Some(word) = scope.bare(key) {
            *self.frequency.entry(word.to_owned()).or_default() += u64::from(doc_freq);
        }
    }

    fn most_frequent(self) -> Vec<String> {
        let mut words: Vec<(String, u64)> = self.frequency.into_iter().collect();
        words.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
        words.truncate(MAX_EXPANDED_WORDS);
        words.into_iter().map(|(word, _)| word).collect()
    }
}
