//! Searching the text index: candidates of each channel by BM25, refined by how much of the query they hold and how
//! close together.

use std::collections::HashMap;

use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::time::Span;
use tantivy::collector::TopDocs;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocAddress, Searcher, Term};

use super::filter::conditions;
use super::refine::{Look, refine};
use super::schema::{Channel, ChannelFields, Fields, Scope};
use crate::analysis::{Language, Stemming};
use crate::query::filter::Filter;
use crate::query::{Clause, ParsedQuery};

/// Weight of a match by stem beside one by the word itself, which counts on top.
const STEM_WEIGHT: f32 = 0.6;

/// What the text index found.
#[derive(Debug, Clone, PartialEq)]
pub struct TextMatches {
    /// By channel; channels without a match are left out.
    pub channels: Vec<ChannelMatches>,
    /// How much each clause of the query tells moments apart (inverse document frequency), in the query's order.
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
}

/// The terms by which one clause is looked up in one channel.
pub(super) struct ClauseTerms {
    /// In the exact field: one, or several in a row for a phrase.
    pub(super) exact: Vec<Term>,
    /// In the stem field: one for each language.
    pub(super) stems: Vec<Term>,
}

pub(super) fn search(
    fields: &Fields,
    searcher: &Searcher,
    scope: &Scope,
    query: &ParsedQuery,
    filter: &Filter,
    limit: usize,
) -> tantivy::Result<TextMatches> {
    let generation = searcher.generation().generation_id();
    let statistics = TenantStatistics::of(searcher, scope, fields)?;
    let mut matches = TextMatches { channels: Vec::new(), clause_weights: Vec::new(), generation };
    if query.is_empty() || statistics.moments == 0 {
        matches.clause_weights = vec![1.0; query.clauses().len()];
        return Ok(matches);
    }
    let stems = stems(fields, searcher, scope, query)?;
    let by_channel: Vec<(Channel, Vec<ClauseTerms>)> = Channel::ALL
        .into_iter()
        .map(|channel| (channel, terms(fields.channel(channel), scope, query, &stems)))
        .collect();
    matches.clause_weights = clause_weights(&statistics, &by_channel, query.clauses().len())?;
    for (channel, terms) in by_channel {
        if !filter.admits_modality(channel.modality()) || limit == 0 {
            continue;
        }
        let conditions = || conditions(fields, scope, filter);
        let scored = candidates(&statistics, query, &terms, conditions, limit)?;
        if scored.is_empty() {
            continue;
        }
        let look = Look { searcher, fields, channel: fields.channel(channel), clause_weights: &matches.clause_weights };
        let mut candidates = refine(&look, scored, &terms)?;
        candidates.truncate(limit);
        matches.channels.push(ChannelMatches { channel, candidates });
    }
    Ok(matches)
}

/// Stems of each word of the query in every language that the tenant's moments have.
fn stems(
    fields: &Fields,
    searcher: &Searcher,
    scope: &Scope,
    query: &ParsedQuery,
) -> tantivy::Result<Vec<Vec<String>>> {
    let mut languages = Vec::new();
    for language in Language::all() {
        if searcher.doc_freq(&scope.language_term(fields, language))? > 0 {
            languages.push(language);
        }
    }
    let mut stemming = Stemming::default();
    let mut stems = |clause: &Clause| match clause {
        Clause::Word { surface, .. } => languages.iter().map(|language| stemming.stem(surface, *language)).collect(),
        Clause::Phrase { .. } => Vec::new(),
    };
    Ok(query.clauses().iter().map(&mut stems).collect())
}

fn terms(channel: ChannelFields, scope: &Scope, query: &ParsedQuery, stems: &[Vec<String>]) -> Vec<ClauseTerms> {
    let exact = |word: &String| scope.term(channel.exact, word);
    let terms = |(clause, stems): (&Clause, &Vec<String>)| ClauseTerms {
        exact: match clause {
            Clause::Word { exact: word, .. } => vec![exact(word)],
            Clause::Phrase { words } => words.iter().map(exact).collect(),
        },
        stems: stems.iter().map(|stem| scope.term(channel.stem, stem)).collect(),
    };
    query.clauses().iter().zip(stems).map(terms).collect()
}

