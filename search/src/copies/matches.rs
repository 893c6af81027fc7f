//! From seeds to copies.

use std::collections::HashMap;

use reelgraph_models::id::AssetId;
use reelgraph_models::signature::{Signature, SignatureTrack};
use reelgraph_models::time::{MediaTime, Span};

use super::align::{Line, Pair};
use super::judge::Verdict;
use super::seeds::Seed;

/// Share of a match that a better one of the same asset must cover to make it doubtful.
const COVERED: f64 = 0.5;
/// Pairs of pictures of a repetition differ in hardly more bits than those of the better match: a clip may occur twice. What
/// differs in more is only like it.
const REPETITION_BITS: f64 = 2.0;
/// A seed this near to a match's line, in samples, is part of it.
const ON_LINE: f64 = 12.0;

/// A stretch of one asset that is also in another.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyMatch {
    /// The other.
    pub asset: AssetId,
    /// Where in the asset that was asked about.
    pub here: Span,
    /// Where in the other.
    pub there: Span,
    /// How fast it plays there: 1.05 where the other shows in 100 seconds what takes 105 here.
    pub speed: f64,
    /// Whether left and right are exchanged.
    pub is_mirrored: bool,
    /// Share of the pictures along the match that are alike, blank ones left out, `0..=1`.
    pub score: f64,
}

impl CopyMatch {
    /// What must be added to the first instant here to get that there.
    pub fn offset(&self) -> MediaTime {
        self.there.start() - self.here.start()
    }
}

/// Looks closer at `seeds` of a track in `others`, and hands back the matches, longest and surest first.
pub fn matches(track: &SignatureTrack, seeds: &[Seed], others: &HashMap<AssetId, SignatureTrack>) -> Vec<CopyMatch> {
    let mut found: Vec<Found> = Vec::new();
    let mut mirrored: HashMap<AssetId, Vec<Signature>> = HashMap::new();
    for seed in seeds {
        let Some(other) = others.get(&seed.asset).filter(|other| other.interval == track.interval) else { continue };
        if found.iter().any(|found| found.holds(seed)) {
            continue;
        }
        let there = match seed.is_mirrored {
            false => &other.samples,
            true => mirrored
                .entry(seed.asset)
                .or_insert_with(|| other.samples.iter().map(|sample| sample.mirrored()).collect()),
        };
        let pair = Pair { here: &track.samples, there };
        let Some((line, stretch)) = pair.align(seed.here, seed.there) else { continue };
        let Some(verdict) = Verdict::of(pair, line, stretch.clone()).filter(|verdict| verdict.is_copy()) else {
            continue;
        };
        let span = |start: f64, end: f64| {
            let at =
                |samples: f64| MediaTime::from_micros((samples * track.interval.as_micros() as f64).round() as i64);
            Span::new(at(start.max(0.0)), at(end)).ok()
        };
        let here = span(stretch.start as f64, stretch.end as f64);
        let there = span(line.at(stretch.start), line.at(stretch.end).min(there.len() as f64));
        let Some((here, there)) = here.zip(there) else { continue };
        let is_mirrored = seed.is_mirrored;
        let copy =
            CopyMatch { asset: seed.asset, here, there, speed: 1.0 / line.rate, is_mirrored, score: verdict.share };
        found.push(Found {
            copy,
            line,
            samples: (stretch.start, stretch.end),
            strength: f64::from(verdict.alike) * verdict.share,
            mean_bits: verdict.mean_bits,
        });
    }
    found.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.copy.asset.cmp(&b.copy.asset)));
    let mut kept: Vec<Found> = Vec::new();
    for found in found {
        if !kept.iter().any(|better| better.replaces(&found)) {
            kept.push(found);
        }
    }
    kept.into_iter().map(|found| found.copy).collect()
}

struct Found {
    copy: CopyMatch,
    line: Line,
    samples: (usize, usize),
    strength: f64,
    mean_bits: f64,
}

impl Found {
    fn holds(&self, seed: &Seed) -> bool {
        self.copy.asset == seed.asset
            && self.copy.is_mirrored == seed.is_mirrored
            && (self.samples.0..self.samples.1).contains(&seed.here)
            && (self.line.at(seed.here) - seed.there as f64).abs() <= ON_LINE
    }
}

impl Found {
    /// Whether a weaker match says nothing new beside this one.
    fn replaces(&self, weaker: &Self) -> bool {
        let (better, copy) = (&self.copy, &weaker.copy);
        let (here, there) = (covers(better.here, copy.here), covers(better.there, copy.there));
        let is_less_like = weaker.mean_bits > self.mean_bits + REPETITION_BITS;
        better.asset == copy.asset && (here && there || (here || there) && is_less_like)
    }
}

fn covers(better: Span, span: Span) -> bool {
    let shared = better.intersection(span).map_or(0, |shared| shared.duration().as_micros());
    shared as f64 >= COVERED * span.duration().as_micros() as f64
}

#[cfg(test)]
mod tests {
    use reelgraph_models::id::TenantId;
    use uuid::Uuid;

    use super::super::{CopyIndex, MAX_SEED_ASSETS};
    use super::*;
    use crate::generated::Random;

