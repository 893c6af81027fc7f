//! From shots to scenes: a scene goes on as long as some shot of it links to one that is still to come.

use reelgraph_models::time::{MediaTime, Span};

use super::look::Look;

/// Shots that look so alike are linked.
const LINKED: f32 = 0.72;
/// Where a dissolve or a fade opens the later one, they must be more alike: it says that time has passed.
const LINKED_OVER_TRANSITION: f32 = 0.85;
/// How far ahead a shot may be to be linked: in shots and in time.
const WINDOW_SHOTS: usize = 8;
const WINDOW: MediaTime = MediaTime::from_millis(60_000);
/// Speech that goes on for this long before and behind a cut holds its shots together.
const HELD_BY_SPEECH: MediaTime = MediaTime::from_millis(300);
/// What is shorter belongs to the neighbour that it is more like.
const SHORTEST: MediaTime = MediaTime::from_millis(5_000);

/// The parameters as provenance tells them.
pub(super) fn parameters() -> String {
    format!("linked={LINKED},shortest_ms={},window_shots={WINDOW_SHOTS}", SHORTEST.as_millis())
}

/// One scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LinkedScene {
    /// From its first shot to its last.
    pub(super) span: Span,
    /// How many shots it has.
    pub(super) shots: u32,
    /// How unlike the shots before its beginning those behind it are, `0..=1`; 1 for the first.
    pub(super) distinctness: f32,
}

/// The scenes of shots in time order, each with its looks; nothing without shots.
pub(super) fn scenes(shots: &[Span], looks: &[Vec<Look>], speech: &[Span], transitions: &[Span]) -> Vec<LinkedScene> {
    let seams: Vec<Seam> = (1..shots.len()).map(|right| seam(right, shots, looks, speech, transitions)).collect();
    let mut found: Vec<LinkedScene> = Vec::new();
    for (index, shot) in shots.iter().enumerate() {
        let seam = index.checked_sub(1).and_then(|seam| seams.get(seam));
        match (found.last_mut(), seam) {
            (Some(last), Some(seam)) if seam.is_linked => {
                last.span = last.span.hull(*shot);
                last.shots += 1;
            }
            _ => found.push(LinkedScene {
                span: *shot,
                shots: 1,
                distinctness: seam.map_or(1.0, |seam| 1.0 - seam.likeness),
            }),
        }
    }
    absorb_short(found)
}

/// Between two neighbouring shots.
struct Seam {
    is_linked: bool,
    /// The most that a shot before is like one behind, `0..=1`.
    likeness: f32,
}

fn seam(right: usize, shots: &[Span], looks: &[Vec<Look>], speech: &[Span], transitions: &[Span]) -> Seam {
    let Some(cut) = shots.get(right).map(|shot| shot.start()) else { return Seam { is_linked: false, likeness: 0.0 } };
    let is_held = speech.iter().any(|said| said.start() + HELD_BY_SPEECH <= cut && cut + HELD_BY_SPEECH <= said.end());
    let over = transitions.iter().any(|mixed| mixed.start() <= cut && cut <= mixed.end());
    let needed = if over { LINKED_OVER_TRANSITION } else { LINKED };
    let mut likeness = 0.0f32;
    for before in right.saturating_sub(WINDOW_SHOTS)..right {
        for behind in right..(before + WINDOW_SHOTS + 1).min(shots.len()) {
            let (Some(first), Some(second)) = (shots.get(before), shots.get(behind)) else { continue };
            if second.start() - first.end() <= WINDOW {
                let (first, second) = (looks.get(before), looks.get(behind));
                likeness = likeness.max(likest(first.map_or(&[], Vec::as_slice), second.map_or(&[], Vec::as_slice)));
            }
        }
    }
    Seam { is_linked: is_held || likeness >= needed, likeness }
}

/// The highest similarity of any two looks; 0 where one side has none.
fn likest(first: &[Look], second: &[Look]) -> f32 {
    let pairs = first.iter().flat_map(|a| second.iter().map(move |b| a.similarity(b)));
    pairs.fold(0.0, f32::max)
}

/// Joins what is too short to the side that it differs from less.
fn absorb_short(mut scenes: Vec<LinkedScene>) -> Vec<LinkedScene> {
    let is_short = |scene: &LinkedScene| scene.span.duration() < SHORTEST;
    while scenes.len() > 1 {
        let Some((index, short)) = scenes.iter().copied().enumerate().find(|(_, scene)| is_short(scene)) else { break };
        let behind = scenes.get(index + 1).map(|next| next.distinctness);
        let is_with_next = index == 0 || behind.is_some_and(|behind| behind < short.distinctness);
        let into = if is_with_next { index + 1 } else { index - 1 };
        if let Some(scene) = scenes.get_mut(into) {
            scene.span = scene.span.hull(short.span);
            scene.shots += short.shots;
            scene.distinctness = if is_with_next { short.distinctness } else { scene.distinctness };
        }
        scenes.remove(index);
    }
    scenes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    /// A frame of that grey with a pattern of its own.
    fn look(seed: u8) -> Vec<Look> {
        let pixel = |index: usize| {
            if (index / 7 + usize::from(seed)).is_multiple_of(2 + usize::from(seed)) { seed * 40 } else { 200 }
        };
        vec![Look::of(
            &(0..48 * 27).flat_map(|index| [pixel(index), seed.wrapping_mul(90), pixel(index) / 2]).collect::<Vec<_>>(),
        )]
    }

    /// Shots of four seconds.
    fn shots(count: i64) -> Vec<Span> {
        (0..count).map(|index| span(index * 4_000, (index + 1) * 4_000)).collect()
    }

    fn sizes(scenes: &[LinkedScene]) -> Vec<u32> {
        scenes.iter().map(|scene| scene.shots).collect()
    }

    #[test]
    fn a_conversation_is_one_scene_and_another_place_the_next() {
        let looks = [1, 2, 1, 2, 1, 4, 5, 4, 5].map(look);
        let found = scenes(&shots(9), &looks, &[], &[]);
        assert_eq!(sizes(&found), [5, 4], "{found:?}");
        assert_eq!(found.iter().map(|scene| scene.span).collect::<Vec<_>>(), [span(0, 20_000), span(20_000, 36_000)]);
        assert!(found.iter().all(|scene| scene.distinctness > 0.28), "{found:?}");
    }

    #[test]
    fn speech_over_a_cut_holds_what_looks_different() {
        let looks = [1, 1, 5, 5].map(look);
        assert_eq!(sizes(&scenes(&shots(4), &looks, &[], &[])), [2, 2]);
        assert_eq!(sizes(&scenes(&shots(4), &looks, &[span(6_000, 10_000)], &[])), [4]);
        assert_eq!(sizes(&scenes(&shots(4), &looks, &[span(6_000, 8_100)], &[])), [2, 2], "it ends with the cut");
    }

    #[test]
    fn a_shot_too_short_for_a_scene_joins_a_neighbour() {
        let spans = [span(0, 20_000), span(20_000, 21_000), span(21_000, 40_000)];
        let found = scenes(&spans, &[look(1), look(5), look(3)], &[], &[]);
        assert_eq!(found.iter().map(|scene| scene.shots).sum::<u32>(), 3);
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn one_shot_is_one_scene_and_none_is_none() {
        assert_eq!(sizes(&scenes(&shots(1), &[Vec::new()], &[], &[])), [1]);
        assert_eq!(scenes(&[], &[], &[], &[]), []);
    }
}
