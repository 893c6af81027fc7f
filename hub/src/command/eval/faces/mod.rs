//! Faces: are they found, are they people's, are strangers told apart and copies known again?

use anyhow::Context;
use image::RgbImage;
use image::imageops::{FilterType, blur, brighten, flip_horizontal, resize};
use reelgraph_inference::faces::{DESCRIPTOR, FaceDetector, FaceEmbedder, SAME_PERSON_DISTANCE, distance};
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

use super::coco::Coco;
use super::figure::Report;
use super::media::{Media, picture, pictures_below};

/// Persons shorter than this part of the picture are too small for their faces to be looked for.
const LEAST_HEIGHT: f32 = 0.3;
/// A face in the copy of a picture is the one whose middle is this near, in parts of the picture's sides.
const SAME_PLACE: f32 = 0.05;

/// A face that was found, and where in a list of pictures.
struct Face {
    picture: usize,
    /// Which of the persons of the picture it is, if one.
    person: Option<usize>,
    bounds: BoundingBox,
    descriptor: [f32; DESCRIPTOR],
}

struct Looker {
    detector: FaceDetector,
    embedder: FaceEmbedder,
}

impl Looker {
    fn look(&mut self, picture: &Picture) -> anyhow::Result<Vec<(BoundingBox, [f32; DESCRIPTOR])>> {
        let found = self.detector.detect(picture, self.detector.model().shown_confidence())?;
        let descriptors = self.embedder.embed(picture, &found)?;
        Ok(found.iter().map(|face| face.bounds).zip(descriptors).collect())
    }
}

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("face_") {
        return Ok(());
    }
    let mut looker = Looker {
        detector: FaceDetector::load(&media.runtime, &media.models, media.threads)?,
        embedder: FaceEmbedder::load(&media.runtime, &media.models, media.threads)?,
    };
    let (mut pictures, mut faces) = (Vec::new(), Vec::new());
    portraits(media, report, &mut looker, &mut pictures, &mut faces)?;
    match Coco::read(media)? {
        Some(coco) => photographs(&coco, report, &mut looker, &mut pictures, &mut faces)?,
        None => report.skipped("faces in photographs", format!("{} is not there", Coco::TRUTH)),
    }
    strangers(report, &faces)?;
    copies(report, &mut looker, &pictures, &faces)
}

/// Pictures of one person each.
fn portraits(
    media: &Media,
    report: &Report,
    looker: &mut Looker,
    pictures: &mut Vec<Picture>,
    faces: &mut Vec<Face>,
) -> anyhow::Result<()> {
    let portraits = media.file("faces").map(|folder| pictures_below(&folder)).unwrap_or_default();
    if portraits.is_empty() {
        report.skipped("portraits", "there are no pictures in faces/");
        return Ok(());
    }
    let mut right = 0;
    for path in &portraits {
        let picture = picture(path)?;
        let found = looker.look(&picture)?;
        right += usize::from(found.len() == 1);
        faces.extend(found.into_iter().map(|(bounds, descriptor)| Face {
            picture: pictures.len(),
            person: Some(0),
            bounds,
            descriptor,
        }));
        pictures.push(picture);
    }
    report.share("face_found_once", "pictures of one face", right, portraits.len())
}

/// Photographs in which boxes of persons are known. A face that lies in none of them is false; a person without a face may
/// look away, so that the share of persons with one is a lower bound.
fn photographs(
    coco: &Coco,
    report: &Report,
    looker: &mut Looker,
    pictures: &mut Vec<Picture>,
    faces: &mut Vec<Face>,
) -> anyhow::Result<()> {
    let (mut outside, mut without_people, mut with_face, mut tall) = ((0, 0), (0, 0), 0, 0);
    for (path, objects) in coco.pictures() {
        let picture = picture(&path)?;
        let persons = coco.boxes_of("person", &objects, &picture);
        let found = looker.look(&picture)?;
        let of_person = |bounds: &BoundingBox| smallest_around(bounds, &persons);
        let strays = found.iter().filter(|(bounds, _)| of_person(bounds).is_none()).count();
        outside = (outside.0 + strays, outside.1 + found.len());
        if persons.is_empty() {
            without_people = (without_people.0 + found.len(), without_people.1 + 1);
        }
        for (person, bounds) in
            persons.iter().enumerate().filter(|(_, bounds)| bounds.bottom - bounds.top >= LEAST_HEIGHT)
        {
            tall += 1;
            let is_theirs = |face: &(BoundingBox, [f32; DESCRIPTOR])| {
                of_person(&face.0) == Some(person) && middle(&face.0).1 < f32::midpoint(bounds.top, bounds.bottom)
            };
            with_face += usize::from(found.iter().any(is_theirs));
        }
        faces.extend(found.into_iter().map(|(bounds, descriptor)| Face {
            picture: pictures.len(),
            person: of_person(&bounds),
            bounds,
            descriptor,
        }));
        pictures.push(picture);
    }
    report.count("face_outside_persons", "faces", "all faces found in photographs", outside.0, outside.1)?;
    report.count("face_without_people", "faces", "photographs without people", without_people.0, without_people.1)?;
    report.share("face_of_person", "persons of at least 0.3 of the height, turned away or not", with_face, tall)
}

