//! Measures how fast the store takes rows in, and prints one JSON line per figure.
//!
//! ```sh
//! cargo run -p reelgraph-models --example store_speed -- [sqlite:///path/to/fresh.db | postgres://…] [MOMENTS]
//! ```

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use reelgraph_models::asset::{AssetSource, NewAsset};
use reelgraph_models::blob::BlobKey;
use reelgraph_models::clock::SystemClock;
use reelgraph_models::content::ContentHash;
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::{EmbeddingId, TenantId};
use reelgraph_models::job::{JobPriority, JobSpec};
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::observation::Modality;
use reelgraph_models::run::EmbeddingSet;
use reelgraph_models::store::Store;
use reelgraph_models::time::{MediaTime, Span};

/// Moments of one asset: a film of three hours at a cut every two seconds.
const MOMENTS_PER_ASSET: usize = 5_000;
/// Components of one vector.
const DIMS: u32 = 384;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = tempfile::tempdir()?;
    let url = arguments.next().unwrap_or_else(|| format!("sqlite://{}/speed.db", folder.path().display()));
    let moments: usize = arguments.next().map_or(Ok(100_000), |count| count.parse()).context("how many moments")?;
    let store = Store::connect(&url, Arc::new(SystemClock)).await?;
    store.migrate().await?;
    let tenant = store.tenant(TenantId::DEFAULT);

    let (mut moments_s, mut vectors_s, mut done) = (0.0, 0.0, 0);
    while done < moments {
        let name = format!("generated {done}");
        let new = NewAsset {
            title: name.clone(),
            file_name: name.clone(),
            content: ContentHash::of(name.as_bytes()),
            size_bytes: 1,
            source: AssetSource::Upload,
            original: BlobKey::new("originals/none")?,
        };
        let spec = JobSpec::analyze(JobPriority::Background);
        let asset = tenant.register_asset(new, spec).await?.asset().id;
        let span = |at: usize| {
            let start = MediaTime::from_millis(at as i64 * 2_000);
            Span::at_least_one_micro(start, start + MediaTime::from_millis(2_000))
        };
        let count = MOMENTS_PER_ASSET.min(moments - done);
        let words = "the quick brown fox jumps over the lazy dog while twelve more words go by and then some";
        let texts = MomentTexts { said: words.to_owned(), language: Some("en".to_owned()), ..MomentTexts::default() };
        let rows: Vec<Moment> =
            (0..count).map(|at| Moment::new(asset, MomentKind::Shot, span(at), texts.clone())).collect();
        let begun = Instant::now();
        tenant.replace_moments(asset, &rows).await?;
        moments_s += begun.elapsed().as_secs_f64();

        let space = EmbeddingSpace { name: "generated".to_owned(), version: "1".to_owned(), dims: DIMS };
        let vector = |moment: &Moment| Embedding {
            id: EmbeddingId::generate(&SystemClock),
            asset,
            moment: Some(moment.id),
            span: moment.span,
            space: space.clone(),
            modality: Modality::Passages,
            values: vec![0.05; DIMS as usize],
        };
        let embeddings = rows.iter().map(vector).collect();
        let set = EmbeddingSet { space: space.clone(), modality: Modality::Passages, embeddings };
        let begun = Instant::now();
        tenant.replace_embeddings(asset, &set).await?;
        vectors_s += begun.elapsed().as_secs_f64();
        done += count;
    }
    let on = store.engine().as_str();
    for (figure, seconds) in [("moments stored per second", moments_s), ("384-d vectors stored per second", vectors_s)]
    {
        let value = (moments as f64 / seconds).round();
        println!("{}", serde_json::json!({ "figure": figure, "value": value, "unit": "1/s", "n": moments, "on": on }));
    }
    store.close().await?;
    Ok(())
}
