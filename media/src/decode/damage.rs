//! Where in a file something could not be decoded.

use std::fmt;

use reelgraph_models::time::MediaTime;

/// From the first to the last place that is damaged; nowhere by default.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Damage {
    extent: Option<(MediaTime, MediaTime)>,
}

impl Damage {
    /// Notes that something is wrong at that time.
    pub(super) fn note(&mut self, at: MediaTime) {
        *self = self.and(Self { extent: Some((at, at)) });
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        let extent = match (self.extent, other.extent) {
            (Some((first, last)), Some((earliest, latest))) => Some((first.min(earliest), last.max(latest))),
            (one, other) => one.or(other),
        };
        Self { extent }
    }
}

impl fmt::Display for Damage {
    /// To stand behind what is wrong; nothing where no time is known.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.extent {
            None => Ok(()),
            Some((first, last)) if first == last => write!(formatter, ", at {first}"),
            Some((first, last)) => write!(formatter, ", between {first} and {last}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_reaches_from_its_first_place_to_its_last() {
        let mut damage = Damage::default();
        assert_eq!(damage.to_string(), "");
        damage.note(MediaTime::from_millis(4_200));
        assert_eq!(damage.to_string(), ", at 0:04.200");
        damage.note(MediaTime::from_millis(1_000));
        let mut other = Damage::default();
        other.note(MediaTime::from_millis(60_000));
        assert_eq!(damage.and(other).to_string(), ", between 0:01.000 and 1:00.000");
        assert_eq!(Damage::default().and(other), other);
    }
}
