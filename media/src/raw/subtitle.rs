//! One opened decoder of subtitles: FFmpeg still decodes them by a call of their own.

use std::ffi::{CStr, c_char, c_int};

use ffmpeg_next::{Error, Packet, ffi};

use super::decoder::Decoder;
use super::facts::StreamFacts;
use super::input::Input;

/// Most bytes of one event that are looked at; karaoke with an effect for each letter has a few thousand.
const MAX_EVENT_BYTES: usize = 16 * 1024;
/// Most events of one packet that are looked at.
const MAX_EVENTS: usize = 64;

/// A decoder of one track.
pub(crate) struct SubtitleDecoder(Decoder);

/// What came out of one packet.
pub(crate) enum SubtitleText {
    Shown(ShownText),
    /// Nothing to show: it takes away what is shown.
    Nothing,
    Damaged,
}

/// Text of a packet.
#[derive(Default)]
pub(crate) struct ShownText {
    /// Lines of an ASS script; bytes that are not UTF-8 are replacement characters.
    pub(crate) events: Vec<String>,
    /// From the packet's time to when it is shown, in microseconds.
    pub(crate) shown_after_us: i64,
    /// To when it goes, where the text itself says so.
    pub(crate) hidden_after_us: Option<i64>,
}

impl SubtitleDecoder {
    /// Opens the decoder of a track; the plane that it states is held to the limit of pictures.
    pub(crate) fn open(input: &Input, stream: &StreamFacts, max_pixels: u64) -> Result<Self, Error> {
        Decoder::open(input, stream, 1, max_pixels).map(Self)
    }

    /// Decodes one packet.
    ///
    /// # Errors
    /// Only where memory runs out.
    pub(crate) fn decode(&mut self, packet: &Packet) -> Result<SubtitleText, Error> {
        use ffmpeg_next::packet::Ref;
        // SAFETY: all zeros is an empty AVSubtitle. The call fills it from the live packet, which it does not change
        // whatever its type says; what it allocated is freed below on every way out.
        let (decoded, got, mut subtitle) = unsafe {
            let mut subtitle: ffi::AVSubtitle = std::mem::zeroed();
            let mut got: c_int = 0;
            let context = self.0.as_mut_ptr();
            let decoded = ffi::avcodec_decode_subtitle2(context, &mut subtitle, &mut got, packet.as_ptr().cast_mut());
            (decoded, got, subtitle)
        };
        let text = match (decoded < 0, got) {
            (true, _) => match Error::from(decoded) {
                error @ Error::Other { errno: libc::ENOMEM } => Err(error),
                _ => Ok(SubtitleText::Damaged),
            },
            (false, 0) => Ok(SubtitleText::Nothing),
            (false, _) => Ok(SubtitleText::Shown(shown(&subtitle))),
        };
        // SAFETY: what the decoder filled, or still all zeros; freed once.
        unsafe { ffi::avsubtitle_free(&mut subtitle) };
        text
    }
}

fn shown(subtitle: &ffi::AVSubtitle) -> ShownText {
    let count = (subtitle.num_rects as usize).min(MAX_EVENTS);
    let events = (0..count)
        .filter_map(|index| {
            // SAFETY: `rects` holds `num_rects` pointers to live rectangles, whose text is null or has a terminator.
            unsafe {
                let rect = *subtitle.rects.add(index);
                if rect.is_null() { None } else { event((*rect).ass) }
            }
        })
        .collect();
    // Times beyond a day are what decoders write where they know none.
    let micros = |millis: u32| (millis < 86_400_000).then(|| i64::from(millis) * 1_000);
    ShownText {
        events,
        shown_after_us: micros(subtitle.start_display_time).unwrap_or(0),
        hidden_after_us: micros(subtitle.end_display_time).filter(|after_us| *after_us > 0),
    }
}

/// # Safety
/// `text` is null or points to a string with a terminator.
unsafe fn event(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for the rest.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    Some(String::from_utf8_lossy(bytes.get(..MAX_EVENT_BYTES).unwrap_or(bytes)).into_owned())
}
