//! Faces: found in the pictures, followed through each shot, described so that the same person is known again. Nobody is
//! named here.

use std::sync::Arc;

use reelgraph_inference::catalog::ModelStore;
use reelgraph_inference::faces::{DESCRIPTOR, DetectedFace, FaceDetector, FaceEmbedder, quality};
use reelgraph_inference::runtime::{Runtime, Threads};
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::observation::{BoundingBox, Finding, Modality, Track, TrackBox};
use reelgraph_models::reason::Reason;
use reelgraph_models::settings::{FaceAnalysis, TenantSettings};
use reelgraph_models::time::{MediaTime, Span};

use super::analyzer::{AnalyzeError, Analyzer, Findings, Input, Seen, SourceModel, Vectors, Wants};
use super::camera;
use super::tracking::{Shown, tracks};
use crate::decode::News;
use crate::timeline::Timeline;

/// What is kept of one face in one picture.
#[derive(Clone)]
struct Face {
    bounds: BoundingBox,
    confidence: f32,
    quality: f32,
    openness: Option<f32>,
    descriptor: [f32; DESCRIPTOR],
}

pub(super) struct Faces {
    detector: FaceDetector,
    embedder: FaceEmbedder,
    looks: Vec<(MediaTime, Vec<Face>)>,
    /// The largest face of the last picture that showed something new; only its eyes are watched for a moment.
    watched: Option<DetectedFace>,
    eyes: Vec<(MediaTime, f32)>,
}

/// The eyes of smaller faces are not watched.
const LEAST_WATCHED_PX: f32 = 40.0;
/// How long eyes are watched while nothing else is new: longer than a blink, so that they are seen open. Each look at them takes
/// 16 ms on two cores.
const WATCHED_FOR: MediaTime = MediaTime::from_millis(1_000);

impl Faces {
    pub(super) fn load(runtime: &Arc<Runtime>, store: &ModelStore, threads: Threads) -> Result<Self, AnalyzeError> {
        let detector = FaceDetector::load(runtime, store, threads)?;
        let embedder = FaceEmbedder::load(runtime, store, threads)?;
        Ok(Self { detector, embedder, looks: Vec::new(), watched: None, eyes: Vec::new() })
    }

    fn space(&self) -> EmbeddingSpace {
        let card = self.embedder.card();
        EmbeddingSpace { name: card.name.clone(), version: card.version.clone(), dims: DESCRIPTOR as u32 }
    }

    /// The face of a track that shows it best, with its eyes open, and when.
    fn best_of(&self, track: &Track) -> Option<(MediaTime, &Face)> {
        let faces = track.boxes.iter().filter_map(|seen| {
            let look = self.looks.binary_search_by_key(&seen.at, |(at, _)| *at).ok()?;
            let (at, faces) = self.looks.get(look)?;
            faces.iter().find(|face| face.bounds == seen.bounds).map(|face| (*at, face))
        });
        let worth = |(_, face): &(MediaTime, &Face)| face.quality * face.openness.unwrap_or(1.0);
        faces.reduce(|best, next| if worth(&next) > worth(&best) { next } else { best })
    }

    fn note_eyes(&mut self, at: MediaTime, face: Option<DetectedFace>) {
        self.eyes.extend(face.and_then(|face| face.openness).map(|open| (at, open)));
    }

    fn tracks_in(&self, shot: Span) -> Vec<Track> {
        let before = |end: MediaTime| self.looks.partition_point(|(at, _)| *at < end);
        let looks = self.looks.get(before(shot.start())..before(shot.end())).unwrap_or_default();
        let until = looks.iter().skip(1).map(|(at, _)| *at).chain([shot.end()]);
        // All are of one class.
        let bounds: Vec<Vec<_>> =
            looks.iter().map(|(_, faces)| faces.iter().map(|face| ((), face.bounds)).collect()).collect();
        let shown = looks.iter().zip(until).zip(camera::shifts(&bounds)).map(|(((at, faces), next), shift)| {
            let boxes = faces.iter().map(|face| (face.bounds, face.confidence)).collect();
            Shown { at: *at, next, shift, boxes }
        });
        tracks(shown)
    }
}

