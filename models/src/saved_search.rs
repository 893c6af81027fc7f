//! Searches that a person keeps: under a name, or because they did them lately.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::asset::Revision;
use crate::id::SavedSearchId;

/// Longest name of a saved search, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// Longest name of a principal, in characters.
pub const MAX_OWNER_CHARS: usize = 200;
/// Longest stored search, in bytes of its JSON: a thousand assets named by a filter fit.
pub const MAX_INPUT_BYTES: usize = 128 * 1024;
/// Most saved searches of one tenant.
pub const MAX_SAVED_SEARCHES: u64 = 10_000;
/// Most of them that stand: each is run again for everything that is new.
pub const MAX_STANDING_SEARCHES: u64 = 500;
/// Recent searches kept of one principal.
pub const MAX_RECENT_SEARCHES: usize = 50;

/// Whose a search is: the name of a principal, as whoever identifies people gives it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Owner(String);

impl Owner {
    /// Takes a name, cut to [`MAX_OWNER_CHARS`].
    pub fn new(name: &str) -> Self {
        Self(name.chars().filter(|&c| c != '\0').take(MAX_OWNER_CHARS).collect())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A search as it was asked, so that it can be asked again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSearch {
    /// The words, for display.
    pub query: String,
    /// JSON of all of it, as its asker writes and reads it; at most [`MAX_INPUT_BYTES`].
    pub input: String,
}

/// A search that was kept under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: SavedSearchId,
    /// Who keeps it.
    pub owner: Owner,
    /// What it is called.
    pub name: String,
    /// What is asked.
    pub search: StoredSearch,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// How it stands; `None` where it is run only when someone asks.
    pub standing: Option<Standing>,
}

/// How a standing search stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Since when.
    pub since: DateTime<Utc>,
    /// The revision up to which it has looked through the library.
    pub watermark: Revision,
    /// Whether it has looked through all that was there when it began. Until then, what it meets in assets that are older
    /// than `since` is remembered and not told.
    pub is_seeded: bool,
    /// Whether it tells of what was there before it, too.
    pub backfills: Backfill,
}

/// What a search that begins to stand makes of moments that are there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Backfill {
    /// It remembers them, so that they are never told.
    #[default]
    Silent,
    /// It tells of them as of new ones.
    Tell,
}

/// A search to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSavedSearch {
    /// Who keeps it.
    pub owner: Owner,
    /// What it is called.
    pub name: String,
    /// What is asked.
    pub search: StoredSearch,
}

/// What to change of a saved search; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedSearchChange {
    /// What it is called.
    pub name: Option<String>,
    /// What is asked. A search that stands begins anew with it, silently.
    pub search: Option<StoredSearch>,
}

/// A search that a person did lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentSearch {
    /// What was asked.
    pub search: StoredSearch,
    /// When, the last time.
    pub searched_at: DateTime<Utc>,
}
