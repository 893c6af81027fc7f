//! MediaPipe's face mesh (Kartynnik et al. 2019, <https://arxiv.org/abs/1907.06724>): says whether a proposal is a face, and
//! where its eyes, nose and mouth are.

use std::sync::Arc;

use ort::value::TensorRef;
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

use super::crop::crop;
use super::face::{DetectedFace, KeyPoints, Point};
use super::proposals::Proposal;
use super::similarity::Similarity;
use crate::catalog::ModelFiles;
use crate::error::InferenceError;
use crate::runtime::{Model, Runtime, Threads};

const SIDE_PX: usize = 192;
const POINTS: usize = 468;
/// The square looked at, in sides of the proposal: MediaPipe's `face_detection_front_detection_to_roi`.
const SQUARE_SIDES: f64 = 1.5;
/// Presence from which it is a face: MediaPipe's. Of 75 proposals with a score of .35 or more on 51 photographs it keeps 13, eleven
/// of them faces, one a toy's and one a logo of 13 pixels.
const MIN_PRESENCE: f32 = 0.5;
/// Proposals looked at in one run.
const BATCH: usize = 8;
/// Points of the mesh, by `canonical_face_model_uv_visualization.png`: outer and inner corners of the eyes, tip of the nose,
/// corners of the mouth.
const RIGHT_EYE: [usize; 2] = [33, 133];
const LEFT_EYE: [usize; 2] = [263, 362];
/// Points of the upper and the lower lid that lie above each other.
const RIGHT_LIDS: [[usize; 2]; 3] = [[160, 144], [159, 145], [158, 153]];
const LEFT_LIDS: [[usize; 2]; 3] = [[385, 380], [386, 374], [387, 373]];
const NOSE: usize = 1;
const MOUTH_RIGHT: usize = 61;
const MOUTH_LEFT: usize = 291;

/// `image` `[n, 192, 192, 3]` u8 RGB to `points` `[n, 468, 3]` and `presence` `[n, 1]`.
#[derive(Debug)]
pub(crate) struct FaceMesh {
    model: Model,
}

impl FaceMesh {
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        Ok(Self { model: runtime.load_fixed(files.path("mesh")?, threads)? })
    }

    /// The proposals that are faces, in their order; the confidence is the proposal's score.
    pub(crate) fn confirm(
        &mut self,
        picture: &Picture,
        proposals: &[Proposal],
    ) -> Result<Vec<DetectedFace>, InferenceError> {
        let mut faces = Vec::new();
        for proposals in proposals.chunks(BATCH) {
            let views: Vec<Similarity> = proposals.iter().map(view).collect();
            let mut pixels = Vec::with_capacity(views.len() * SIDE_PX * SIDE_PX * 3);
            for view in &views {
                pixels.extend(crop(picture, *view, SIDE_PX)?);
            }
            let shape = [views.len(), SIDE_PX, SIDE_PX, 3];
            let input =
                TensorRef::from_array_view((shape, pixels.as_slice())).map_err(self.model.tensor_error("image"))?;
            let outputs = self.model.run(ort::inputs!["image" => input])?;
            let count = views.len() as i64;
            let (_, presence) = outputs.tensor_of::<f32>("presence", &[count, 1])?;
            let (_, points) = outputs.tensor_of::<f32>("points", &[count, POINTS as i64, 3])?;
            let meshes = points.chunks_exact(POINTS * 3).zip(presence);
            let confirmed =
                proposals.iter().zip(&views).zip(meshes).filter_map(|((proposal, view), (mesh, presence))| {
                    let mesh: Vec<Point> =
                        mesh.chunks_exact(3).filter_map(|point| place(point, *view, picture)).collect();
                    let face = (*presence >= MIN_PRESENCE).then(|| face(&mesh, proposal.score)).flatten()?;
                    Some(DetectedFace { openness: openness(&mesh, picture), ..face })
                });
            faces.extend(confirmed);
        }
        Ok(faces)
    }
}

/// The square that a proposal is looked at in, turned so that its eyes are level.
fn view(proposal: &Proposal) -> Similarity {
    let (middle, side) = proposal.square();
    Similarity::square(SIDE_PX as f64, side * SQUARE_SIDES, middle, proposal.angle())
}

/// Where a point of the mesh lies in the picture; its depth is not used.
fn place(point: &[f32], view: Similarity, picture: &Picture) -> Option<Point> {
    let &[x, y, _] = point else { return None };
    Some(Point::of_pixels(view.apply((f64::from(x), f64::from(y))), picture))
}

