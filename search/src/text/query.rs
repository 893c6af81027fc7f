//! Searching the text index: candidates of each channel by BM25, refined by how much of the query they hold and how
//! close together.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::time::Span;
use tantivy::Term;
use tantivy::collector::{Collector, DocSetCollector, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query, TermSetQuery};

use super::candidates::candidates;
use super::facets::FacetCollector;
use super::filter::{all, condition, one};
use super::logic::{Statements, is_implied};
use super::ordered::{Stretch, StretchCollector};
use super::refine::{Words, refine};
use super::schema::{Channel, Fields, Scope};
use super::snapshot::Snapshot;
use super::statistics::TenantStatistics;
use super::terms::{FormTerms, Terms, any_of, queries};
use crate::document::Ordinals;
use crate::order::Order;
use crate::query::filter::Filter;
use crate::query::{Logic, Retrieval, Sort};

/// What the text index found.
#[derive(Debug, Clone, PartialEq)]
pub struct TextMatches {
    /// By channel; channels without a match are left out.
    pub channels: Vec<ChannelMatches>,
    /// Moments of which everything holds that was asked, but that have none of the words that rank: all answers where only
    /// conditions were asked, and those to one side of an `OR`. Of the latest assets first.
    pub plain: Vec<TextCandidate>,
    /// How much each clause of the query tells moments apart (inverse document frequency), in the query's order; 0 for
    /// those that only keep out.
    pub clause_weights: Vec<f32>,
    /// Counts up with every change of the index that searches can see.
    pub generation: u64,
}

/// The candidates of one channel, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelMatches {
    /// Which.
    pub channel: Channel,
    /// Best first; equal scores by moment.
    pub candidates: Vec<TextCandidate>,
}

/// A moment that has some of the query's words in one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct TextCandidate {
    /// Which.
    pub moment: MomentId,
    /// Of which asset.
    pub asset: AssetId,
    /// What kind.
    pub kind: MomentKind,
    /// When.
    pub span: Span,
    /// BM25, raised where more of the query's words stand closer together.
    pub score: f32,
    /// Clause `i` of the query matched where bit `i` is set.
    pub matched: u64,
    /// Where in its asset, and what asset that is.
    pub facts: Facts,
}

/// Where a moment stands in its asset, and what asset that is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Shots that it touches.
    pub shots: Option<Ordinals>,
    /// Scenes that it touches.
    pub scenes: Option<Ordinals>,
    /// When the asset was registered, in microseconds since 1970.
    pub created_micros: i64,
}

/// Candidates of every channel for one look at the index.
pub(super) fn search(
    fields: &Fields,
    snapshot: &Snapshot,
    scope: &Scope,
    retrieval: &Retrieval,
    filter: &Filter,
    limit: usize,
) -> tantivy::Result<TextMatches> {
    let searcher = &snapshot.searcher;
    let generation = searcher.generation().generation_id();
    let clauses = retrieval.clauses.len();
    let mut matches =
        TextMatches { channels: Vec::new(), plain: Vec::new(), clause_weights: vec![0.0; clauses], generation };
    let moments = searcher.doc_freq(&scope.tenant_term(fields))?;
    if moments == 0 || limit == 0 {
        return Ok(matches);
    }
    let terms = Terms::of(fields, snapshot, scope, retrieval)?;
    let statistics = TenantStatistics::new(searcher, &terms, moments)?;
    matches.clause_weights = clause_weights(&statistics, retrieval);
    let statements = Statements { fields, scope, terms: &terms, near: None };
    let filters = filter.conditions();
    // Whatever is asked of every candidate, as often as it is needed.
    let conditions = || {
        let mut conditions: Vec<Box<dyn Query>> =
            filters.iter().map(|property| condition(fields, scope, property)).collect();
        if !is_implied(retrieval) {
            conditions.push(statements.query(&retrieval.logic));
        }
        conditions
    };
    if !retrieval.is_ranked() || retrieval.logic.has_wordless_side() {
        matches.plain = latest(snapshot, fields, scope, conditions(), scored_words(&terms, retrieval, filter), limit)?;
    }
    if !retrieval.is_ranked() {
        return Ok(matches);
    }
    for (channel, terms) in terms.by_channel() {
        if !filter.admits_modality(channel.modality()) {
            continue;
        }
        let scored: Vec<&[FormTerms]> =
            retrieval.scored.iter().filter_map(|at| terms.get(*at)).map(Vec::as_slice).collect();
        let found = candidates(&statistics, &scored, conditions, limit)?;
        if found.is_empty() {
            continue;
        }
        let words = Words {
            fields: fields.channel(*channel),
            clauses: terms,
            clause_weights: &matches.clause_weights,
            statistics: &statistics,
        };
        let candidates = refine(snapshot, Some(&words), found, limit)?;
        matches.channels.push(ChannelMatches { channel: *channel, candidates });
    }
    Ok(matches)
}

