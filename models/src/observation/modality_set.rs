//! Several channels of evidence at once.

use serde::{Deserialize, Serialize};

use super::Modality;

/// A set of channels; small enough to be copied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Modality>", into = "Vec<Modality>")]
pub struct ModalitySet(u32);

impl ModalitySet {
    /// None.
    pub const EMPTY: Self = Self(0);

    const fn bit(modality: Modality) -> u32 {
        1 << modality as u32
    }

    /// The set with one more.
    #[must_use]
    pub const fn with(self, modality: Modality) -> Self {
        Self(self.0 | Self::bit(modality))
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Adds one.
    pub fn insert(&mut self, modality: Modality) {
        *self = self.with(modality);
    }

    /// Whether it is there.
    pub const fn contains(self, modality: Modality) -> bool {
        self.0 & Self::bit(modality) != 0
    }

    /// Whether all of the other are there.
    pub const fn covers(self, other: Self) -> bool {
        other.without(self).is_empty()
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The channels, in display order.
    pub fn iter(self) -> impl Iterator<Item = Modality> {
        Modality::ALL.into_iter().filter(move |modality| self.contains(*modality))
    }

    /// Names joined by commas, in display order, as stores keep it; empty for the empty set.
    pub fn names(self) -> String {
        self.iter().map(Modality::as_str).collect::<Vec<_>>().join(",")
    }

    /// Reads [`ModalitySet::names`]; `None` where a name is not known.
    pub fn from_names(names: &str) -> Option<Self> {
        names.split(',').filter(|name| !name.is_empty()).map(Modality::from_name).collect()
    }
}

impl FromIterator<Modality> for ModalitySet {
    fn from_iter<I: IntoIterator<Item = Modality>>(all: I) -> Self {
        all.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl From<Vec<Modality>> for ModalitySet {
    fn from(all: Vec<Modality>) -> Self {
        all.into_iter().collect()
    }
}

impl From<ModalitySet> for Vec<Modality> {
    fn from(set: ModalitySet) -> Self {
        set.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_unknown_ones_do_not() {
        for modality in Modality::ALL {
            let one = ModalitySet::EMPTY.with(modality);
            assert!(one.contains(modality) && one.iter().eq([modality]));
            assert_eq!(ModalitySet::from_names(&one.names()), Some(one));
        }
        let all: ModalitySet = Modality::ALL.into_iter().collect();
        assert_eq!(ModalitySet::from_names(&all.names()), Some(all));
        assert_eq!(ModalitySet::from_names(""), Some(ModalitySet::EMPTY));
        assert_eq!(ModalitySet::from_names("speech,smell"), None);
    }

    #[test]
    fn a_set_covers_its_parts_only() {
        let speech = ModalitySet::EMPTY.with(Modality::Speech);
        let both = speech.with(Modality::Tags);
        assert!(both.covers(speech) && both.covers(ModalitySet::EMPTY) && !speech.covers(both));
        assert_eq!(both.without(speech).names(), "tags");
    }
}
