//! Widening a query: from a label that was typed to all labels by which the concept is found.

use std::collections::HashSet;
use std::sync::Arc;

use reelgraph_models::id::TenantId;

use super::graph::{ConceptGraph, Named};
use crate::analysis::fold_label;
use crate::query::vocabulary::{Expansion, LabelPath, Reach, Redirect, Vocabulary, WithBroader};

/// Most concepts that one expansion visits; more would have more labels than anyone asks for.
const MOST_VISITED: usize = 10_000;
/// Longest chain of replacements that is followed.
const LONGEST_REDIRECT: usize = 16;

/// Most concepts that one label counts for; more are nowhere above another but in a tangle.
const MOST_BROADER: usize = 256;

/// A concept on the way down, and from where it was reached.
struct Step {
    concept: usize,
    /// Place of the broader concept in the list of steps; `None` of one that was typed.
    from: Option<usize>,
    /// The language in which the concept was named that all this is narrower than.
    language: Option<String>,
    level: u8,
}

impl Vocabulary for ConceptGraph {
    fn expand(&self, _: TenantId, label: &str, reach: Reach) -> Option<Expansion> {
        let named = self.named(label);
        if named.is_empty() {
            return None;
        }
        let mut redirect = None;
        let mut walk = Walk { graph: self, steps: Vec::new(), visited: HashSet::new() };
        for named in named {
            let language = self.label(*named).and_then(|label| label.language.clone());
            let concept = self.current(named.concept);
            if concept != named.concept && redirect.is_none() {
                redirect = self.redirect(*named, concept, language.as_deref());
            }
            walk.reach(Step { concept, from: None, language, level: 0 });
        }
        walk.descend(reach.levels);
        let (labels, is_cut) = walk.labels(label, reach.labels);
        Some(Expansion { labels, is_cut, redirect })
    }

    fn with_broader(&self, _: TenantId, label: &str) -> Vec<WithBroader> {
        let mut reached: Vec<usize> = Vec::new();
        let reach = |reached: &mut Vec<usize>, concept: usize| {
            if !reached.contains(&concept) && reached.len() < MOST_BROADER {
                reached.push(concept);
            }
        };
        self.named(label).iter().for_each(|named| reach(&mut reached, self.current(named.concept)));
        let mut at = 0;
        while let Some(concept) = reached.get(at).copied() {
            self.broader(concept).for_each(|broader| reach(&mut reached, broader));
            at += 1;
        }
        let placed = reached.into_iter().filter_map(|concept| {
            let node = self.node(concept)?;
            let broader = self.broader(concept).next().and_then(|broader| self.node(broader));
            Some(WithBroader {
                concept: node.id.clone(),
                name: node.name(None).to_owned(),
                broader: broader.map(|broader| broader.name(None).to_owned()),
            })
        });
        placed.collect()
    }
}

impl ConceptGraph {
    /// The concept that a deprecated one has given way to, over as many replacements as there are; otherwise the same.
    fn current(&self, concept: usize) -> usize {
        let mut current = concept;
        for _ in 0..LONGEST_REDIRECT {
            match self.node(current).and_then(|node| node.replaced_by) {
                // Whoever goes round in a circle has no replacement.
                Some(next) if next == concept => return concept,
                Some(next) => current = next,
                None => break,
            }
        }
        current
    }

    /// The concepts right above one, without those that are not to be used any more.
    fn broader(&self, concept: usize) -> impl Iterator<Item = usize> {
        let above = self.node(concept).map(|node| node.broader.as_slice()).unwrap_or_default();
        let is_used = |broader: &usize| self.node(*broader).is_some_and(|node| !node.is_deprecated);
        above.iter().copied().filter(move |broader| *broader != concept && is_used(broader))
    }

    fn redirect(&self, from: Named, to: usize, language: Option<&str>) -> Option<Redirect> {
        let (from, to) = (self.node(from.concept)?, self.node(to)?);
        Some(Redirect { from: from.name(language).to_owned(), to: to.name(language).to_owned() })
    }
}

/// A walk from concepts to narrower ones, level by level.
struct Walk<'a> {
    graph: &'a ConceptGraph,
    steps: Vec<Step>,
    visited: HashSet<usize>,
}

impl Walk<'_> {
    /// Notes a concept unless it was reached before, on a way that was no longer.
    fn reach(&mut self, step: Step) {
        if self.visited.len() < MOST_VISITED && self.visited.insert(step.concept) {
            self.steps.push(step);
        }
    }

    fn descend(&mut self, levels: u8) {
        let mut at = 0;
        while let Some(step) = self.steps.get(at).filter(|step| step.level < levels) {
            let (level, language) = (step.level + 1, step.language.clone());
            let below = self.graph.node(step.concept).map(|node| node.narrower.as_slice()).unwrap_or_default();
            for concept in below {
                // What a deprecated concept stands for is found by the one that took its place.
                if self.graph.node(*concept).is_some_and(|node| !node.is_deprecated) {
                    self.reach(Step { concept: *concept, from: Some(at), language: language.clone(), level });
                }
            }
            at += 1;
        }
    }

    /// The labels of all concepts that were reached but the one that was typed, and whether some were left out.
    fn labels(&self, typed: &str, most: usize) -> (Vec<Arc<LabelPath>>, bool) {
        let named: HashSet<Named> = self.graph.named(typed).iter().copied().collect();
        let mut known: HashSet<String> = HashSet::from([typed.to_owned()]);
        let mut labels = Vec::new();
        for (at, step) in self.steps.iter().enumerate() {
            let Some(node) = self.graph.node(step.concept) else { continue };
            for (at_label, label) in node.labels.iter().enumerate() {
                let key = fold_label(&label.text);
                let is_typed = named.contains(&Named { concept: step.concept, label: at_label });
                if is_typed || key.is_empty() || !known.insert(key) {
                    continue;
                }
                if labels.len() == most {
                    return (labels, true);
                }
                let path = self.path(at);
                labels.push(Arc::new(LabelPath { label: label.text.clone(), concept: node.id.clone(), path }));
            }
        }
        (labels, self.visited.len() == MOST_VISITED)
    }

    /// Names from the concept that was typed down to the one of a step.
    fn path(&self, at: usize) -> Vec<String> {
        let mut names = Vec::new();
        let mut next = Some(at);
        while let Some(step) = next.and_then(|at| self.steps.get(at)) {
            let node = self.graph.node(step.concept);
            names.extend(node.map(|node| node.name(step.language.as_deref()).to_owned()));
            next = step.from;
        }
        names.reverse();
        names
    }
}
