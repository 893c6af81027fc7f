//! A clip that someone changed and put into another film is found, with its place; no model is needed for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server, sample, wait_until};
use serde_json::{Value, json};

const COPIES: &str = "query($id: ID!) { asset(id: $id) { isSearchable copies { nodes {
  asset { id } here { startMicros durationMicros } offsetMicros speed isMirrored score } } } }";

/// Twelve seconds of a test card, then six seconds of the sample from 0:10 on: mirrored, between bars, 4 % faster.
fn changed_clip(folder: &Path) -> anyhow::Result<PathBuf> {
    let file = folder.join("changed.mp4");
    let clip = "[1:v]scale=640:360,hflip,pad=640:480:0:60,setpts=PTS/1.04,fps=25,setsar=1[clip]";
    let filters = format!("{clip};[0:v]setsar=1[card];[card][clip]concat=n=2:v=1[v]");
    let mut command = Command::new("ffmpeg");
    command.args([
        "-nostdin",
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=640x480:r=25:d=12",
        "-ss",
        "10",
        "-t",
        "6",
    ]);
    command.arg("-i").arg(sample()).args(["-filter_complex", &filters, "-map", "[v]", "-c:v", "libx264", "-crf", "28"]);
    let status = command.args(["-preset", "ultrafast", "-pix_fmt", "yuv420p"]).arg(&file).status();
    ensure!(status.context("ffmpeg is needed (apt-get install ffmpeg)")?.success(), "ffmpeg could not make the copy");
    Ok(file)
}

fn ingest(server: &Server, path: &Path) -> anyhow::Result<Value> {
    let document = "mutation($path: String!) { ingestAsset(input: { source: { path: $path } }) { asset { id } } }";
    let data = server.data(document, json!({ "path": path }))?;
    data.pointer("/ingestAsset/asset/id").cloned().context("an asset")
}

fn seconds(value: &Value) -> f64 {
    value.as_f64().map_or(f64::NAN, |micros| micros / 1e6)
}

#[test]
fn a_mirrored_letterboxed_faster_clip_inside_another_film_is_found_with_its_place() -> anyhow::Result<()> {
    let library = Library::new()?;
    let nothing = library.path().join("no-models");
    std::fs::create_dir_all(&nothing)?;
    let library = library.with("REELGRAPH_MODELS", nothing.display().to_string());
    let server = Server::start(&library)?;
    let film = ingest(&server, &sample())?;
    let copy = ingest(&server, &changed_clip(library.path())?)?;
    let ask = |id: &Value| Ok::<_, anyhow::Error>(server.data(COPIES, json!({ "id": id }))?["asset"].take());
    wait_until("both were looked at", || {
        Ok(ask(&film)?["isSearchable"] == true && ask(&copy)?["isSearchable"] == true)
    })?;

    let found = ask(&film)?;
    let [hit] = found["copies"]["nodes"].as_array().map(Vec::as_slice).unwrap_or_default() else {
        anyhow::bail!("one copy was expected: {found}");
    };
    assert_eq!(hit["asset"]["id"], copy);
    assert_eq!(hit["isMirrored"], true);
    let start_s = seconds(&hit["here"]["startMicros"]);
    assert!((start_s - 10.0).abs() < 0.5, "{hit}");
    assert!((seconds(&hit["here"]["durationMicros"]) - 6.0).abs() < 0.6, "{hit}");
    let expected_offset_s = 12.0 + (start_s - 10.0) / 1.04 - start_s;
    assert!((seconds(&hit["offsetMicros"]) - expected_offset_s).abs() < 0.3, "{hit}");

    let back = ask(&copy)?;
    assert_eq!(back["copies"]["nodes"][0]["asset"]["id"], film, "{back}");
    Ok(())
}
