//! The outermost structure of a file, read without FFmpeg: where the index stands, and whether the end is missing.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Most boxes at the top level that are looked at; fragmented files have one pair a fragment.
const MAX_BOXES: usize = 10_000;

/// Boxes that ISO base media and QuickTime files begin with.
const FIRST_BOXES: [&[u8; 4]; 7] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp"];

/// What the outermost structure tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct FileLayout {
    /// The index (`moov`) stands behind the media data.
    pub(crate) is_index_at_end: bool,
    /// The structure promises more bytes than there are.
    pub(crate) is_truncated: bool,
}

impl FileLayout {
    /// Reads the layout of an ISO base media, Matroska or RIFF file; the default for others.
    pub(super) fn read(file: &mut File, start: &[u8], size_bytes: u64) -> io::Result<Self> {
        match start {
            [_, _, _, _, a, b, c, d, ..] if FIRST_BOXES.contains(&&[*a, *b, *c, *d]) => Self::iso(file, size_bytes),
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Ok(Self::matroska(start, size_bytes)),
            [b'R', b'I', b'F', b'F', a, b, c, d, ..] => {
                Ok(Self::riff(u32::from_le_bytes([*a, *b, *c, *d]), size_bytes))
            }
            _ => Ok(Self::default()),
        }
    }

    /// ISO/IEC 14496-12: boxes of a 32-bit size and a type; size 1 means a 64-bit size follows, 0 means to the end.
    fn iso(file: &mut File, size_bytes: u64) -> io::Result<Self> {
        let mut layout = Self::default();
        let (mut at, mut has_index, mut has_data) = (0u64, false, false);
        for _ in 0..MAX_BOXES {
            let mut header = [0u8; 16];
            file.seek(SeekFrom::Start(at))?;
            let mut got = 0;
            while got < header.len() {
                match file.read(header.get_mut(got..).unwrap_or_default())? {
                    0 => break,
                    count => got += count,
                }
            }
            if got < 8 {
                break;
            }
            let [a, b, c, d, kind @ .., _, _, _, _, _, _, _, _] = header;
            let [_, _, _, _, _, _, _, _, wide @ ..] = header;
            let length = match u32::from_be_bytes([a, b, c, d]) {
                0 => size_bytes - at,
                1 => u64::from_be_bytes(wide),
                length => u64::from(length),
            };
            match &kind {
                b"moov" | b"moof" => has_index = true,
                b"mdat" => has_data = true,
                _ => {}
            }
            layout.is_index_at_end |= &kind == b"moov" && has_data && !layout.is_index_at_end;
            let Some(next) = at.checked_add(length).filter(|_| length >= 8) else { break };
            if next > size_bytes {
                layout.is_truncated = has_index || has_data;
                break;
            }
            at = next;
        }
        Ok(layout)
    }

    /// RFC 8794 and RFC 9559: the header element, then a segment whose size may be unknown.
    fn matroska(start: &[u8], size_bytes: u64) -> Self {
        let segment = || {
            let (header_size, width) = element_size(start.get(4..)?)?;
            let at = 4 + width + usize::try_from(header_size).ok()?;
            let rest = start.get(at..)?.strip_prefix(&[0x18, 0x53, 0x80, 0x67])?;
            let (size, width) = element_size(rest)?;
            (at as u64 + 4 + width as u64).checked_add(size)
        };
        Self { is_truncated: segment().is_some_and(|end| end > size_bytes), is_index_at_end: false }
    }

    /// The size field counts what follows it; 0 and all ones are what live writers leave there.
    fn riff(size: u32, size_bytes: u64) -> Self {
        let is_stated = size != 0 && size != u32::MAX;
        Self { is_truncated: is_stated && u64::from(size) + 8 > size_bytes + 1, is_index_at_end: false }
    }
}

/// A variable-length size and how many bytes it took; `None` where it is unknown or not there.
fn element_size(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let width = first.leading_zeros() as usize + 1;
    let all = bytes.get(..width).filter(|_| width <= 8)?;
    let unmarked = all.iter().fold(0u64, |size, byte| (size << 8) | u64::from(*byte)) & !(1u64 << (7 * width));
    (unmarked != (1u64 << (7 * width)) - 1).then_some((unmarked, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_variable_length_are_read_and_unknown_ones_are_none() {
        assert_eq!(element_size(&[0x9f]), Some((0x1f, 1)));
        assert_eq!(element_size(&[0x40, 0x02]), Some((2, 2)));
        assert_eq!(element_size(&[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(element_size(&[0x00]), None);
    }

    #[test]
    fn a_riff_file_that_promises_more_than_is_there_is_truncated() {
        assert!(FileLayout::riff(1000, 500).is_truncated);
        assert!(!FileLayout::riff(492, 500).is_truncated);
        assert!(!FileLayout::riff(u32::MAX, 500).is_truncated);
    }
}