/// Pairs of faces that are two people's by what is known: other photographs, or other persons of one.
fn strangers(report: &Report, faces: &[Face]) -> anyhow::Result<()> {
    let people: Vec<&Face> = faces.iter().filter(|face| face.person.is_some()).collect();
    let mut distances = Vec::new();
    for (at, one) in people.iter().enumerate() {
        let others = people.iter().skip(at + 1);
        let strangers = others.filter(|other| (one.picture, one.person) != (other.picture, other.person));
        distances.extend(strangers.map(|other| f64::from(distance(&one.descriptor, &other.descriptor))));
    }
    let near = distances.iter().filter(|apart| **apart < f64::from(SAME_PERSON_DISTANCE)).count();
    let on = format!("pairs of strangers, below {SAME_PERSON_DISTANCE}");
    report.share("face_strangers_taken_for_one", &on, near, distances.len())?;
    let nearest = distances.iter().copied().fold(f64::NAN, f64::min);
    report.figure("face_strangers_nearest", nearest, "distance", distances.len(), "pairs of strangers")
}

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
fn copies(report: &Report, looker: &mut Looker, pictures: &[Picture], faces: &[Face]) -> anyhow::Result<()> {
    let (mut known, mut all) = (0, 0);
    for (name, change, is_mirrored) in CHANGES {
        let (before, mut of_change) = (known, 0);
        for (at, picture) in pictures.iter().enumerate() {
            let of_picture: Vec<&Face> = faces.iter().filter(|face| face.picture == at).collect();
            if of_picture.is_empty() {
                continue;
            }
            let image = RgbImage::from_raw(picture.width_px(), picture.height_px(), picture.rgb().to_vec())
                .context("a picture has as many bytes as its size says")?;
            let changed = change(&image);
            let copy = Picture::new(changed.width(), changed.height(), changed.into_raw())?;
            let found = looker.look(&copy)?;
            for face in of_picture {
                let (x, y) = middle(&face.bounds);
                let x = if is_mirrored { 1.0 - x } else { x };
                let same = found.iter().filter(|(bounds, _)| {
                    let there = middle(bounds);
                    (there.0 - x).abs() < SAME_PLACE && (there.1 - y).abs() < SAME_PLACE
                });
                let is_known = |found: &(BoundingBox, [f32; DESCRIPTOR])| {
                    distance(&found.1, &face.descriptor) < SAME_PERSON_DISTANCE
                };
                known += usize::from(same.into_iter().any(is_known));
                of_change += 1;
            }
        }
        report.share("face_known_again", name, known - before, of_change)?;
        all += of_change;
    }
    report.share("face_known_again", "all changes of a picture", known, all)
}

fn middle(bounds: &BoundingBox) -> (f32, f32) {
    (f32::midpoint(bounds.left, bounds.right), f32::midpoint(bounds.top, bounds.bottom))
}

/// The smallest of the boxes in which the middle of `bounds` lies.
fn smallest_around(bounds: &BoundingBox, boxes: &[BoundingBox]) -> Option<usize> {
    let (x, y) = middle(bounds);
    let around = boxes
        .iter()
        .enumerate()
        .filter(|(_, around)| (around.left..=around.right).contains(&x) && (around.top..=around.bottom).contains(&y));
    around.min_by(|a, b| a.1.area().total_cmp(&b.1.area())).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(left: f32, top: f32, right: f32, bottom: f32) -> BoundingBox {
        BoundingBox { left, top, right, bottom }
    }

    #[test]
    fn a_face_is_that_of_the_smallest_person_around_it() {
        let persons = [bounds(0.0, 0.0, 1.0, 1.0), bounds(0.4, 0.1, 0.6, 0.9)];
        assert_eq!(smallest_around(&bounds(0.45, 0.1, 0.55, 0.2), &persons), Some(1));
        assert_eq!(smallest_around(&bounds(0.05, 0.1, 0.15, 0.2), &persons), Some(0));
        assert_eq!(smallest_around(&bounds(0.05, 0.1, 0.15, 0.2), &persons[1..]), None);
    }
}
