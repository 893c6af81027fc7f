//! The media that is measured on, and the models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_media::{DecodeEvent, DecodePlan, FrameSize, Sandbox, read_picture};
use reelgraph_models::picture::Picture;
use reelgraph_models::time::MediaTime;
use serde_json::Value;

use crate::config::Config;

/// Endings of still pictures.
const PICTURES: [&str; 5] = ["jpg", "jpeg", "png", "tif", "tiff"];

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

    /// The folder.
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

/// A still picture.
pub(super) fn picture(path: &Path) -> anyhow::Result<Picture> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    read_picture(&bytes).with_context(|| format!("{} cannot be read", path.display()))
}

/// Every file below a folder that has the ending of a still picture, in order.
pub(super) fn pictures_below(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(_) if PICTURES.contains(&ending.as_str()) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}
