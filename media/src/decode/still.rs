//! Single pictures: of a moment, and the cover that a file carries.

use std::path::Path;

use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error, Packet};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use reelgraph_models::picture::Picture;
use reelgraph_models::time::MediaTime;

use super::clock::{Clock, FrameTimes};
use super::convert::Converter;
use super::orientation::Orientation;
use super::plan::DecodePlan;
use super::sampler::picture;
use crate::probe::open_media;
use crate::raw::{Decoder, Filter, Input, Received, StreamFacts, deinterlace, facts_of, share};
use crate::{Limits, MediaError};

/// Decodes the frame that is shown at `at`: the last one that starts at or before it, else the first of the file. Its
/// longer side is at most `max_side_px`; it is not enlarged.
///
/// # Errors
/// As [`probe_file`](crate::probe_file); [`MediaError::NoPicture`] where the file has no video, or none of it decodes.
pub fn still(path: &Path, at: MediaTime, max_side_px: u32, limits: &Limits) -> Result<Picture, MediaError> {
    let mut opened = open_media(path, limits)?;
    let probe = opened.describe(None);
    let index = probe.main_video().map(|stream| stream.index as usize).ok_or(MediaError::NoPicture)?;
    let stream = opened.streams.get(index).cloned().ok_or(MediaError::NoPicture)?;
    let origin_us = opened.origin_us(&probe);
    let clock = Clock::new(origin_us, limits.max_duration_s, false);
    opened.input.keep_only(&[index]);
    let mut found = None;
    let is_near = at == MediaTime::ZERO || opened.input.seek(origin_us.saturating_add(at.as_micros())).is_ok();
    if is_near {
        found = shown_at(&mut opened.input, &stream, &clock, at, limits, at > MediaTime::ZERO)?;
    }
    if !matches!(&found, Some((_, Fit::Shown))) && at > MediaTime::ZERO {
        // The file cannot be moved about in, or its index lies: from the start.
        let mut opened = open_media(path, limits)?;
        opened.input.keep_only(&[index]);
        found = shown_at(&mut opened.input, &stream, &clock, at, limits, false)?;
    }
    let frame = found.map(|(frame, _)| frame);
    finished(frame.ok_or(MediaError::NoPicture)?, &stream, max_side_px)
}

/// Decodes the cover picture that the file carries, if it carries one.
///
/// # Errors
/// As [`probe_file`](crate::probe_file); [`MediaError::NoPicture`] where the cover cannot be decoded.
pub fn embedded_thumbnail(path: &Path, max_side_px: u32, limits: &Limits) -> Result<Option<Picture>, MediaError> {
    let opened = open_media(path, limits)?;
    let covers = opened.streams.iter().filter(|stream| stream.is_cover());
    let mut packets = covers.filter_map(|stream| Some((stream, opened.input.cover_packet(stream.index)?)));
    let Some((stream, packet)) = packets.next() else { return Ok(None) };
    let mut decoder = open_decoder(&opened.input, stream, limits)?;
    let undecodable = |error| match error {
        Error::Other { errno: libc::ENOMEM } => MediaError::OutOfMemory,
        _ => MediaError::NoPicture,
    };
    let mut frame = Video::empty();
    for packet in [Some(&packet), None] {
        decoder.send(packet).map_err(undecodable)?;
        if matches!(decoder.receive(&mut frame).map_err(undecodable)?, Received::Frame) {
            return finished(frame, stream, max_side_px).map(Some);
        }
    }
    Err(MediaError::NoPicture)
}

