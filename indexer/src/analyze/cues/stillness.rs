//! Pictures that stand still: each is compared with the one with which the standstill began, so that slow motion is none.

use reelgraph_models::time::{MediaTime, Span};

/// The shortest standstill.
const SHORTEST: MediaTime = MediaTime::from_millis(2_000);
/// What a coder may change in a still picture at 48×27: on average and in one sample, levels of 255.
const MEAN_LEVELS: f32 = 0.5;
const SAMPLE_LEVELS: u8 = 8;

/// Follows a stream of frames; holds one of them.
#[derive(Debug, Default)]
pub(super) struct Stillness {
    first: Option<(MediaTime, Vec<u8>)>,
    frames: u32,
    found: Vec<Span>,
}

impl Stillness {
    pub(super) fn push(&mut self, at: MediaTime, rgb: &[u8]) {
        if self.first.as_ref().is_some_and(|(_, first)| is_same(first, rgb)) {
            self.frames += 1;
            return;
        }
        self.close(at);
        match &mut self.first {
            Some((start, first)) => {
                *start = at;
                first.clear();
                first.extend_from_slice(rgb);
            }
            None => self.first = Some((at, rgb.to_vec())),
        }
        self.frames = 1;
    }

    /// Ends at `end`; all standstills, in order.
    pub(super) fn finish(&mut self, end: MediaTime) -> Vec<Span> {
        self.close(end);
        self.first = None;
        std::mem::take(&mut self.found)
    }

    /// A single frame that is shown for long is how slides are coded, and stands for nothing.
    fn close(&mut self, end: MediaTime) {
        if let Some((start, _)) = &self.first
            && let Ok(span) = Span::new(*start, end)
            && self.frames > 1
            && span.duration() >= SHORTEST
        {
            self.found.push(span);
        }
    }
}

fn is_same(first: &[u8], second: &[u8]) -> bool {
    if first.len() != second.len() {
        return false;
    }
    let (mut total, mut most) = (0u32, 0);
    for (a, b) in first.iter().zip(second) {
        let difference = a.abs_diff(*b);
        total += u32::from(difference);
        most = most.max(difference);
    }
    most <= SAMPLE_LEVELS && total as f32 <= MEAN_LEVELS * first.len() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::span;

    fn found(levels: impl IntoIterator<Item = u8>) -> Vec<Span> {
        let mut stillness = Stillness::default();
        let mut at = MediaTime::ZERO;
        for level in levels {
            stillness.push(at, &[level; 300]);
            at = at + MediaTime::from_millis(500);
        }
        stillness.finish(at)
    }

    #[test]
    fn a_picture_that_stands_for_two_seconds_is_found() {
        assert_eq!(found([10, 50, 50, 50, 50, 90, 90, 90]), [span(500, 2_500)]);
        assert_eq!(found([70; 8]), [span(0, 4_000)]);
    }

    #[test]
    fn a_slow_change_and_a_single_frame_are_none() {
        assert_eq!(found((0..20).map(|step| step * 2)), []);
        let mut single = Stillness::default();
        single.push(MediaTime::ZERO, &[1; 300]);
        assert_eq!(single.finish(MediaTime::from_millis(60_000)), []);
    }
}
