//! Connected regions of a probability map.

use super::geometry::Point;

/// One 8-connected region of values above the threshold.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    /// Corners of the pixels at both ends of each of its rows: enough for its convex hull.
    pub(crate) outline: Vec<Point>,
}

/// Finds the regions of `map` (`[height, width]`, row-major) whose values exceed `threshold`, at most `limit` of them, in
/// row order of their first pixel.
pub(crate) fn components(map: &[f32], width: usize, threshold: f32, limit: usize) -> Vec<Component> {
    if width == 0 {
        return Vec::new();
    }
    let height = map.len() / width;
    let mut unseen: Vec<bool> = map.iter().map(|value| *value > threshold).collect();
    let mut found = Vec::new();
    let mut stack = Vec::new();
    let mut next = 0;
    while let Some(offset) = unseen.get(next..).and_then(|rest| rest.iter().position(|set| *set)) {
        let seed = next + offset;
        next = seed + 1;
        // Pixels come in row order, so no pixel of the region lies above the first.
        let mut rows = RowExtents { top: seed / width, rows: Vec::new() };
        take(&mut unseen, seed, &mut stack);
        while let Some(index) = stack.pop() {
            let (x, y) = (index % width, index / width);
            rows.add(x, y);
            for ny in y.saturating_sub(1)..=(y + 1).min(height.saturating_sub(1)) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    take(&mut unseen, ny * width + nx, &mut stack);
                }
            }
        }
        found.push(Component { outline: rows.outline() });
        if found.len() == limit {
            tracing::debug!(limit, "more text regions than are looked at");
            break;
        }
    }
    found
}

fn take(unseen: &mut [bool], index: usize, stack: &mut Vec<usize>) {
    if let Some(flag) = unseen.get_mut(index)
        && std::mem::take(flag)
    {
        stack.push(index);
    }
}

/// Leftmost and rightmost pixel of each row from `top` on.
struct RowExtents {
    top: usize,
    rows: Vec<(usize, usize)>,
}

impl RowExtents {
    fn add(&mut self, x: usize, y: usize) {
        let row = y.saturating_sub(self.top);
        if self.rows.len() <= row {
            self.rows.resize(row + 1, (usize::MAX, 0));
        }
        if let Some((left, right)) = self.rows.get_mut(row) {
            (*left, *right) = ((*left).min(x), (*right).max(x));
        }
    }

    fn outline(&self) -> Vec<Point> {
        let corners = |(row, (left, right)): (usize, &(usize, usize))| {
            let (left, right) = (*left as f32, *right as f32 + 1.0);
            let (top, bottom) = ((self.top + row) as f32, (self.top + row) as f32 + 1.0);
            [(left, top), (left, bottom), (right, top), (right, bottom)].map(|(x, y)| Point { x, y })
        };
        self.rows.iter().enumerate().flat_map(corners).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_that_touch_at_a_corner_are_one() {
        let map = [
            1.0, 0.0, 0.0, 0.0, 0.0, //
            0.0, 1.0, 0.0, 0.0, 1.0, //
            0.0, 0.0, 0.0, 0.0, 1.0,
        ];
        let found = components(&map, 5, 0.3, 10);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].outline.len(), 8);
        assert_eq!(components(&map, 5, 0.3, 1).len(), 1, "the limit holds");
    }

    #[test]
    fn an_empty_map_has_no_regions() {
        assert!(components(&[], 0, 0.3, 10).is_empty());
        assert!(components(&[0.1; 20], 5, 0.3, 10).is_empty());
    }
}
