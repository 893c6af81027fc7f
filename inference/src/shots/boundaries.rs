//! From scores to boundaries: which changes are cuts, which are gradual, and how far those reach.

use std::ops::Range;

use super::detector::FrameScore;
use super::fades::fades;

/// Above this a frame belongs to a transition, once something else says that there is one.
const TRANSITION_FLOOR: f32 = 0.2;
/// Above this it belongs to one more likely than not, which is enough where there are …
const TRANSITION_SURE: f32 = 0.5;
/// … so many in a row; a third of a second of film.
const LONG_FRAMES: usize = 8;
/// What the network calls a transition of fewer frames is a cut: an extent that short cannot be told from its blur.
const SHORT_FRAMES: usize = 4;
/// A step this many times as large as any near it is a cut, whatever the network says of the frames around it. On films with
/// known transitions cuts have 4 and more, gradual ones at most 1.9.
const CUT_RATIO: f32 = 2.5;
/// Frames before and behind a step that it is compared with, and the noise of their difference, levels of 255.
const NEAR_FRAMES: usize = 5;
const NOISE_LEVELS: f32 = 0.5;
/// Pure frames between two parts of one transition: few anyway, more where they show one colour, as between two fades.
const PART_GAP: usize = 3;
const PLAIN_GAP: usize = 12;
/// Frames at the edge of a transition within which a cut is part of it.
const EDGE_FRAMES: usize = 3;

/// One place where a shot gives way to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// 0-based index of the first frame of the new shot; at least 1. In a gradual transition its middle, or the cut at its edge:
    /// a fade may end in a cut, or follow one.
    pub frame: usize,
    /// The highest probability of a cut, or of a transition where there is no single cut, `0..=1`. What the pixels show and the
    /// network does not see has a low one.
    pub probability: f32,
    /// From the first mixed frame to the first pure one, where one shot goes over into the next.
    pub gradual: Option<Range<usize>>,
}

/// The boundaries in the scores of a whole video and the wipes that were seen in it, in order.
///
/// A run of frames whose cut probability exceeds `threshold` is a cut behind its most probable frame, if the picture makes
/// its one large step there or the transition around it is only a few frames long; else it is the middle of a gradual
/// transition. That reaches as far as the network sees mixed frames. Long transitions without such a run, fades of the whole
/// picture and wipes are gradual too. What lies before the first picture or reaches the last frame ends no shot.
pub fn boundaries(scores: &[FrameScore], wipes: &[Range<usize>], threshold: f32) -> Vec<Boundary> {
    let last_frame = scores.len().saturating_sub(1);
    let mut cuts = Vec::new();
    let mut middles = Vec::new();
    for run in runs(scores, |score| score.cut > threshold) {
        let Some((frame, probability)) = peak(scores, run, |score| score.cut) else { continue };
        if frame >= last_frame {
            continue;
        }
        if is_step(scores, frame + 1) || mixed_around(scores, frame).len() < SHORT_FRAMES {
            cuts.push(Boundary { frame: frame + 1, probability, gradual: None });
        } else {
            middles.push(frame);
        }
    }
    let mut found = cuts;
    for span in joined(transitions(scores, wipes, &found, &middles), scores, &found) {
        let edge = span.start.saturating_sub(EDGE_FRAMES)..=span.end + EDGE_FRAMES;
        if let Some(cut) = found.iter_mut().find(|cut| cut.gradual.is_none() && edge.contains(&cut.frame)) {
            cut.gradual = Some(span);
        } else {
            let frame = span.start + span.len() / 2;
            let probability = peak(scores, span.clone(), |score| score.cut.max(score.transition));
            let probability = probability.map_or(0.0, |(_, probability)| probability);
            found.push(Boundary { frame, probability, gradual: Some(span) });
        }
    }
    found.sort_by_key(|boundary| boundary.frame);
    found.dedup_by_key(|boundary| boundary.frame);
    found
}

