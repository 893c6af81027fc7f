//! The media that is measured on, and the models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_media::{DecodeEvent, DecodePlan, FrameSize, Sandbox};
use reelgraph_models::picture::Picture;
use reelgraph_models::time::MediaTime;
use serde_json::Value;

use crate::config::Config;

/// A folder of media with truth, a decoder and the models.
pub(super) struct Media {
    folder: PathBuf,
    sandbox: Sandbox,
    pub(super) models: ModelStore,
    pub(super) runtime: Arc<Runtime>,
    pub(super) threads: Threads,
    pub(super) image_text_pair: Option<PathBuf>,
}

impl Media {
    pub(super) fn new(config: &Config, folder: PathBuf) -> anyhow::Result<Self> {
        anyhow::ensure!(
            folder.is_dir(),
            "{} is no folder; name one with --data, laid out as docs/measuring.md says",
            folder.display()
        );
        let program = std::env::current_exe().context("this program cannot find itself to start a decoder")?;
        let models = ModelStore::new(&config.models);
        let runtime = Runtime::open(models.open("onnxruntime")?.path("library")?)?;
        Ok(Self {
            folder,
            sandbox: Sandbox::new(program, ["decode-child"], config.decode.clone()),
            models,
            runtime,
            threads: Threads::exclusive(config.threads),
            image_text_pair: config.image_text_pair.clone(),
        })
    }

    /// Where it is.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of the folder; `None` where it is absent.
    pub(super) fn file(&self, name: impl AsRef<Path>) -> Option<PathBuf> {
        Some(self.folder.join(name)).filter(|path| path.exists())
    }

    /// A JSON file of the folder; `None` where it is absent.
    pub(super) fn json(&self, name: &str) -> anyhow::Result<Option<Value>> {
        let Some(path) = self.file(name) else { return Ok(None) };
        let text = std::fs::read_to_string(&path)?;
        Ok(Some(serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?))
    }

    /// The rows of a tab-separated file without its heading; `None` where it is absent.
    pub(super) fn table(&self, name: &str) -> anyhow::Result<Option<Vec<Vec<String>>>> {
        let Some(path) = self.file(name) else { return Ok(None) };
        let text = std::fs::read_to_string(path)?;
        Ok(Some(text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()))
    }

    /// All sound of a file, 16 kHz mono.
    pub(super) fn sound(&self, path: &Path) -> anyhow::Result<Vec<f32>> {
        let plan = DecodePlan { audio_16k_mono: true, ..DecodePlan::default() };
        let mut samples = Vec::new();
        for event in self.sandbox.decode(path, &plan)? {
            if let DecodeEvent::Audio(block) = event? {
                samples.extend(block.samples);
            }
        }
        Ok(samples)
    }

    /// Every frame of a file at the size of the shot network: packed RGB, and when each is shown.
    pub(super) fn small_frames(&self, path: &Path) -> anyhow::Result<(Vec<u8>, Vec<MediaTime>)> {
        let plan = DecodePlan { every_frame: Some(FrameSize::SHOTS), ..DecodePlan::default() };
        let (mut rgb, mut at) = (Vec::new(), Vec::new());
        for event in self.sandbox.decode(path, &plan)? {
            if let DecodeEvent::Small(batch) = event? {
                rgb.extend(batch.rgb);
                at.extend(batch.at);
            }
        }
        Ok((rgb, at))
    }
}

/// A still picture over white paper, as scanned pages with transparency are meant.
pub(super) fn picture(path: &Path) -> anyhow::Result<Picture> {
    let mut rgba = image::open(path).with_context(|| format!("{} cannot be read", path.display()))?.to_rgba8();
    for pixel in rgba.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let over_white =
            |level: u8| ((u16::from(level) * u16::from(alpha) + 255 * (255 - u16::from(alpha))) / 255) as u8;
        pixel.0 = [over_white(red), over_white(green), over_white(blue), 255];
    }
    let (width_px, height_px) = rgba.dimensions();
    Ok(Picture::new(width_px, height_px, image::DynamicImage::ImageRgba8(rgba).into_rgb8().into_raw())?)
}
