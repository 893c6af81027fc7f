//! One opened decoder.

use std::ptr;

use ffmpeg_next::codec::threading;
use ffmpeg_next::codec::{Context, decoder::Opened};
use ffmpeg_next::{Error, Frame, Packet, ffi};

use super::facts::{StreamFacts, TimeBase};
use super::input::Input;

/// What came of asking a decoder for a frame.
pub(crate) enum Received {
    /// The frame was filled.
    Frame,
    /// Another packet is needed first.
    NeedsPacket,
    /// Everything has come out.
    End,
    /// Something could not be decoded; the decoder goes on behind it.
    Damaged,
}

/// A decoder of one stream.
pub(crate) struct Decoder {
    opened: Opened,
    time_base: TimeBase,
}

impl Decoder {
    /// Opens the decoder of a stream with so many threads; pictures of more than `max_pixels` will be errors.
    pub(crate) fn open(input: &Input, stream: &StreamFacts, threads: u16, max_pixels: u64) -> Result<Self, Error> {
        let raw = input.stream(stream.index).ok_or(Error::StreamNotFound)?;
        // SAFETY: the stream belongs to the live input; the context is owned by `context` from its creation.
        unsafe {
            let codec = find_codec(stream, (*(*raw).codecpar).codec_id);
            if codec.is_null() {
                return Err(Error::DecoderNotFound);
            }
            let mut context = Context::wrap(ffi::avcodec_alloc_context3(codec), None);
            if context.as_ptr().is_null() {
                return Err(Error::Other { errno: libc::ENOMEM });
            }
            let filled = ffi::avcodec_parameters_to_context(context.as_mut_ptr(), (*raw).codecpar);
            if filled < 0 {
                return Err(Error::from(filled));
            }
            (*context.as_mut_ptr()).pkt_timebase = (*raw).time_base;
            (*context.as_mut_ptr()).max_pixels = i64::try_from(max_pixels).unwrap_or(i64::MAX);
            context.set_threading(threading::Config {
                kind: threading::Type::Frame,
                count: usize::from(threads.max(1)),
                ..threading::Config::default()
            });
            // Codecs that cannot decode several frames at once may still cut a frame into slices.
            (*context.as_mut_ptr()).thread_type = ffi::FF_THREAD_FRAME | ffi::FF_THREAD_SLICE;
            let opened = ffi::avcodec_open2(context.as_mut_ptr(), codec, ptr::null_mut());
            if opened < 0 {
                return Err(Error::from(opened));
            }
            Ok(Self { opened: Opened(context.decoder()), time_base: stream.time_base })
        }
    }

    /// The context, for calls that decode something else than frames.
    pub(super) fn as_mut_ptr(&mut self) -> *mut ffi::AVCodecContext {
        // SAFETY: only hands out the pointer.
        unsafe { self.opened.as_mut_ptr() }
    }

    /// The time base of what comes out.
    pub(crate) fn time_base(&self) -> TimeBase {
        self.time_base
    }

    /// Hands over a packet, or with `None` says that there are no more. `Ok(false)` where it could not be decoded.
    pub(crate) fn send(&mut self, packet: Option<&Packet>) -> Result<bool, Error> {
        let sent = match packet {
            Some(packet) => self.opened.send_packet(packet),
            None => self.opened.send_eof(),
        };
        match sent {
            Ok(()) | Err(Error::Eof) => Ok(true),
            Err(error @ Error::Other { errno: libc::ENOMEM }) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Asks for the next frame.
    pub(crate) fn receive(&mut self, frame: &mut Frame) -> Result<Received, Error> {
        match self.opened.receive_frame(frame) {
            Ok(()) => Ok(Received::Frame),
            Err(Error::Eof) => Ok(Received::End),
            Err(Error::Other { errno: libc::EAGAIN }) => Ok(Received::NeedsPacket),
            Err(error @ Error::Other { errno: libc::ENOMEM }) => Err(error),
            Err(_) => Ok(Received::Damaged),
        }
    }
}

/// The decoder to use. FFmpeg's own VP8 and VP9 decoders leave out the alpha channel; libvpx has it.
///
/// # Safety
/// `id` is an id that FFmpeg wrote.
unsafe fn find_codec(stream: &StreamFacts, id: ffi::AVCodecID) -> *const ffi::AVCodec {
    // SAFETY: look-ups in static tables by names with terminators.
    unsafe {
        let with_alpha = match stream.codec.as_str() {
            "vp8" if stream.has_alpha => ffi::avcodec_find_decoder_by_name(c"libvpx".as_ptr()),
            "vp9" if stream.has_alpha => ffi::avcodec_find_decoder_by_name(c"libvpx-vp9".as_ptr()),
            _ => ptr::null(),
        };
        if with_alpha.is_null() { ffi::avcodec_find_decoder(id) } else { with_alpha }
    }
}
