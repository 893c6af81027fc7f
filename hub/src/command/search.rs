//! `reelgraph search`: asks for moments and prints them with their evidence.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use reelgraph_api::pictures::{MAX_PICTURE_BYTES, PictureQuestion, PictureReader};
use serde_json::{Value, json};

use crate::arguments::{Common, ExportKind, SearchArguments};
use crate::client::Client;
use crate::config::Config;
use crate::pictures::Pictures;
use crate::{config, output};

/// What is asked for each hit; the demo prints the same.
const DOCUMENT: &str = "query Search($input: SearchInput!, $first: Int!, $after: String) {
  search(input: $input, first: $first, after: $after) {
    edges { cursor node { asset { title } span { startMicros endMicros start end } playUrl stillUrl score probability rerankScore
      evidence { modality source text highlights { start end } rawScore model version box { left top right bottom } } } }
    pageInfo { hasNextPage endCursor }
    notices { code message }
    noGoodMatch
    nearMisses { asset { title } span { startMicros endMicros start end } playUrl probability }
    didYouMean { query }
    reranked { model version scoredHitCount tookMicros }
    tookMicros
  }
}";

/// Hits that fit a screen.
const PRINTED_HITS: u16 = 10;
/// Hits of an export, as over HTTP.
const EXPORTED_HITS: u16 = 100;

const EXPORT: &str = "query Export($input: SearchInput!, $format: ExportFormat!, $first: Int) {
  searchExport(input: $input, format: $format, first: $first) {
    fileName mediaType content } }";

pub async fn run(common: &Common, arguments: SearchArguments) -> anyhow::Result<ExitCode> {
    let config = config::load(common)?;
    let like = arguments.picture.as_deref().map(|file| look_at(&config, file)).transpose()?;
    let input = json!({
        "query": arguments.query,
        "where": like.map(|picture| json!({ "like": { "picture": picture } })),
        "rerank": arguments.rerank,
        "grouping": if arguments.by_asset { "BY_ASSET" } else { "FLAT" },
    });
    let client = Client::of_library(config).await?;
    if let Some(kind) = arguments.export {
        return export(common, &client, &arguments, kind, input).await;
    }
    let first = arguments.first.unwrap_or(PRINTED_HITS);
    let found = search(&client, json!({ "input": input, "first": first, "after": arguments.after })).await?;
    if common.json {
        output::json(&found)?;
    } else {
        print(&found);
    }
    Ok(ExitCode::SUCCESS)
}

/// What the API is asked with instead of the picture.
fn look_at(config: &Config, file: &Path) -> anyhow::Result<String> {
    let bytes = picture_bytes(file).with_context(|| format!("the picture {} cannot be read", file.display()))?;
    let vectors = Pictures::new(config).read(&bytes);
    let vectors = vectors.with_context(|| format!("{} cannot be searched with", file.display()))?;
    Ok(PictureQuestion::new(&bytes, vectors).token())
}

/// A whole file, as far as a picture may be one.
fn picture_bytes(file: &Path) -> anyhow::Result<Vec<u8>> {
    ensure!(std::fs::metadata(file)?.is_file(), "it is no file; name one that holds a picture");
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_PICTURE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    ensure!(bytes.len() <= MAX_PICTURE_BYTES, "a picture has at most {MAX_PICTURE_BYTES} bytes; make it smaller");
    Ok(bytes)
}

