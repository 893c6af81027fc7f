//! Whether two decoded frames are the same, sample for sample.

use std::ffi::c_int;

use ffmpeg_next::ffi;
use ffmpeg_next::frame::Video;

use super::facts::descriptor;

/// Rows that are compared first, spread over the picture: what moves differs in one of them.
const FIRST_ROWS: usize = 8;

/// Whether two frames of one format and size hold the same samples; what lies beside the picture in memory does not count.
pub(crate) fn are_same(a: &Video, b: &Video) -> bool {
    let shape = |frame: &Video| (format_of(frame), frame.width(), frame.height(), frame.planes());
    if shape(a) != shape(b) || a.planes() == 0 {
        return false;
    }
    (0..a.planes()).all(|plane| row_bytes(a, plane).is_some_and(|bytes| is_same_plane(a, b, plane, bytes)))
}

fn format_of(frame: &Video) -> c_int {
    // SAFETY: the frame is live, and the format is read as an integer.
    unsafe { (*frame.as_ptr()).format }
}

/// Bytes of a row of a plane that belong to the picture; `None` where there is no such plane.
fn row_bytes(frame: &Video, plane: usize) -> Option<usize> {
    let format = format_of(frame);
    let (width, plane) = (c_int::try_from(frame.width()).ok()?, c_int::try_from(plane).ok()?);
    // SAFETY: a format that has a description is one of the enumeration.
    let bytes = unsafe {
        descriptor(format)?;
        ffi::av_image_get_linesize(std::mem::transmute::<c_int, ffi::AVPixelFormat>(format), width, plane)
    };
    usize::try_from(bytes).ok().filter(|bytes| *bytes > 0)
}

fn is_same_plane(a: &Video, b: &Video, plane: usize, bytes: usize) -> bool {
    let (rows_a, rows_b) = (Rows::of(a, plane, bytes), Rows::of(b, plane, bytes));
    let step = (rows_a.count() / FIRST_ROWS).max(1);
    let is_same = |row: usize| rows_a.get(row).is_some_and(|row_a| Some(row_a) == rows_b.get(row));
    (0..rows_a.count()).step_by(step).all(is_same) && (0..rows_a.count()).all(is_same)
}

/// The rows of one plane.
struct Rows<'a> {
    samples: &'a [u8],
    stride: usize,
    bytes: usize,
}

impl<'a> Rows<'a> {
    fn of(frame: &'a Video, plane: usize, bytes: usize) -> Self {
        Self { samples: frame.data(plane), stride: frame.stride(plane).max(1), bytes }
    }

    fn count(&self) -> usize {
        self.samples.len() / self.stride
    }

    fn get(&self, row: usize) -> Option<&'a [u8]> {
        self.samples.get(row * self.stride..)?.get(..self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use ffmpeg_next::format::Pixel;

    use super::*;

    /// A grey frame whose memory beside the picture is filled with `beside`.
    fn frame(width: u32, beside: u8) -> Video {
        let mut frame = Video::new(Pixel::YUV420P, width, 36);
        for plane in 0..frame.planes() {
            let (stride, bytes) = (frame.stride(plane), if plane == 0 { width } else { width / 2 } as usize);
            for row in frame.data_mut(plane).chunks_mut(stride) {
                row.fill(beside);
                row.iter_mut().take(bytes).for_each(|sample| *sample = 90);
            }
        }
        frame
    }

    #[test]
    fn frames_are_compared_by_what_is_shown() {
        assert!(are_same(&frame(50, 1), &frame(50, 2)));
        assert!(!are_same(&frame(50, 1), &frame(52, 1)), "another size");
    }

    #[test]
    fn one_other_sample_in_any_plane_is_another_picture() {
        for plane in 0..3 {
            let mut other = frame(50, 1);
            let at = other.stride(plane) * 7 + 11;
            other.data_mut(plane)[at] = 91;
            assert!(!are_same(&frame(50, 1), &other), "plane {plane}");
        }
        assert!(!are_same(&Video::empty(), &Video::empty()), "nothing is shown");
    }
}
