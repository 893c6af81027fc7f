//! A controlled vocabulary in memory: concepts with their labels, and which of them are narrower than which.
//!
//! In: [`Concept`]s, from whoever reads a vocabulary. Out: a [`ConceptGraph`], which widens queries as the searcher's
//! [`Vocabulary`](crate::query::vocabulary::Vocabulary), and [`ConceptSuggestions`], which completes the names of concepts.
//!
//! Invariants:
//! - a graph never changes; another vocabulary is another graph;
//! - a concept may have several broader ones, and a circle of them ends where it began: no walk visits a concept twice;
//! - labels are compared as the index compares words, accents and case aside.
//!
//! ```
//! use reelgraph_models::id::TenantId;
//! use reelgraph_search::concepts::{Concept, ConceptGraph, Label, LabelKind};
//! use reelgraph_search::query::vocabulary::{Reach, Vocabulary};
//!
//! let mut animal = Concept::new("a");
//! animal.labels.push(Label::new(LabelKind::Preferred, "animal", Some("en")));
//! let mut dog = Concept::new("d");
//! dog.labels.push(Label::new(LabelKind::Preferred, "dog", Some("en")));
//! dog.broader.push("a".to_owned());
//!
//! let graph = ConceptGraph::new([animal, dog]);
//! let found = graph.expand(TenantId::DEFAULT, "animal", Reach { levels: 1, labels: 10 });
//! let paths: Vec<_> = found.iter().flat_map(|it| &it.labels).map(|it| it.path.join(" > ")).collect();
//! assert_eq!(paths, ["animal > dog"]);
//! ```

mod concept;
mod expand;
mod graph;
mod keys;
mod suggestions;
#[cfg(test)]
mod tests;

pub use concept::{Concept, Label, LabelKind};
pub use graph::ConceptGraph;
pub use suggestions::ConceptSuggestions;
