//! The brightness of a decoded frame as it was coded, row by row.

use ffmpeg_next::ffi;
use ffmpeg_next::frame::Video;

use super::facts::descriptor;

/// The plane of luma samples of a frame that keeps them apart from colour, 8 bits or up to 16 each.
pub(crate) struct Luma<'a> {
    bytes: &'a [u8],
    stride: usize,
    width: usize,
    height: usize,
    /// Bytes of a sample: 1, or 2 with the lower byte first.
    sample_bytes: usize,
    extra_bits: u32,
}

impl<'a> Luma<'a> {
    /// The luma of a frame; `None` where its format mixes brightness with colour or another byte order.
    pub(crate) fn of(frame: &'a Video) -> Option<Self> {
        // SAFETY: the frame is live.
        let description = unsafe { descriptor((*frame.as_ptr()).format)? };
        let is_other = ffi::AV_PIX_FMT_FLAG_RGB
            | ffi::AV_PIX_FMT_FLAG_BE
            | ffi::AV_PIX_FMT_FLAG_PAL
            | ffi::AV_PIX_FMT_FLAG_HWACCEL
            | ffi::AV_PIX_FMT_FLAG_BITSTREAM;
        let [first, ..] = description.comp;
        let sample_bytes = usize::try_from(first.step).ok()?;
        let is_alone = first.plane == 0 && first.offset == 0 && sample_bytes == if first.depth > 8 { 2 } else { 1 };
        if description.flags & is_other as u64 != 0 || !is_alone || frame.planes() == 0 {
            return None;
        }
        let extra_bits = u32::try_from(first.depth + first.shift - 8).ok()?.min(8);
        let (width, height) = (frame.width() as usize, frame.height() as usize);
        Some(Self { bytes: frame.data(0), stride: frame.stride(0), width, height, sample_bytes, extra_bits })
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    /// Bits that a sample has more than 8.
    pub(crate) fn extra_bits(&self) -> u32 {
        self.extra_bits
    }

    /// Every `step`th sample of a row, from the first; nothing of a row that is not there.
    pub(crate) fn row(&self, row: usize, step: usize) -> impl Iterator<Item = i32> + use<'a> {
        let length = self.width * self.sample_bytes;
        let bytes = if row < self.height { self.bytes.get(row * self.stride..) } else { None };
        let bytes = bytes.and_then(|bytes| bytes.get(..length)).unwrap_or_default();
        bytes.chunks_exact(self.sample_bytes).step_by(step.max(1)).map(|sample| match *sample {
            [low, high] => i32::from(u16::from_le_bytes([low, high])),
            [level] => i32::from(level),
            _ => 0,
        })
    }
}
