//! What a decode is to yield.

use reelgraph_models::time::MediaTime;
use serde::{Deserialize, Serialize};

/// Samples per second of the sound that comes out: what speech models take.
pub const SAMPLE_RATE_HZ: u32 = 16_000;

/// Columns and rows of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FrameSize {
    /// Columns; at least 1.
    pub width_px: u32,
    /// Rows; at least 1.
    pub height_px: u32,
}

impl FrameSize {
    /// What TransNet V2 looks at (Souček and Lokoč 2020).
    pub const SHOTS: Self = Self { width_px: 48, height_px: 27 };

    /// Bytes of a packed RGB picture of this size.
    pub const fn rgb_bytes(self) -> usize {
        self.width_px as usize * self.height_px as usize * 3
    }
}

/// Which pictures are taken out at a size in which a person or a model can see something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplePlan {
    /// The first frame at or behind every multiple of this is taken; with zero or less, every frame. Where
    /// [`DecodePlan::every_frame`] is asked for as well, so is the first frame after each jump of the picture. Where one after
    /// the other is the same as the last to the last sample, only every eighth is taken.
    pub interval: MediaTime,
    /// Longer side of what comes out at most; smaller pictures are not enlarged. At least 1.
    pub max_side_px: u32,
}

/// What one decode of a file is to yield; the default yields nothing but the number of frames and where they end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecodePlan {
    /// Every frame at exactly this size, squeezed to it whatever its shape.
    pub every_frame: Option<FrameSize>,
    /// Some frames, larger.
    pub sampled: Option<SamplePlan>,
    /// The sound, as 16 kHz mono.
    pub audio_16k_mono: bool,
    /// Measure how loud the sound is, at its own rate and channels; only along with `audio_16k_mono`.
    pub loudness: bool,
    /// Look whether pictures are made of two fields; only along with pictures.
    pub fields: bool,
    /// The cues of every subtitle track that is text and, where there are pictures to decode, of the closed captions inside them.
    pub subtitles: bool,
    /// Threads of the video decoder; at least 1. Scaling and sound take another.
    pub decoder_threads: u16,
}

impl Default for DecodePlan {
    fn default() -> Self {
        Self {
            every_frame: None,
            sampled: None,
            audio_16k_mono: false,
            loudness: false,
            fields: false,
            subtitles: false,
            decoder_threads: 2,
        }
    }
}

impl DecodePlan {
    /// Largest side that a plan may ask for, in pixels; larger requests are cut down to it.
    pub const MAX_SIDE_PX: u32 = 4096;

    /// Whether any pictures are asked for.
    pub(crate) fn wants_pictures(&self) -> bool {
        self.every_frame.is_some() || self.sampled.is_some()
    }

    /// The plan with every size within bounds.
    pub(crate) fn bounded(&self) -> Self {
        let side = |px: u32| px.clamp(1, Self::MAX_SIDE_PX);
        Self {
            every_frame: self.every_frame.map(|size| FrameSize {
                width_px: side(size.width_px).min(512),
                height_px: side(size.height_px).min(512),
            }),
            sampled: self.sampled.map(|plan| SamplePlan { max_side_px: side(plan.max_side_px), ..plan }),
            decoder_threads: self.decoder_threads.clamp(1, 64),
            ..self.clone()
        }
    }
}
