//! From a path to an open demuxer, refusing on the way what must not be opened.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use reelgraph_models::probe::Refusal;

use super::layout::FileLayout;
use super::signature;
use crate::raw::{ContainerFacts, Input, Source, StreamFacts, StreamKind, silence_log};
use crate::{Limits, MediaError};

/// Bytes at the start of a file in which signatures are looked for.
const SIGNATURE_BYTES: u64 = 4096;

/// Demuxers that would open further files or addresses.
const REFERRING: [&str; 14] = [
    "hls",
    "applehttp",
    "dash",
    "concat",
    "concatf",
    "image2",
    "imf",
    "sdp",
    "rtsp",
    "rtp",
    "sap",
    "vobsub",
    "webm_dash_manifest",
    "avisynth",
];

/// Demuxers of text drawn as pictures, and of metadata without media.
const TEXT: [&str; 6] = ["tty", "bin", "xbin", "idf", "adf", "ffmetadata"];

/// A file whose headers were read.
pub(crate) struct Opened {
    pub(crate) input: Input,
    pub(crate) container: ContainerFacts,
    pub(crate) streams: Vec<StreamFacts>,
    pub(crate) layout: FileLayout,
    pub(crate) size_bytes: u64,
}

impl StreamFacts {
    /// Whether this is a stream that analysis could use, were there a decoder and a key.
    pub(super) fn is_picture_or_sound(&self) -> bool {
        match self.kind {
            StreamKind::Video => !self.is_cover(),
            StreamKind::Audio => true,
            StreamKind::Subtitle | StreamKind::Other => false,
        }
    }
}

impl Opened {
    /// Marks streams as encrypted whose packets turned out to be.
    pub(super) fn mark_encrypted(&mut self, indices: &[usize]) {
        for stream in &mut self.streams {
            stream.is_encrypted |= indices.contains(&stream.index);
        }
    }
}

/// Opens `path` and reads its headers.
///
/// # Errors
/// As [`probe_file`](super::probe_file).
pub(crate) fn open_media(path: &Path, limits: &Limits) -> Result<Opened, MediaError> {
    silence_log();
    let unreadable = |source| MediaError::Open { path: path.to_owned(), source };
    let mut file = open_regular(path)?;
    let size_bytes = file.metadata().map_err(unreadable)?.len();
    if size_bytes == 0 {
        return Err(MediaError::Refused(Refusal::Empty));
    }
    let mut start = Vec::new();
    file.by_ref().take(SIGNATURE_BYTES).read_to_end(&mut start).map_err(unreadable)?;
    if let Some(refusal) = signature::refusal(&start) {
        return Err(MediaError::Refused(refusal));
    }
    let layout = FileLayout::read(&mut file, &start, size_bytes).map_err(unreadable)?;
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;

    let extension = path.extension().and_then(|extension| extension.to_str());
    let source = Source::recognise(file, extension).map_err(|error| header_error(error, Refusal::NotMedia))?;
    let format = source.format_name();
    if let Some(refusal) = format_refusal(&format) {
        return Err(MediaError::Refused(refusal));
    }
    let damaged = match source.score() {
        ..=50 => Refusal::NotMedia,
        _ if signature::mentions_encryption(&start) => Refusal::Encrypted,
        _ => Refusal::DamagedHeader,
    };
    let input = source.open(limits.max_streams).map_err(|error| header_error(error, damaged))?;
    let mut container = input.container_facts();
    let mut streams: Vec<StreamFacts> =
        (0..input.stream_count()).filter_map(|index| input.stream_facts(index)).collect();
    let has_jumps = container.has_discontinuities;
    let stated = streams.iter_mut().map(|stream| (&mut stream.duration_us, &mut stream.bit_rate_bps));
    for (duration_us, bit_rate_bps) in stated.chain([(&mut container.duration_us, &mut container.bit_rate_bps)]) {
        if duration_us.is_some_and(|stated_us| !is_credible(stated_us, has_jumps, size_bytes, limits)) {
            // Where nobody else says, the bit rate is computed from the length.
            (*duration_us, *bit_rate_bps) = (None, None);
        }
    }
    let opened = Opened { input, container, streams, layout, size_bytes };
    within(&opened, limits)?;
    Ok(opened)
}

/// Whether a stated length beyond the limit may be true. Where the clock may jump, the distance from the first timestamp to
/// the last means nothing; elsewhere, no codec fills hours with less than a kilobit a second.
fn is_credible(stated_us: i64, has_jumps: bool, size_bytes: u64, limits: &Limits) -> bool {
    let stated_s = u64::try_from(stated_us / 1_000_000).unwrap_or(0);
    stated_s <= limits.max_duration_s || (!has_jumps && size_bytes / 125 >= stated_s)
}

/// Opens a regular file without ever waiting for one, as opening a pipe would.
fn open_regular(path: &Path) -> Result<File, MediaError> {
    let unreadable = |source| MediaError::Open { path: path.to_owned(), source };
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(|source| {
        // A socket cannot be opened at all, whoever asks.
        match source.raw_os_error() {
            Some(libc::ENXIO) => MediaError::NotAFile { path: path.to_owned() },
            _ => unreadable(source),
        }
    })?;
    match file.metadata().map_err(unreadable)?.is_file() {
        true => Ok(file),
        false => Err(MediaError::NotAFile { path: path.to_owned() }),
    }
}

fn header_error(error: ffmpeg_next::Error, refusal: Refusal) -> MediaError {
    match error {
        ffmpeg_next::Error::Other { errno: libc::ENOMEM } => MediaError::OutOfMemory,
        _ => MediaError::Refused(refusal),
    }
}

/// Why files of this container are refused, whatever is in them.
fn format_refusal(format: &str) -> Option<Refusal> {
    let mut names = format.split(',');
    if names.clone().any(|name| REFERRING.contains(&name)) {
        Some(Refusal::RefersElsewhere)
    } else if names.clone().any(|name| TEXT.contains(&name)) {
        Some(Refusal::NotMedia)
    } else if format == "webp_pipe" {
        // A picture that stands still was told by its signature; no decoder here knows one that moves.
        Some(Refusal::NoDecoder)
    } else if names.any(|name| name.ends_with("_pipe") || matches!(name, "image2pipe" | "ico" | "fits")) {
        Some(Refusal::StillPicture)
    } else {
        None
    }
}

fn within(opened: &Opened, limits: &Limits) -> Result<(), MediaError> {
    let too_large = |stream: &StreamFacts| u64::from(stream.width_px) * u64::from(stream.height_px) > limits.max_pixels;
    let max_us = i64::try_from(limits.max_duration_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
    if opened.streams.len() > limits.max_streams as usize
        || opened.streams.iter().any(too_large)
        || (!opened.container.is_duration_guessed && opened.container.duration_us.is_some_and(|stated| stated > max_us))
    {
        return Err(MediaError::Refused(Refusal::BeyondLimits));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_that_follow_other_files_are_refused_by_name() {
        assert_eq!(format_refusal("hls"), Some(Refusal::RefersElsewhere));
        assert_eq!(format_refusal("png_pipe"), Some(Refusal::StillPicture));
        assert_eq!(format_refusal("webp_pipe"), Some(Refusal::NoDecoder));
        assert_eq!(format_refusal("tty"), Some(Refusal::NotMedia));
        assert_eq!(format_refusal("yuv4mpegpipe"), None);
        assert_eq!(format_refusal("mov,mp4,m4a,3gp,3g2,mj2"), None);
    }
}
