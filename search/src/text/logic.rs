//! What must hold of an answer, as a query over whole moments that adds nothing to the score.

use reelgraph_models::observation::Modality;
use tantivy::query::{BooleanQuery, EmptyQuery, Occur, Query};

use super::filter::{all, condition, constant, one};
use super::schema::{Fields, Scope};
use super::terms::{Terms, any_of};
use crate::query::{Logic, Retrieval, is_near};

/// Turns statements into queries.
pub(super) struct Statements<'a> {
    pub(super) fields: &'a Fields,
    pub(super) scope: &'a Scope,
    pub(super) terms: &'a Terms,
    /// The kind of vector by which the moments in question are known to be near.
    pub(super) near: Option<Modality>,
}

impl Statements<'_> {
    /// The moments of which it holds.
    pub(super) fn query(&self, logic: &Logic) -> Box<dyn Query> {
        match logic {
            Logic::Anything => one(self.scope.tenant_term(self.fields)),
            Logic::Nothing => Box::new(EmptyQuery),
            Logic::Has(clause) => self.has(&[*clause]),
            Logic::Some { field, .. } if self.near.is_some_and(|near| is_near(*field, near)) => {
                self.query(&Logic::Anything)
            }
            Logic::Some { clauses, .. } => self.has(clauses),
            Logic::Is(property) => condition(self.fields, self.scope, property),
            Logic::All(parts) => all(parts.iter().map(|part| self.query(part)).collect()),
            Logic::Any(parts) => constant(any_of(parts.iter().map(|part| self.query(part)).collect())),
            Logic::Not(part) => constant(Box::new(BooleanQuery::new(vec![
                (Occur::Must, self.query(&Logic::Anything)),
                (Occur::MustNot, self.query(part)),
            ]))),
        }
    }

    /// Moments that have one of the clauses, or whose asset has it in its title.
    fn has(&self, clauses: &[usize]) -> Box<dyn Query> {
        let mut ways = Vec::new();
        for clause in clauses {
            ways.extend(self.terms.anywhere(*clause));
            ways.extend(self.terms.titles(*clause).iter().map(|words| {
                all(words.iter().map(|word| one(self.scope.term(self.fields.title_word, word))).collect())
            }));
        }
        if ways.is_empty() { Box::new(EmptyQuery) } else { constant(any_of(ways)) }
    }
}

/// Whether every moment that has any of the scored words is an answer, so that nothing else needs to be looked at.
pub(super) fn is_implied(retrieval: &Retrieval) -> bool {
    match &retrieval.logic {
        Logic::Anything => true,
        Logic::Some { clauses, .. } => retrieval.scored.iter().all(|scored| clauses.contains(scored)),
        Logic::Has(clause) => retrieval.scored == [*clause],
        _ => false,
    }
}
