//! How fast publishing and searching are on generated moments, on the real engines.
//!
//! Prints one JSON line for each figure. `cargo run --example search_bench -- [MOMENTS] [FOLDER]`; 100,000 moments in a
//! temporary folder where nothing is said. Words follow Zipf's law over a generated vocabulary, vectors have 384
//! dimensions around cluster centres; both are the same on every run.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::document::{AssetDocument, AssetFields, EmbeddingDocument, Label, MomentDocument, Passage};
use reelgraph_search::encoder::{EncodeError, QueryEncoder};
use reelgraph_search::generated::{Random, word};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::SearchRequest;
use reelgraph_search::query::filter::Filter;
use reelgraph_search::searcher::Searcher;
use reelgraph_search::space::VectorSpace;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings, VectorIndex, VectorQuery};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn Error>>;

const LABELS: u64 = 1_000;
const DIMENSIONS: u32 = 384;
const MOMENTS_PER_ASSET: u64 = 100;
const ASSETS_PER_BATCH: u64 = 16;
const QUERIES: u64 = 500;
const NEIGHBOURS: usize = 10;

fn space() -> EmbeddingSpace {
    EmbeddingSpace { name: "generated".into(), version: "1".into(), dims: DIMENSIONS }
}

/// An asset of alternating shots and passages of speech.
fn asset(number: u64) -> AssetDocument {
    let mut random = Random::new(number.wrapping_mul(0xa076_1d64_78bd_642f));
    let asset = AssetId::from_uuid(Uuid::from_u128(u128::from(number) + 1));
    let fields = AssetFields {
        title: random.words(3),
        duration: MediaTime::from_millis(600_000),
        has_audio: random.below(2) == 0,
        has_video: true,
        ..AssetFields::default()
    };
    let mut document = AssetDocument::new(TenantId::DEFAULT, asset, fields);
    for n in 0..MOMENTS_PER_ASSET {
        let start = i64::try_from(n).unwrap_or_default() * 6_000;
        let span = Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(start + 5_000));
        let kind = if n % 2 == 0 { MomentKind::Shot } else { MomentKind::Speech };
        let mut moment = MomentDocument::new(MomentId::derive(asset, kind, span), kind, span);
        if kind == MomentKind::Shot {
            moment.seen = (0..4).map(|_| Label::new(word(random.zipf(LABELS)), random.fraction() as f32)).collect();
            moment.written = vec![Passage::new(random.words(4), Some("en"))];
        } else {
            let count = 10 + random.below(30);
            moment.said = vec![Passage::new(random.words(count), Some("en"))];
        }
        document.embeddings.push(EmbeddingDocument {
            id: EmbeddingId::from_uuid(Uuid::new_v5(&moment.id.as_uuid(), b"generated")),
            moment: moment.id,
            space: space(),
            span,
            vector: random.vector(DIMENSIONS),
        });
        document.moments.push(moment);
    }
    document
}

/// Encodes a query as a generated vector, at no cost: the model's time is not the index's.
#[derive(Debug)]
struct Generated;

