//! From ranked lists of moments to hits: what overlaps in one asset becomes one answer.
//!
//! A shot and the words spoken over it are different moments that say the same: here is what you look for. They merge
//! where they share at least half of the shorter one. A hit grows only as long as it stays below [`MAX_HIT_MICROS`] and only
//! around its strongest moment, so that a chain of overlaps does not swallow the film. A moment longer than that, such as a
//! talk filmed in one take, lends its evidence to the hits inside it and is an answer of its own only where there are none.

use std::collections::HashMap;

use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::time::Span;

use crate::fuse::{coverage_factor, share};
use crate::hit::{Contribution, Hit, Source};
use crate::text::coverage;

/// Longest that merging makes a hit, in microseconds: what an editor watches to judge it.
pub const MAX_HIT_MICROS: i64 = 30_000_000;

/// One ranked list.
#[derive(Debug)]
pub(crate) struct RankedList {
    pub(crate) modality: Modality,
    pub(crate) weight: f32,
    /// Best first.
    pub(crate) entries: Vec<RankedEntry>,
}

/// A moment in a list.
#[derive(Debug, Clone)]
pub(crate) struct RankedEntry {
    pub(crate) asset: AssetId,
    pub(crate) moment: MomentId,
    pub(crate) kind: MomentKind,
    pub(crate) moment_span: Span,
    /// Of what matched.
    pub(crate) span: Span,
    pub(crate) source: Source,
    pub(crate) raw_score: f32,
    /// Clauses of the query that matched.
    pub(crate) matched: u64,
}

/// A moment with its places in all lists.
#[derive(Debug, Clone)]
struct Candidate {
    asset: AssetId,
    moment: MomentId,
    kind: MomentKind,
    span: Span,
    matched: u64,
    has_words: bool,
    /// List, share, and what is reported.
    places: Vec<(usize, f32, Contribution)>,
}

impl Candidate {
    fn strength(&self) -> f32 {
        self.places.iter().map(|(_, share, _)| share).sum()
    }

    fn is_long(&self) -> bool {
        self.span.duration().as_micros() > MAX_HIT_MICROS
    }
}

/// Moments that make one hit; the strongest comes first.
struct Cluster {
    span: Span,
    members: Vec<Candidate>,
}

/// Makes hits of ranked lists, best first.
pub(crate) fn align(lists: Vec<RankedList>, clause_weights: &[f32]) -> Vec<Hit> {
    let best_possible: f32 = lists.iter().map(|list| share(list.weight, 1)).sum();
    let mut by_asset = HashMap::<AssetId, Vec<Candidate>>::new();
    for candidate in candidates(lists, clause_weights) {
        by_asset.entry(candidate.asset).or_default().push(candidate);
    }
    let mut hits = Vec::new();
    for (_, candidates) in by_asset {
        let of_asset = candidates.iter().filter(|candidate| candidate.kind == MomentKind::Asset);
        let in_title = of_asset.fold(0, |matched, candidate| matched | candidate.matched);
        let hits_of_asset = clusters(candidates).into_iter();
        hits.extend(hits_of_asset.filter_map(|cluster| hit(cluster, in_title, clause_weights, best_possible)));
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.moments.first().cmp(&b.moments.first())));
    hits
}

/// Gathers the places of each moment; of several entries of a moment in one list only the first counts.
fn candidates(lists: Vec<RankedList>, clause_weights: &[f32]) -> Vec<Candidate> {
    let mut candidates = HashMap::<MomentId, Candidate>::new();
    for (list, RankedList { modality, weight, entries }) in lists.into_iter().enumerate() {
        let mut rank = 0;
        let best = entries.first().map_or(0.0, |entry| entry.raw_score);
        for entry in entries {
            let candidate = candidates.entry(entry.moment).or_insert_with(|| Candidate {
                asset: entry.asset,
                moment: entry.moment,
                kind: entry.kind,
                span: entry.moment_span,
                matched: 0,
                has_words: false,
                places: Vec::new(),
            });
            if candidate.places.iter().any(|(place, _, _)| *place == list) {
                continue;
            }
            rank += 1;
            candidate.matched |= entry.matched;
            candidate.has_words |= entry.source == Source::Text;
            let contribution = Contribution {
                moment: entry.moment,
                span: entry.span,
                modality,
                source: entry.source,
                raw_score: entry.raw_score,
                rank,
                coverage: coverage(entry.matched, clause_weights),
                words: entry.matched.count_ones(),
                below_best: best - entry.raw_score,
            };
            candidate.places.push((list, share(weight, rank), contribution));
        }
    }
    candidates.into_values().collect()
}

