//! A library of generated moments: every property that filters ask about, words by Zipf's law, a vector for each moment.
//! The same on every run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::document::{
    AssetDocument, AssetFields, EmbeddingDocument, Label, MomentDocument, ObjectCount, Passage,
};
use reelgraph_search::encoder::{EncodeError, QueryEncoder};
use reelgraph_search::generated::{Random, word};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::searcher::Searcher;
use reelgraph_search::space::VectorSpace;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings, VectorIndex};
use uuid::Uuid;

use crate::Outcome;
use crate::report::Report;

/// Components of a vector.
pub(crate) const DIMENSIONS: u32 = 384;
/// The asset itself, and shots and passages of speech in turn.
pub(crate) const MOMENTS_PER_ASSET: u64 = 100;
/// As many as the reconciler publishes together.
const ASSETS_PER_BATCH: u64 = 32;
const LABELS: u64 = 1_000;
const OBJECTS: [&str; 6] = ["person", "car", "dog", "chair", "boat", "bottle"];
const LANGUAGES: [&str; 4] = ["en", "de", "fr", "es"];
const CONTAINERS: [&str; 3] = ["mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "avi"];
const SIZES: [(u32, u32); 3] = [(1_920, 1_080), (1_280, 720), (640, 360)];

/// Both indexes, open.
pub(crate) struct Library {
    pub(crate) index: SearchIndex,
    pub(crate) vectors: Arc<dyn VectorIndex>,
}

pub(crate) fn space() -> EmbeddingSpace {
    EmbeddingSpace { name: "generated".into(), version: "1".into(), dims: DIMENSIONS }
}

/// Where the vectors of the one space lie.
pub(crate) fn shard_folder(folder: &Path) -> PathBuf {
    folder.join("vectors").join(space().key())
}

impl Library {
    pub(crate) fn open(folder: &Path) -> Outcome<Self> {
        let text = Arc::new(TextIndex::open(&folder.join("text"), TextSettings::default())?);
        let spaces = vec![VectorSpace::new(space(), Modality::Passages)?];
        // Graphs of a million vectors take long; nothing else is to be done meanwhile.
        let indexing_threads = std::thread::available_parallelism()?.get();
        let settings = EdgeSettings { indexing_threads, ..EdgeSettings::default() };
        let vectors: Arc<dyn VectorIndex> = Arc::new(EdgeIndex::open(&folder.join("vectors"), spaces, settings)?);
        Ok(Self { index: SearchIndex::new(text, Arc::clone(&vectors)), vectors })
    }

    pub(crate) fn searcher(&self) -> Searcher {
        Searcher::new(self.index.clone()).with_encoder(Arc::new(Generated))
    }

    /// Publishes `moments` as the reconciler does, then waits until their graphs are built.
    pub(crate) async fn fill(&self, moments: u64, report: &Report) -> Outcome<()> {
        let assets = assets_of(moments);
        let (mut spent, mut filled) = (Duration::ZERO, 0);
        for first in (0..assets).step_by(ASSETS_PER_BATCH as usize) {
            let documents: Vec<_> = (first..assets.min(first + ASSETS_PER_BATCH)).map(asset).collect();
            filled += documents.iter().map(|document| document.moments.len()).sum::<usize>();
            let started = Instant::now();
            self.index.apply(Batch { documents, removed: Vec::new() }).await?;
            self.index.commit(Revision(i64::try_from(first)? + 1)).await?;
            spent += started.elapsed();
        }
        report.figure("scale_publish", filled as f64 / spent.as_secs_f64(), "moments/s", filled)?;
        let started = Instant::now();
        self.index.settle().await?;
        report.figure("scale_settle", started.elapsed().as_secs_f64(), "s", 1)
    }
}

pub(crate) fn assets_of(moments: u64) -> u64 {
    moments.div_ceil(MOMENTS_PER_ASSET)
}

pub(crate) fn asset_id(number: u64) -> AssetId {
    AssetId::from_uuid(Uuid::from_u128(u128::from(number) + 1))
}

/// One of several, the first ones more often.
fn one_of<'a, T>(random: &mut Random, several: &'a [T]) -> Option<&'a T> {
    several.get(random.below(several.len() as u64).min(random.below(several.len() as u64)) as usize)
}