/// Counts over all moments that have any of the scored words, where one is asked for, and of which everything else holds.
pub(super) fn count(
    fields: &Fields,
    snapshot: &Snapshot,
    scope: &Scope,
    retrieval: &Retrieval,
    filter: &Filter,
    facets: &FacetCollector,
) -> tantivy::Result<<FacetCollector as Collector>::Fruit> {
    let terms = Terms::of(fields, snapshot, scope, retrieval)?;
    let mut parts = demanded(fields, scope, &terms, retrieval, filter);
    if !retrieval.scored.is_empty() && !retrieval.logic.has_wordless_side() {
        parts.push(any_of(scored_words(&terms, retrieval, filter)));
    }
    snapshot.searcher.search(&BooleanQuery::intersection(parts), facets)
}

/// A stretch of all moments of which everything holds, in the order of a property; none where the order is by relevance.
pub(super) fn stretch(
    fields: &Fields,
    snapshot: &Snapshot,
    scope: &Scope,
    retrieval: &Retrieval,
    filter: &Filter,
    stretch: Stretch,
) -> tantivy::Result<Vec<(Order, TextCandidate)>> {
    let Some(collector) = StretchCollector::new(fields, scope, stretch) else { return Ok(Vec::new()) };
    let terms = Terms::of(fields, snapshot, scope, retrieval)?;
    let query = BooleanQuery::intersection(demanded(fields, scope, &terms, retrieval, filter));
    StretchCollector::candidates(snapshot, snapshot.searcher.search(&query, &collector)??)
}

/// What must hold of every answer.
fn demanded(
    fields: &Fields,
    scope: &Scope,
    terms: &Terms,
    retrieval: &Retrieval,
    filter: &Filter,
) -> Vec<Box<dyn Query>> {
    let statements = Statements { fields, scope, terms, near: None };
    let mut parts = vec![one(scope.tenant_term(fields))];
    if retrieval.logic != Logic::Anything {
        parts.push(statements.query(&retrieval.logic));
    }
    parts.extend(filter.conditions().iter().map(|property| condition(fields, scope, property)));
    parts
}

/// The scored words in every channel whose matches count.
fn scored_words(terms: &Terms, retrieval: &Retrieval, filter: &Filter) -> Vec<Box<dyn Query>> {
    let admitted = terms.by_channel().iter().filter(|(channel, _)| filter.admits_modality(channel.modality()));
    let scored = admitted.flat_map(|(_, terms)| retrieval.scored.iter().filter_map(|at| terms.get(*at)));
    scored.flat_map(|forms| queries(forms)).collect()
}

/// Counts over moments.
pub(super) fn count_these(
    fields: &Fields,
    snapshot: &Snapshot,
    scope: &Scope,
    moments: &[MomentId],
    facets: &FacetCollector,
) -> tantivy::Result<<FacetCollector as Collector>::Fruit> {
    snapshot.searcher.search(these(fields, scope, moments).as_ref(), facets)
}

/// Those of `moments`, which are near by a vector of that kind, of which everything else that was asked holds as well.
pub(super) fn holding(
    fields: &Fields,
    snapshot: &Snapshot,
    scope: &Scope,
    retrieval: &Retrieval,
    near: Modality,
    moments: &[MomentId],
) -> tantivy::Result<HashSet<MomentId>> {
    let terms = Terms::of(fields, snapshot, scope, retrieval)?;
    let statements = Statements { fields, scope, terms: &terms, near: Some(near) };
    let these = these(fields, scope, moments);
    let query = BooleanQuery::intersection(vec![these, statements.query(&retrieval.logic)]);
    let found = refine(snapshot, None, snapshot.searcher.search(&query, &DocSetCollector)?, usize::MAX)?;
    Ok(found.into_iter().map(|candidate| candidate.moment).collect())
}

