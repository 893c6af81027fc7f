//! Sensitive pictures.

mod pictures;

pub use pictures::{PictureModel, PictureModerator, PictureScores};
