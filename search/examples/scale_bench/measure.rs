//! The figures that are about searching.

use std::time::{Duration, Instant};

use reelgraph_models::asset::Revision;
use reelgraph_models::id::{EmbeddingId, TenantId};
use reelgraph_search::document::AssetKey;
use reelgraph_search::generated::{Random, VOCABULARY_WORDS, word};
use reelgraph_search::index::Batch;
use reelgraph_search::query::filter::Filter;
use reelgraph_search::query::limits::VECTOR_CANDIDATES;
use reelgraph_search::query::{SearchRequest, Sort};
use reelgraph_search::searcher::Searcher;
use reelgraph_search::suggest::Suggester;
use reelgraph_search::vector::{VectorIndex, VectorQuery};

use crate::Outcome;
use crate::engines::{BareText, BareVectors};
use crate::library::{DIMENSIONS, Generated, Library, asset, asset_id, assets_of, space};
use crate::queries::{PAGE_HITS, Queries, browse, filters, request};
use crate::report::{Report, middle, processor_seconds, quantile};

const QUERIES: usize = 500;
const CLIENTS: usize = 8;
const QUERIES_OF_CLIENT: usize = 125;
const QUERIES_OF_FILTER: usize = 60;
/// Answers that the product asks of the text index, of each channel.
const TEXT_DEPTH: usize = reelgraph_search::query::limits::TEXT_CANDIDATES;
const DEEP_PAGES: usize = 300;
const PAGE_HITS_OF_WALK: usize = 100;
const NEIGHBOURS: usize = 10;
const RECALL_QUERIES: usize = 50;
const SUGGESTIONS: usize = 300;
const PUBLISHED_ALONE: u64 = 20;

async fn time(searcher: &Searcher, request: &SearchRequest) -> Outcome<(Duration, usize)> {
    let started = Instant::now();
    let page = searcher.search(request).await?;
    Ok((started.elapsed(), page.edges.len()))
}

/// The product and the bare engines on the same queries, in turn.
pub(crate) async fn beside_engines(
    searcher: &Searcher,
    text: &BareText,
    vectors: &BareVectors,
    report: &Report,
) -> Outcome<()> {
    let mut queries = Queries::new(42);
    let (mut hybrid, mut bare_text, mut bare_vectors) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ratios, mut deep_ratios, mut hits) = (Vec::new(), Vec::new(), 0);
    for _ in 0..QUERIES {
        let query = queries.next();
        let vector = Generated::vector(&query);
        let (spent, found) = time(searcher, &request(&query, &Filter::default())?).await?;
        let (of_text, of_vectors) = (text.time(&query, PAGE_HITS)?, vectors.time(&vector, PAGE_HITS)?);
        let deep = text.time(&query, TEXT_DEPTH)?.max(vectors.time(&vector, VECTOR_CANDIDATES)?);
        ratios.push(spent.as_secs_f64() / of_text.max(of_vectors).as_secs_f64());
        deep_ratios.push(spent.as_secs_f64() / deep.as_secs_f64());
        hybrid.push(spent);
        bare_text.push(of_text);
        bare_vectors.push(of_vectors);
        hits += found;
    }
    report.figure("scale_hits_per_page", hits as f64 / QUERIES as f64, "hits", QUERIES)?;
    report.times("scale_hybrid", "", &hybrid)?;
    report.times("scale_bare_text", "tantivy alone, ten best", &bare_text)?;
    let segments = vectors.segments();
    report.times(
        "scale_bare_vectors",
        &format!("qdrant-edge alone, ten nearest, {segments} segments"),
        &bare_vectors,
    )?;
    let slower = quantile(&bare_text, 0.5).max(quantile(&bare_vectors, 0.5));
    report.figure("scale_hybrid_by_slower_engine", quantile(&hybrid, 0.5) / slower, "times", QUERIES)?;
    let what = "query by query, the median";
    report.figure_of("scale_hybrid_by_slower_engine", what, middle(&mut ratios, 0.5), "times", QUERIES)?;
    let what = "engines asked as deep as the product asks them, query by query, the median";
    report.figure_of("scale_hybrid_by_slower_engine", what, middle(&mut deep_ratios, 0.5), "times", QUERIES)
}

