//! The messages between child and parent, byte by byte; the table is in the module's documentation.

use std::io::{self, Read, Write};

use reelgraph_models::picture::{Frame, Picture};
use reelgraph_models::probe::NonStandard;
use reelgraph_models::time::MediaTime;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::request::Reply;
use crate::{AudioBlock, DecodeEvent, FrameSize, MediaError, SmallBatch};

/// Most bytes of a message with pictures: one of 4096 × 4096, or a batch of small ones, with its header.
const MAX_PICTURE_BYTES: u32 = 4096 * 4096 * 3 + 64 * 1024;
/// Most bytes of a message with sound: sixteen seconds.
const MAX_AUDIO_BYTES: u32 = 1 << 20;
/// Most bytes of a message in JSON: a probe with every chapter and stream that the limits allow.
const MAX_JSON_BYTES: u32 = 8 << 20;
/// Most bytes of a message with one cue.
const MAX_CUE_BYTES: u32 = 64 * 1024;

const SMALL: u8 = 1;
const SAMPLED: u8 = 2;
const AUDIO: u8 = 3;
const WARNING: u8 = 4;
const PROGRESS: u8 = 5;
const END: u8 = 6;
const PROBE: u8 = 7;
const PICTURE: u8 = 8;
const NO_PICTURE: u8 = 9;
const FAILURE: u8 = 10;
const SUBTITLE: u8 = 11;

#[derive(Serialize, Deserialize)]
struct Warning {
    reason: NonStandard,
    detail: String,
}

/// What came out of the pipe.
#[derive(Debug)]
pub(super) enum Message {
    Reply(Reply),
    Failure(Failure),
}

/// Writes one reply.
pub(super) fn write_reply(out: &mut impl Write, reply: &Reply) -> io::Result<()> {
    match reply {
        Reply::Probe(probe) => write_json(out, PROBE, probe),
        Reply::NoPicture => write_message(out, NO_PICTURE, &[]),
        Reply::Picture(picture) => write_message(out, PICTURE, &[&size_bytes(picture), picture.rgb()]),
        Reply::Event(DecodeEvent::Small(batch)) => {
            let mut head = Vec::with_capacity(12 + batch.at.len() * 8);
            let count = u32::try_from(batch.at.len()).unwrap_or(u32::MAX);
            for number in [batch.size.width_px, batch.size.height_px, count] {
                head.extend_from_slice(&number.to_le_bytes());
            }
            for at in &batch.at {
                head.extend_from_slice(&at.as_micros().to_le_bytes());
            }
            write_message(out, SMALL, &[&head, &batch.rgb])
        }
        Reply::Event(DecodeEvent::Sampled(Frame { at, picture })) => {
            write_message(out, SAMPLED, &[&at.as_micros().to_le_bytes(), &size_bytes(picture), picture.rgb()])
        }
        Reply::Event(DecodeEvent::Audio(block)) => {
            let samples: Vec<u8> = block.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            write_message(out, AUDIO, &[&block.at.as_micros().to_le_bytes(), &samples])
        }
        Reply::Event(DecodeEvent::Subtitle(cue)) => write_json(out, SUBTITLE, cue),
        Reply::Event(DecodeEvent::Warning { reason, detail }) => {
            write_json(out, WARNING, &Warning { reason: *reason, detail: detail.clone() })
        }
        Reply::Event(DecodeEvent::Progress { at }) => write_message(out, PROGRESS, &[&at.as_micros().to_le_bytes()]),
        Reply::Event(DecodeEvent::End(summary)) => write_json(out, END, summary),
    }
}

/// Writes the failure that ends an answer.
pub(super) fn write_failure(out: &mut impl Write, failure: &Failure) -> io::Result<()> {
    write_json(out, FAILURE, failure)
}

fn size_bytes(picture: &Picture) -> [u8; 8] {
    let size = u64::from(picture.width_px()) | (u64::from(picture.height_px()) << 32);
    size.to_le_bytes()
}

fn write_json(out: &mut impl Write, kind: u8, value: &impl Serialize) -> io::Result<()> {
    write_message(out, kind, &[&serde_json::to_vec(value)?])
}

fn write_message(out: &mut impl Write, kind: u8, parts: &[&[u8]]) -> io::Result<()> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let length = u32::try_from(length).map_err(|_| io::Error::other("message too long"))?;
    out.write_all(&[kind])?;
    out.write_all(&length.to_le_bytes())?;
    for part in parts {
        out.write_all(part)?;
    }
    out.flush()
}

/// Reads one message; `None` where the stream ends between two.
pub(super) fn read_message(from: &mut impl Read) -> Result<Option<Message>, MediaError> {
    let mut kind = [0u8];
    if !fill(from, &mut kind)? {
        return Ok(None);
    }
    let [kind] = kind;
    let mut length = [0u8; 4];
    if !fill(from, &mut length)? {
        return Ok(None);
    }
    let length = u32::from_le_bytes(length);
    let allowed = match kind {
        SMALL | SAMPLED | PICTURE => MAX_PICTURE_BYTES,
        AUDIO => MAX_AUDIO_BYTES,
        WARNING | END | PROBE | FAILURE => MAX_JSON_BYTES,
        SUBTITLE => MAX_CUE_BYTES,
        PROGRESS => 8,
        NO_PICTURE => 0,
        unknown => return Err(broken(format!("a message of unknown kind {unknown}"))),
    };
    if length > allowed {
        return Err(broken(format!("a message of kind {kind} with {length} bytes, where {allowed} are allowed")));
    }
    let mut payload = vec![0; length as usize];
    if !fill(from, &mut payload)? {
        return Ok(None);
    }
    parse(kind, &payload).map(Some)
}

/// Fills `buffer`; false where the stream ends first.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> Result<bool, MediaError> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(MediaError::Pipe(error)),
    }
}

