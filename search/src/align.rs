//! From ranked lists of moments to hits: what overlaps in one asset becomes one answer.
//!
//! A shot and the words spoken over it are different moments that say the same: here is what you look for. They merge
//! where they share at least half of the shorter one. A hit grows only as long as it stays below [`MAX_HIT_MICROS`] and only
//! around its strongest moment, so that a chain of overlaps does not swallow the film. A moment longer than that, such as a
//! talk filmed in one take, lends its evidence to the hits inside it and is an answer of its own only where there are none.

use std::collections::HashSet;

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

/// A place of a moment in a list.
#[derive(Debug)]
struct Placed {
    asset: AssetId,
    kind: MomentKind,
    moment_span: Span,
    matched: u64,
    list: usize,
    share: f32,
    contribution: Contribution,
}

/// A moment with its places in all lists.
#[derive(Debug, Clone, Copy)]
struct Candidate<'a> {
    /// The first of `places`.
    first: &'a Placed,
    places: &'a [Placed],
    /// Sum of its shares.
    strength: f32,
    matched: u64,
    has_words: bool,
}

impl<'a> Candidate<'a> {
    /// From its places; `None` of none.
    fn of(places: &'a [Placed]) -> Option<Self> {
        Some(Self {
            first: places.first()?,
            places,
            strength: places.iter().map(|place| place.share).sum(),
            matched: places.iter().fold(0, |matched, place| matched | place.matched),
            has_words: places.iter().any(|place| place.contribution.source == Source::Text),
        })
    }

    fn moment(&self) -> MomentId {
        self.first.contribution.moment
    }

    fn span(&self) -> Span {
        self.first.moment_span
    }

    fn is_long(&self) -> bool {
        self.span().duration().as_micros() > MAX_HIT_MICROS
    }
}

/// Moments that make one hit; the strongest comes first.
struct Cluster<'a> {
    span: Span,
    members: Vec<Candidate<'a>>,
}

/// Makes hits of ranked lists, best first.
pub(crate) fn align(lists: Vec<RankedList>, clause_weights: &[f32]) -> Vec<Hit> {
    let best_possible: f32 = lists.iter().map(|list| share(list.weight, 1)).sum();
    // For each list, the best share of a hit in it; used anew for each.
    let mut best = vec![0.0; lists.len()];
    let places = placed(lists, clause_weights);
    let mut hits = Vec::with_capacity(places.len());
    for of_asset in places.chunk_by(|a, b| a.asset == b.asset) {
        let of_moments = of_asset.chunk_by(|a, b| a.contribution.moment == b.contribution.moment);
        let candidates: Vec<Candidate<'_>> = of_moments.filter_map(Candidate::of).collect();
        let titles = candidates.iter().filter(|candidate| candidate.first.kind == MomentKind::Asset);
        let in_title = titles.fold(0, |matched, candidate| matched | candidate.matched);
        for cluster in clusters(candidates) {
            hits.extend(hit(&cluster, in_title, clause_weights, best_possible, &mut best));
        }
    }
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.moments.first().cmp(&b.moments.first())));
    hits
}

/// All places, by asset, moment and list; of several entries of a moment in one list only the first counts.
fn placed(lists: Vec<RankedList>, clause_weights: &[f32]) -> Vec<Placed> {
    let mut places = Vec::with_capacity(lists.iter().map(|list| list.entries.len()).sum());
    for (list, RankedList { modality, weight, entries }) in lists.into_iter().enumerate() {
        let best = entries.first().map_or(0.0, |entry| entry.raw_score);
        let mut seen = HashSet::with_capacity(entries.len());
        for entry in entries {
            if !seen.insert(entry.moment) {
                continue;
            }
            // At most as many as there are candidates.
            let rank = u32::try_from(seen.len()).unwrap_or(u32::MAX);
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
            let RankedEntry { asset, kind, moment_span, matched, .. } = entry;
            let share = share(weight, rank);
            places.push(Placed { asset, kind, moment_span, matched, list, share, contribution });
        }
    }
    places.sort_unstable_by_key(|place| (place.asset, place.contribution.moment, place.list));
    places
}

/// Groups the candidates of one asset.
fn clusters(mut candidates: Vec<Candidate<'_>>) -> Vec<Cluster<'_>> {
    candidates.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.moment().cmp(&b.moment())));
    let stands_alone = |candidate: &Candidate<'_>| candidate.first.kind == MomentKind::Asset;
    let (alone, timed): (Vec<_>, Vec<_>) = candidates.into_iter().partition(stands_alone);
    let (long, short): (Vec<_>, Vec<_>) = timed.into_iter().partition(Candidate::is_long);
    let of_one = |candidate| Cluster { span: Candidate::span(&candidate), members: vec![candidate] };
    let mut clusters = Vec::<Cluster<'_>>::new();
    for candidate in short {
        match clusters.iter_mut().find(|cluster| joins(cluster, &candidate)) {
            Some(cluster) => {
                let hull = cluster.span.hull(candidate.span());
                if hull.duration().as_micros() <= MAX_HIT_MICROS {
                    cluster.span = hull;
                }
                cluster.members.push(candidate);
            }
            None => clusters.push(of_one(candidate)),
        }
    }
    for candidate in long {
        let mut has_lent = false;
        for cluster in clusters.iter_mut().filter(|cluster| joins(cluster, &candidate)) {
            has_lent = true;
            cluster.members.push(candidate);
        }
        if !has_lent {
            clusters.push(of_one(candidate));
        }
    }
    clusters.extend(alone.into_iter().map(of_one));
    clusters
}

/// Whether a moment shares at least half of the shorter one with the strongest moment of a cluster.
fn joins(cluster: &Cluster<'_>, candidate: &Candidate<'_>) -> bool {
    let Some(strongest) = cluster.members.first() else { return false };
    let shorter = strongest.span().duration().min(candidate.span().duration());
    let shared = strongest.span().intersection(candidate.span());
    shared.is_some_and(|shared| shared.duration().as_micros().saturating_mul(2) >= shorter.as_micros())
}

fn hit(
    cluster: &Cluster<'_>,
    in_title: u64,
    clause_weights: &[f32],
    best_possible: f32,
    best: &mut [f32],
) -> Option<Hit> {
    let strongest = cluster.members.first()?;
    let matched = cluster.members.iter().fold(0, |matched, member| matched | member.matched);
    let has_words = cluster.members.iter().any(|member| member.has_words);
    let covered = coverage(matched | in_title, clause_weights);
    let mut places: Vec<&Placed> = cluster.members.iter().flat_map(|member| member.places).collect();
    places.sort_by(|a, b| b.share.total_cmp(&a.share));
    // Of each list only the best place counts, so that many weak moments do not outweigh a strong one.
    best.fill(0.0);
    for place in &places {
        if let Some(so_far) = best.get_mut(place.list) {
            *so_far = so_far.max(place.share);
        }
    }
    let sum: f32 = best.iter().sum();
    let factor = coverage_factor(has_words.then_some(covered));
    let score = if best_possible > 0.0 { (sum / best_possible * factor).clamp(0.0, 1.0) } else { 0.0 };
    Some(Hit {
        asset: strongest.first.asset,
        span: cluster.span,
        kind: strongest.first.kind,
        moments: cluster.members.iter().map(Candidate::moment).collect(),
        score,
        probability: None,
        rerank_score: None,
        coverage: if has_words { covered } else { 0.0 },
        contributions: places.into_iter().map(|place| place.contribution.clone()).collect(),
        parts: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
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
