//! Which embedding spaces a library keeps for searching: one that serves and, at times, one beside it.
//!
//! ```text
//!            begin            switch              roll back
//! serving A ───────► A | B? ───────────► B | A ───────────► A | B?      B? is a candidate, A after the switch the previous one
//!                       └── drop B ──► A    └── drop A ──► B
//! ```

use serde::{Deserialize, Serialize};

use crate::embedding::EmbeddingSpace;
use crate::observation::Modality;

/// What the vectors of a space are of, and which searches ask them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpaceRole {
    /// Passages of what is said.
    Passages,
    /// Frames.
    Frames,
}

impl SpaceRole {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Passages, Self::Frames];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passages => "passages",
            Self::Frames => "frames",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// The channel whose vectors they are.
    pub const fn modality(self) -> Modality {
        match self {
            Self::Passages => Modality::Passages,
            Self::Frames => Modality::Frames,
        }
    }

    /// The role of a channel's vectors; `None` for those that are never searched.
    pub fn of(modality: Modality) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.modality() == modality)
    }
}

/// Why a space is kept beside the one that serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BesideAs {
    /// It is being filled, to serve one day.
    Candidate,
    /// It served before the last switch.
    Previous,
}

impl BesideAs {
    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Previous => "previous",
        }
    }
}

/// A space that is kept beside the one that serves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Beside {
    /// Which.
    pub space: EmbeddingSpace,
    /// Why.
    pub kept_as: BesideAs,
}

/// The spaces that a library keeps for one role.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeptSpaces {
    /// For what.
    pub role: SpaceRole,
    /// The one that answers searches.
    pub serving: EmbeddingSpace,
    /// The other one, if any; never the same.
    pub beside: Option<Beside>,
}

/// Whether a space must have a vector for all that the other one has before it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Completeness {
    /// It must.
    Required,
    /// What it lacks is not found by meaning until it is filled.
    Waived,
}

/// How much of a library a space has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpaceCount {
    /// What its vectors are of.
    pub role: SpaceRole,
    /// Which space.
    pub space: EmbeddingSpace,
    /// Its vectors.
    pub vectors: u64,
    /// Moments that have one.
    pub moments: u64,
}

/// Why the spaces of a role were not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceRefusal {
    /// Nothing serves the role yet.
    #[error("no embedding space serves {} yet; start a server or a worker with its model once", role.as_str())]
    NothingServes {
        /// Which role.
        role: SpaceRole,
    },
    /// Another space is kept beside the one that serves.
    #[error("{} is kept beside the serving space already; drop it first", space.key())]
    Occupied {
        /// Which.
        space: EmbeddingSpace,
    },
    /// No space waits to serve.
    #[error("{} has no candidate to switch to; fill one first", role.as_str())]
    NoCandidate {
        /// Which role.
        role: SpaceRole,
    },
    /// No space served before.
    #[error("{} has no previous space to go back to", role.as_str())]
    NoPrevious {
        /// Which role.
        role: SpaceRole,
    },
    /// The space serves.
    #[error("{} serves searches; switch to another space first", space.key())]
    Serves {
        /// Which.
        space: EmbeddingSpace,
    },
    /// No worker has the model.
    #[error("no worker has a model for {}; pull it, start a worker anew, and try again", space.key())]
    NoModel {
        /// Which space.
        space: EmbeddingSpace,
    },
    /// Moments lack a vector.
    #[error("{} lacks {moments} moments that the serving space has; fill it first, or force it", space.key())]
    Incomplete {
        /// Which space.
        space: EmbeddingSpace,
        /// How many.
        moments: u64,
    },
}

impl SpaceRefusal {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NothingServes { .. } => "space_nothing_serves",
            Self::Occupied { .. } => "space_occupied",
            Self::NoCandidate { .. } => "space_no_candidate",
            Self::NoPrevious { .. } => "space_no_previous",
            Self::Serves { .. } => "space_serves",
            Self::NoModel { .. } => "space_no_model",
            Self::Incomplete { .. } => "space_incomplete",
        }
    }
}

impl KeptSpaces {
    /// One space that serves, and none beside it.
    pub fn new(role: SpaceRole, serving: EmbeddingSpace) -> Self {
        Self { role, serving, beside: None }
    }

    /// Every space, the serving one first.
    pub fn all(&self) -> impl Iterator<Item = &EmbeddingSpace> {
        std::iter::once(&self.serving).chain(self.beside.iter().map(|beside| &beside.space))
    }

    /// Whether the space is one of them.
    pub fn keeps(&self, space: &EmbeddingSpace) -> bool {
        self.all().any(|kept| kept == space)
    }

