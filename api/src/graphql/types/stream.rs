//! The streams of a file, by kind.

use async_graphql::{Enum, SimpleObject, Union};
use reelgraph_models::probe::{StreamDetails, StreamInfo};

use super::scalar::Long;

/// One stream of a file.
#[derive(Debug, Clone, PartialEq, Union)]
pub(crate) enum Stream {
    /// Moving pictures, or a cover picture.
    Video(VideoStream),
    /// Sound.
    Audio(AudioStream),
    /// Subtitles or captions.
    Subtitle(SubtitleStream),
    /// Timed metadata, attachments and what else there is.
    Data(DataStream),
}

/// A fraction of two whole numbers, so that rates such as 30000/1001 stay exact.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct Ratio {
    /// Above the line.
    pub numerator: u32,
    /// Below the line; greater than zero.
    pub denominator: u32,
    /// The quotient.
    pub value: f64,
}

impl Ratio {
    fn new((numerator, denominator): (u32, u32)) -> Option<Self> {
        (denominator > 0).then(|| Self { numerator, denominator, value: f64::from(numerator) / f64::from(denominator) })
    }
}

/// Moving pictures, or a cover picture.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct VideoStream {
    /// Position in the file, from 0.
    pub index: u32,
    /// Codec's short name, such as `h264`.
    pub codec: String,
    /// Codec profile, such as `High`.
    pub profile: Option<String>,
    /// Language tag as the file states it.
    pub language: Option<String>,
    /// Title as the file states it.
    pub title: Option<String>,
    /// Bits per second.
    pub bit_rate_bps: Option<Long>,
    /// Whether the file marks it as default.
    pub is_default: bool,
    /// Whether a decoder for it is present.
    pub is_decodable: bool,
    /// Coded columns.
    pub width_px: u32,
    /// Coded rows.
    pub height_px: u32,
    /// Clockwise turn to show it upright: 0, 90, 180 or 270.
    pub rotation_degrees: u32,
    /// Shape of a pixel, width to height; 1 when square.
    pub pixel_aspect: Option<Ratio>,
    /// Average frames per second.
    pub frame_rate: Option<Ratio>,
    /// Timecode of the first frame as the file states it, `hh:mm:ss:ff`, with a semicolon before the frames where numbers are
    /// dropped; null where it states none.
    pub timecode: Option<String>,
    /// Whether frame durations differ.
    pub is_variable_frame_rate: bool,
    /// Pixel format's name, such as `yuv420p10le`.
    pub pixel_format: Option<String>,
    /// HDR transfer: `smpte2084` (PQ) or `arib-std-b67` (HLG); null for standard range.
    pub hdr_transfer: Option<String>,
    /// Whether fields are interlaced.
    pub is_interlaced: bool,
    /// Whether it is a cover picture rather than moving pictures.
    pub is_cover: bool,
}

/// Sound.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct AudioStream {
    /// Position in the file, from 0.
    pub index: u32,
    /// Codec's short name, such as `aac`.
    pub codec: String,
    /// Codec profile, such as `LC`.
    pub profile: Option<String>,
    /// Language tag as the file states it.
    pub language: Option<String>,
    /// Title as the file states it.
    pub title: Option<String>,
    /// Bits per second.
    pub bit_rate_bps: Option<Long>,
    /// Whether the file marks it as default.
    pub is_default: bool,
    /// Whether a decoder for it is present.
    pub is_decodable: bool,
    /// Channels.
    pub channels: u32,
    /// Samples per second.
    pub sample_rate_hz: u32,
}

/// Subtitles or captions.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct SubtitleStream {
    /// Position in the file, from 0.
    pub index: u32,
    /// Codec's short name, such as `mov_text`.
    pub codec: String,
    /// Language tag as the file states it.
    pub language: Option<String>,
    /// Title as the file states it.
    pub title: Option<String>,
    /// Whether the file marks it as default.
    pub is_default: bool,
    /// Whether a decoder for it is present.
    pub is_decodable: bool,
    /// Shown even when subtitles are off.
    pub is_forced: bool,
    /// They also tell of sounds, for those who do not hear them (SDH).
    pub is_for_hard_of_hearing: bool,
}

