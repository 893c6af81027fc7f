//! The order in which a query is answered: looks at the indexes, and what joins them in time.

use reelgraph_models::time::MediaTime;

use super::expand::Expanding;
use super::expr::{Expr, Temporal};
use super::limits::{MAX_LOOKS, MAX_QUERY_DEPTH, MAX_QUERY_SIZE, MAX_TERMS};
use super::retrieval::Retrieval;
use crate::error::SearchError;

/// How a query is answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Plan {
    /// By one look at the indexes.
    Find(Retrieval),
    /// Answers of all, where they share time.
    All(Vec<Plan>),
    /// Answers of any.
    Any(Vec<Plan>),
    /// Answers of the first that share no time with any of the second.
    Except(Box<Plan>, Box<Plan>),
    /// Answers of several as they lie in time.
    Join(Relation, Vec<Plan>),
}

/// How the answers of sub-queries lie in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Then { gap: MediaTime },
    Within { gap: MediaTime },
    During,
    Before { gap: Option<MediaTime> },
    After { gap: Option<MediaTime> },
    NotBetween { gap: MediaTime },
    SameShot,
    SameScene,
}

impl Plan {
    /// Plans an expression.
    pub(crate) fn of(expr: &Expr) -> Result<Self, SearchError> {
        if expr.depth() > MAX_QUERY_DEPTH {
            return Err(SearchError::TooDeep { limit: MAX_QUERY_DEPTH });
        }
        let count = expr.size();
        if count > MAX_QUERY_SIZE {
            return Err(SearchError::TooLarge { count, limit: MAX_QUERY_SIZE });
        }
        let plan = Self::part(expr)?;
        match plan.looks() {
            looks if looks > MAX_LOOKS => Err(SearchError::TooManyParts { count: looks, limit: MAX_LOOKS }),
            _ => Ok(plan),
        }
    }

    fn part(expr: &Expr) -> Result<Self, SearchError> {
        match expr {
            Expr::Temporal(temporal) => {
                let parts = temporal.operands().into_iter().map(Self::part).collect::<Result<_, _>>()?;
                Ok(Self::Join(relation(temporal), parts))
            }
            Expr::Or(parts) if expr.is_temporal() => {
                Ok(Self::Any(parts.iter().map(Self::part).collect::<Result<_, _>>()?))
            }
            Expr::And(parts) if expr.is_temporal() => Self::all_of(parts),
            Expr::Not(part) if part.is_temporal() => {
                Ok(Self::Except(Box::new(Self::Find(Retrieval::of_everything())), Box::new(Self::part(part)?)))
            }
            timeless => {
                let too_many = |count| SearchError::TooManyTerms { count, limit: MAX_TERMS };
                Retrieval::of(timeless).map(Self::Find).map_err(too_many)
            }
        }
    }

    /// What needs no time is one look; what must not be comes last.
    fn all_of(parts: &[Expr]) -> Result<Self, SearchError> {
        let (timed, timeless): (Vec<&Expr>, Vec<&Expr>) = parts.iter().partition(|part| part.is_temporal());
        let mut wanted = Vec::new();
        if !timeless.is_empty() {
            wanted.push(Self::part(&Expr::And(timeless.into_iter().cloned().collect()))?);
        }
        let mut unwanted = Vec::new();
        for part in timed {
            match part {
                Expr::Not(part) => unwanted.push(Self::part(part)?),
                part => wanted.push(Self::part(part)?),
            }
        }
        let all = match wanted.len() {
            0 => Self::Find(Retrieval::of_everything()),
            1 => wanted.remove(0),
            _ => Self::All(wanted),
        };
        Ok(unwanted.into_iter().fold(all, |all, unwanted| Self::Except(Box::new(all), Box::new(unwanted))))
    }

    /// Adds what a vocabulary knows.
    pub(crate) fn expand(&mut self, expanding: Expanding<'_>) {
        match self {
            Self::Find(retrieval) => retrieval.expand(expanding),
            Self::All(parts) | Self::Any(parts) | Self::Join(_, parts) => {
                parts.iter_mut().for_each(|part| part.expand(expanding));
            }
            Self::Except(kept, out) => {
                kept.expand(expanding);
                out.expand(expanding);
            }
        }
    }

    /// Every look that brings answers, in the order of the query; those that only keep answers out are left aside.
    pub(crate) fn retrievals(&self) -> Vec<&Retrieval> {
        match self {
            Self::Find(retrieval) => vec![retrieval],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::retrievals).collect(),
            Self::Except(kept, _) => kept.retrievals(),
            Self::Join(relation, parts) => {
                let shown = if matches!(relation, Relation::NotBetween { .. }) { 2 } else { parts.len() };
                parts.iter().take(shown).flat_map(Self::retrievals).collect()
            }
        }
    }

    fn looks(&self) -> usize {
        match self {
            Self::Find(_) => 1,
            Self::All(parts) | Self::Any(parts) | Self::Join(_, parts) => parts.iter().map(Self::looks).sum(),
            Self::Except(kept, out) => kept.looks() + out.looks(),
        }
    }
}

fn relation(temporal: &Temporal) -> Relation {
    match temporal {
        Temporal::Then { gap, .. } => Relation::Then { gap: *gap },
        Temporal::Within { gap, .. } => Relation::Within { gap: *gap },
        Temporal::During { .. } => Relation::During,
        Temporal::Before { gap, .. } => Relation::Before { gap: *gap },
        Temporal::After { gap, .. } => Relation::After { gap: *gap },
        Temporal::NotBetween { gap, .. } => Relation::NotBetween { gap: *gap },
        Temporal::SameShot { .. } => Relation::SameShot,
        Temporal::SameScene { .. } => Relation::SameScene,
    }
}