impl Analyzer for Faces {
    fn name(&self) -> &'static str {
        "faces"
    }

    fn models(&self) -> Vec<SourceModel> {
        vec![SourceModel::of(Modality::Faces, self.detector.card())]
    }

    fn parameters(&self) -> String {
        let descriptor = self.embedder.card();
        let least = self.detector.model().shown_confidence();
        format!("descriptor={}:{},min_confidence={least}", descriptor.name, descriptor.version)
    }

    fn wants(&self) -> Wants {
        Wants { sampled: true, ..Wants::default() }
    }

    fn unwanted(&self, settings: &TenantSettings) -> Option<Reason> {
        let is_off = settings.faces == FaceAnalysis::Off;
        is_off.then(|| Reason::new("turned_off", "faces are turned off in the settings of this library"))
    }

    fn depends_on(&self) -> &'static [Modality] {
        &[Modality::Shots]
    }

    fn begin(&mut self, _settings: &TenantSettings) -> Result<(), AnalyzeError> {
        self.looks.clear();
        self.watched = None;
        self.eyes.clear();
        Ok(())
    }

    fn feed(&mut self, input: &Input) -> Result<(), AnalyzeError> {
        let Input::Sampled { frame, news } = input else { return Ok(()) };
        match (news, self.looks.last()) {
            (News::Nothing, Some((last, _))) if frame.at - *last <= WATCHED_FOR => {
                let watched = self.detector.follow(&frame.picture, self.watched.as_slice())?;
                self.note_eyes(frame.at, watched.first().copied());
                return Ok(());
            }
            (News::Nothing, _) => return Ok(()),
            (News::Again, Some((_, last))) => {
                self.looks.push((frame.at, last.clone()));
                return Ok(());
            }
            _ => {}
        }
        let least = self.detector.model().shown_confidence();
        let found = self.detector.detect(&frame.picture, least)?;
        let sized = found.iter().map(|face| (face.size_px(&frame.picture), face));
        let largest = sized.filter(|(size, _)| *size >= LEAST_WATCHED_PX).max_by(|a, b| a.0.total_cmp(&b.0));
        self.watched = largest.map(|(_, face)| *face);
        self.note_eyes(frame.at, self.watched);
        let descriptors = self.embedder.embed(&frame.picture, &found)?;
        let mut faces = Vec::with_capacity(found.len());
        for (face, descriptor) in found.iter().zip(descriptors) {
            let quality = quality(&frame.picture, face)?.overall();
            faces.push(Face {
                bounds: face.bounds,
                confidence: face.confidence,
                quality,
                openness: face.openness,
                descriptor,
            });
        }
        self.looks.push((frame.at, faces));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), AnalyzeError> {
        Ok(())
    }

    fn finish(&mut self, timeline: &Timeline) -> Result<Vec<Findings>, AnalyzeError> {
        let (mut seen, mut values) = (Vec::new(), Vec::new());
        for track in timeline.shots.iter().flat_map(|shot| self.tracks_in(*shot)) {
            let Some((at, face)) = self.best_of(&track) else { continue };
            values.push((track.span, face.descriptor.to_vec()));
            let confidence = track.boxes.iter().map(|seen: &TrackBox| seen.confidence).fold(0.0, f32::max);
            let finding = Finding::Face { bounds: face.bounds, at, quality: face.quality, boxes: track.boxes };
            seen.push(Seen { span: track.span, finding, confidence });
        }
        let vectors = vec![Vectors { space: self.space(), values, spent: None }];
        let eyes = std::mem::take(&mut self.eyes);
        Ok(vec![Findings { vectors, eyes, ..Findings::of(Modality::Faces, seen) }])
    }
}
