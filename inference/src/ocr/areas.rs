//! The parts of a picture that are worth a close look.

use reelgraph_models::observation::BoundingBox;

/// Part of a region that must lie in a line, grown by [`SLACK`] of its height since regions are coarse, to belong to it.
const COVERED: f32 = 0.6;
const SLACK: f32 = 0.5;
/// Room around a region: above and below, left and right, in heights of it. Glimpses may miss the ends of a line.
const ROOM_ACROSS: f32 = 3.0;
const ROOM_DOWN: f32 = 0.75;
/// Most room, as fractions of the picture: of what is large the ends are seen.
const MOST_ROOM_ACROSS: f32 = 0.1;
const MOST_ROOM_DOWN: f32 = 0.06;
/// Least room, in pixels: the network needs something around a line.
const LEAST_ROOM_PX: f32 = 16.0;
/// Closer looks at more of the picture than this are no cheaper than one at all of it.
const MOST_OF_PICTURE: f32 = 0.6;

/// Whether most of `region` lies in `line`.
pub(crate) fn covers(line: BoundingBox, region: BoundingBox) -> bool {
    let margin = (line.bottom - line.top) * SLACK;
    let width = (line.right + margin).min(region.right) - (line.left - margin).max(region.left);
    let height = (line.bottom + margin).min(region.bottom) - (line.top - margin).max(region.top);
    width > 0.0 && height > 0.0 && width * height >= region.area() * COVERED
}

/// Parts that hold all `regions` with room around them and do not overlap; `None` where the whole picture is cheaper.
pub(crate) fn close_looks(regions: &[BoundingBox], width_px: u32, height_px: u32) -> Option<Vec<BoundingBox>> {
    let (width, height) = (width_px as f32, height_px as f32);
    let mut parts: Vec<BoundingBox> = Vec::new();
    for region in regions {
        let line_px = (region.bottom - region.top) * height;
        let across = ((line_px * ROOM_ACROSS).max(LEAST_ROOM_PX) / width).min(MOST_ROOM_ACROSS);
        let down = ((line_px * ROOM_DOWN).max(LEAST_ROOM_PX) / height).min(MOST_ROOM_DOWN);
        let mut part = BoundingBox {
            left: (region.left - across).max(0.0),
            top: (region.top - down).max(0.0),
            right: (region.right + across).min(1.0),
            bottom: (region.bottom + down).min(1.0),
        };
        while let Some(other) = parts.iter().position(|other| overlap(part, *other)) {
            part = around(part, parts.swap_remove(other));
        }
        parts.push(part);
    }
    (parts.iter().map(|part| part.area()).sum::<f32>() <= MOST_OF_PICTURE).then_some(parts)
}

/// Whether they have anything in common.
pub(crate) fn overlap(a: BoundingBox, b: BoundingBox) -> bool {
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}

fn around(a: BoundingBox, b: BoundingBox) -> BoundingBox {
    BoundingBox {
        left: a.left.min(b.left),
        top: a.top.min(b.top),
        right: a.right.max(b.right),
        bottom: a.bottom.max(b.bottom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(left: f32, top: f32, right: f32, bottom: f32) -> BoundingBox {
        BoundingBox { left, top, right, bottom }
    }

    #[test]
    fn lines_near_each_other_are_looked_at_together_and_far_ones_apart() {
        let near = [region(0.1, 0.10, 0.4, 0.14), region(0.1, 0.15, 0.3, 0.19)];
        assert_eq!(close_looks(&near, 960, 540).map(|parts| parts.len()), Some(1));
        let far = [region(0.1, 0.1, 0.4, 0.14), region(0.1, 0.8, 0.3, 0.84)];
        let parts = close_looks(&far, 960, 540).unwrap_or_default();
        assert_eq!(parts.len(), 2);
        assert!(far.iter().zip(&parts).all(|(line, part)| covers(*part, *line)));
        assert_eq!(close_looks(&[region(0.0, 0.0, 1.0, 0.7)], 960, 540), None);
    }

    #[test]
    fn a_region_belongs_to_the_line_that_most_of_it_lies_in() {
        let line = region(0.1, 0.8, 0.5, 0.86);
        assert!(covers(line, region(0.08, 0.79, 0.52, 0.88)));
        assert!(!covers(line, region(0.1, 0.8, 0.9, 0.86)), "it goes on");
    }
}