/// The asset of a number.
pub(crate) fn asset(number: u64) -> AssetDocument {
    let mut random = Random::new(number.wrapping_mul(0xa076_1d64_78bd_642f));
    let asset = asset_id(number);
    let size = one_of(&mut random, &SIZES);
    let language = one_of(&mut random, &LANGUAGES).copied().unwrap_or_default();
    let seconds = 60 + i64::try_from(random.below(7_200)).unwrap_or_default();
    let fields = AssetFields {
        title: random.words(3),
        file_name: format!("generated-{number}.mp4"),
        container: one_of(&mut random, &CONTAINERS).map(|name| (*name).to_owned()).unwrap_or_default(),
        duration: MediaTime::from_millis(seconds * 1_000),
        created_at: created(random.below(730 * 24)),
        width_px: size.map(|size| size.0),
        height_px: size.map(|size| size.1),
        has_audio: random.below(4) > 0,
        has_video: random.below(10) > 0,
        languages: vec![language.to_owned()],
        ..AssetFields::default()
    };
    let mut document = AssetDocument::new(TenantId::DEFAULT, asset, fields);
    for n in 0..MOMENTS_PER_ASSET {
        let (moment, vector) = moment(asset, &document.fields.title, language, n, &mut random);
        document.embeddings.push(EmbeddingDocument {
            id: EmbeddingId::from_uuid(Uuid::new_v5(&moment.id.as_uuid(), b"generated")),
            moment: moment.id,
            space: space(),
            span: moment.span,
            vector,
        });
        document.moments.push(moment);
    }
    document
}

/// An instant of the two years from 2025 on.
pub(crate) fn created(hour: u64) -> DateTime<Utc> {
    let begin = DateTime::from_timestamp_micros(1_735_689_600_000_000).unwrap_or_default();
    begin + TimeDelta::hours(i64::try_from(hour).unwrap_or_default())
}

fn moment(asset: AssetId, title: &str, language: &str, n: u64, random: &mut Random) -> (MomentDocument, Vec<f32>) {
    let start = i64::try_from(n).unwrap_or_default() * 6_000;
    let span = Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(start + 5_000));
    let kind = match n {
        0 => MomentKind::Asset,
        n if n % 2 == 0 => MomentKind::Shot,
        _ => MomentKind::Speech,
    };
    let mut moment = MomentDocument::new(MomentId::derive(asset, kind, span), kind, span);
    match kind {
        MomentKind::Asset => moment.titles = vec![Passage::new(title, Some(language))],
        MomentKind::Shot => {
            let label = |random: &mut Random| Label::new(word(random.zipf(LABELS)), random.fraction() as f32);
            moment.seen = (0..4).map(|_| label(random)).collect();
            moment.written = vec![Passage::new(random.words(4), Some(language))];
            if let Some(object) = one_of(random, &OBJECTS) {
                moment.objects = vec![ObjectCount::new(*object, 1 + random.zipf(8) as u32)];
            }
        }
        _ => {
            let count = 10 + random.below(30);
            moment.said = vec![Passage::new(random.words(count), Some(language))];
        }
    }
    (moment, random.vector(DIMENSIONS))
}

/// The words of a moment as one text, for engines that keep one.
pub(crate) fn text_of(moment: &MomentDocument) -> String {
    let passages = moment.said.iter().chain(&moment.written).chain(&moment.titles).map(|passage| passage.text.as_str());
    let labels = moment.seen.iter().map(|label| label.text.as_str());
    passages.chain(labels).collect::<Vec<_>>().join(" ")
}

/// Encodes a query as a generated vector, at no cost: the model's time is not the index's.
#[derive(Debug)]
pub(crate) struct Generated;

impl Generated {
    pub(crate) fn vector(text: &str) -> Vec<f32> {
        let seed = text.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        Random::new(seed).vector(DIMENSIONS)
    }
}

impl QueryEncoder for Generated {
    fn encode(&self, _: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError> {
        Ok(Self::vector(text))
    }
}
