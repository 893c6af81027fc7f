//! Answers of sub-queries as they lie in time: pure functions over hits.

use std::collections::HashMap;

use reelgraph_models::id::{AssetId, MomentId};
use reelgraph_models::time::{MediaTime, Span};

use crate::hit::{Hit, Part};
use crate::query::plan::Relation;
use crate::text::Facts;

/// What is known of the moments of hits; empty where the relation does not ask for it.
pub(super) type KnownFacts = HashMap<MomentId, Facts>;

/// Share that is left of a score where two parts are as far apart as allowed.
const FARTHEST: f32 = 0.7;

/// Joins the answers of two sub-queries; of each answer of the first, with the best partner that it has.
pub(super) fn join(relation: Relation, first: Vec<Hit>, second: &[Hit], facts: &KnownFacts) -> Vec<Hit> {
    let partners = by_asset(second);
    let joined = first.into_iter().filter_map(|one| {
        let others = partners.get(&one.asset)?;
        let fitting = others.iter().filter_map(|other| Some((closeness(relation, &one, other, facts)?, *other)));
        let scored = fitting.map(|(closeness, other)| ((one.score * other.score).sqrt() * closeness, other));
        let (score, other) = scored.max_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| y.moments.cmp(&x.moments)))?;
        Some(joined(relation, &one, other, score))
    });
    sorted(joined.collect())
}

/// Answers of both at one time.
pub(super) fn both(first: Vec<Hit>, second: &[Hit]) -> Vec<Hit> {
    let partners = by_asset(second);
    let at_once = first.into_iter().filter_map(|one| {
        let others = partners.get(&one.asset)?.iter().filter(|other| other.span.overlaps(one.span));
        let other = others.max_by(|a, b| a.score.total_cmp(&b.score).then_with(|| b.moments.cmp(&a.moments)))?;
        let span = one.span.intersection(other.span)?;
        let score = (one.score * other.score).sqrt();
        Some(Hit { span, ..merged(&one, other, score, one.parts.iter().chain(&other.parts).cloned().collect()) })
    });
    sorted(at_once.collect())
}

/// Answers of any; where the same moment answers several, the best.
pub(super) fn any(lists: Vec<Vec<Hit>>) -> Vec<Hit> {
    let mut hits = sorted(lists.into_iter().flatten().collect());
    let mut seen = std::collections::HashSet::new();
    hits.retain(|hit| hit.moments.first().is_none_or(|moment| seen.insert(*moment)));
    hits
}

/// Answers that share no time with any of `unwanted`.
pub(super) fn except(mut wanted: Vec<Hit>, unwanted: &[Hit]) -> Vec<Hit> {
    let unwanted = by_asset(unwanted);
    wanted.retain(|hit| {
        let others = unwanted.get(&hit.asset).map(Vec::as_slice).unwrap_or_default();
        !others.iter().any(|other| other.span.overlaps(hit.span))
    });
    wanted
}

/// Joined answers with nothing of `unwanted` between their first and their second part.
pub(super) fn nothing_between(mut joined: Vec<Hit>, unwanted: &[Hit]) -> Vec<Hit> {
    let unwanted = by_asset(unwanted);
    joined.retain(|hit| {
        let part = |place: u32| hit.parts.iter().find(|part| part.path.first() == Some(&place)).map(|part| part.span);
        let between = part(0).zip(part(1)).and_then(|(first, then)| Span::new(first.end(), then.start()).ok());
        let others = unwanted.get(&hit.asset).map(Vec::as_slice).unwrap_or_default();
        !between.is_some_and(|between| others.iter().any(|other| other.span.overlaps(between)))
    });
    joined
}

/// Assets of hits, the best first, each once.
pub(super) fn assets(hits: &[Hit], limit: usize) -> Vec<AssetId> {
    let mut seen = std::collections::HashSet::new();
    hits.iter().map(|hit| hit.asset).filter(|asset| seen.insert(*asset)).take(limit).collect()
}

/// Best first; equal ones by their moment.
pub(super) fn sorted(mut hits: Vec<Hit>) -> Vec<Hit> {
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.moments.first().cmp(&b.moments.first())));
    hits
}

fn by_asset(hits: &[Hit]) -> HashMap<AssetId, Vec<&Hit>> {
    let mut grouped = HashMap::<AssetId, Vec<&Hit>>::new();
    for hit in hits {
        grouped.entry(hit.asset).or_default().push(hit);
    }
    grouped
}

