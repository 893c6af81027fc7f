//! Filters as clauses of a query that add nothing to the score.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{ConstScoreQuery, EmptyQuery, Query, RangeQuery, TermQuery, TermSetQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::schema::{Fields, Scope};
use crate::analysis::tokenize;
use crate::kind::code_of;
use crate::query::filter::{Between, Filter};
use crate::query::limits::MAX_TERMS;

/// Clauses that must all hold.
pub(super) fn conditions(fields: &Fields, scope: &Scope, filter: &Filter) -> Vec<Box<dyn Query>> {
    let mut conditions = Vec::<Box<dyn Query>>::new();
    if let Some(assets) = &filter.assets {
        conditions.push(any(assets.iter().map(|asset| scope.asset_term(fields, *asset)).collect()));
    }
    if let Some(kinds) = &filter.kinds {
        conditions.push(any(kinds.iter().map(|kind| Term::from_field_u64(fields.kind, code_of(*kind))).collect()));
    }
    if let Some(languages) = &filter.languages {
        let term = |language: &String| scope.term(fields.spoken, &language.to_lowercase());
        conditions.push(any(languages.iter().map(term).collect()));
    }
    if let Some(containers) = &filter.containers {
        conditions.push(any(containers.iter().map(|container| scope.term(fields.container, container)).collect()));
    }
    if let Some(title) = &filter.title {
        let word = |word: &str| one(scope.term(fields.title_word, word));
        conditions.extend(tokenize(title).iter().take(MAX_TERMS).map(|token| word(&token.exact)));
    }
    for (field, flag) in [(fields.has_audio, filter.has_audio), (fields.has_video, filter.has_video)] {
        if let Some(flag) = flag {
            conditions.push(one(Term::from_field_u64(field, flag.into())));
        }
    }
    if let Some(span) = filter.within {
        let starts_before = Bound::Excluded(Term::from_field_i64(fields.start, span.end().as_micros()));
        let ends_after = Bound::Excluded(Term::from_field_i64(fields.end, span.start().as_micros()));
        conditions.push(constant(Box::new(RangeQuery::new(Bound::Unbounded, starts_before))));
        conditions.push(constant(Box::new(RangeQuery::new(ends_after, Bound::Unbounded))));
    }
    let micros = |at: chrono::DateTime<chrono::Utc>| at.timestamp_micros();
    conditions.extend(between(fields.duration, filter.duration.map(|at| at.as_micros()), Term::from_field_i64));
    conditions.extend(between(fields.created, filter.created_at.map(micros), Term::from_field_i64));
    conditions.extend(between(fields.width, filter.width_px.map(u64::from), Term::from_field_u64));
    conditions.extend(between(fields.height, filter.height_px.map(u64::from), Term::from_field_u64));
    conditions
}

fn constant(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn one(term: Term) -> Box<dyn Query> {
    constant(Box::new(TermQuery::new(term, IndexRecordOption::Basic)))
}

fn any(terms: Vec<Term>) -> Box<dyn Query> {
    if terms.is_empty() { Box::new(EmptyQuery) } else { constant(Box::new(TermSetQuery::new(terms))) }
}

fn between<T>(field: Field, bounds: Between<T>, term: fn(Field, T) -> Term) -> Option<Box<dyn Query>> {
    if bounds.is_open() {
        return None;
    }
    let bound = |value: Option<T>| value.map_or(Bound::Unbounded, |value| Bound::Included(term(field, value)));
    Some(constant(Box::new(RangeQuery::new(bound(bounds.min), bound(bounds.max)))))
}