/// Stretches of mixed frames, from every source, in order; they may overlap.
fn transitions(
    scores: &[FrameScore],
    wipes: &[Range<usize>],
    cuts: &[Boundary],
    middles: &[usize],
) -> Vec<Range<usize>> {
    let is_cut = |frame: usize| cuts.iter().any(|cut| cut.frame == frame || cut.frame == frame + 1);
    let is_mixed = |(frame, score): (usize, &FrameScore)| score.transition > TRANSITION_FLOOR && !is_cut(frame);
    let mixed: Vec<bool> = scores.iter().enumerate().map(is_mixed).collect();
    let by_network = runs(&mixed, |is_mixed| *is_mixed).filter(|run| {
        let has_middle = middles.iter().any(|middle| run.contains(middle));
        let sure = peak(scores, run.clone(), |score| score.transition).is_some_and(|(_, most)| most > TRANSITION_SURE);
        has_middle || (sure && run.len() >= LONG_FRAMES)
    });
    let has_cut = |span: &Range<usize>| {
        cuts.iter().any(|cut| cut.frame > span.start + EDGE_FRAMES && cut.frame + EDGE_FRAMES < span.end)
    };
    let by_pixels = fades(scores).into_iter().chain(wipes.iter().cloned()).filter(|span| !has_cut(span));
    let leader = scores.iter().take_while(|score| score.signal.is_black()).count();
    let mut all: Vec<Range<usize>> = by_network.chain(by_pixels).collect();
    all.retain(|span| span.start > leader && span.end < scores.len());
    all.sort_by_key(|span| (span.start, span.end));
    all
}

/// Parts of one transition joined to one; parts with a cut between them stay apart.
fn joined(parts: Vec<Range<usize>>, scores: &[FrameScore], cuts: &[Boundary]) -> Vec<Range<usize>> {
    let mut whole: Vec<Range<usize>> = Vec::with_capacity(parts.len());
    for part in parts {
        match whole.last_mut() {
            Some(last) if is_one_transition(last, &part, scores) && !has_cut_between(last, &part, cuts) => {
                last.end = last.end.max(part.end);
            }
            last => {
                let start = last.map_or(part.start, |last| part.start.max(last.end));
                whole.extend((start < part.end).then_some(start..part.end));
            }
        }
    }
    whole
}

fn is_one_transition(first: &Range<usize>, second: &Range<usize>, scores: &[FrameScore]) -> bool {
    let between = || scores.get(first.end + 1..second.start.saturating_sub(1)).unwrap_or_default();
    let gap = second.start.saturating_sub(first.end);
    gap <= PART_GAP || (gap <= PLAIN_GAP && between().iter().all(|score| score.signal.is_plain()))
}

fn has_cut_between(first: &Range<usize>, second: &Range<usize>, cuts: &[Boundary]) -> bool {
    cuts.iter().any(|cut| cut.frame + 2 >= first.end && cut.frame <= second.start + 2)
}

/// Whether the picture makes its one large step with this frame.
fn is_step(scores: &[FrameScore], frame: usize) -> bool {
    let change = |frame: usize| scores.get(frame).map_or(0.0, |score| score.signal.change);
    let near = (frame.saturating_sub(NEAR_FRAMES)..frame).chain(frame + 1..=frame + NEAR_FRAMES).map(change);
    change(frame) >= CUT_RATIO * (near.fold(0.0, f32::max) + NOISE_LEVELS)
}

/// The frames around this one that the network takes for mixed.
fn mixed_around(scores: &[FrameScore], frame: usize) -> Range<usize> {
    let is_mixed = |score: &&FrameScore| score.transition > TRANSITION_FLOOR;
    let before = scores.get(..frame).unwrap_or_default().iter().rev().take_while(is_mixed).count();
    let behind = scores.get(frame + 1..).unwrap_or_default().iter().take_while(is_mixed).count();
    frame - before..frame + behind + 1
}

/// The longest ranges of items that all fulfil `condition`, in order.
fn runs<T>(items: &[T], condition: impl Fn(&T) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next + items.get(next..)?.iter().position(&condition)?;
        let length = items.get(start..)?.iter().take_while(|item| condition(item)).count();
        next = start + length;
        Some(start..next)
    })
}

/// The first frame of `run` with the highest value, and that value.
fn peak(scores: &[FrameScore], run: Range<usize>, value: impl Fn(&FrameScore) -> f32) -> Option<(usize, f32)> {
    let frames = scores.get(run.clone())?.iter().map(value);
    run.zip(frames).reduce(|best, next| if next.1 > best.1 { next } else { best })
}
