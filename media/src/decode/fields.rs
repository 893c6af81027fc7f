//! Whether pictures are made of two fields, from the pictures themselves: headers are often wrong.
//!
//! The measure is that of FFmpeg's `idet`: the rows of one field of a picture are compared with those between them in the
//! pictures before and behind. Where the upper rows are nearer to the past and the lower ones to the future or the other way
//! round, they were taken at two times. Only a few pictures and columns are looked at.

use ffmpeg_next::frame::Video;

use super::event::FieldCounts;
use crate::raw::{Luma, share};

/// Of so many frames three in a row are compared.
const EVERY_FRAMES: u64 = 16;
/// Of so many columns one is looked at.
const EVERY_COLUMNS: usize = 8;
/// Only where the picture moves by this many levels can its fields be told; `idet` asks everywhere.
const MOVING_LEVELS: i32 = 8;
/// Share of the samples that must move, one in so many.
const FEWEST_MOVING: usize = 200;
/// How much nearer one order must be than the other (`idet` has 1.04, which drawn pictures reach by chance), and how much better
/// rows must fit their own picture to be of one time.
const FIELD_RATIO: f64 = 1.2;
const PROGRESSIVE_RATIO: f64 = 1.5;
/// Rows that fit their own picture this much better are of one time, however the neighbours lie. Without this, which `idet`
/// has not, sharp vertical motion is taken for fields.
const SURE_RATIO: f64 = 4.0;

/// Looks at frames as they are decoded; holds two at most.
#[derive(Default)]
pub(crate) struct FieldWatch {
    frame: u64,
    held: Vec<Video>,
    counts: FieldCounts,
}

impl FieldWatch {
    pub(crate) fn push(&mut self, frame: &Video) {
        let position = self.frame % EVERY_FRAMES;
        self.frame += 1;
        match position {
            0 | 1 => self.held.extend(share(frame)),
            2 => {
                let held = std::mem::take(&mut self.held);
                if let [before, current] = held.as_slice()
                    && let (Some(before), Some(current), Some(after)) =
                        (Luma::of(before), Luma::of(current), Luma::of(frame))
                {
                    self.count(&before, &current, &after);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn counts(&self) -> FieldCounts {
        self.counts
    }

    fn count(&mut self, before: &Luma<'_>, current: &Luma<'_>, after: &Luma<'_>) {
        let (_, height) = current.size();
        if height < 4 || before.size() != current.size() || after.size() != current.size() {
            return;
        }
        // Rows of `current` between rows of its neighbours: of even rows and odd ones, against the past and the future.
        let mut with = [[0.0f64; 2]; 2];
        let mut within = 0.0;
        let moving_levels = MOVING_LEVELS << current.extra_bits();
        let (mut moving, mut looked_at) = (0, 0);
        for row in 2..height - 2 {
            let Some([past, future]) = with.get_mut(row & 1) else { continue };
            for (((before, was), (this, is)), (after, will)) in
                rows(before, row).zip(rows(current, row)).zip(rows(after, row))
            {
                looked_at += 1;
                if (was - will).abs() >= moving_levels {
                    moving += 1;
                    *past += f64::from((before - 2 * is).abs());
                    *future += f64::from((after - 2 * is).abs());
                    within += f64::from((this - 2 * is).abs());
                }
            }
        }
        if moving * FEWEST_MOVING < looked_at {
            return;
        }
        let [[even_past, even_future], [odd_past, odd_future]] = with;
        let (top_first, bottom_first) = (even_past + odd_future, even_future + odd_past);
        // A cut beside the picture makes one neighbour useless.
        let (past, future) = (even_past + odd_past, even_future + odd_future);
        if past > 2.0 * future || future > 2.0 * past {
            return;
        }
        let fit = top_first.min(bottom_first) / within.max(1.0);
        if fit <= SURE_RATIO && bottom_first > FIELD_RATIO * top_first {
            self.counts.top_first += 1;
        } else if fit <= SURE_RATIO && top_first > FIELD_RATIO * bottom_first {
            self.counts.bottom_first += 1;
        } else if fit > PROGRESSIVE_RATIO {
            self.counts.progressive += 1;
        }
    }
}

/// Of each column that is looked at, the samples above and below a row added up, and the one between them.
fn rows<'a>(picture: &Luma<'a>, row: usize) -> impl Iterator<Item = (i32, i32)> + use<'a> {
    let pair = picture.row(row - 1, EVERY_COLUMNS).zip(picture.row(row + 1, EVERY_COLUMNS));
    pair.map(|(above, below)| above + below).zip(picture.row(row, EVERY_COLUMNS))
}
