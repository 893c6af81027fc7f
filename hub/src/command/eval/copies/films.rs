//! Films as tracks of signatures.

use std::path::Path;
use std::time::Instant;

use reelgraph_indexer::analyze::signatures::{INTERVAL, MODEL, Signatures, VERSION};
use reelgraph_media::FrameSize;
use reelgraph_models::clock::SystemClock;
use reelgraph_models::id::AssetId;
use reelgraph_models::signature::SignatureTrack;
use reelgraph_models::time::MediaTime;

use crate::command::eval::media::Media;

/// Files shorter than this hold too little to be found by, samples.
const MIN_SAMPLES: usize = 12;

/// Reads films and counts the time that their signatures take.
pub(super) struct Films<'a> {
    media: &'a Media,
    signatures: Signatures,
    /// Milliseconds and samples of each film.
    times: Vec<(f64, f64)>,
}

impl<'a> Films<'a> {
    pub(super) fn new(media: &'a Media) -> Self {
        Self { media, signatures: Signatures::default(), times: Vec::new() }
    }

    /// The signatures of a film, decoded as a worker does it.
    pub(super) fn read(&mut self, path: &Path) -> anyhow::Result<SignatureTrack> {
        let (rgb, times) = self.media.small_frames(path)?;
        let started = Instant::now();
        let frames = times.iter().zip(rgb.chunks_exact(FrameSize::SHOTS.rgb_bytes()));
        frames.for_each(|(at, rgb)| self.signatures.push(*at, rgb));
        // The last frame is shown as long as the one before it.
        let end = match times.as_slice() {
            [.., before, last] => *last + (*last - *before),
            _ => INTERVAL,
        };
        let samples = self.signatures.take(end);
        self.times.push((started.elapsed().as_secs_f64() * 1e3, samples.len() as f64));
        Ok(SignatureTrack {
            asset: AssetId::generate(&SystemClock),
            model: MODEL.to_owned(),
            version: VERSION.to_owned(),
            interval: INTERVAL,
            samples,
        })
    }

    /// Every film below a folder that can be decoded and is not too short.
    pub(super) fn read_all(&mut self, folder: &Path) -> Vec<SignatureTrack> {
        let mut paths = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                    Ok(_) => paths.push(entry.path()),
                    Err(_) => {}
                }
            }
        }
        paths.sort();
        // What is no film, or a broken one, is none to be mistaken for another.
        let tracks = paths.iter().filter_map(|path| self.read(path).ok());
        tracks.filter(|track| track.samples.len() >= MIN_SAMPLES).collect()
    }

    /// Length of what was sampled.
    pub(super) fn length_s(&self, track: &SignatureTrack) -> f64 {
        let micros = INTERVAL.as_micros().saturating_mul(i64::try_from(track.samples.len()).unwrap_or(i64::MAX));
        MediaTime::from_micros(micros).as_seconds_f64()
    }

    /// Milliseconds that the signatures of each film took, and how many there are.
    pub(super) fn times(&self) -> &[(f64, f64)] {
        &self.times
    }
}
