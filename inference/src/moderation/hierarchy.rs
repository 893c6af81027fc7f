//! The labels of moderation: three levels, each mapped to a sensitive topic of the IAB's Content Taxonomy 3.1 and to the
//! severity of a clear case.
//!
//! The shape is that of the commercial services: a broad first level for dashboards, a second for policies, a third that names
//! what was seen. Names and codes are stored with findings; a change of any is a new [`HIERARCHY_VERSION`].

/// Version of the table; stored with every finding.
pub const HIERARCHY_VERSION: &str = "1.1";

/// A sensitive topic of the IAB Tech Lab's Content Taxonomy 3.1 (CC BY 3.0), which took them over from GARM's framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SensitiveTopic {
    /// Adult & Explicit Sexual Content.
    Adult,
    /// Arms & Ammunition.
    Arms,
    /// Crime & Harmful Acts to Individuals, Society & Human Right Violations.
    Crime,
    /// Death, Injury, or Military Conflict.
    Conflict,
    /// Hate Speech and Acts of Aggression.
    Hate,
    /// Illegal Drugs, Tobacco, eCigarettes, Vaping, Alcohol.
    Substances,
    /// Obscenity and Profanity.
    Profanity,
}

impl SensitiveTopic {
    /// The taxonomy's unique id.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Adult => "Rm3SiT",
            Self::Arms => "avbNf2",
            Self::Crime => "XtODT3",
            Self::Conflict => "I4GWl6",
            Self::Hate => "HxqYV1",
            Self::Substances => "pg0WhF",
            Self::Profanity => "j9PaO9",
        }
    }

    /// The taxonomy's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Adult => "Adult & Explicit Sexual Content",
            Self::Arms => "Arms & Ammunition",
            Self::Crime => "Crime & Harmful Acts to Individuals, Society & Human Right Violations",
            Self::Conflict => "Death, Injury, or Military Conflict",
            Self::Hate => "Hate Speech and Acts of Aggression",
            Self::Substances => "Illegal Drugs, Tobacco, eCigarettes, Vaping, Alcohol",
            Self::Profanity => "Obscenity and Profanity",
        }
    }
}

/// One label of the third level with those above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModerationLabel {
    /// What stores and policies keep, such as `explicit/sexual/photograph`; its parts are the levels.
    pub path: &'static str,
    /// The three levels as people read them, from broad to narrow.
    pub levels: [&'static str; 3],
    /// Where it belongs in the IAB's taxonomy.
    pub topic: SensitiveTopic,
    /// How much a clear case weighs at the default policy.
    pub severity: Severity,
}

/// Shortens the table.
const fn label(
    path: &'static str,
    levels: [&'static str; 3],
    topic: SensitiveTopic,
    severity: Severity,
) -> ModerationLabel {
    ModerationLabel { path, levels, topic, severity }
}

use reelgraph_models::observation::Severity;

use SensitiveTopic as Topic;

/// Every label, level by level.
pub const LABELS: &[ModerationLabel] = &[
    label("explicit/sexual/photograph", ["Explicit", "Sexual pictures", "Photograph"], Topic::Adult, Severity::High),
    label("explicit/sexual/drawing", ["Explicit", "Sexual pictures", "Drawing"], Topic::Adult, Severity::High),
    label("suggestive/sexual/photograph", ["Suggestive", "Sexual pictures", "Photograph"], Topic::Adult, Severity::Low),
    label("language/sexual/reference", ["Language", "Sexual language", "Reference"], Topic::Adult, Severity::Low),
    label("language/sexual/vulgar", ["Language", "Sexual language", "Vulgar"], Topic::Adult, Severity::Medium),
    label("language/sexual/crime", ["Language", "Sexual language", "Sexual crime"], Topic::Crime, Severity::Medium),
    label("language/sexual/minors", ["Language", "Sexual language", "Minors"], Topic::Crime, Severity::High),
    label("language/profanity/mild", ["Language", "Profanity", "Mild"], Topic::Profanity, Severity::Low),
    label(
        "language/profanity/strong",
        ["Language", "Profanity", "Insult or strong"],
        Topic::Profanity,
        Severity::Medium,
    ),
    label("language/toxicity/sentence", ["Language", "Toxicity", "Sentence"], Topic::Hate, Severity::Medium),
    label("hate/slur/group", ["Hate", "Slur", "Against a group"], Topic::Hate, Severity::High),
    label("hate/symbol/word", ["Hate", "Symbol or historical term", "Word"], Topic::Hate, Severity::Medium),
    label("violence/language/act", ["Violence", "Violent language", "Violent act"], Topic::Crime, Severity::Low),
    label("violence/weapons/firearm", ["Violence", "Weapons", "Firearm"], Topic::Arms, Severity::Low),
    label("violence/weapons/blade", ["Violence", "Weapons", "Blade"], Topic::Arms, Severity::Low),
    label("violence/weapons/gear", ["Violence", "Weapons", "Holster or armour"], Topic::Arms, Severity::Low),
    label(
        "violence/military/equipment",
        ["Violence", "Military", "Heavy weapon or vehicle"],
        Topic::Conflict,
        Severity::Low,
    ),
    label("violence/military/uniform", ["Violence", "Military", "Uniform"], Topic::Conflict, Severity::Low),
    label("violence/sound/explosion", ["Violence", "Sounds", "Explosion"], Topic::Conflict, Severity::Low),
    label("violence/sound/scream", ["Violence", "Sounds", "Scream"], Topic::Crime, Severity::Low),
    label("substances/alcohol/drink", ["Substances", "Alcohol", "Drink or vessel"], Topic::Substances, Severity::Low),
    label("substances/tobacco/smoking", ["Substances", "Tobacco", "Smoking"], Topic::Substances, Severity::Low),
    label(
        "substances/drugs/utensil",
        ["Substances", "Drugs and medicine", "Utensil"],
        Topic::Substances,
        Severity::Low,
    ),
    label("substances/drugs/word", ["Substances", "Drugs and medicine", "Word"], Topic::Substances, Severity::Low),
];

/// The label of that path.
pub fn find_label(path: &str) -> Option<&'static ModerationLabel> {
    LABELS.iter().find(|label| label.path == path)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_label_has_three_levels_and_a_path_of_its_own() {
        let paths: BTreeSet<&str> = LABELS.iter().map(|label| label.path).collect();
        assert_eq!(paths.len(), LABELS.len());
        for label in LABELS {
            assert_eq!(label.path.split('/').filter(|part| !part.is_empty()).count(), 3, "{}", label.path);
            assert!(label.severity > Severity::None && find_label(label.path) == Some(label));
        }
    }

    #[test]
    fn labels_of_one_second_level_share_their_first() {
        for one in LABELS {
            for other in LABELS {
                let parent = |label: &ModerationLabel| label.path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
                let same_parent = parent(one) == parent(other);
                assert_eq!(same_parent, one.levels[..2] == other.levels[..2], "{} {}", one.path, other.path);
            }
        }
    }

    #[test]
    fn topics_have_codes_of_their_own() {
        let codes: BTreeSet<&str> = LABELS.iter().map(|label| label.topic.code()).collect();
        let names: BTreeSet<&str> = LABELS.iter().map(|label| label.topic.name()).collect();
        assert_eq!((codes.len(), names.len()), (7, 7));
        assert!(codes.iter().all(|code| code.len() == 6));
    }
}
