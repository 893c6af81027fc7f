//! Faces: where they are, how good a picture of them is, and how alike two of them are.
//!
//! [`FaceDetector`] gives boxes and five key points; [`FaceEmbedder`] aligns each face by its key points and describes it by
//! 128 numbers, whose [`distance`] says how alike two faces are; [`quality`] tells which of several pictures shows a face
//! best. Nothing here knows who anybody is: grouping faces and naming the groups is for others.
//!
//! The detector is BlazeFace with MediaPipe's face mesh, or YuNet where an operator has placed it; the descriptor is dlib's.
//! Neither uses the 68 landmarks of dlib, whose training data excludes commercial use.

mod blazeface;
mod crop;
mod detector;
mod embedder;
mod face;
mod mesh;
mod proposals;
mod quality;
mod similarity;
mod squares;
mod yunet;

pub use detector::{FaceDetector, FaceDetectorModel};
pub use embedder::{DESCRIPTOR, FaceEmbedder, SAME_PERSON_DISTANCE, SURELY_SAME_PERSON_DISTANCE, distance};
pub use face::{DetectedFace, KeyPoints, Point};
pub use quality::{FaceQuality, quality};
