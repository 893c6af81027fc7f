//! Joining boxes of one class over pictures into tracks.
//!
//! Pictures come seconds apart where little changes, so that a thing is known again by where it is and how large, not by
//! its own motion: of all pairs of a track and a new box that could be the same, the one that overlaps most is joined first. Where
//! the camera moves, a track is looked for where that brought it.

use reelgraph_models::observation::{BoundingBox, Track, TrackBox};
use reelgraph_models::time::{MediaTime, Span};

use super::camera::{Shift, moved};

/// Overlap (intersection over union) from which two boxes may be the same thing.
const LEAST_OVERLAP: f32 = 0.25;
/// How long a thing may be out of sight and still be the same one.
pub(super) const LONGEST_ABSENCE: MediaTime = MediaTime::from_millis(6_000);

/// A track that is being built: its boxes, and when the picture after its last one was.
struct Growing {
    boxes: Vec<TrackBox>,
    seen_until: MediaTime,
    /// How far the camera has moved since its last box.
    shift: Shift,
}

/// One picture: when it is shown, when the next one is, how far the camera moved what was shown in the one before, and the boxes.
pub(super) struct Shown {
    pub(super) at: MediaTime,
    pub(super) next: MediaTime,
    pub(super) shift: Shift,
    pub(super) boxes: Vec<(BoundingBox, f32)>,
}

/// Joins the boxes of consecutive pictures of one shot, in order. Tracks come out by their start; each lasts until the picture
/// that shows it no more.
pub(super) fn tracks(pictures: impl IntoIterator<Item = Shown>) -> Vec<Track> {
    let mut growing: Vec<Growing> = Vec::new();
    let mut done: Vec<Growing> = Vec::new();
    for Shown { at, next, shift, mut boxes } in pictures {
        for track in &mut growing {
            track.shift = (track.shift.0 + shift.0, track.shift.1 + shift.1);
        }
        let (kept, lost): (Vec<_>, Vec<_>) =
            growing.into_iter().partition(|track| at - track.seen_until <= LONGEST_ABSENCE);
        growing = kept;
        done.extend(lost);
        let mut is_joined = vec![false; growing.len()];
        while let Some((track, index)) = best_pair(&growing, &is_joined, &boxes) {
            let (bounds, confidence) = boxes.swap_remove(index);
            if let (Some(track), Some(joined)) = (growing.get_mut(track), is_joined.get_mut(track)) {
                track.boxes.push(TrackBox { at, bounds, confidence });
                track.seen_until = next;
                track.shift = (0.0, 0.0);
                *joined = true;
            }
        }
        let fresh = boxes.into_iter().map(|(bounds, confidence)| Growing {
            boxes: vec![TrackBox { at, bounds, confidence }],
            seen_until: next,
            shift: (0.0, 0.0),
        });
        growing.extend(fresh);
    }
    done.extend(growing);
    let mut tracks: Vec<Track> = done
        .into_iter()
        .filter_map(|track| {
            let first = track.boxes.first()?.at;
            Some(Track { span: Span::at_least_one_micro(first, track.seen_until), boxes: track.boxes })
        })
        .collect();
    tracks.sort_by_key(|track| track.span);
    tracks
}

/// The track that was not joined yet and the box that overlap most, if any do enough.
fn best_pair(growing: &[Growing], is_joined: &[bool], boxes: &[(BoundingBox, f32)]) -> Option<(usize, usize)> {
    let open = growing.iter().zip(is_joined).enumerate().filter(|(_, (_, joined))| !**joined);
    let pairs = open.flat_map(|(track, (growing, _))| {
        let last = growing.boxes.last().map(|last| moved(last.bounds, growing.shift));
        boxes.iter().enumerate().filter_map(move |(index, (bounds, _))| Some((last?.iou(*bounds), track, index)))
    });
    let best = pairs.filter(|(overlap, ..)| *overlap >= LEAST_OVERLAP).max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((best.1, best.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(left: f32) -> BoundingBox {
        BoundingBox { left, top: 0.2, right: left + 0.2, bottom: 0.8 }
    }

    fn picture(second: i64, boxes: &[f32]) -> Shown {
        moved_picture(second, 0.0, boxes)
    }

    fn moved_picture(second: i64, across: f32, boxes: &[f32]) -> Shown {
        let at = |second: i64| MediaTime::from_millis(second * 1_000);
        let boxes = boxes.iter().map(|left| (bounds(*left), 0.5 + left / 2.0)).collect();
        Shown { at: at(second), next: at(second + 1), shift: (across, 0.0), boxes }
    }

    #[test]
    fn what_the_camera_moves_stays_the_same_also_while_it_is_out_of_sight() {
        let pictures = [picture(0, &[0.1, 0.3]), moved_picture(1, 0.2, &[0.5]), moved_picture(2, 0.2, &[0.5, 0.7])];
        let mut lefts: Vec<Vec<f32>> =
            tracks(pictures).iter().map(|track| track.boxes.iter().map(|seen| seen.bounds.left).collect()).collect();
        lefts.sort_by_key(Vec::len);
        assert_eq!(lefts, [vec![0.1, 0.5], vec![0.3, 0.5, 0.7]]);
    }

    #[test]
    fn two_that_pass_side_by_side_stay_two() {
        let found = tracks([picture(0, &[0.1, 0.7]), picture(1, &[0.65, 0.15]), picture(2, &[0.2, 0.6])]);
        let lefts: Vec<Vec<f32>> =
            found.iter().map(|track| track.boxes.iter().map(|seen| seen.bounds.left).collect()).collect();
        assert_eq!(lefts, [vec![0.1, 0.15, 0.2], vec![0.7, 0.65, 0.6]]);
        assert_eq!(found[0].span.end(), MediaTime::from_millis(3_000));
        assert_eq!(found[1].best().map(|best| best.at), Some(MediaTime::ZERO), "the surest box stands for it");
    }

    #[test]
    fn what_is_away_for_long_or_jumps_is_another_one() {
        let found = tracks([picture(0, &[0.1]), picture(3, &[0.1]), picture(20, &[0.1]), picture(21, &[0.7])]);
        let spans: Vec<_> = found.iter().map(|track| (track.span.start().as_millis(), track.boxes.len())).collect();
        assert_eq!(spans, [(0, 2), (20_000, 1), (21_000, 1)]);
    }

    #[test]
    fn nothing_seen_makes_no_track() {
        assert!(tracks([picture(0, &[]), picture(1, &[])]).is_empty());
    }
}
