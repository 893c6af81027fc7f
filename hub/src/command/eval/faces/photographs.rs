//! Pictures of people: portraits, and photographs in which boxes of persons are known.

use reelgraph_models::observation::BoundingBox;

use super::persons::{Visible, judged};
use super::{Face, Found, Looker, Seen, smallest_around};
use crate::command::eval::coco::Coco;
use crate::command::eval::figure::Report;
use crate::command::eval::media::{Media, picture, pictures_below};

/// Persons shorter than this part of the picture are too small for their faces to be looked for.
const LEAST_HEIGHT: f32 = 0.3;

/// Pictures of one person each.
pub(super) fn portraits(media: &Media, report: &Report, looker: &mut Looker, seen: &mut Seen) -> anyhow::Result<()> {
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
        let face = |found| Face { picture: seen.pictures.len(), person: Some(0), name: None, found };
        seen.faces.extend(found.into_iter().map(face));
        seen.pictures.push(picture);
    }
    report.share("face_found_once", "pictures of one face", right, portraits.len())
}

/// Photographs in which boxes of persons are known. A face that lies in none of them is false; a person without a face may
/// look away, so that the share of all persons with one is a lower bound; of some of them it is known whether they do.
pub(super) fn photographs(coco: &Coco, report: &Report, looker: &mut Looker, seen: &mut Seen) -> anyhow::Result<()> {
    let judged = judged();
    let (mut outside, mut without_people) = ((0, 0), (0, 0));
    // Of each tall person: what is to be seen of the face, where that is known, and whether it was found.
    let mut tall: Vec<(Option<Visible>, bool)> = Vec::new();
    for (path, objects) in coco.pictures() {
        let picture = picture(&path)?;
        let (ids, persons): (Vec<i64>, Vec<BoundingBox>) =
            coco.boxes_of("person", &objects, &picture).into_iter().unzip();
        let found = looker.look(&picture)?;
        let of_person = |face: &Found| smallest_around(&face.bounds, &persons);
        let strays = found.iter().filter(|face| of_person(face).is_none()).count();
        outside = (outside.0 + strays, outside.1 + found.len());
        if persons.is_empty() {
            without_people = (without_people.0 + found.len(), without_people.1 + 1);
        }
        for (person, (id, bounds)) in ids.iter().zip(&persons).enumerate() {
            if bounds.bottom - bounds.top < LEAST_HEIGHT {
                continue;
            }
            let is_theirs = |face: &Found| {
                of_person(face) == Some(person) && face.bounds.middle().1 < f32::midpoint(bounds.top, bounds.bottom)
            };
            tall.push((judged.get(id).and_then(|person| person.visible), found.iter().any(is_theirs)));
        }
        for found in found {
            let person = of_person(&found);
            let name = person.and_then(|person| judged.get(ids.get(person)?)?.name);
            seen.faces.push(Face { picture: seen.pictures.len(), person, name, found });
        }
        seen.pictures.push(picture);
    }
    report.count("face_outside_persons", "faces", "all faces found in photographs", outside.0, outside.1)?;
    report.count("face_without_people", "faces", "photographs without people", without_people.0, without_people.1)?;
    let share = |on: &str, counts: &dyn Fn(Option<Visible>) -> bool| {
        let counted: Vec<bool> = tall.iter().filter(|person| counts(person.0)).map(|person| person.1).collect();
        report.share("face_of_person", on, counted.iter().filter(|is_found| **is_found).count(), counted.len())
    };
    share("persons of at least 0.3 of the height, turned away or not", &|_| true)?;
    share("those of whom both eyes are to be seen, by hand", &|visible| visible == Some(Visible::Eyes))?;
    share("those who are seen from the side, by hand", &|visible| visible == Some(Visible::Side))
}
