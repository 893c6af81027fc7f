//! Where and when an asset may be used: the licences that someone has noted for it.

use std::collections::BTreeSet;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A country or a dependent territory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Territory(String);

impl Territory {
    /// The territory with that code of ISO 3166-1 of two letters, in any case; `XK` is Kosovo, as is common use. `None` where
    /// that is no code.
    pub fn new(code: &str) -> Option<Self> {
        let code = code.to_ascii_uppercase();
        (rust_iso3166::from_alpha2(&code).is_some() || code == "XK").then_some(Self(code))
    }

    /// Its code, in capitals.
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Territory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The right to use an asset in some territories for some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// Where; the whole world where `None`.
    pub territories: Option<BTreeSet<Territory>>,
    /// The first day (UTC); without beginning where `None`.
    pub first_day: Option<NaiveDate>,
    /// The last day (UTC), included; without end where `None`.
    pub last_day: Option<NaiveDate>,
    /// What people should know of it, such as the number of a contract.
    pub note: Option<String>,
}

impl Licence {
    /// Most characters of a note.
    pub const MAX_NOTE_CHARS: usize = 500;

    fn covers(&self, territory: &Territory, day: NaiveDate) -> bool {
        self.territories.as_ref().is_none_or(|territories| territories.contains(territory))
            && self.first_day.is_none_or(|first| first <= day)
            && self.last_day.is_none_or(|last| day <= last)
    }

    fn check(&self) -> Result<(), RightsError> {
        if self.territories.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(RightsError::Nowhere);
        }
        if let (Some(first), Some(last)) = (self.first_day, self.last_day)
            && first > last
        {
            return Err(RightsError::Backwards { first, last });
        }
        let note = self.note.as_deref().unwrap_or("-");
        let is_long = note.chars().nth(Self::MAX_NOTE_CHARS).is_some();
        match is_long || note.trim().is_empty() || note.chars().any(char::is_control) {
            true => Err(RightsError::Note),
            false => Ok(()),
        }
    }
}

/// The licences of an asset. Without any, nothing is known to be allowed anywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rights(Vec<Licence>);

/// What is wrong with a licence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// An empty list of territories.
    #[error("a licence names at least one territory, or none at all for the whole world")]
    Nowhere,
    /// Ends before it begins.
    #[error("a licence cannot end on {last} and begin on {first}")]
    Backwards {
        /// First day.
        first: NaiveDate,
        /// Last day.
        last: NaiveDate,
    },
    /// A note that is blank, too long, or has control characters.
    #[error("a note is one line of 1 to {} characters", Licence::MAX_NOTE_CHARS)]
    Note,
    /// Too many licences.
    #[error("an asset has at most {} licences", Rights::MAX_LICENCES)]
    TooManyLicences,
    /// Too many territories.
    #[error("the licences of an asset name at most {} territories, all together", Rights::MAX_TERRITORIES)]
    TooManyTerritories,
}

impl Rights {
    /// Licences of one asset.
    pub const MAX_LICENCES: usize = 16;
    /// Territories of all its licences together; there are some 250.
    pub const MAX_TERRITORIES: usize = 300;

    /// Takes licences that fit together.
    ///
    /// # Errors
    /// [`RightsError`].
    pub fn new(licences: Vec<Licence>) -> Result<Self, RightsError> {
        if licences.len() > Self::MAX_LICENCES {
            return Err(RightsError::TooManyLicences);
        }
        let territories = |licence: &Licence| licence.territories.as_ref().map_or(1, BTreeSet::len);
        if licences.iter().map(territories).sum::<usize>() > Self::MAX_TERRITORIES {
            return Err(RightsError::TooManyTerritories);
        }
        licences.iter().try_for_each(Licence::check)?;
        Ok(Self(licences))
    }

    /// Each licence, in the order in which they were given.
    pub fn licences(&self) -> &[Licence] {
        &self.0
    }

    /// Whether the asset may be used there on that day.
    pub fn allow(&self, territory: &Territory, day: NaiveDate) -> bool {
        self.0.iter().any(|licence| licence.covers(territory, day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        text.parse().ok()
    }

    fn licence(territories: Option<&[&str]>, first: &str, last: &str) -> Licence {
        let territories = territories.map(|codes| codes.iter().filter_map(|code| Territory::new(code)).collect());
        Licence { territories, first_day: day(first), last_day: day(last), note: None }
    }

    #[test]
    fn codes_of_territories_are_told_from_other_words() {
        assert_eq!(Territory::new("de").as_ref().map(Territory::code), Some("DE"));
        assert!(["US", "gb", "XK", "AQ"].iter().all(|code| Territory::new(code).is_some()));
        assert!(["", "D", "DEU", "EU", "XX", "UK", "ä", "d e"].iter().all(|code| Territory::new(code).is_none()));
    }

    #[test]
    fn a_licence_covers_its_days_from_the_first_to_the_last() -> Result<(), RightsError> {
        let rights = Rights::new(vec![
            licence(Some(&["DE", "AT"]), "2026-01-01", "2026-12-31"),
            licence(None, "2028-02-29", ""),
        ])?;
        let may = |code: &str, on: &str| {
            Territory::new(code).zip(day(on)).is_some_and(|(territory, day)| rights.allow(&territory, day))
        };
        assert!(may("DE", "2026-01-01") && may("AT", "2026-12-31"));
        assert!(!may("DE", "2025-12-31") && !may("DE", "2027-01-01") && !may("FR", "2026-06-01"));
        assert!(!may("FR", "2028-02-28") && may("FR", "2028-02-29") && may("DE", "2100-01-01"));
        assert!(!Rights::default().licences().iter().any(|_| true));
        Ok(())
    }

    #[test]
    fn licences_that_cannot_be_are_refused() {
        let refused = |licence: Licence| Rights::new(vec![licence]).err();
        assert_eq!(refused(licence(Some(&[]), "", "")), Some(RightsError::Nowhere));
        assert!(matches!(refused(licence(None, "2026-02-01", "2026-01-31")), Some(RightsError::Backwards { .. })));
        for note in ["", "  ", "a\nb", &"x".repeat(501)] {
            assert_eq!(
                refused(Licence { note: Some(note.to_owned()), ..licence(None, "", "") }),
                Some(RightsError::Note)
            );
        }
        assert_eq!(Rights::new(vec![licence(None, "", ""); 17]), Err(RightsError::TooManyLicences));
        let all: BTreeSet<Territory> =
            rust_iso3166::ALL.iter().filter_map(|country| Territory::new(country.alpha2)).collect();
        let everywhere = Licence { territories: Some(all), ..licence(None, "", "") };
        assert_eq!(Rights::new(vec![everywhere.clone(); 2]), Err(RightsError::TooManyTerritories));
        assert!(Rights::new(vec![everywhere]).is_ok());
    }
}
