//! What a media file is, before anything in it is understood.

use serde::{Deserialize, Serialize};

use crate::time::{MediaTime, Span};

/// Everything read from the headers of a file and from its first packets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Demuxer's short name, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub container: String,
    /// Length from the first presentation timestamp; zero when the file does not say and it was not measured.
    pub duration: MediaTime,
    /// Overall bit rate, bits per second.
    pub bit_rate_bps: Option<u64>,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Streams in file order.
    pub streams: Vec<StreamInfo>,
    /// Chapters in time order.
    pub chapters: Vec<Chapter>,
    /// Whether a cover picture is embedded.
    pub has_embedded_thumbnail: bool,
    /// What is unusual about the file, none of which stops it from being used.
    pub non_standard: Vec<NonStandard>,
}

impl Probe {
    /// The video stream that is analysed: the first that can be decoded and is not a cover picture.
    pub fn main_video(&self) -> Option<&StreamInfo> {
        let is_video = |stream: &StreamInfo| matches!(&stream.details, StreamDetails::Video(video) if !video.is_cover);
        self.streams.iter().find(|stream| stream.is_decodable && is_video(stream))
    }

    /// The audio stream that is analysed: of those that can be decoded the default one, else the first.
    pub fn main_audio(&self) -> Option<&StreamInfo> {
        let is_audio = |stream: &StreamInfo| matches!(stream.details, StreamDetails::Audio(_));
        let audio = || self.streams.iter().filter(move |stream| stream.is_decodable && is_audio(stream));
        audio().find(|stream| stream.is_default).or_else(|| audio().next())
    }
}

/// One stream of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamInfo {
    /// Position in the file, 0-based.
    pub index: u32,
    /// Codec's short name, such as `h264`.
    pub codec: String,
    /// Codec profile, such as `High`.
    pub profile: Option<String>,
    /// BCP 47 or ISO 639 language tag as the file states it.
    pub language: Option<String>,
    /// Title as the file states it.
    pub title: Option<String>,
    /// Bits per second.
    pub bit_rate_bps: Option<u64>,
    /// Whether the file marks it as default.
    pub is_default: bool,
    /// Whether a decoder for it is present.
    pub is_decodable: bool,
    /// What kind of stream, and its particulars.
    pub details: StreamDetails,
}

/// What closed captions are called, by codec name.
pub(crate) const CLOSED_CAPTIONS: &str = "eia_608";

/// Subtitles that are text, by codec name; all but these are pictures or commands for a screen.
const TEXT_SUBTITLES: [&str; 18] = [
    "ass",
    CLOSED_CAPTIONS,
    "jacosub",
    "microdvd",
    "mov_text",
    "mpl2",
    "pjs",
    "realtext",
    "sami",
    "ssa",
    "stl",
    "stpp",
    "subrip",
    "subviewer",
    "text",
    "vplayer",
    "webvtt",
    "wvtt",
];

impl StreamInfo {
    /// Whether it is subtitles that can be read as text here.
    pub fn is_subtitle_text(&self) -> bool {
        self.is_subtitle() && self.is_decodable && TEXT_SUBTITLES.contains(&self.codec.as_str())
    }

    /// Whether it is closed captions (CEA-608) in a track of their own.
    pub fn is_closed_captions(&self) -> bool {
        self.is_subtitle() && self.codec == CLOSED_CAPTIONS
    }

    /// Whether it is subtitles that are no text: pictures, or commands for a screen.
    pub fn is_subtitle_picture(&self) -> bool {
        self.is_subtitle() && self.is_decodable && !TEXT_SUBTITLES.contains(&self.codec.as_str())
    }

    fn is_subtitle(&self) -> bool {
        matches!(self.details, StreamDetails::Subtitle { .. })
    }
}

/// Particulars by kind of stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StreamDetails {
    /// Moving pictures.
    Video(VideoDetails),
    /// Sound.
    Audio(AudioDetails),
    /// Subtitles or captions.
    Subtitle {
        /// Shown even when subtitles are off.
        is_forced: bool,
        /// They also tell of sounds, for those who do not hear them (SDH).
        #[serde(default)]
        is_for_hard_of_hearing: bool,
    },
    /// Timed metadata, attachments and what else there is.
    Data,
}