/// Several clients at once, each with its next query as soon as it has its answer.
pub(crate) async fn clients(searcher: &Searcher, report: &Report) -> Outcome<()> {
    let (started, processor) = (Instant::now(), processor_seconds());
    let ask = |client: usize| {
        let searcher = searcher.clone();
        async move {
            let mut queries = Queries::new(1_000 + client as u64);
            let mut times = Vec::new();
            for _ in 0..QUERIES_OF_CLIENT {
                let request = request(&queries.next(), &Filter::default()).map_err(|error| error.to_string())?;
                times.push(time(&searcher, &request).await.map_err(|error| error.to_string())?.0);
            }
            Ok::<_, String>(times)
        }
    };
    let asking: Vec<_> = (0..CLIENTS).map(|client| tokio::spawn(ask(client))).collect();
    let mut times = Vec::new();
    for client in asking {
        times.extend(client.await??);
    }
    let (wall, processor) = (started.elapsed().as_secs_f64(), processor_seconds() - processor);
    let what = format!("{CLIENTS} clients");
    report.figure_of("scale_queries_per_second", &what, times.len() as f64 / wall, "queries/s", times.len())?;
    report.times("scale_hybrid", &what, &times)?;
    let per_query = processor * 1e3 / times.len() as f64;
    report.figure_of("scale_processor_time", &what, per_query, "ms/query", times.len())
}

/// Every filter beside no filter, in turn.
pub(crate) async fn filtered(searcher: &Searcher, moments: u64, report: &Report) -> Outcome<()> {
    let objects = ("objects", Filter::default());
    for (seed, (name, filter)) in filters(assets_of(moments)).into_iter().chain([objects]).enumerate() {
        let mut queries = Queries::new(2_000 + seed as u64);
        let (mut with, mut without) = (Vec::new(), Vec::new());
        for _ in 0..QUERIES_OF_FILTER {
            let query = queries.next();
            let asked = if name == "objects" { format!("object:person>=2 {query}") } else { query.clone() };
            without.push(time(searcher, &request(&query, &Filter::default())?).await?.0);
            with.push(time(searcher, &request(&asked, &filter)?).await?.0);
        }
        report.figure_of("scale_filtered_p50", name, quantile(&with, 0.5), "ms", with.len())?;
        let ratio = quantile(&with, 0.5) / quantile(&without, 0.5);
        report.figure_of("scale_filtered_by_unfiltered", name, ratio, "times", with.len())?;
    }
    Ok(())
}

/// Pages of a ranking as far as paging reaches, and pages by date far beyond.
pub(crate) async fn pages(library: &Library, report: &Report) -> Outcome<()> {
    let mut queries = Queries::new(45);
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for _ in 0..QUERIES_OF_FILTER {
        // Without what an earlier page left behind, so that both do all the work.
        let base = request(&queries.next(), &Filter::default())?;
        let started = Instant::now();
        let mut page = library.searcher().search(&base).await?;
        first.push(started.elapsed());
        let searcher = library.searcher();
        while let Some(edge) = page.edges.last().filter(|_| page.has_next_page) {
            let next = base.clone().with_page(PAGE_HITS, Some(&edge.cursor))?;
            page = searcher.search(&next).await?;
        }
        if let Some(edge) = page.edges.first() {
            let next = base.clone().with_page(PAGE_HITS, Some(&edge.cursor))?;
            let fresh = library.searcher();
            last.push(time(&fresh, &next).await?.0);
        }
    }
    report.times("scale_page_first", "by relevance", &first)?;
    report.times("scale_page_last", "by relevance", &last)?;
    let searcher = library.searcher();
    let (mut times, mut after, mut seen) = (Vec::new(), None::<String>, 0);
    for _ in 0..DEEP_PAGES {
        let request = browse(Sort::Newest, PAGE_HITS_OF_WALK, after.as_deref())?;
        let started = Instant::now();
        let page = searcher.search(&request).await?;
        times.push(started.elapsed());
        seen += page.edges.len();
        let Some(edge) = page.edges.last().filter(|_| page.has_next_page) else { break };
        after = Some(edge.cursor.clone());
    }
    report.figure_of("scale_pages_reached", "by date", seen as f64, "hits", times.len())?;
    let tenth = times.len().div_ceil(10);
    report.times("scale_page_first", "by date, the first tenth of pages", times.get(..tenth).unwrap_or_default())?;
    let last = times.get(times.len().saturating_sub(tenth)..).unwrap_or_default();
    report.times("scale_page_last", "by date, the last tenth of pages", last)
}