    /// Shots of one to nine seconds in which some bits change now and then.
    fn film(seed: u64, seconds: usize) -> Vec<Signature> {
        let mut random = Random::new(seed);
        let (mut bits, mut left) = (0, 0);
        let mut sample = || {
            if left == 0 {
                (bits, left) = (random.bits(), 5 + random.below(40));
            }
            left -= 1;
            if random.below(2) == 0 {
                bits ^= 1 << random.below(64);
            }
            Signature::from_bits(bits)
        };
        (0..seconds * 5).map(|_| sample()).collect()
    }

    fn track(asset: u128, samples: Vec<Signature>) -> SignatureTrack {
        SignatureTrack {
            asset: AssetId::from_uuid(Uuid::from_u128(asset)),
            model: "m".to_owned(),
            version: "1".to_owned(),
            interval: MediaTime::from_millis(200),
            samples,
        }
    }

    /// Turns up to five bits of each.
    fn worn(samples: impl IntoIterator<Item = Signature>) -> Vec<Signature> {
        let mut random = Random::new(99);
        let wear = |sample: Signature| {
            (0..random.below(6)).fold(sample, |worn, _| Signature::from_bits(worn.bits() ^ 1 << random.below(64)))
        };
        samples.into_iter().map(wear).collect()
    }

    fn found(asked: &SignatureTrack, others: Vec<SignatureTrack>) -> Vec<CopyMatch> {
        let mut index = CopyIndex::default();
        for track in others.iter().chain([asked]) {
            index.insert(TenantId::DEFAULT, track);
        }
        let seeds = index.seeds(TenantId::DEFAULT, asked, 0..asked.samples.len());
        matches(asked, &seeds, &others.into_iter().map(|track| (track.asset, track)).collect())
    }

    fn near(time: MediaTime, seconds: f64) -> bool {
        (time.as_seconds_f64() - seconds).abs() <= 0.3
    }

    #[test]
    fn a_mirrored_clip_inside_a_longer_film_is_found_with_its_place() {
        let clip: Vec<Signature> = film(1, 60).into_iter().skip(100).take(40).map(Signature::mirrored).collect();
        let longer = [film(2, 300), worn(clip), film(3, 100)].concat();
        let all = found(&track(1, film(1, 60)), vec![track(2, longer), track(3, film(4, 300))]);
        let [copy] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!(copy.asset, AssetId::from_uuid(Uuid::from_u128(2)));
        assert!(copy.is_mirrored && copy.score > 0.9, "{copy:?}");
        assert!(near(copy.here.start(), 20.0) && near(copy.here.end(), 28.0), "{copy:?}");
        assert!(near(copy.there.start(), 300.0) && near(copy.offset(), 280.0), "{copy:?}");
        assert!((copy.speed - 1.0).abs() < 0.02, "{copy:?}");
    }

    #[test]
    fn a_copy_that_plays_faster_is_followed_over_an_hour() {
        let original = film(1, 3_600);
        let fast = (0..original.len()).map_while(|at| original.get((at as f64 * 1.045).round() as usize).copied());
        let all = found(&track(1, original.clone()), vec![track(2, worn(fast))]);
        let [copy] = all.as_slice() else { panic!("{all:?}") };
        assert!((copy.speed - 1.045).abs() < 0.001, "{copy:?}");
        assert!(near(copy.here.start(), 0.0) && near(copy.here.end(), 3_600.0), "{copy:?}");
        assert!(near(copy.there.end(), 3_600.0 / 1.045), "{copy:?}");
    }

    #[test]
    fn a_clip_that_occurs_twice_is_found_twice() {
        let clip = film(1, 10);
        let twice = [film(2, 50), clip.clone(), film(3, 50), worn(clip.clone())].concat();
        let all = found(&track(1, clip), vec![track(2, twice)]);
        let mut starts: Vec<f64> = all.iter().map(|copy| copy.there.start().as_seconds_f64()).collect();
        starts.sort_by(f64::total_cmp);
        assert_eq!(starts, [50.0, 110.0], "{all:?}");
    }

    #[test]
    fn talking_heads_before_the_same_wall_stills_and_black_are_no_copies() {
        let mut random = Random::new(5);
        // Of 64 bits, six change with who talks; the wall is in the others.
        let mut head =
            |wall: u64| (0..600).map(|_| Signature::from_bits(wall ^ random.bits() & 0x3f)).collect::<Vec<_>>();
        let (one, two) = (head(0xfeed_f00d_dead_bee0), head(0xfeed_f00d_dead_bee0));
        assert_eq!(found(&track(1, one), vec![track(2, two)]), []);
        let still = vec![Signature::from_bits(0xfeed_f00d); 600];
        assert_eq!(found(&track(1, still.clone()), vec![track(2, still)]), []);
        let black = vec![Signature::BLANK; 600];
        assert_eq!(found(&track(1, black.clone()), vec![track(2, black)]), []);
    }

    #[test]
    fn unrelated_films_have_nothing_in_common() {
        let others = (2..MAX_SEED_ASSETS as u128).map(|asset| track(asset, film(asset as u64, 600))).collect();
        assert_eq!(found(&track(1, film(1, 3_600)), others), []);
    }
}
