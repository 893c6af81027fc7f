//! From statements to concepts: what SKOS, OWL and Dublin Core say about them; everything else is left aside.

use std::collections::{HashMap, HashSet};

use oxrdf::{Literal, NamedOrBlankNode, Term, Triple};
use reelgraph_search::concepts::{Concept, ConceptGraph, Label, LabelKind};

use super::error::VocabularyError;

/// Most concepts. The largest thesauri that people search films by have some 50 000.
const MAX_CONCEPTS: usize = 100_000;
/// Most labels of a concept, in all languages.
const MAX_LABELS: usize = 1_000;
/// Longest label, in characters.
const MAX_LABEL_CHARS: usize = 500;
/// Characters of a label that is too long which are shown.
const SHOWN_CHARS: usize = 40;

const SKOS: &str = "http://www.w3.org/2004/02/skos/core#";
const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const DEPRECATED: &str = "http://www.w3.org/2002/07/owl#deprecated";
const REPLACED_BY: &str = "http://purl.org/dc/terms/isReplacedBy";

/// What was said so far.
#[derive(Default)]
pub(super) struct Concepts {
    statements: u64,
    concepts: Vec<Concept>,
    places: HashMap<String, usize>,
    /// What is said to be a concept.
    is_concept: HashSet<usize>,
    /// Schemes and collections, which have labels too.
    is_other: HashSet<usize>,
}

impl Concepts {
    /// Takes a statement.
    pub(super) fn add(&mut self, triple: Triple) -> Result<(), VocabularyError> {
        self.statements += 1;
        let Triple { subject, predicate, object } = triple;
        let subject = identifier(subject);
        match (predicate.as_str().strip_prefix(SKOS), predicate.as_str(), object) {
            (Some("prefLabel"), _, Term::Literal(text)) => self.label(subject, LabelKind::Preferred, &text),
            (Some("altLabel"), _, Term::Literal(text)) => self.label(subject, LabelKind::Alternative, &text),
            (Some("hiddenLabel"), _, Term::Literal(text)) => self.label(subject, LabelKind::Hidden, &text),
            (Some("broader"), _, broader) => self.link(Some(subject), node(broader)),
            (Some("narrower"), _, narrower) => self.link(node(narrower), Some(subject)),
            (_, TYPE, Term::NamedNode(class)) => self.class(subject, class.as_str()),
            (_, DEPRECATED, Term::Literal(value)) if matches!(value.value().trim(), "true" | "1") => {
                self.concept(subject)?.is_deprecated = true;
                Ok(())
            }
            (_, REPLACED_BY, replacement) => {
                if let Some(replacement) = node(replacement) {
                    self.concept(subject)?.replaced_by = Some(replacement);
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The concepts with what lies between them.
    pub(super) fn graph(self) -> Result<ConceptGraph, VocabularyError> {
        let Self { statements, concepts, is_concept, is_other, .. } = self;
        let is_meant = |at: &usize, concept: &Concept| {
            is_concept.contains(at) || (!concept.labels.is_empty() && !is_other.contains(at))
        };
        let concepts = concepts.into_iter().enumerate().filter(|(at, concept)| is_meant(at, concept));
        let graph = ConceptGraph::new(concepts.map(|(_, concept)| concept));
        if graph.is_empty() { Err(VocabularyError::NoConcepts { statements }) } else { Ok(graph) }
    }

    /// The place of what has this identifier, made where it is new.
    fn at(&mut self, id: String) -> Result<usize, VocabularyError> {
        if let Some(at) = self.places.get(&id) {
            return Ok(*at);
        }
        let at = self.concepts.len();
        if at == MAX_CONCEPTS {
            return Err(VocabularyError::TooManyConcepts { limit: MAX_CONCEPTS });
        }
        self.concepts.push(Concept::new(id.clone()));
        self.places.insert(id, at);
        Ok(at)
    }

    fn concept(&mut self, id: String) -> Result<&mut Concept, VocabularyError> {
        let at = self.at(id)?;
        self.concepts.get_mut(at).ok_or(VocabularyError::TooManyConcepts { limit: MAX_CONCEPTS })
    }

    fn label(&mut self, subject: String, kind: LabelKind, text: &Literal) -> Result<(), VocabularyError> {
        if text.value().chars().nth(MAX_LABEL_CHARS).is_some() {
            let start = text.value().chars().take(SHOWN_CHARS).collect();
            return Err(VocabularyError::LabelTooLong { concept: subject, limit: MAX_LABEL_CHARS, start });
        }
        let concept = self.concept(subject)?;
        if concept.labels.len() == MAX_LABELS {
            return Err(VocabularyError::TooManyLabels { concept: concept.id.clone(), limit: MAX_LABELS });
        }
        concept.labels.push(Label::new(kind, text.value().trim(), text.language()));
        Ok(())
    }

    /// Notes that one is narrower than the other, where both are things.
    fn link(&mut self, narrower: Option<String>, broader: Option<String>) -> Result<(), VocabularyError> {
        if let (Some(narrower), Some(broader)) = (narrower, broader) {
            self.concept(narrower)?.broader.push(broader);
        }
        Ok(())
    }

    fn class(&mut self, subject: String, class: &str) -> Result<(), VocabularyError> {
        match class.strip_prefix(SKOS) {
            Some("Concept") => {
                let at = self.at(subject)?;
                self.is_concept.insert(at);
            }
            Some("ConceptScheme" | "Collection" | "OrderedCollection") => {
                let at = self.at(subject)?;
                self.is_other.insert(at);
            }
            _ => {}
        }
        Ok(())
    }
}

fn identifier(subject: NamedOrBlankNode) -> String {
    match subject {
        NamedOrBlankNode::NamedNode(node) => node.into_string(),
        NamedOrBlankNode::BlankNode(node) => node.to_string(),
    }
}

/// What a statement points to, unless that is a text.
fn node(object: Term) -> Option<String> {
    match object {
        Term::NamedNode(node) => Some(node.into_string()),
        Term::BlankNode(node) => Some(node.to_string()),
        Term::Literal(_) => None,
    }
}