/// The picture with its longer side at most `max_side_px`; never enlarged.
///
/// # Errors
/// [`MediaError::NoPicture`] where nothing would be left of a side.
pub fn shrink(picture: &Picture, max_side_px: u32) -> Result<Picture, MediaError> {
    let (width, height) = (picture.width_px(), picture.height_px());
    let longer = width.max(height);
    if longer <= max_side_px {
        return Ok(picture.clone());
    }
    let scaled = |side: u32| (u64::from(side) * u64::from(max_side_px) / u64::from(longer)).max(1) as u32;
    let whole = image::ImageBuffer::<image::Rgb<u8>, _>::from_raw(width, height, picture.rgb());
    let small = image::imageops::thumbnail(&whole.ok_or(MediaError::NoPicture)?, scaled(width), scaled(height));
    Picture::new(small.width(), small.height(), small.into_raw()).map_err(|_| MediaError::NoPicture)
}

/// Encodes a picture as JPEG of a quality from 1 to 100.
///
/// # Errors
/// [`MediaError::Jpeg`] where the encoder refuses it: sides beyond 65 535.
pub fn encode_jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>, MediaError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100))
        .encode(picture.rgb(), picture.width_px(), picture.height_px(), ExtendedColorType::Rgb8)
        .map_err(MediaError::Jpeg)?;
    Ok(bytes)
}

fn open_decoder(input: &Input, stream: &StreamFacts, limits: &Limits) -> Result<Decoder, MediaError> {
    Decoder::open(input, stream, 1, limits.max_pixels).map_err(|error| match error {
        Error::Other { errno: libc::ENOMEM | libc::EAGAIN } => MediaError::OutOfMemory,
        _ => MediaError::NoPicture,
    })
}

/// How a frame stands to the time that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It is shown at that time.
    Shown,
    /// It comes later, and nothing before it was found.
    Later,
}

/// The last frame that starts at or before `at`, else the first; `has_moved` where the input does not stand at its start.
fn shown_at(
    input: &mut Input,
    stream: &StreamFacts,
    clock: &Clock,
    at: MediaTime,
    limits: &Limits,
    has_moved: bool,
) -> Result<Option<(Video, Fit)>, MediaError> {
    let failed = |error| MediaError::ffmpeg("decode a still", error);
    let mut decoder = open_decoder(input, stream, limits)?;
    let (mut packet, mut frame, mut shown) = (Packet::empty(), Video::empty(), None);
    let mut times = FrameTimes::new(stream.average_frame_rate.or(stream.base_frame_rate));
    loop {
        let more = input.read(&mut packet, &mut 0).map_err(failed)?;
        if more && packet.stream() != stream.index {
            continue;
        }
        decoder.send(more.then_some(&packet)).map_err(failed)?;
        loop {
            match decoder.receive(&mut frame).map_err(failed)? {
                Received::Frame => {}
                Received::Damaged if more => break,
                Received::NeedsPacket => break,
                Received::End | Received::Damaged => return Ok(shown),
            }
            let stated_us = frame.timestamp().and_then(|ticks| clock.micros(ticks, stream.time_base));
            if stated_us.is_none() && has_moved {
                // Frames without times can only be counted, and that from the start.
                return Ok(None);
            }
            let is_later = times.next(stated_us) > at;
            if is_later && shown.is_some() {
                return Ok(shown);
            }
            let fit = if is_later { Fit::Later } else { Fit::Shown };
            shown = Some((share(&frame).map_err(failed)?, fit));
            if is_later {
                return Ok(shown);
            }
        }
        if !more {
            return Ok(shown);
        }
    }
}

fn finished(frame: Video, stream: &StreamFacts, max_side_px: u32) -> Result<Picture, MediaError> {
    let failed = |error| MediaError::ffmpeg("convert a still", error);
    let is_interlaced = facts_of(&frame).is_some_and(|facts| facts.is_interlaced);
    let frame = if is_interlaced { deinterlace(None, &frame, None).unwrap_or(frame) } else { frame };
    let facts = facts_of(&frame).ok_or(MediaError::NoPicture)?;
    let mut converter = Converter::new(Filter::Bicubic, Orientation::of(stream.display_matrix), stream.transfer);
    picture(&mut converter, &frame, &facts, max_side_px.clamp(1, DecodePlan::MAX_SIDE_PX)).map_err(failed)
}
