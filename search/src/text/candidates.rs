//! Which entries of a channel may be among its best, found so that the engine can skip most of the others; what they are
//! worth is weighed afterwards.

use std::collections::{BTreeSet, HashSet};

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query};
use tantivy::{DocAddress, Score, Term};

use super::statistics::TenantStatistics;
use super::terms::{FormTerms, any_of, queries, term_query};

/// Candidates for a channel: the best by any clause, and the best that have all clauses that the channel can have. `conditions`
/// makes what else must hold of each.
pub(super) fn candidates(
    statistics: &TenantStatistics<'_>,
    clauses: &[&[FormTerms]],
    conditions: impl Fn() -> Vec<Box<dyn Query>>,
    limit: usize,
) -> tantivy::Result<HashSet<DocAddress>> {
    let best = |parts: Vec<(Occur, Box<dyn Query>)>| {
        let best = TopDocs::with_limit(limit).order_by_score();
        statistics.searcher.search_with_statistics_provider(&BooleanQuery::new(parts), &best, statistics)
    };
    let any = |words: Vec<Box<dyn Query>>| {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let needed = conditions();
        if needed.is_empty() {
            // Nothing but optional single terms: the engine skips blocks that cannot reach the best.
            return best(words.into_iter().map(|word| (Occur::Should, word)).collect());
        }
        best(must(vec![any_of(words)]).chain(must(needed)).collect())
    };
    let forms = || clauses.iter().flat_map(|forms| forms.iter());
    // What has a word as it was typed comes before what has another form of it, so where there is enough of that the other
    // forms, whose lists are longer and one for each language, are not gone through.
    let with_exact: u64 = forms().map(|form| statistics.terms.moments_with_exact(form)).sum();
    let mut of_any = Vec::new();
    if with_exact >= limit as u64 {
        of_any = any(forms().filter_map(FormTerms::exact_query).collect())?;
    }
    if of_any.len() < limit {
        of_any = any(clauses.iter().flat_map(|forms| queries(forms)).collect())?;
    }
    // Where all that have any clause are there, those that have all of them are among them.
    let is_cut = of_any.len() >= limit;
    let mut found: HashSet<DocAddress> = of_any.into_iter().map(|(_, address)| address).collect();
    let clauses: Vec<Vec<&FormTerms>> =
        clauses.iter().map(|forms| forms.iter().filter(|form| form.is_somewhere()).collect()).collect();
    if is_cut && clauses.len() > 1 && clauses.iter().all(|forms| !forms.is_empty()) {
        let mut of_all: Vec<(Score, DocAddress)> = Vec::new();
        match by_language(&clauses) {
            Some(languages) => {
                for words in languages {
                    let words = words.into_iter().map(term_query).collect();
                    of_all.extend(best(must(words).chain(must(conditions())).collect())?);
                }
                of_all.sort_by(|(a, _), (b, _)| b.total_cmp(a));
                of_all.truncate(limit);
            }
            None => {
                let all = clauses.iter().map(|forms| any_of(forms.iter().flat_map(|form| form.queries()).collect()));
                of_all.extend(best(must(all.collect()).chain(must(conditions())).collect())?);
            }
        }
        found.extend(of_all.into_iter().map(|(_, address)| address));
    }
    Ok(found)
}

fn must(queries: Vec<Box<dyn Query>>) -> impl Iterator<Item = (Occur, Box<dyn Query>)> {
    queries.into_iter().map(|query| (Occur::Must, query))
}

/// One term for each clause, in every language that has all of them: a text is in one language, and has a stem in it for each of
/// its words, so single terms that must all be there find whatever has all clauses. `None` where a clause is more than one word.
fn by_language<'a>(clauses: &[Vec<&'a FormTerms>]) -> Option<Vec<Vec<&'a Term>>> {
    let single = clauses.iter().map(|forms| match forms.as_slice() {
        [form] if form.exact.len() <= 1 => Some(*form),
        _ => None,
    });
    let clauses: Vec<&FormTerms> = single.collect::<Option<_>>()?;
    let languages: BTreeSet<_> = clauses.iter().flat_map(|form| &form.stems).map(|(language, _)| *language).collect();
    if languages.is_empty() {
        return Some(vec![clauses.iter().filter_map(|form| form.exact.first()).collect()]);
    }
    let words = |language| {
        let of_clause = |form: &&'a FormTerms| match form.stems.iter().find(|(of, _)| *of == language) {
            Some((_, stem)) => Some(stem),
            // Of scripts without stems.
            None if form.stems.is_empty() => form.exact.first(),
            None => None,
        };
        clauses.iter().map(of_clause).collect::<Option<Vec<_>>>()
    };
    Some(languages.into_iter().filter_map(words).collect())
}
