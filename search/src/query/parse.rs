//! A query as a whole: what was asked, and how it will be answered.

use std::collections::BTreeSet;

use super::clause::Clause;
use super::condition::Condition;
use super::expand::Expanding;
use super::expr::Expr;
use super::plan::Plan;
use super::retrieval::{Missed, Retrieval};
use super::syntax;
use super::vocabulary::Redirect;
use crate::error::SearchError;

/// A query: its text and how it is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    text: String,
    plan: Plan,
}

impl Query {
    /// Reads a query string; see [`syntax::parse`].
    ///
    /// # Errors
    /// [`SearchError::QueryTooLong`], [`SearchError::Syntax`], [`SearchError::TooManyTerms`], [`SearchError::TooManyParts`].
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        Ok(Self { text: text.trim().to_owned(), plan: Plan::of(&syntax::parse(text)?)? })
    }

    /// Takes a query that was put together by a program. `text` tells it from others, as in a cursor.
    ///
    /// # Errors
    /// [`SearchError::TooLarge`], [`SearchError::TooDeep`], [`SearchError::TooManyTerms`], [`SearchError::TooManyParts`].
    pub fn of(expr: &Expr, text: String) -> Result<Self, SearchError> {
        Ok(Self { text, plan: Plan::of(expr)? })
    }

    /// Adds the labels that a vocabulary knows for what was typed.
    #[must_use]
    pub fn expanded(mut self, expanding: Expanding<'_>) -> Self {
        self.plan.expand(expanding);
        self
    }

    /// As typed, without surrounding blanks.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Everything that is looked for, in order; what is kept out is not among it.
    pub fn clauses(&self) -> Vec<&Clause> {
        let scored = |look: &'_ Retrieval| look.scored.clone();
        let looks = self.plan.retrievals().into_iter();
        looks.flat_map(|look| scored(look).into_iter().filter_map(|at| look.clauses.get(at))).collect()
    }

    /// How many soft words were left out.
    pub fn ignored_terms(&self) -> usize {
        self.plan.retrievals().iter().map(|retrieval| retrieval.ignored_terms).sum()
    }

    /// Deprecated concepts whose replacement is looked up.
    pub fn redirects(&self) -> Vec<&Redirect> {
        self.plan.retrievals().into_iter().flat_map(|retrieval| &retrieval.redirects).collect()
    }

    /// Concepts that were asked for by name and cannot be looked for as a whole.
    pub fn missed(&self) -> Vec<&Missed> {
        self.plan.retrievals().into_iter().flat_map(|retrieval| &retrieval.missed).collect()
    }

    /// Labels of objects that every answer of some look must have, folded.
    pub(crate) fn demanded_objects(&self) -> BTreeSet<String> {
        let conditions = self.plan.retrievals().into_iter().flat_map(|look| look.logic.conditions());
        let label = |condition: &Condition| match condition {
            Condition::Objects { label, .. } => Some(label.clone()),
            _ => None,
        };
        conditions.filter_map(label).collect()
    }

    /// Whether there is nothing to look up.
    pub fn is_empty(&self) -> bool {
        matches!(&self.plan, Plan::Find(retrieval) if retrieval.is_empty())
    }

    /// The one look that answers it; `None` where it has several parts.
    pub fn retrieval(&self) -> Option<&Retrieval> {
        match &self.plan {
            Plan::Find(retrieval) => Some(retrieval),
            _ => None,
        }
    }

    /// How it is answered.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }
}
