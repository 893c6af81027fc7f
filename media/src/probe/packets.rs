//! What the first packets of a file tell, which its headers do not.

use std::collections::BTreeSet;

use ffmpeg_next::Packet;
use ffmpeg_next::codec::packet::side_data::Type as SideData;

use super::open::Opened;
use crate::MediaError;
use crate::raw::{StreamKind, TimeBase};

/// Packets of all streams that are looked at.
const MAX_PACKETS: usize = 2000;

/// Packets of the video stream that are looked at: ten seconds at thirty a second.
const MAX_VIDEO_PACKETS: usize = 300;

/// Entries of the container's index that are looked at.
const MAX_INDEX_ENTRIES: usize = 20_000;

/// Timestamps at the end of the window that reordering may have left incomplete.
const REORDER_TAIL: usize = 16;

/// What the first packets tell.
#[derive(Debug, Default)]
pub(crate) struct FirstPackets {
    /// Packets of the analysed video stream that were seen.
    pub(crate) video_packets: usize,
    /// Whether the times between frames differ.
    pub(crate) is_variable_frame_rate: bool,
    /// Streams some of whose packets are encrypted.
    pub(crate) encrypted_streams: Vec<usize>,
    /// Whether timestamps are missing or go backwards.
    pub(crate) has_broken_timestamps: bool,
}

impl FirstPackets {
    /// Reads them; the input stands behind them afterwards.
    pub(super) fn read(opened: &mut Opened) -> Result<Self, MediaError> {
        let video = opened.streams.iter().find(|stream| stream.kind == StreamKind::Video && !stream.is_cover());
        let video = video.map(|stream| (stream.index, stream.time_base));
        let mut found = Self::default();
        let mut encrypted = BTreeSet::new();
        let (mut shown_times, mut decode_times) = (Vec::new(), Vec::new());
        let mut last_decode_times = vec![i64::MIN; opened.streams.len()];
        let mut packet = Packet::empty();
        for _ in 0..MAX_PACKETS {
            let more = opened.input.read(&mut packet, &mut 0);
            if !more.map_err(|error| MediaError::ffmpeg("read packets", error))? {
                break;
            }
            let index = packet.stream();
            if packet.side_data().any(|data| data.kind() == SideData::EncryptionInfo) {
                encrypted.insert(index);
            }
            if let (Some(dts), Some(last)) = (packet.dts(), last_decode_times.get_mut(index)) {
                found.has_broken_timestamps |= dts < *last;
                *last = dts;
            }
            if video.is_some_and(|(video, _)| video == index) {
                found.video_packets += 1;
                shown_times.extend(packet.pts());
                decode_times.extend(packet.dts());
                found.has_broken_timestamps |= packet.pts().is_none() && packet.dts().is_none();
                if found.video_packets >= MAX_VIDEO_PACKETS {
                    break;
                }
            }
        }
        found.encrypted_streams = encrypted.into_iter().collect();
        if let Some((index, base)) = video {
            let is_partial = found.video_packets >= MAX_VIDEO_PACKETS;
            let indexed = match opened.container.format.starts_with("mov,") {
                true => opened.input.index_timestamps(index, MAX_INDEX_ENTRIES),
                false => Vec::new(),
            };
            // Program streams state only some times of showing; the times of decoding are then filled in evenly.
            let times = if shown_times.len() == found.video_packets { shown_times } else { decode_times };
            // Where edits cut an index, its decode times jump; only an index that agrees in length says more.
            found.is_variable_frame_rate =
                differ(times, base, is_partial) || (is_partial && differ(indexed, base, false));
        }
        Ok(found)
    }
}

/// Whether the distances between timestamps differ by more than rounding to the container's clock explains.
fn differ(mut times: Vec<i64>, base: TimeBase, is_partial: bool) -> bool {
    times.sort_unstable();
    times.dedup();
    if is_partial {
        times.truncate(times.len().saturating_sub(REORDER_TAIL));
    }
    let mut steps: Vec<i64> =
        times.iter().zip(times.iter().skip(1)).map(|(a, b)| base.micros(*b) - base.micros(*a)).collect();
    // The last frame of a file is often held for longer or shorter than the others.
    steps.pop();
    let mut sorted = steps.clone();
    sorted.sort_unstable();
    let Some(median) = sorted.get(sorted.len() / 2).copied() else { return false };
    // Matroska rounds to the millisecond, so that two neighbours may differ by one each way.
    let tolerance = (median / 20).max(1_100);
    steps.iter().any(|step| (step - median).abs() > tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds() -> TimeBase {
        TimeBase::of(1, 1000)
    }

    #[test]
    fn rounding_to_the_millisecond_is_not_a_variable_rate() {
        let times = (0..100).map(|frame| (f64::from(frame) * 1000.0 / 23.976).round() as i64).collect();
        assert!(!differ(times, milliseconds(), false));
    }

    #[test]
    fn one_frame_that_is_held_is_a_variable_rate() {
        let mut times: Vec<i64> = (0..50).map(|frame| frame * 40).collect();
        times.extend((0..50).map(|frame| 2100 + frame * 40));
        assert!(differ(times, milliseconds(), false));
    }

    #[test]
    fn one_or_two_frames_have_no_rate_that_could_vary() {
        assert!(!differ(vec![0], milliseconds(), false));
        assert!(!differ(vec![0, 3000], milliseconds(), false));
    }
}
