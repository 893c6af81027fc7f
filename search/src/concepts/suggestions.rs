//! Completing the names of concepts.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use reelgraph_models::id::TenantId;

use super::concept::LabelKind;
use super::graph::{Begun, ConceptGraph};
use crate::analysis::{fold_label, tokenize};
use crate::error::{SearchError, boxed};
use crate::index::SearchIndex;
use crate::suggest::{Suggestion, SuggestionKind, SuggestionSource, begun_name, named_in};
use crate::text::dictionary::Dictionary;

/// Beginnings that are looked at for one that was typed; a letter alone begins thousands.
const MOST_BEGINNINGS: usize = 4_000;
/// Labels of a concept by which its moments are counted.
const MOST_COUNTED_LABELS: usize = 8;

/// Knows the names of concepts, and from the index how many moments have them.
#[derive(Debug, Clone)]
pub struct ConceptSuggestions {
    graph: Arc<ConceptGraph>,
    index: SearchIndex,
}

impl ConceptSuggestions {
    /// Completes names in the vocabulary.
    pub fn new(graph: Arc<ConceptGraph>, index: SearchIndex) -> Self {
        Self { graph, index }
    }
}

#[async_trait]
impl SuggestionSource for ConceptSuggestions {
    fn kind(&self) -> SuggestionKind {
        SuggestionKind::Concept
    }

    async fn suggest(&self, tenant: TenantId, prefix: &str, most: usize) -> Result<Vec<Suggestion>, SearchError> {
        let (field, begun) = match begun_name(prefix) {
            Some((field, SuggestionKind::Concept, name)) => (field.to_owned(), name),
            // Behind another field other names are meant.
            Some(_) => return Ok(Vec::new()),
            None => (String::new(), prefix),
        };
        let found: Vec<(String, usize)> =
            self.graph.names_begun(begun, most).map(|(name, concept)| (name.to_owned(), concept)).collect();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let (graph, text) = (Arc::clone(&self.graph), Arc::clone(self.index.text()));
        let counted = tokio::task::spawn_blocking(move || {
            let dictionary = text.dictionary(tenant)?;
            let counted = found.into_iter().map(|(name, concept)| {
                let moments = graph.moments(concept, &dictionary)?;
                Ok(Suggestion { kind: SuggestionKind::Concept, text: named_in(&field, name), moments })
            });
            counted.collect::<tantivy::Result<Vec<_>>>()
        });
        let failed = |source| SearchError::Suggest { source_name: "concepts", source };
        let counted = counted.await.map_err(|error| failed(boxed(error)))?;
        let mut counted = counted.map_err(|error| failed(boxed(error)))?;
        counted.sort_by_key(|suggestion| std::cmp::Reverse(suggestion.moments));
        Ok(counted)
    }
}

impl ConceptGraph {
    /// Names that begin with `text` or have a word that does, each of another concept: those that begin so first, preferred
    /// before alternative ones, shorter ones first.
    fn names_begun(&self, text: &str, most: usize) -> impl Iterator<Item = (&str, usize)> {
        let is_finished = text.ends_with(char::is_whitespace);
        let key = match fold_label(text) {
            key if is_finished && !tokenize(text).is_empty() => format!("{key} "),
            key => key,
        };
        let enough = if key.is_empty() { 0 } else { MOST_BEGINNINGS };
        let mut begun: Vec<(&Begun, LabelKind, &str)> = (self.begun(&key, enough))
            .filter_map(|begun| {
                let label = self.label(begun.named)?;
                Some((begun, label.kind, label.text.as_str()))
            })
            .collect();
        begun.sort_by_key(|(begun, kind, name)| (!begun.is_first_word, *kind, name.len(), &begun.key));
        let (mut concepts, mut names) = (HashSet::new(), HashSet::new());
        begun.retain(|(begun, _, name)| {
            let concept = begun.named.concept;
            // Of concepts with the same name one stands for all, since either finds them.
            !concepts.contains(&concept) && names.insert(fold_label(name)) && concepts.insert(concept)
        });
        begun.truncate(most);
        begun.into_iter().map(|(begun, _, name)| (name, begun.named.concept))
    }

    /// About how many moments have a concept: as many as its most frequent label.
    fn moments(&self, concept: usize, dictionary: &Dictionary) -> tantivy::Result<u64> {
        let labels = self.node(concept).map(|node| node.labels.as_slice()).unwrap_or_default();
        let mut most = 0;
        for label in labels.iter().take(MOST_COUNTED_LABELS) {
            let words: Vec<String> = tokenize(&label.text).into_iter().map(|token| token.exact).collect();
            most = most.max(dictionary.frequency_of_phrase(&words)?);
        }
        Ok(most)
    }
}
