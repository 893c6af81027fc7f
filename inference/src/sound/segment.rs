//! What is found in a sound track.

use reelgraph_models::time::Span;

/// What a stretch of sound is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SoundKind {
    /// Someone speaks.
    Speech,
    /// Someone sings, a choir without words included.
    Singing,
    /// Instruments, alone or under a voice.
    Music,
    /// Next to nothing: a level below -50 dBFS.
    Silence,
}

impl SoundKind {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Speech, Self::Singing, Self::Music, Self::Silence];

    /// A stable name for stores and wires.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Speech => "speech",
            Self::Singing => "singing",
            Self::Music => "music",
            Self::Silence => "silence",
        }
    }
}

/// One stretch of sound of one kind. Stretches of different kinds overlap where they sound together; those of one kind do not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundSegment {
    /// When.
    pub span: Span,
    /// What.
    pub kind: SoundKind,
    /// Mean probability over the stretch, short gaps included, `0..=1`. For silence, which is measured and not guessed: how
    /// sure it is that there is neither speech nor singing nor music in it.
    pub confidence: f32,
}
