//! What the demuxer knows, copied into plain values.

use std::ffi::c_int;

use ffmpeg_next::codec::packet::side_data::Type as SideData;
use ffmpeg_next::ffi;

use super::input::Input;
use super::text;

/// Most chapters that are taken from a file.
const MAX_CHAPTERS: usize = 1000;

/// The time base of a stream: a tick lasts `numerator / denominator` seconds, both positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeBase {
    numerator: i64,
    denominator: i64,
}

impl TimeBase {
    /// Microseconds, rounded to the nearest and saturating, of `ticks`.
    pub(crate) fn micros(self, ticks: i64) -> i64 {
        let scaled = i128::from(ticks) * i128::from(self.numerator) * 1_000_000;
        let half = i128::from(self.denominator) / 2;
        let rounded = (scaled + half).div_euclid(i128::from(self.denominator));
        rounded.clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64
    }

    /// Ticks, rounded to the nearest and saturating, of `micros`.
    pub(crate) fn ticks(self, micros: i64) -> i64 {
        let (scaled, unit) =
            (i128::from(micros) * i128::from(self.denominator), i128::from(self.numerator) * 1_000_000);
        (scaled + unit / 2).div_euclid(unit).clamp(i128::from(i64::MIN / 4), i128::from(i64::MAX / 4)) as i64
    }

    /// A time base for tests; both numbers positive.
    #[cfg(test)]
    pub(crate) fn of(numerator: i64, denominator: i64) -> Self {
        Self { numerator, denominator }
    }

    fn from_raw(base: ffi::AVRational) -> Self {
        match (base.num, base.den) {
            (1.., 1..) => Self { numerator: base.num.into(), denominator: base.den.into() },
            _ => Self { numerator: 1, denominator: 1_000_000 },
        }
    }
}

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamKind {
    Video,
    Audio,
    Subtitle,
    Other,
}

/// One stream, as far as the headers and the first packets tell.
#[derive(Debug, Clone)]
pub(crate) struct StreamFacts {
    pub(crate) index: usize,
    pub(crate) kind: StreamKind,
    pub(crate) codec: String,
    pub(crate) profile: Option<String>,
    pub(crate) has_decoder: bool,
    pub(crate) is_encrypted: bool,
    pub(crate) language: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) timecode: Option<String>,
    pub(crate) bit_rate_bps: Option<u64>,
    pub(crate) disposition: c_int,
    pub(crate) time_base: TimeBase,
    pub(crate) start_us: Option<i64>,
    pub(crate) duration_us: Option<i64>,
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
    pub(crate) pixel_aspect: (u32, u32),
    pub(crate) average_frame_rate: Option<(u32, u32)>,
    pub(crate) base_frame_rate: Option<(u32, u32)>,
    pub(crate) pixel_format: Option<String>,
    pub(crate) has_alpha: bool,
    pub(crate) transfer: i32,
    pub(crate) field_order: i32,
    pub(crate) display_matrix: Option<[i32; 9]>,
    pub(crate) channels: u16,
    pub(crate) sample_rate_hz: u32,
}

impl StreamFacts {
    /// Whether the stream is a cover picture or a strip of thumbnails.
    pub(crate) fn is_cover(&self) -> bool {
        self.disposition & (ffi::AV_DISPOSITION_ATTACHED_PIC | ffi::AV_DISPOSITION_TIMED_THUMBNAILS) != 0
    }

    /// Whether the file marks the stream as default.
    pub(crate) fn is_default(&self) -> bool {
        self.disposition & ffi::AV_DISPOSITION_DEFAULT != 0
    }

    /// Whether the subtitles are shown even when subtitles are off.
    pub(crate) fn is_forced(&self) -> bool {
        self.disposition & ffi::AV_DISPOSITION_FORCED != 0
    }

    /// Whether the subtitles also tell of sounds, for those who do not hear them.
    pub(crate) fn is_for_hard_of_hearing(&self) -> bool {
        self.disposition & (ffi::AV_DISPOSITION_HEARING_IMPAIRED | ffi::AV_DISPOSITION_CAPTIONS) != 0
    }
}

