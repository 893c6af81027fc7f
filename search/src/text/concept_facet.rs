//! Counting by concept: what an object is called, and everything broader, each once for a moment.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use reelgraph_models::id::TenantId;
use tantivy::DocId;
use tantivy::columnar::StrColumn;

use super::facets::{Value, word_of};
use super::schema::Scope;
use crate::query::vocabulary::{Vocabulary, WithBroader};

/// Whose concepts are counted.
#[derive(Debug, Clone)]
pub(crate) struct Concepts {
    pub(crate) tenant: TenantId,
    pub(crate) vocabulary: Arc<dyn Vocabulary>,
}

/// The concepts of the moments of one segment, by the classes of objects that are seen in them.
pub(super) struct SeenConcepts {
    objects: StrColumn,
    concepts: Concepts,
    scope: Scope,
    /// By word of the column: places in `known`.
    by_word: HashMap<u64, Vec<u64>>,
    known: Vec<WithBroader>,
    places: HashMap<String, u64>,
}

impl SeenConcepts {
    pub(super) fn new(objects: StrColumn, concepts: Concepts, scope: Scope) -> Self {
        let (by_word, known, places) = Default::default();
        Self { objects, concepts, scope, by_word, known, places }
    }

    /// The concepts of a moment, each once however many objects it has of it.
    pub(super) fn of(&mut self, doc: DocId) -> BTreeSet<u64> {
        let words: Vec<u64> = self.objects.ords().values_for_doc(doc).collect();
        let mut found = BTreeSet::new();
        for word in words {
            if !self.by_word.contains_key(&word) {
                let places = self.placed(word);
                self.by_word.insert(word, places);
            }
            found.extend(self.by_word.get(&word).into_iter().flatten());
        }
        found
    }

    /// The value that stands at a place.
    pub(super) fn value(&self, place: u64) -> Option<Value> {
        let concept = self.known.get(usize::try_from(place).ok()?)?;
        let WithBroader { concept, name, broader } = concept.clone();
        Some(Value { name, parent: broader, concept: Some(concept) })
    }

    fn placed(&mut self, word: u64) -> Vec<u64> {
        let Some(label) = word_of(&self.scope, &self.objects, word) else { return Vec::new() };
        let found = self.concepts.vocabulary.with_broader(self.concepts.tenant, &label);
        let place = |concept: WithBroader| {
            let next = self.known.len() as u64;
            let place = *self.places.entry(concept.concept.clone()).or_insert(next);
            if place == next {
                self.known.push(concept);
            }
            place
        };
        found.into_iter().map(place).collect()
    }
}
