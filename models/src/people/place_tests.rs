//! What placing faces promises, on faces whose persons are known.

use std::collections::HashMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::time::MediaTime;

const DIMS: usize = 8;

fn person(number: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(number))
}

fn span(start: i64, end: i64) -> Span {
    Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(end))
}

/// One face of one of some persons: each looks along an axis of their own, 1.4 from the others, faces of one at most 0.4 apart.
#[derive(Debug, Clone)]
struct Sample {
    person: usize,
    span: Span,
    vector: Vec<f32>,
}

fn sample() -> impl Strategy<Value = Sample> {
    let noise = proptest::collection::vec(-0.07_f32..0.07, DIMS);
    (0..5_usize, 0..40_i64, noise).prop_map(|(person, second, mut vector)| {
        vector[person] += 1.0;
        // What one person does, they do one after the other; others may be there meanwhile.
        Sample { person, span: span(second * 1_000, second * 1_000 + 900), vector }
    })
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    proptest::collection::vec(sample(), 1..30).prop_map(|mut samples| {
        let mut seen = std::collections::HashSet::new();
        samples.retain(|sample| seen.insert((sample.person, sample.span)));
        samples
    })
}

fn track(sample: &Sample) -> FaceTrack<'_> {
    FaceTrack { span: sample.span, quality: 1.0, vector: &sample.vector, person: None, rejected: &[] }
}

fn placed(known: &[(PersonId, Gallery)], samples: &[Sample]) -> Vec<Placement> {
    place(known, &samples.iter().map(track).collect::<Vec<_>>())
}

/// Which faces belong together, however the groups are called.
fn partition(samples: &[Sample], placements: &[Placement]) -> Vec<Vec<(usize, i64)>> {
    let mut groups: HashMap<Placement, Vec<(usize, i64)>> = HashMap::new();
    for (sample, placement) in samples.iter().zip(placements) {
        groups.entry(*placement).or_default().push((sample.person, sample.span.start().as_millis()));
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups.sort();
    groups
}

proptest! {
    #[test]
    fn persons_who_look_different_are_told_apart_in_whatever_order(samples in samples(), seed in any::<u64>()) {
        let placements = placed(&[], &samples);
        for (a, one) in samples.iter().zip(&placements) {
            for (b, other) in samples.iter().zip(&placements) {
                prop_assert_eq!(a.person == b.person, one == other);
            }
        }
        let mut shuffled = samples.clone();
        let mut state = seed | 1;
        shuffled.sort_by_cached_key(|_| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99); state >> 20 });
        prop_assert_eq!(partition(&samples, &placements), partition(&shuffled, &placed(&[], &shuffled)));
    }

    #[test]
    fn faces_that_come_bit_by_bit_are_put_together_as_if_they_came_at_once(samples in samples(), cut in 0..30_usize) {
        // What is known after the first asset, as the store keeps it.
        let (first, second) = samples.split_at(cut.min(samples.len()));
        let mut known: Vec<(PersonId, Gallery)> = Vec::new();
        for number in 0..5 {
            let theirs = first.iter().filter(|sample| sample.person == number).map(|sample| sample.vector.as_slice());
            known.extend(Gallery::of(theirs).map(|gallery| (person(number as u128), gallery)));
        }
        for (sample, placement) in second.iter().zip(placed(&known, second)) {
            let is_known = known.iter().any(|(id, _)| *id == person(sample.person as u128));
            prop_assert_eq!(is_known, placement == Placement::Known(person(sample.person as u128)), "{:?}", placement);
        }
    }

    #[test]
    fn faces_seen_at_the_same_time_are_never_one_persons(
        starts in proptest::collection::vec((0..2_000_i64, 1..800_i64, -0.1_f32..0.1), 2..25),
        known in any::<bool>(),
    ) {
        // All look alike; only their times differ.
        let vectors: Vec<[f32; 2]> = starts.iter().map(|(.., noise)| [1.0, *noise]).collect();
        let faces: Vec<FaceTrack<'_>> = starts.iter().zip(&vectors).map(|((start, length, _), vector)| {
            FaceTrack { span: span(*start, start + length), quality: 1.0, vector, person: None, rejected: &[] }
        }).collect();
        let gallery = Gallery::of([[1.0_f32, 0.0].as_slice()]).filter(|_| known);
        let known: Vec<_> = gallery.into_iter().map(|gallery| (person(1), gallery)).collect();
        let placements = place(&known, &faces);
        for (index, (face, placement)) in faces.iter().zip(&placements).enumerate() {
            prop_assert_ne!(*placement, Placement::Nobody);
            for (other, theirs) in faces.iter().zip(&placements).skip(index + 1) {
                prop_assert!(placement != theirs || !face.span.overlaps(other.span));
            }
        }
    }

    #[test]
    fn what_someone_decided_holds(samples in samples(), decided in 0..30_usize, whose in 0..4_u128) {
        let rejected = [person(1)];
        let known: Vec<_> = Gallery::of(samples.iter().map(|sample| sample.vector.as_slice()).take(1))
            .map(|gallery| (person(1), gallery)).into_iter().collect();
        let faces: Vec<FaceTrack<'_>> = samples.iter().enumerate().map(|(index, sample)| {
            let person = (index == decided).then(|| person(whose));
            let rejected: &[PersonId] = if index % 3 == 0 && person.is_none() { &rejected } else { &[] };
            FaceTrack { person, rejected, ..track(sample) }
        }).collect();
        for (face, placement) in faces.iter().zip(place(&known, &faces)) {
            if let Some(person) = face.person {
                prop_assert_eq!(placement, Placement::Known(person));
            }
            for other in face.rejected {
                prop_assert_ne!(placement, Placement::Known(*other));
            }
        }
    }
}

#[test]
fn two_who_are_known_stay_two_even_where_they_look_alike() {
    let vectors = [[1.0_f32, 0.0], [0.9, 0.1]];
    let gallery = |vector: &[f32; 2]| Gallery::of([vector.as_slice()]);
    let known: Vec<_> = (1..).zip(&vectors).filter_map(|(id, vector)| Some((person(id), gallery(vector)?))).collect();
    let face = FaceTrack { span: span(0, 900), quality: 1.0, vector: &[0.96, 0.04], person: None, rejected: &[] };
    assert_eq!(place(&known, &[face]), [Placement::Known(person(1))]);
}

#[test]
fn whom_one_cannot_make_out_is_nobody() {
    let face = FaceTrack { span: span(0, 900), quality: 0.2, vector: &[1.0, 0.0], person: None, rejected: &[] };
    assert_eq!(place(&[], &[face, FaceTrack { quality: 0.9, ..face }]), [Placement::Nobody, Placement::New(0)]);
}

#[test]
fn more_faces_than_are_compared_at_once_are_still_put_together() {
    let vectors = [[1.0_f32, 0.0], [0.0, 1.0]];
    let face = |(index, vector)| {
        let start = index as i64 * 1_000;
        FaceTrack { span: span(start, start + 900), quality: 1.0, vector, person: None, rejected: &[] }
    };
    let count = PART_FACES + 40;
    let faces: Vec<FaceTrack<'_>> =
        vectors.iter().map(<[f32; 2]>::as_slice).cycle().take(count).enumerate().map(face).collect();
    let placements = place(&[], &faces);
    let distinct: std::collections::HashSet<_> = placements.iter().collect();
    assert_eq!(distinct.len(), 2);
    assert_eq!(placements.first(), placements.get(count - 2));
}
