//! How publishing and searching fare at scale: the real engines in this process, beside each of them alone and beside
//! PostgreSQL, all in one run.
//!
//! ```text
//! cargo run --example scale_bench -- [--moments 1000000] [--keep FOLDER] [--postgres URL] [--only TEXT]
//! ```
//!
//! Prints one JSON line a figure; docs/measuring.md says what each means. A folder that is kept is filled once and measured
//! as often as you like. Words, properties and vectors are made up, the same on every run.

mod engines;
mod library;
mod measure;
mod postgres;
mod queries;
mod report;

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use reelgraph_models::asset::Revision;

use crate::engines::{BareText, BareVectors};
use crate::library::{DIMENSIONS, Library};
use crate::queries::Queries;
use crate::report::{Report, quantile};

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

const REOPENED: u64 = 5;

/// What is asked for on the command line.
struct Arguments {
    moments: u64,
    keep: Option<PathBuf>,
    postgres: Option<String>,
    /// Only the parts whose name contains this.
    only: String,
}

impl Arguments {
    fn read() -> Outcome<Self> {
        let mut read = Self { moments: 1_000_000, keep: None, postgres: None, only: String::new() };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--moments" => read.moments = value.parse()?,
                "--keep" => read.keep = Some(value.into()),
                "--postgres" => read.postgres = Some(value),
                "--only" => read.only = value,
                _ => return Err(format!("there is no option {name}; see the top of the program's source").into()),
            }
        }
        Ok(read)
    }

    fn wants(&self, part: &str) -> bool {
        part.contains(&self.only)
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments = Arguments::read()?;
    let temporary = tempfile::tempdir()?;
    let folder = arguments.keep.as_deref().unwrap_or(temporary.path());
    let moments = arguments.moments;
    let report = Report { on: format!("{moments} generated moments, {DIMENSIONS}-d vectors") };
    let library = Library::open(folder)?;
    if library.index.watermark().await? == Revision(0) {
        library.fill(moments, &report).await?;
    }
    library.index.settle().await?;
    drop(library);
    if arguments.wants("first") {
        first_queries(folder, &report).await?;
    }
    // Both while the shard is closed, since one is a copy of it.
    let engines = match arguments.wants("beside") {
        true => Some((BareText::open(folder, moments)?, BareVectors::open(folder)?)),
        false => None,
    };
    let library = Library::open(folder)?;
    let searcher = library.searcher();
    searcher.warm_up().await;
    if let Some((text, vectors)) = engines {
        measure::beside_engines(&searcher, &text, &vectors, &report).await?;
    }
    if arguments.wants("clients") {
        measure::clients(&searcher, &report).await?;
    }
    if arguments.wants("filtered") {
        measure::filtered(&searcher, moments, &report).await?;
    }
    if arguments.wants("pages") {
        measure::pages(&library, &report).await?;
    }
    if arguments.wants("suggest") {
        measure::suggestions(&library, &report).await?;
    }
    if arguments.wants("recall") {
        measure::recall(library.vectors.as_ref(), moments, &report).await?;
    }
    if arguments.wants("findable") {
        measure::findable(&library, moments, &report).await?;
    }
    match &arguments.postgres {
        Some(url) if arguments.wants("postgres") => postgres::measure(url, moments, &report),
        Some(_) => Ok(()),
        None => Ok(writeln!(std::io::stderr(), "skipped: PostgreSQL; --postgres URL names a server")?),
    }
}

/// The first search after a start, from files that are not in memory: with what a server does before it is ready, and
/// without.
async fn first_queries(folder: &Path, report: &Report) -> Outcome<()> {
    let mut queries = Queries::new(46);
    for (what, is_warm) in [("without warm-up", false), ("after warm-up", true)] {
        let (mut firsts, mut opened, mut warmed) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..REOPENED {
            forget(folder)?;
            let started = Instant::now();
            let library = Library::open(folder)?;
            opened.push(started.elapsed());
            let started = Instant::now();
            if is_warm {
                library.searcher().warm_up().await;
            }
            warmed.push(started.elapsed());
            firsts.push(measure::first_query(&library, &queries.next()).await?);
        }
        report.figure_of("scale_open", what, quantile(&opened, 0.5), "ms", firsts.len())?;
        report.figure_of("scale_warm_up", what, quantile(&warmed, 0.5), "ms", firsts.len())?;
        report.times("scale_first_query", what, &firsts)?;
    }
    Ok(())
}

/// Asks the system to keep nothing of the folder's files in memory.
fn forget(folder: &Path) -> Outcome<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            forget(&entry.path())?;
        } else {
            let file = std::fs::File::open(entry.path())?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
    }
    Ok(())
}
