//! How much of the analysis a job does.

use crate::observation::{Modality, ModalitySet};

/// Which channels a job looks at; what it does not look at stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All that there are models for.
    #[default]
    Everything,
    /// These, and what depends on them. None: only the moments are made again of what is known.
    Only(ModalitySet),
    /// Only vectors, and only in those of the kept spaces ([`crate::space`]) that these channels have not been covered in.
    Fill(ModalitySet),
}

impl Scope {
    /// Only the moments.
    pub const MOMENTS: Self = Self::Only(ModalitySet::EMPTY);

    /// Whether a job of this scope looks at that channel.
    pub const fn includes(self, modality: Modality) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(set) | Self::Fill(set) => set.contains(modality),
        }
    }

    /// Whether a job of this scope does all that one of the other would.
    pub const fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::Everything, _) => true,
            (_, Self::Everything) | (Self::Fill(_), Self::Only(_)) => false,
            (Self::Only(own), Self::Only(other) | Self::Fill(other)) | (Self::Fill(own), Self::Fill(other)) => {
                own.covers(other)
            }
        }
    }

    /// The scope that does what both do.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fill(own), Self::Fill(other)) => Self::Fill(own.union(other)),
            (Self::Only(own) | Self::Fill(own), Self::Only(other) | Self::Fill(other)) => Self::Only(own.union(other)),
            _ => Self::Everything,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_covers_all_and_a_part_covers_its_own() {
        let speech = Scope::Only(ModalitySet::EMPTY.with(Modality::Speech));
        let tags = Scope::Only(ModalitySet::EMPTY.with(Modality::Tags));
        assert!(Scope::Everything.covers(speech) && !speech.covers(Scope::Everything) && !speech.covers(tags));
        assert!(speech.union(tags).covers(tags) && speech.covers(Scope::MOMENTS));
        assert_eq!(speech.union(Scope::Everything), Scope::Everything);
    }

    #[test]
    fn filling_does_a_part_of_what_looking_does_and_makes_no_moments() {
        let set = ModalitySet::EMPTY.with(Modality::Passages);
        let (look, fill) = (Scope::Only(set), Scope::Fill(set));
        assert!(look.covers(fill) && fill.covers(fill) && !fill.covers(look) && !fill.covers(Scope::MOMENTS));
        assert_eq!((fill.union(look), fill.union(fill), fill.union(Scope::MOMENTS)), (look, fill, look));
    }
}
