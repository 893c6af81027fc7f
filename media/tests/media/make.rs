//! Small files with one peculiarity each, and the usual ways to decode them.

use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;

use reelgraph_media::{
    AudioBlock, DecodeEvent, DecodePlan, DecodeSummary, FrameSize, Limits, MediaError, SamplePlan, Sandbox,
    SubtitleCue, decode_file,
};
use reelgraph_models::picture::{Frame, Picture};
use reelgraph_models::probe::NonStandard;
use reelgraph_models::time::MediaTime;
use tempfile::TempDir;

/// A folder that goes away with the test.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs the `ffmpeg` program with `arguments`, split at spaces, writing `name` in `folder`.
pub(crate) fn ffmpeg(folder: &TempDir, arguments: &str, name: &str) -> PathBuf {
    let path = folder.path().join(name);
    let run = Command::new("ffmpeg")
        .current_dir(folder.path())
        .args(["-hide_banner", "-nostdin", "-loglevel", "error", "-y"])
        .args(arguments.split_whitespace())
        .args(["-threads", "1"])
        .arg(&path)
        .output()
        .unwrap_or_else(|error| panic!("the ffmpeg program is needed to make test files: {error}"));
    assert!(run.status.success(), "ffmpeg {arguments}: {}", String::from_utf8_lossy(&run.stderr));
    path
}

/// Two seconds of a moving test card with a tone, H.264 and AAC at 25 frames a second.
pub(crate) fn plain(folder: &TempDir, name: &str) -> PathBuf {
    let sources = "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -f lavfi -i sine=f=440:r=48000:d=2";
    ffmpeg(folder, &format!("{sources} -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac -g 10"), name)
}

/// Everything at once: small frames, samples every 200 ms, sound, subtitles.
pub(crate) fn full_plan() -> DecodePlan {
    DecodePlan {
        every_frame: Some(FrameSize::SHOTS),
        sampled: Some(SamplePlan { interval: MediaTime::from_millis(200), max_side_px: 640 }),
        audio_16k_mono: true,
        loudness: true,
        fields: true,
        subtitles: true,
        decoder_threads: 2,
    }
}

/// What a decode gave, sorted by kind.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) small_times: Vec<MediaTime>,
    pub(crate) small: Vec<Vec<u8>>,
    pub(crate) sampled: Vec<Frame>,
    pub(crate) sound: Vec<f32>,
    pub(crate) subtitles: Vec<SubtitleCue>,
    pub(crate) warnings: Vec<(NonStandard, String)>,
    pub(crate) end: Option<DecodeSummary>,
}

impl Decoded {
    /// Takes the next event in, checking what is promised of every order of events.
    pub(crate) fn take(&mut self, event: DecodeEvent) {
        assert!(self.end.is_none(), "nothing comes after the end");
        match event {
            DecodeEvent::Small(batch) => {
                assert_eq!(batch.rgb.len(), batch.at.len() * batch.size.rgb_bytes());
                for (at, rgb) in batch.frames() {
                    assert!(self.small_times.last().is_none_or(|last| *last < at), "times rise");
                    self.small_times.push(at);
                    self.small.push(rgb.to_vec());
                }
            }
            DecodeEvent::Sampled(frame) => {
                assert!(self.sampled.last().is_none_or(|last| last.at < frame.at), "times rise");
                self.sampled.push(frame);
            }
            DecodeEvent::Audio(AudioBlock { at, samples }) => {
                assert_eq!(at.as_micros(), self.sound.len() as i64 * 1_000_000 / 16_000, "blocks follow each other");
                self.sound.extend(samples);
            }
            DecodeEvent::Subtitle(cue) => self.subtitles.push(cue),
            DecodeEvent::Warning { reason, detail } => self.warnings.push((reason, detail)),
            DecodeEvent::Progress { .. } => {}
            DecodeEvent::End(summary) => self.end = Some(summary),
        }
    }

    /// Whether that warning came.
    pub(crate) fn warned(&self, reason: NonStandard) -> bool {
        self.warnings.iter().any(|(given, _)| *given == reason)
    }

    /// Measured length in milliseconds.
    pub(crate) fn duration_ms(&self) -> i64 {
        self.end.as_ref().unwrap().duration.as_millis()
    }

    /// Root mean square of the sound between two times.
    pub(crate) fn loudness(&self, from_ms: usize, to_ms: usize) -> f32 {
        let part = self.sound.get(from_ms * 16..(to_ms * 16).min(self.sound.len())).unwrap();
        (part.iter().map(|sample| sample * sample).sum::<f32>() / part.len() as f32).sqrt()
    }
}

/// Decodes in this process.
pub(crate) fn try_decode(path: &Path, plan: &DecodePlan) -> Result<Decoded, MediaError> {
    let mut decoded = Decoded::default();
    decode_file(path, plan, &Limits::default(), &mut |event| {
        decoded.take(event);
        ControlFlow::Continue(())
    })?;
    Ok(decoded)
}

/// Decodes everything in this process.
pub(crate) fn decode(path: &Path) -> Decoded {
    try_decode(path, &full_plan()).unwrap()
}

/// Red, green and blue at a place given in shares of the width and height.
pub(crate) fn colour(picture: &Picture, x: f64, y: f64) -> [u8; 3] {
    let column = ((f64::from(picture.width_px()) * x) as usize).min(picture.width_px() as usize - 1);
    let row = ((f64::from(picture.height_px()) * y) as usize).min(picture.height_px() as usize - 1);
    let at = (row * picture.width_px() as usize + column) * 3;
    picture.rgb().get(at..at + 3).unwrap().try_into().unwrap()
}

/// Whether two colours differ by no more than `tolerance` in any channel.
#[track_caller]
pub(crate) fn assert_colour(actual: [u8; 3], expected: [u8; 3], tolerance: u8) {
    let is_near = actual.iter().zip(expected).all(|(actual, expected)| actual.abs_diff(expected) <= tolerance);
    assert!(is_near, "{actual:?} is not {expected:?}");
}

/// Writes bytes as a file.
pub(crate) fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Where `needle` first stands in `bytes`.
pub(crate) fn position(bytes: &[u8], needle: &[u8]) -> usize {
    bytes.windows(needle.len()).position(|window| window == needle).unwrap()
}

/// The decode child that this package builds as an example.
pub(crate) fn child_program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let built = test.parent().and_then(Path::parent).unwrap().join("examples").join("decode_child");
    assert!(built.is_file(), "{} is built along with the tests", built.display());
    built
}

/// A sandbox with those limits.
pub(crate) fn sandbox_with(limits: Limits) -> Sandbox {
    Sandbox::new(child_program(), Vec::<&OsStr>::new(), limits)
}

/// A sandbox with the usual limits.
pub(crate) fn sandbox() -> Sandbox {
    sandbox_with(Limits::default())
}
