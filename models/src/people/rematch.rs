//! Knows faces and voices of an asset again when it has been analysed once more.
//!
//! An analysis makes new rows of the same pictures and sounds. What was known of a face before goes on to the face that is
//! seen at the same time and looks the same; where another model describes faces, to the one in the same place.

use crate::embedding::EmbeddingSpace;
use crate::observation::{BoundingBox, TrackBox};
use crate::time::{MediaTime, Span};

/// Share of the shorter of two faces, or voices, that both must have in common.
const SHARED_TIME: f64 = 0.5;
/// Greatest distance of vectors of one face: dlib's bound, since time vouches for it as well.
const SAME_FACE: f32 = 0.6;
/// Least overlap (intersection over union) of boxes of one face.
const SAME_PLACE: f32 = 0.3;

/// A face as it was known.
#[derive(Debug, Clone, Copy)]
pub struct Remembered<'f> {
    /// When it was seen.
    pub span: Span,
    /// When it was seen best.
    pub at: MediaTime,
    /// Where, then.
    pub bounds: BoundingBox,
    /// Name and version of the space of its vector.
    pub space: (&'f str, &'f str),
    /// What it looked like.
    pub vector: &'f [f32],
}

/// A face as it is seen now.
#[derive(Debug, Clone, Copy)]
pub struct Reseen<'f> {
    /// When it is seen.
    pub span: Span,
    /// Where, by time.
    pub boxes: &'f [TrackBox],
    /// The space of its vector.
    pub space: &'f EmbeddingSpace,
    /// What it looks like.
    pub vector: &'f [f32],
}

/// Which remembered face a face is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    /// Which.
    pub from: usize,
    /// Whether it is that face; else it is a part of it that is now seen by itself.
    pub is_same: bool,
}

