//! Standing searches: what they are put to, what they meet, and what a person makes of it.
//!
//! A search that stands follows the same feed that the indexes follow. What it meets is remembered by moment; a moment that
//! is remembered is never told again, whatever happens to the process, the index or the analysis.

use chrono::{DateTime, Utc};

use crate::asset::Revision;
use crate::id::{AssetId, MomentId, SavedSearchId, TenantId};
use crate::saved_search::SavedSearch;
use crate::time::Span;

/// A moment longer than this says nothing about the other answers that it lends its evidence to, microseconds. As long as
/// search makes a hit.
pub const MAX_COVERED_MICROS: i64 = 30_000_000;

/// A standing search that has something to look through.
#[derive(Debug, Clone, PartialEq)]
pub struct DueSearch {
    /// Whose.
    pub tenant: TenantId,
    /// Which, as it was when it was read.
    pub search: SavedSearch,
}

/// An asset that has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedAsset {
    /// Which.
    pub asset: AssetId,
    /// Its revision.
    pub revision: Revision,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// Whether it was deleted.
    pub is_deleted: bool,
}

/// An answer that a standing search has met.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundMatch {
    /// Where.
    pub asset: AssetId,
    /// Its strongest moment; the match is told by it.
    pub lead: MomentId,
    /// Other moments of the same stretch that were merged into the answer. Those up to [`MAX_COVERED_MICROS`] are remembered
    /// with it, so that the same stretch is not told again by another of its moments.
    pub merged: Vec<MomentId>,
    /// How good, `0..=1`.
    pub score: f32,
    /// Whether it was there before the search and is only remembered.
    pub is_silent: bool,
}

/// What a search has met on its way from one revision to another.
#[derive(Debug, Clone, PartialEq)]
pub struct LookedThrough {
    /// The last revision that was looked through.
    pub to: Revision,
    /// Whether nothing was left in the feed beyond it.
    pub is_end: bool,
    /// Best first.
    pub found: Vec<FoundMatch>,
}

/// What came of keeping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Everything was written.
    Told {
        /// Matches that were told.
        matches: usize,
    },
    /// The search was changed, deleted or looked through by another meanwhile; nothing was written.
    Overtaken,
}

/// A moment in the list of a standing search.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingMatch {
    /// Of which search.
    pub search: SavedSearchId,
    /// Which moment.
    pub moment: MomentId,
    /// Of which asset.
    pub asset: AssetId,
    /// When in the asset.
    pub span: Span,
    /// How good, `0..=1`; `None` where it was put there by hand.
    pub score: Option<f32>,
    /// What a person said about it.
    pub mark: Option<MatchMark>,
    /// When it was met, or put there.
    pub matched_at: DateTime<Utc>,
}

/// What a person says about a moment in the list of a standing search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchMark {
    /// It belongs there, whether it matches or not.
    Pinned,
    /// It does not belong there, though it matches.
    Excluded,
}

impl MatchMark {
    /// The name that stores use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pinned => "pinned",
            Self::Excluded => "excluded",
        }
    }

    /// The mark of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Pinned, Self::Excluded].into_iter().find(|mark| mark.as_str() == name)
    }
}