/// Timed metadata, attachments and what else there is.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct DataStream {
    /// Position in the file, from 0.
    pub index: u32,
    /// Codec's short name.
    pub codec: String,
    /// Title as the file states it.
    pub title: Option<String>,
}

impl From<&StreamInfo> for Stream {
    fn from(stream: &StreamInfo) -> Self {
        let StreamInfo { index, is_default, is_decodable, .. } = *stream;
        let (codec, profile) = (stream.codec.clone(), stream.profile.clone());
        let (language, title) = (stream.language.clone(), stream.title.clone());
        let bit_rate_bps = stream.bit_rate_bps.map(Long::from);
        match &stream.details {
            StreamDetails::Video(video) => Self::Video(VideoStream {
                index,
                codec,
                profile,
                language,
                title,
                bit_rate_bps,
                is_default,
                is_decodable,
                width_px: video.width_px,
                height_px: video.height_px,
                rotation_degrees: video.rotation_degrees.into(),
                pixel_aspect: Ratio::new(video.pixel_aspect),
                frame_rate: video.frame_rate.and_then(Ratio::new),
                timecode: video.timecode.clone(),
                is_variable_frame_rate: video.is_variable_frame_rate,
                pixel_format: video.pixel_format.clone(),
                hdr_transfer: video.hdr_transfer.clone(),
                is_interlaced: video.is_interlaced,
                is_cover: video.is_cover,
            }),
            StreamDetails::Audio(audio) => Self::Audio(AudioStream {
                index,
                codec,
                profile,
                language,
                title,
                bit_rate_bps,
                is_default,
                is_decodable,
                channels: audio.channels.into(),
                sample_rate_hz: audio.sample_rate_hz,
            }),
            StreamDetails::Subtitle { is_forced, is_for_hard_of_hearing } => Self::Subtitle(SubtitleStream {
                index,
                codec,
                language,
                title,
                is_default,
                is_decodable,
                is_forced: *is_forced,
                is_for_hard_of_hearing: *is_for_hard_of_hearing,
            }),
            StreamDetails::Data => Self::Data(DataStream { index, codec, title }),
        }
    }
}

/// Something unusual about a file that does not stop it from being used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::probe::NonStandard")]
pub enum NonStandard {
    /// Frame durations differ.
    VariableFrameRate,
    /// The picture must be turned to be upright.
    Rotated,
    /// Pixels are not square.
    NonSquarePixels,
    /// PQ or HLG.
    HighDynamicRange,
    /// Fields are interlaced.
    Interlaced,
    /// Width or height is odd.
    OddDimensions,
    /// The picture has an alpha channel.
    AlphaChannel,
    /// No moving pictures.
    AudioOnly,
    /// No sound.
    VideoOnly,
    /// The file does not state how long it is.
    UnknownDuration,
    /// Presentation does not start at zero.
    LateStart,
    /// The index stands at the end, so playback cannot start before the whole file is there.
    IndexAtEnd,
    /// Codec that browsers do not play.
    UncommonCodec,
    /// More than one audio track.
    SeveralAudioTracks,
    /// A stream's codec is not known or not built in; it is left out.
    UndecodableStream,
    /// Encrypted samples in some stream; it is left out.
    EncryptedStream,
    /// Less data than the headers promise.
    Truncated,
    /// The headers state another length than was decoded.
    WrongDuration,
    /// The size of the picture changes on the way.
    ChangingDimensions,
    /// Stretches without sound inside the audio track.
    AudioGaps,
    /// Packets that could not be decoded.
    CorruptPackets,
    /// Timestamps that go backwards or are missing.
    BrokenTimestamps,
    /// Subtitles that are pictures of text, or commands for a screen; they are left out.
    BitmapSubtitles,
    /// Lines of subtitles that could not be read, or more of them than are taken.
    DamagedSubtitles,
}
