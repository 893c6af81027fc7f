//! What a vocabulary adds to a look: other labels for what was typed.

use std::sync::Arc;

use reelgraph_models::id::TenantId;

use super::clause::{Clause, Form, Shape};
use super::expr::{Field, Term};
use super::limits::{MAX_CONCEPT_LABELS, MAX_EXPANSIONS, MAX_LABEL_WORDS, MAX_NARROWER_LEVELS};
use super::retrieval::{Missed, Retrieval};
use super::vocabulary::{Expansion, LabelPath, Reach, Vocabulary};

/// How a vocabulary is asked.
#[derive(Debug, Clone, Copy)]
pub struct Expanding<'a> {
    /// Whose vocabulary.
    pub tenant: TenantId,
    /// Where it is.
    pub vocabulary: &'a dyn Vocabulary,
    /// Levels of narrower concepts that are taken along for words; a concept that is asked for by name has all of them.
    pub depth: u8,
}

impl Expanding<'_> {
    fn ask(&self, label: &str, levels: u8, labels: usize) -> Option<Expansion> {
        self.vocabulary.expand(self.tenant, label, Reach { levels, labels })
    }
}

impl Retrieval {
    /// Adds what a vocabulary knows about the names of concepts and about runs of the words that were typed.
    pub(crate) fn expand(&mut self, expanding: Expanding<'_>) {
        self.expand_concepts(expanding);
        self.expand_words(expanding);
    }

    /// Those that are kept out as well, since nothing of them is to be there.
    fn expand_concepts(&mut self, expanding: Expanding<'_>) {
        let named: Vec<(usize, String)> =
            self.clauses.iter().enumerate().filter_map(|(at, clause)| Some((at, clause.concept()?))).collect();
        for (at, name) in named {
            let Some(expansion) = expanding.ask(&name, MAX_NARROWER_LEVELS, MAX_CONCEPT_LABELS) else {
                self.miss(Missed::Unknown(name));
                continue;
            };
            if expansion.is_cut {
                self.miss(Missed::Cut(name));
            }
            self.redirects.extend(expansion.redirect);
            let forms = expansion.labels.iter().filter_map(|path| form(path, Some(Field::Concept)));
            self.add(at, &forms.collect::<Vec<_>>());
        }
    }

    fn expand_words(&mut self, expanding: Expanding<'_>) {
        let typed: Vec<(usize, Option<Field>, String)> = (self.scored.iter())
            .filter_map(|at| {
                let clause = self.clauses.get(*at).filter(|clause| clause.field != Some(Field::Concept))?;
                let shape = &clause.forms.first()?.shape;
                let is_whole = matches!(shape, Shape::Word { .. } | Shape::Phrase { .. });
                is_whole.then(|| (*at, clause.field, shape.to_string()))
            })
            .collect();
        let mut from = 0;
        while from < typed.len() {
            let run = |length: usize| {
                typed.get(from..from + length).filter(|run| {
                    length == 1
                        || run
                            .windows(2)
                            .all(|pair| matches!(pair, [(a, field, _), (b, other, _)] if a + 1 == *b && field == other))
                })
            };
            let longest = (1..=MAX_LABEL_WORDS).rev().find_map(|length| {
                let label = run(length)?.iter().map(|(_, _, word)| word.as_str()).collect::<Vec<_>>().join(" ");
                Some((length, expanding.ask(&label, expanding.depth, MAX_EXPANSIONS)?))
            });
            let Some((length, expansion)) = longest else {
                from += 1;
                continue;
            };
            self.redirects.extend(expansion.redirect);
            let forms: Vec<Form> =
                expansion.labels.iter().take(MAX_EXPANSIONS).filter_map(|path| form(path, None)).collect();
            for (at, ..) in typed.get(from..from + length).unwrap_or_default() {
                self.add(*at, &forms);
            }
            from += length;
        }
    }

    /// Further ways to write a clause.
    fn add(&mut self, at: usize, forms: &[Form]) {
        let Some(clause) = self.clauses.get_mut(at) else { return };
        let new = forms.iter().filter(|form| clause.forms.first().is_none_or(|own| own.shape != form.shape));
        let new: Vec<Form> = new.cloned().collect();
        clause.forms.extend(new);
    }

    fn miss(&mut self, missed: Missed) {
        if !self.missed.contains(&missed) {
            self.missed.push(missed);
        }
    }
}

/// A label as it is looked up in place of what was typed for a field.
fn form(path: &Arc<LabelPath>, field: Option<Field>) -> Option<Form> {
    let clause = Clause::of_term(&Term::Word(path.label.clone()), field)?;
    let shape = clause.forms.into_iter().next()?.shape;
    Some(Form { shape, via: Some(Arc::clone(path)) })
}
