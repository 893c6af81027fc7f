//! What is in the pictures: objects, tags and frame vectors, from one look at each frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::image_text::{DETECTION_FLOOR, LabelChannels, PairPictures};
use reelgraph_inference::objects::{Detection, ObjectDetector, SHOWN_CONFIDENCE};
use reelgraph_inference::runtime::Runtime;
use reelgraph_inference::tags::{Tag, Tagger};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::{BoundingBox, Finding, Modality};
use reelgraph_models::settings::TenantSettings;
use reelgraph_models::space::SpaceRole;
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::{
    AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Unavailable, Vectors, Wanted, Wants,
};
use super::camera;
use super::set::{ModelSettings, reason, source_models};
use super::sightings::{Looked, other_words, sightings};
use crate::decode::News;
use crate::timeline::{Timeline, window_at};

/// Cards that are named where their models are missing.
const TAGGER_CARD: &str = "efficientnet-lite2";
const DETECTOR_CARD: &str = "centernet-coco";
/// Labels kept of one frame.
const TAGS_PER_FRAME: usize = 8;
/// Labels less likely than this are noise more often than not.
const MIN_TAG_PROBABILITY: f32 = 0.08;

/// What is kept of a frame.
#[derive(Clone)]
struct Look {
    at: MediaTime,
    tags: Vec<Tag>,
    detections: Vec<Detection>,
    /// In each space that is wanted.
    vectors: Vec<(EmbeddingSpace, Vec<f32>)>,
}

/// What makes the vectors of frames.
enum Frames {
    /// The built-in space, of what both models see.
    Labels(LabelChannels),
    /// An operator's pair.
    Pair(Box<PairPictures>),
}

impl Frames {
    fn space(&self) -> &EmbeddingSpace {
        match self {
            Self::Labels(channels) => channels.space(),
            Self::Pair(pair) => pair.space(),
        }
    }
}

pub(super) struct Pictures {
    tagger: Option<Tagger>,
    detector: Option<ObjectDetector>,
    /// The preferred one first.
    frames: Vec<Frames>,
    missing: Vec<Unavailable>,
    wanted: Wanted,
    looks: Vec<Look>,
}

impl Pictures {
    /// Loads what is here of classifier, detector and pair.
    ///
    /// # Errors
    /// Those of the detector, where nothing is here; those of a pair that was asked for.
    pub(super) fn load(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        settings: &ModelSettings,
    ) -> Result<Self, AnalyzeError> {
        let pair = settings.image_text_pair.as_deref();
        let pair = pair.map(|folder| PairPictures::load(runtime, folder, settings.threads)).transpose()?;
        let tagger = Tagger::load(runtime, store, settings.threads);
        let detector = match ObjectDetector::load(runtime, store, settings.threads) {
            Err(error) if tagger.is_err() && pair.is_none() => return Err(error),
            loaded => loaded,
        };
        let mut missing = Vec::new();
        let mut lacks = |modality, card, error: &AnalyzeError| {
            missing.push(Unavailable { models: source_models(store, &[(modality, card)]), reason: reason(error) });
        };
        if let Err(error) = &tagger {
            lacks(Modality::Tags, TAGGER_CARD, error);
        }
        if let Err(error) = &detector {
            lacks(Modality::Objects, DETECTOR_CARD, error);
        }
        let mut frames: Vec<Frames> = pair.map(|pair| Frames::Pair(Box::new(pair))).into_iter().collect();
        match (&tagger, &detector) {
            (Ok(_), Ok(_)) => frames.push(Frames::Labels(LabelChannels::new())),
            (Err(error), _) | (_, Err(error)) if frames.is_empty() => lacks(Modality::Frames, TAGGER_CARD, error),
            _ => {}
        }
        let (tagger, detector, wanted) = (tagger.ok(), detector.ok(), Wanted::default());
        Ok(Self { tagger, detector, frames, missing, wanted, looks: Vec::new() })
    }

    /// Whether the channel is wanted, or made of on the way to vectors that are.
    fn looks_for(&self, channel: Modality) -> bool {
        let is_wanted = |frames: &Frames| self.wants_space(frames.space());
        self.wanted.channels.contains(channel)
            || self.frames.iter().any(|frames| matches!(frames, Frames::Labels(_)) && is_wanted(frames))
    }

    fn wants_space(&self, space: &EmbeddingSpace) -> bool {
        self.wanted.channels.contains(Modality::Frames) && self.wanted.spaces.contains(space)
    }

    /// What was detected, shot by shot.
    fn objects(&self, shots: &[Span]) -> Vec<Seen> {
        let mut seen = Vec::new();
        for shot in shots {
            let before = |end: MediaTime| self.looks.partition_point(|look| look.at < end);
            let of_shot = self.looks.get(before(shot.start())..before(shot.end())).unwrap_or_default();
            let until = of_shot.iter().skip(1).map(|look| look.at).chain([shot.end()]);
            let sure: Vec<_> = of_shot.iter().map(|look| sure(&look.detections)).collect();
            let looked: Vec<Looked<'_>> = of_shot
                .iter()
                .zip(until)
                .zip(camera::shifts(&sure))
                .map(|((look, until), shift)| Looked { at: look.at, until, shift, detections: &look.detections })
                .collect();
            seen.extend(sightings(*shot, &looked));
        }
        seen.sort_by_key(|seen| seen.span);
        seen
    }

