//! Storyboards: many small pictures in one, and a WebVTT file that says which belongs where, as players show them above
//! their seek bar.

use std::fmt::Write as _;

use bytes::Bytes;
use reelgraph_models::blob::{TenantBlobs, storyboard_map_key, storyboard_sheet_key};
use reelgraph_models::id::AssetId;
use reelgraph_models::picture::{Frame, Picture};
use reelgraph_models::time::MediaTime;

use crate::error::IndexError;

/// Longer side of one picture.
const TILE_SIDE_PX: u32 = 160;
/// Pictures side by side.
const COLUMNS: usize = 10;
/// Most pictures; of a longer film every other one is dropped again and again.
const MAX_TILES: usize = 100;
/// Least time between two pictures of a short film.
const SHORTEST_GAP: MediaTime = MediaTime::from_millis(1_000);
/// JPEG quality, of 100.
const QUALITY: u8 = 70;
/// The sheet as the map names it: beside itself, as the server sends both.
const SHEET: &str = "storyboard.jpg";

/// Collects the pictures while the file is decoded.
pub(super) struct StoryboardMaker {
    gap: MediaTime,
    tiles: Vec<(MediaTime, Picture)>,
}

/// A finished storyboard.
pub(super) struct Storyboard {
    sheet: Bytes,
    map: String,
}

impl StoryboardMaker {
    pub(super) fn new() -> Self {
        Self { gap: SHORTEST_GAP, tiles: Vec::new() }
    }

    /// Keeps the frame where the last one is far enough away.
    pub(super) fn take(&mut self, frame: &Frame) -> Result<(), IndexError> {
        if self.tiles.last().is_some_and(|(last, _)| frame.at - *last < self.gap) {
            return Ok(());
        }
        self.tiles.push((frame.at, reelgraph_media::shrink(&frame.picture, TILE_SIDE_PX)?));
        if self.tiles.len() > MAX_TILES {
            self.gap = self.gap + self.gap;
            let mut index = 0;
            self.tiles.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        Ok(())
    }

    /// The sheet and its map; `None` where there were no pictures.
    pub(super) fn finish(self, length: MediaTime) -> Result<Option<Storyboard>, IndexError> {
        let Some((_, first)) = self.tiles.first() else { return Ok(None) };
        // Where the size changes on the way, all are laid out like the first.
        let (width, height) = (first.width_px() as usize, first.height_px() as usize);
        let columns = self.tiles.len().min(COLUMNS);
        let rows = self.tiles.len().div_ceil(columns);
        let (sheet_width, sheet_height) = (columns * width, rows * height);
        let mut rgb = vec![0; sheet_width * sheet_height * 3];
        let mut map = String::from("WEBVTT\n");
        for (index, (at, tile)) in self.tiles.iter().enumerate() {
            let (left, top) = (index % columns * width, index / columns * height);
            paste(tile, &mut rgb, sheet_width, (left, top), (width, height));
            let start = if index == 0 { MediaTime::ZERO } else { *at };
            let end = self.tiles.get(index + 1).map_or(length.max(*at + SHORTEST_GAP), |(next, _)| *next);
            // Writing into a string does not fail.
            let _ =
                write!(map, "\n{} --> {}\n{SHEET}#xywh={left},{top},{width},{height}\n", start.clock(), end.clock());
        }
        let sheet = Picture::new(sheet_width as u32, sheet_height as u32, rgb)?;
        Ok(Some(Storyboard { sheet: reelgraph_media::encode_jpeg(&sheet, QUALITY)?.into(), map }))
    }
}

impl Storyboard {
    /// Writes both files in place of what was there.
    pub(super) async fn write(self, blobs: &TenantBlobs, asset: AssetId) -> Result<(), IndexError> {
        blobs.put_bytes(&storyboard_sheet_key(asset), self.sheet).await?;
        blobs.put_bytes(&storyboard_map_key(asset), self.map.into()).await?;
        Ok(())
    }
}

/// Copies as much of a tile as its place has room for.
fn paste(
    tile: &Picture,
    sheet: &mut [u8],
    sheet_width: usize,
    (left, top): (usize, usize),
    (width, height): (usize, usize),
) {
    let tile_width = tile.width_px() as usize;
    for (y, row) in tile.rgb().chunks_exact(tile_width * 3).take(height).enumerate() {
        let bytes = tile_width.min(width) * 3;
        let at = ((top + y) * sheet_width + left) * 3;
        if let (Some(target), Some(source)) = (sheet.get_mut(at..at + bytes), row.get(..bytes)) {
            target.copy_from_slice(source);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maker(frames: i64) -> anyhow::Result<StoryboardMaker> {
        let mut maker = StoryboardMaker::new();
        for second in 0..frames {
            let picture = Picture::new(320, 180, vec![(second % 250) as u8; 320 * 180 * 3])?;
            maker.take(&Frame { at: MediaTime::from_millis(second * 1_000), picture })?;
        }
        Ok(maker)
    }

    #[test]
    fn a_short_film_has_a_picture_a_second_and_all_its_time_is_covered() -> anyhow::Result<()> {
        let board = maker(12)?.finish(MediaTime::from_millis(12_500))?.ok_or_else(|| anyhow::anyhow!("pictures"))?;
        assert_eq!(board.map.matches(" --> ").count(), 12);
        assert!(
            board.map.starts_with("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nstoryboard.jpg#xywh=0,0,160,90\n"),
            "{}",
            board.map
        );
        assert!(
            board.map.ends_with("00:00:11.000 --> 00:00:12.500\nstoryboard.jpg#xywh=160,90,160,90\n"),
            "{}",
            board.map
        );
        assert!(board.sheet.starts_with(&[0xff, 0xd8]), "a JPEG");
        Ok(())
    }

    #[test]
    fn a_film_of_any_length_has_at_most_a_hundred_pictures() -> anyhow::Result<()> {
        let maker = maker(3_000)?;
        assert!((50..=MAX_TILES).contains(&maker.tiles.len()), "{}", maker.tiles.len());
        assert!(maker.tiles.windows(2).all(|two| matches!(two, [a, b] if b.0 > a.0)));
        Ok(())
    }

    #[test]
    fn without_pictures_there_is_none() -> anyhow::Result<()> {
        assert!(StoryboardMaker::new().finish(MediaTime::from_millis(1_000))?.is_none());
        Ok(())
    }
}
