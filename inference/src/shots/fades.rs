//! Fades into and out of one colour, mostly black, which the network misses where they are slow or end in a cut.

use std::ops::Range;

use super::detector::FrameScore;

/// Frames of the shortest fade, and the contrast that it must have had, levels of 255.
const MIN_FRAMES: usize = 6;
const MIN_CONTRAST: f32 = 5.0;
/// Contrast that is noise, and contrast that is near enough to none for the slope not to matter.
const NOISE: f32 = 0.05;
const NEARLY_PLAIN: f32 = 3.0;

/// Stretches in which contrast falls steadily to nothing or rises from it, each from its first mixed frame to the first pure
/// one, in order.
pub(super) fn fades(scores: &[FrameScore]) -> Vec<Range<usize>> {
    let contrast: Vec<f32> = scores.iter().map(|score| score.signal.contrast).collect();
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(plain) = next_plain(scores, next) {
        next = plain.end;
        let before = contrast.get(..plain.start).unwrap_or_default().iter().rev();
        let first = contrast.get(plain.start).copied().unwrap_or_default();
        let start = plain.start - steady_rise(first, before.copied());
        if is_fade(plain.start - start, contrast.get(start)) {
            found.push(start..plain.start);
        }
        let behind = contrast.get(plain.end..).unwrap_or_default().iter();
        let last = contrast.get(plain.end - 1).copied().unwrap_or_default();
        let end = plain.end + steady_rise(last, behind.copied());
        if is_fade(end - plain.end, contrast.get(end - 1)) {
            found.push(plain.end..end - 1);
        }
    }
    found
}

fn is_fade(frames: usize, contrast: Option<&f32>) -> bool {
    frames >= MIN_FRAMES && contrast.is_some_and(|contrast| *contrast > MIN_CONTRAST)
}

/// The next run of plain frames at or behind `from`.
fn next_plain(scores: &[FrameScore], from: usize) -> Option<Range<usize>> {
    let rest = scores.get(from..)?;
    let start = from + rest.iter().position(|score| score.signal.is_plain())?;
    let length = scores.get(start..)?.iter().take_while(|score| score.signal.is_plain()).count();
    Some(start..start + length)
}

/// How many of `values` go on rising from `from`.
fn steady_rise(from: f32, values: impl Iterator<Item = f32>) -> usize {
    let mut last = from;
    values
        .take_while(|value| {
            let rises = *value > last + NOISE || (*value >= last - NOISE && *value < NEARLY_PLAIN);
            last = *value;
            rises
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::super::signal::FrameSignal;
    use super::*;

    fn scores(contrast: impl IntoIterator<Item = f32>) -> Vec<FrameScore> {
        let signal = |contrast| FrameSignal { change: 0.0, brightness: contrast, contrast };
        contrast.into_iter().map(|contrast| FrameScore { signal: signal(contrast), ..FrameScore::default() }).collect()
    }

    #[test]
    fn a_film_that_goes_dark_and_comes_back_has_two_fades() {
        let down = (0..10).map(|step| 50.0 - 5.0 * step as f32);
        let up = (1..=10).map(|step| 4.0 * step as f32);
        let film = [50.0; 5].into_iter().chain(down).chain([0.0; 20]).chain(up).chain([40.0; 5]);
        assert_eq!(fades(&scores(film)), [5..15, 35..44]);
    }

    #[test]
    fn a_cut_to_black_and_a_flicker_near_black_are_none() {
        assert!(fades(&scores([50.0; 10].into_iter().chain([0.0; 10]).chain([50.0; 10]))).is_empty());
        assert!(fades(&scores([0.5, 2.0, 2.5, 2.8, 2.9, 2.0, 1.0, 0.5, 0.2])).is_empty());
    }
}