/// Groups the candidates of one asset.
fn clusters(mut candidates: Vec<Candidate>) -> Vec<Cluster> {
    candidates.sort_by(|a, b| b.strength().total_cmp(&a.strength()).then_with(|| a.moment.cmp(&b.moment)));
    let stands_alone = |candidate: &Candidate| candidate.kind == MomentKind::Asset;
    let (alone, timed): (Vec<_>, Vec<_>) = candidates.into_iter().partition(stands_alone);
    let (long, short): (Vec<_>, Vec<_>) = timed.into_iter().partition(Candidate::is_long);
    let mut clusters = Vec::<Cluster>::new();
    for candidate in short {
        match clusters.iter_mut().find(|cluster| joins(cluster, &candidate)) {
            Some(cluster) => {
                let hull = cluster.span.hull(candidate.span);
                if hull.duration().as_micros() <= MAX_HIT_MICROS {
                    cluster.span = hull;
                }
                cluster.members.push(candidate);
            }
            None => clusters.push(Cluster { span: candidate.span, members: vec![candidate] }),
        }
    }
    for candidate in long {
        let mut has_lent = false;
        for cluster in clusters.iter_mut().filter(|cluster| joins(cluster, &candidate)) {
            has_lent = true;
            cluster.members.push(candidate.clone());
        }
        if !has_lent {
            clusters.push(Cluster { span: candidate.span, members: vec![candidate] });
        }
    }
    clusters.extend(alone.into_iter().map(|candidate| Cluster { span: candidate.span, members: vec![candidate] }));
    clusters
}

/// Whether a moment shares at least half of the shorter one with the strongest moment of a cluster.
fn joins(cluster: &Cluster, candidate: &Candidate) -> bool {
    let Some(strongest) = cluster.members.first() else { return false };
    let shorter = strongest.span.duration().min(candidate.span.duration());
    let shared = strongest.span.intersection(candidate.span);
    shared.is_some_and(|shared| shared.duration().as_micros().saturating_mul(2) >= shorter.as_micros())
}

