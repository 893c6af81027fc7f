//! What is in the pictures: objects, tags and frame vectors, from one look at each frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::image_text::{LabelPictures, PairPictures};
use reelgraph_inference::objects::{Detection, SHOWN_CONFIDENCE};
use reelgraph_inference::runtime::Runtime;
use reelgraph_inference::tags::{Tag, expanded_terms};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::{Finding, Modality};
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Vectors, Wants};
use super::set::ModelSettings;
use crate::timeline::{Timeline, window_at};

/// Labels kept of one frame.
const TAGS_PER_FRAME: usize = 8;
/// Labels less likely than this are noise more often than not.
const MIN_TAG_PROBABILITY: f32 = 0.08;
/// Other words kept with a label, and the least weight of one.
const OTHER_WORDS: usize = 8;
const MIN_WORD_WEIGHT: f32 = 0.4;

/// What is kept of a frame.
struct Look {
    at: MediaTime,
    tags: Vec<Tag>,
    detections: Vec<Detection>,
    vector: Vec<f32>,
}

pub(super) struct Pictures {
    labels: LabelPictures,
    pair: Option<PairPictures>,
    models: Vec<SourceModel>,
    looks: Vec<Look>,
}

impl Pictures {
    pub(super) fn load(
        runtime: &Arc<Runtime>,
        store: &ModelStore,
        settings: &ModelSettings,
    ) -> Result<Self, AnalyzeError> {
        let labels = LabelPictures::load(runtime, store, settings.threads)?;
        let pair = match &settings.image_text_pair {
            Some(folder) => Some(PairPictures::load(runtime, folder, settings.threads)?),
            None => None,
        };
        let space = pair.as_ref().map_or_else(|| labels.space(), |pair| pair.space());
        let models = vec![
            SourceModel::of(Modality::Objects, labels.detector_card()),
            SourceModel::of(Modality::Tags, labels.tagger_card()),
            SourceModel { modality: Modality::Frames, model: space.name.clone(), version: space.version.clone() },
        ];
        Ok(Self { labels, pair, models, looks: Vec::new() })
    }

    fn space(&self) -> &EmbeddingSpace {
        self.pair.as_ref().map_or_else(|| self.labels.space(), |pair| pair.space())
    }

    /// One observation a class and window: the surest box, the most at once.
    fn objects(&self, windows: &[Span]) -> Vec<Seen> {
        let mut best: BTreeMap<(usize, &str), (Detection, MediaTime, u32)> = BTreeMap::new();
        for look in &self.looks {
            let Some(window) = window_at(windows, look.at) else { continue };
            let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
            for detection in look.detections.iter().filter(|detection| detection.confidence >= SHOWN_CONFIDENCE) {
                let count = counts.entry(detection.label).or_default();
                *count += 1;
                let kept = best.entry((window, detection.label)).or_insert((*detection, look.at, 0));
                if detection.confidence > kept.0.confidence {
                    (kept.0, kept.1) = (*detection, look.at);
                }
                kept.2 = kept.2.max(*count);
            }
        }
        let seen = best.into_iter().filter_map(|((window, label), (detection, at, count))| {
            let finding = Finding::Object {
                label: label.to_owned(),
                also: other_words(label),
                count,
                bounds: detection.bounds,
                at,
            };
            Some(Seen { span: *windows.get(window)?, finding, confidence: detection.confidence })
        });
        seen.collect()
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

    /// Each frame's vector, from when it is shown until the next one or the end of its window.
    fn vectors(&self, windows: &[Span]) -> Vec<(Span, Vec<f32>)> {
        let mut vectors = Vec::with_capacity(self.looks.len());
        for (index, look) in self.looks.iter().enumerate() {
            let Some(window) = window_at(windows, look.at).and_then(|window| windows.get(window)) else { continue };
            let next = self.looks.get(index + 1).map_or(window.end(), |next| next.at.min(window.end()));
            vectors.push((Span::at_least_one_micro(look.at, next), look.vector.clone()));
        }
        vectors
    }
}

/// Words that someone may use for a label: synonyms, then wider terms.
fn other_words(label: &str) -> Vec<String> {
    let terms = expanded_terms(label).into_iter().skip(1).filter(|(_, weight)| *weight >= MIN_WORD_WEIGHT);
    terms.map(|(term, _)| term).take(OTHER_WORDS).collect()
}

impl Analyzer for Pictures {
    fn name(&self) -> &'static str {
        "pictures"
    }

    fn models(&self) -> Vec<SourceModel> {
        self.models.clone()
    }

    fn parameters(&self) -> String {
        format!("min_confidence={SHOWN_CONFIDENCE},min_probability={MIN_TAG_PROBABILITY}")
    }

    fn wants(&self) -> Wants {
        Wants { sampled: true, ..Wants::default() }
    }

    fn begin(&mut self) -> Result<(), AnalyzeError> {
        self.looks.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        let Input::Sampled { frame, is_new: true } = input else { return Ok(()) };
        let (tags, detections) = self.labels.look(&frame.picture)?;
        let vector = match &mut self.pair {
            Some(pair) => pair.embed(std::slice::from_ref(&frame.picture))?.into_iter().next().unwrap_or_default(),
            None => self.labels.vector(&tags, &detections),
        };
        let tags = tags.top(TAGS_PER_FRAME, MIN_TAG_PROBABILITY);
        self.looks.push(Look { at: frame.at, tags, detections, vector });
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let windows = timeline.windows();
        Ok(vec![
            Findings::of(Modality::Objects, self.objects(&windows)),
            Findings::of(Modality::Tags, self.tags(&windows)),
            Findings {
                modality: Modality::Frames,
                seen: Vec::new(),
                vectors: Some(Vectors { space: self.space().clone(), values: self.vectors(&windows) }),
            },
        ])
    }
}
