//! BlazeFace, full range (Bazarevsky et al. 2019, <https://arxiv.org/abs/1907.05047>): proposals that the mesh then confirms.

use std::sync::Arc;

use fast_image_resize::FilterType;
use ort::value::TensorRef;
use reelgraph_models::picture::Picture;

use super::face::DetectedFace;
use super::mesh::FaceMesh;
use super::proposals::{FIELDS, Proposal, join};
use super::squares::{Square, squares};
use crate::catalog::ModelFiles;
use crate::error::InferenceError;
use crate::pixels::{Region, resize};
use crate::runtime::{Model, Runtime, Threads};

/// Squares are fitted into this one.
const SIDE_PX: usize = 192;
const SQUARE_BYTES: usize = SIDE_PX * SIDE_PX * 3;
const ROWS: i64 = 2_304;
/// Squares looked at in one run.
const BATCH: usize = 8;
/// Proposals that the mesh is asked about, of one picture.
const MAX_PROPOSALS: usize = 128;

/// `image` `[n, 192, 192, 3]` u8 RGB to `faces` `[n, 2304, 17]`, then the mesh.
#[derive(Debug)]
pub(crate) struct BlazeFace {
    model: Model,
    mesh: FaceMesh,
}

impl BlazeFace {
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        let model = runtime.load_fixed(files.path("detector")?, threads)?;
        Ok(Self { model, mesh: FaceMesh::load(runtime, files, threads)? })
    }

    /// Everything above `min_confidence` that the mesh takes for a face; several may mean one face.
    pub(crate) fn detect(
        &mut self,
        picture: &Picture,
        min_confidence: f32,
    ) -> Result<Vec<DetectedFace>, InferenceError> {
        let mut found = Vec::new();
        for squares in squares(picture.width_px(), picture.height_px()).chunks(BATCH) {
            self.propose(picture, squares, min_confidence, &mut found)?;
        }
        self.mesh.confirm(picture, &join(found, MAX_PROPOSALS))
    }

    /// The faces again in a picture that hardly differs from the one that they were found in.
    pub(crate) fn follow(
        &mut self,
        picture: &Picture,
        faces: &[DetectedFace],
    ) -> Result<Vec<DetectedFace>, InferenceError> {
        let proposals: Vec<Proposal> = faces.iter().map(|face| Proposal::of_face(face, picture)).collect();
        self.mesh.confirm(picture, &proposals)
    }

    fn propose(
        &mut self,
        picture: &Picture,
        squares: &[Square],
        min_score: f32,
        found: &mut Vec<Proposal>,
    ) -> Result<(), InferenceError> {
        let mut pixels = vec![0; squares.len() * SQUARE_BYTES];
        for (square, pixels) in squares.iter().zip(pixels.chunks_exact_mut(SQUARE_BYTES)) {
            fit(picture, *square, pixels)?;
        }
        let shape = [squares.len(), SIDE_PX, SIDE_PX, 3];
        let input = TensorRef::from_array_view((shape, pixels.as_slice())).map_err(self.model.tensor_error("image"))?;
        let outputs = self.model.run(ort::inputs!["image" => input])?;
        let (_, values) = outputs.tensor_of::<f32>("faces", &[squares.len() as i64, ROWS, FIELDS as i64])?;
        for (square, rows) in squares.iter().zip(values.chunks_exact(ROWS as usize * FIELDS)) {
            found.extend(rows.chunks_exact(FIELDS).filter_map(|row| Proposal::of_row(row, *square, min_score)));
        }
        Ok(())
    }
}

/// Scales a square of the picture into packed rows of `SIDE_PX` pixels; what lies outside the picture stays as it is.
fn fit(picture: &Picture, square: Square, pixels: &mut [u8]) -> Result<(), InferenceError> {
    let scale = SIDE_PX as f64 / square.side;
    // The part of one side that lies in the picture: where it begins and how long it is, there and in the square.
    let part = |start: f64, length: u32| {
        let (first, last) = (start.max(0.0), (start + square.side).min(f64::from(length)));
        let target_length = (((last - first) * scale).round() as usize).clamp(1, SIDE_PX);
        let target_first = (((first - start) * scale).round() as usize).min(SIDE_PX - target_length);
        (first, last - first, target_first, target_length)
    };
    let (left, width, column, columns) = part(square.left, picture.width_px());
    let (top, height, row, rows) = part(square.top, picture.height_px());
    let region = Region { left, top, width, height };
    let rgb = resize(picture, region, columns as u32, rows as u32, FilterType::Bilinear)?;
    let targets = pixels.chunks_exact_mut(SIDE_PX * 3).skip(row);
    for (target, source) in targets.zip(rgb.chunks_exact(columns * 3)) {
        target.iter_mut().skip(column * 3).zip(source).for_each(|(to, from)| *to = *from);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_picture_stands_between_black_margins() -> Result<(), Box<dyn std::error::Error>> {
        let picture = Picture::new(400, 200, vec![200; 400 * 200 * 3])?;
        let mut pixels = vec![0; SQUARE_BYTES];
        fit(&picture, Square { left: 0.0, top: -100.0, side: 400.0 }, &mut pixels)?;
        let rows: Vec<u8> = pixels.chunks_exact(SIDE_PX * 3).filter_map(|row| row.first().copied()).collect();
        let expected: Vec<u8> = [(0, 48), (200, 96), (0, 48)].iter().flat_map(|&(level, n)| vec![level; n]).collect();
        assert_eq!(rows, expected);
        Ok(())
    }

    #[test]
    fn a_square_of_the_smallest_picture_is_filled() -> Result<(), Box<dyn std::error::Error>> {
        let picture = Picture::new(1, 1, vec![7; 3])?;
        for square in squares(1, 1) {
            let mut pixels = vec![0; SQUARE_BYTES];
            fit(&picture, square, &mut pixels)?;
            assert!(pixels.contains(&7));
        }
        Ok(())
    }
}
