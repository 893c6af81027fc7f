//! An asset from its upload to its deletion, and what happens to it on the way.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server, models_without, sample, sample_clip, wait_until};
use serde_json::{Value, json};

const SEARCH: &str = "query($query: String!) { search(input: { query: $query }, first: 5) { edges { node {
  asset { id title } playUrl stillUrl span { startMicros endMicros } evidence { modality } } } } }";

fn hits(server: &Server, query: &str) -> anyhow::Result<Vec<Value>> {
    let data = server.data(SEARCH, json!({ "query": query }))?;
    let edges = data.pointer("/search/edges").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(edges.into_iter().filter_map(|edge| edge.get("node").cloned()).collect())
}

fn asset(server: &Server, id: &Value) -> anyhow::Result<Value> {
    let document = "query($id: ID!) { asset(id: $id) { state isSearchable latestJob { id state stage }
      coverage { modality status reason { code message } } } }";
    Ok(server.data(document, json!({ "id": id }))?.pointer("/asset").cloned().unwrap_or_default())
}

/// Sends a file as a plain upload; the answer.
fn upload(server: &Server, file: &Path) -> anyhow::Result<Value> {
    let request = server.http().put(server.url("/v1/assets/gatekeepers.mp4")).body(fs::read(file)?);
    let response = request.send()?;
    ensure!(response.status().as_u16() == 201, "{}", response.status());
    Ok(response.json()?)
}

