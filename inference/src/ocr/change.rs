//! Deciding cheaply whether the text in a video may have changed since it was last read.

use fast_image_resize::FilterType;
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

use crate::pixels::{Region, resize};

/// Rows that pictures are compared at; a line of 3 % of the height is 8 to 9 of them.
const ROWS: u32 = 288;
/// Most columns, for very wide pictures.
const MAX_COLUMNS: u32 = 1_024;
/// Pixels are counted in square cells of this side and judged in windows of two by two cells.
const CELL: usize = 8;
/// Brightness across two pixels that makes an edge of a letter.
const EDGE_LEVELS: i16 = 24;
/// Brightness that makes a pixel another one: above the noise of compression.
const CHANGE_LEVELS: i16 = 20;
/// Edges up and edges down in one window: letters have both, close together.
const EDGES_EACH_WAY: u16 = 6;
/// Changed pixels in one window.
const CHANGED_PIXELS: u16 = 10;
/// Cells around those that changed that are looked at with them.
const ROOM_CELLS: usize = 2;
/// Mean brightness difference from which a picture is of another scene.
const SCENE_LEVELS: u64 = 24;

/// How a picture of a video differs from one before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TextChange {
    /// Not in any text.
    None,
    /// Text may have gone, and none has come.
    Gone,
    /// Text may have come, gone or changed; none has come outside this part of the picture.
    Possible(BoundingBox),
    /// It is another picture altogether.
    Scene {
        /// Whether anything in it is as dense as letters.
        has_letters: bool,
    },
}

/// Says which frames of a video are worth reading.
///
/// The gate compares a picture with the last one that it let through. It opens where pixels changed *and* either picture
/// has the dense up-and-down edges of letters there: for text that comes, goes, changes or moves, and also for some busy
/// textures. It stays shut on stills, on fades of smooth areas and on motion without fine detail. A line of text of at
/// least 3 % of the picture's height that comes or goes opens it, if its contrast is at least about a fifth of the range.
#[derive(Debug, Default)]
pub struct TextGate {
    last: Option<Sketch>,
}

impl TextGate {
    /// How `picture` differs from the last one that differed; [`TextChange::Scene`] where there was none, or one of another
    /// size.
    pub fn change(&mut self, picture: &Picture) -> TextChange {
        let Some(sketch) = Sketch::of(picture) else { return TextChange::Scene { has_letters: true } };
        let change = match &self.last {
            Some(last) => last.change(&sketch),
            None => sketch.as_scene(),
        };
        if change != TextChange::None {
            self.last = Some(sketch);
        }
        change
    }
}

/// A small grey picture with its edges counted.
#[derive(Debug)]
struct Sketch {
    columns: usize,
    grey: Vec<u8>,
    cells: CellGrid<(u16, u16)>,
}

impl Sketch {
    fn of(picture: &Picture) -> Option<Self> {
        let ratio = f64::from(picture.width_px()) / f64::from(picture.height_px());
        let columns = ((f64::from(ROWS) * ratio).round() as u32).clamp(CELL as u32 * 2, MAX_COLUMNS);
        let rgb = resize(picture, Region::whole(picture), columns, ROWS, FilterType::Box).ok()?;
        let grey: Vec<u8> = rgb.chunks_exact(3).map(brightness).collect();
        let columns = columns as usize;
        let mut cells = CellGrid::new(columns, grey.len() / columns);
        for (y, row) in grey.chunks_exact(columns).enumerate() {
            // The edge at a pixel is the step from its left to its right neighbour.
            for (x, (before, after)) in row.iter().zip(row.iter().skip(2)).enumerate() {
                let step = i16::from(*after) - i16::from(*before);
                if step.abs() >= EDGE_LEVELS {
                    cells.update(x + 1, y, |(up, down)| if step > 0 { *up += 1 } else { *down += 1 });
                }
            }
        }
        Some(Self { columns, grey, cells })
    }

    fn as_scene(&self) -> TextChange {
        TextChange::Scene { has_letters: self.cells.windows().any(|window| self.has_letters(window)) }
    }

