//! Things followed through a view, against where they truly are.

use std::collections::BTreeSet;

use reelgraph_models::observation::BoundingBox;
use serde::Deserialize;

use super::views::Sight;

/// A box is right from this overlap on, as of MOT and COCO.
const OVERLAP: f32 = 0.5;
/// What lies so much inside of something that is not asked for counts neither way.
const INSIDE: f32 = 0.5;

/// What the analysis tells of one class and stretch, as the API gives it.
#[derive(Debug, Deserialize)]
pub(super) struct Sighting {
    pub(super) label: String,
    span: Between,
    counts: Vec<Counted>,
    tracks: Vec<Track>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Between {
    pub(super) start_micros: i64,
    end_micros: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Counted {
    at_micros: i64,
    count: usize,
}

#[derive(Debug, Deserialize)]
struct Track {
    span: Between,
    boxes: Vec<Place>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    at_micros: i64,
    #[serde(rename = "box")]
    bounds: BoundingBox,
}

/// One thing that is there: its class, and what is to be seen of it at each moment that is asked about.
pub(super) struct Thing {
    pub(super) label: String,
    pub(super) sights: Vec<Option<Sight>>,
}

/// Moments of things, added up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counts {
    pub(super) right: usize,
    pub(super) invented: usize,
    pub(super) missed: usize,
    /// Those that are right when each thing has one track for itself.
    pub(super) by_identity: usize,
    /// Moments of classes of which all are clear to be seen, and those at which as many were counted.
    pub(super) counted: usize,
    pub(super) counted_right: usize,
}

impl Between {
    fn contains(&self, at: i64) -> bool {
        (self.start_micros..self.end_micros).contains(&at)
    }
}

impl Sighting {
    fn count(&self, at: i64) -> usize {
        let last = self.counts.iter().rev().find(|counted| counted.at_micros <= at).or(self.counts.first());
        last.filter(|_| self.span.contains(at)).map_or(0, |counted| counted.count)
    }
}

impl Track {
    /// Where it is: between two boxes on the way from the one to the other, behind the last one there.
    fn place(&self, at: i64) -> Option<BoundingBox> {
        let behind = self.boxes.partition_point(|place| place.at_micros <= at);
        let before = self.boxes.get(behind.checked_sub(1)?).filter(|_| self.span.contains(at))?;
        let Some(next) = self.boxes.get(behind) else { return Some(before.bounds) };
        let share = (at - before.at_micros) as f32 / (next.at_micros - before.at_micros).max(1) as f32;
        let (a, b) = (before.bounds, next.bounds);
        let way = |from: f32, to: f32| from + (to - from) * share;
        Some(BoundingBox {
            left: way(a.left, b.left),
            top: way(a.top, b.top),
            right: way(a.right, b.right),
            bottom: way(a.bottom, b.bottom),
        })
    }
}

impl Counts {
    /// Of one view, at these times of the film; the sights of the things are of the same moments.
    pub(super) fn of(times_micros: &[i64], things: &[Thing], sightings: &[Sighting]) -> Self {
        let mut counts = Self::default();
        let is_in_view = |sighting: &&Sighting| times_micros.iter().any(|at| sighting.span.contains(*at));
        let found = sightings.iter().filter(is_in_view).map(|sighting| sighting.label.as_str());
        let labels: BTreeSet<&str> = things.iter().map(|thing| thing.label.as_str()).chain(found).collect();
        for label in labels {
            let things: Vec<&Thing> = things.iter().filter(|thing| thing.label == label).collect();
            let sightings: Vec<&Sighting> = sightings.iter().filter(|sighting| sighting.label == label).collect();
            counts.add_class(times_micros, &things, &sightings);
        }
        counts
    }

