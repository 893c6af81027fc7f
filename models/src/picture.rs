//! A decoded picture, as it travels from the decoder to the models.

use std::sync::Arc;

use crate::time::MediaTime;

/// The bytes do not fill the stated rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{width_px}x{height_px} RGB picture needs {expected} bytes, got {actual}")]
pub struct WrongSize {
    /// Columns stated.
    pub width_px: u32,
    /// Rows stated.
    pub height_px: u32,
    /// Bytes that these need.
    pub expected: usize,
    /// Bytes that came.
    pub actual: usize,
}

/// `[height, width, 3]` u8 sRGB, rows packed without padding, upright (rotation applied), square pixels. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    width_px: u32,
    height_px: u32,
    rgb: Arc<[u8]>,
}

impl Picture {
    /// Takes packed RGB bytes.
    ///
    /// # Errors
    /// [`WrongSize`] unless `rgb` has exactly `width_px * height_px * 3` bytes and neither side is zero.
    pub fn new(width_px: u32, height_px: u32, rgb: impl Into<Arc<[u8]>>) -> Result<Self, WrongSize> {
        let rgb = rgb.into();
        let expected = (width_px as usize).saturating_mul(height_px as usize).saturating_mul(3);
        if expected == 0 || rgb.len() != expected {
            return Err(WrongSize { width_px, height_px, expected, actual: rgb.len() });
        }
        Ok(Self { width_px, height_px, rgb })
    }

    /// Columns; at least 1.
    pub fn width_px(&self) -> u32 {
        self.width_px
    }

    /// Rows; at least 1.
    pub fn height_px(&self) -> u32 {
        self.height_px
    }

    /// `[height, width, 3]` packed bytes.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }
}

/// A picture and when it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Presentation time.
    pub at: MediaTime,
    /// What is shown.
    pub picture: Picture,
}
