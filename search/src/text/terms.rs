//! The clauses of a query as terms of the index.

use std::collections::HashMap;

use tantivy::query::{BooleanQuery, BoostQuery, PhraseQuery, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, Term};

use super::schema::{Channel, ChannelFields, Fields, Scope};
use super::snapshot::Snapshot;
use super::spelling::{beginning_with, spelled_nearly};
use crate::analysis::{Language, Stemming, romanised};
use crate::query::{Clause, Retrieval, Shape};

/// Weight of a match by stem beside one by the word itself, which counts on top.
const STEM_WEIGHT: f32 = 0.6;
/// Weight of a word that stands for what was typed: a label of the vocabulary, another ending, another spelling.
const OTHER_WORD_WEIGHT: f32 = 0.8;

/// The terms by which one form of a clause is looked up in one channel, without those that no moment has there.
pub(super) struct FormTerms {
    /// In the exact field: one, or several in a row for a phrase.
    pub(super) exact: Vec<Term>,
    /// In the stem field: one for each language.
    pub(super) stems: Vec<(Language, Term)>,
    weight: f32,
}

/// A way to write a clause as it is in the index, the same for all channels.
struct Written {
    words: Vec<String>,
    stems: Vec<(Language, String)>,
    weight: f32,
}

/// The terms of all clauses of a look, by channel and clause; a clause without terms is not looked up in that channel.
pub(super) struct Terms {
    by_channel: Vec<(Channel, Vec<Vec<FormTerms>>)>,
    /// Folded words of each form that is a word or a phrase, by clause: what titles are asked for.
    titles: Vec<Vec<Vec<String>>>,
    /// How many moments have each term.
    frequencies: HashMap<Term, u64>,
}

impl Terms {
    pub(super) fn of(
        fields: &Fields,
        snapshot: &Snapshot,
        scope: &Scope,
        retrieval: &Retrieval,
    ) -> tantivy::Result<Self> {
        let searcher = &snapshot.searcher;
        let holdings = snapshot.holdings(fields, scope)?;
        let mut stemming = Stemming::default();
        let mut written = Vec::with_capacity(retrieval.clauses.len());
        for clause in &retrieval.clauses {
            written.push(ways(clause, fields, searcher, scope, &holdings.languages, &mut stemming)?);
        }
        let clauses = || retrieval.clauses.iter().zip(&written);
        let mut frequencies = HashMap::new();
        let mut by_channel = Vec::with_capacity(holdings.channels.len());
        for channel in &holdings.channels {
            let channel_fields = fields.channel(*channel);
            let mut terms = Vec::with_capacity(written.len());
            for (clause, ways) in clauses() {
                let mut forms = Vec::new();
                if channel.answers(clause.field) {
                    for way in ways {
                        forms.push(way.terms(channel_fields, scope).of_some(searcher, &mut frequencies)?);
                    }
                }
                terms.push(forms);
            }
            by_channel.push((*channel, terms));
        }
        let titles = clauses().map(|(clause, ways)| match Channel::Title.answers(clause.field) {
            true => ways.iter().map(|way| way.words.clone()).collect(),
            false => Vec::new(),
        });
        let titles = titles.collect();
        Ok(Self { by_channel, titles, frequencies })
    }

    /// By channel and clause.
    pub(super) fn by_channel(&self) -> &[(Channel, Vec<Vec<FormTerms>>)] {
        &self.by_channel
    }

    /// How many moments have a term; `None` of one that is not among these.
    pub(super) fn frequency(&self, term: &Term) -> Option<u64> {
        self.frequencies.get(term).copied()
    }

    /// About how many moments have a form in one channel.
    pub(super) fn moments_with(&self, form: &FormTerms) -> u64 {
        let stems = form.stems.iter().filter_map(|(_, stem)| self.frequency(stem));
        stems.fold(self.moments_with_exact(form), u64::max)
    }

    /// About how many moments have a form as it was typed in one channel.
    pub(super) fn moments_with_exact(&self, form: &FormTerms) -> u64 {
        // A phrase is at most as frequent as its rarest word.
        form.exact.iter().filter_map(|word| self.frequency(word)).min().unwrap_or(0)
    }

    /// Words that all are in the title, for each form of a clause.
    pub(super) fn titles(&self, clause: usize) -> &[Vec<String>] {
        self.titles.get(clause).map(Vec::as_slice).unwrap_or_default()
    }

    /// One clause in every channel as queries, any of which is a match.
    pub(super) fn anywhere(&self, clause: usize) -> Vec<Box<dyn Query>> {
        let in_channel = |(_, clauses): &(Channel, Vec<Vec<FormTerms>>)| clauses.get(clause).map(|it| queries(it));
        self.by_channel.iter().filter_map(in_channel).flatten().collect()
    }
}

