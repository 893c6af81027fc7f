//! Are two people told apart?

use reelgraph_inference::faces::{SAME_PERSON_DISTANCE, distance};
use reelgraph_models::people::{LEAST_QUALITY, SAME_PERSON};

use super::Face;
use crate::command::eval::figure::Report;

/// Pairs of faces that are two people's by what is known: other photographs, or other persons of one. All of them by the
/// descriptor's own bound, and those that people are made of by theirs.
pub(super) fn run(report: &Report, faces: &[Face]) -> anyhow::Result<()> {
    let all: Vec<&Face> = faces.iter().filter(|face| face.person.is_some()).collect();
    let clear: Vec<&Face> = all.iter().copied().filter(|face| face.found.quality >= LEAST_QUALITY).collect();
    let measure = |faces: &[&Face], bound: f32, of: &str| {
        let apart = distances(faces);
        let near = apart.iter().filter(|apart| **apart < bound).count();
        report.share(
            "face_strangers_taken_for_one",
            &format!("pairs of strangers{of}, below {bound}"),
            near,
            apart.len(),
        )
    };
    measure(&all, SAME_PERSON_DISTANCE, "")?;
    measure(&clear, SAME_PERSON, " seen well enough to be put together")?;
    let apart = distances(&all);
    let nearest = apart.iter().copied().fold(f32::NAN, f32::min);
    report.figure("face_strangers_nearest", f64::from(nearest), "distance", apart.len(), "pairs of strangers")
}

fn distances(faces: &[&Face]) -> Vec<f32> {
    let is_one = |a: &Face, b: &Face| {
        (a.picture, a.person) == (b.picture, b.person) || a.name.is_some_and(|name| b.name == Some(name))
    };
    let mut distances = Vec::new();
    for (at, one) in faces.iter().enumerate() {
        let strangers = faces.iter().skip(at + 1).filter(|other| !is_one(one, other));
        distances.extend(strangers.map(|other| distance(&one.found.descriptor, &other.found.descriptor)));
    }
    distances
}
