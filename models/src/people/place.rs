//! Puts the faces of one asset together with each other and with the people who are known.
//!
//! Average linkage: the two groups that are most alike are joined first, as long as their faces are alike enough on average.
//! What is never joined: two people who are known, faces that are seen at the same time, and a face with whom someone said it
//! is not. So who is known stays who they are, and whether they get further faces depends on how these look alone, not on
//! the order in which anything came.

use std::collections::{BTreeSet, HashMap};

use super::gallery::Gallery;
use crate::id::PersonId;
use crate::time::Span;

/// Faces whose distance is at most this, as the root of the mean square, are one person's. dlib's own bound is 0.6, and of
/// 1,902 pairs of two persons one was below 0.5 (see `inference/graphs/README.md`): rather two groups of one person, which
/// someone can join, than two persons in one.
pub const SAME_PERSON: f32 = 0.5;
/// Worse faces are put with nobody: below some 24 pixels, or blurred, distances tell little.
pub const LEAST_QUALITY: f32 = 0.35;
/// Faces compared with each other at once; the faces of a long film are taken part by part, so that the time they take grows
/// with their number, not with its square.
const PART_FACES: usize = 4_096;

/// One face of the asset.
#[derive(Debug, Clone, Copy)]
pub struct FaceTrack<'f> {
    /// When it is seen.
    pub span: Span,
    /// How well, `0..=1`.
    pub quality: f32,
    /// What it looks like.
    pub vector: &'f [f32],
    /// Whose it is, where that is settled.
    pub person: Option<PersonId>,
    /// Whose it is not.
    pub rejected: &'f [PersonId],
}

/// Whose a face is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placement {
    /// Someone's who is known.
    Known(PersonId),
    /// That of the new person of this number, from 0.
    New(usize),
    /// Nobody's: it is seen too badly.
    Nobody,
}

/// Finds whose the faces of one asset are. Answer `i` belongs to face `i`, and does not depend on the order of the faces but
/// in the numbers of new people.
pub fn place(known: &[(PersonId, Gallery)], faces: &[FaceTrack<'_>]) -> Vec<Placement> {
    let mut groups = Groups::new(known, faces);
    let mut open: Vec<usize> = (0..faces.len())
        .filter(|&face| faces.get(face).is_some_and(|it| it.person.is_none() && it.quality >= LEAST_QUALITY))
        .collect();
    open.sort_by(|&a, &b| order(faces.get(a), faces.get(b)));
    for part in open.chunks(PART_FACES) {
        groups.join(part.iter().filter_map(|&face| Some((face, faces.get(face)?))));
    }
    groups.placements(faces.len())
}

/// By time, then by look: an order that the faces themselves have.
fn order(a: Option<&FaceTrack<'_>>, b: Option<&FaceTrack<'_>>) -> std::cmp::Ordering {
    let look = |face: Option<&FaceTrack<'_>>| {
        face.map(|face| face.vector.iter().map(|value| value.to_bits()).collect::<Vec<_>>())
    };
    a.map(|face| face.span).cmp(&b.map(|face| face.span)).then_with(|| look(a).cmp(&look(b)))
}

/// Faces that are one person's.
struct Group {
    person: Option<PersonId>,
    /// `None` where nobody knows yet what the person looks like.
    gallery: Option<Gallery>,
    /// When its faces of this asset are seen, by start.
    spans: Vec<Span>,
    rejected: BTreeSet<PersonId>,
    faces: Vec<usize>,
}

impl Group {
    fn may_join(&self, other: &Self) -> bool {
        let is_rejected =
            |group: &Self, person: Option<PersonId>| person.is_some_and(|it| group.rejected.contains(&it));
        let are_known = self.person.is_some() && other.person.is_some();
        !are_known
            && !is_rejected(self, other.person)
            && !is_rejected(other, self.person)
            && !are_seen_together(&self.spans, &other.spans)
    }

    fn take(&mut self, other: Self) {
        self.gallery = match (self.gallery.take(), other.gallery) {
            (Some(here), Some(there)) => Some(here.with(&there)),
            (here, there) => here.or(there),
        };
        self.person = self.person.or(other.person);
        self.spans.extend(other.spans);
        self.spans.sort_unstable();
        self.rejected.extend(other.rejected);
        self.faces.extend(other.faces);
    }
}

fn are_seen_together(one: &[Span], two: &[Span]) -> bool {
    let (few, many) = if one.len() < two.len() { (one, two) } else { (two, one) };
    few.iter().any(|span| {
        // Faces that someone decided about may overlap, so that only the starts are in order.
        let before = many.partition_point(|other| other.start() < span.end());
        many.get(..before).unwrap_or_default().iter().rev().any(|other| other.overlaps(*span))
    })
}