/// What is known of moments; those that are gone are left out.
pub(super) fn facts(
    fields: &Fields,
    snapshot: &Snapshot,
    scope: &Scope,
    moments: &[MomentId],
) -> tantivy::Result<HashMap<MomentId, Facts>> {
    let query = these(fields, scope, moments);
    let found = refine(snapshot, None, snapshot.searcher.search(query.as_ref(), &DocSetCollector)?, usize::MAX)?;
    Ok(found.into_iter().map(|candidate| (candidate.moment, candidate.facts)).collect())
}

/// Where moments stand in an order; those that are not there any more are left out.
pub(super) fn orders(
    fields: &Fields,
    snapshot: &Snapshot,
    scope: &Scope,
    sort: Sort,
    moments: &[MomentId],
) -> tantivy::Result<HashMap<MomentId, Order>> {
    // Twice as many, should others have ids that end alike.
    let stretch = Stretch { sort, after: None, limit: moments.len().saturating_mul(2) };
    let Some(collector) = StretchCollector::new(fields, scope, stretch) else { return Ok(HashMap::new()) };
    let found = snapshot.searcher.search(these(fields, scope, moments).as_ref(), &collector)??;
    Ok(found.into_iter().map(|(place, _)| (MomentId::from_uuid(place.key), place.order)).collect())
}

/// The tenant's moments of these ids, and seldom others whose ids end alike.
fn these(fields: &Fields, scope: &Scope, moments: &[MomentId]) -> Box<dyn Query> {
    let low = |moment: &MomentId| Term::from_field_u64(fields.moment_low, moment.as_uuid().as_u64_pair().1);
    let any = TermSetQuery::new(moments.iter().map(low).collect::<Vec<_>>());
    all(vec![Box::new(any), one(scope.tenant_term(fields))])
}

/// Moments of which the conditions hold and that have none of the words, of the latest assets first.
fn latest(
    snapshot: &Snapshot,
    fields: &Fields,
    scope: &Scope,
    mut conditions: Vec<Box<dyn Query>>,
    words: Vec<Box<dyn Query>>,
    limit: usize,
) -> tantivy::Result<Vec<TextCandidate>> {
    conditions.push(one(scope.tenant_term(fields)));
    let created = fields.schema.get_field_name(fields.created);
    let newest = TopDocs::with_limit(limit).order_by_fast_field::<i64>(created, tantivy::Order::Desc);
    let wanted = conditions.into_iter().map(|condition| (Occur::Must, condition));
    let unwanted = words.into_iter().map(|word| (Occur::MustNot, word));
    let found = snapshot.searcher.search(&BooleanQuery::new(wanted.chain(unwanted).collect()), &newest)?;
    let mut candidates = refine(snapshot, None, found.into_iter().map(|(_, address)| address), limit)?;
    // Of one asset in order of time; assets that were registered together by their id.
    candidates.sort_by_key(|candidate| {
        (Reverse(candidate.facts.created_micros), candidate.asset, candidate.span.start(), candidate.moment)
    });
    Ok(candidates)
}

/// Inverse document frequency of each scored clause over all channels; 0 for those that only keep out.
fn clause_weights(statistics: &TenantStatistics<'_>, retrieval: &Retrieval) -> Vec<f32> {
    let terms = statistics.terms;
    let mut weights = vec![0.0; retrieval.clauses.len()];
    for clause in &retrieval.scored {
        let in_channels = terms.by_channel().iter().filter_map(|(_, terms)| terms.get(*clause));
        let widest = |forms: &Vec<FormTerms>| forms.iter().map(|form| terms.moments_with(form)).max().unwrap_or(0);
        let frequency: u64 = in_channels.map(widest).sum();
        if let Some(weight) = weights.get_mut(*clause) {
            *weight = (1.0 + statistics.moments() as f32 / (frequency as f32 + 1.0)).ln();
        }
    }
    weights
}
