//! Speed and memory: of the analysis of whole files, and of searches over HTTP.

use std::path::{Path, PathBuf};
use std::time::Instant;

use reelgraph_inference::InferenceError;
use reelgraph_inference::image_text::TextEncoder;
use reelgraph_inference::text::TextEmbedder;
use reelgraph_search::generated::Random;

use super::copies;
use super::figure::Report;
use super::filled::{self, Spaces};
use super::library::{Library, Server};
use super::media::Media;
use super::slides::VIDEO;
use super::statistics::{median, quantile};
use crate::app::open_stores;
use crate::command::search;
use crate::config::Config;

/// The demo's video, from the repository's folder; the same film in a folder of media with truth.
const SAMPLE: [&str; 2] = ["sample/sintel_trailer-720p.mp4", "shots/sintel_trailer-720p.mp4"];
/// Generated moments that are searched.
const MOMENTS: u64 = 100_000;
/// Searches that are timed.
const SEARCHES: usize = 500;
/// Searches before, which bring files and models into memory.
const WARM_UP: usize = 20;
/// Hits a page.
const HITS: u16 = 10;
/// Words of queries on a real library: of the demo's film, and ones that are nowhere in it.
const WORDS: [&str; 32] = [
    "dragon",
    "snow",
    "mountain",
    "girl",
    "man",
    "old",
    "land",
    "gatekeepers",
    "searching",
    "someone",
    "dear",
    "guardian",
    "blood",
    "spilled",
    "wings",
    "dangerous",
    "quest",
    "lone",
    "hunter",
    "foolish",
    "alive",
    "movie",
    "project",
    "durian",
    "fire",
    "city",
    "night",
    "sword",
    "bicycle",
    "kitchen",
    "railway",
    "ocean",
];

pub(super) async fn run(config: &Config, media: &Media, report: &Report) {
    report.part("the sample", sample(config, media, report).await);
    report.part("the slides", slides(config, media, report).await);
    report.part("copies", copies::bench::run(config, report).await);
    report.part("a large library", generated(config, media, report).await);
}

async fn sample(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("analysis_") && !report.wants("search_http_") {
        return Ok(());
    }
    let [shipped, shared] = SAMPLE;
    let Some(file) = Some(PathBuf::from(shipped)).filter(|path| path.is_file()).or_else(|| media.file(shared)) else {
        report.skipped("the sample", format!("{shipped} is not there; run from the repository's folder"));
        return Ok(());
    };
    let (_library, server) = analysis(config, &file, "sintel_trailer-720p.mp4", report).await?;
    match report.wants("search_http_") {
        true => searches(&server, report, "the demo's library", of_words).await,
        false => Ok(()),
    }
}

async fn slides(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("analysis_") {
        return Ok(());
    }
    let Some(file) = media.file(VIDEO) else {
        report.skipped("the slides", format!("{VIDEO} is not there"));
        return Ok(());
    };
    analysis(config, &file, "slides_share_51.mp4", report).await.map(drop)
}

/// Analyses one file in a library of its own.
async fn analysis(config: &Config, file: &Path, on: &str, report: &Report) -> anyhow::Result<(Library, Server)> {
    let library = Library::create(config)?;
    let server = library.serve().await?;
    let analysed = library.analyse(&server, file).await?;
    let (wall_ms, inference_ms) = (analysed.work.wall_ms as f64, analysed.work.inference_ms as f64);
    let on = format!("{on}, {} threads", config.threads);
    report.figure("analysis_time_by_media_duration", wall_ms / analysed.duration_ms, "s/s", 1, &on)?;
    report.figure("analysis_time_by_inference_time", wall_ms / inference_ms.max(1.0), "s/s", 1, &on)?;
    let processor_ms = analysed.work.processor_ms as f64;
    report.figure("analysis_processor_time_by_media_duration", processor_ms / analysed.duration_ms, "s/s", 1, &on)?;
    report.figure("analysis_time", wall_ms / 1e3, "s", 1, &on)?;
    for (analyzer, spent_ms) in &analysed.analyzers {
        report.figure("analysis_time_of_analyzer", spent_ms / 1e3, "s", 1, &format!("{analyzer}, {on}"))?;
    }
    report.figure("analysis_peak_memory", analysed.peak_memory_bytes as f64 / f64::from(1 << 20), "MiB", 1, &on)?;
    report.figure(
        "analysis_peak_memory_of_worker",
        analysed.work.peak_memory_bytes as f64 / f64::from(1 << 20),
        "MiB",
        1,
        &on,
    )?;
    Ok((library, server))
}

/// Searches in a library of generated moments.
async fn generated(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("search_") {
        return Ok(());
    }
    let on = format!("{MOMENTS} generated moments");
    let library = Library::create(config)?;
    let spaces = spaces(config, media, report);
    let stores = open_stores(&library.config).await?;
    let spent = filled::fill(&stores.store, &spaces, MOMENTS).await?;
    report.figure("search_insert", MOMENTS as f64 / spent.as_secs_f64(), "moments/s", MOMENTS as usize, &on)?;
    stores.store.close().await?;

    // By a process of its own: this one would go on writing the index while the server has it open.
    let rebuilt = library.reindex().await?;
    let rate = rebuilt.moments as f64 / (rebuilt.publish_ms as f64 / 1e3);
    report.figure("search_publish", rate, "moments/s", rebuilt.moments as usize, &on)?;
    report.figure("search_rebuild", rebuilt.wall_ms as f64 / 1e3, "s", rebuilt.moments as usize, &on)?;

    let started = Instant::now();
    let server = library.serve().await?;
    report.figure("search_server_start", started.elapsed().as_secs_f64(), "s", 1, &on)?;
    searches(&server, report, &on, of_vocabulary).await
}

/// The spaces whose models are here; a server searches these.
fn spaces(config: &Config, media: &Media, report: &Report) -> Spaces {
    let passages = TextEmbedder::load(&media.runtime, &media.models, media.threads);
    let frames = TextEncoder::load(&media.runtime, &media.models, config.image_text_pair.as_deref(), media.threads);
    let not_here = |error: &InferenceError| report.skipped("vectors of one kind", error);
    Spaces {
        passages: passages.map(|model| model.space().clone()).inspect_err(not_here).ok(),
        frames: frames.map(|model| model.space().clone()).inspect_err(not_here).ok(),
    }
}

fn of_words(random: &mut Random) -> String {
    let count = 2 + random.below(4);
    let words: Vec<&str> =
        (0..count).filter_map(|_| WORDS.get(random.below(WORDS.len() as u64) as usize).copied()).collect();
    words.join(" ")
}

fn of_vocabulary(random: &mut Random) -> String {
    let count = 1 + random.below(4);
    random.words(count)
}

/// One client that keeps its connection, one search after another: from the request to the answer, parsed.
async fn searches(server: &Server, report: &Report, on: &str, query: fn(&mut Random) -> String) -> anyhow::Result<()> {
    let mut random = Random::new(42);
    let (mut times, mut hits) = (Vec::with_capacity(SEARCHES), 0);
    for number in 0..WARM_UP + SEARCHES {
        let query = query(&mut random);
        let started = Instant::now();
        let found = search::find(&server.client, &query, HITS).await?;
        if number >= WARM_UP {
            times.push(started.elapsed().as_secs_f64() * 1e3);
            hits += found.get("edges").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
        }
    }
    report.statistic("search_http_p50", "ms", on, &times, median)?;
    report.statistic("search_http_p99", "ms", on, &times, |times| quantile(times, 0.99))?;
    report.figure("search_http_hits_per_page", hits as f64 / SEARCHES as f64, "hits", SEARCHES, on)
}
