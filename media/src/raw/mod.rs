//! The only part that speaks to FFmpeg's C interface where `ffmpeg-next` has no safe word for it.
//!
//! Why not `ffmpeg-next` alone: it opens paths by itself (and panics on names that are not UTF-8), takes metadata from
//! the file for valid UTF-8, and reads enumerations that a file may fill with any number. Everything above this module is
//! safe code; every function here says why its own `unsafe` holds.
#![expect(unsafe_code, reason = "FFmpeg is a C library; this module is the border")]

mod decoder;
mod deinterlace;
mod facts;
mod frame;
mod input;
mod log;
mod luma;
mod resampler;
mod same;
mod scaler;
mod subtitle;
mod text;

pub(crate) use decoder::{Decoder, Received};
pub(crate) use deinterlace::deinterlace;
pub(crate) use facts::{ContainerFacts, StreamFacts, StreamKind, TimeBase};
pub(crate) use frame::{FrameFacts, TRANSFER_HLG, TRANSFER_PQ, closed_captions_of, facts_of, share};
pub(crate) use input::{Input, Source};
pub(crate) use log::{logged_errors, silence_log};
pub(crate) use luma::Luma;
pub(crate) use resampler::{Resampler, channels_of};
pub(crate) use same::are_same;
pub(crate) use scaler::{Filter, PixelLayout, Scaler};
pub(crate) use subtitle::{SubtitleDecoder, SubtitleText};
