//! Points, convex hulls and rotated rectangles, in pixels with y down.

use reelgraph_models::observation::BoundingBox;

/// A point in pixels; pixel `(0, 0)` covers `0..1` on both axes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f32,
    pub(crate) y: f32,
}

/// A rectangle at any angle. Text in it runs along `(cos, sin)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RotatedBox {
    pub(crate) center: Point,
    pub(crate) half_width: f32,
    pub(crate) half_height: f32,
    pub(crate) cos: f32,
    pub(crate) sin: f32,
}

impl RotatedBox {
    /// Corners in reading direction: top left, top right, bottom right, bottom left.
    pub(crate) fn corners(&self) -> [Point; 4] {
        let (ux, uy) = (self.cos * self.half_width, self.sin * self.half_width);
        let (vx, vy) = (-self.sin * self.half_height, self.cos * self.half_height);
        let at = |a: f32, b: f32| Point { x: self.center.x + a * ux + b * vx, y: self.center.y + a * uy + b * vy };
        [at(-1.0, -1.0), at(1.0, -1.0), at(1.0, 1.0), at(-1.0, 1.0)]
    }

    /// The box grown by `distance` on all four sides.
    pub(crate) fn grown(self, distance: f32) -> Self {
        Self { half_width: self.half_width + distance, half_height: self.half_height + distance, ..self }
    }

    /// The box in a picture that is `factor` times as large.
    pub(crate) fn scaled(self, factor: f32) -> Self {
        Self {
            center: Point { x: self.center.x * factor, y: self.center.y * factor },
            half_width: self.half_width * factor,
            half_height: self.half_height * factor,
            ..self
        }
    }

    /// The box `across` further to the right and `down` further down.
    pub(crate) fn moved(self, across: f32, down: f32) -> Self {
        Self { center: Point { x: self.center.x + across, y: self.center.y + down }, ..self }
    }

    /// The upright box that `bounds` are in a picture of that size.
    pub(crate) fn upright(bounds: BoundingBox, width_px: u32, height_px: u32) -> Self {
        let (width, height) = (width_px as f32, height_px as f32);
        Self {
            center: Point {
                x: (bounds.left + bounds.right) / 2.0 * width,
                y: (bounds.top + bounds.bottom) / 2.0 * height,
            },
            half_width: (bounds.right - bounds.left) / 2.0 * width,
            half_height: (bounds.bottom - bounds.top) / 2.0 * height,
            cos: 1.0,
            sin: 0.0,
        }
    }

    /// The same rectangle, read a quarter turn clockwise: downwards where it was read to the right.
    pub(crate) fn quarter_turned(self) -> Self {
        Self { half_width: self.half_height, half_height: self.half_width, cos: -self.sin, sin: self.cos, ..self }
    }

    /// The same rectangle, read upside down.
    pub(crate) fn half_turned(self) -> Self {
        Self { cos: -self.cos, sin: -self.sin, ..self }
    }

    /// Whether `point` lies inside.
    pub(crate) fn contains(&self, point: Point) -> bool {
        let (dx, dy) = (point.x - self.center.x, point.y - self.center.y);
        (dx * self.cos + dy * self.sin).abs() <= self.half_width
            && (dy * self.cos - dx * self.sin).abs() <= self.half_height
    }

    /// Left, top, right, bottom of the upright rectangle around it, in pixels.
    pub(crate) fn extent(&self) -> (f32, f32, f32, f32) {
        let reach_x = (self.cos * self.half_width).abs() + (self.sin * self.half_height).abs();
        let reach_y = (self.sin * self.half_width).abs() + (self.cos * self.half_height).abs();
        (self.center.x - reach_x, self.center.y - reach_y, self.center.x + reach_x, self.center.y + reach_y)
    }

    /// The upright rectangle around it as fractions of a picture, clipped to it; `None` where nothing is left.
    pub(crate) fn bounds(&self, width_px: u32, height_px: u32) -> Option<BoundingBox> {
        let (left, top, right, bottom) = self.extent();
        let (width, height) = (width_px as f32, height_px as f32);
        let bounds = BoundingBox {
            left: (left / width).clamp(0.0, 1.0),
            top: (top / height).clamp(0.0, 1.0),
            right: (right / width).clamp(0.0, 1.0),
            bottom: (bottom / height).clamp(0.0, 1.0),
        };
        (bounds.area() > 0.0).then_some(bounds)
    }
}

