//! People: whose the faces and voices of a library are.
//!
//! A tenant's faces are put together by how alike they are ([`place`]), and whom they belong to is named by people, never
//! guessed. What someone decided about a face stays with it: neither later faces nor another analysis of its asset
//! ([`carry_over`]) change that.

mod change;
mod gallery;
mod place;
mod rematch;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use change::{ChangeKind, Edit, FaceMove, PersonChange, PersonRecord, Renaming, Standing, VoiceMove};
pub use gallery::Gallery;
pub use place::{FaceTrack, LEAST_QUALITY, Placement, SAME_PERSON, place};
pub use rematch::{Carried, Remembered, Reseen, carry_over, carry_over_turns};

use crate::id::{AssetId, FaceId, ObservationId, PersonId, VoiceId};
use crate::observation::BoundingBox;
use crate::time::{MediaTime, Span};

/// Longest name of a person, in characters.
pub const MAX_NAME_CHARS: usize = 200;

/// Someone who is seen or heard in a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// What people call them; `None` until someone says.
    pub name: Option<String>,
    /// Faces of theirs.
    pub faces: u64,
    /// Assets in which they are seen or heard.
    pub assets: u64,
    /// When their first face was put apart from others, or someone made them.
    pub created_at: DateTime<Utc>,
    /// When anything about them last changed.
    pub updated_at: DateTime<Utc>,
}

/// One face, followed through the pictures of one shot. It stays the same when its asset is analysed again.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Its id.
    pub id: FaceId,
    /// Of which asset.
    pub asset: AssetId,
    /// How the latest analysis saw it; `None` where it did not, and someone had decided about the face.
    pub observation: Option<ObservationId>,
    /// Whose it is, and who says so.
    pub standing: Standing,
    /// When it is seen.
    pub span: Span,
    /// When it is seen best.
    pub at: MediaTime,
    /// Where it is then.
    pub bounds: BoundingBox,
    /// How well that shows it, `0..=1`.
    pub quality: f32,
    /// A still picture that shows it.
    pub still: Option<FaceStill>,
}

/// A still picture with a face in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FaceStill {
    /// Of which instant.
    pub at: MediaTime,
    /// Where the face is in it.
    pub bounds: BoundingBox,
}

/// One voice of one asset. It stays the same when the asset is analysed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// Its id.
    pub id: VoiceId,
    /// Of which asset.
    pub asset: AssetId,
    /// Its number in the asset; `None` where the latest analysis does not hear it, and someone had named it.
    pub speaker: Option<u32>,
    /// Whose it is, where someone said so.
    pub person: Option<PersonId>,
    /// When it is heard, in order.
    pub turns: Vec<Span>,
}

/// By what someone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KnownBy {
    /// Their face.
    Face,
    /// Their voice.
    Voice,
}

/// Someone is seen or heard in a stretch of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appearance {
    /// When.
    pub span: Span,
    /// Who.
    pub person: PersonId,
    /// Their name, where they have one.
    pub name: Option<String>,
    /// By what.
    pub by: KnownBy,
}

/// One asset in which someone appears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetAppearance {
    /// Which.
    pub asset: AssetId,
    /// When they are seen, in order.
    pub seen: Vec<Span>,
    /// When they are heard, in order.
    pub heard: Vec<Span>,
}

/// Why something is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing but blanks.
    #[error("a name has at least one character that is not blank")]
    Blank,
    /// Too long.
    #[error("a name has at most {MAX_NAME_CHARS} characters")]
    TooLong,
    /// More than one line.
    #[error("a name is one line without control characters")]
    Control,
}

/// A name as people type it, trimmed.
///
/// # Errors
/// [`BadName`].
pub fn check_name(name: &str) -> Result<&str, BadName> {
    let name = name.trim();
    if name.is_empty() {
        Err(BadName::Blank)
    } else if name.chars().nth(MAX_NAME_CHARS).is_some() {
        Err(BadName::TooLong)
    } else if name.chars().any(char::is_control) {
        Err(BadName::Control)
    } else {
        Ok(name)
    }
}

/// Spans that touch or overlap as one, in order.
pub fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start() <= last.end() => *last = last.hull(span),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_that_is_not_blank() {
        assert_eq!(check_name("  Ada Lovelace "), Ok("Ada Lovelace"));
        assert_eq!(check_name(" \t"), Err(BadName::Blank));
        assert_eq!(check_name(&"x".repeat(201)), Err(BadName::TooLong));
        assert_eq!(check_name("Ada\nLovelace"), Err(BadName::Control));
    }

    #[test]
    fn spans_that_touch_are_joined() {
        let span = |start, end| Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(end));
        assert_eq!(joined(vec![span(5, 9), span(0, 3), span(3, 4), span(8, 12)]), [span(0, 4), span(5, 12)]);
    }
}
