//! Everything FFmpeg: what a file is, its pictures and its sound, and the process in which untrusted files are decoded.
//!
//! In: a path to a file that nobody vouches for. Out: a [`Probe`](reelgraph_models::probe::Probe), a stream of
//! [`DecodeEvent`]s, or a still [`Picture`](reelgraph_models::picture::Picture).
//!
//! Two ways in, with the same types:
//! - [`Sandbox`] runs every request in a child process with limits on memory, processor time and files, and without the
//!   system calls for other programs, the network and changing files. The product
//!   uses nothing else.
//! - [`probe_file`], [`decode_file`], [`still`] and [`embedded_thumbnail`] do the work in the calling process: the child
//!   calls them, and so may tests and tools on files that they made themselves.
//!
//! Invariants:
//! - a file is read through one file descriptor that Rust opened; the demuxers may open nothing else, neither files nor
//!   addresses;
//! - a time is an integer number of microseconds from the first presentation timestamp among the streams that are
//!   analysed, whatever the plan asks for;
//! - pictures are upright, of square pixels (but for the fixed small size), SDR BT.709, composited on black;
//! - sample number `n` of the sound is the sound at `n / 16000` seconds;
//! - damage inside a file is counted and reported, and decoding goes on behind it; only a file without a single decodable
//!   frame or sample is refused.
//!
//! ```no_run
//! use std::path::Path;
//! use reelgraph_media::{DecodeEvent, DecodePlan, Limits, SamplePlan, Sandbox};
//! use reelgraph_models::time::MediaTime;
//!
//! let sandbox = Sandbox::new("reelgraph", ["decode-child"], Limits::default());
//! let probe = sandbox.probe(Path::new("film.mp4"))?;
//! let plan = DecodePlan {
//!     sampled: Some(SamplePlan { interval: MediaTime::from_millis(500), max_side_px: 640 }),
//!     audio_16k_mono: true,
//!     ..DecodePlan::default()
//! };
//! for event in sandbox.decode(Path::new("film.mp4"), &plan)? {
//!     match event? {
//!         DecodeEvent::Sampled(frame) => println!("{} of {}: a picture", frame.at, probe.duration),
//!         DecodeEvent::Audio(block) => println!("{}: {} samples", block.at, block.samples.len()),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), reelgraph_media::MediaError>(())
//! ```

mod decode;
mod error;
mod limits;
mod picture_file;
mod probe;
mod raw;
mod sandbox;

pub use decode::{
    AudioBlock, DecodeEvent, DecodePlan, DecodeSummary, FieldCounts, FrameSize, Loudness, SAMPLE_RATE_HZ, SamplePlan,
    SmallBatch, SubtitleCue, decode_file, embedded_thumbnail, encode_jpeg, shrink, still,
};
pub use error::{KillReason, MediaError};
pub use limits::Limits;
pub use picture_file::{MAX_PICTURE_SIDE_PX, PictureFileError, read_picture};
pub use probe::probe_file;
pub use sandbox::{Decoder, Killer, Reply, Request, Sandbox, run_decode_child};
