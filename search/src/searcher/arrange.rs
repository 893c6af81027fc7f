//! The order of answers: by how good they are or by a property, spread over assets, grouped.

use std::cmp::Reverse;
use std::collections::HashMap;

use reelgraph_models::id::{AssetId, MomentId};
use uuid::Uuid;

use super::join::KnownFacts;
use crate::hit::{Hit, HitGroup};
use crate::order::{Order, Place};
use crate::query::limits::MAX_HITS_PER_ASSET;
use crate::query::{Grouping, SearchRequest, Sort, Spread};
use crate::text::Facts;

/// What is left of a score for each better answer of the same asset.
const REPEATED: f32 = 0.95;
/// Better answers of the same asset beyond this count no more.
const MAX_REPEATS: i32 = 8;

/// Puts hits into the order that was asked for; `orders` says where the index has them, where the order is one of its.
pub(super) fn arrange(
    mut hits: Vec<Hit>,
    request: &SearchRequest,
    orders: &HashMap<MomentId, Order>,
) -> Vec<(Place, Hit)> {
    if request.spread() == Spread::OverAssets && request.grouping() == Grouping::Flat {
        spread(&mut hits);
    }
    let order = |hit: &Hit| match request.sort() {
        Sort::Relevance => Order::Number(Reverse(by_score(hit.score))),
        Sort::Time => Order::Number(Reverse(hit.span.start().as_micros().saturating_neg())),
        _ => hit.moments.first().and_then(|moment| orders.get(moment)).cloned().unwrap_or(Order::Missing),
    };
    let mut placed: Vec<(Place, Hit)> =
        hits.into_iter().map(|hit| (Place { order: order(&hit), key: key_of(&hit) }, hit)).collect();
    placed.sort_by(|(left, _), (right, _)| left.cmp(right));
    placed
}

/// What tells hits of the same order apart.
pub(super) fn key_of(hit: &Hit) -> Uuid {
    hit.moments.first().map(|moment| moment.as_uuid()).unwrap_or_default()
}

/// Scores are never negative, and the bits of such floats are in their order.
fn by_score(score: f32) -> i64 {
    i64::from(score.max(0.0).to_bits())
}

/// Lowers each further answer of an asset a little, so that one talkative asset does not fill the page.
fn spread(hits: &mut [Hit]) {
    let mut repeats = Repeats::default();
    for hit in hits {
        hit.score *= repeats.next(hit.asset);
    }
}

/// Counts the answers of each asset, the best first.
#[derive(Debug, Default)]
pub(super) struct Repeats(HashMap<AssetId, i32>);

impl Repeats {
    /// What is left of the score of the next answer of that asset.
    pub(super) fn next(&mut self, asset: AssetId) -> f32 {
        let better = self.0.entry(asset).or_default();
        let left = REPEATED.powi((*better).min(MAX_REPEATS));
        *better += 1;
        left
    }
}

/// Groups hits in order by asset, or by asset and scene where `scenes` has them; the group with the first hit first.
pub(super) fn groups(hits: &[(Place, Hit)], scenes: &KnownFacts) -> Vec<(Place, HitGroup)> {
    let scene_of = |hit: &Hit| {
        let facts: Option<&Facts> = hit.moments.first().and_then(|moment| scenes.get(moment));
        facts.and_then(|facts| facts.scenes).map(|scenes| scenes.first)
    };
    let mut groups = Vec::<(Place, HitGroup)>::new();
    let mut places = HashMap::<(AssetId, Option<u32>), usize>::new();
    for (place, hit) in hits {
        let scene = scene_of(hit);
        let at = *places.entry((hit.asset, scene)).or_insert_with(|| {
            let key = match scene {
                Some(scene) => Uuid::new_v5(&hit.asset.as_uuid(), &scene.to_be_bytes()),
                None => hit.asset.as_uuid(),
            };
            let group = HitGroup { asset: hit.asset, scene, score: hit.score, hits: Vec::new(), hits_total: 0 };
            groups.push((Place { order: place.order.clone(), key }, group));
            groups.len() - 1
        });
        let Some((_, group)) = groups.get_mut(at) else { continue };
        group.hits_total += 1;
        if group.hits.len() < MAX_HITS_PER_ASSET {
            group.hits.push(hit.clone());
        }
    }
    groups.sort_by(|(left, _), (right, _)| left.cmp(right));
    groups
}
