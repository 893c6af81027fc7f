//! What is heard of voices, and who they turn out to be.

use reelgraph_models::time::{MediaTime, Span};

use super::encoder::Voice;

/// A look at a voice.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceWindow {
    /// 1.6 s, or the whole of a shorter region.
    pub span: Span,
    /// What is heard in it.
    pub voice: Voice,
}

impl VoiceWindow {
    pub(super) fn middle(&self) -> MediaTime {
        MediaTime::from_micros(i64::midpoint(self.span.start().as_micros(), self.span.end().as_micros()))
    }
}

/// A stretch in which someone speaks, one person or several in turn, without a long pause.
#[derive(Debug, Clone, PartialEq)]
pub struct VoicedRegion {
    /// From the first word to the last.
    pub span: Span,
    /// By start; they overlap. None where the region is shorter than 0.4 s.
    pub windows: Vec<VoiceWindow>,
}

/// One person speaks.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeakerTurn {
    /// From the first word to the last, short pauses included.
    pub span: Span,
    /// Their number in the asset, from 0, in the order in which they first speak.
    pub speaker: usize,
    /// What their voice sounds like in it.
    pub voice: Voice,
}
