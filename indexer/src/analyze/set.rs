//! THE list of analyzers, and which of them this machine has the models for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::observation::Modality;
use reelgraph_models::reason::Reason;

use super::analyzer::{Analyzer, SourceModel, Unavailable};
use super::passages::Passages;
use super::pictures::Pictures;
use super::screen_text::ScreenText;
use super::shots::Shots;
use super::speech::Speech;

/// Where models are and how they may use the machine.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// Threads that one model may use.
    pub threads: Threads,
    /// Folder of an operator's image–text pair, if any.
    pub image_text_pair: Option<PathBuf>,
}

/// An analyzer that is ready.
pub type Loaded = Box<dyn Analyzer>;

/// All analyzers of a worker, loaded once.
pub struct AnalyzerSet {
    runtime: Option<Arc<Runtime>>,
    loaded: Vec<Loaded>,
    unavailable: Vec<Unavailable>,
}

/// Name, what it yields with which card, and how it is loaded; in the order in which analyzers finish: shots and speech
/// first, since the others group by them.
type Entry = (
    &'static [(Modality, &'static str)],
    fn(&Arc<Runtime>, &ModelStore, &ModelSettings) -> Result<Loaded, InferenceError>,
);

const ANALYZERS: [Entry; 5] = [
    (&[(Modality::Shots, "transnetv2")], |runtime, store, settings| {
        Ok(Box::new(Shots::load(runtime, store, settings.threads)?))
    }),
    (&[(Modality::Speech, "whisper-base")], |runtime, store, settings| {
        Ok(Box::new(Speech::load(runtime, store, settings.threads)?))
    }),
    (&[(Modality::ScreenText, "ppocrv6-small")], |runtime, store, settings| {
        Ok(Box::new(ScreenText::load(runtime, store, settings.threads)?))
    }),
    (
        &[
            (Modality::Objects, "centernet-coco"),
            (Modality::Tags, "efficientnet-lite2"),
            (Modality::Frames, "efficientnet-lite2"),
        ],
        |runtime, store, settings| Ok(Box::new(Pictures::load(runtime, store, settings)?)),
    ),
    (&[(Modality::Passages, "bge-small-en")], |runtime, store, settings| {
        Ok(Box::new(Passages::load(runtime, store, settings.threads)?))
    }),
];

impl AnalyzerSet {
    /// Loads every analyzer whose models are here; the others are kept with the reason.
    pub fn load(store: &ModelStore, settings: &ModelSettings) -> Self {
        let mut set = Self { runtime: None, loaded: Vec::new(), unavailable: Vec::new() };
        let runtime = store.open("onnxruntime").and_then(|files| Runtime::open(files.path("library")?));
        for (yields, load) in ANALYZERS {
            let loaded = match &runtime {
                Ok(runtime) => load(runtime, store, settings).map_err(|error| reason(&error)),
                Err(error) => Err(reason(error)),
            };
            match loaded {
                Ok(analyzer) => {
                    set.unavailable.extend(analyzer.missing());
                    set.loaded.push(analyzer);
                }
                Err(reason) => {
                    tracing::warn!(%reason, "an analyzer cannot run here");
                    set.unavailable.push(Unavailable { models: source_models(store, yields), reason });
                }
            }
        }
        set.runtime = runtime.ok();
        set
    }

    /// Time spent inside the models so far, by all of this process.
    pub fn inference_time(&self) -> Duration {
        self.runtime.as_ref().map(|runtime| runtime.inference_time()).unwrap_or_default()
    }

    /// What cannot be seen here, and why.
    pub fn unavailable(&self) -> &[Unavailable] {
        &self.unavailable
    }

    /// The analyzers that can, in the order in which they finish.
    pub(crate) fn loaded(&mut self) -> &mut [Loaded] {
        &mut self.loaded
    }
}

/// Why a model cannot be used, as coverage says it.
pub(super) fn reason(error: &InferenceError) -> Reason {
    Reason::new(error.code(), error.to_string())
}

pub(super) fn source_models(store: &ModelStore, yields: &[(Modality, &str)]) -> Vec<SourceModel> {
    let version = |name: &str| store.catalog().get(name).map(|card| card.version).unwrap_or_default();
    yields
        .iter()
        .map(|(modality, model)| SourceModel {
            modality: *modality,
            model: (*model).to_owned(),
            version: version(model),
        })
        .collect()
}
