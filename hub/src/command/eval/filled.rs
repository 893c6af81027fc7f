//! A library full of generated assets, written through the store as a worker writes them.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use reelgraph_models::asset::{Asset, AssetSource, AssetState, NewAsset};
use reelgraph_models::blob::BlobKey;
use reelgraph_models::content::ContentHash;
use reelgraph_models::embedding::{Embedding, EmbeddingSpace};
use reelgraph_models::id::{EmbeddingId, ObservationId, RunId, TenantId};
use reelgraph_models::job::{JobPriority, JobSpec};
use reelgraph_models::moment::{Moment, MomentKind, MomentTexts};
use reelgraph_models::observation::{Finding, Modality, Observation, Provenance, TextRole};
use reelgraph_models::run::{AnalyzerRun, EmbeddingSet, StageCommit};
use reelgraph_models::store::{Registration, Store};
use reelgraph_models::time::{MediaTime, Span};
use reelgraph_search::generated::{Random, word};

/// Moments of one asset: the asset itself, and shots and passages of speech in turn.
pub(super) const MOMENTS_PER_ASSET: u64 = 100;
/// Labels of what is seen.
const LABELS: u64 = 1_000;
/// A moment's share of its asset.
const MOMENT_MS: i64 = 5_000;
/// Lease of the one writer there is.
const LEASE: Duration = Duration::from_secs(60);

/// The spaces that generated vectors lie in: those that the server searches.
#[derive(Debug, Clone, Default)]
pub(super) struct Spaces {
    /// For what is said.
    pub(super) passages: Option<EmbeddingSpace>,
    /// For what is seen.
    pub(super) frames: Option<EmbeddingSpace>,
}

/// Writes assets until there are `moments`; the same on every run. Hands back the time spent in the store.
pub(super) async fn fill(store: &Store, spaces: &Spaces, moments: u64) -> anyhow::Result<Duration> {
    let tenant = store.tenant(TenantId::DEFAULT);
    let mut spent = Duration::ZERO;
    for number in 0..moments.div_ceil(MOMENTS_PER_ASSET) {
        let mut random = Random::new(number.wrapping_mul(0xa076_1d64_78bd_642f));
        let name = format!("generated-{number}.mp4");
        let new = NewAsset {
            title: random.words(3),
            content: ContentHash::of(name.as_bytes()),
            size_bytes: 0,
            source: AssetSource::Upload,
            original: BlobKey::new(&format!("originals/{name}"))?,
            file_name: name,
        };
        let started = Instant::now();
        let Registration::New { asset, job } =
            tenant.register_asset(new, JobSpec::analyze(JobPriority::Normal)).await?
        else {
            bail!("the library was not empty");
        };
        spent += started.elapsed();
        let commit = analysed(store, &asset, spaces, &mut random);
        let started = Instant::now();
        let lease = store.jobs().lease_next("eval", LEASE).await?.filter(|lease| lease.job.id == job.id);
        let lease = lease.context("another job was in the way")?;
        store.jobs().complete_stage(&lease, &commit).await?;
        store.jobs().complete(&lease).await?;
        spent += started.elapsed();
    }
    Ok(spent)
}

