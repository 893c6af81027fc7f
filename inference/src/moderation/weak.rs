//! Weak signals: things in a picture, and sounds, that a policy may care about, as the models name them.
//!
//! A knife lies in every kitchen. A signal only ever adds weight to a review item that something else opened, or lets a person
//! search; the default policy never flags on one.

use super::hierarchy::{ModerationLabel, find_label};

/// Which model's vocabulary a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelSource {
    /// [`crate::objects::ObjectDetector`]: COCO's classes.
    Objects,
    /// [`crate::tags::Tagger`]: ImageNet's classes, as [`crate::tags::imagenet_words`] names them.
    Tags,
    /// [`crate::sound::SoundEventDetector`]: AudioSet's classes, as [`crate::sound::event_labels`] names them.
    Sounds,
}

/// What a named thing may mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeakSignal {
    /// The label it hints at.
    pub label: &'static ModerationLabel,
    /// How much it says, `0..=1`, set by hand: `.5` where the thing is what the label means (a revolver), `.1` where it mostly
    /// is something else (a kitchen knife).
    pub weight: f32,
}

const OBJECTS: &[(&str, &str, f32)] =
    &[("knife", "violence/weapons/blade", 0.1), ("wine glass", "substances/alcohol/drink", 0.3)];

const TAGS: &[(&str, &str, f32)] = &[
    ("assault rifle", "violence/weapons/firearm", 0.5),
    ("revolver", "violence/weapons/firearm", 0.5),
    ("rifle", "violence/weapons/firearm", 0.5),
    ("holster", "violence/weapons/gear", 0.3),
    ("bulletproof vest", "violence/weapons/gear", 0.3),
    ("breastplate", "violence/weapons/gear", 0.1),
    ("hunting bow", "violence/weapons/gear", 0.1),
    ("cleaver", "violence/weapons/blade", 0.1),
    ("axe", "violence/weapons/blade", 0.1),
    ("letter opener", "violence/weapons/blade", 0.2),
    ("guillotine", "violence/weapons/blade", 0.2),
    ("cannon", "violence/military/equipment", 0.3),
    ("missile", "violence/military/equipment", 0.4),
    ("projectile", "violence/military/equipment", 0.4),
    ("military tank", "violence/military/equipment", 0.5),
    ("fighter jet", "violence/military/equipment", 0.3),
    ("military uniform", "violence/military/uniform", 0.3),
    ("beer bottle", "substances/alcohol/drink", 0.4),
    ("beer glass", "substances/alcohol/drink", 0.4),
    ("wine bottle", "substances/alcohol/drink", 0.4),
    ("red wine", "substances/alcohol/drink", 0.5),
    ("whiskey jug", "substances/alcohol/drink", 0.3),
    ("cocktail shaker", "substances/alcohol/drink", 0.3),
    ("goblet", "substances/alcohol/drink", 0.2),
    ("lighter", "substances/tobacco/smoking", 0.2),
    ("syringe", "substances/drugs/utensil", 0.2),
    ("pill bottle", "substances/drugs/utensil", 0.2),
];

const SOUNDS: &[(&str, &str, f32)] = &[
    ("Gunshot, gunfire", "violence/weapons/firearm", 0.4),
    ("Machine gun", "violence/weapons/firearm", 0.5),
    ("Fusillade", "violence/weapons/firearm", 0.4),
    ("Cap gun", "violence/weapons/firearm", 0.1),
    ("Artillery fire", "violence/military/equipment", 0.4),
    ("Explosion", "violence/sound/explosion", 0.3),
    ("Screaming", "violence/sound/scream", 0.1),
];

/// What a name of an object, a tag or a sound hints at; `None` for most.
pub fn weak_signal(source: LabelSource, name: &str) -> Option<WeakSignal> {
    let table = match source {
        LabelSource::Objects => OBJECTS,
        LabelSource::Tags => TAGS,
        LabelSource::Sounds => SOUNDS,
    };
    let (_, path, weight) = table.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name))?;
    Some(WeakSignal { label: find_label(path)?, weight: *weight })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::COCO_LABELS;
    use crate::sound::event_labels;
    use crate::tags::imagenet_words;

    #[test]
    fn every_signal_is_a_name_that_its_model_gives_and_hints_at_a_label() {
        let is_tag = |name: &str| imagenet_words().iter().any(|words| words.name == name);
        let named = (OBJECTS.iter().map(|it| (LabelSource::Objects, COCO_LABELS.contains(&it.0), it)))
            .chain(TAGS.iter().map(|it| (LabelSource::Tags, is_tag(it.0), it)))
            .chain(SOUNDS.iter().map(|it| (LabelSource::Sounds, event_labels().contains(&it.0), it)));
        for (source, is_of_model, (name, path, weight)) in named {
            assert!(is_of_model, "{name}");
            assert!(weak_signal(source, name).is_some_and(|signal| signal.label.path == *path));
            assert!((0.0..=0.5).contains(weight));
        }
    }

    #[test]
    fn a_name_means_something_only_in_its_own_vocabulary() {
        assert!(weak_signal(LabelSource::Objects, "revolver").is_none());
        assert!(weak_signal(LabelSource::Tags, "golden retriever").is_none());
    }
}