/// Share of the truly nearest among the first ten that the vector part finds, against comparing with every vector.
pub(crate) async fn recall(vectors: &dyn VectorIndex, moments: u64, report: &Report) -> Outcome<()> {
    let unit = |vector: &[f32]| {
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
        vector.iter().map(|value| value / length).collect::<Vec<f32>>()
    };
    let mut random = Random::new(44);
    let targets: Vec<Vec<f32>> = (0..RECALL_QUERIES).map(|_| unit(&random.vector(DIMENSIONS))).collect();
    let mut best: Vec<Vec<(f32, EmbeddingId)>> = vec![Vec::new(); targets.len()];
    for embedding in (0..assets_of(moments)).flat_map(|number| asset(number).embeddings) {
        let vector = unit(&embedding.vector);
        for (target, best) in targets.iter().zip(&mut best) {
            let similarity = target.iter().zip(&vector).map(|(a, b)| a * b).sum::<f32>();
            if best.last().is_none_or(|last| similarity > last.0) || best.len() < NEIGHBOURS {
                best.push((similarity, embedding.id));
                best.sort_by(|a, b| b.0.total_cmp(&a.0));
                best.truncate(NEIGHBOURS);
            }
        }
    }
    let (mut found, mut times) = (0, Vec::new());
    for (target, best) in targets.into_iter().zip(best) {
        let query = VectorQuery {
            tenant: TenantId::DEFAULT,
            space: space(),
            vector: target,
            conditions: Vec::new(),
            limit: VECTOR_CANDIDATES,
        };
        let started = Instant::now();
        let candidates = vectors.search(&query).await?;
        times.push(started.elapsed());
        let first = candidates.get(..NEIGHBOURS).unwrap_or(&candidates);
        found += best.iter().filter(|(_, id)| first.iter().any(|one| one.embedding == *id)).count();
    }
    report.times("scale_vector_part", "", &times)?;
    let share = found as f64 / (RECALL_QUERIES * NEIGHBOURS) as f64;
    report.figure("scale_vector_recall_at_10", share, "share", RECALL_QUERIES)
}

/// From the publication of one asset to the first search that finds it, and how searches fare beside that.
pub(crate) async fn findable(library: &Library, moments: u64, report: &Report) -> Outcome<()> {
    let searcher = library.searcher();
    let mut times = Vec::new();
    let watermark = library.index.watermark().await?;
    for n in 0..PUBLISHED_ALONE {
        let document = asset(assets_of(moments) + n);
        let found_by = Filter { assets: Some(vec![document.asset]), ..Filter::default() };
        let request = request("kind:speech", &found_by)?;
        let started = Instant::now();
        library.index.apply(Batch { documents: vec![document], removed: Vec::new() }).await?;
        library.index.commit(Revision(watermark.0 + 1 + i64::try_from(n)?)).await?;
        while searcher.search(&request).await?.edges.is_empty() {}
        times.push(started.elapsed());
    }
    // So that a folder that is kept does not have them already the next time.
    let removed = (0..PUBLISHED_ALONE).map(|n| asset_id(assets_of(moments) + n));
    let removed = removed.map(|asset| AssetKey { tenant: TenantId::DEFAULT, asset }).collect();
    library.index.apply(Batch { documents: Vec::new(), removed }).await?;
    library.index.commit(Revision(watermark.0 + 1 + i64::try_from(PUBLISHED_ALONE)?)).await?;
    let longest = quantile(&times, 1.0);
    report.times("scale_findable", "", &times)?;
    report.figure_of("scale_findable", "longest", longest, "ms", times.len())
}

/// Completing what is typed and correcting what is misspelt.
pub(crate) async fn suggestions(library: &Library, report: &Report) -> Outcome<()> {
    let suggester = Suggester::new(library.index.clone());
    let mut random = Random::new(11);
    for letters in [1, 2, 3, 5] {
        let mut times = Vec::new();
        for _ in 0..SUGGESTIONS {
            let prefix: String = word(random.zipf(VOCABULARY_WORDS)).chars().take(letters).collect();
            let started = Instant::now();
            suggester.suggest(TenantId::DEFAULT, &prefix, 10, None).await?;
            times.push(started.elapsed());
        }
        report.times("scale_suggest", &format!("{letters} letters"), &times)?;
    }
    for wrong in 0..3 {
        let mut times = Vec::new();
        for _ in 0..SUGGESTIONS {
            let words: Vec<String> = (0..3).map(|n| misspelt(&mut random, n < wrong)).collect();
            let started = Instant::now();
            suggester.did_you_mean(TenantId::DEFAULT, &words.join(" ")).await?;
            times.push(started.elapsed());
        }
        report.times("scale_did_you_mean", &format!("{wrong} of 3 words wrong"), &times)?;
    }
    Ok(())
}

fn misspelt(random: &mut Random, is_wrong: bool) -> String {
    let mut letters: Vec<char> = word(random.zipf(VOCABULARY_WORDS)).chars().collect();
    if is_wrong && letters.len() > 2 {
        let at = random.below(letters.len() as u64 - 1) as usize;
        letters.swap(at, at + 1);
        letters.push('q');
    }
    letters.into_iter().collect()
}

/// The time of the first search of a searcher.
pub(crate) async fn first_query(library: &Library, query: &str) -> Outcome<Duration> {
    Ok(time(&library.searcher(), &request(query, &Filter::default())?).await?.0)
}
