//! What the length of a file costs: time and memory of the analysis of one, ten and sixty minutes, and of an hour in which
//! nothing happens.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::ffmpeg::{self, has_ffmpeg};
use super::figure::Report;
use super::library::Library;
use super::media::Media;
use crate::arguments::LengthArguments;
use crate::config::Config;

/// What the long films are made of, as far as it is there: each has pictures and sound.
const PARTS: [&str; 3] =
    ["shots/sintel_trailer-720p.mp4", super::slides::VIDEO, "containers/torchcodec/test/resources/nasa_13013.mp4"];
/// Frames a second of all that is made.
const RATE: u32 = 25;
/// Seconds of a film in which nothing happens that are encoded; the rest repeats them.
const STILL_S: u32 = 60;
/// Where the picture of the film that stands still is taken from the first of the parts.
const STILL_AT: &str = "20";

/// What is on display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// The parts, one after the other, again and again.
    Film,
    /// Nothing.
    Black,
    /// One picture.
    Still,
}

impl Content {
    const fn name(self) -> &'static str {
        match self {
            Self::Film => "film",
            Self::Black => "black and silent",
            Self::Still => "one picture, silent",
        }
    }
}

pub(super) async fn run(
    config: &Config,
    media: &Media,
    arguments: &LengthArguments,
    report: &Report,
) -> anyhow::Result<()> {
    if !has_ffmpeg() {
        report.skipped("lengths", "the ffmpeg program is needed to make the films");
        return Ok(());
    }
    let parts: Vec<PathBuf> = PARTS.into_iter().filter_map(|name| media.file(name)).collect();
    if parts.is_empty() {
        report.skipped("lengths", "there is nothing to make films of");
        return Ok(());
    }
    let folder = tempfile::Builder::new().prefix("reelgraph-lengths-").tempdir()?;
    let reel = make_reel(&parts, arguments.height, &folder.path().join("reel.mp4"))?;
    for minutes in &arguments.minutes {
        let film = repeat(&reel, minutes * 60, &folder.path().join(format!("film-{minutes}.mp4")))?;
        measure(config, &film, Content::Film, *minutes, arguments.height, report).await?;
    }
    for (content, minutes) in [(Content::Black, arguments.still_minutes), (Content::Still, arguments.still_minutes)] {
        if minutes > 0 {
            let short = make_still(content, &reel, arguments.height, &folder.path().join("short.mp4"))?;
            let film = repeat(&short, minutes * 60, &folder.path().join("still.mp4"))?;
            measure(config, &film, content, minutes, arguments.height, report).await?;
        }
    }
    Ok(())
}

async fn measure(
    config: &Config,
    film: &Path,
    content: Content,
    minutes: u32,
    height: u32,
    report: &Report,
) -> anyhow::Result<()> {
    let library = Library::create(config)?;
    let server = library.serve().await?;
    let analysed = library.analyse(&server, film).await?;
    // Made again for the next measurement, and large.
    std::fs::remove_file(film)?;
    let on = format!("{minutes} min of {}, {height} lines, {} threads", content.name(), config.threads);
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let work = analysed.work;
    report.figure("length_analysis_time", work.wall_ms as f64 / 1e3, "s", 1, &on)?;
    report.figure("length_time_by_media_duration", work.wall_ms as f64 / analysed.duration_ms, "s/s", 1, &on)?;
    report.figure(
        "length_processor_time_by_media_duration",
        work.processor_ms as f64 / analysed.duration_ms,
        "s/s",
        1,
        &on,
    )?;
    report.figure("length_peak_memory", mebibytes(analysed.peak_memory_bytes), "MiB", 1, &on)?;
    report.figure("length_peak_memory_of_worker", mebibytes(work.peak_memory_bytes), "MiB", 1, &on)
}

/// All parts in one file, fitted into pictures of 16 to 9 with that many lines.
fn make_reel(parts: &[PathBuf], height: u32, reel: &Path) -> anyhow::Result<PathBuf> {
    let width = height * 16 / 9 / 2 * 2;
    let mut command = Command::new("ffmpeg");
    let mut filters = String::new();
    for (number, part) in parts.iter().enumerate() {
        command.arg("-i").arg(part);
        filters += &format!(
            "[{number}:v]scale={width}:{height}:force_original_aspect_ratio=decrease,\
             pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,fps={RATE}[v{number}];\
             [{number}:a]aresample=48000,aformat=channel_layouts=stereo[a{number}];"
        );
    }
    let inputs: String = (0..parts.len()).map(|number| format!("[v{number}][a{number}]")).collect();
    filters += &format!("{inputs}concat=n={}:v=1:a=1[v][a]", parts.len());
    command.args(["-filter_complex", &filters, "-map", "[v]", "-map", "[a]"]);
    encode(command, reel)
}

/// A minute in which nothing happens.
fn make_still(content: Content, reel: &Path, height: u32, short: &Path) -> anyhow::Result<PathBuf> {
    let mut command = Command::new("ffmpeg");
    match content {
        Content::Still => {
            command.args(["-ss", STILL_AT, "-t", "0.04", "-i"]).arg(reel);
        }
        Content::Black | Content::Film => {
            let width = height * 16 / 9 / 2 * 2;
            command.args(["-f", "lavfi", "-t", "0.04", "-i", &format!("color=black:s={width}x{height}:r={RATE}")]);
        }
    }
    command.args(["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-map", "0:v", "-map", "1:a"]);
    command.args(["-vf", &format!("tpad=stop_mode=clone:stop_duration={STILL_S}"), "-t", &STILL_S.to_string()]);
    encode(command, short)
}

fn encode(mut command: Command, into: &Path) -> anyhow::Result<PathBuf> {
    command.args(["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-pix_fmt", "yuv420p", "-c:a", "aac"]);
    ffmpeg::make(command, into)
}

/// The file again and again without encoding it anew, to that length.
fn repeat(film: &Path, seconds: u32, into: &Path) -> anyhow::Result<PathBuf> {
    let mut command = Command::new("ffmpeg");
    command.args(["-stream_loop", "-1", "-i"]).arg(film);
    command.args(["-t", &seconds.to_string(), "-c", "copy"]);
    ffmpeg::make(command, into)
}