fn all_files(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(all_files(&path)?);
        } else {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

#[test]
fn an_upload_is_found_plays_and_is_deleted_without_a_trace() -> anyhow::Result<()> {
    let library = Library::new()?;
    let server = Server::start(&library)?;
    let clip = sample_clip(library.path())?;
    let bytes = fs::read(&clip)?;
    let uploaded = upload(&server, &clip)?;
    let id = uploaded.get("assetId").cloned().context("an upload has an asset")?;
    wait_until("it can be found", || Ok(asset(&server, &id)?["isSearchable"] == true))?;

    let found = hits(&server, "land of the gatekeepers")?;
    let hit = found.first().context("nothing was found")?;
    assert_eq!(hit.pointer("/evidence/0/modality"), Some(&json!("SPEECH")), "{hit}");
    let url = |field: &str| hit.get(field).and_then(Value::as_str).context("no URL").map(str::to_owned);
    let play_url = url("playUrl")?;
    let (file, fragment) = play_url.split_once("#t=").context("no media fragment")?;
    let starts = fragment.split(',').next().and_then(|start| start.parse::<f64>().ok()).context("no start")?;
    assert!((0.0..4.0).contains(&starts), "{play_url}");
    let part = server.http().get(file).header("range", "bytes=100-199").send()?;
    assert_eq!(part.status().as_u16(), 206);
    assert_eq!(
        part.headers().get("content-range").map(|it| it.as_bytes()),
        Some(format!("bytes 100-199/{}", bytes.len()).as_bytes())
    );
    assert_eq!(part.bytes()?, bytes.get(100..200).unwrap_or_default());
    let still = server.http().get(url("stillUrl")?).send()?;
    assert_eq!(still.headers().get("content-type").map(|it| it.as_bytes()), Some(b"image/jpeg".as_slice()));

    for (format, text) in [("vtt", "WEBVTT"), ("srt", " --> "), ("ttml", "<tt ")] {
        let captions = server.http().get(file.replace("/original", &format!("/captions.{format}"))).send()?.text()?;
        assert!(captions.contains(text) && captions.contains("land of the gatekeepers"), "{captions}");
    }

    let map = server.http().get(file.replace("/original", "/storyboard.vtt")).send()?.text()?;
    assert!(map.starts_with("WEBVTT") && map.contains("storyboard.jpg#xywh=0,0,160,90"), "{map}");
    let sheet = server.http().get(file.replace("/original", "/storyboard.jpg")).send()?;
    assert_eq!(sheet.headers().get("content-type").map(|it| it.as_bytes()), Some(b"image/jpeg".as_slice()));

    let rename = "mutation($id: ID!) { renameAsset(input: { id: $id, title: \"Toll bridge\" }) { errors { code } } }";
    server.data(rename, json!({ "id": id }))?;
    wait_until("it has its new title", || {
        Ok(hits(&server, "toll bridge")?.iter().any(|hit| hit["asset"]["id"] == id))
    })?;

    let delete = "mutation($id: ID!) { deleteAsset(input: { id: $id }) { errors { code } } }";
    server.data(delete, json!({ "id": id }))?;
    assert_eq!(server.http().get(file).send()?.status().as_u16(), 404);
    assert_eq!(hits(&server, "land of the gatekeepers")?, Vec::<Value>::new());
    let files = library.path().join("files");
    wait_until("its files are gone", || Ok(all_files(&files)?.is_empty()))?;
    let again = upload(&server, &clip)?;
    assert_ne!(again.get("assetId"), Some(&id), "deleted bytes may come again");
    Ok(())
}

#[test]
fn a_cancelled_analysis_stops_and_can_be_asked_for_again() -> anyhow::Result<()> {
    let library = Library::new()?;
    let server = Server::start(&library)?;
    let ingest =
        "mutation($path: String!) { ingestAsset(input: { source: { path: $path } }) { asset { id } job { id } } }";
    let data = server.data(ingest, json!({ "path": sample() }))?;
    let of = |field: &str| data.pointer(&format!("/ingestAsset/{field}/id")).cloned().unwrap_or_default();
    let (id, job) = (of("asset"), of("job"));
    wait_until("the analysis runs", || Ok(asset(&server, &id)?["latestJob"]["stage"] == "analyze"))?;
    let act = |action: &str, job: &Value| -> anyhow::Result<Value> {
        let document =
            format!("mutation($id: ID!) {{ {action}(input: {{ id: $id }}) {{ job {{ id }} errors {{ code }} }} }}");
        Ok(server.data(&document, json!({ "id": job }))?.get(action).cloned().unwrap_or_default())
    };
    act("cancelJob", &job)?;
    wait_until("it has stopped", || Ok(asset(&server, &id)?["latestJob"]["state"] == "CANCELLED"))?;
    assert_eq!(asset(&server, &id)?["isSearchable"], false);
    let again = act("retryJob", &job)?;
    assert_eq!(again["errors"], json!([]), "{again}");
    wait_until("the second job is done", || Ok(asset(&server, &id)?["latestJob"]["state"] == "SUCCEEDED"))?;
    wait_until("it can be found", || Ok(asset(&server, &id)?["isSearchable"] == true))
}

/// Runs the clip without one model; the channels that were skipped for it.
fn skipped_without(model: &str) -> anyhow::Result<Vec<Value>> {
    let library = Library::new()?;
    let clip = sample_clip(library.path())?;
    let some_models = models_without(library.path(), &[model])?;
    let library = library.with("REELGRAPH_MODELS", some_models.display().to_string());
    let server = Server::start(&library)?;
    let id = upload(&server, &clip)?.get("assetId").cloned().context("an upload has an asset")?;
    wait_until("it can be found", || Ok(asset(&server, &id)?["isSearchable"] == true))?;
    ensure!(!hits(&server, "land of the gatekeepers")?.is_empty());
    let coverage = asset(&server, &id)?["coverage"].as_array().cloned().unwrap_or_default();
    ensure!(coverage.len() > 5, "{coverage:?}");
    let mut skipped = Vec::new();
    for cell in coverage {
        if cell["status"] == "SKIPPED" {
            assert_eq!(cell["reason"]["code"], "model_missing");
            let message = cell["reason"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(model) && message.contains("reelgraph models pull"), "{message}");
            skipped.push(cell["modality"].clone());
        } else {
            assert_eq!(cell["status"], "DONE", "{cell}");
        }
    }
    Ok(skipped)
}

#[test]
fn without_one_model_everything_else_is_found_and_the_gap_is_named() -> anyhow::Result<()> {
    assert_eq!(skipped_without("ppocrv6-small")?, ["SCREEN_TEXT"]);
    // The built-in space of frames is made of tags and objects.
    let mut skipped = skipped_without("centernet-coco")?;
    skipped.sort_by_key(Value::to_string);
    assert_eq!(skipped, ["FRAMES", "OBJECTS"]);
    Ok(())
}

/// A file system of two megabytes; unmounted with this value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn new() -> anyhow::Result<Option<Self>> {
        let folder = tempfile::tempdir()?;
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(folder.path());
        Ok(mount.output().is_ok_and(|output| output.status.success()).then(|| Self(folder)))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_turns_the_file_down_and_leaves_nothing_half_done() -> anyhow::Result<()> {
    let Some(disk) = SmallDisk::new()? else {
        println!("skipped: only root can make a small file system");
        return Ok(());
    };
    let library = Library::new()?;
    // Rows and indexes have room, files have not.
    std::os::unix::fs::symlink(disk.0.path(), library.path().join("files"))?;
    let server = Server::start(&library)?;
    let ingest = "mutation($path: String!) { ingestAsset(input: { source: { path: $path } }) { asset { id } errors { code message } } }";
    let answer = server.data(ingest, json!({ "path": sample() }))?;
    assert_eq!(answer.pointer("/ingestAsset/errors/0/code"), Some(&json!("STORAGE_FULL")), "{answer}");
    let assets = server.data("{ assets(first: 10) { edges { node { id } } } }", json!({}))?;
    assert_eq!(assets.pointer("/assets/edges"), Some(&json!([])), "{assets}");
    assert_eq!(all_files(disk.0.path())?, Vec::<String>::new());
    Ok(())
}
