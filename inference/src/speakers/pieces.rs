//! Cuts regions of speech where the voice may change.

use reelgraph_models::time::{MediaTime, Span};

use super::cluster::likeness;
use super::encoder::{DIMS, Voice};
use super::turn::{VoiceWindow, VoicedRegion};

/// Windows from one to the next that it does not overlap: 1.6 s.
const APART: usize = 4;
/// A place is a cut where the voices before and after it are less alike than at all places within this many windows: 0.8 s.
const NEAR: usize = 2;
/// A window belongs to a piece that it sticks out of by this at most.
const SLACK: MediaTime = MediaTime::from_millis(300);

/// A part of a region in which one person speaks, as far as can be told before voices are compared over the asset.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) span: Span,
    pub(super) voice: Voice,
}

/// The pieces of a region, in order; none where nothing is known of its voices. There are rather too many than too few: those
/// of one voice find each other again.
pub(super) fn pieces(region: &VoicedRegion) -> Vec<Piece> {
    let cuts = cuts(&region.windows);
    let starts = std::iter::once(region.span.start()).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([region.span.end()]);
    let spans = starts.zip(ends).map(|(start, end)| Span::at_least_one_micro(start, end));
    spans.filter_map(|span| Some(Piece { span, voice: voice_of(span, &region.windows)? })).collect()
}

/// Where the voice may change.
fn cuts(windows: &[VoiceWindow]) -> Vec<MediaTime> {
    let places: Vec<(f32, MediaTime)> = windows
        .windows(APART + 1)
        .enumerate()
        .filter_map(|(at, touching)| {
            let (before, after) = (touching.first()?, touching.last()?);
            let left = mean(windows.get(at.saturating_sub(1)..=at)?.iter())?;
            let right = mean(windows.iter().skip(at + APART).take(2))?;
            Some((likeness(&left, &right), middle(before.span.end(), after.span.start())))
        })
        .collect();
    let is_least = |at: usize, value: f32| {
        let near = places.iter().skip(at.saturating_sub(NEAR)).take(at.min(NEAR) + 1 + NEAR);
        near.into_iter().all(|other| value <= other.0)
    };
    places.iter().enumerate().filter(|(at, (value, _))| is_least(*at, *value)).map(|(_, (_, time))| *time).collect()
}

/// The mean of the windows that lie in a piece; where none does, of the one that lies nearest.
fn voice_of(span: Span, windows: &[VoiceWindow]) -> Option<Voice> {
    let lies_in =
        |window: &&VoiceWindow| window.span.start() + SLACK >= span.start() && window.span.end() <= span.end() + SLACK;
    let middle = middle(span.start(), span.end());
    let nearest = || windows.iter().min_by_key(|window| (window.middle() - middle).as_micros().abs());
    mean(windows.iter().filter(lies_in)).or_else(|| nearest().map(|window| window.voice))
}

fn middle(one: MediaTime, other: MediaTime) -> MediaTime {
    MediaTime::from_micros(i64::midpoint(one.as_micros(), other.as_micros()))
}

fn mean<'w>(windows: impl Iterator<Item = &'w VoiceWindow>) -> Option<Voice> {
    let mut sum = [0.0; DIMS];
    windows.for_each(|window| sum.iter_mut().zip(&window.voice).for_each(|(sum, value)| *sum += value));
    of_length_one(sum)
}

/// The voice of that direction; `None` for one that is nothing.
pub(super) fn of_length_one(sum: Voice) -> Option<Voice> {
    let length = likeness(&sum, &sum).sqrt();
    (length > 0.0).then(|| sum.map(|value| value / length))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{region, voice};
    use super::*;

    /// The ends of the pieces in milliseconds, and where their voices lie.
    fn found(region: &VoicedRegion) -> Vec<(i64, i64)> {
        let degrees = |voice: &Voice| voice[1].atan2(voice[0]).to_degrees().round() as i64;
        pieces(region).iter().map(|piece| (piece.span.end().as_millis(), degrees(&piece.voice))).collect()
    }

    #[test]
    fn a_region_is_cut_where_the_voice_changes() {
        let pieces = found(&region(0, &[(0.0, 6_000), (80.0, 6_000)]));
        let change = pieces.iter().position(|(_, degrees)| *degrees > 60).and_then(|at| pieces.get(at - 1));
        assert!(change.is_some_and(|(end, degrees)| (5_600..=6_400).contains(end) && *degrees < 20), "{pieces:?}");
        assert_eq!(pieces.last().map(|piece| piece.0), Some(12_000));
    }

    #[test]
    fn what_is_too_short_to_change_is_one_piece() {
        assert_eq!(found(&region(0, &[(30.0, 900)])), [(900, 30)]);
        assert_eq!(found(&region(0, &[(30.0, 2_000)])), [(2_000, 30)]);
        assert_eq!(found(&VoicedRegion { windows: Vec::new(), ..region(0, &[(0.0, 300)]) }), []);
    }

    #[test]
    fn nothing_has_no_direction() {
        assert_eq!(of_length_one([0.0; 256]), None);
        assert_eq!(of_length_one(voice(0.0).map(|value| value * 3.0)), Some(voice(0.0)));
    }
}