fn hit(cluster: Cluster, in_title: u64, clause_weights: &[f32], best_possible: f32) -> Option<Hit> {
    let strongest = cluster.members.first()?;
    let (asset, kind) = (strongest.asset, strongest.kind);
    let matched = cluster.members.iter().fold(0, |matched, member| matched | member.matched);
    let has_words = cluster.members.iter().any(|member| member.has_words);
    let covered = coverage(matched | in_title, clause_weights);
    let moments = cluster.members.iter().map(|member| member.moment).collect();
    // Of each list only the best place counts, so that many weak moments do not outweigh a strong one.
    let mut best = HashMap::<usize, f32>::new();
    let mut places: Vec<_> = cluster.members.into_iter().flat_map(|member| member.places).collect();
    places.sort_by(|(_, a, _), (_, b, _)| b.total_cmp(a));
    for (list, share, _) in &places {
        let so_far = best.entry(*list).or_default();
        *so_far = so_far.max(*share);
    }
    let sum: f32 = best.values().copied().sum();
    let factor = coverage_factor(has_words.then_some(covered));
    let score = if best_possible > 0.0 { (sum / best_possible * factor).clamp(0.0, 1.0) } else { 0.0 };
    Some(Hit {
        asset,
        span: cluster.span,
        kind,
        moments,
        score,
        probability: None,
        rerank_score: None,
        coverage: if has_words { covered } else { 0.0 },
        contributions: places.into_iter().map(|(_, _, contribution)| contribution).collect(),
        parts: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;
    use reelgraph_models::time::MediaTime;
    use uuid::Uuid;

    use super::*;

    fn entry(asset: u128, kind: MomentKind, start_ms: i64, end_ms: i64) -> RankedEntry {
        let asset = AssetId::from_uuid(Uuid::from_u128(asset));
        let span = Span::at_least_one_micro(MediaTime::from_millis(start_ms), MediaTime::from_millis(end_ms));
        RankedEntry {
            asset,
            moment: MomentId::derive(asset, kind, span),
            kind,
            moment_span: span,
            span,
            source: Source::Text,
            raw_score: 1.0,
            matched: 1,
        }
    }

    fn list(entries: Vec<RankedEntry>) -> RankedList {
        RankedList { modality: Modality::Speech, weight: 1.0, entries }
    }

    fn hits(lists: Vec<RankedList>) -> Vec<Hit> {
        align(lists, &[1.0])
    }

    #[test]
    fn one_place_at_the_top_of_every_list_scores_one() {
        let first = entry(1, MomentKind::Shot, 0, 5_000);
        let found = hits(vec![list(vec![first.clone()]), list(vec![first])]);
        assert_eq!(found.iter().map(|hit| hit.score).collect::<Vec<_>>(), [1.0]);
    }

    #[test]
    fn moments_that_only_touch_or_hardly_overlap_stay_apart() {
        let speech = entry(1, MomentKind::Speech, 0, 5_000);
        let next = entry(1, MomentKind::Shot, 5_000, 9_000);
        let mostly_elsewhere = entry(1, MomentKind::Shot, 3_000, 13_000);
        assert_eq!(hits(vec![list(vec![speech.clone(), next])]).len(), 2);
        assert_eq!(hits(vec![list(vec![speech.clone(), mostly_elsewhere])]).len(), 2);
        let of_another = entry(2, MomentKind::Shot, 0, 5_000);
        assert_eq!(hits(vec![list(vec![speech, of_another])]).len(), 2);
    }

    #[test]
    fn many_weak_places_in_one_list_do_not_outweigh_a_strong_one() {
        let strong = entry(1, MomentKind::Speech, 0, 10_000);
        let weak = (0..5).map(|n| entry(2, MomentKind::Speech, n * 100, 10_000 + n * 100));
        let found = hits(vec![list(std::iter::once(strong.clone()).chain(weak).collect())]);
        assert_eq!(found.first().map(|hit| hit.moments.clone()), Some(vec![strong.moment]));
        assert_eq!(found.len(), 2);
    }

    proptest! {
        #[test]
        fn every_moment_is_in_a_hit_and_no_hit_swallows_the_film(
            moments in proptest::collection::vec((1_u128..4, 0_usize..3, 0_i64..120_000, 1_i64..60_000), 0..60)
        ) {
            let entries: Vec<_> = moments
                .into_iter()
                .map(|(asset, kind, start, length)| entry(asset, MomentKind::ALL[kind], start, start + length))
                .collect();
            let expected: HashSet<_> = entries.iter().map(|entry| entry.moment).collect();
            let found = hits(vec![list(entries.clone())]);
            prop_assert!(found.is_sorted_by(|a, b| a.score >= b.score));
            let present: HashSet<_> = found.iter().flat_map(|hit| hit.moments.iter().copied()).collect();
            prop_assert_eq!(present, expected);
            for hit in found {
                let own = entries.iter().find(|entry| Some(&entry.moment) == hit.moments.first());
                let longest = own.map_or(0, |entry| entry.moment_span.duration().as_micros()).max(MAX_HIT_MICROS);
                prop_assert!(hit.span.duration().as_micros() <= longest);
                prop_assert!((0.0..=1.0).contains(&hit.score));
            }
        }
    }
}
