//! Judged queries as a file: one JSON object a line, in the words of docs/measuring.md.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use reelgraph_inference::score::BEST_GRADE;
use reelgraph_models::time::{MediaTime, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A query and everything that is right for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// As a person types it.
    pub query: String,
    /// What it is a query for, such as `said` or `misspelt`; figures are given for each kind too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The right answers; none where the honest answer is that there is nothing.
    pub relevant: Vec<Relevant>,
    /// Fields of GraphQL's `SearchFilterInput`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub filter: Map<String, Value>,
}

/// One right answer: a stretch of an asset, or the whole of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relevant {
    /// Id, SHA-256 of the content in hexadecimal digits, file name or title.
    pub asset: String,
    /// First instant, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<f64>,
    /// First instant after it, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<f64>,
    /// How right: 1 somewhat, 2 right, 3 exactly what was meant; 0 looks right and is not.
    #[serde(default = "right")]
    pub grade: u8,
}

fn right() -> u8 {
    2
}

impl Judgement {
    /// A query of a kind, with what is right for it.
    pub fn new(kind: &str, query: impl Into<String>, relevant: Vec<Relevant>) -> Self {
        Self { query: query.into(), kind: Some(kind.to_owned()), relevant, filter: Map::new() }
    }
}

impl Relevant {
    /// A stretch of an asset, in seconds.
    pub fn stretch(asset: impl Into<String>, start: f64, end: f64) -> Self {
        Self { asset: asset.into(), start: Some(start), end: Some(end), grade: right() }
    }

    /// A whole asset.
    pub fn whole(asset: impl Into<String>) -> Self {
        Self { asset: asset.into(), start: None, end: None, grade: right() }
    }

    /// The stretch in media time; `None` for the whole asset.
    pub fn span(&self) -> anyhow::Result<Option<Span>> {
        let at = MediaTime::from_seconds_f64;
        match (self.start, self.end) {
            (None, None) => Ok(None),
            (Some(start), Some(end)) if start.is_finite() && end.is_finite() => {
                Ok(Some(Span::new(at(start), at(end)).context("its end is not after its start")?))
            }
            _ => bail!("start and end, in seconds, go together"),
        }
    }
}

/// Reads and checks files of judgements; their names follow, as figures say what they were measured on.
pub fn read_all(paths: &[PathBuf]) -> anyhow::Result<(Vec<Judgement>, String)> {
    let read: Vec<Vec<Judgement>> = paths.iter().map(|path| read(path)).collect::<anyhow::Result<_>>()?;
    let names = paths.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    Ok((read.into_iter().flatten().collect(), names.collect::<Vec<_>>().join(" + ")))
}

fn read(path: &Path) -> anyhow::Result<Vec<Judgement>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse(&text).with_context(|| format!("{} is no file of judgements (docs/measuring.md)", path.display()))
}

fn parse(text: &str) -> anyhow::Result<Vec<Judgement>> {
    let mut judgements = Vec::<Judgement>::new();
    let mut known = HashSet::new();
    for (line, number) in text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()) {
        let judgement: Judgement = serde_json::from_str(line).with_context(|| format!("line {number}"))?;
        check(&judgement).with_context(|| format!("line {number}"))?;
        let filter = serde_json::to_string(&judgement.filter)?;
        ensure!(
            known.insert((judgement.query.clone(), filter)),
            "line {number}: {:?} was judged further up with the same filter",
            judgement.query
        );
        judgements.push(judgement);
    }
    ensure!(!judgements.is_empty(), "it has no lines");
    Ok(judgements)
}

fn check(judgement: &Judgement) -> anyhow::Result<()> {
    ensure!(!judgement.query.trim().is_empty(), "the query is empty");
    for one in &judgement.relevant {
        ensure!(!one.asset.is_empty(), "a right answer names no asset");
        ensure!(one.grade <= BEST_GRADE, "a grade is 0 to {BEST_GRADE}, not {}", one.grade);
        one.span()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_query_with_its_right_answers() -> anyhow::Result<()> {
        let read = parse(concat!(
            r#"{"query":"snow","kind":"seen","relevant":[{"asset":"film.mp4","start":1.5,"end":9,"grade":3}]}"#,
            "\n\n",
            r#"{"query":"tax law","relevant":[],"filter":{"modalities":["SPEECH"]}}"#,
        ))?;
        let [snow, law] = read.as_slice() else { anyhow::bail!("two judgements, not {}", read.len()) };
        let span = Span::new(MediaTime::from_millis(1_500), MediaTime::from_millis(9_000))?;
        assert_eq!(snow.relevant.first().map(Relevant::span).transpose()?, Some(Some(span)));
        let is_nothing = |judged: &Judgement| judged.relevant.iter().all(|one| one.grade == 0);
        assert!(is_nothing(law) && !is_nothing(snow));
        assert_eq!(parse(&serde_json::to_string(snow)?)?, std::slice::from_ref(snow));
        Ok(())
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_its_line() {
        for bad in [
            r#"{"query":" ","relevant":[]}"#,
            r#"{"query":"a"}"#,
            r#"{"query":"a","relevant":[{"asset":"f","start":1}]}"#,
            r#"{"query":"a","relevant":[{"asset":"f","start":2,"end":2}]}"#,
            r#"{"query":"a","relevant":[{"asset":"f","grade":4}]}"#,
            r#"{"query":"a","relevant":[],"relevent":[]}"#,
            "{\"query\":\"a\",\"relevant\":[]}\n{\"query\":\"a\",\"relevant\":[]}",
        ] {
            let error = parse(bad).map_or_else(|error| format!("{error:#}"), |_| String::new());
            assert!(error.starts_with("line "), "{bad}: {error:?}");
        }
        assert!(parse("\n").is_err());
    }
}
