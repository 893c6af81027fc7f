//! What is unusual about a file, by name.

use std::collections::BTreeSet;

use reelgraph_models::probe::{NonStandard, Probe, StreamDetails, StreamInfo};

use super::open::Opened;
use super::packets::FirstPackets;

/// Codecs that current browsers play in some container that they read.
const COMMON_CODECS: [&str; 16] = [
    "h264",
    "vp8",
    "vp9",
    "av1",
    "theora",
    "aac",
    "mp3",
    "opus",
    "vorbis",
    "flac",
    "pcm_s16le",
    "pcm_s24le",
    "pcm_f32le",
    "pcm_u8",
    "pcm_alaw",
    "pcm_mulaw",
];

/// A start later than this, in microseconds, is named.
const LATE_START_US: i64 = 100_000;

/// Fills in the list of reasons.
pub(super) fn with_reasons(mut probe: Probe, opened: &Opened, packets: &FirstPackets) -> Probe {
    let mut reasons = BTreeSet::new();
    let mut name = |holds: bool, reason: NonStandard| {
        if holds {
            reasons.insert(reason);
        }
    };
    let video = probe.main_video().and_then(|stream| match &stream.details {
        StreamDetails::Video(video) => Some((stream, video)),
        _ => None,
    });
    if let Some((stream, video)) = video {
        let facts = opened.streams.get(stream.index as usize);
        name(video.is_variable_frame_rate, NonStandard::VariableFrameRate);
        name(video.rotation_degrees != 0, NonStandard::Rotated);
        name(video.pixel_aspect.0 != video.pixel_aspect.1, NonStandard::NonSquarePixels);
        name(video.hdr_transfer.is_some(), NonStandard::HighDynamicRange);
        name(video.is_interlaced, NonStandard::Interlaced);
        name(video.width_px % 2 == 1 || video.height_px % 2 == 1, NonStandard::OddDimensions);
        name(facts.is_some_and(|facts| facts.has_alpha), NonStandard::AlphaChannel);
    }
    let audio_tracks = probe.streams.iter().filter(|stream| matches!(stream.details, StreamDetails::Audio(_))).count();
    let media = || probe.streams.iter().filter(|stream| is_media(stream));
    name(video.is_none(), NonStandard::AudioOnly);
    name(probe.main_audio().is_none(), NonStandard::VideoOnly);
    name(audio_tracks > 1, NonStandard::SeveralAudioTracks);
    name(opened.container.duration_us.is_none() || opened.container.is_duration_guessed, NonStandard::UnknownDuration);
    name(opened.origin_us(&probe) > LATE_START_US, NonStandard::LateStart);
    name(opened.layout.is_index_at_end, NonStandard::IndexAtEnd);
    name(opened.layout.is_truncated, NonStandard::Truncated);
    name(media().any(|stream| !COMMON_CODECS.contains(&stream.codec.as_str())), NonStandard::UncommonCodec);
    name(probe.streams.iter().any(StreamInfo::is_subtitle_picture), NonStandard::BitmapSubtitles);
    name(packets.has_broken_timestamps, NonStandard::BrokenTimestamps);
    let is_encrypted =
        |stream: &StreamInfo| opened.streams.get(stream.index as usize).is_some_and(|facts| facts.is_encrypted);
    name(media().any(is_encrypted), NonStandard::EncryptedStream);
    name(media().any(|stream| !stream.is_decodable && !is_encrypted(stream)), NonStandard::UndecodableStream);
    probe.non_standard = reasons.into_iter().collect();
    probe
}

fn is_media(stream: &StreamInfo) -> bool {
    match &stream.details {
        StreamDetails::Video(video) => !video.is_cover,
        StreamDetails::Audio(_) => true,
        StreamDetails::Subtitle { .. } | StreamDetails::Data => false,
    }
}
