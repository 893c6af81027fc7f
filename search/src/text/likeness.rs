//! Stored words of one tenant that are spelled nearly like a word, as the automaton that walks a dictionary.

use tantivy::Term;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::Field;
use tantivy_fst::Automaton;

use super::schema::Scope;

/// What is like a word, behind the tenant's prefix, which must be there as it is.
pub(super) struct Likeness {
    prefix: Vec<u8>,
    letters: DfaWrapper,
}

/// How far a stored word was read.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// So many bytes of the prefix were right.
    Prefix(usize),
    /// Behind the prefix.
    Letters(u32),
    /// Cannot match any more.
    Nothing,
}

impl Likeness {
    /// What differs from `word` by at most `distance` letters; a swap of neighbours is one.
    pub(super) fn new(scope: &Scope, word: &str, distance: u8) -> tantivy::Result<Self> {
        // The automaton is of the text alone, whatever the field.
        let query = FuzzyTermQuery::new(Term::from_field_text(Field::from_field_id(0), word), distance, true);
        Ok(Self { prefix: scope.word("").into_bytes(), letters: query.automaton()? })
    }
}

impl Automaton for &Likeness {
    type State = Read;

    fn start(&self) -> Read {
        Read::Prefix(0)
    }

    fn is_match(&self, state: &Read) -> bool {
        matches!(state, Read::Letters(state) if self.letters.is_match(state))
    }

    fn can_match(&self, state: &Read) -> bool {
        match state {
            Read::Prefix(_) => true,
            Read::Letters(state) => self.letters.can_match(state),
            Read::Nothing => false,
        }
    }

    fn accept(&self, state: &Read, byte: u8) -> Read {
        match state {
            Read::Prefix(at) if self.prefix.get(*at) != Some(&byte) => Read::Nothing,
            Read::Prefix(at) if at + 1 == self.prefix.len() => Read::Letters(self.letters.start()),
            Read::Prefix(at) => Read::Prefix(at + 1),
            Read::Letters(state) => Read::Letters(self.letters.accept(state, byte)),
            Read::Nothing => Read::Nothing,
        }
    }
}