fn parse(kind: u8, payload: &[u8]) -> Result<Message, MediaError> {
    let mut fields = Fields(payload);
    let reply = match kind {
        SMALL => Reply::Event(DecodeEvent::Small(fields.small()?)),
        SAMPLED => {
            let at = fields.time()?;
            Reply::Event(DecodeEvent::Sampled(Frame { at, picture: fields.picture()? }))
        }
        AUDIO => {
            let at = fields.time()?;
            let (samples, rest) = fields.0.as_chunks::<4>();
            if !rest.is_empty() {
                return Err(broken("sound that ends inside a sample".to_owned()));
            }
            let samples = samples.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            Reply::Event(DecodeEvent::Audio(AudioBlock { at, samples }))
        }
        WARNING => {
            let Warning { reason, detail } = json(payload)?;
            Reply::Event(DecodeEvent::Warning { reason, detail })
        }
        SUBTITLE => Reply::Event(DecodeEvent::Subtitle(json(payload)?)),
        PROGRESS => Reply::Event(DecodeEvent::Progress { at: fields.time()? }),
        END => Reply::Event(DecodeEvent::End(json(payload)?)),
        PROBE => Reply::Probe(Box::new(json(payload)?)),
        PICTURE => Reply::Picture(fields.picture()?),
        NO_PICTURE => Reply::NoPicture,
        _ => return Ok(Message::Failure(json(payload)?)),
    };
    Ok(Message::Reply(reply))
}

fn json<T: DeserializeOwned>(payload: &[u8]) -> Result<T, MediaError> {
    serde_json::from_slice(payload).map_err(|error| broken(error.to_string()))
}

fn broken(detail: String) -> MediaError {
    MediaError::Protocol { detail }
}

/// A payload that is being taken apart.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], MediaError> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or_else(|| broken("a message cut short".to_owned()))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u32, MediaError> {
        self.take().map(u32::from_le_bytes)
    }

    fn time(&mut self) -> Result<MediaTime, MediaError> {
        self.take().map(i64::from_le_bytes).map(MediaTime::from_micros)
    }

    fn picture(&mut self) -> Result<Picture, MediaError> {
        let (width_px, height_px) = (self.number()?, self.number()?);
        Picture::new(width_px, height_px, self.0).map_err(|error| broken(error.to_string()))
    }

    fn small(&mut self) -> Result<SmallBatch, MediaError> {
        let size = FrameSize { width_px: self.number()?, height_px: self.number()? };
        let count = self.number()? as usize;
        let is_whole = |count: usize| {
            let pixels = (size.width_px as usize).checked_mul(size.height_px as usize)?;
            let each = pixels.checked_mul(3)?.checked_add(8)?;
            (pixels > 0).then_some(each.checked_mul(count)? == self.0.len())
        };
        if is_whole(count) != Some(true) {
            return Err(broken(format!("{count} pictures of {size:?} in {} bytes", self.0.len())));
        }
        let at = (0..count).map(|_| self.time()).collect::<Result<_, _>>()?;
        Ok(SmallBatch { size, at, rgb: self.0.to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use reelgraph_models::captions::CaptionChannel;
    use reelgraph_models::time::Span;

    use super::*;
    use crate::{DecodeSummary, FieldCounts, Loudness, SubtitleCue};

    fn there_and_back(reply: &Reply) -> Option<Reply> {
        let mut bytes = Vec::new();
        write_reply(&mut bytes, reply).ok()?;
        let mut rest = bytes.as_slice();
        match read_message(&mut rest) {
            Ok(Some(Message::Reply(reply))) if rest.is_empty() => Some(reply),
            _ => None,
        }
    }

    #[test]
    fn every_reply_arrives_as_it_was_sent() -> Result<(), Box<dyn std::error::Error>> {
        let picture = Picture::new(2, 1, vec![1, 2, 3, 4, 5, 6])?;
        let at = MediaTime::from_micros(1_234_567);
        let size = FrameSize { width_px: 1, height_px: 2 };
        let summary = DecodeSummary {
            duration: at,
            frames: 3,
            audio_samples: 4,
            loudness: Some(Loudness { integrated_lufs: -23.0, range_lu: 7.5, true_peak_dbtp: -1.1 }),
            fields: FieldCounts { top_first: 7, bottom_first: 8, progressive: 9 },
            corrupt_packets: 5,
            logged_errors: 6,
        };
        for reply in [
            Reply::NoPicture,
            Reply::Picture(picture.clone()),
            Reply::Event(DecodeEvent::Sampled(Frame { at, picture })),
            Reply::Event(DecodeEvent::Small(SmallBatch { size, at: vec![at, at + at], rgb: (0..12).collect() })),
            Reply::Event(DecodeEvent::Audio(AudioBlock { at, samples: vec![0.5, -1.0, 0.0] })),
            Reply::Event(DecodeEvent::Warning { reason: NonStandard::Truncated, detail: "half".to_owned() }),
            Reply::Event(DecodeEvent::Subtitle(SubtitleCue {
                stream: 2,
                channel: Some(CaptionChannel::Cc3),
                span: Span::at_least_one_micro(at, at + at),
                lines: vec!["Hello,".to_owned(), "you.".to_owned()],
            })),
            Reply::Event(DecodeEvent::Progress { at }),
            Reply::Event(DecodeEvent::End(summary)),
        ] {
            assert_eq!(there_and_back(&reply), Some(reply));
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn no_bytes_bring_the_reader_down(kind in 0u8..13, length in 0u32..64, payload in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut bytes = vec![kind];
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(&payload);
            let read = read_message(&mut bytes.as_slice());
            prop_assert!(!matches!(read, Ok(Some(_))) || payload.len() >= length as usize);
        }
    }
}
