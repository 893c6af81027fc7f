//! From a file's timestamps to media time.

use ffmpeg_next::Packet;
use reelgraph_models::time::MediaTime;

use crate::raw::TimeBase;

/// In formats whose clock may jump, a step of decode time beyond this, in microseconds, is a jump and not a pause (what the
/// `ffmpeg` program takes, `-dts_delta_threshold`).
const FORWARD_JUMP_US: i64 = 10_000_000;

/// Decode time never goes back; beyond this, in microseconds, it is a jump and not carelessness.
const BACKWARD_JUMP_US: i64 = 500_000;

/// The step that is put in place of a jump, in microseconds: about one frame.
const MENDED_STEP_US: i64 = 40_000;

/// Turns timestamps of one file into media time.
#[derive(Debug)]
pub(crate) struct Clock {
    origin_us: i64,
    max_us: i64,
    mends_jumps: bool,
    /// The shift that mended the latest jump in any stream.
    newest_shift_us: i64,
    streams: Vec<StreamClock>,
    /// Jumps that were mended.
    pub(crate) jumps: u64,
}

/// How far a stream has come, and by how much its timestamps are shifted at present.
#[derive(Debug, Clone, Copy, Default)]
struct StreamClock {
    last_us: Option<i64>,
    shift_us: i64,
}

impl StreamClock {
    /// Whether a packet of this time may follow.
    fn continues(self, at_us: i64) -> bool {
        self.last_us.is_none_or(|last_us| (-BACKWARD_JUMP_US..=FORWARD_JUMP_US).contains(&(at_us - last_us)))
    }
}

impl Clock {
    /// A clock that starts at `origin_us` of the file's own, and knows no time beyond `max_duration_s`.
    pub(crate) fn new(origin_us: i64, max_duration_s: u64, mends_jumps: bool) -> Self {
        let max_us = i64::try_from(max_duration_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
        Self { origin_us, max_us, mends_jumps, newest_shift_us: 0, streams: Vec::new(), jumps: 0 }
    }

    /// Takes jumps of the file's clock (broadcast recordings, joined transport streams) out of a packet's timestamps.
    ///
    /// Streams jump together but their packets are interleaved, so that each stream takes up a new shift when its own
    /// timestamps call for it.
    pub(crate) fn mend(&mut self, packet: &mut Packet, base: TimeBase) {
        let Some(dts) = packet.dts().filter(|_| self.mends_jumps) else { return };
        if self.streams.len() <= packet.stream() {
            self.streams.resize(packet.stream() + 1, StreamClock::default());
        }
        let Some(stream) = self.streams.get_mut(packet.stream()) else { return };
        let stated_us = base.micros(dts);
        if !stream.continues(stated_us.saturating_add(stream.shift_us)) {
            stream.shift_us = self.newest_shift_us;
            if !stream.continues(stated_us.saturating_add(stream.shift_us)) {
                let last_us = stream.last_us.unwrap_or(stated_us);
                stream.shift_us = last_us.saturating_add(MENDED_STEP_US).saturating_sub(stated_us);
                self.newest_shift_us = stream.shift_us;
                self.jumps += 1;
            }
        }
        stream.last_us = Some(stated_us.saturating_add(stream.shift_us));
        if stream.shift_us != 0 {
            let shift = base.ticks(stream.shift_us);
            packet.set_dts(Some(dts.saturating_add(shift)));
            packet.set_pts(packet.pts().map(|pts| pts.saturating_add(shift)));
        }
    }

    /// As [`Self::micros`], of a stream whose packets are far apart: a pause is none of its jumps, so that it takes up those
    /// of the others.
    pub(crate) fn sparse_micros(&self, ticks: i64, base: TimeBase) -> Option<i64> {
        self.micros(ticks, base).map(|at_us| at_us.saturating_add(self.newest_shift_us))
    }

    /// Microseconds since the start, negative before it; `None` beyond all bounds.
    pub(crate) fn micros(&self, ticks: i64, base: TimeBase) -> Option<i64> {
        let at_us = base.micros(ticks).saturating_sub(self.origin_us);
        (at_us.saturating_abs() <= self.max_us).then_some(at_us)
    }
}

/// The times of the frames of one stream, in the order in which they are shown.
#[derive(Debug)]
pub(crate) struct FrameTimes {
    last: Option<MediaTime>,
    step_us: i64,
    /// Frames whose time had to be made up.
    pub(crate) made_up: u64,
}

impl FrameTimes {
    /// For a stream of so many frames in so many seconds; 25 a second where nobody says.
    pub(crate) fn new(frame_rate: Option<(u32, u32)>) -> Self {
        let (frames, seconds) = frame_rate.unwrap_or((25, 1));
        let step_us = (i64::from(seconds) * 1_000_000 / i64::from(frames.max(1))).clamp(1, 10_000_000);
        Self { last: None, step_us, made_up: 0 }
    }

    /// The time of the next frame, of which the file states `stated_us`: never before the start, always behind the frame
    /// before it.
    pub(crate) fn next(&mut self, stated_us: Option<i64>) -> MediaTime {
        let step = |micros| MediaTime::from_micros(micros);
        let at = match (stated_us, self.last) {
            (Some(stated_us), None) => step(stated_us.max(0)),
            (Some(stated_us), Some(last)) if stated_us > last.as_micros() => step(stated_us),
            (Some(_), Some(last)) => {
                self.made_up += 1;
                last + step(1)
            }
            (None, last) => {
                self.made_up += 1;
                last.map_or(MediaTime::ZERO, |last| last + step(self.step_us))
            }
        };
        self.last = Some(at);
        at
    }

    /// The end of the last frame, if there was one.
    pub(crate) fn end(&self) -> Option<MediaTime> {
        self.last.map(|last| last + MediaTime::from_micros(self.step_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(stream: usize, dts_ms: i64) -> Packet {
        let mut packet = Packet::empty();
        packet.set_stream(stream);
        packet.set_dts(Some(dts_ms));
        packet.set_pts(Some(dts_ms));
        packet
    }

    #[test]
    fn two_interleaved_streams_jump_together() {
        let mut clock = Clock::new(0, 1000, true);
        let mut mended = Vec::new();
        for (stream, dts_ms) in [(0, 1000), (1, 1000), (0, 1040), (0, 90_000), (1, 1020), (1, 90_000), (0, 90_040)] {
            let mut packet = packet(stream, dts_ms);
            clock.mend(&mut packet, TimeBase::of(1, 1000));
            mended.push(packet.dts());
        }
        assert_eq!(mended, [1000, 1000, 1040, 1080, 1020, 1080, 1120].map(Some));
        assert_eq!(clock.jumps, 1);
    }

    #[test]
    fn times_rise_whatever_is_stated() {
        let mut times = FrameTimes::new(Some((25, 1)));
        let given = [None, None, Some(100_000), Some(90_000), None].map(|stated| times.next(stated).as_micros());
        assert_eq!(given, [0, 40_000, 100_000, 100_001, 140_001]);
        assert_eq!((times.made_up, times.end()), (4, Some(MediaTime::from_micros(180_001))));
    }
}
