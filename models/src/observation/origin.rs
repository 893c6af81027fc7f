//! Who an observation comes from: our analyzers, another system's, captions, or a person who corrected it.

use super::{Modality, Observation, Provenance};

/// Where an observation comes from. Later ones outrank earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// An analyzer of this installation.
    Computed,
    /// Analysis made elsewhere.
    Imported,
    /// Captions that someone supplied.
    Supplied,
    /// A line that a person corrected here.
    Edited,
}

impl Origin {
    /// What stands before the stream, in the source of a track that was inside the file; no name that a person gives has it.
    pub const EMBEDDED: &str = "embedded:";
    /// What stands behind the stream where the track only has what is not in the language of the film.
    pub const FORCED: &str = "-forced";

    /// What stands before the name of an analyzer, and of a model in coverage; empty for our own.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Computed => "",
            Self::Imported => "import/",
            Self::Supplied => "supplied/",
            Self::Edited => "edited/",
        }
    }

    /// The origin that the name of an analyzer, or of a model in coverage, tells.
    pub fn of_name(name: &str) -> Self {
        [Self::Edited, Self::Supplied, Self::Imported]
            .into_iter()
            .find(|origin| name.starts_with(origin.prefix()))
            .unwrap_or(Self::Computed)
    }
}

impl Provenance {
    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        Origin::of_name(&self.analyzer)
    }
}

impl Observation {
    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        self.provenance.origin()
    }

    /// Whether this is one of those that moments are cut by.
    pub fn shapes_moments(&self) -> bool {
        matches!(self.modality, Modality::Shots | Modality::Speech)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_supplied_outranks_what_machines_heard() {
        assert_eq!(Origin::of_name("supplied/newsroom-en/speech"), Origin::Supplied);
        assert_eq!(Origin::of_name("import/archive/speech"), Origin::Imported);
        assert_eq!(Origin::of_name("speech/speech"), Origin::Computed);
        assert_eq!(Origin::of_name("edited/1/speech"), Origin::Edited);
        assert!(Origin::Supplied > Origin::Imported && Origin::Imported > Origin::Computed);
        assert!(Origin::Edited > Origin::Supplied);
    }
}