    /// Keeps a space to be filled; a space that is kept already stays what it is.
    ///
    /// # Errors
    /// [`SpaceRefusal::Occupied`] where another one is kept beside.
    pub fn begin(self, space: &EmbeddingSpace) -> Result<Self, SpaceRefusal> {
        if self.keeps(space) {
            return Ok(self);
        }
        match self.beside {
            Some(Beside { space, .. }) => Err(SpaceRefusal::Occupied { space }),
            None => {
                let beside = Beside { space: space.clone(), kept_as: BesideAs::Candidate };
                Ok(Self { beside: Some(beside), ..self })
            }
        }
    }

    /// Lets the candidate serve and keeps the one that served.
    ///
    /// # Errors
    /// [`SpaceRefusal::NoCandidate`].
    pub fn switch(self) -> Result<Self, SpaceRefusal> {
        let role = self.role;
        self.swap(BesideAs::Candidate, BesideAs::Previous).ok_or(SpaceRefusal::NoCandidate { role })
    }

    /// Lets the previous one serve again and keeps the one that served as a candidate.
    ///
    /// # Errors
    /// [`SpaceRefusal::NoPrevious`].
    pub fn roll_back(self) -> Result<Self, SpaceRefusal> {
        let role = self.role;
        self.swap(BesideAs::Previous, BesideAs::Candidate).ok_or(SpaceRefusal::NoPrevious { role })
    }

    /// Keeps the space no longer; one that is not kept anyway changes nothing.
    ///
    /// # Errors
    /// [`SpaceRefusal::Serves`].
    pub fn drop_space(self, space: &EmbeddingSpace) -> Result<Self, SpaceRefusal> {
        if self.serving == *space {
            return Err(SpaceRefusal::Serves { space: self.serving });
        }
        Ok(Self { beside: self.beside.filter(|beside| beside.space != *space), ..self })
    }

    fn swap(self, from: BesideAs, to: BesideAs) -> Option<Self> {
        let Beside { space, kept_as } = self.beside?;
        let beside = Beside { space: self.serving, kept_as: to };
        (kept_as == from).then_some(Self { role: self.role, serving: space, beside: Some(beside) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(name: &str) -> EmbeddingSpace {
        EmbeddingSpace { name: name.to_owned(), version: "1".to_owned(), dims: 3 }
    }

    /// A state as `serving`, or `serving | candidate?`, or `serving | previous`.
    fn state(text: &str) -> KeptSpaces {
        let (serving, beside) = text.split_once('|').unwrap_or((text, ""));
        let beside = match beside {
            "" => None,
            name if name.ends_with('?') => Some((name.trim_end_matches('?'), BesideAs::Candidate)),
            name => Some((name, BesideAs::Previous)),
        };
        let beside = beside.map(|(name, kept_as)| Beside { space: space(name), kept_as });
        KeptSpaces { beside, ..KeptSpaces::new(SpaceRole::Passages, space(serving)) }
    }

    #[test]
    fn every_step_from_every_state_leads_to_its_one_outcome() {
        let role = SpaceRole::Passages;
        type Step = fn(KeptSpaces) -> Result<KeptSpaces, SpaceRefusal>;
        let begin_b: Step = |kept| kept.begin(&space("b"));
        let begin_c: Step = |kept| kept.begin(&space("c"));
        let drop_a: Step = |kept| kept.drop_space(&space("a"));
        let drop_b: Step = |kept| kept.drop_space(&space("b"));
        let occupied = |name| Err(SpaceRefusal::Occupied { space: space(name) });
        let serves = |name| Err(SpaceRefusal::Serves { space: space(name) });
        let (no_candidate, no_previous) = (SpaceRefusal::NoCandidate { role }, SpaceRefusal::NoPrevious { role });
        let cases: [(&str, Step, Result<&str, SpaceRefusal>); 18] = [
            ("a", begin_b, Ok("a|b?")),
            ("a|b?", begin_b, Ok("a|b?")),
            ("b|a", begin_b, Ok("b|a")),
            ("a|b?", begin_c, occupied("b")),
            ("b|a", begin_c, occupied("a")),
            ("a", KeptSpaces::switch, Err(no_candidate.clone())),
            ("a|b?", KeptSpaces::switch, Ok("b|a")),
            ("b|a", KeptSpaces::switch, Err(no_candidate)),
            ("a", KeptSpaces::roll_back, Err(no_previous.clone())),
            ("a|b?", KeptSpaces::roll_back, Err(no_previous)),
            ("b|a", KeptSpaces::roll_back, Ok("a|b?")),
            ("a", drop_a, serves("a")),
            ("a", drop_b, Ok("a")),
            ("a|b?", drop_a, serves("a")),
            ("a|b?", drop_b, Ok("a")),
            ("b|a", drop_a, Ok("b")),
            ("b|a", drop_b, serves("b")),
            ("b", begin_b, Ok("b")),
        ];
        for (before, step, expected) in cases {
            assert_eq!(step(state(before)), expected.map(state), "from {before}");
        }
    }
}
