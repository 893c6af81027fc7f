//! Conditions as clauses of a query that add nothing to the score.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{BooleanQuery, ConstScoreQuery, EmptyQuery, Occur, Query, RangeQuery, TermQuery, TermSetQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::schema::{Fields, Scope};
use crate::kind::code_of;
use crate::query::condition::{
    Condition, FlagField, KeywordField, MAX_COUNTED_OBJECTS, NumberField, metadata_asked, object_word,
};
use crate::query::filter::Between;
use crate::query::licence_asked;

/// A condition as a query.
pub(super) fn condition(fields: &Fields, scope: &Scope, condition: &Condition) -> Box<dyn Query> {
    match condition {
        Condition::Assets(assets) => any(assets.iter().map(|asset| scope.asset_term(fields, *asset)).collect()),
        Condition::Kinds(kinds) => {
            any(kinds.iter().map(|kind| Term::from_field_u64(fields.kind, code_of(*kind))).collect())
        }
        Condition::Within(span) => {
            let starts_before = Bound::Excluded(Term::from_field_i64(fields.start, span.end().as_micros()));
            let ends_after = Bound::Excluded(Term::from_field_i64(fields.end, span.start().as_micros()));
            all(vec![
                Box::new(RangeQuery::new(Bound::Unbounded, starts_before)),
                Box::new(RangeQuery::new(ends_after, Bound::Unbounded)),
            ])
        }
        Condition::Number(field, bounds) => number(fields, *field, *bounds),
        Condition::Flag(field, flag) => {
            let field = match field {
                FlagField::HasAudio => fields.has_audio,
                FlagField::HasVideo => fields.has_video,
            };
            one(Term::from_field_u64(field, (*flag).into()))
        }
        Condition::Keyword(field, names) => {
            let field = match field {
                KeywordField::Spoken => fields.spoken,
                KeywordField::Container => fields.container,
                KeywordField::Captions => fields.captions,
                KeywordField::Review => fields.review,
            };
            any(names.iter().map(|name| scope.term(field, name)).collect())
        }
        Condition::Licensed { territory, on } => {
            any(licence_asked(territory, *on).iter().map(|word| scope.term(fields.licences, word)).collect())
        }
        Condition::Metadata { name, values } => {
            any(metadata_asked(name, values.as_deref()).iter().map(|word| scope.term(fields.metadata, word)).collect())
        }
        Condition::MetadataRange { name, range } => {
            any(range.words(name).iter().map(|word| scope.term(fields.metadata, word)).collect())
        }
        Condition::TitleWords(words) => {
            all(words.iter().map(|word| one(scope.term(fields.title_word, word))).collect())
        }
        Condition::Objects { label, count } => {
            let at_least = |count: u32| one(scope.term(fields.object, &object_word(label, count)));
            counted(*count, at_least, || one(scope.tenant_term(fields)))
        }
    }
}

/// A count by what it is at least and what it is not.
fn counted(
    count: Between<u32>,
    at_least: impl Fn(u32) -> Box<dyn Query>,
    everything: impl FnOnce() -> Box<dyn Query>,
) -> Box<dyn Query> {
    let (min, max) = (count.min.unwrap_or(0), count.max.filter(|max| *max < MAX_COUNTED_OBJECTS));
    if min > MAX_COUNTED_OBJECTS || max.is_some_and(|max| max < min) {
        return Box::new(EmptyQuery);
    }
    let lower = if min == 0 { everything() } else { at_least(min) };
    let upper = max.map(|max| (Occur::MustNot, at_least(max + 1)));
    constant(Box::new(BooleanQuery::new([(Occur::Must, lower)].into_iter().chain(upper).collect())))
}

fn number(fields: &Fields, field: NumberField, bounds: Between<i64>) -> Box<dyn Query> {
    let unsigned = bounds.map(|bound| u64::try_from(bound).unwrap_or(0));
    match field {
        NumberField::Duration => between(fields.duration, bounds, Term::from_field_i64),
        NumberField::Created => between(fields.created, bounds, Term::from_field_i64),
        NumberField::Width => between(fields.width, unsigned, Term::from_field_u64),
        NumberField::Height => between(fields.height, unsigned, Term::from_field_u64),
    }
}

/// Adds nothing to the score.
pub(super) fn constant(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

pub(super) fn one(term: Term) -> Box<dyn Query> {
    constant(Box::new(TermQuery::new(term, IndexRecordOption::Basic)))
}

pub(super) fn all(mut queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    match queries.len() {
        1 => queries.remove(0),
        _ => constant(Box::new(BooleanQuery::intersection(queries))),
    }
}

fn any(mut terms: Vec<Term>) -> Box<dyn Query> {
    match terms.len() {
        0 => Box::new(EmptyQuery),
        // A set is gone through from end to end before anything is looked up; the list of one term can be skipped in.
        1 => one(terms.remove(0)),
        _ => constant(Box::new(TermSetQuery::new(terms))),
    }
}

fn between<T>(field: Field, bounds: Between<T>, term: fn(Field, T) -> Term) -> Box<dyn Query> {
    let bound = |value: Option<T>| value.map_or(Bound::Unbounded, |value| Bound::Included(term(field, value)));
    constant(Box::new(RangeQuery::new(bound(bounds.min), bound(bounds.max))))
}