/// One clause as queries, any of which is a match and all of which add up.
pub(super) fn queries(forms: &[FormTerms]) -> Vec<Box<dyn Query>> {
    forms.iter().flat_map(FormTerms::queries).collect()
}

impl FormTerms {
    /// Whether any moment has it.
    pub(super) fn is_somewhere(&self) -> bool {
        !self.exact.is_empty() || !self.stems.is_empty()
    }

    /// What a match of the exact words counts.
    pub(super) fn exact_weight(&self) -> f32 {
        self.weight
    }

    /// What a match of a stem counts, beside the word itself.
    pub(super) fn stem_weight(&self) -> f32 {
        STEM_WEIGHT * self.weight
    }

    /// Without terms that no moment has; a phrase of which a word is nowhere is nowhere.
    fn of_some(mut self, searcher: &Searcher, frequencies: &mut HashMap<Term, u64>) -> tantivy::Result<Self> {
        for term in self.exact.iter().chain(self.stems.iter().map(|(_, stem)| stem)) {
            if !frequencies.contains_key(term) {
                frequencies.insert(term.clone(), searcher.doc_freq(term)?);
            }
        }
        let is_somewhere = |term: &Term| frequencies.get(term).is_some_and(|frequency| *frequency > 0);
        if !self.exact.iter().all(is_somewhere) {
            self.exact.clear();
        }
        self.stems.retain(|(_, stem)| is_somewhere(stem));
        Ok(self)
    }

    /// The exact word, or the words in a row.
    pub(super) fn exact_query(&self) -> Option<Box<dyn Query>> {
        let exact: Box<dyn Query> = match self.exact.as_slice() {
            [] => return None,
            [word] => term_query(word),
            words => Box::new(PhraseQuery::new(words.to_vec())),
        };
        Some(weighted(exact, self.exact_weight()))
    }

    /// Each way to be a match.
    pub(super) fn queries(&self) -> Vec<Box<dyn Query>> {
        let stems = self.stems.iter().map(|(_, stem)| weighted(term_query(stem), self.stem_weight()));
        self.exact_query().into_iter().chain(stems).collect()
    }
}

/// Entries that have a term, by BM25.
pub(super) fn term_query(term: &Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs))
}

fn weighted(query: Box<dyn Query>, weight: f32) -> Box<dyn Query> {
    if weight < 1.0 { Box::new(BoostQuery::new(query, weight)) } else { query }
}

impl Written {
    fn terms(&self, channel: ChannelFields, scope: &Scope) -> FormTerms {
        FormTerms {
            exact: self.words.iter().map(|word| scope.term(channel.exact, word)).collect(),
            stems: self.stems.iter().map(|(language, stem)| (*language, scope.term(channel.stem, stem))).collect(),
            weight: self.weight,
        }
    }
}

/// Every way in which a clause may be written in this index.
fn ways(
    clause: &Clause,
    fields: &Fields,
    searcher: &Searcher,
    scope: &Scope,
    languages: &[Language],
    stemming: &mut Stemming,
) -> tantivy::Result<Vec<Written>> {
    let channels = Channel::ALL.into_iter().filter(|channel| channel.answers(clause.field));
    let exact: Vec<_> = channels.map(|channel| fields.channel(channel).exact).collect();
    let mut ways = Vec::with_capacity(clause.forms.len());
    for form in &clause.forms {
        let weight = if form.via.is_some() { OTHER_WORD_WEIGHT } else { 1.0 };
        let other = |word: String| Written { words: vec![word], stems: Vec::new(), weight: OTHER_WORD_WEIGHT };
        match &form.shape {
            Shape::Word { exact, surface } => {
                let stems = languages.iter().map(|language| (*language, stemming.stem(surface, *language))).collect();
                ways.push(Written { words: vec![exact.clone()], stems, weight });
                ways.extend(romanised(exact).map(other));
            }
            Shape::Phrase { words } => ways.push(Written { words: words.clone(), stems: Vec::new(), weight }),
            Shape::Prefix { start } => {
                ways.extend(beginning_with(searcher, &exact, scope, start)?.into_iter().map(other));
            }
            Shape::Fuzzy { word, distance } => {
                ways.extend(spelled_nearly(searcher, &exact, scope, word, *distance)?.into_iter().map(other));
            }
        }
    }
    Ok(ways)
}

/// Several queries, any of which is a match.
pub(super) fn any_of(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::union(queries))
}
