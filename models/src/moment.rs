//! A time span of one asset that can be returned, played and cited.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{AssetId, MomentId};
use crate::time::{MediaTime, Span};

/// What bounds a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MomentKind {
    /// Two cuts.
    Shot,
    /// A passage of speech.
    Speech,
    /// The whole asset.
    Asset,
}

impl MomentKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Shot, Self::Speech, Self::Asset];

    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shot => "shot",
            Self::Speech => "speech",
            Self::Asset => "asset",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The words of a moment by channel, as the text index takes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MomentTexts {
    /// What was said, trusted segments only, joined by blanks.
    pub said: String,
    /// ISO 639-1 code of most of `said`.
    pub language: Option<String>,
    /// What was written on screen, appearances joined by line feeds.
    pub written: String,
    /// Labels of what was seen (tags and objects), each once, most confident first.
    pub seen: Vec<String>,
    /// The asset's own words; only for [`MomentKind::Asset`].
    pub title: String,
}

/// A time span of one asset, with the words that search finds it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// Derived from asset, kind and span, so that links survive a re-run: see [`MomentId::derive`].
    pub id: MomentId,
    /// Of which asset.
    pub asset: AssetId,
    /// What bounds it.
    pub kind: MomentKind,
    /// When.
    pub span: Span,
    /// Its words.
    pub texts: MomentTexts,
    /// The instant whose picture stands for it; inside `span`.
    pub still_at: MediaTime,
}

impl Moment {
    /// Makes a moment with its derived id and the middle of the span as its still.
    pub fn new(asset: AssetId, kind: MomentKind, span: Span, texts: MomentTexts) -> Self {
        let half = MediaTime::from_micros(span.duration().as_micros() / 2);
        Self { id: MomentId::derive(asset, kind, span), asset, kind, span, texts, still_at: span.start() + half }
    }
}

impl MomentId {
    /// The id of the moment of that asset, kind and span: a UUIDv5 (RFC 9562 section 5.5) in the asset's own namespace.
    pub fn derive(asset: AssetId, kind: MomentKind, span: Span) -> Self {
        let name = format!("{}/{}/{}", kind.as_str(), span.start().as_micros(), span.end().as_micros());
        Self::from_uuid(Uuid::new_v5(&asset.as_uuid(), name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stretch_of_the_same_asset_keeps_its_id() {
        let span = |end| Span::at_least_one_micro(MediaTime::ZERO, MediaTime::from_millis(end));
        let one = AssetId::from_uuid(Uuid::from_u128(1));
        let two = AssetId::from_uuid(Uuid::from_u128(2));
        let id = MomentId::derive(one, MomentKind::Shot, span(500));
        assert_eq!(id, MomentId::derive(one, MomentKind::Shot, span(500)));
        assert_ne!(id, MomentId::derive(one, MomentKind::Speech, span(500)));
        assert_ne!(id, MomentId::derive(one, MomentKind::Shot, span(501)));
        assert_ne!(id, MomentId::derive(two, MomentKind::Shot, span(500)));
    }
}
