//! What is known of the persons in photographs beyond their boxes: somebody looked at them.

use std::collections::HashMap;

/// Annotation, what is to be seen of the face, who it is.
const TRUTH: &str = include_str!("persons.tsv");

/// What is to be seen of someone's face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Visible {
    /// Both eyes.
    Eyes,
    /// The face from the side.
    Side,
    /// They look away, are cut off or covered, or it is the box of a crowd.
    Nothing,
}

/// What somebody saw of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    /// `None` where nobody looked.
    pub(super) visible: Option<Visible>,
    /// Those of one name are one person.
    pub(super) name: Option<&'static str>,
}

/// The persons who were looked at, by their annotation in COCO.
pub(super) fn judged() -> HashMap<i64, Judged> {
    TRUTH.lines().filter_map(person).collect()
}

fn person(line: &'static str) -> Option<(i64, Judged)> {
    let mut cells = line.split('\t');
    let annotation = cells.next()?.parse().ok()?;
    let visible = match cells.next()? {
        "eyes" => Some(Visible::Eyes),
        "side" => Some(Visible::Side),
        "none" => Some(Visible::Nothing),
        _ => None,
    };
    Some((annotation, Judged { visible, name: cells.next().filter(|name| !name.is_empty()) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_but_the_remarks_is_a_person() {
        let lines = TRUTH.lines().filter(|line| !line.starts_with('#')).count();
        let persons = judged();
        assert_eq!(persons.len(), lines);
        let seen = |visible| persons.values().filter(|person| person.visible == Some(visible)).count();
        assert_eq!((seen(Visible::Eyes), seen(Visible::Side), seen(Visible::Nothing)), (7, 5, 15));
    }
}