    /// How `after` differs from this one.
    fn change(&self, after: &Self) -> TextChange {
        if self.columns != after.columns || self.grey.len() != after.grey.len() {
            return after.as_scene();
        }
        let changed = self.changed_cells(after);
        let changed =
            changed.windows().filter(|(column, row)| changed.window(*column, *row).sum::<u16>() >= CHANGED_PIXELS);
        let (mut has_gone, mut come) = (false, Extent::default());
        for window in changed {
            if after.has_letters(window) {
                come.add(window);
            } else {
                has_gone |= self.has_letters(window);
            }
        }
        match come.part(self.columns, self.grey.len() / self.columns.max(1)) {
            None if !has_gone => TextChange::None,
            _ if self.mean_difference(after) >= SCENE_LEVELS => after.as_scene(),
            Some(part) => TextChange::Possible(part),
            None => TextChange::Gone,
        }
    }

    fn mean_difference(&self, other: &Self) -> u64 {
        let sum: u64 = self.grey.iter().zip(&other.grey).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum / self.grey.len().max(1) as u64
    }

    fn changed_cells(&self, other: &Self) -> CellGrid<u16> {
        let mut changed = CellGrid::new(self.columns, self.grey.len() / self.columns.max(1));
        let rows = self.grey.chunks_exact(self.columns).zip(other.grey.chunks_exact(self.columns));
        for (y, (before, after)) in rows.enumerate() {
            for (x, (before, after)) in before.iter().zip(after).enumerate() {
                if (i16::from(*before) - i16::from(*after)).abs() >= CHANGE_LEVELS {
                    changed.update(x, y, |count| *count += 1);
                }
            }
        }
        changed
    }

    fn has_letters(&self, (column, row): (usize, usize)) -> bool {
        let (up, down) = self.cells.window(column, row).fold((0, 0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
        up >= EDGES_EACH_WAY && down >= EDGES_EACH_WAY
    }
}

/// First and last windows of those added, by column and by row.
#[derive(Debug, Default)]
struct Extent {
    reach: Option<[usize; 4]>,
}

impl Extent {
    fn add(&mut self, (column, row): (usize, usize)) {
        let [left, top, right, bottom] = self.reach.unwrap_or([column, row, column, row]);
        self.reach = Some([left.min(column), top.min(row), right.max(column), bottom.max(row)]);
    }

    /// The part of a sketch that the windows cover, with room for what is next to them.
    fn part(&self, columns: usize, rows: usize) -> Option<BoundingBox> {
        let [left, top, right, bottom] = self.reach?;
        let first = |window: usize, size: usize| (window.saturating_sub(ROOM_CELLS) * CELL) as f32 / size as f32;
        let end = |window: usize, size: usize| (((window + 2 + ROOM_CELLS) * CELL) as f32 / size as f32).min(1.0);
        Some(BoundingBox {
            left: first(left, columns),
            top: first(top, rows),
            right: end(right, columns),
            bottom: end(bottom, rows),
        })
    }
}

fn brightness(pixel: &[u8]) -> u8 {
    match pixel {
        &[red, green, blue] => ((u16::from(red) * 2 + u16::from(green) * 5 + u16::from(blue)) / 8) as u8,
        _ => 0,
    }
}

/// Counts for each cell of a picture.
#[derive(Debug)]
struct CellGrid<T> {
    columns: usize,
    cells: Vec<T>,
}

impl<T: Copy + Default> CellGrid<T> {
    fn new(width: usize, height: usize) -> Self {
        let (columns, rows) = (width.div_ceil(CELL), height.div_ceil(CELL));
        Self { columns, cells: vec![T::default(); columns * rows] }
    }

    fn update(&mut self, x: usize, y: usize, change: impl FnOnce(&mut T)) {
        if let Some(cell) = self.cells.get_mut(y / CELL * self.columns + x / CELL) {
            change(cell);
        }
    }

    /// Top left cells of all windows of two by two cells.
    fn windows(&self) -> impl Iterator<Item = (usize, usize)> + use<T> {
        let (columns, rows) = (self.columns, self.cells.len() / self.columns.max(1));
        (0..rows.saturating_sub(1)).flat_map(move |row| (0..columns.saturating_sub(1)).map(move |column| (column, row)))
    }

    fn window(&self, column: usize, row: usize) -> impl Iterator<Item = T> {
        let first = row * self.columns + column;
        [first, first + 1, first + self.columns, first + self.columns + 1]
            .into_iter()
            .map(|index| self.cells.get(index).copied().unwrap_or_default())
    }
}