/// Finds which faces are known from before. Answer `i` belongs to face `i` of `now`. Of faces that are seen at the same time,
/// one at most is each of those before.
pub fn carry_over(before: &[Remembered<'_>], now: &[Reseen<'_>]) -> Vec<Option<Carried>> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (old, remembered) in before.iter().enumerate() {
        for (new, reseen) in now.iter().enumerate() {
            pairs.extend(likeness(remembered, reseen).map(|likeness| (likeness, old, new)));
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut carried: Vec<Option<Carried>> = vec![None; now.len()];
    let mut taken: Vec<Vec<Span>> = vec![Vec::new(); before.len()];
    for (_, old, new) in pairs {
        let (Some(slot), Some(spans), Some(reseen)) = (carried.get_mut(new), taken.get_mut(old), now.get(new)) else {
            continue;
        };
        if slot.is_none() && !spans.iter().any(|span| span.overlaps(reseen.span)) {
            *slot = Some(Carried { from: old, is_same: spans.is_empty() });
            spans.push(reseen.span);
        }
    }
    carried
}

/// How much the two are one face; `None` where they are not.
fn likeness(old: &Remembered<'_>, new: &Reseen<'_>) -> Option<f32> {
    let shared = old.span.intersection(new.span)?.duration().as_seconds_f64();
    let shorter = old.span.duration().min(new.span.duration()).as_seconds_f64();
    let share = shared / shorter;
    if share < SHARED_TIME {
        return None;
    }
    if old.space == (new.space.name.as_str(), new.space.version.as_str()) && old.vector.len() == new.vector.len() {
        let squares: f32 = old.vector.iter().zip(new.vector).map(|(a, b)| (a - b).powi(2)).sum();
        let far = squares.sqrt();
        return (far <= SAME_FACE).then_some(share as f32 + 1.0 - far);
    }
    let nearest = new.boxes.iter().min_by_key(|seen| (seen.at - old.at).as_micros().abs())?;
    let overlap = nearest.bounds.iou(old.bounds);
    (overlap >= SAME_PLACE).then_some(share as f32 + overlap)
}

/// Finds which voices are known from before, by when they speak. Answer `i` belongs to voice `i` of `now`; each of those before
/// is one at most.
pub fn carry_over_turns(before: &[&[Span]], now: &[&[Span]]) -> Vec<Option<usize>> {
    let mut pairs: Vec<(MediaTime, usize, usize)> = Vec::new();
    for (old, remembered) in before.iter().enumerate() {
        for (new, heard) in now.iter().enumerate() {
            let shared = shared_time(remembered, heard);
            let shorter = total(remembered).min(total(heard)).as_seconds_f64();
            if shared > MediaTime::ZERO && shared.as_seconds_f64() >= SHARED_TIME * shorter {
                pairs.push((shared, old, new));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut carried: Vec<Option<usize>> = vec![None; now.len()];
    for (_, old, new) in pairs {
        let is_taken = carried.contains(&Some(old));
        if let Some(slot) = carried.get_mut(new).filter(|slot| slot.is_none() && !is_taken) {
            *slot = Some(old);
        }
    }
    carried
}

fn total(turns: &[Span]) -> MediaTime {
    turns.iter().fold(MediaTime::ZERO, |sum, turn| sum + turn.duration())
}

/// How long both speak, as each has its turns in order.
fn shared_time(one: &[Span], two: &[Span]) -> MediaTime {
    let parts = one.iter().flat_map(|turn| {
        let first = two.partition_point(|other| other.end() <= turn.start());
        let within = two.iter().skip(first).take_while(|other| other.start() < turn.end());
        within.filter_map(|other| other.intersection(*turn))
    });
    parts.fold(MediaTime::ZERO, |sum, part| sum + part.duration())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(end))
    }

    fn bounds(left: f32) -> BoundingBox {
        BoundingBox { left, top: 0.2, right: left + 0.2, bottom: 0.5 }
    }

    fn space(version: &str) -> EmbeddingSpace {
        EmbeddingSpace { name: "faces".to_owned(), version: version.to_owned(), dims: 2 }
    }

    fn before(at: Span, left: f32, vector: &[f32]) -> Remembered<'_> {
        Remembered { span: at, at: at.start(), bounds: bounds(left), space: ("faces", "1"), vector }
    }

    #[test]
    fn a_face_is_known_again_by_its_time_and_its_look() {
        let old = [before(span(0, 2_000), 0.1, &[1.0, 0.0]), before(span(0, 2_000), 0.6, &[0.0, 1.0])];
        let space = space("1");
        let now = |at, vector| Reseen { span: at, boxes: &[], space: &space, vector };
        let seen = [
            now(span(40, 1_960), &[0.1, 0.9]),
            now(span(40, 1_960), &[0.9, 0.1]),
            now(span(5_000, 6_000), &[1.0, 0.0]),
            now(span(0, 2_000), &[-1.0, 0.0]),
        ];
        let same = |from| Some(Carried { from, is_same: true });
        assert_eq!(carry_over(&old, &seen), [same(1), same(0), None, None]);
    }

    #[test]
    fn of_a_face_that_falls_apart_every_part_is_known_and_one_stays_the_face() {
        let old = [before(span(0, 4_000), 0.1, &[1.0, 0.0])];
        let space = space("1");
        let now = |at| Reseen { span: at, boxes: &[], space: &space, vector: &[1.0, 0.0] };
        let seen = [now(span(0, 1_000)), now(span(1_500, 4_000)), now(span(500, 3_000))];
        let found = carry_over(&old, &seen);
        let same = found.iter().flatten().filter(|carried| carried.is_same).count();
        assert_eq!((same, found.iter().flatten().count()), (1, 2), "{found:?}");
    }

    #[test]
    fn another_model_knows_a_face_by_its_place() {
        let old = [before(span(0, 2_000), 0.1, &[1.0, 0.0]), before(span(0, 2_000), 0.6, &[1.0, 0.0])];
        let boxes = |left| [TrackBox { at: MediaTime::from_millis(30), bounds: bounds(left), confidence: 1.0 }];
        let (left, right, space) = (boxes(0.12), boxes(0.58), space("2"));
        let now = |boxes| Reseen { span: span(0, 2_000), boxes, space: &space, vector: &[0.0, 1.0] };
        let found = carry_over(&old, &[now(right.as_slice()), now(left.as_slice())]);
        assert_eq!(found.iter().map(|it| it.map(|it| it.from)).collect::<Vec<_>>(), [Some(1), Some(0)]);
    }

    #[test]
    fn a_voice_is_known_again_by_when_it_speaks() {
        let (ada, bob) = ([span(0, 2_000), span(6_000, 8_000)], [span(2_500, 5_000)]);
        let now: [&[Span]; 3] = [&[span(2_600, 5_100)], &[span(0, 1_900), span(6_100, 8_000)], &[span(9_000, 9_500)]];
        assert_eq!(carry_over_turns(&[&ada, &bob], &now), [Some(1), Some(0), None]);
    }
}