/// The mean distance of the lids by that of the corners, of the eye that is open wider (Soukupová and Čech: Real-time eye blink
/// detection using facial landmarks, 2016).
fn openness(mesh: &[Point], picture: &Picture) -> Option<f32> {
    let distance = |[a, b]: [usize; 2]| {
        let (a, b) = (mesh.get(a)?.in_pixels(picture), mesh.get(b)?.in_pixels(picture));
        Some((a.0 - b.0).hypot(a.1 - b.1))
    };
    let open = |corners: [usize; 2], lids: [[usize; 2]; 3]| {
        let heights: f64 = lids.into_iter().map(distance).sum::<Option<f64>>()?;
        Some(heights / lids.len() as f64 / distance(corners)?.max(1e-6))
    };
    Some(open(RIGHT_EYE, RIGHT_LIDS)?.max(open(LEFT_EYE, LEFT_LIDS)?) as f32)
}

/// The box around a mesh and its key points; `None` where nothing of it lies in the picture, or a value is not a number.
fn face(mesh: &[Point], confidence: f32) -> Option<DetectedFace> {
    let middle = |[outer, inner]: [usize; 2]| {
        let (outer, inner) = (mesh.get(outer)?, mesh.get(inner)?);
        Some(Point { x: (outer.x + inner.x) / 2.0, y: (outer.y + inner.y) / 2.0 })
    };
    let key_points = KeyPoints {
        right_eye: middle(RIGHT_EYE)?,
        left_eye: middle(LEFT_EYE)?,
        nose: *mesh.get(NOSE)?,
        mouth_right: *mesh.get(MOUTH_RIGHT)?,
        mouth_left: *mesh.get(MOUTH_LEFT)?,
    };
    let least = |of: fn(&Point) -> f32| mesh.iter().map(of).fold(f32::INFINITY, f32::min).clamp(0.0, 1.0);
    let most = |of: fn(&Point) -> f32| mesh.iter().map(of).fold(f32::NEG_INFINITY, f32::max).clamp(0.0, 1.0);
    let bounds = BoundingBox {
        left: least(|point| point.x),
        top: least(|point| point.y),
        right: most(|point| point.x),
        bottom: most(|point| point.y),
    };
    (bounds.area() > 0.0 && key_points.are_finite()).then_some(DetectedFace {
        bounds,
        key_points,
        confidence,
        openness: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eyes_are_as_open_as_the_wider_one() -> Result<(), reelgraph_models::picture::WrongSize> {
        let picture = Picture::new(200, 100, vec![0; 60_000])?;
        let mut mesh = vec![Point { x: 0.5, y: 0.5 }; POINTS];
        let mut put = |index: usize, x: f32, y: f32| mesh.get_mut(index).map(|point| *point = Point { x, y });
        // 20 pixels wide each; the lids 2 and 6 apart.
        for (corners, lids, half) in [(RIGHT_EYE, RIGHT_LIDS, 0.01), (LEFT_EYE, LEFT_LIDS, 0.03)] {
            put(corners[0], 0.2, 0.3);
            put(corners[1], 0.3, 0.3);
            for [upper, lower] in lids {
                put(upper, 0.25, 0.3 - half);
                put(lower, 0.25, 0.3 + half);
            }
        }
        assert!(openness(&mesh, &picture).is_some_and(|open| (open - 0.3).abs() < 1e-5));
        assert_eq!(openness(&[], &picture), None);
        Ok(())
    }

    #[test]
    fn the_box_goes_around_the_mesh_and_ends_with_the_picture() {
        let mut mesh = vec![Point { x: 0.5, y: 0.5 }; POINTS];
        for (index, x, y) in [(10, 0.5, -0.2), (152, 0.5, 0.9), (33, 0.25, 0.25), (133, 0.5, 0.5)] {
            if let Some(point) = mesh.get_mut(index) {
                *point = Point { x, y };
            }
        }
        let found = face(&mesh, 0.7).map(|face| (face.bounds, face.key_points.right_eye));
        let bounds = BoundingBox { left: 0.25, top: 0.0, right: 0.5, bottom: 0.9 };
        assert_eq!(found, Some((bounds, Point { x: 0.375, y: 0.375 })));
        assert_eq!(face(&vec![Point { x: 2.0, y: 0.5 }; POINTS], 0.7), None, "outside");
        assert_eq!(face(&vec![Point { x: f32::NAN, y: 0.5 }; POINTS], 0.7), None);
        assert_eq!(face(&[], 0.7), None);
    }
}