/// The smallest rectangle at any angle around `points`, its text axis within 45 degrees of the horizontal.
///
/// One side of the smallest rectangle lies on a side of the convex hull (Freeman and Shapira 1975), so every side of the
/// hull is tried. `None` without points or without area.
pub(crate) fn smallest_box(points: &mut Vec<Point>) -> Option<RotatedBox> {
    let hull = convex_hull(points);
    let sides = hull.iter().zip(hull.iter().cycle().skip(1));
    let mut best: Option<(f32, RotatedBox)> = None;
    for (from, to) in sides {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = dx.hypot(dy);
        if length <= f32::EPSILON {
            continue;
        }
        let candidate = box_along(&hull, dx / length, dy / length);
        let area = candidate.half_width * candidate.half_height;
        if area > 0.0 && best.as_ref().is_none_or(|(smallest, _)| area < *smallest) {
            best = Some((area, candidate));
        }
    }
    best.map(|(_, found)| found)
}

fn box_along(hull: &[Point], mut cos: f32, mut sin: f32) -> RotatedBox {
    // A rectangle has four such axes; take the one nearest to the reading direction.
    if cos.abs() < sin.abs() {
        (cos, sin) = (-sin, cos);
    }
    if cos < 0.0 {
        (cos, sin) = (-cos, -sin);
    }
    let (mut low_u, mut high_u) = (f32::INFINITY, f32::NEG_INFINITY);
    let (mut low_v, mut high_v) = (f32::INFINITY, f32::NEG_INFINITY);
    for point in hull {
        let (u, v) = (point.x * cos + point.y * sin, point.y * cos - point.x * sin);
        (low_u, high_u) = (low_u.min(u), high_u.max(u));
        (low_v, high_v) = (low_v.min(v), high_v.max(v));
    }
    let (u, v) = ((low_u + high_u) / 2.0, (low_v + high_v) / 2.0);
    RotatedBox {
        center: Point { x: u * cos - v * sin, y: u * sin + v * cos },
        half_width: (high_u - low_u) / 2.0,
        half_height: (high_v - low_v) / 2.0,
        cos,
        sin,
    }
}

/// Andrew's monotone chain; sorts `points`.
fn convex_hull(points: &mut Vec<Point>) -> Vec<Point> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    let mut hull = half_hull(points.iter());
    hull.pop();
    let mut upper = half_hull(points.iter().rev());
    upper.pop();
    hull.append(&mut upper);
    hull
}

fn half_hull<'p>(points: impl Iterator<Item = &'p Point>) -> Vec<Point> {
    let mut chain: Vec<Point> = Vec::new();
    for point in points {
        while let [.., before, last] = chain.as_slice() {
            let turn = (last.x - before.x) * (point.y - before.y) - (last.y - before.y) * (point.x - before.x);
            if turn > 0.0 {
                break;
            }
            chain.pop();
        }
        chain.push(*point);
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(angle: f32, half_width: f32, half_height: f32) -> Vec<Point> {
        let (sin, cos) = angle.sin_cos();
        let shape = RotatedBox { center: Point { x: 100.0, y: 80.0 }, half_width, half_height, cos, sin };
        let mut points = shape.corners().to_vec();
        for y in 0..160 {
            for x in 0..200 {
                let point = Point { x: x as f32, y: y as f32 };
                if shape.contains(point) {
                    points.push(point);
                }
            }
        }
        points
    }

    #[test]
    fn a_tilted_rectangle_is_found_again_from_its_points() -> Result<(), &'static str> {
        for degrees in [-30.0_f32, -7.0, 0.0, 12.0, 40.0] {
            let found = smallest_box(&mut filled(degrees.to_radians(), 60.0, 10.0)).ok_or("no box")?;
            assert!((found.half_width - 60.0).abs() < 0.5, "{degrees}: {found:?}");
            assert!((found.half_height - 10.0).abs() < 0.5, "{degrees}: {found:?}");
            assert!((found.sin.atan2(found.cos).to_degrees() - degrees).abs() < 0.5, "{degrees}: {found:?}");
        }
        Ok(())
    }

    #[test]
    fn a_tall_rectangle_read_downwards_has_its_top_at_the_right() -> Result<(), &'static str> {
        let tall = smallest_box(&mut filled(0.0, 8.0, 50.0)).ok_or("no box")?;
        let [top_left, top_right, ..] = tall.quarter_turned().corners();
        assert!((top_left.x - 108.0).abs() < 0.5 && (top_left.y - 30.0).abs() < 0.5, "{top_left:?}");
        assert!((top_right.x - 108.0).abs() < 0.5 && (top_right.y - 130.0).abs() < 0.5, "{top_right:?}");
        Ok(())
    }

    #[test]
    fn points_on_one_line_have_no_box() {
        assert!(smallest_box(&mut vec![]).is_none());
        assert!(smallest_box(&mut vec![Point { x: 1.0, y: 1.0 }]).is_none());
        assert!(smallest_box(&mut vec![Point { x: 1.0, y: 1.0 }, Point { x: 4.0, y: 1.0 }]).is_none());
    }
}
