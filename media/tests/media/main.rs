//! Probing and decoding on real files, most of them made here by the `ffmpeg` program, each with one peculiarity.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

mod closed_captions;
mod containers;
mod decode_pictures;
mod decode_sound;
mod ffprobe;
mod fields;
mod frames;
mod hostile;
mod line21;
mod loudness;
mod make;
mod probe;
mod sandbox;
mod subtitles;
