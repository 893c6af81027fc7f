//! Faces: are they found, are they people's, are strangers told apart and copies known again?

mod copies;
mod persons;
mod photographs;
mod strangers;

use reelgraph_inference::faces::{DESCRIPTOR, FaceDetector, FaceEmbedder, quality};
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;

use super::coco::Coco;
use super::figure::Report;
use super::media::Media;

/// A face that was found.
#[derive(Debug, Clone)]
struct Found {
    bounds: BoundingBox,
    descriptor: [f32; DESCRIPTOR],
    /// How well the picture shows it, `0..=1`.
    quality: f32,
}

/// A face that was found, and where in a list of pictures.
struct Face {
    picture: usize,
    /// Which of the persons of the picture it is, if one.
    person: Option<usize>,
    /// Who that is, where one person is in the picture several times.
    name: Option<&'static str>,
    found: Found,
}

/// What was found in all pictures.
#[derive(Default)]
struct Seen {
    pictures: Vec<Picture>,
    faces: Vec<Face>,
}

struct Looker {
    detector: FaceDetector,
    embedder: FaceEmbedder,
}

impl Looker {
    fn look(&mut self, picture: &Picture) -> anyhow::Result<Vec<Found>> {
        let faces = self.detector.detect(picture, self.detector.model().shown_confidence())?;
        let descriptors = self.embedder.embed(picture, &faces)?;
        let found = faces.iter().zip(descriptors).map(|(face, descriptor)| {
            Ok(Found { bounds: face.bounds, descriptor, quality: quality(picture, face)?.overall() })
        });
        found.collect()
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
    let mut seen = Seen::default();
    photographs::portraits(media, report, &mut looker, &mut seen)?;
    match Coco::read(media)? {
        Some(coco) => photographs::photographs(&coco, report, &mut looker, &mut seen)?,
        None => report.skipped("faces in photographs", format!("{} is not there", Coco::TRUTH)),
    }
    strangers::run(report, &seen.faces)?;
    copies::run(report, &mut looker, &seen)
}

/// The smallest of the boxes in which the middle of `bounds` lies.
fn smallest_around(bounds: &BoundingBox, boxes: &[BoundingBox]) -> Option<usize> {
    let (x, y) = bounds.middle();
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
