//! From what FFmpeg knows to the words of the product.

use reelgraph_models::probe::{AudioDetails, Chapter, Probe, StreamDetails, StreamInfo, VideoDetails};
use reelgraph_models::time::{MediaTime, Span};

use super::open::Opened;
use super::packets::FirstPackets;
use crate::decode::Orientation;
use crate::raw::{StreamFacts, StreamKind, TRANSFER_HLG, TRANSFER_PQ};

impl Opened {
    /// The probe without its list of reasons.
    pub(crate) fn describe(&self, packets: Option<&FirstPackets>) -> Probe {
        let streams: Vec<StreamInfo> = self.streams.iter().map(|stream| stream_info(stream, packets)).collect();
        let mut probe = Probe {
            container: self.container.format.clone(),
            duration: MediaTime::ZERO,
            bit_rate_bps: None,
            size_bytes: self.size_bytes,
            streams,
            chapters: Vec::new(),
            has_embedded_thumbnail: self.streams.iter().any(StreamFacts::is_cover),
            non_standard: Vec::new(),
        };
        let origin_us = self.origin_us(&probe);
        for stream in &mut probe.streams {
            if let (StreamDetails::Video(video), Some(facts)) =
                (&mut stream.details, self.streams.get(stream.index as usize))
            {
                let start_us = facts.start_us.unwrap_or(origin_us).saturating_sub(origin_us);
                video.start = MediaTime::from_micros(start_us.max(0));
                video.timecode = self.timecode(facts);
            }
        }
        let duration_us = self.duration_us(origin_us);
        probe.duration = MediaTime::from_micros(duration_us);
        probe.bit_rate_bps = self.container.bit_rate_bps.or_else(|| {
            let seconds = duration_us as f64 / 1e6;
            (seconds > 0.0).then(|| (self.size_bytes as f64 * 8.0 / seconds) as u64)
        });
        probe.chapters = self
            .container
            .chapters
            .iter()
            .filter_map(|chapter| {
                let at = |time_us: i64| MediaTime::from_micros(time_us.saturating_sub(origin_us).max(0));
                let span = Span::new(at(chapter.start_us), at(chapter.end_us)).ok()?;
                Some(Chapter { span, title: chapter.title.clone() })
            })
            .collect();
        probe
    }

    /// The first presentation timestamp among the streams that are analysed, in microseconds of the file's own clock.
    pub(crate) fn origin_us(&self, probe: &Probe) -> i64 {
        let analysed = [probe.main_video(), probe.main_audio()];
        let start = |info: &StreamInfo| self.streams.get(info.index as usize).and_then(|stream| stream.start_us);
        analysed.into_iter().flatten().filter_map(start).min().unwrap_or(0)
    }

    /// What a picture's stream says of its timecode, else the container, else a stream that has nothing else to say.
    fn timecode(&self, video: &StreamFacts) -> Option<String> {
        let elsewhere = || self.streams.iter().filter(|stream| stream.kind == StreamKind::Other);
        let of_track = || elsewhere().find_map(|stream| stream.timecode.clone());
        video.timecode.clone().or_else(|| self.container.timecode.clone()).or_else(of_track)
    }

    /// What the headers state, else the longest stream; zero where nobody says.
    fn duration_us(&self, origin_us: i64) -> i64 {
        let ends = self.streams.iter().filter(|stream| stream.is_picture_or_sound());
        let ends = ends.filter_map(|stream| Some(stream.start_us? + stream.duration_us?));
        let longest = ends.max().map(|end| end - origin_us);
        self.container.duration_us.or(longest).unwrap_or(0).max(0)
    }
}

fn stream_info(stream: &StreamFacts, packets: Option<&FirstPackets>) -> StreamInfo {
    StreamInfo {
        index: u32::try_from(stream.index).unwrap_or(u32::MAX),
        codec: stream.codec.clone(),
        profile: stream.profile.clone(),
        language: stream.language.clone(),
        title: stream.title.clone(),
        bit_rate_bps: stream.bit_rate_bps,
        is_default: stream.is_default(),
        is_decodable: stream.has_decoder && !stream.is_encrypted && has_dimensions(stream),
        details: match stream.kind {
            StreamKind::Video => StreamDetails::Video(video_details(stream, packets)),
            StreamKind::Audio => {
                StreamDetails::Audio(AudioDetails { channels: stream.channels, sample_rate_hz: stream.sample_rate_hz })
            }
            StreamKind::Subtitle => StreamDetails::Subtitle {
                is_forced: stream.is_forced(),
                is_for_hard_of_hearing: stream.is_for_hard_of_hearing(),
            },
            StreamKind::Other => StreamDetails::Data,
        },
    }
}

/// Whether enough is known of the stream to decode it.
fn has_dimensions(stream: &StreamFacts) -> bool {
    match stream.kind {
        StreamKind::Video => stream.width_px > 0 && stream.height_px > 0,
        StreamKind::Audio => stream.channels > 0 && stream.sample_rate_hz > 0,
        StreamKind::Subtitle | StreamKind::Other => true,
    }
}

fn video_details(stream: &StreamFacts, packets: Option<&FirstPackets>) -> VideoDetails {
    VideoDetails {
        width_px: stream.width_px,
        height_px: stream.height_px,
        rotation_degrees: Orientation::of(stream.display_matrix).rotation_degrees(),
        pixel_aspect: stream.pixel_aspect,
        frame_rate: stream.average_frame_rate.or(stream.base_frame_rate),
        // Both are known once all streams are.
        start: MediaTime::ZERO,
        timecode: None,
        is_variable_frame_rate: !stream.is_cover() && packets.is_some_and(|packets| packets.is_variable_frame_rate),
        pixel_format: stream.pixel_format.clone(),
        hdr_transfer: match stream.transfer {
            TRANSFER_PQ => Some("smpte2084".to_owned()),
            TRANSFER_HLG => Some("arib-std-b67".to_owned()),
            _ => None,
        },
        // AV_FIELD_UNKNOWN is 0 and AV_FIELD_PROGRESSIVE is 1.
        is_interlaced: stream.field_order > 1,
        is_cover: stream.is_cover(),
    }
}
