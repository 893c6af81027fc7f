//! From a file's timestamps to media time.

use ffmpeg_next::Packet;
use reelgraph_models::time::MediaTime;

use crate::raw::TimeBase;

/// In formats whose clock may jump, a step of decode time beyond this, in microseconds, is a jump and not a pause (what the
/// `ffmpeg` program takes, `-dts_delta_threshold`).
const JUMP_US: i64 = 10_000_000;

/// The step that is put in place of a jump, in microseconds: about one frame.
const MENDED_STEP_US: i64 = 40_000;

/// Turns timestamps of one file into media time.
#[derive(Debug)]
pub(crate) struct Clock {
    origin_us: i64,
    max_us: i64,
    mends_jumps: bool,
    shift_us: i64,
    last_us: Vec<Option<i64>>,
    /// Jumps that were mended.
    pub(crate) jumps: u64,
}

impl Clock {
    /// A clock that starts at `origin_us` of the file's own, and knows no time beyond `max_duration_s`.
    pub(crate) fn new(origin_us: i64, max_duration_s: u64, mends_jumps: bool) -> Self {
        let max_us = i64::try_from(max_duration_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
        Self { origin_us, max_us, mends_jumps, shift_us: 0, last_us: Vec::new(), jumps: 0 }
    }

    /// Takes jumps of the file's clock (broadcast recordings, joined transport streams) out of a packet's timestamps.
    pub(crate) fn mend(&mut self, packet: &mut Packet, base: TimeBase) {
        let Some(dts) = packet.dts().filter(|_| self.mends_jumps) else { return };
        let index = packet.stream();
        if self.last_us.len() <= index {
            self.last_us.resize(index + 1, None);
        }
        let mut at_us = base.micros(dts).saturating_add(self.shift_us);
        if let Some(last_us) = self.last_us.get(index).copied().flatten()
            && (at_us - last_us).abs() > JUMP_US
        {
            self.shift_us += last_us + MENDED_STEP_US - at_us;
            at_us = last_us + MENDED_STEP_US;
            self.jumps += 1;
        }
        if let Some(last) = self.last_us.get_mut(index) {
            *last = Some(at_us);
        }
        if self.shift_us != 0 {
            let shift = base.ticks(self.shift_us);
            packet.set_dts(Some(dts.saturating_add(shift)));
            packet.set_pts(packet.pts().map(|pts| pts.saturating_add(shift)));
        }
    }

    /// Microseconds since the start, negative before it; `None` beyond all bounds.
    pub(crate) fn micros(&self, ticks: i64, base: TimeBase) -> Option<i64> {
        let at_us = base.micros(ticks).saturating_sub(self.origin_us);
        (at_us.saturating_abs() <= self.max_us).then_some(at_us)
    }

    /// Media time of so many microseconds since the start; what lies before the start is at the start.
    pub(crate) fn media_time(at_us: i64) -> MediaTime {
        MediaTime::from_micros(at_us.max(0))
    }
}
