//! Words of the index that begin in a certain way or are spelled nearly in a certain way.

use std::collections::HashMap;

use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder, SINK_STATE};
use tantivy::Searcher;
use tantivy::schema::Field;
use tantivy_fst::Automaton;

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
    let near = Near::new(scope, word, distance);
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

/// Accepts stored words of one tenant whose letters are near to those of a word: the tenant's prefix must be as it is.
struct Near {
    prefix: Vec<u8>,
    dfa: DFA,
}

/// How far a stored word has been read.
#[derive(Clone, Copy)]
enum State {
    /// So many bytes of the prefix were right.
    Prefix(usize),
    /// Behind the prefix.
    Letters(u32),
    /// Cannot match any more.
    Lost,
}

impl Near {
    fn new(scope: &Scope, word: &str, distance: u8) -> Self {
        // Swapping two neighbouring letters is one difference.
        let dfa = LevenshteinAutomatonBuilder::new(distance, true).build_dfa(word);
        Self { prefix: scope.word("").into_bytes(), dfa }
    }
}

impl Automaton for &Near {
    type State = State;

    fn start(&self) -> State {
        State::Prefix(0)
    }

    fn is_match(&self, state: &State) -> bool {
        match state {
            State::Letters(state) => matches!(self.dfa.distance(*state), Distance::Exact(_)),
            State::Prefix(_) | State::Lost => false,
        }
    }

    fn can_match(&self, state: &State) -> bool {
        match state {
            State::Letters(state) => *state != SINK_STATE,
            State::Prefix(_) => true,
            State::Lost => false,
        }
    }

    fn accept(&self, state: &State, byte: u8) -> State {
        match state {
            State::Prefix(read) if self.prefix.get(*read) == Some(&byte) => match read + 1 {
                whole if whole == self.prefix.len() => State::Letters(self.dfa.initial_state()),
                read => State::Prefix(read),
            },
            State::Letters(state) => State::Letters(self.dfa.transition(*state, byte)),
            State::Prefix(_) | State::Lost => State::Lost,
        }
    }
}
