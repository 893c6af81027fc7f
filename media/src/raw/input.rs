//! Opening a file for demuxing through one descriptor, with every other way to the outside closed.

use std::ffi::{CString, c_int};
use std::fs::File;
use std::ptr;

use ffmpeg_next::format::context::{Input as Demuxer, StreamIo};
use ffmpeg_next::{Dictionary, Error, Packet, ffi};

use super::text;

/// Buffer between the file and the demuxer, in bytes: a few system calls a second at usual bit rates.
const READ_BUFFER_BYTES: usize = 256 * 1024;

/// Most bytes that recognising the container may look at.
const RECOGNISE_BYTES: u32 = 1 << 20;

/// Packets in a row that the demuxer may call invalid before the rest of the file is given up.
const MAX_BAD_READS: u32 = 1000;

/// A file whose container was recognised by its content, and nothing of it parsed yet.
pub(crate) struct Source {
    io: StreamIo,
    format: *const ffi::AVInputFormat,
    score: i32,
    hint: CString,
}

impl Source {
    /// Recognises the container of `file` by its first bytes; `extension` helps where several raw formats look alike.
    pub(crate) fn recognise(file: File, extension: Option<&str>) -> Result<Self, Error> {
        let mut io = StreamIo::from_read_seek_with_capacity(file, READ_BUFFER_BYTES)?;
        let hint = text::hint(extension);
        let mut format = ptr::null();
        // SAFETY: `io` and `hint` live through the call, which only reads and rewinds the stream.
        let score = unsafe {
            ffi::av_probe_input_buffer2(
                io.as_mut_ptr(),
                &mut format,
                hint.as_ptr(),
                ptr::null_mut(),
                0,
                RECOGNISE_BYTES,
            )
        };
        if score < 0 || format.is_null() { Err(Error::from(score)) } else { Ok(Self { io, format, score, hint }) }
    }

    /// The demuxer's short name, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    pub(crate) fn format_name(&self) -> String {
        // SAFETY: demuxers are static, and their names have terminators.
        unsafe { text::owned((*self.format).name) }.unwrap_or_default()
    }

    /// How sure the recognition is, `0..=100`.
    pub(crate) fn score(&self) -> i32 {
        self.score
    }

    /// Reads the headers and the first packets.
    pub(crate) fn open(self, max_streams: u32) -> Result<Input, Error> {
        let Self { mut io, format, hint, .. } = self;
        let mut options = Dictionary::new();
        // The list of protocols that a demuxer may open by itself: none of this name exists, so none at all.
        options.set("protocol_whitelist", "none");
        options.set("max_streams", &max_streams.to_string());
        // SAFETY: the context is fresh; a failing avformat_open_input frees it and leaves `io`, which Rust drops; a
        // successful one is owned by `Demuxer` from here on, together with `io`. `disown` hands the dictionary to
        // the call, and what comes back is freed by `own`.
        unsafe {
            let mut context = ffi::avformat_alloc_context();
            if context.is_null() {
                return Err(Error::Other { errno: libc::ENOMEM });
            }
            (*context).pb = io.as_mut_ptr();
            (*context).flags |= ffi::AVFMT_FLAG_CUSTOM_IO;
            let mut options = options.disown();
            let opened = ffi::avformat_open_input(&mut context, hint.as_ptr(), format, &mut options);
            drop(Dictionary::own(options));
            if opened < 0 {
                return Err(Error::from(opened));
            }
            let demuxer = Demuxer::wrap_with_custom_io(context, io);
            let mut input = Input { demuxer };
            let informed = ffi::avformat_find_stream_info(input.as_mut_ptr(), ptr::null_mut());
            if informed < 0 { Err(Error::from(informed)) } else { Ok(input) }
        }
    }
}

/// An open demuxer.
pub(crate) struct Input {
    demuxer: Demuxer,
}

impl Input {
    pub(super) fn as_ptr(&self) -> *const ffi::AVFormatContext {
        // SAFETY: only hands out the pointer.
        unsafe { self.demuxer.as_ptr() }
    }

    pub(super) fn demuxer(&self) -> &Demuxer {
        &self.demuxer
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut ffi::AVFormatContext {
        // SAFETY: only hands out the pointer.
        unsafe { self.demuxer.as_mut_ptr() }
    }

    /// The stream at `index`, if there is one.
    pub(super) fn stream(&self, index: usize) -> Option<*mut ffi::AVStream> {
        let context = self.as_ptr();
        // SAFETY: `streams` holds `nb_streams` pointers.
        unsafe { if index < (*context).nb_streams as usize { Some(*(*context).streams.add(index)) } else { None } }
    }

    /// Streams that are known by now; some formats find more on the way.
    pub(crate) fn stream_count(&self) -> usize {
        // SAFETY: the context is live.
        unsafe { (*self.as_ptr()).nb_streams as usize }
    }

    /// Lets the demuxer skip every stream that is not among `wanted`.
    pub(crate) fn keep_only(&mut self, wanted: &[usize]) {
        for index in 0..self.stream_count() {
            if let Some(stream) = self.stream(index) {
                let discard = match wanted.contains(&index) {
                    true => ffi::AVDiscard::AVDISCARD_DEFAULT,
                    false => ffi::AVDiscard::AVDISCARD_ALL,
                };
                // SAFETY: the stream belongs to this context, which is borrowed mutably.
                unsafe { (*stream).discard = discard };
            }
        }
    }

    /// Reads the next packet; `None` at the end of the file, or where nothing more can be read.
    ///
    /// # Errors
    /// Only where memory runs out: damage is stepped over, and `bad_reads` counts it.
    pub(crate) fn read(&mut self, packet: &mut Packet, bad_reads: &mut u64) -> Result<bool, Error> {
        for _ in 0..MAX_BAD_READS {
            *packet = Packet::empty();
            match packet.read(&mut self.demuxer) {
                Ok(()) => return Ok(true),
                Err(Error::Eof) => return Ok(false),
                Err(error @ Error::Other { errno: libc::ENOMEM }) => return Err(error),
                Err(Error::InvalidData | Error::Other { errno: libc::EAGAIN }) => *bad_reads += 1,
                Err(_) => {
                    *bad_reads += 1;
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    /// Moves to the last key frame at or before `at_us`, in microseconds of the file's own clock.
    pub(crate) fn seek(&mut self, at_us: i64) -> Result<(), Error> {
        self.demuxer.seek(at_us, ..at_us)
    }

    /// The picture that the stream carries as a cover, as a packet of its own.
    pub(crate) fn cover_packet(&self, index: usize) -> Option<Packet> {
        let stream = self.stream(index)?;
        // SAFETY: `attached_pic` is a packet of the live stream; its bytes are copied out.
        unsafe {
            let picture = &(*stream).attached_pic;
            let size = usize::try_from(picture.size).ok().filter(|size| *size > 0)?;
            (!picture.data.is_null()).then(|| Packet::copy(std::slice::from_raw_parts(picture.data, size)))
        }
    }

    /// Timestamps in the container's own index, in the stream's time base; at most `limit` of them.
    pub(crate) fn index_timestamps(&self, index: usize, limit: usize) -> Vec<i64> {
        let Some(stream) = self.stream(index) else { return Vec::new() };
        // SAFETY: each entry is read before the next call on the stream.
        unsafe {
            let count = ffi::avformat_index_get_entries_count(stream).max(0).min(c_int::try_from(limit).unwrap_or(0));
            (0..count)
                .filter_map(|position| {
                    let entry = ffi::avformat_index_get_entry(stream, position);
                    if entry.is_null() { None } else { Some((*entry).timestamp) }
                })
                .collect()
        }
    }
}