/// Writes the hits as a file.
async fn export(
    common: &Common,
    client: &Client,
    arguments: &SearchArguments,
    kind: ExportKind,
    input: Value,
) -> anyhow::Result<ExitCode> {
    let SearchArguments { first, output: place, .. } = arguments;
    let variables = json!({ "input": input, "format": kind.name(), "first": first.unwrap_or(EXPORTED_HITS) });
    let data = client.execute(EXPORT, variables).await?;
    let content = data.pointer("/searchExport/content").and_then(Value::as_str).context("the export has no content")?;
    match place {
        Some(file) => {
            std::fs::write(file, content).with_context(|| format!("{} cannot be written", file.display()))?;
            if common.json {
                output::json(&json!({ "file": file, "mediaType": data.pointer("/searchExport/mediaType") }))?;
            }
        }
        None => std::io::stdout().lock().write_all(content.as_bytes()).context("the export cannot be written")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds moments; the answer is the connection as GraphQL gives it.
pub async fn find(client: &Client, query: &str, first: u16) -> anyhow::Result<Value> {
    search(client, json!({ "input": { "query": query }, "first": first })).await
}

async fn search(client: &Client, variables: Value) -> anyhow::Result<Value> {
    let mut data = client.execute(DOCUMENT, variables).await?;
    Ok(data.get_mut("search").map(Value::take).unwrap_or_default())
}

/// Prints hits as a person reads them: when, why, where to play.
pub fn print(found: &Value) {
    let edges = found.get("edges").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let notices = found.get("notices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for notice in notices.iter().filter_map(|notice| notice.get("message").and_then(Value::as_str)) {
        output::line(format!("  Note: {notice}."));
    }
    if let Some(meant) = found.pointer("/didYouMean/query").and_then(Value::as_str) {
        output::line(format!("  Did you mean: {meant}"));
    }
    let misses = found.get("nearMisses").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !misses.is_empty() {
        output::line("  Nothing is a good match. What comes nearest:");
        for miss in misses {
            let text = |pointer: &str| miss.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
            let (start, end) = (text("/span/start"), text("/span/end"));
            output::line(format!("     {start} – {end}  {}{}", text("/asset/title"), likely(miss.get("probability"))));
            output::line(format!("     {}", text("/playUrl")));
        }
    } else if edges.is_empty() && notices.is_empty() {
        output::line("  Nothing matches. Try other words, or fewer.");
    }
    for (number, edge) in edges.iter().enumerate() {
        let text = |pointer: &str| edge.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let score = edge.pointer("/node/score").and_then(Value::as_f64).unwrap_or_default();
        let (start, end) = (text("/node/span/start"), text("/node/span/end"));
        let (title, likely) = (text("/node/asset/title"), likely(edge.pointer("/node/probability")));
        let rerank_score = edge.pointer("/node/rerankScore").and_then(Value::as_f64);
        let reranked = rerank_score.map(|score| format!(", reranked {score:.3}")).unwrap_or_default();
        output::line(format!("  {}. {start} – {end}  {title}  (score {score:.2}{likely}{reranked})", number + 1));
        let evidence = edge.pointer("/node/evidence").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for piece in evidence {
            output::line(format!("     {}", describe(piece)));
        }
        output::line(format!("     {}", text("/node/playUrl")));
    }
    if let Some(reranked) = found.get("reranked").filter(|reranked| !reranked.is_null()) {
        output::line(format!("  {}", cost(reranked)));
    }
    if found.pointer("/pageInfo/hasNextPage").and_then(Value::as_bool) == Some(true) {
        let cursor = found.pointer("/pageInfo/endCursor").and_then(Value::as_str).unwrap_or_default();
        output::line(format!("  More with --after {cursor}"));
    }
}

/// How likely it is right, as the rest of a line; nothing where that is not known.
fn likely(probability: Option<&Value>) -> String {
    probability.and_then(Value::as_f64).map(|share| format!(", {:.0} % likely", share * 100.0)).unwrap_or_default()
}

/// What it took to rerank.
fn cost(reranked: &Value) -> String {
    let text = |name: &str| reranked.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| reranked.get(name).and_then(Value::as_i64).unwrap_or_default();
    let (hits, took_ms) = (number("scoredHitCount"), number("tookMicros") / 1_000);
    format!("{hits} hits read by {} {}, which took {took_ms} ms.", text("model"), text("version"))
}

fn describe(evidence: &Value) -> String {
    let text = |name: &str| evidence.get(name).and_then(Value::as_str).unwrap_or_default();
    let verb = match text("modality") {
        "SPEECH" => "said",
        "SCREEN_TEXT" => "written",
        "OBJECTS" | "TAGS" | "FRAMES" => "seen",
        "PASSAGES" => "said, by meaning",
        "TITLE" => "titled",
        _ => "matched",
    };
    let raw_score = evidence.get("rawScore").and_then(Value::as_f64).unwrap_or_default();
    let quoted = match marked(text("text"), evidence.get("highlights")) {
        marked if marked.is_empty() => String::new(),
        marked => format!(" “{}”", marked.replace('\n', " / ")),
    };
    format!("{verb}{quoted}  [{} {}, {raw_score:.2}]", text("model"), text("version"))
}

/// The text with what matched between asterisks.
fn marked(text: &str, highlights: Option<&Value>) -> String {
    let position = |highlight: &Value, name: &str| highlight.get(name).and_then(Value::as_u64).unwrap_or(u64::MAX);
    let highlights = highlights.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut marked = String::with_capacity(text.len() + 2 * highlights.len());
    for (index, letter) in text.chars().enumerate() {
        let index = index as u64;
        // An end and a start at one place close and open again.
        let borders = highlights.iter().map(|highlight| {
            usize::from(position(highlight, "end") == index) + usize::from(position(highlight, "start") == index)
        });
        marked.extend(std::iter::repeat_n('*', borders.sum()));
        marked.push(letter);
    }
    let length = text.chars().count() as u64;
    if highlights.iter().any(|highlight| position(highlight, "end") == length) {
        marked.push('*');
    }
    marked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matched_stands_between_asterisks() {
        let highlights = json!([{ "start": 0, "end": 3 }, { "start": 6, "end": 9 }]);
        assert_eq!(marked("the é dog", Some(&highlights)), "*the* é *dog*");
    }
}