/// What a worker would have found.
fn analysed(store: &Store, asset: &Asset, spaces: &Spaces, random: &mut Random) -> StageCommit {
    let clock = store.clock().as_ref();
    let provenance = |analyzer: &str| Provenance {
        analyzer: analyzer.to_owned(),
        model: "generated".to_owned(),
        version: "1".to_owned(),
        parameters: String::new(),
        run: RunId::generate(clock),
    };
    let run = |analyzer: &str| AnalyzerRun { provenance: provenance(analyzer), observations: Vec::new() };
    let set = |space: EmbeddingSpace, modality| EmbeddingSet { space, modality, embeddings: Vec::new() };
    let (mut speech, mut tags, mut text) = (run("speech"), run("pictures"), run("screen_text"));
    let mut passages = spaces.passages.clone().map(|space| set(space, Modality::Passages));
    let mut frames = spaces.frames.clone().map(|space| set(space, Modality::Frames));
    let observe = |run: &mut AnalyzerRun, span: Span, modality: Modality, finding: Finding| {
        let provenance = run.provenance.clone();
        let id = ObservationId::generate(clock);
        run.observations.push(Observation {
            id,
            asset: asset.id,
            span,
            modality,
            finding,
            confidence: 0.9,
            provenance,
        });
    };
    let end = MediaTime::from_millis(MOMENT_MS * i64::try_from(MOMENTS_PER_ASSET).unwrap_or_default());
    let whole = Span::at_least_one_micro(MediaTime::ZERO, end);
    let title = MomentTexts { title: asset.title.clone(), ..MomentTexts::default() };
    let mut moments = vec![Moment::new(asset.id, MomentKind::Asset, whole, title)];
    for (start, number) in (0..).step_by(MOMENT_MS as usize).zip(1..MOMENTS_PER_ASSET) {
        let span = Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(start + MOMENT_MS));
        let (kind, texts, set) = if number % 2 == 0 {
            let (written, seen) = (random.words(4), (0..4).map(|_| word(random.zipf(LABELS))).collect::<Vec<_>>());
            observe(
                &mut text,
                span,
                Modality::ScreenText,
                Finding::ScreenText { text: written.clone(), lines: Vec::new(), role: TextRole::Scene, language: None },
            );
            for label in &seen {
                observe(&mut tags, span, Modality::Tags, Finding::Tag { label: label.clone(), also: Vec::new() });
            }
            (MomentKind::Shot, MomentTexts { written, seen, ..MomentTexts::default() }, &mut frames)
        } else {
            let count = 10 + random.below(30);
            let said = random.words(count);
            let language = "en".to_owned();
            let finding = Finding::Speech {
                text: said.clone(),
                language: language.clone(),
                words: Vec::new(),
                suspect: Vec::new(),
            };
            observe(&mut speech, span, Modality::Speech, finding);
            (
                MomentKind::Speech,
                MomentTexts { said, language: Some(language), ..MomentTexts::default() },
                &mut passages,
            )
        };
        let moment = Moment::new(asset.id, kind, span, texts);
        if let Some(set) = set {
            set.embeddings.push(Embedding {
                id: EmbeddingId::generate(clock),
                asset: asset.id,
                moment: Some(moment.id),
                span,
                space: set.space.clone(),
                modality: set.modality,
                values: unit(random.vector(set.space.dims)),
            });
        }
        moments.push(moment);
    }
    StageCommit {
        runs: vec![speech, tags, text],
        embeddings: passages.into_iter().chain(frames).collect(),
        moments: Some(moments),
        asset_state: Some((AssetState::Ready, None)),
        ..StageCommit::new("assemble")
    }
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    for value in &mut vector {
        *value /= length;
    }
    vector
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reelgraph_models::clock::SystemClock;
    use reelgraph_models::job::JobState;
    use reelgraph_models::store::{AssetFilter, MomentFilter, PageRequest};

    use super::*;

    #[tokio::test]
    async fn generated_assets_are_ready_and_have_all_their_moments_and_vectors() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}/reelgraph.db", folder.path().display());
        let store = Store::connect(&url, Arc::new(SystemClock)).await?;
        store.migrate().await?;
        let space = |name: &str, dims| Some(EmbeddingSpace { name: name.to_owned(), version: "1".to_owned(), dims });
        let spaces = Spaces { passages: space("passages", 8), frames: space("frames", 4) };
        fill(&store, &spaces, 2 * MOMENTS_PER_ASSET).await?;
        let tenant = store.tenant(TenantId::DEFAULT);
        let ready = AssetFilter { states: vec![AssetState::Ready], ..AssetFilter::default() };
        let assets = tenant.list_assets(&ready, PageRequest::first(10)).await?.rows;
        assert_eq!(assets.len(), 2);
        for asset in assets {
            let moments =
                tenant.list_moments(asset.id, &MomentFilter::default(), PageRequest::first(1_000)).await?.rows;
            assert_eq!(moments.len() as u64, MOMENTS_PER_ASSET);
            let embeddings = tenant.list_embeddings(asset.id, PageRequest::first(1_000)).await?.rows;
            assert_eq!(embeddings.len() as u64, MOMENTS_PER_ASSET - 1);
        }
        assert_eq!(store.jobs().counts().await?.get(&JobState::Succeeded), Some(&2));
        Ok(())
    }
}