/// How well two answers fit the relation, [`FARTHEST`]` ..=1`; `None` where they do not.
fn closeness(relation: Relation, one: &Hit, other: &Hit, facts: &KnownFacts) -> Option<f32> {
    let (a, b) = (one.span, other.span);
    let is_same = one.moments.first() == other.moments.first() && a == b;
    let follows = b.start() > a.start() && b.end() > a.end();
    match relation {
        Relation::Then { gap } | Relation::NotBetween { gap } => nearness(distance(a, b), gap).filter(|_| follows),
        Relation::Within { gap } => nearness(distance(a, b), gap).filter(|_| !is_same),
        Relation::During => (b.start() <= a.start() && a.end() <= b.end()).then_some(1.0),
        Relation::Before { gap } => apart(a, b, gap),
        Relation::After { gap } => apart(b, a, gap),
        Relation::SameShot => meets(one, other, facts, |facts| facts.shots),
        Relation::SameScene => meets(one, other, facts, |facts| facts.scenes),
    }
}

/// Time between two spans; none where they touch or overlap.
fn distance(a: Span, b: Span) -> MediaTime {
    let micros = (b.start().as_micros() - a.end().as_micros()).max(a.start().as_micros() - b.end().as_micros());
    MediaTime::from_micros(micros.max(0))
}

/// `earlier` has ended when `later` begins, and not too long before.
fn apart(earlier: Span, later: Span, gap: Option<MediaTime>) -> Option<f32> {
    if earlier.end() > later.start() {
        return None;
    }
    match gap {
        Some(gap) => nearness(distance(earlier, later), gap),
        None => Some(1.0),
    }
}

/// 1 side by side, [`FARTHEST`] at the longest distance allowed, nothing beyond.
fn nearness(distance: MediaTime, gap: MediaTime) -> Option<f32> {
    if distance > gap {
        return None;
    }
    let share = distance.as_micros() as f32 / gap.as_micros().max(1) as f32;
    Some(1.0 - (1.0 - FARTHEST) * share)
}

fn meets(
    one: &Hit,
    other: &Hit,
    facts: &KnownFacts,
    structure: impl Fn(&Facts) -> Option<crate::document::Ordinals>,
) -> Option<f32> {
    let of = |hit: &Hit| hit.moments.first().and_then(|moment| facts.get(moment)).and_then(&structure);
    let (one, other) = (of(one)?, of(other)?);
    one.meets(other).then_some(1.0)
}

/// One answer of two: both together, or the first where the second only says when.
fn joined(relation: Relation, one: &Hit, other: &Hit, score: f32) -> Hit {
    let parts = parts(0, one).chain(parts(1, other)).collect();
    match relation {
        Relation::During | Relation::Before { .. } | Relation::After { .. } => {
            Hit { score, parts, probability: less_likely(one, other), ..one.clone() }
        }
        Relation::Then { .. }
        | Relation::Within { .. }
        | Relation::NotBetween { .. }
        | Relation::SameShot
        | Relation::SameScene => Hit { span: one.span.hull(other.span), ..merged(one, other, score, parts) },
    }
}

/// A chain is as strong as its weakest part.
fn less_likely(one: &Hit, other: &Hit) -> Option<f32> {
    match (one.probability, other.probability) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn merged(one: &Hit, other: &Hit, score: f32, parts: Vec<Part>) -> Hit {
    let further = other.moments.iter().filter(|moment| !one.moments.contains(moment));
    let contributions = one.contributions.iter().chain(&other.contributions).cloned().collect();
    Hit {
        asset: one.asset,
        span: one.span,
        kind: one.kind,
        moments: one.moments.iter().chain(further).copied().collect(),
        score,
        probability: less_likely(one, other),
        rerank_score: None,
        coverage: one.coverage.min(other.coverage),
        contributions,
        parts,
    }
}

/// The parts of an answer as those of the sub-query at `place`.
fn parts(place: u32, hit: &Hit) -> impl Iterator<Item = Part> {
    let whole = hit.moments.first().map(|moment| Part { path: vec![place], span: hit.span, moment: *moment });
    let nested = hit.parts.iter().map(move |part| Part {
        path: std::iter::once(place).chain(part.path.iter().copied()).collect(),
        ..part.clone()
    });
    whole.into_iter().chain(nested)
}
