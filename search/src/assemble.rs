//! From stored rows to what is published: one function for the indexer's publisher and the reconciler alike.

use std::collections::BTreeMap;

use reelgraph_models::asset::Asset;
use reelgraph_models::embedding::Embedding;
use reelgraph_models::moment::{Moment, MomentKind};
use reelgraph_models::observation::{Modality, Observation};
use reelgraph_models::people::Appearance;
use reelgraph_models::probe::StreamDetails;

use crate::document::{AssetDocument, AssetFields, EmbeddingDocument, Label, MomentDocument, Passage};
use crate::overlay::overlay;
use crate::query::FileProperties;

/// The stored rows of one asset that feed search.
#[derive(Debug, Clone, Copy)]
pub struct AssetRows<'a> {
    /// The asset itself.
    pub asset: &'a Asset,
    /// Its moments.
    pub moments: &'a [Moment],
    /// Its vectors.
    pub embeddings: &'a [Embedding],
    /// What was seen and heard, by [`AssetRows::MODALITIES`].
    pub observations: &'a [Observation],
    /// Who is seen or heard, and when.
    pub people: &'a [Appearance],
    /// Languages of its captions.
    pub caption_languages: &'a [String],
}

impl AssetRows<'_> {
    /// The channels whose observations a document is made of beside its moments.
    pub const MODALITIES: [Modality; 4] = [Modality::Shots, Modality::Scenes, Modality::Objects, Modality::Sound];
}

impl AssetDocument {
    /// The document of a stored asset.
    ///
    /// A vector without a moment goes to the moment of its kind (speech for passages, shots else) that shares the most
    /// time with it; where there is none it is left out, since it could be no answer.
    pub fn assemble(rows: AssetRows<'_>) -> Self {
        let AssetRows { asset, moments, embeddings, .. } = rows;
        let mut documents: Vec<MomentDocument> =
            moments.iter().map(|moment| MomentDocument::of(moment, asset)).collect();
        overlay(&mut documents, rows.observations, rows.people);
        Self {
            tenant: asset.tenant,
            asset: asset.id,
            fields: AssetFields::of(asset, moments, rows.caption_languages),
            moments: documents,
            embeddings: embeddings
                .iter()
                .filter(|embedding| matches!(embedding.modality, Modality::Passages | Modality::Frames))
                .filter_map(|embedding| EmbeddingDocument::of(embedding, moments))
                .collect(),
        }
    }
}

impl AssetFields {
    fn of(asset: &Asset, moments: &[Moment], caption_languages: &[String]) -> Self {
        let video = asset.probe.as_ref().and_then(|probe| probe.main_video()).map(|stream| &stream.details);
        let (width_px, height_px) = match video {
            Some(StreamDetails::Video(video)) if video.rotation_degrees % 180 == 90 => {
                (Some(video.height_px), Some(video.width_px))
            }
            Some(StreamDetails::Video(video)) => (Some(video.width_px), Some(video.height_px)),
            _ => (None, None),
        };
        Self {
            title: asset.title.clone(),
            file_name: asset.file_name.clone(),
            container: asset.probe.as_ref().map(|probe| probe.container.clone()).unwrap_or_default(),
            duration: asset.probe.as_ref().map(|probe| probe.duration).unwrap_or_default(),
            created_at: asset.created_at,
            width_px,
            height_px,
            has_audio: asset.probe.as_ref().is_some_and(|probe| probe.main_audio().is_some()),
            has_video: video.is_some(),
            languages: spoken(moments),
            caption_languages: caption_languages.to_vec(),
            metadata: asset.metadata.clone(),
            file: FileProperties::of(asset, width_px, height_px),
            rights: asset.rights.clone(),
            review: asset.review.state,
        }
    }
}

/// Languages of the speech moments, the one spoken longest first.
fn spoken(moments: &[Moment]) -> Vec<String> {
    let mut micros = BTreeMap::<&str, i64>::new();
    for moment in moments.iter().filter(|moment| moment.kind == MomentKind::Speech) {
        if let Some(language) = &moment.texts.language {
            *micros.entry(language).or_default() += moment.span.duration().as_micros();
        }
    }
    let mut languages: Vec<_> = micros.into_iter().collect();
    languages.sort_by_key(|(language, micros)| (std::cmp::Reverse(*micros), *language));
    languages.into_iter().map(|(language, _)| language.to_owned()).collect()
}

impl MomentDocument {
    /// The document of a stored moment of `asset`. Labels weigh less the later they are named.
    pub fn of(moment: &Moment, asset: &Asset) -> Self {
        let texts = &moment.texts;
        let weight = |place: usize| 1.0 / (1.0 + place as f32 / 8.0);
        let titles = [texts.title.as_str(), asset.title.as_str(), asset.file_name.as_str()];
        let titles = if moment.kind == MomentKind::Asset { titles.as_slice() } else { &[] };
        let mut distinct = Vec::<&str>::new();
        for title in titles.iter().map(|title| title.trim()).filter(|title| !title.is_empty()) {
            if !distinct.contains(&title) {
                distinct.push(title);
            }
        }
        Self {
            said: passages(&texts.said, texts.language.as_deref()).collect(),
            written: texts.written.lines().flat_map(|line| passages(line, None)).collect(),
            seen: texts.seen.iter().enumerate().map(|(place, label)| Label::new(label, weight(place))).collect(),
            titles: distinct.into_iter().map(|title| Passage::new(title, None)).collect(),
            ..Self::new(moment.id, moment.kind, moment.span)
        }
    }
}

fn passages<'a>(text: &'a str, language: Option<&'a str>) -> impl Iterator<Item = Passage> + 'a {
    let text = text.trim();
    (!text.is_empty()).then(|| Passage::new(text, language)).into_iter()
}

impl EmbeddingDocument {
    /// The document of a stored vector; `None` where none of `moments` is its own or shares time with it.
    pub fn of(embedding: &Embedding, moments: &[Moment]) -> Option<Self> {
        let kind = if embedding.modality == Modality::Passages { MomentKind::Speech } else { MomentKind::Shot };
        let shared = |moment: &&Moment| moment.span.intersection(embedding.span).map(|shared| shared.duration());
        let nearest = || {
            let of_kind = moments.iter().filter(|moment| moment.kind == kind && shared(moment).is_some());
            of_kind.max_by_key(shared).map(|moment| moment.id)
        };
        Some(Self {
            id: embedding.id,
            moment: embedding.moment.or_else(nearest)?,
            space: embedding.space.clone(),
            span: embedding.span,
            vector: embedding.values.clone(),
        })
    }
}