/// The container, as far as the headers tell.
#[derive(Debug, Clone)]
pub(crate) struct ContainerFacts {
    pub(crate) format: String,
    pub(crate) timecode: Option<String>,
    pub(crate) duration_us: Option<i64>,
    pub(crate) is_duration_guessed: bool,
    pub(crate) bit_rate_bps: Option<u64>,
    pub(crate) has_discontinuities: bool,
    pub(crate) chapters: Vec<Chapter>,
}

/// A chapter in microseconds of the file's own clock.
#[derive(Debug, Clone)]
pub(crate) struct Chapter {
    pub(crate) start_us: i64,
    pub(crate) end_us: i64,
    pub(crate) title: Option<String>,
}

fn fraction(raw: ffi::AVRational) -> Option<(u32, u32)> {
    let (numerator, denominator) = (u32::try_from(raw.num).ok()?, u32::try_from(raw.den).ok()?);
    (numerator > 0 && denominator > 0).then_some((numerator, denominator))
}

fn stated(ticks: i64) -> Option<i64> {
    (ticks != ffi::AV_NOPTS_VALUE).then_some(ticks)
}

impl Input {
    /// Copies what is known of the container.
    pub(crate) fn container_facts(&self) -> ContainerFacts {
        let context = self.as_ptr();
        // SAFETY: the context is live and not changed meanwhile; `chapters` holds `nb_chapters` pointers.
        unsafe {
            let chapters = (0..((*context).nb_chapters as usize).min(MAX_CHAPTERS))
                .map(|index| {
                    let chapter = &**(*context).chapters.add(index);
                    let base = TimeBase::from_raw(chapter.time_base);
                    Chapter {
                        start_us: base.micros(chapter.start),
                        end_us: base.micros(chapter.end),
                        title: text::entry(chapter.metadata, c"title"),
                    }
                })
                .collect();
            let method = (&raw const (*context).duration_estimation_method).cast::<u32>().read();
            ContainerFacts {
                format: text::owned((*(*context).iformat).name).unwrap_or_default(),
                timecode: text::entry((*context).metadata, c"timecode"),
                duration_us: stated((*context).duration).filter(|duration| *duration > 0),
                is_duration_guessed: method == ffi::AVDurationEstimationMethod::AVFMT_DURATION_FROM_BITRATE as u32,
                bit_rate_bps: u64::try_from((*context).bit_rate).ok().filter(|rate| *rate > 0),
                has_discontinuities: (*(*context).iformat).flags & ffi::AVFMT_TS_DISCONT != 0,
                chapters,
            }
        }
    }

