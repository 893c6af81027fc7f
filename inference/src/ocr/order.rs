//! The order in which a person reads lines of text.

use super::geometry::RotatedBox;

/// Boxes reach beyond the text by about this many line heights on each side.
const BOX_MARGIN_HEIGHTS: f32 = 0.2;
/// A gap between columns is at least this many line heights wide …
const GUTTER_HEIGHTS: f32 = 0.6;
/// … and columns hold at least so many lines …
const COLUMN_LINES: usize = 3;
/// … which are at least so many times as wide as the gap: running text, not the two sides of a list of credits.
const COLUMN_TO_GUTTER: f32 = 4.0;
/// … or, over any gap (the fold of a book), so many lines of at least this many heights, about 24 Latin letters.
const LONG_COLUMN_LINES: usize = 6;
const LONG_LINE_HEIGHTS: f32 = 12.0;
/// Lines share a row when their heights overlap by this much of the lower one.
const ROW_OVERLAP: f32 = 0.5;

/// A line's upright extent after turning the page so that most text reads to the right.
#[derive(Debug, Clone, Copy)]
struct Block {
    index: usize,
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
}

/// Positions of `lines` in reading order: columns of running text one after the other, else row by row, each from left to
/// right. A page that lies on its side or upside down is read as if it stood.
pub(crate) fn reading_order(lines: &[RotatedBox]) -> Vec<usize> {
    let (page_cos, page_sin) = page_direction(lines);
    let block = |(index, line): (usize, &RotatedBox)| {
        // The line in a frame whose x axis is the page's reading direction.
        let turned = RotatedBox {
            center: super::geometry::Point {
                x: line.center.x * page_cos + line.center.y * page_sin,
                y: line.center.y * page_cos - line.center.x * page_sin,
            },
            cos: line.cos * page_cos + line.sin * page_sin,
            sin: line.sin * page_cos - line.cos * page_sin,
            ..*line
        };
        let (left, top, right, bottom) = turned.extent();
        let margin = (line.half_height * 2.0 * BOX_MARGIN_HEIGHTS).min((right - left) / 4.0).min((bottom - top) / 4.0);
        Block { index, left: left + margin, top: top + margin, right: right - margin, bottom: bottom - margin }
    };
    let mut ordered = Vec::with_capacity(lines.len());
    order_page(lines.iter().enumerate().map(block).collect(), &mut ordered);
    ordered
}

/// The quarter turn in which most of the text, by length, is read.
fn page_direction(lines: &[RotatedBox]) -> (f32, f32) {
    let mut lengths = [0.0_f32; 4];
    let directions = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)];
    for line in lines {
        for ((cos, sin), length) in directions.iter().zip(&mut lengths) {
            if line.cos * cos + line.sin * sin > std::f32::consts::FRAC_1_SQRT_2 {
                *length += line.half_width;
            }
        }
    }
    let longest = directions.into_iter().zip(lengths).max_by(|(_, a), (_, b)| a.total_cmp(b));
    match longest {
        Some((direction, length)) if length > 0.0 => direction,
        _ => (1.0, 0.0),
    }
}

/// Recursive cuts of the page: horizontal bands that hold columns, columns in them, rows in those (after "Recursive X–Y cut
/// using bounding boxes of connected components", Ha, Haralick and Phillips 1995, with rows as the default).
fn order_page(blocks: Vec<Block>, ordered: &mut Vec<usize>) {
    if let Some((left, right)) = split_columns(&blocks) {
        order_page(left, ordered);
        order_page(right, ordered);
        return;
    }
    match split_above_columns(blocks) {
        Ok((above, below)) => {
            order_page(above, ordered);
            order_page(below, ordered);
        }
        Err(blocks) => order_rows(blocks, ordered),
    }
}