/// Particulars of a video stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoDetails {
    /// Coded columns.
    pub width_px: u32,
    /// Coded rows.
    pub height_px: u32,
    /// Clockwise turn to show it upright: 0, 90, 180 or 270.
    pub rotation_degrees: u16,
    /// Sample (pixel) aspect ratio; `(1, 1)` when square or unstated.
    pub pixel_aspect: (u32, u32),
    /// Average frames per second as a fraction.
    pub frame_rate: Option<(u32, u32)>,
    /// When the first frame is shown, from the asset's first presentation timestamp; zero in probes made before this was noted.
    #[serde(default)]
    pub start: MediaTime,
    /// Timecode of the first frame as the file states it, `hh:mm:ss:ff`, with a semicolon before the frames where numbers are
    /// dropped.
    #[serde(default)]
    pub timecode: Option<String>,
    /// Whether frame durations differ.
    pub is_variable_frame_rate: bool,
    /// Pixel format's name, such as `yuv420p10le`.
    pub pixel_format: Option<String>,
    /// HDR transfer: `smpte2084` (PQ) or `arib-std-b67` (HLG).
    pub hdr_transfer: Option<String>,
    /// Whether fields are interlaced.
    pub is_interlaced: bool,
    /// Whether the stream is a cover picture rather than moving pictures.
    pub is_cover: bool,
}

/// Particulars of an audio stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioDetails {
    /// Channels.
    pub channels: u16,
    /// Samples per second.
    pub sample_rate_hz: u32,
}

/// A named stretch stated by the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chapter {
    /// When.
    pub span: Span,
    /// As stated.
    pub title: Option<String>,
}

/// Something unusual that an operator or a player may care about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// Why a file cannot be used at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No bytes.
    #[error("the file is empty; bring it again once it has been written")]
    Empty,
    /// Not a container that the demuxers know.
    #[error(
        "the file is not a media container that can be read; bring a video or a sound, such as MP4, MKV, MXF, WAV or MP3"
    )]
    NotMedia,
    /// Recognised as media, but its headers are missing or damaged.
    #[error(
        "the headers of the file are missing or damaged; it may have been cut off, so copy it again from where it came from"
    )]
    DamagedHeader,
    /// A still picture.
    #[error("the file is a still picture, not a video or a sound; pictures can be searched with, but not brought in")]
    StillPicture,
    /// Subtitles alone.
    #[error(
        "the file has only subtitles or data, neither pictures nor sound; captions are imported to the asset that they belong to"
    )]
    NoPicturesNorSound,
    /// No decoder for any stream.
    #[error("no decoder is built in for any stream of the file; convert it, for example to H.264 and AAC in MP4")]
    NoDecoder,
    /// Every stream is encrypted.
    #[error("the file is encrypted and no key is known; bring one without encryption")]
    Encrypted,
    /// Headers were read, but not one frame or sample could be decoded.
    #[error(
        "the headers can be read but nothing in the file can be decoded; play it elsewhere to see whether it is damaged"
    )]
    NothingDecodable,
    /// A playlist or other file that would make the demuxer open further files or addresses.
    #[error("the file refers to other files or addresses, which are never followed; bring those themselves")]
    RefersElsewhere,
    /// Larger than the configured bounds in pixels, streams or length.
    #[error("the file states more pixels, streams or hours than are taken here; bring it smaller, or in parts")]
    BeyondLimits,
}

impl Refusal {
    /// The name that stores and wires use.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotMedia => "not_media",
            Self::DamagedHeader => "damaged_header",
            Self::StillPicture => "still_picture",
            Self::NoPicturesNorSound => "no_pictures_nor_sound",
            Self::NoDecoder => "no_decoder",
            Self::Encrypted => "encrypted",
            Self::NothingDecodable => "nothing_decodable",
            Self::RefersElsewhere => "refers_elsewhere",
            Self::BeyondLimits => "beyond_limits",
        }
    }
}
