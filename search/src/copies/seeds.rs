//! Places at which a film and another show the same pictures in the same order: where it is worth to look closer.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::signature::SignatureTrack;

use super::index::{CopyIndex, Format};

/// Most other assets that seeds of one question point at; those with most seeds come first.
pub const MAX_SEED_ASSETS: usize = 100;
/// Samples that are asked about together: ten seconds.
const WINDOW: usize = 50;
/// Votes of one window belong together where they are at most this many samples apart in offset: a speed of 5 % makes 2.5 of
/// it, pictures that hold still for a while the rest.
const SPREAD: i64 = 10;
/// Different samples of a window that must say the same.
const MIN_VOTES: usize = 2;
/// Samples asked about for one question; of longer films every other one, and so on.
const MAX_ASKED: usize = 20_000;
/// Likes of one sample that are looked at, of those that a library is full of; a trailer may well be in two hundred films.
const MAX_LIKES: usize = 256;
/// Votes of one question, 24 bytes each; beyond them the rest of a film goes unasked.
const MAX_VOTES: usize = 4_000_000;
/// Seeds of one question; those with most votes come first.
const MAX_SEEDS: usize = 5_000;

/// Here and there the same picture, and around it more of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    /// Where the same picture is.
    pub asset: AssetId,
    /// Whether it is the mirrored one.
    pub is_mirrored: bool,
    /// Number of the sample here.
    pub here: usize,
    /// Number of the sample there.
    pub there: usize,
    /// Samples that agree.
    pub votes: usize,
}

/// A sample here that has a like there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Vote {
    asset: u32,
    is_mirrored: bool,
    window: u32,
    /// Sample there less sample here.
    offset: i64,
    here: u32,
}

impl CopyIndex {
    /// Seeds of the samples `within` the track in the tenant's other assets, those with most votes first.
    pub fn seeds(&self, tenant: TenantId, track: &SignatureTrack, within: Range<usize>) -> Vec<Seed> {
        let Some(keys) = self.keys(tenant, &Format::of(track)) else { return Vec::new() };
        let own = keys.place(track.asset);
        let step = within.len().div_ceil(MAX_ASKED).max(1);
        let mut votes = Vec::new();
        let mut last = None;
        for (at, sample) in track.samples.iter().enumerate().take(within.end).skip(within.start).step_by(step) {
            // What holds still is asked about once in a while only.
            if sample.is_blank() || last.is_some_and(|(before, same)| same == *sample && at < before + WINDOW / 2) {
                continue;
            }
            if votes.len() >= MAX_VOTES {
                break;
            }
            last = Some((at, *sample));
            for (is_mirrored, signature) in [(false, *sample), (true, sample.mirrored())] {
                let most = votes.len() + MAX_LIKES;
                keys.near(signature, |asset, there| {
                    if own != Some(asset) && votes.len() < most {
                        let (here, window) = (at as u32, (at / WINDOW) as u32);
                        votes.push(Vote { asset, is_mirrored, window, offset: i64::from(there) - at as i64, here });
                    }
                });
            }
        }
        votes.sort_unstable();
        let together = |a: &Vote, b: &Vote| {
            (a.asset, a.is_mirrored, a.window) == (b.asset, b.is_mirrored, b.window) && b.offset - a.offset <= SPREAD
        };
        let seed = |votes: &[Vote]| {
            let (vote, votes) = densest(votes)?;
            let (asset, there) = (keys.asset(vote.asset)?, i64::from(vote.here) + vote.offset);
            let (here, there) = (vote.here as usize, usize::try_from(there).ok()?);
            Some(Seed { asset, is_mirrored: vote.is_mirrored, here, there, votes })
        };
        let seeds = votes.chunk_by(together).filter_map(seed).filter(|seed| seed.votes >= MIN_VOTES).collect();
        strongest(seeds)
    }
}

/// Of votes of one window, sorted by offset: the middle one of those that agree best, and how many samples those are.
fn densest(votes: &[Vote]) -> Option<(Vote, usize)> {
    let mut best: Option<(Vote, usize)> = None;
    let mut first = 0;
    for (last, vote) in votes.iter().enumerate() {
        while votes.get(first).is_some_and(|early| vote.offset - early.offset > SPREAD) {
            first += 1;
        }
        let agreeing = votes.get(first..=last).unwrap_or_default();
        if agreeing.len() > best.map_or(0, |(_, count)| count) {
            let distinct = agreeing.iter().map(|vote| vote.here).collect::<HashSet<_>>().len();
            if distinct > best.map_or(0, |(_, count)| count) {
                best = agreeing.get(agreeing.len() / 2).map(|middle| (*middle, distinct));
            }
        }
    }
    best
}

fn strongest(mut seeds: Vec<Seed>) -> Vec<Seed> {
    let mut votes_of: HashMap<AssetId, usize> = HashMap::new();
    for seed in &seeds {
        *votes_of.entry(seed.asset).or_default() += seed.votes;
    }
    let mut assets: Vec<(usize, AssetId)> = votes_of.into_iter().map(|(asset, votes)| (votes, asset)).collect();
    assets.sort_unstable_by(|a, b| b.cmp(a));
    let kept: HashSet<AssetId> = assets.into_iter().take(MAX_SEED_ASSETS).map(|(_, asset)| asset).collect();
    seeds.retain(|seed| kept.contains(&seed.asset));
    seeds.sort_by(|a, b| b.votes.cmp(&a.votes).then(a.here.cmp(&b.here)).then(a.asset.cmp(&b.asset)));
    seeds.truncate(MAX_SEEDS);
    seeds
}