/// Two columns with an empty gap from top to bottom between them.
fn split_columns(blocks: &[Block]) -> Option<(Vec<Block>, Vec<Block>)> {
    if blocks.len() < 2 * COLUMN_LINES {
        return None;
    }
    let height = median(blocks.iter().map(|block| block.bottom - block.top));
    let mut by_left: Vec<&Block> = blocks.iter().collect();
    by_left.sort_by(|a, b| a.left.total_cmp(&b.left));
    let mut reach = f32::NEG_INFINITY;
    let mut gaps: Vec<(f32, f32)> = Vec::new();
    for block in by_left {
        let gap = block.left - reach;
        if reach.is_finite() && gap >= height * GUTTER_HEIGHTS {
            gaps.push((gap, reach));
        }
        reach = reach.max(block.right);
    }
    gaps.sort_by(|a, b| b.0.total_cmp(&a.0));
    gaps.into_iter().find_map(|(gap, edge)| {
        let (left, right): (Vec<Block>, Vec<Block>) = blocks.iter().partition(|block| block.right <= edge);
        let running = |column: &[Block]| {
            let width = median(column.iter().map(|block| block.right - block.left));
            let close = column.len() >= COLUMN_LINES && width >= gap * COLUMN_TO_GUTTER;
            close || (column.len() >= LONG_COLUMN_LINES && width >= height * LONG_LINE_HEIGHTS)
        };
        (running(&left) && running(&right)).then_some((left, right))
    })
}

/// A horizontal cut below which, or above which, columns begin; the blocks back where there is none.
fn split_above_columns(mut blocks: Vec<Block>) -> Result<(Vec<Block>, Vec<Block>), Vec<Block>> {
    blocks.sort_by(|a, b| a.top.total_cmp(&b.top));
    let mut reach = f32::NEG_INFINITY;
    let mut cuts = Vec::new();
    for (position, block) in blocks.iter().enumerate() {
        if position > 0 && block.top >= reach {
            cuts.push(position);
        }
        reach = reach.max(block.bottom);
    }
    for cut in cuts {
        let (above, below) = blocks.split_at(cut);
        if split_columns(above).is_some() || split_columns(below).is_some() {
            let (above, below) = (above.to_vec(), below.to_vec());
            return Ok((above, below));
        }
    }
    Err(blocks)
}

fn order_rows(mut blocks: Vec<Block>, ordered: &mut Vec<usize>) {
    blocks.sort_by(|a, b| (a.top + a.bottom).total_cmp(&(b.top + b.bottom)));
    let mut rows: Vec<Vec<Block>> = Vec::new();
    for block in blocks {
        match rows.last_mut() {
            Some(row) if row.iter().all(|other| shares_row(other, &block)) => row.push(block),
            _ => rows.push(vec![block]),
        }
    }
    for mut row in rows {
        row.sort_by(|a, b| a.left.total_cmp(&b.left));
        ordered.extend(row.into_iter().map(|block| block.index));
    }
}

fn shares_row(a: &Block, b: &Block) -> bool {
    let overlap = a.bottom.min(b.bottom) - a.top.max(b.top);
    overlap >= ROW_OVERLAP * (a.bottom - a.top).min(b.bottom - b.top)
}

fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ocr::geometry::Point;

    fn line(left: f32, top: f32, width: f32) -> RotatedBox {
        let center = Point { x: left + width / 2.0, y: top + 5.0 };
        RotatedBox { center, half_width: width / 2.0, half_height: 5.0, cos: 1.0, sin: 0.0 }
    }

    #[test]
    fn rows_are_read_from_left_to_right() {
        let lines = [line(200.0, 21.0, 60.0), line(10.0, 40.0, 60.0), line(10.0, 19.0, 60.0), line(10.0, 0.0, 90.0)];
        assert_eq!(reading_order(&lines), [3, 2, 0, 1]);
    }

    #[test]
    fn columns_under_a_heading_are_read_one_after_the_other() {
        let mut lines = vec![line(0.0, 0.0, 420.0)];
        for row in 1..5 {
            lines.push(line(220.0, row as f32 * 15.0, 200.0));
            lines.push(line(0.0, row as f32 * 15.0, 200.0));
        }
        assert_eq!(reading_order(&lines), [0, 2, 4, 6, 8, 1, 3, 5, 7]);
    }

    #[test]
    fn credits_in_two_short_columns_are_read_row_by_row() {
        let mut lines = Vec::new();
        for row in 0..4 {
            lines.push(line(0.0, row as f32 * 20.0, 60.0));
            lines.push(line(120.0, row as f32 * 20.0, 80.0));
        }
        assert_eq!(reading_order(&lines), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_page_upside_down_is_read_from_its_own_top() {
        let lines = [line(0.0, 0.0, 100.0).half_turned(), line(0.0, 20.0, 100.0).half_turned()];
        assert_eq!(reading_order(&lines), [1, 0]);
        assert!(reading_order(&[]).is_empty());
    }
}
