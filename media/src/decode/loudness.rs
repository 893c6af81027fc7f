//! How loud the sound is, by EBU R128, at its own rate and with the weight of each channel.

use ebur128::{Channel, EbuR128, Mode};
use ffmpeg_next::frame::Audio;

use super::event::Loudness;
use crate::raw::{Resampler, channels_of};

/// Samples that no decoder means; beyond full scale by 40 dB.
const MAX_LEVEL: f32 = 100.0;

/// Measures frame after frame. Histograms stand for the history, so that memory does not grow with the length.
#[derive(Default)]
pub(crate) struct LoudnessMeter {
    measuring: Option<Measuring>,
    samples: Vec<f32>,
    /// Of stretches with another rate or other channels.
    highest_peak: f64,
}

struct Measuring {
    meter: EbuR128,
    converter: Resampler,
    channels: (u32, Vec<Option<u32>>),
}

impl LoudnessMeter {
    /// Measures one frame; sound that cannot be converted is left out, since the mono path reports it already.
    pub(crate) fn push(&mut self, frame: &Audio) {
        let channels = channels_of(frame);
        let fits = |measuring: &Measuring| measuring.channels == channels && measuring.converter.fits(frame);
        if !self.measuring.as_ref().is_some_and(fits) && self.change(frame, channels).is_none() {
            self.measuring = None;
            return;
        }
        let Some(measuring) = &mut self.measuring else { return };
        self.samples.clear();
        if measuring.converter.convert(Some(frame), &mut self.samples).is_ok() {
            for sample in &mut self.samples {
                *sample = if sample.is_finite() { sample.clamp(-MAX_LEVEL, MAX_LEVEL) } else { 0.0 };
            }
            // Fails for a number of samples that is no multiple of the channels, which the converter does not give.
            let _ = measuring.meter.add_frames_f32(&self.samples);
        }
    }

    /// Goes on with sound of another kind; `None` where it cannot be measured.
    fn change(&mut self, frame: &Audio, channels: (u32, Vec<Option<u32>>)) -> Option<()> {
        let (rate_hz, places) = &channels;
        let count = u32::try_from(places.len()).ok()?;
        self.highest_peak = self.highest_peak.max(self.measuring.as_ref().map_or(0.0, |it| peak(&it.meter)));
        let mut meter = match self.measuring.take() {
            Some(mut measuring) => {
                measuring.meter.change_parameters(count, *rate_hz).ok()?;
                measuring.meter
            }
            None => EbuR128::new(count, *rate_hz, Mode::I | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM).ok()?,
        };
        meter.set_channel_map(&channel_map(places)).ok()?;
        self.measuring = Some(Measuring { meter, converter: Resampler::keeping(frame).ok()?, channels });
        Some(())
    }

    /// The measure of everything so far; `None` for silence.
    pub(crate) fn loudness(&self) -> Option<Loudness> {
        let meter = &self.measuring.as_ref()?.meter;
        let integrated = meter.loudness_global().ok().filter(|lufs| lufs.is_finite())?;
        Some(Loudness {
            integrated_lufs: integrated as f32,
            range_lu: meter.loudness_range().ok().filter(|range| range.is_finite())? as f32,
            true_peak_dbtp: (20.0 * peak(meter).max(self.highest_peak).max(1e-6).log10()) as f32,
        })
    }
}

/// Highest true peak of any channel, 1 is full scale.
fn peak(meter: &EbuR128) -> f64 {
    (0..meter.channels()).filter_map(|channel| meter.true_peak(channel).ok()).fold(0.0, f64::max)
}

/// What each channel counts for (ITU-R BS.1770-4, table 3 and annex 3): the low-frequency channel nothing, those beside the
/// listener more. What FFmpeg calls back is beside the listener in a layout without sides, as 5.1 is.
fn channel_map(places: &[Option<u32>]) -> Vec<Channel> {
    // `enum AVChannel` of libavutil/channel_layout.h.
    let has_sides = places.iter().any(|place| matches!(place, Some(9 | 10)));
    let channel = |place: &Option<u32>| match place {
        Some(0 | 29) => Channel::Left,
        Some(1 | 30) => Channel::Right,
        Some(2) => Channel::Center,
        Some(3 | 35) => Channel::Unused,
        Some(4) if has_sides => Channel::Mp135,
        Some(5) if has_sides => Channel::Mm135,
        Some(4 | 9) => Channel::LeftSurround,
        Some(5 | 10) => Channel::RightSurround,
        Some(6) => Channel::MpSC,
        Some(7) => Channel::MmSC,
        Some(8) => Channel::Mp180,
        // Wide, high and low ones, and channels without a place, count once.
        _ => Channel::Up000,
    };
    places.iter().map(channel).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surround_counts_more_wherever_it_is_written_and_the_low_frequencies_nothing() {
        let places = |numbers: &[u32]| numbers.iter().map(|number| Some(*number)).collect::<Vec<_>>();
        let side = channel_map(&places(&[0, 1, 2, 3, 9, 10]));
        assert_eq!(channel_map(&places(&[0, 1, 2, 3, 4, 5])), side);
        assert_eq!(side.get(3..), Some([Channel::Unused, Channel::LeftSurround, Channel::RightSurround].as_slice()));
        let seven = channel_map(&places(&[0, 1, 2, 3, 4, 5, 9, 10]));
        assert_eq!(seven.get(4..6), Some([Channel::Mp135, Channel::Mm135].as_slice()));
    }
}
