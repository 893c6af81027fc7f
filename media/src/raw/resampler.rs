//! libswresample: from whatever a decoder gives to f32, as mono of a wanted rate or channel by channel at its own.

use std::ffi::c_int;
use std::ptr;

use ffmpeg_next::frame::Audio;
use ffmpeg_next::{Error, ffi};

/// Most channels that libswresample mixes (`SWR_CH_MAX`).
const MAX_CHANNELS: usize = 64;

/// Most samples that one decoded frame may have; codecs stay far below, hostile ones must not allocate without bound.
const MAX_FRAME_SAMPLES: usize = 1 << 22;

/// Converts sound of one format, rate and number of channels to interleaved f32.
pub(crate) struct Resampler {
    context: *mut ffi::SwrContext,
    source: (i32, i32, i32),
    rate_hz: u32,
    /// Channels that come out.
    channels: usize,
}

// SAFETY: the context has no tie to a thread, and is only used through `&mut self`.
unsafe impl Send for Resampler {}

impl Resampler {
    /// A resampler from what `frame` holds to mono of `rate_hz`.
    pub(crate) fn mono(frame: &Audio, rate_hz: u32) -> Result<Self, Error> {
        Self::new(frame, Some(rate_hz))
    }

    /// One that changes nothing but how samples are written: the same rate, the same channels, interleaved.
    pub(crate) fn keeping(frame: &Audio) -> Result<Self, Error> {
        Self::new(frame, None)
    }

    fn new(frame: &Audio, mono_rate_hz: Option<u32>) -> Result<Self, Error> {
        let source = source_of(frame);
        let (format, source_rate, channels) = source;
        if channels < 1 || channels as usize > MAX_CHANNELS || source_rate < 1 {
            return Err(Error::InvalidData);
        }
        let rate_hz = mono_rate_hz.unwrap_or(source_rate as u32);
        let channels_out = if mono_rate_hz.is_some() { 1 } else { channels as usize };
        let mut resampler = Self { context: ptr::null_mut(), source, rate_hz, channels: channels_out };
        // SAFETY: the layouts live through the calls, which copy them; the context is owned by `resampler` from its
        // creation. The format is one that the decoder wrote.
        unsafe {
            let stated = &(*frame.as_ptr()).ch_layout;
            let is_named = stated.order == ffi::AVChannelOrder::AV_CHANNEL_ORDER_NATIVE;
            let mut layout = std::mem::zeroed::<ffi::AVChannelLayout>();
            match is_named {
                true => layout = *stated,
                false => ffi::av_channel_layout_default(&mut layout, channels),
            }
            let mut target = layout;
            if mono_rate_hz.is_some() {
                ffi::av_channel_layout_default(&mut target, 1);
            }
            let is_known = layout.order == ffi::AVChannelOrder::AV_CHANNEL_ORDER_NATIVE;
            let made = ffi::swr_alloc_set_opts2(
                &mut resampler.context,
                &mut target,
                ffi::AVSampleFormat::AV_SAMPLE_FMT_FLT,
                c_int::try_from(rate_hz).unwrap_or(c_int::MAX),
                &mut layout,
                std::mem::transmute::<i32, ffi::AVSampleFormat>(format),
                source_rate,
                0,
                ptr::null_mut(),
            );
            if made < 0 {
                return Err(Error::from(made));
            }
            if !is_known && mono_rate_hz.is_some() {
                // Channels without a meaning: their mean.
                let weights = [1.0 / f64::from(channels); MAX_CHANNELS];
                ffi::swr_set_matrix(resampler.context, weights.as_ptr(), channels);
            }
            let ready = ffi::swr_init(resampler.context);
            if ready < 0 { Err(Error::from(ready)) } else { Ok(resampler) }
        }
    }

    /// Whether `frame` is of the kind that this resampler was made for.
    pub(crate) fn fits(&self, frame: &Audio) -> bool {
        self.source == source_of(frame)
    }

    /// Samples that went in and have not come out yet, at the rate that comes out.
    pub(crate) fn delay(&self) -> i64 {
        // SAFETY: the context is live.
        unsafe { ffi::swr_get_delay(self.context, i64::from(self.rate_hz)) }
    }

    /// Converts a frame, or with `None` what is still inside, and appends to `out`.
    pub(crate) fn convert(&mut self, frame: Option<&Audio>, out: &mut Vec<f32>) -> Result<(), Error> {
        // SAFETY: the output has room for as many samples as the library was told; the input planes belong to the
        // frame, which has as many samples in each channel as it says.
        unsafe {
            let (planes, samples) = match frame {
                Some(frame) => ((*frame.as_ptr()).extended_data.cast::<*const u8>(), (*frame.as_ptr()).nb_samples),
                None => (ptr::null_mut(), 0),
            };
            if usize::try_from(samples).map_or(true, |samples| samples > MAX_FRAME_SAMPLES) {
                return Err(Error::InvalidData);
            }
            let room = ffi::swr_get_out_samples(self.context, samples).max(0);
            let before = out.len();
            let samples_room = room as usize * self.channels;
            let wanted = before + samples_room;
            out.try_reserve(samples_room).map_err(|_| Error::Other { errno: libc::ENOMEM })?;
            out.resize(wanted, 0.0);
            let mut target = out.as_mut_ptr().add(before).cast::<u8>();
            let written = ffi::swr_convert(self.context, &mut target, room, planes, samples);
            out.truncate(before + usize::try_from(written).unwrap_or(0) * self.channels);
            if written < 0 { Err(Error::from(written)) } else { Ok(()) }
        }
    }
}

impl Drop for Resampler {
    fn drop(&mut self) {
        // SAFETY: freed once; null is allowed.
        unsafe { ffi::swr_free(&mut self.context) }
    }
}

/// Rate in hertz, and the place of each channel by its number in `enum AVChannel` (libavutil/channel_layout.h); where the
/// file names no places, those that are usual for so many channels, and `None` where there are none.
pub(crate) fn channels_of(frame: &Audio) -> (u32, Vec<Option<u32>>) {
    // SAFETY: the frame is live; the layout is copied, and a default one owns no memory.
    unsafe {
        let raw = frame.as_ptr();
        let stated = &(*raw).ch_layout;
        let count = usize::try_from(stated.nb_channels).unwrap_or(0).min(MAX_CHANNELS);
        let mut layout = *stated;
        if stated.order != ffi::AVChannelOrder::AV_CHANNEL_ORDER_NATIVE {
            layout = std::mem::zeroed();
            ffi::av_channel_layout_default(&mut layout, stated.nb_channels);
        }
        let is_native = layout.order == ffi::AVChannelOrder::AV_CHANNEL_ORDER_NATIVE;
        let mask = if is_native { layout.u.mask } else { 0 };
        let mut places = (0..u64::BITS).filter(|place| mask >> place & 1 == 1);
        let places = (0..count).map(|_| places.next()).collect();
        (u32::try_from((*raw).sample_rate).unwrap_or(0), places)
    }
}

/// Sample format, rate and channels of a frame.
fn source_of(frame: &Audio) -> (i32, i32, i32) {
    // SAFETY: the frame is live.
    unsafe {
        let raw = frame.as_ptr();
        ((*raw).format, (*raw).sample_rate, (*raw).ch_layout.nb_channels)
    }
}
