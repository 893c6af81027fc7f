//! Are faces found and known again in changed copies of their pictures?

use anyhow::Context;
use image::RgbImage;
use image::imageops::{FilterType, blur, brighten, flip_horizontal, resize};
use reelgraph_inference::faces::{SAME_PERSON_DISTANCE, distance};
use reelgraph_models::picture::Picture;

use super::{Face, Found, Looker, Seen};
use crate::command::eval::figure::Report;

/// A face in the copy of a picture is the one whose middle is this near, in parts of the picture's sides.
const SAME_PLACE: f32 = 0.05;

/// What people do to a picture, by name; the last tells whether it is mirrored.
type Change = (&'static str, fn(&RgbImage) -> RgbImage, bool);

const CHANGES: [Change; 5] = [
    ("mirrored", |image| flip_horizontal(image), true),
    ("darker", |image| brighten(image, -50), false),
    ("brighter", |image| brighten(image, 50), false),
    ("two thirds as large", |image| resized(image, 2.0 / 3.0), false),
    ("blurred", |image| blur(image, 1.0), false),
];

fn resized(image: &RgbImage, scale: f64) -> RgbImage {
    let side = |px: u32| ((f64::from(px) * scale).round() as u32).max(1);
    resize(image, side(image.width()), side(image.height()), FilterType::Triangle)
}

/// Each face in changed copies of its picture: found where it was, and known again.
pub(super) fn run(report: &Report, looker: &mut Looker, seen: &Seen) -> anyhow::Result<()> {
    let (mut found_of_all, mut known_of_all, mut all) = (0, 0, 0);
    for (name, change, is_mirrored) in CHANGES {
        let (mut found, mut known, mut faces) = (0, 0, 0);
        for (at, picture) in seen.pictures.iter().enumerate() {
            let of_picture: Vec<&Face> = seen.faces.iter().filter(|face| face.picture == at).collect();
            if of_picture.is_empty() {
                continue;
            }
            let in_copy = looker.look(&changed(picture, change)?)?;
            for face in of_picture {
                let (x, y) = face.found.bounds.middle();
                let x = if is_mirrored { 1.0 - x } else { x };
                let same: Vec<&Found> = in_copy.iter().filter(|found| is_near(found.bounds.middle(), (x, y))).collect();
                let is_known =
                    |found: &&Found| distance(&found.descriptor, &face.found.descriptor) < SAME_PERSON_DISTANCE;
                found += usize::from(!same.is_empty());
                known += usize::from(same.iter().any(is_known));
                faces += 1;
            }
        }
        report.share("face_known_again", name, known, faces)?;
        (found_of_all, known_of_all, all) = (found_of_all + found, known_of_all + known, all + faces);
    }
    report.share("face_found_again", "all changes of a picture", found_of_all, all)?;
    report.share("face_known_again", "all changes of a picture", known_of_all, all)
}

fn changed(picture: &Picture, change: fn(&RgbImage) -> RgbImage) -> anyhow::Result<Picture> {
    let image = RgbImage::from_raw(picture.width_px(), picture.height_px(), picture.rgb().to_vec())
        .context("a picture has as many bytes as its size says")?;
    let changed = change(&image);
    Ok(Picture::new(changed.width(), changed.height(), changed.into_raw())?)
}

fn is_near(one: (f32, f32), other: (f32, f32)) -> bool {
    (one.0 - other.0).abs() < SAME_PLACE && (one.1 - other.1).abs() < SAME_PLACE
}
