//! The probe itself.

use std::path::Path;

use reelgraph_models::probe::{Probe, Refusal};

use super::open::{Opened, open_media};
use super::packets::FirstPackets;
use super::reasons;
use crate::{Limits, MediaError};

/// Containers that hold pictures which may or may not move: with one picture inside they are a still.
const MAYBE_STILL: [&str; 4] = ["gif", "apng", "mjpeg", "jpegxl_anim"];

/// Reads what a file is from its headers and first packets, in this process.
///
/// # Errors
/// [`MediaError::Open`] or [`MediaError::NotAFile`] where there is no file to read, [`MediaError::Refused`] with the
/// named reason where the file cannot be used, [`MediaError::OutOfMemory`].
pub fn probe_file(path: &Path, limits: &Limits) -> Result<Probe, MediaError> {
    let mut opened = open_media(path, limits)?;
    let packets = FirstPackets::read(&mut opened)?;
    opened.mark_encrypted(&packets.encrypted_streams);
    let probe = opened.describe(Some(&packets));
    usable(&opened, &probe)?;
    if MAYBE_STILL.contains(&opened.container.format.as_str()) && packets.video_packets <= 1 {
        return Err(MediaError::Refused(Refusal::StillPicture));
    }
    Ok(reasons::with_reasons(probe, &opened, &packets))
}

/// Refuses what has no stream that could be analysed.
pub(crate) fn usable(opened: &Opened, probe: &Probe) -> Result<(), MediaError> {
    if probe.main_video().is_some() || probe.main_audio().is_some() {
        return Ok(());
    }
    let media = || opened.streams.iter().filter(|stream| stream.is_picture_or_sound());
    let refusal = if media().next().is_none() {
        Refusal::NoPicturesNorSound
    } else if media().all(|stream| stream.is_encrypted) {
        Refusal::Encrypted
    } else {
        Refusal::NoDecoder
    };
    Err(MediaError::Refused(refusal))
}
