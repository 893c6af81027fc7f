//! What a decode yields.

use reelgraph_models::captions::CaptionChannel;
use reelgraph_models::picture::Frame;
use reelgraph_models::probe::NonStandard;
use reelgraph_models::time::{MediaTime, Span};
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

/// What a subtitle track, or a channel of closed captions, shows at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleCue {
    /// Position of the track among the streams of the file, from 0; of the pictures, where the captions are inside them.
    pub stream: u32,
    /// Of closed captions, the channel.
    pub channel: Option<CaptionChannel>,
    /// When it is shown; never before the start.
    pub span: Span,
    /// Its lines, without markup of the format; never empty, none blank, at most some thousand characters in all.
    pub lines: Vec<String>,
}

impl SubtitleCue {
    /// Most cues that are taken from one file: a day of talk in a dozen languages has less.
    pub const MAX_PER_FILE: u64 = 200_000;
}

/// How loud a file is, by EBU R128 (ITU-R BS.1770-4, EBU Tech 3341 and 3342).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Loudness {
    /// Integrated loudness in LUFS.
    pub integrated_lufs: f32,
    /// Loudness range in LU.
    pub range_lu: f32,
    /// Highest true peak of any channel in dBTP.
    pub true_peak_dbtp: f32,
}

/// What the rows of some pictures, spread over the file, say about fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldCounts {
    /// Pictures whose upper rows are of an earlier time than the lower ones.
    pub top_first: u64,
    /// Pictures whose lower rows are of an earlier time.
    pub bottom_first: u64,
    /// Pictures of one time.
    pub progressive: u64,
}

/// How a decode ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DecodeSummary {
    /// End of the last frame or sample that was decoded.
    pub duration: MediaTime,
    /// Video frames decoded.
    pub frames: u64,
    /// 16 kHz samples given out, silence in gaps included.
    pub audio_samples: u64,
    /// How loud the sound is, if [`DecodePlan::loudness`](crate::DecodePlan::loudness) asked for it and it is not silent or
    /// shorter than 0.4 s.
    pub loudness: Option<Loudness>,
    /// Whether pictures are made of two fields, if [`DecodePlan::fields`](crate::DecodePlan::fields) asked for it.
    pub fields: FieldCounts,
    /// Packets that could not be read or decoded; decoding went on behind them.
    pub corrupt_packets: u64,
    /// Errors that FFmpeg logged on the way.
    pub logged_errors: u64,
}

impl FieldCounts {
    /// Fewest pictures that make a judgement.
    const ENOUGH: u64 = 4;

    /// Share of the judged pictures that are made of two fields, `0..=1`: those of one order less those of the other, since
    /// chance gives both alike. `None` where too few pictures move enough to tell.
    pub fn interlaced_share(self) -> Option<f32> {
        let judged = self.top_first + self.bottom_first + self.progressive;
        (judged >= Self::ENOUGH).then(|| self.top_first.abs_diff(self.bottom_first) as f32 / judged as f32)
    }

    /// Whether at least a third is: film that was spread over fields (3:2) has two of five.
    pub fn is_interlaced(self) -> bool {
        self.interlaced_share().is_some_and(|share| share >= 0.33)
    }
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
    /// A cue, if [`DecodePlan::subtitles`](crate::DecodePlan::subtitles) asked for them; in order of time in each track and
    /// channel that keeps it.
    Subtitle(SubtitleCue),
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