    /// One observation a label and window, with the best probability.
    fn tags(&self, windows: &[Span]) -> Vec<Seen> {
        let mut best: BTreeMap<(usize, &str), f32> = BTreeMap::new();
        for look in &self.looks {
            let Some(window) = window_at(windows, look.at) else { continue };
            for tag in &look.tags {
                let kept = best.entry((window, tag.label)).or_default();
                *kept = kept.max(tag.probability);
            }
        }
        let seen = best.into_iter().filter_map(|((window, label), confidence)| {
            let finding = Finding::Tag { label: label.to_owned(), also: other_words(label) };
            Some(Seen { span: *windows.get(window)?, finding, confidence: confidence.min(1.0) })
        });
        seen.collect()
    }

    /// Each frame's vector in a space, from when it is shown until the next one or the end of its window.
    fn vectors(&self, windows: &[Span], space: &EmbeddingSpace) -> Vec<(Span, Vec<f32>)> {
        let mut vectors = Vec::with_capacity(self.looks.len());
        for (index, look) in self.looks.iter().enumerate() {
            let Some(window) = window_at(windows, look.at).and_then(|window| windows.get(window)) else { continue };
            let next = self.looks.get(index + 1).map_or(window.end(), |next| next.at.min(window.end()));
            let vector = look.vectors.iter().find(|(of, _)| of == space);
            vectors.extend(vector.map(|(_, vector)| (Span::at_least_one_micro(look.at, next), vector.clone())));
        }
        vectors
    }
}

impl Analyzer for Pictures {
    fn name(&self) -> &'static str {
        "pictures"
    }

    fn models(&self) -> Vec<SourceModel> {
        let objects = self.detector.as_ref().map(|detector| SourceModel::of(Modality::Objects, detector.card()));
        let tags = self.tagger.as_ref().map(|tagger| SourceModel::of(Modality::Tags, tagger.card()));
        let frames = self.frames.iter().map(Frames::space).map(|space| SourceModel {
            modality: Modality::Frames,
            model: space.name.clone(),
            version: space.version.clone(),
        });
        objects.into_iter().chain(tags).chain(frames).collect()
    }

    fn spaces(&self) -> Vec<(SpaceRole, EmbeddingSpace)> {
        self.frames.iter().map(|frames| (SpaceRole::Frames, frames.space().clone())).collect()
    }

    fn ask(&mut self, wanted: &Wanted) {
        self.wanted.clone_from(wanted);
    }

    fn missing(&self) -> Vec<Unavailable> {
        self.missing.clone()
    }

    fn parameters(&self) -> String {
        format!("min_confidence={SHOWN_CONFIDENCE},min_probability={MIN_TAG_PROBABILITY}")
    }

    fn wants(&self) -> Wants {
        Wants { sampled: true, ..Wants::default() }
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.looks.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        let Input::Sampled { frame, news } = input else { return Ok(()) };
        match (news, self.looks.last()) {
            (News::Nothing, _) => return Ok(()),
            (News::Again, Some(last)) => {
                self.looks.push(Look { at: frame.at, ..last.clone() });
                return Ok(());
            }
            _ => {}
        }
        let one = std::slice::from_ref(&frame.picture);
        let (tags, objects) = (self.looks_for(Modality::Tags), self.looks_for(Modality::Objects));
        let tagger = self.tagger.as_mut().filter(|_| tags);
        let tags = tagger.map(|tagger| tagger.see(one)).transpose()?.and_then(|mut all| all.pop());
        let detector = self.detector.as_mut().filter(|_| objects);
        let found = detector.map(|detector| detector.detect_above(one, DETECTION_FLOOR)).transpose()?;
        let detections = found.and_then(|mut all| all.pop()).unwrap_or_default();
        let wanted = &self.wanted;
        let is_wanted =
            |frames: &&mut Frames| wanted.channels.contains(Modality::Frames) && wanted.spaces.contains(frames.space());
        let mut vectors = Vec::new();
        for frames in self.frames.iter_mut().filter(is_wanted) {
            let vector = match (&mut *frames, &tags) {
                (Frames::Pair(pair), _) => pair.embed(one)?.into_iter().next(),
                (Frames::Labels(channels), Some(tags)) => Some(channels.vector(tags, &detections)),
                (Frames::Labels(_), None) => None,
            };
            vectors.extend(vector.map(|vector| (frames.space().clone(), vector)));
        }
        let tags = tags.map(|tags| tags.top(TAGS_PER_FRAME, MIN_TAG_PROBABILITY)).unwrap_or_default();
        self.looks.push(Look { at: frame.at, tags, detections, vectors });
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let windows = timeline.windows();
        let objects = self.detector.is_some().then(|| Findings::of(Modality::Objects, self.objects(&timeline.shots)));
        let tags = self.tagger.is_some().then(|| Findings::of(Modality::Tags, self.tags(&windows)));
        let spaces = self.frames.iter().map(Frames::space).filter(|space| self.wants_space(space));
        let vectors =
            spaces.map(|space| Vectors { space: space.clone(), values: self.vectors(&windows, space), spent: None });
        let frames = Findings { vectors: vectors.collect(), ..Findings::of(Modality::Frames, Vec::new()) };
        let frames = (!self.frames.is_empty()).then_some(frames);
        Ok(objects.into_iter().chain(tags).chain(frames).collect())
    }
}

/// The things that are sure enough to tell by them how the camera moves.
fn sure(detections: &[Detection]) -> Vec<(&'static str, BoundingBox)> {
    let sure = detections.iter().filter(|one| one.confidence >= SHOWN_CONFIDENCE);
    sure.map(|one| (one.label, one.bounds)).collect()
}
