//! Files that hold a still picture: PNG, JPEG, WebP, GIF, BMP and TIFF, decoded in safe Rust within bounds.

use std::io::Cursor;

use image::error::LimitErrorKind;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use reelgraph_models::picture::Picture;

/// Longest side of a picture that is decoded.
pub const MAX_PICTURE_SIDE_PX: u32 = 16_384;
/// Most pixels of one; a file of some kilobytes may say more.
pub(crate) const MAX_PICTURE_PIXELS: u64 = 100_000_000;
/// Memory that decoding one may take.
const MAX_MEMORY_BYTES: u64 = 512 * 1024 * 1024;

/// Why there is no picture in a file.
#[derive(Debug, thiserror::Error)]
pub enum PictureFileError {
    /// None of the kinds that are read.
    #[error("this is no picture that can be read; PNG, JPEG, WebP, GIF, BMP and TIFF can")]
    UnknownKind,
    /// It is larger than anything that is decoded.
    #[error(
        "the picture is too large; a side has at most {MAX_PICTURE_SIDE_PX} pixels, the whole {MAX_PICTURE_PIXELS}; make it smaller"
    )]
    TooLarge,
    /// It is one of these kinds, and broken.
    #[error("the picture is damaged or of a kind that is not read: {0}")]
    Damaged(#[source] ImageError),
}

/// Decodes the first picture of a file, upright, over white paper where it is transparent.
///
/// # Errors
/// [`PictureFileError`].
pub fn read_picture(bytes: &[u8]) -> Result<Picture, PictureFileError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|error| PictureFileError::Damaged(error.into()))?;
    if reader.format().is_none() {
        return Err(PictureFileError::UnknownKind);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_PICTURE_SIDE_PX);
    limits.max_image_height = Some(MAX_PICTURE_SIDE_PX);
    limits.max_alloc = Some(MAX_MEMORY_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width_px, height_px) = decoder.dimensions();
    if u64::from(width_px) * u64::from(height_px) > MAX_PICTURE_PIXELS {
        return Err(PictureFileError::TooLarge);
    }
    let orientation = decoder.orientation().map_err(refusal)?;
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    decoded.apply_orientation(orientation);
    let (width_px, height_px) = (decoded.width(), decoded.height());
    let rgb = if decoded.color().has_alpha() { over_white(decoded) } else { decoded.into_rgb8().into_raw() };
    // Nothing is decoded to no pixels, but a file may say so.
    Picture::new(width_px, height_px, rgb).map_err(|_| PictureFileError::UnknownKind)
}

fn refusal(error: ImageError) -> PictureFileError {
    match error {
        ImageError::Limits(limit) if !matches!(limit.kind(), LimitErrorKind::Unsupported { .. }) => {
            PictureFileError::TooLarge
        }
        ImageError::Unsupported(_) => PictureFileError::UnknownKind,
        error => PictureFileError::Damaged(error),
    }
}

/// Scanned pages and drawings with transparency are meant to lie on paper.
fn over_white(picture: DynamicImage) -> Vec<u8> {
    let mixed =
        |level: u8, alpha: u8| ((u16::from(level) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255) as u8;
    let rgba = picture.into_rgba8();
    rgba.pixels()
        .flat_map(|pixel| {
            let [red, green, blue, alpha] = pixel.0;
            [red, green, blue].map(|level| mixed(level, alpha))
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use image::{ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn written(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_kind_is_read() {
        let drawn =
            RgbImage::from_fn(40, 30, |x, y| Rgb([if x < 20 { 250 } else { 5 }, if y < 15 { 5 } else { 250 }, 5]));
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
            ImageFormat::Bmp,
            ImageFormat::Tiff,
        ] {
            let picture = read_picture(&written(drawn.clone(), format)).unwrap();
            assert_eq!((picture.width_px(), picture.height_px()), (40, 30), "{format:?}");
            let first = picture.rgb().first().copied().unwrap();
            assert!(first > 220, "{format:?}: {first}");
        }
    }

    #[test]
    fn what_is_transparent_lies_on_white_paper() {
        let glass = RgbaImage::from_pixel(4, 4, Rgba([200, 0, 0, 0]));
        let picture = read_picture(&written(glass, ImageFormat::Png)).unwrap();
        assert!(picture.rgb().iter().all(|level| *level == 255));
    }

    #[test]
    fn what_is_no_picture_is_refused_by_its_reason() {
        let whole = written(RgbImage::new(64, 64), ImageFormat::Png);
        let cut = whole.get(..whole.len() / 2).unwrap();
        assert!(matches!(read_picture(cut), Err(PictureFileError::Damaged(_))));
        for other in [b"".as_slice(), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0\0\0\x18ftypmp42", &[0xff; 64]]
        {
            assert!(matches!(read_picture(other), Err(PictureFileError::UnknownKind)), "{other:?}");
        }
        // Heads that promise a hundred thousand columns, and 16,000 by 16,000 pixels, and nothing behind them.
        for size in [[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0], [0, 0, 0x3e, 0x80, 0, 0, 0x3e, 0x80]] {
            let mut vast = whole.clone();
            vast.splice(16..24, size);
            let crc = vast.get(12..29).map(crc32).unwrap();
            vast.splice(29..33, crc.to_be_bytes());
            assert!(matches!(read_picture(&vast), Err(PictureFileError::TooLarge)));
        }
    }

    /// The checksum of a PNG's chunk (ISO 3309).
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }
}