/// Inverse document frequency of each clause over all channels.
fn clause_weights(
    statistics: &TenantStatistics<'_>,
    by_channel: &[(Channel, Vec<ClauseTerms>)],
    clauses: usize,
) -> tantivy::Result<Vec<f32>> {
    let mut weights = Vec::with_capacity(clauses);
    for clause in 0..clauses {
        let mut frequency = 0;
        for terms in by_channel.iter().filter_map(|(_, terms)| terms.get(clause)) {
            // A phrase is at most as frequent as its rarest word.
            let mut exact = u64::MAX;
            for term in &terms.exact {
                exact = exact.min(statistics.searcher.doc_freq(term)?);
            }
            let mut widest = if exact == u64::MAX { 0 } else { exact };
            for term in &terms.stems {
                widest = widest.max(statistics.searcher.doc_freq(term)?);
            }
            frequency += widest;
        }
        weights.push((1.0 + statistics.moments as f32 / (frequency as f32 + 1.0)).ln());
    }
    Ok(weights)
}

/// Best entries by BM25: of any clause, of all clauses, and of the phrases that must be there.
fn candidates(
    statistics: &TenantStatistics<'_>,
    query: &ParsedQuery,
    terms: &[ClauseTerms],
    conditions: impl Fn() -> Vec<Box<dyn Query>>,
    limit: usize,
) -> tantivy::Result<HashMap<DocAddress, f32>> {
    let is_phrase = |place: usize| matches!(query.clauses().get(place), Some(Clause::Phrase { .. }));
    let phrases = (0..terms.len()).filter(|place| is_phrase(*place)).count();
    // Each way demands some clauses and lets the others add to the score.
    let mut ways = vec![vec![false; terms.len()]];
    if terms.len() > 1 {
        ways.push(vec![true; terms.len()]);
    }
    if phrases > 0 && phrases < terms.len() {
        ways.push((0..terms.len()).map(is_phrase).collect());
    }
    let mut scored = HashMap::new();
    for demanded in ways {
        let mut optional = Vec::<Box<dyn Query>>::new();
        let mut parts = Vec::<(Occur, Box<dyn Query>)>::new();
        for (terms, is_demanded) in terms.iter().zip(&demanded) {
            if *is_demanded {
                parts.push((Occur::Must, Box::new(BooleanQuery::union(forms(terms)))));
            } else {
                optional.extend(forms(terms));
            }
        }
        let conditions = conditions();
        if parts.is_empty() && !conditions.is_empty() {
            parts.push((Occur::Must, Box::new(BooleanQuery::union(optional))));
        } else {
            // Nothing but optional single terms: the engine skips blocks that cannot reach the best.
            parts.extend(optional.into_iter().map(|query| (Occur::Should, query)));
        }
        parts.extend(conditions.into_iter().map(|condition| (Occur::Must, condition)));
        let best = TopDocs::with_limit(limit).order_by_score();
        let found =
            statistics.searcher.search_with_statistics_provider(&BooleanQuery::new(parts), &best, statistics)?;
        scored.extend(found.into_iter().map(|(score, address)| (address, score)));
    }
    Ok(scored)
}

/// One clause as queries, any of which is a match and all of which add up.
fn forms(terms: &ClauseTerms) -> Vec<Box<dyn Query>> {
    let term_query = |term: &Term| TermQuery::new(term.clone(), IndexRecordOption::WithFreqs);
    let mut forms = Vec::<Box<dyn Query>>::new();
    match terms.exact.as_slice() {
        [] => {}
        [word] => forms.push(Box::new(term_query(word))),
        words => forms.push(Box::new(PhraseQuery::new(words.to_vec()))),
    }
    forms.extend(terms.stems.iter().map(|stem| {
        let query: Box<dyn Query> = Box::new(BoostQuery::new(Box::new(term_query(stem)), STEM_WEIGHT));
        query
    }));
    forms
}

/// Statistics of one tenant's moments, so that what others keep cannot be felt in a score.
struct TenantStatistics<'a> {
    searcher: &'a Searcher,
    moments: u64,
    all_moments: u64,
}

impl<'a> TenantStatistics<'a> {
    fn of(searcher: &'a Searcher, scope: &Scope, fields: &Fields) -> tantivy::Result<Self> {
        let moments = searcher.doc_freq(&scope.tenant_term(fields))?;
        let all_moments = Bm25StatisticsProvider::total_num_docs(searcher)?;
        Ok(Self { searcher, moments, all_moments })
    }
}

impl Bm25StatisticsProvider for TenantStatistics<'_> {
    /// Scaled to the tenant, which keeps the mean length of a text that of the whole index.
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        let tokens = Bm25StatisticsProvider::total_num_tokens(self.searcher, field)?;
        let scaled = u128::from(tokens) * u128::from(self.moments) / u128::from(self.all_moments.max(1));
        Ok(u64::try_from(scaled).unwrap_or(u64::MAX))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.moments)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.searcher.doc_freq(term)
    }
}
