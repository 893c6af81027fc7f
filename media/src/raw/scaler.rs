//! libswscale: from whatever a decoder gives to packed RGB of a wanted size.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error, ffi, format};

use super::frame::FrameFacts;

/// How samples are weighed when the size changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// The mean of the covered pixels: cheapest, and right for strong reduction.
    Area,
    /// Sharper, for pictures in which text is read.
    Bicubic,
}

/// Layout of the pixels that come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PixelLayout {
    /// `[height, width, 3]` u8.
    Rgb8,
    /// `[height, width, 4]` u8, alpha last and not multiplied in.
    Rgba8,
    /// `[height, width, 3]` u16 in the machine's byte order.
    Rgb16,
}

impl PixelLayout {
    fn raw(self) -> format::Pixel {
        match self {
            Self::Rgb8 => format::Pixel::RGB24,
            Self::Rgba8 => format::Pixel::RGBA,
            Self::Rgb16 if cfg!(target_endian = "little") => format::Pixel::RGB48LE,
            Self::Rgb16 => format::Pixel::RGB48BE,
        }
    }
}

/// Everything that a scaling context was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Setup {
    source: (u32, u32, i32),
    coefficients: c_int,
    is_full_range: bool,
}

/// Scales frames of any size and format to one size and layout; makes itself anew when the source changes.
pub(crate) struct Scaler {
    context: *mut ffi::SwsContext,
    setup: Option<Setup>,
    size: (u32, u32),
    layout: PixelLayout,
    filter: Filter,
    target: Video,
}

// SAFETY: the context has no tie to a thread, and is only used through `&mut self`.
unsafe impl Send for Scaler {}

impl Scaler {
    /// A scaler to `size` (columns, rows), both at least 1.
    pub(crate) fn new(size: (u32, u32), layout: PixelLayout, filter: Filter) -> Self {
        Self { context: ptr::null_mut(), setup: None, size, layout, filter, target: Video::empty() }
    }

    /// Columns and rows of what comes out.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Scales a frame; the result holds until the next call. Rows may be longer than the picture is wide.
    pub(crate) fn scale(&mut self, frame: &Video, facts: &FrameFacts) -> Result<&Video, Error> {
        let setup = Setup {
            source: (facts.width_px, facts.height_px, facts.format),
            coefficients: coefficients(facts),
            is_full_range: facts.is_full_range,
        };
        if self.setup != Some(setup) {
            self.rebuild(setup)?;
        }
        // SAFETY: the context was made for exactly this source and target; both frames own their planes, which libav
        // allocated with the padding that its own routines need.
        unsafe {
            let rows = ffi::sws_scale(
                self.context,
                (*frame.as_ptr()).data.as_ptr().cast(),
                (*frame.as_ptr()).linesize.as_ptr(),
                0,
                c_int::try_from(facts.height_px).unwrap_or(c_int::MAX),
                (*self.target.as_mut_ptr()).data.as_ptr(),
                (*self.target.as_mut_ptr()).linesize.as_ptr(),
            );
            if rows < 0 { Err(Error::from(rows)) } else { Ok(&self.target) }
        }
    }

    fn rebuild(&mut self, setup: Setup) -> Result<(), Error> {
        let flags = match self.filter {
            Filter::Area => ffi::SWS_AREA,
            Filter::Bicubic => ffi::SWS_BICUBIC,
        } | ffi::SWS_ACCURATE_RND
            | ffi::SWS_FULL_CHR_H_INT;
        let (width, height, pixels) = setup.source;
        self.setup = None;
        // SAFETY: the old context is freed once; the format number came out of `facts_of`, which checked that it is one
        // that the library describes.
        unsafe {
            ffi::sws_freeContext(self.context);
            self.context = ffi::sws_getContext(
                c_int::try_from(width).unwrap_or(0),
                c_int::try_from(height).unwrap_or(0),
                std::mem::transmute::<i32, ffi::AVPixelFormat>(pixels),
                c_int::try_from(self.size.0).unwrap_or(0),
                c_int::try_from(self.size.1).unwrap_or(0),
                self.layout.raw().into(),
                flags,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null(),
            );
            if self.context.is_null() {
                return Err(Error::InvalidData);
            }
            let table = ffi::sws_getCoefficients(setup.coefficients);
            // Answers -1 for sources that are RGB already; they need no matrix.
            ffi::sws_setColorspaceDetails(
                self.context,
                table,
                c_int::from(setup.is_full_range),
                table,
                1,
                0,
                1 << 16,
                1 << 16,
            );
        }
        if self.target.width() == 0 {
            self.target = Video::new(self.layout.raw(), self.size.0, self.size.1);
            // SAFETY: only looks at the pointer.
            if unsafe { (*self.target.as_ptr()).data[0].is_null() } {
                self.target = Video::empty();
                return Err(Error::Other { errno: libc::ENOMEM });
            }
        }
        self.setup = Some(setup);
        Ok(())
    }
}

impl Drop for Scaler {
    fn drop(&mut self) {
        // SAFETY: freed once; null is allowed.
        unsafe { ffi::sws_freeContext(self.context) }
    }
}

/// The YCbCr matrix to undo. Files that do not say follow the custom of players: BT.709 from 720 rows on, else BT.601.
fn coefficients(facts: &FrameFacts) -> c_int {
    match facts.matrix {
        1 => ffi::SWS_CS_ITU709,
        4 => ffi::SWS_CS_FCC,
        5 | 6 => ffi::SWS_CS_ITU601,
        7 => ffi::SWS_CS_SMPTE240M,
        9 | 10 => ffi::SWS_CS_BT2020,
        _ if facts.primaries == 9 => ffi::SWS_CS_BT2020,
        _ if facts.width_px.min(facts.height_px) >= 720 => ffi::SWS_CS_ITU709,
        _ => ffi::SWS_CS_ITU601,
    }
}