impl QueryEncoder for Generated {
    fn encode(&self, _: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError> {
        let seed = text.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        Ok(Random::new(seed).vector(DIMENSIONS))
    }
}

fn print(figure: &str, value: f64, unit: &str, n: u64, on: &str) -> Outcome<()> {
    let line =
        serde_json::json!({ "figure": figure, "value": (value * 1e3).round() / 1e3, "unit": unit, "n": n, "on": on });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn percentiles(figure: &str, mut times: Vec<Duration>, on: &str) -> Outcome<()> {
    times.sort_unstable();
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let place = ((times.len() - 1) as f64 * share).round() as usize;
        let time = times.get(place).copied().unwrap_or_default();
        print(&format!("{figure}.{name}"), time.as_secs_f64() * 1e3, "ms", times.len() as u64, on)?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let moments: u64 = arguments.next().map(|count| count.parse()).transpose()?.unwrap_or(100_000);
    let temporary = tempfile::tempdir()?;
    let folder = arguments.next().map_or_else(|| temporary.path().to_path_buf(), PathBuf::from);
    let on = format!("{moments} generated moments, {DIMENSIONS}-d vectors");
    let (index, vectors) = open(&folder)?;
    if index.watermark().await? == Revision(0) {
        publish(&index, moments, &on).await?;
    }
    drop((index, vectors));
    // Opening again waits for graphs to be built, as a server that has been up for a while would have them.
    let started = Instant::now();
    let (index, vectors) = open(&folder)?;
    print("search.open", started.elapsed().as_secs_f64() * 1e3, "ms", 1, &on)?;
    let searcher = Searcher::new(index.clone()).with_encoder(Arc::new(Generated));
    let words_only = Filter {
        modalities: Some(vec![Modality::Speech, Modality::ScreenText, Modality::Tags, Modality::Title]),
        ..Filter::default()
    };
    let filtered = Filter { has_audio: Some(true), ..Filter::default() };
    for (figure, filter) in
        [("search.hybrid", Filter::default()), ("search.text", words_only), ("search.hybrid_filtered", filtered)]
    {
        search(&searcher, figure, &filter, &on).await?;
    }
    nearest(vectors.as_ref(), &on).await?;
    recall(vectors.as_ref(), moments.div_ceil(MOMENTS_PER_ASSET), &on).await
}

fn open(folder: &Path) -> Outcome<(SearchIndex, Arc<dyn VectorIndex>)> {
    let text = Arc::new(TextIndex::open(&folder.join("text"), TextSettings::default())?);
    let spaces = vec![VectorSpace::new(space(), Modality::Passages)?];
    let vectors: Arc<dyn VectorIndex> =
        Arc::new(EdgeIndex::open(&folder.join("vectors"), spaces, EdgeSettings::default())?);
    Ok((SearchIndex::new(text, Arc::clone(&vectors)), vectors))
}

async fn publish(index: &SearchIndex, moments: u64, on: &str) -> Outcome<()> {
    let assets = moments.div_ceil(MOMENTS_PER_ASSET);
    let mut spent = Duration::ZERO;
    for first in (0..assets).step_by(ASSETS_PER_BATCH as usize) {
        let documents = (first..assets.min(first + ASSETS_PER_BATCH)).map(asset).collect();
        let started = Instant::now();
        index.apply(Batch { documents, removed: Vec::new() }).await?;
        index.commit(Revision(i64::try_from(first)? + 1)).await?;
        spent += started.elapsed();
    }
    print("search.publish", moments as f64 / spent.as_secs_f64(), "moments/s", moments, on)
}

async fn search(searcher: &Searcher, figure: &str, filter: &Filter, on: &str) -> Outcome<()> {
    let mut random = Random::new(42);
    let mut times = Vec::new();
    let mut hits = 0;
    for n in 0..QUERIES + 20 {
        let count = 1 + random.below(4);
        let request = SearchRequest::parse(TenantId::DEFAULT, &random.words(count))?.with_filter(filter.clone())?;
        let started = Instant::now();
        let page = searcher.search(&request).await?;
        // The first twenty bring files into memory.
        if n >= 20 {
            times.push(started.elapsed());
            hits += page.edges.len() as u64;
        }
    }
    print(&format!("{figure}.hits_per_page"), hits as f64 / QUERIES as f64, "hits", QUERIES, on)?;
    percentiles(figure, times, on)
}

fn query(random: &mut Random) -> VectorQuery {
    VectorQuery {
        tenant: TenantId::DEFAULT,
        space: space(),
        vector: random.vector(DIMENSIONS),
        conditions: Vec::new(),
        limit: NEIGHBOURS,
    }
}

async fn nearest(vectors: &dyn VectorIndex, on: &str) -> Outcome<()> {
    let mut random = Random::new(43);
    let mut times = Vec::new();
    for _ in 0..QUERIES {
        let query = query(&mut random);
        let started = Instant::now();
        vectors.search(&query).await?;
        times.push(started.elapsed());
    }
    percentiles("search.vector", times, on)
}

/// Share of the truly nearest that is found, against comparing with every vector.
async fn recall(vectors: &dyn VectorIndex, assets: u64, on: &str) -> Outcome<()> {
    const SAMPLES: u64 = 50;
    let unit = |vector: &[f32]| {
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter().map(|value| value / length).collect::<Vec<f32>>()
    };
    let mut random = Random::new(44);
    let queries: Vec<_> = (0..SAMPLES).map(|_| query(&mut random)).collect();
    let targets: Vec<_> = queries.iter().map(|query| unit(&query.vector)).collect();
    let mut best: Vec<Vec<(f32, EmbeddingId)>> = vec![Vec::new(); queries.len()];
    for embedding in (0..assets).map(asset).flat_map(|document| document.embeddings) {
        let vector = unit(&embedding.vector);
        for (target, best) in targets.iter().zip(&mut best) {
            let similarity = target.iter().zip(&vector).map(|(a, b)| a * b).sum::<f32>();
            best.push((similarity, embedding.id));
            if best.len() > 1_000 {
                best.sort_by(|a, b| b.0.total_cmp(&a.0));
                best.truncate(NEIGHBOURS);
            }
        }
    }
    let mut found = 0;
    for (query, mut best) in queries.iter().zip(best) {
        best.sort_by(|a, b| b.0.total_cmp(&a.0));
        best.truncate(NEIGHBOURS);
        let candidates = vectors.search(query).await?;
        found += best.iter().filter(|(_, id)| candidates.iter().any(|one| one.embedding == *id)).count();
    }
    let share = found as f64 / (SAMPLES * NEIGHBOURS as u64) as f64;
    print("search.vector.recall_at_10", share, "share", SAMPLES, on)
}
