//! What a decode yields.

use reelgraph_models::picture::Frame;
use reelgraph_models::probe::NonStandard;
use reelgraph_models::time::MediaTime;
use serde::{Deserialize, Serialize};

use super::plan::FrameSize;

/// Many consecutive frames at a small size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmallBatch {
    /// Size of each.
    pub size: FrameSize,
    /// When each is shown; strictly increasing, also from one batch to the next.
    pub at: Vec<MediaTime>,
    /// `[at.len(), height, width, 3]` u8 RGB, packed.
    pub rgb: Vec<u8>,
}

impl SmallBatch {
    /// The frames one by one, each with its time.
    pub fn frames(&self) -> impl Iterator<Item = (MediaTime, &[u8])> {
        self.at.iter().copied().zip(self.rgb.chunks_exact(self.size.rgb_bytes().max(1)))
    }
}

/// A stretch of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioBlock {
    /// When its first sample is heard: always a whole number of seconds, and blocks follow each other without a gap.
    pub at: MediaTime,
    /// Mono, 16 kHz, usually within `-1..=1`. One second, but for the last block.
    pub samples: Vec<f32>,
}

/// How a decode ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodeSummary {
    /// End of the last frame or sample that was decoded.
    pub duration: MediaTime,
    /// Video frames decoded.
    pub frames: u64,
    /// 16 kHz samples given out, silence in gaps included.
    pub audio_samples: u64,
    /// Packets that could not be read or decoded; decoding went on behind them.
    pub corrupt_packets: u64,
    /// Errors that FFmpeg logged on the way.
    pub logged_errors: u64,
}

/// One thing that a decode yields. Events of one kind come in order of time; kinds are interleaved as the file has them.
#[derive(Debug, Clone, PartialEq)]
pub enum DecodeEvent {
    /// Frames at the size of [`DecodePlan::every_frame`](crate::DecodePlan::every_frame).
    Small(SmallBatch),
    /// A frame of [`DecodePlan::sampled`](crate::DecodePlan::sampled).
    Sampled(Frame),
    /// Sound, if [`DecodePlan::audio_16k_mono`](crate::DecodePlan::audio_16k_mono) asked for it.
    Audio(AudioBlock),
    /// Something unusual that showed while decoding; each reason at most once, just before the end.
    Warning {
        /// By name.
        reason: NonStandard,
        /// For people, with counts.
        detail: String,
    },
    /// Everything before this time has been given out, but for a batch that is being filled.
    Progress {
        /// How far.
        at: MediaTime,
    },
    /// The end; always the last.
    End(DecodeSummary),
}