#[derive(Default)]
struct Groups {
    /// `None` where the group went into another.
    groups: Vec<Option<Group>>,
}

impl Groups {
    /// Those who are known, with the faces of the asset that are theirs already.
    fn new(known: &[(PersonId, Gallery)], faces: &[FaceTrack<'_>]) -> Self {
        let empty = |person, gallery| Group {
            person: Some(person),
            gallery,
            spans: Vec::new(),
            rejected: BTreeSet::new(),
            faces: Vec::new(),
        };
        let mut groups: Vec<Group> =
            known.iter().map(|(person, gallery)| empty(*person, Some(gallery.clone()))).collect();
        let mut places: HashMap<PersonId, usize> =
            (0..).zip(known).map(|(place, (person, _))| (*person, place)).collect();
        let mut looks: HashMap<PersonId, Vec<&[f32]>> = HashMap::new();
        for (index, face) in faces.iter().enumerate() {
            let Some(person) = face.person else { continue };
            let place = *places.entry(person).or_insert(groups.len());
            if place == groups.len() {
                groups.push(empty(person, None));
            }
            if let Some(group) = groups.get_mut(place) {
                group.spans.push(face.span);
                group.faces.push(index);
                if group.gallery.is_none() && face.quality >= LEAST_QUALITY {
                    looks.entry(person).or_default().push(face.vector);
                }
            }
        }
        for group in &mut groups {
            group.spans.sort_unstable();
            if let Some(looks) = group.person.and_then(|person| looks.get(&person)) {
                group.gallery = Gallery::of(looks.iter().copied());
            }
        }
        Self { groups: groups.into_iter().map(Some).collect() }
    }

    /// Joins new faces with each other and with the groups there are; those are not joined with each other.
    fn join<'f>(&mut self, faces: impl Iterator<Item = (usize, &'f FaceTrack<'f>)>) {
        let first = self.groups.len();
        self.groups.extend(faces.map(|(index, face)| {
            Some(Group {
                person: None,
                gallery: Gallery::of([face.vector]),
                spans: vec![face.span],
                rejected: face.rejected.iter().copied().collect(),
                faces: vec![index],
            })
        }));
        let mut nearest: Vec<Option<(f32, usize)>> = (first..self.groups.len()).map(|one| self.nearest(one)).collect();
        loop {
            let pairs = (first..).zip(&nearest).filter_map(|(one, found)| found.map(|(far, two)| (far, one, two)));
            let closest = pairs.min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
            let Some((_, one, two)) = closest else { return };
            // The later goes into the earlier: into who is known, where one of them is.
            let (into, from) = (one.min(two), one.max(two));
            let Some(taken) = self.groups.get_mut(from).and_then(Option::take) else { return };
            if let Some(Some(group)) = self.groups.get_mut(into) {
                group.take(taken);
            }
            // By average linkage a joined group is nearer to nobody than the nearer of its parts was: who had another for
            // their nearest keeps it.
            for place in first..self.groups.len() {
                let Some(slot) = nearest.get_mut(place - first) else { continue };
                if place == from {
                    *slot = None;
                } else if place == into || slot.is_some_and(|(_, near)| near == into || near == from) {
                    *slot = self.nearest(place);
                }
            }
        }
    }

    /// The group that is most like this one, of those that it may be joined with.
    fn nearest(&self, place: usize) -> Option<(f32, usize)> {
        let group = self.groups.get(place)?.as_ref()?;
        let look = group.gallery.as_ref()?;
        let mut best: Option<(f32, usize)> = None;
        for (other, candidate) in self.groups.iter().enumerate() {
            let Some(candidate) = candidate.as_ref().filter(|_| other != place) else { continue };
            let Some(far) = candidate.gallery.as_ref().map(|gallery| gallery.squared_distance(look)) else { continue };
            let is_better = far <= SAME_PERSON * SAME_PERSON && best.is_none_or(|(least, _)| far < least);
            if is_better && group.may_join(candidate) {
                best = Some((far, other));
            }
        }
        best
    }

    fn placements(self, faces: usize) -> Vec<Placement> {
        let mut placements = vec![Placement::Nobody; faces];
        let mut new = 0;
        for group in self.groups.into_iter().flatten() {
            let placement = group.person.map_or(Placement::New(new), Placement::Known);
            if group.person.is_none() {
                new += 1;
            }
            for face in group.faces {
                if let Some(slot) = placements.get_mut(face) {
                    *slot = placement;
                }
            }
        }
        placements
    }
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
