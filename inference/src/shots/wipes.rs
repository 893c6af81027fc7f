//! Wipes: the picture is replaced block by block, each block once, until none of the old one is left.

use std::ops::Range;

use super::signal::BLOCKS;

/// Blocks that may jump in a frame in which nothing happens.
const QUIET_BLOCKS: u32 = 2;
/// Quiet frames that end a change.
const QUIET_FRAMES: usize = 2;
/// Frames of a wipe: from a fifth of a second to two and a half.
const WIPE_FRAMES: Range<usize> = 5..61;
/// Share of the blocks that must have jumped in the end.
const MIN_REPLACED: f32 = 0.85;
/// How often a block may jump on average: the edge takes a few frames to cross it. Motion makes blocks jump again and again.
const MAX_JUMPS_EACH: f32 = 2.5;
/// Share of the blocks that may jump in one frame; a cut has them all.
const MAX_AT_ONCE: f32 = 0.5;

/// Finds wipes while the blocks go by; holds what it has found and one change that is under way.
#[derive(Debug, Default)]
pub(super) struct WipeWatch {
    frame: usize,
    change: Option<Change>,
    found: Vec<Range<usize>>,
}

/// Consecutive frames in which blocks jump.
#[derive(Debug)]
struct Change {
    start: usize,
    /// Behind the last frame in which blocks jumped.
    end: usize,
    jumped: u128,
    jumps: u32,
    most: u32,
}

impl WipeWatch {
    /// Takes the blocks that jumped in the next frame, a bit each.
    pub(super) fn push(&mut self, jumped: u128) {
        let (frame, count) = (self.frame, jumped.count_ones());
        self.frame += 1;
        if count > QUIET_BLOCKS {
            let change = self.change.get_or_insert(Change { start: frame, end: frame, jumped: 0, jumps: 0, most: 0 });
            change.end = frame + 1;
            change.jumped |= jumped;
            change.jumps += count;
            change.most = change.most.max(count);
        } else if self.change.as_ref().is_some_and(|change| frame + 1 - change.end >= QUIET_FRAMES) {
            self.close();
        }
    }

    /// The wipes so far, each from its first mixed frame to the first pure one, in order.
    pub(super) fn found(&self) -> &[Range<usize>] {
        &self.found
    }

    fn close(&mut self) {
        let Some(change) = self.change.take() else { return };
        let share = |blocks: u32| blocks as f32 / BLOCKS as f32;
        let replaced = share(change.jumped.count_ones());
        if WIPE_FRAMES.contains(&(change.end - change.start))
            && replaced >= MIN_REPLACED
            && share(change.jumps) <= MAX_JUMPS_EACH * replaced
            && share(change.most) <= MAX_AT_ONCE
        {
            // In the last frame that changed the new picture is whole.
            self.found.push(change.start..change.end - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The blocks of the columns, of 12.
    fn columns(columns: Range<u32>) -> u128 {
        (0..9).flat_map(|row| columns.clone().map(move |column| 1 << (row * 12 + column))).sum()
    }

    fn found(frames: impl IntoIterator<Item = u128>) -> Vec<Range<usize>> {
        let mut watch = WipeWatch::default();
        [0; 4].into_iter().chain(frames).chain([0; 4]).for_each(|jumped| watch.push(jumped));
        watch.found().to_vec()
    }

    #[test]
    fn an_edge_that_crosses_the_picture_is_a_wipe() {
        assert_eq!(found((0..12).map(|column| columns(column..column + 1))), std::slice::from_ref(&(4..15)));
    }

    #[test]
    fn a_cut_a_moving_thing_and_a_pan_are_none() {
        assert!(found([columns(0..12)]).is_empty(), "a cut");
        assert!(found((0..6).map(|column| columns(column..column + 1))).is_empty(), "half way");
        assert!(found((0..20).map(|_| columns(0..5))).is_empty(), "the same blocks again and again");
        assert!(found((0..20).map(|_| columns(0..12))).is_empty(), "everything moves");
    }
}