    fn add_class(&mut self, times_micros: &[i64], things: &[&Thing], sightings: &[&Sighting]) {
        let tracks: Vec<&Track> = sightings.iter().flat_map(|sighting| &sighting.tracks).collect();
        // By thing and track: at how many moments they are in one place.
        let mut together = Vec::new();
        for (moment, at) in times_micros.iter().enumerate() {
            let (mut there, mut beside) = (Vec::new(), Vec::new());
            for (thing, of) in things.iter().enumerate() {
                match of.sights.get(moment).copied().flatten() {
                    Some(Sight::Clear(bounds)) => there.push((thing, bounds)),
                    Some(Sight::Slight(bounds)) => beside.push(bounds),
                    None => {}
                }
            }
            let found: Vec<(usize, BoundingBox)> =
                tracks.iter().enumerate().filter_map(|(track, found)| Some((track, found.place(*at)?))).collect();
            let pairs = there.iter().flat_map(|(thing, truth)| {
                found.iter().map(move |(track, bounds)| (truth.iou(*bounds), *thing, *track))
            });
            let pairs: Vec<_> = pairs.filter(|(overlap, ..)| *overlap >= OVERLAP).collect();
            let matched = best_pairs(pairs.clone());
            let is_beside =
                |bounds: BoundingBox| beside.iter().any(|other| bounds.shared_area(*other) >= INSIDE * bounds.area());
            let is_invented = |(track, bounds): &&(usize, BoundingBox)| {
                !matched.iter().any(|(_, _, of)| of == track) && !is_beside(*bounds)
            };
            self.right += matched.len();
            self.missed += there.len() - matched.len();
            self.invented += found.iter().filter(is_invented).count();
            together.extend(pairs.into_iter().map(|(_, thing, track)| (thing, track)));
            if !there.is_empty() && beside.is_empty() {
                let told = sightings.iter().map(|sighting| sighting.count(*at)).max().unwrap_or_default();
                self.counted += 1;
                self.counted_right += usize::from(told == there.len());
            }
        }
        let distinct: BTreeSet<(usize, usize)> = together.iter().copied().collect();
        let moments = |pair: &(usize, usize)| together.iter().filter(|other| *other == pair).count();
        let pairs = distinct.iter().map(|pair| (moments(pair) as f32, pair.0, pair.1)).collect();
        self.by_identity += best_pairs(pairs).iter().map(|(moments, ..)| *moments as usize).sum::<usize>();
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            right: self.right + other.right,
            invented: self.invented + other.invented,
            missed: self.missed + other.missed,
            by_identity: self.by_identity + other.by_identity,
            counted: self.counted + other.counted,
            counted_right: self.counted_right + other.counted_right,
        }
    }
}

/// Pairs by their weight, the highest first, of which no two share a side.
fn best_pairs(mut pairs: Vec<(f32, usize, usize)>) -> Vec<(f32, usize, usize)> {
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut kept: Vec<(f32, usize, usize)> = Vec::new();
    for pair in pairs {
        if !kept.iter().any(|other| other.1 == pair.1 || other.2 == pair.2) {
            kept.push(pair);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(left: f32) -> BoundingBox {
        BoundingBox { left, top: 0.2, right: left + 0.2, bottom: 0.8 }
    }

    fn thing(sights: impl IntoIterator<Item = Sight>) -> Thing {
        Thing { label: "dog".to_owned(), sights: sights.into_iter().map(Some).collect() }
    }

    fn track(places: &[(i64, f32)]) -> Track {
        let boxes: Vec<Place> =
            places.iter().map(|(at, left)| Place { at_micros: *at, bounds: bounds(*left) }).collect();
        Track { span: Between { start_micros: 0, end_micros: 100 }, boxes }
    }

    fn sighting(count: usize, tracks: Vec<Track>) -> Sighting {
        let span = Between { start_micros: 0, end_micros: 100 };
        Sighting { label: "dog".to_owned(), span, counts: vec![Counted { at_micros: 0, count }], tracks }
    }

    #[test]
    fn a_thing_on_its_way_is_followed_between_two_looks() {
        let things = [thing([0.0, 0.2, 0.4].map(|left| Sight::Clear(bounds(left))))];
        let found = [sighting(1, vec![track(&[(0, 0.0), (50, 0.4)])])];
        let counts = Counts::of(&[0, 25, 50], &things, &found);
        assert_eq!(counts, Counts { right: 3, by_identity: 3, counted: 3, counted_right: 3, ..Counts::default() });
    }

    #[test]
    fn two_tracks_of_one_thing_are_right_by_place_and_not_by_identity() {
        let things = [thing([0.0, 0.0, 0.4].map(|left| Sight::Clear(bounds(left))))];
        let found = [sighting(2, vec![track(&[(0, 0.0)]), track(&[(50, 0.4)])])];
        let counts = Counts::of(&[0, 25, 50], &things, &found);
        assert_eq!((counts.right, counts.by_identity, counts.invented, counts.missed), (3, 2, 1, 0));
        assert_eq!((counts.counted, counts.counted_right), (3, 0));
    }

    #[test]
    fn what_lies_on_something_slight_is_not_invented_and_what_lies_elsewhere_is() {
        let things = [thing([Sight::Slight(bounds(0.0))])];
        let found = [sighting(2, vec![track(&[(0, 0.02)]), track(&[(0, 0.6)])])];
        let counts = Counts::of(&[0], &things, &found);
        assert_eq!(counts, Counts { invented: 1, ..Counts::default() });
    }
}
