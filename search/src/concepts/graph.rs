//! Concepts, their labels and what is narrower than what.

use std::collections::{BTreeSet, HashMap};

use super::concept::{Concept, Label, LabelKind};
use super::keys::{Keys, beginnings};

/// Words of a label from which it can be begun.
const MAX_STARTS: usize = 8;

/// A vocabulary in memory. It belongs to no tenant: all of them are answered by the same.
#[derive(Debug, Default)]
pub struct ConceptGraph {
    nodes: Vec<Node>,
    /// By key: the concepts that have such a label, each once.
    by_key: HashMap<String, Vec<Named>>,
    /// What labels that are shown begin with, in order.
    begun: Vec<Begun>,
}

/// A concept among the others.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: String,
    /// At least one; preferred ones first, then alternative, then hidden ones.
    pub(super) labels: Vec<Label>,
    /// Those that it is narrower than, in the order in which they were named.
    pub(super) broader: Vec<usize>,
    pub(super) narrower: Vec<usize>,
    pub(super) is_deprecated: bool,
    pub(super) replaced_by: Option<usize>,
}

/// A concept by one of its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Named {
    pub(super) concept: usize,
    pub(super) label: usize,
}

/// A label from one of its words on.
#[derive(Debug, Clone)]
pub(super) struct Begun {
    pub(super) key: String,
    pub(super) is_first_word: bool,
    pub(super) named: Named,
}

impl ConceptGraph {
    /// Puts concepts together. Two with the same identifier become one with the names of both; a concept without names is
    /// called by the last part of its identifier.
    pub fn new(concepts: impl IntoIterator<Item = Concept>) -> Self {
        let mut merged: Vec<Concept> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for concept in concepts {
            match places.get(&concept.id).and_then(|at| merged.get_mut(*at)) {
                Some(known) => {
                    known.labels.extend(concept.labels);
                    known.broader.extend(concept.broader);
                    known.is_deprecated |= concept.is_deprecated;
                    known.replaced_by = known.replaced_by.take().or(concept.replaced_by);
                }
                None => {
                    places.insert(concept.id.clone(), merged.len());
                    merged.push(concept);
                }
            }
        }
        let mut narrower: Vec<BTreeSet<usize>> = merged.iter().map(|_| BTreeSet::new()).collect();
        for (at, concept) in merged.iter().enumerate() {
            for broader in concept.broader.iter().filter_map(|id| places.get(id)).filter(|broader| **broader != at) {
                narrower.get_mut(*broader).into_iter().for_each(|below| {
                    below.insert(at);
                });
            }
        }
        let node = |(concept, narrower): (Concept, BTreeSet<usize>)| Node {
            broader: concept.broader.iter().filter_map(|id| places.get(id).copied()).collect(),
            labels: labels_of(&concept.id, concept.labels),
            narrower: narrower.into_iter().collect(),
            is_deprecated: concept.is_deprecated || concept.replaced_by.is_some(),
            replaced_by: concept.replaced_by.and_then(|id| places.get(&id).copied()),
            id: concept.id,
        };
        let mut graph = Self { nodes: merged.into_iter().zip(narrower).map(node).collect(), ..Self::default() };
        graph.index();
        graph
    }

    fn index(&mut self) {
        let mut keys = Keys::default();
        for (concept, node) in self.nodes.iter().enumerate() {
            for (label, written) in node.labels.iter().enumerate() {
                let named = Named { concept, label };
                for key in keys.of(written) {
                    let known = self.by_key.entry(key).or_default();
                    if known.last().is_none_or(|last| last.concept != concept) {
                        known.push(named);
                    }
                }
                if written.kind != LabelKind::Hidden && !node.is_deprecated {
                    let starts = beginnings(&written.text, MAX_STARTS).into_iter();
                    self.begun.extend(starts.map(|(key, is_first_word)| Begun { key, is_first_word, named }));
                }
            }
        }
        self.begun.sort_by(|left, right| left.key.cmp(&right.key));
    }

    /// How many concepts there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(super) fn node(&self, concept: usize) -> Option<&Node> {
        self.nodes.get(concept)
    }

    /// The concepts that have a label of that key.
    pub(super) fn named(&self, key: &str) -> &[Named] {
        self.by_key.get(key).map(Vec::as_slice).unwrap_or_default()
    }

    /// The label by which a concept was named.
    pub(super) fn label(&self, named: Named) -> Option<&Label> {
        self.node(named.concept)?.labels.get(named.label)
    }

    /// What begins like `start`, in order, at most `most`.
    pub(super) fn begun(&self, start: &str, most: usize) -> impl Iterator<Item = &Begun> {
        let first = self.begun.partition_point(|begun| begun.key.as_str() < start);
        let rest = self.begun.get(first..).unwrap_or_default().iter();
        rest.take_while(move |begun| begun.key.starts_with(start)).take(most)
    }
}

impl Node {
    /// Its name in a language, else one of no language, else the English one, else any; never a hidden one where it has another.
    pub(super) fn name(&self, language: Option<&str>) -> &str {
        let best_kind = self.labels.first().map(|label| label.kind);
        let named = || self.labels.iter().filter(|label| Some(label.kind) == best_kind);
        let of = |wanted: Option<&str>| named().find(|label| label.language.as_deref() == wanted);
        let found = language.and_then(|language| of(Some(language))).or_else(|| of(None)).or_else(|| of(Some("en")));
        found.or_else(|| named().next()).map_or(&self.id, |label| &label.text)
    }
}

/// The names of a concept in their order; never none.
fn labels_of(id: &str, labels: Vec<Label>) -> Vec<Label> {
    let labels: BTreeSet<Label> = labels.into_iter().filter(|label| !label.text.trim().is_empty()).collect();
    if labels.is_empty() {
        let last = id.trim_end_matches(['/', '#']).rsplit(['/', '#', ':']).next().unwrap_or(id);
        return vec![Label::new(LabelKind::Preferred, last, None)];
    }
    labels.into_iter().collect()
}
