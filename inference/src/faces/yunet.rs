//! YuNet (Wu et al. 2023, <https://doi.org/10.1007/s11633-023-1423-y>), read as OpenCV's `face_detect.cpp` reads it.

use std::sync::Arc;

use fast_image_resize::FilterType;
use ort::value::TensorRef;
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

use super::face::{DetectedFace, KeyPoints, Point};
use crate::catalog::ModelFiles;
use crate::error::InferenceError;
use crate::pixels::{Normalization, PlaneOrder, Region, resize};
use crate::runtime::{Model, Runtime, Threads};

/// The longer side of what the network sees.
const LONGER_SIDE_PX: u32 = 640;
/// Both sides are filled up to multiples of this.
const MULTIPLE_PX: u32 = 32;
const STRIDES_PX: [u32; 3] = [8, 16, 32];
const POINT_FIELDS: usize = 10;

/// `input` `[1, 3, height, width]` f32 BGR 0 to 255, to scores, boxes and points for each cell of three grids.
#[derive(Debug)]
pub(crate) struct Yunet {
    model: Model,
    normalization: Normalization,
    planes: Vec<f32>,
}

impl Yunet {
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        let model = runtime.load_fixed(files.path("graph")?, threads)?;
        let normalization = Normalization::new(PlaneOrder::Bgr, [0.0; 3], [1.0 / 255.0; 3]);
        Ok(Self { model, normalization, planes: Vec::new() })
    }

    /// Everything above `min_confidence`; several may mean one face.
    pub(crate) fn detect(
        &mut self,
        picture: &Picture,
        min_confidence: f32,
    ) -> Result<Vec<DetectedFace>, InferenceError> {
        let (inner_width, inner_height) = inner_size(picture);
        let rgb = resize(picture, Region::whole(picture), inner_width, inner_height, FilterType::Bilinear)?;
        let (width, height) =
            (inner_width.next_multiple_of(MULTIPLE_PX) as usize, inner_height.next_multiple_of(MULTIPLE_PX) as usize);
        self.planes.clear();
        self.planes.resize(3 * width * height, 0.0);
        self.normalization.write_planes(&rgb, inner_width as usize, &mut self.planes, width, height);
        let input = TensorRef::from_array_view(([1, 3, height, width], self.planes.as_slice()))
            .map_err(self.model.tensor_error("input"))?;
        let outputs = self.model.run(ort::inputs!["input" => input])?;

        let mut faces = Vec::new();
        for stride in STRIDES_PX {
            let columns = width / stride as usize;
            let cells = columns * (height / stride as usize);
            let grid = |name: &str, fields: usize| {
                let shape = [1, cells as i64, fields as i64];
                outputs.tensor_of::<f32>(&format!("{name}_{stride}"), &shape).map(|(_, values)| values)
            };
            let (class, object) = (grid("cls", 1)?, grid("obj", 1)?);
            let (boxes, points) = (grid("bbox", 4)?, grid("kps", POINT_FIELDS)?);
            let rows = boxes.chunks_exact(4).zip(points.chunks_exact(POINT_FIELDS));
            for (cell, ((class, object), (shape, points))) in class.iter().zip(object).zip(rows).enumerate() {
                let confidence = (class.clamp(0.0, 1.0) * object.clamp(0.0, 1.0)).sqrt();
                let cell = Cell {
                    column: (cell % columns) as f32,
                    row: (cell / columns) as f32,
                    across: stride as f32 / inner_width as f32,
                    down: stride as f32 / inner_height as f32,
                };
                if confidence >= min_confidence {
                    faces.extend(cell.face(shape, points, confidence));
                }
            }
        }
        Ok(faces)
    }
}

/// A cell of a grid, and its stride in fractions of the picture.
struct Cell {
    column: f32,
    row: f32,
    across: f32,
    down: f32,
}

impl Cell {
    fn point(&self, x: f32, y: f32) -> Point {
        Point { x: (self.column + x) * self.across, y: (self.row + y) * self.down }
    }

    /// `None` where nothing of the box lies in the picture, or a value is not a number.
    fn face(&self, shape: &[f32], points: &[f32], confidence: f32) -> Option<DetectedFace> {
        let &[x, y, log_width, log_height] = shape else { return None };
        let &[x0, y0, x1, y1, x2, y2, x3, y3, x4, y4] = points else { return None };
        let middle = self.point(x, y);
        let (half_width, half_height) = (log_width.exp() * self.across / 2.0, log_height.exp() * self.down / 2.0);
        let bounds = BoundingBox {
            left: (middle.x - half_width).clamp(0.0, 1.0),
            top: (middle.y - half_height).clamp(0.0, 1.0),
            right: (middle.x + half_width).clamp(0.0, 1.0),
            bottom: (middle.y + half_height).clamp(0.0, 1.0),
        };
        let key_points = KeyPoints {
            right_eye: self.point(x0, y0),
            left_eye: self.point(x1, y1),
            nose: self.point(x2, y2),
            mouth_right: self.point(x3, y3),
            mouth_left: self.point(x4, y4),
        };
        (bounds.area() > 0.0 && key_points.are_finite()).then_some(DetectedFace {
            bounds,
            key_points,
            confidence,
            openness: None,
        })
    }
}

/// Columns and rows of what the network sees that the picture takes, from the top left.
fn inner_size(picture: &Picture) -> (u32, u32) {
    let (width, height) = (f64::from(picture.width_px()), f64::from(picture.height_px()));
    let scale = f64::from(LONGER_SIDE_PX) / width.max(height);
    let scaled = |side: f64| ((side * scale).round() as u32).clamp(1, LONGER_SIDE_PX);
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_gives_places_as_fractions_of_the_picture() {
        let cell = Cell { column: 3.0, row: 1.0, across: 0.1, down: 0.2 };
        let found = cell.face(&[0.5, 0.5, 0.0, 0.0], &[0.0, 0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 1.0, 1.0, 1.0], 0.9);
        let Some(face) = found else { panic!("a face") };
        let near = |a: f32, b: f32| (a - b).abs() < 1e-6;
        assert!(near(face.bounds.left, 0.3) && near(face.bounds.right, 0.4), "{face:?}");
        assert!(near(face.bounds.top, 0.2) && near(face.bounds.bottom, 0.4), "{face:?}");
        assert!(near(face.key_points.mouth_left.x, 0.4) && near(face.key_points.mouth_left.y, 0.4), "{face:?}");
        assert_eq!(cell.face(&[0.5, 0.5, f32::NAN, 0.0], &[0.0; 10], 0.9), None);
        assert_eq!(cell.face(&[-20.0, 0.5, 0.0, 0.0], &[0.0; 10], 0.9), None);
    }

    #[test]
    fn the_longer_side_becomes_640() -> Result<(), reelgraph_models::picture::WrongSize> {
        let size = |width: u32, height: u32| {
            Picture::new(width, height, vec![0; (width * height * 3) as usize]).map(|picture| inner_size(&picture))
        };
        assert_eq!((size(1_280, 720)?, size(100, 400)?, size(2_000, 1)?), ((640, 360), (160, 640), (640, 1)));
        Ok(())
    }
}
