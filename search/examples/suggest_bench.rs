//! How fast beginnings are completed and queries corrected, on generated moments.
//!
//! Prints one JSON line for each figure. `cargo run --example suggest_bench -- [MOMENTS]`; 100,000 where nothing is said.
//! Words follow Zipf's law over a generated vocabulary and stand next to each other at random, so that there are more pairs
//! than in any language: the worst case.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reelgraph_models::asset::Revision;
use reelgraph_models::id::{AssetId, MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::document::{AssetDocument, AssetFields, Label, MomentDocument, Passage};
use reelgraph_search::generated::{Random, VOCABULARY_WORDS, word};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::suggest::Suggester;
use reelgraph_search::text::{TextIndex, TextSettings};
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const MOMENTS_PER_ASSET: u64 = 100;
const ASSETS_PER_BATCH: u64 = 64;
const QUERIES: u64 = 1_000;

fn asset(number: u64) -> AssetDocument {
    let mut random = Random::new(number.wrapping_mul(0xa076_1d64_78bd_642f));
    let asset = AssetId::from_uuid(Uuid::from_u128(u128::from(number) + 1));
    let mut document = AssetDocument::new(TenantId::DEFAULT, asset, AssetFields::default());
    for n in 0..MOMENTS_PER_ASSET {
        let start = i64::try_from(n).unwrap_or_default() * 6_000;
        let span = Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(start + 5_000));
        let kind = if n == 0 { MomentKind::Asset } else { MomentKind::Speech };
        let mut moment = MomentDocument::new(MomentId::derive(asset, kind, span), kind, span);
        if kind == MomentKind::Asset {
            moment.titles = vec![Passage::new(random.words(3), Some("en"))];
        } else {
            let count = 10 + random.below(30);
            moment.said = vec![Passage::new(random.words(count), Some("en"))];
            moment.seen = vec![Label::new(random.words(1), 0.9)];
        }
        document.moments.push(moment);
    }
    document
}

fn report(name: &str, mut times: Vec<Duration>) -> Outcome<()> {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 1_000).copied().unwrap_or_default().as_secs_f64() * 1_000.0;
    let line = serde_json::json!({ "figure": name, "p50_ms": at(500), "p99_ms": at(990), "max_ms": at(999) });
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let moments: u64 = std::env::args().nth(1).map_or(Ok(100_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let index = SearchIndex::text_only(Arc::new(TextIndex::open(folder.path(), TextSettings::default())?));
    let started = Instant::now();
    let mut next = 0;
    while next < moments / MOMENTS_PER_ASSET {
        let documents = (next..(next + ASSETS_PER_BATCH).min(moments / MOMENTS_PER_ASSET)).map(asset).collect();
        index.apply(Batch { documents, ..Batch::default() }).await?;
        next += ASSETS_PER_BATCH;
        index.commit(Revision(i64::try_from(next)?)).await?;
    }
    let per_second = moments as f64 / started.elapsed().as_secs_f64();
    writeln!(std::io::stdout(), "{}", serde_json::json!({ "moments": moments, "published_per_second": per_second }))?;

    let suggester = Suggester::new(index);
    let started = Instant::now();
    suggester.did_you_mean(TenantId::DEFAULT, "warmingup").await?;
    suggester.suggest(TenantId::DEFAULT, "wa", 10, None).await?;
    report("first", vec![started.elapsed()])?;
    let mut random = Random::new(11);
    for letters in [1, 2, 3, 5] {
        let mut times = Vec::new();
        for _ in 0..QUERIES {
            let prefix: String = word(random.zipf(VOCABULARY_WORDS)).chars().take(letters).collect();
            let started = Instant::now();
            suggester.suggest(TenantId::DEFAULT, &prefix, 10, None).await?;
            times.push(started.elapsed());
        }
        report(&format!("suggest, {letters} letters"), times)?;
    }
    let mut times = Vec::new();
    for _ in 0..QUERIES {
        let prefix = format!("{} {}", random.words(2), &word(random.zipf(VOCABULARY_WORDS))[..1]);
        let started = Instant::now();
        suggester.suggest(TenantId::DEFAULT, &prefix, 10, None).await?;
        times.push(started.elapsed());
    }
    report("suggest, third word begun", times)?;
    for wrong in 0..3 {
        let mut times = Vec::new();
        for _ in 0..QUERIES {
            let query: Vec<String> = (0..3_u64).map(|n| misspelt(&mut random, n < wrong)).collect();
            let started = Instant::now();
            suggester.did_you_mean(TenantId::DEFAULT, &query.join(" ")).await?;
            times.push(started.elapsed());
        }
        report(&format!("did you mean, {wrong} of 3 words wrong"), times)?;
    }
    Ok(())
}

/// A rare, long word, with a letter that no word of the vocabulary has where it is to be wrong.
fn misspelt(random: &mut Random, is_wrong: bool) -> String {
    let word = word(10_000 + random.below(VOCABULARY_WORDS - 10_000));
    if is_wrong { format!("{word}x") } else { word }
}