    /// Copies what is known of the stream at `index`.
    pub(crate) fn stream_facts(&self, index: usize) -> Option<StreamFacts> {
        let stream = self.stream(index)?;
        // SAFETY: stream and parameters belong to the live context. Enumerations that a file can fill with any number are
        // read as integers, never as Rust enumerations.
        unsafe {
            let parameters = (*stream).codecpar;
            let codec = (*parameters).codec_id;
            let tag = (*parameters).codec_tag.to_le_bytes();
            let document = document(&tag).filter(|_| codec == ffi::AVCodecID::AV_CODEC_ID_NONE);
            let kind = match (&raw const (*parameters).codec_type).cast::<i32>().read() {
                0 => StreamKind::Video,
                1 => StreamKind::Audio,
                _ if document.is_some() => StreamKind::Subtitle,
                3 => StreamKind::Subtitle,
                _ => StreamKind::Other,
            };
            let base = TimeBase::from_raw((*stream).time_base);
            let description = match kind {
                StreamKind::Video => descriptor((*parameters).format),
                _ => None,
            };
            Some(StreamFacts {
                index,
                kind,
                codec: document
                    .map_or_else(|| text::owned(ffi::avcodec_get_name(codec)).unwrap_or_default(), str::to_owned),
                profile: text::owned(ffi::avcodec_profile_name(codec, (*parameters).profile)),
                has_decoder: document.is_some() || !ffi::avcodec_find_decoder(codec).is_null(),
                is_encrypted: matches!(&tag, b"encv" | b"enca")
                    || self.side_data(index, SideData::EncryptionInitInfo).is_some()
                    // What the Matroska demuxer leaves of a ContentEncryption element.
                    || text::entry((*stream).metadata, c"enc_key_id").is_some(),
                language: text::entry((*stream).metadata, c"language").filter(|tag| tag != "und"),
                title: text::entry((*stream).metadata, c"title"),
                timecode: text::entry((*stream).metadata, c"timecode"),
                bit_rate_bps: u64::try_from((*parameters).bit_rate).ok().filter(|rate| *rate > 0),
                disposition: (*stream).disposition,
                time_base: base,
                start_us: stated((*stream).start_time).map(|start| base.micros(start)),
                duration_us: stated((*stream).duration).map(|duration| base.micros(duration)),
                width_px: u32::try_from((*parameters).width).unwrap_or(0),
                height_px: u32::try_from((*parameters).height).unwrap_or(0),
                pixel_aspect: fraction(ffi::av_guess_sample_aspect_ratio(
                    self.as_ptr().cast_mut(),
                    stream,
                    std::ptr::null_mut(),
                ))
                .unwrap_or((1, 1)),
                average_frame_rate: fraction((*stream).avg_frame_rate),
                base_frame_rate: fraction((*stream).r_frame_rate),
                pixel_format: description.and_then(|description| text::owned(description.name)),
                has_alpha: description.is_some_and(carries_alpha)
                    || text::entry((*stream).metadata, c"alpha_mode").is_some_and(|mode| mode == "1"),
                transfer: (&raw const (*parameters).color_trc).cast::<i32>().read(),
                field_order: (&raw const (*parameters).field_order).cast::<i32>().read(),
                display_matrix: self.display_matrix(index),
                channels: u16::try_from((*parameters).ch_layout.nb_channels).unwrap_or(0),
                sample_rate_hz: u32::try_from((*parameters).sample_rate).unwrap_or(0),
            })
        }
    }

    fn side_data(&self, index: usize, kind: SideData) -> Option<Vec<u8>> {
        let stream = self.demuxer().stream(index)?;
        stream.side_data().find(|data| data.kind() == kind).map(|data| data.data().to_vec())
    }

    fn display_matrix(&self, index: usize) -> Option<[i32; 9]> {
        let bytes = self.side_data(index, SideData::DisplayMatrix)?;
        let mut matrix = [0; 9];
        if bytes.len() < size_of_val(&matrix) {
            return None;
        }
        for (cell, bytes) in matrix.iter_mut().zip(bytes.chunks_exact(4)) {
            *cell = i32::from_ne_bytes(bytes.try_into().ok()?);
        }
        Some(matrix)
    }
}

/// Subtitles in MP4 that FFmpeg has no codec for and hands out unread: documents of TTML, and of WebVTT in boxes.
fn document(tag: &[u8; 4]) -> Option<&'static str> {
    match tag {
        b"stpp" => Some("stpp"),
        b"wvtt" => Some("wvtt"),
        _ => None,
    }
}

/// The description of a pixel format, by number.
pub(super) fn descriptor(format: c_int) -> Option<&'static ffi::AVPixFmtDescriptor> {
    if format < 0 || format >= ffi::AVPixelFormat::AV_PIX_FMT_NB as c_int {
        return None;
    }
    // SAFETY: the bounds make the number one that the enumeration has; descriptions are static, and null where there is
    // none.
    unsafe { ffi::av_pix_fmt_desc_get(std::mem::transmute::<c_int, ffi::AVPixelFormat>(format)).as_ref() }
}

/// Whether pictures of this format have an alpha channel that means something.
pub(super) fn carries_alpha(description: &ffi::AVPixFmtDescriptor) -> bool {
    description.flags & ffi::AV_PIX_FMT_FLAG_ALPHA as u64 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_the_nearest_microsecond_even_before_zero() {
        let base = TimeBase::of(1, 90_000);
        assert_eq!(base.micros(90_000), 1_000_000);
        assert_eq!(base.micros(1), 11);
        assert_eq!(base.micros(-90_001), -1_000_011);
        assert_eq!(base.micros(i64::MAX), i64::MAX / 4);
    }
}
