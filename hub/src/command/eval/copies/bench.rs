//! Speed in a library of a thousand generated hours.

use std::time::Instant;

use anyhow::{Context, bail};
use reelgraph_api::graphql::GlobalId;
use reelgraph_indexer::analyze::signatures::{INTERVAL, MODEL, VERSION};
use reelgraph_models::asset::{AssetSource, NewAsset};
use reelgraph_models::blob::BlobKey;
use reelgraph_models::content::ContentHash;
use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::job::{JobPriority, JobSpec};
use reelgraph_models::signature::{Signature, SignatureTrack};
use reelgraph_models::store::{Registration, Store};
use reelgraph_search::generated::Random;
use serde_json::{Value, json};

use crate::app::open_stores;
use crate::command::eval::figure::Report;
use crate::command::eval::library::{Library, Server};
use crate::command::eval::statistics::{median, quantile};
use crate::config::Config;

/// Films, each an hour long.
const FILMS: u64 = 1_000;
const SAMPLES_PER_FILM: u64 = 18_000;
/// Pictures that shots are variations of: films look like each other.
const SUBJECTS: u64 = 3_000;
/// Bits by which a shot differs from its subject at most.
const SHOT_BITS: u64 = 20;
/// Length of the clip that every tenth film shares with the one before it, and where it is there, in samples.
const CLIP: u64 = 50;
const CLIP_AT: u64 = 9_000;
/// Questions about ten seconds, and about whole films.
const CLIPS_ASKED: usize = 100;
const FILMS_ASKED: usize = 10;

const COPIES_OF: &str = "query Copies($id: ID!, $within: TimeRangeInput) {
  copiesOf(asset: $id, within: $within, first: 10) { nodes { asset { id } here { startMicros } score } } }";

pub(in crate::command::eval) async fn run(config: &Config, report: &Report) -> anyhow::Result<()> {
    if !report.wants("copy_") {
        return Ok(());
    }
    let on = format!("{FILMS} generated hours");
    let library = Library::create(config)?;
    let stores = open_stores(&library.config).await?;
    let assets = fill(&stores.store).await?;
    stores.store.close().await?;
    let server = library.serve().await?;
    // The first question waits until the index is built.
    let started = Instant::now();
    ask(&server, &assets, 1, None).await?;
    report.figure("copy_http_first", started.elapsed().as_secs_f64(), "s", 1, &on)?;
    let (mut clips, mut found) = (Vec::with_capacity(CLIPS_ASKED), 0);
    for number in 0..CLIPS_ASKED {
        let film = (number * 10 + 1) % assets.len();
        let started = Instant::now();
        found += usize::from(ask(&server, &assets, film, Some((CLIP_AT, CLIP_AT + CLIP))).await? > 0);
        clips.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let of_clips = format!("ten seconds in {on}");
    report.statistic("copy_http_p50", "ms", &of_clips, &clips, median)?;
    report.statistic("copy_http_p99", "ms", &of_clips, &clips, |times| quantile(times, 0.99))?;
    report.share("copy_http_found", &on, found, CLIPS_ASKED)?;
    let mut whole = Vec::with_capacity(FILMS_ASKED);
    for number in 0..FILMS_ASKED {
        let started = Instant::now();
        ask(&server, &assets, number * 10 + 2, None).await?;
        whole.push(started.elapsed().as_secs_f64() * 1e3);
    }
    report.statistic("copy_http_p50", "ms", &format!("an hour in {on}"), &whole, median)
}

/// Copies found of a stretch in samples, or of the whole film.
async fn ask(server: &Server, assets: &[AssetId], film: usize, within: Option<(u64, u64)>) -> anyhow::Result<usize> {
    let asset = assets.get(film).context("the library has fewer films")?;
    let micros = |samples: u64| samples as i64 * INTERVAL.as_micros();
    let within = within.map(|(from, to)| json!({ "fromMicros": micros(from), "toMicros": micros(to) }));
    let variables = json!({ "id": GlobalId::from(*asset).to_string(), "within": within });
    let answer = server.client.execute(COPIES_OF, variables).await?;
    Ok(answer.pointer("/copiesOf/nodes").and_then(Value::as_array).map_or(0, Vec::len))
}

async fn fill(store: &Store) -> anyhow::Result<Vec<AssetId>> {
    let tenant = store.tenant(TenantId::DEFAULT);
    let mut assets = Vec::new();
    let mut before: Vec<Signature> = Vec::new();
    for number in 0..FILMS {
        let name = format!("generated-{number}.mp4");
        let new = NewAsset {
            title: name.clone(),
            content: ContentHash::of(name.as_bytes()),
            size_bytes: 0,
            source: AssetSource::Upload,
            original: BlobKey::new(&format!("originals/{name}"))?,
            file_name: name,
        };
        let registered = tenant.register_asset(new, JobSpec::analyze(JobPriority::Normal)).await?;
        let Registration::New { asset, .. } = registered else { bail!("the library was not empty") };
        let mut samples = film(&mut Random::new(number + 1));
        if number % 10 == 1 {
            let clip = before.iter().skip(CLIP_AT as usize).take(CLIP as usize);
            samples.iter_mut().skip(CLIP_AT as usize).zip(clip).for_each(|(to, from)| *to = *from);
        }
        before.clone_from(&samples);
        let (model, version) = (MODEL.to_owned(), VERSION.to_owned());
        tenant
            .replace_signatures(&SignatureTrack { asset: asset.id, model, version, interval: INTERVAL, samples })
            .await?;
        assets.push(asset.id);
    }
    Ok(assets)
}

/// Shots of one to nine seconds, some still and some lively.
fn film(random: &mut Random) -> Vec<Signature> {
    let flipped =
        |random: &mut Random, bits: u64, count: u64| (0..count).fold(bits, |bits, _| bits ^ 1 << random.below(64));
    let (mut bits, mut left, mut liveliness) = (0, 0, 0);
    let mut sample = || {
        if left == 0 {
            let mut subject = Random::new(random.below(SUBJECTS));
            bits = flipped(random, subject.bits(), SHOT_BITS);
            (left, liveliness) = (5 + random.below(40), random.below(4));
        }
        left -= 1;
        let changes = random.below(liveliness + 1);
        bits = flipped(random, bits, changes);
        Signature::from_bits(bits)
    };
    (0..SAMPLES_PER_FILM).map(|_| sample()).collect()
}
