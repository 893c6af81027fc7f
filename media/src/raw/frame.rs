//! What a decoded video frame says about itself.

use ffmpeg_next::frame::Video;
use ffmpeg_next::frame::side_data::Type as SideData;
use ffmpeg_next::{Error, ffi};

use super::facts::{carries_alpha, descriptor};

/// `AVCOL_TRC_SMPTE2084`: PQ.
pub(crate) const TRANSFER_PQ: i32 = 16;
/// `AVCOL_TRC_ARIB_STD_B67`: HLG.
pub(crate) const TRANSFER_HLG: i32 = 18;

/// Properties of one decoded frame. Numbers are those of ITU-T H.273, as FFmpeg keeps them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FrameFacts {
    pub(crate) width_px: u32,
    pub(crate) height_px: u32,
    pub(crate) format: i32,
    pub(crate) has_alpha: bool,
    pub(crate) is_rgb: bool,
    pub(crate) matrix: u32,
    pub(crate) is_full_range: bool,
    pub(crate) primaries: u32,
    pub(crate) transfer: i32,
    pub(crate) pixel_aspect: (u32, u32),
    pub(crate) is_interlaced: bool,
    pub(crate) is_corrupt: bool,
    /// Peak of the mastering display or of the content, in candela per square metre.
    pub(crate) peak_nits: Option<f32>,
}

/// Reads the properties of a frame; `None` where it holds no picture that a scaler could read.
pub(crate) fn facts_of(frame: &Video) -> Option<FrameFacts> {
    // SAFETY: the frame is live; enumerations that a file can fill with any number are read as integers.
    unsafe {
        let raw = frame.as_ptr();
        let description = descriptor((*raw).format)?;
        let flags = description.flags;
        if flags & ffi::AV_PIX_FMT_FLAG_HWACCEL as u64 != 0 || (*raw).data[0].is_null() {
            return None;
        }
        let name = super::text::owned(description.name).unwrap_or_default();
        let aspect = (*raw).sample_aspect_ratio;
        Some(FrameFacts {
            width_px: u32::try_from((*raw).width).ok().filter(|width| *width > 0)?,
            height_px: u32::try_from((*raw).height).ok().filter(|height| *height > 0)?,
            format: (*raw).format,
            has_alpha: carries_alpha(description),
            is_rgb: flags & ffi::AV_PIX_FMT_FLAG_RGB as u64 != 0,
            matrix: (&raw const (*raw).colorspace).cast::<u32>().read(),
            is_full_range: (&raw const (*raw).color_range).cast::<u32>().read()
                == ffi::AVColorRange::AVCOL_RANGE_JPEG as u32
                || name.starts_with("yuvj"),
            primaries: (&raw const (*raw).color_primaries).cast::<u32>().read(),
            transfer: (&raw const (*raw).color_trc).cast::<i32>().read(),
            pixel_aspect: match (u32::try_from(aspect.num), u32::try_from(aspect.den)) {
                (Ok(x @ 1..), Ok(y @ 1..)) => (x, y),
                _ => (1, 1),
            },
            is_interlaced: frame.is_interlaced(),
            is_corrupt: frame.is_corrupt() || frame.has_decode_errors(),
            peak_nits: peak_nits(frame),
        })
    }
}

/// The closed captions that a frame carries, as triplets of ATSC A/53 part 4; `None` where there are none.
pub(crate) fn closed_captions_of(frame: &Video) -> Option<Vec<u8>> {
    frame.side_data(SideData::A53CC).map(|captions| captions.data().to_vec())
}

/// The peak luminance that the frame's side data states: of the content, else of the display it was made on.
fn peak_nits(frame: &Video) -> Option<f32> {
    // AVContentLightMetadata: two unsigned integers, the brightest pixel first (libavutil/mastering_display_metadata.h).
    let light = frame.side_data(SideData::ContentLightLevel);
    if let Some(peak @ 1..) = light.and_then(|light| integer(light.data(), 0)) {
        return Some(peak as f32);
    }
    // AVMasteringDisplayMetadata: nine fractions before the greatest luminance, then two flags, the second for luminance.
    let display = frame.side_data(SideData::MasteringDisplayMetadata)?;
    match [18, 19, 21].map(|position| integer(display.data(), position)) {
        [Some(numerator @ 1..), Some(denominator @ 1..), Some(1..)] => Some(numerator as f32 / denominator as f32),
        _ => None,
    }
}

/// The `position`th C integer of a structure.
fn integer(bytes: &[u8], position: usize) -> Option<i32> {
    bytes.as_chunks::<4>().0.get(position).map(|bytes| i32::from_ne_bytes(*bytes))
}

/// A second handle on the same picture; the pixels are shared, not copied.
pub(crate) fn share(frame: &Video) -> Result<Video, Error> {
    let mut shared = Video::empty();
    // SAFETY: both frames are live, and the new one holds nothing yet.
    let referenced = unsafe { ffi::av_frame_ref(shared.as_mut_ptr(), frame.as_ptr()) };
    if referenced < 0 { Err(Error::from(referenced)) } else { Ok(shared) }
}
