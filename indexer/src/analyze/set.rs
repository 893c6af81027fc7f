//! THE list of analyzers, and which of them this machine has the models for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::{CardStatus, ModelStore};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::gap::CurrentModel;
use reelgraph_models::observation::{Modality, ModalitySet};
use reelgraph_models::reason::Reason;
use reelgraph_models::scope::Scope;
use reelgraph_models::space::SpaceRole;

use super::analyzer::{Analyzer, SourceModel, Unavailable};
use super::cues::{PictureCues, SoundCues};
use super::faces::Faces;
use super::moderation::Moderation;
use super::passages::Passages;
use super::pictures::Pictures;
use super::scenes::Scenes;
use super::screen_text::ScreenText;
use super::shots::Shots;
use super::signatures::Signatures;
use super::sound::Sound;
use super::sound_events::SoundEvents;
use super::speakers::Speakers;
use super::speech::Speech;
use crate::summary::Suitability;

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
    suitability: Suitability,
}

/// Name, what it yields with which card, and how it is loaded; in the order in which analyzers finish: sound before speech,
/// which is doubted where there is only music, and shots and speech before the others, which group by them.
type Entry = (
    &'static [(Modality, &'static str)],
    fn(&Arc<Runtime>, &ModelStore, &ModelSettings) -> Result<Loaded, InferenceError>,
);

const ANALYZERS: [Entry; 10] = [
    (&[(Modality::Shots, "transnetv2")], |runtime, store, settings| {
        Ok(Box::new(Shots::load(runtime, store, settings.threads)?))
    }),
    (&[(Modality::Sound, "firered-aed")], |runtime, store, settings| {
        Ok(Box::new(Sound::load(runtime, store, settings.threads)?))
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
    (&[(Modality::Faces, "blazeface-full-range")], |runtime, store, settings| {
        Ok(Box::new(Faces::load(runtime, store, settings.threads)?))
    }),
    (
        &[(Modality::Moderation, "nsfw-mobilenet-v2"), (Modality::Moderation, "open-nsfw")],
        |runtime, store, settings| Ok(Box::new(Moderation::load(runtime, store, settings.threads)?)),
    ),
    (&[(Modality::Sound, "yamnet")], |runtime, store, settings| {
        Ok(Box::new(SoundEvents::load(runtime, store, settings.threads)?))
    }),
    (&[(Modality::Speakers, "ge2e")], |runtime, store, settings| {
        Ok(Box::new(Speakers::load(runtime, store, settings.threads)?))
    }),
    (&[(Modality::Passages, "bge-small-en")], |runtime, store, settings| {
        Ok(Box::new(Passages::load(runtime, store, settings.threads)?))
    }),
];

/// Analyzers that need no model; they finish after the others, in this order.
const ALGORITHMS: [fn() -> Loaded; 4] = [
    || Box::new(Scenes::default()),
    || Box::new(PictureCues::default()),
    || Box::new(SoundCues::default()),
    || Box::new(Signatures::default()),
];

impl AnalyzerSet {
    /// Loads every analyzer whose models are here; the others are kept with the reason.
    pub fn load(store: &ModelStore, settings: &ModelSettings) -> Self {
        let suitability = Suitability::load(store);
        let mut set = Self { runtime: None, loaded: Vec::new(), unavailable: Vec::new(), suitability };
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
                // What an operator may add but has not is nothing that is missing.
                Err(_) if is_left_out(store, yields) => {}
                Err(reason) => {
                    tracing::warn!(%reason, "an analyzer cannot run here");
                    set.unavailable.push(Unavailable { models: source_models(store, yields), reason });
                }
            }
        }
        set.loaded.extend(ALGORITHMS.iter().map(|make| make()));
        set.runtime = runtime.ok();
        set
    }

    /// Time spent inside the models so far, by all of this process.
    pub fn inference_time(&self) -> Duration {
        self.runtime.as_ref().map(|runtime| runtime.inference_time()).unwrap_or_default()
    }

    /// What judges words and things.
    pub(crate) fn suitability(&self) -> &Suitability {
        &self.suitability
    }

    /// All that a job of that scope looks at: where an analyzer yields several channels from one look, all of them, and
    /// what is made of them.
    pub(crate) fn chosen(&self, scope: Scope) -> ModalitySet {
        let mut chosen = match scope {
            Scope::Everything => return Modality::ALL.into_iter().collect(),
            // Nothing else comes along: it is there already.
            Scope::Fill(channels) => return channels,
            Scope::Only(channels) => channels,
        };
        loop {
            let before = chosen;
            for analyzer in &self.loaded {
                let yields: ModalitySet = analyzer.models().iter().map(|model| model.modality).collect();
                let is_chosen = |modality: &Modality| before.contains(*modality);
                if yields.iter().any(|modality| is_chosen(&modality)) || analyzer.depends_on().iter().any(is_chosen) {
                    chosen = chosen.union(yields);
                }
            }
            if chosen == before {
                return chosen;
            }
        }
    }

    /// Spaces of searched vectors that can be made here, the preferred one of each role first.
    pub fn spaces(&self) -> Vec<(SpaceRole, EmbeddingSpace)> {
        self.loaded.iter().flat_map(|analyzer| analyzer.spaces()).collect()
    }

    /// Every model that analysis uses or would use here, for the plan of what is to be analysed again.
    pub fn current_models(&self) -> Vec<CurrentModel> {
        let current = |analyzer: &str, model: &SourceModel, depends_on, is_available| CurrentModel {
            analyzer: analyzer.to_owned(),
            modality: model.modality,
            model: model.model.clone(),
            version: model.version.clone(),
            depends_on,
            is_available,
        };
        let here = self.loaded.iter().flat_map(|analyzer| {
            let depends_on: ModalitySet = analyzer.depends_on().iter().copied().collect();
            let models = analyzer.models().into_iter();
            models.map(|model| current(analyzer.name(), &model, depends_on, true)).collect::<Vec<_>>()
        });
        let missing = self.unavailable.iter().flat_map(|missing| {
            let models = missing.models.iter();
            models.map(|model| current(&model.model, model, ModalitySet::EMPTY, false)).collect::<Vec<_>>()
        });
        here.chain(missing).collect()
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

/// Whether none of the models is one that everybody has, and none is here.
fn is_left_out(store: &ModelStore, yields: &[(Modality, &str)]) -> bool {
    yields.iter().all(|(_, name)| {
        store.catalog().get(name).is_ok_and(|card| {
            !card.default && matches!(store.status(&card), Ok(CardStatus::Missing | CardStatus::Unsupported))
        })
    })
}

/// Why a model cannot be used, as coverage says it.
pub(super) fn reason(error: &InferenceError) -> Reason {
    Reason::new(error.code(), error.to_string())
}

pub(super) fn source_models(store: &ModelStore, yields: &[(Modality, &str)]) -> Vec<SourceModel> {
    let card = |name: &str| store.catalog().get(name).ok();
    yields.iter().filter_map(|(modality, name)| Some(SourceModel::of(*modality, &card(name)?))).collect()
}
