//! Words that a file carries, that a person corrects, and what shows them: captions, search, and not a machine again.

#[path = "../../media/tests/media/line21.rs"]
mod line21;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use line21::{Line21, captioned};
use reelgraph_tests::{Library, Server, ffmpeg, sample_clip, wait_until};
use serde_json::{Value, json};

const ENGLISH: &str = "1\n00:00:00,500 --> 00:00:03,500\n<i>What carries you</i>\nto the land of the gatekeepers?\n";
const GERMAN: &str = "1\n00:00:00,500 --> 00:00:03,500\nWas führt dich in das Land der Torwächter?\n";

const ASSET: &str =
    "query($id: ID!) { asset(id: $id) { isSearchable latestJob { state } observations(first: 100) { nodes {
  id provenance { analyzer parameters } ... on SpeechSegment { text language version suspectReasons }
  ... on ObjectSighting { label cropUrl } } } } }";
const SEARCH: &str = "query($query: String!) { search(input: { query: $query }, first: 5) { edges { node {
  asset { id } evidence { modality } } } } }";
const EDIT: &str =
    "mutation($id: ID!, $text: String!) { editSpeech(input: { id: $id, text: $text, expectedVersion: 0 }) {
  line { id text version } errors { code message } } }";
const AGAIN: &str = "mutation($id: ID!) { reanalyzeAsset(input: { id: $id }) { errors { message } } }";

/// The clip in which somebody speaks English, with subtitles in two languages.
fn film(folder: &Path) -> anyhow::Result<PathBuf> {
    let clip = sample_clip(folder)?;
    std::fs::write(folder.join("en.srt"), ENGLISH)?;
    std::fs::write(folder.join("de.srt"), GERMAN)?;
    let film = folder.join("film.mkv");
    let mut command = Command::new("ffmpeg");
    command.current_dir(folder).args(["-nostdin", "-v", "error", "-i"]).arg(clip);
    let tracks = "-i de.srt -i en.srt -map 0 -map 1 -map 2 -c copy -c:s srt \
                  -metadata:s:s:0 language=ger -metadata:s:s:1 language=eng";
    ensure!(command.args(tracks.split_whitespace()).arg(&film).status()?.success(), "ffmpeg could not add the tracks");
    Ok(film)
}

fn seen(server: &Server, id: &Value) -> anyhow::Result<Vec<Value>> {
    let data = server.data(ASSET, json!({ "id": id }))?;
    Ok(data.pointer("/asset/observations/nodes").and_then(Value::as_array).cloned().unwrap_or_default())
}

/// What is said, by the name of the analyzer that begins so.
fn said(seen: &[Value], analyzer: &str) -> Vec<String> {
    let is_of = |node: &&Value| {
        let name = node.pointer("/provenance/analyzer").and_then(Value::as_str).unwrap_or_default();
        name.starts_with(analyzer) && node.get("text").is_some() && node.get("version").is_some()
    };
    let text = |node: &Value| node["text"].as_str().unwrap_or_default().to_owned();
    seen.iter().filter(is_of).map(text).collect()
}

fn is_found(server: &Server, query: &str) -> anyhow::Result<bool> {
    let data = server.data(SEARCH, json!({ "query": query }))?;
    let spoken = |edge: &Value| edge.pointer("/node/evidence/0/modality") == Some(&json!("SPEECH"));
    Ok(data.pointer("/search/edges").and_then(Value::as_array).is_some_and(|edges| edges.iter().any(spoken)))
}

fn is_at_rest(server: &Server, id: &Value) -> anyhow::Result<bool> {
    let data = server.data(ASSET, json!({ "id": id }))?;
    Ok(data.pointer("/asset/isSearchable") == Some(&json!(true))
        && data.pointer("/asset/latestJob/state") == Some(&json!("SUCCEEDED")))
}

#[test]
fn words_inside_a_file_and_those_of_a_person_stand_before_the_machine_and_stay() -> anyhow::Result<()> {
    let library = Library::new()?;
    let film = film(library.path())?;
    let server = Server::start(&library)?;
    let uploaded = server.http().put(server.url("/v1/assets/film.mkv")).body(std::fs::read(&film)?).send()?;
    let uploaded: Value = uploaded.json()?;
    let id = uploaded.get("assetId").cloned().context("an upload has an asset")?;
    wait_until("the film can be found", || is_at_rest(&server, &id))?;

    // Both tracks are there, beside what the machine heard; the one in the language that is spoken stands.
    let all = seen(&server, &id)?;
    let english = "What carries you to the land of the gatekeepers?";
    assert_eq!(said(&all, "supplied/embedded:3"), [english]);
    assert_eq!(said(&all, "supplied/embedded:2"), ["Was führt dich in das Land der Torwächter?"]);
    ensure!(said(&all, "speech/").join(" ").contains("What brings you"), "{all:?}");
    let captions = |query: &str| -> anyhow::Result<String> {
        let path = format!("/v1/assets/{}/captions.srt{query}", id.as_str().unwrap_or_default());
        Ok(server.http().get(server.url(&path)).send()?.text()?)
    };
    let shown = captions("")?;
    ensure!(shown.contains("carries") && !shown.contains("brings") && !shown.contains("<i>"), "{shown}");
    ensure!(captions("?language=de")?.contains("Torwächter"), "{}", captions("?language=de")?);
    ensure!(is_found(&server, "carries you")?, "the words of the track are not found");

    // A person says it otherwise.
    let line = all.iter().find(|node| node["text"] == english).and_then(|node| node["id"].as_str());
    let input = json!({ "id": line, "text": "What ferries you to the land of the gatekeepers?" });
    let edited = server.data(EDIT, input)?;
    assert_eq!(edited.pointer("/editSpeech/errors"), Some(&json!([])), "{edited}");
    wait_until("the line is found", || Ok(is_at_rest(&server, &id)? && is_found(&server, "ferries")?))?;
    ensure!(!is_found(&server, "carries")?, "what was corrected is still found");

    // Everything runs again: nothing doubles and the edit stays.
    server.data(AGAIN, json!({ "id": id }))?;
    wait_until("it was analysed again", || is_at_rest(&server, &id))?;
    let all = seen(&server, &id)?;
    assert_eq!(said(&all, "supplied/embedded:").len(), 2, "{all:?}");
    assert_eq!(said(&all, "edited/"), ["What ferries you to the land of the gatekeepers?"]);
    let shown = captions("")?;
    ensure!(shown.contains("ferries") && !shown.contains("carries") && !shown.contains("brings"), "{shown}");

    // What is seen has pictures of its own, cut in a process of its own.
    for node in all.iter().filter(|node| node.get("cropUrl").is_some()) {
        let url = node["cropUrl"].as_str().context("an object of a file in a folder has a crop")?;
        let crop = server.http().get(url).send()?;
        assert_eq!(crop.status().as_u16(), 200, "{node}");
        ensure!(crop.bytes()?.starts_with(b"\xff\xd8"), "{node}: no JPEG");
    }
    Ok(())
}

/// The clip with closed captions inside its pictures, in two languages.
fn captioned_film(folder: &Path) -> anyhow::Result<PathBuf> {
    let clip = sample_clip(folder)?;
    let bare = "-i {} -an -vf fps=24 -c:v libx264 -preset ultrafast -bf 0";
    let bare = ffmpeg(bare, &clip, folder.join("bare.h264"))?;
    let english = ["1425", "142d", "1470", "\">> WHAT CARRIES YOU", "1425", "142d", "1470", "\"TO THE GATEKEEPERS?"];
    let spanish = ["1520", "152e", "1570", "1133", "\"QUE TE TRAE A LA TIERRA DE LOS", "152f"];
    let captions = Line21::new(24).say(0, 500, &english).say(0, 5_400, &["142c"]).say(1, 500, &spanish);
    let stream = captioned(&std::fs::read(bare)?, "h264", |picture| captions.triplets(picture));
    std::fs::write(folder.join("stream.h264"), stream)?;
    let sound = clip.to_str().context("the folder of a test has a plain name")?;
    let joined = format!("-r 24 -i {{}} -i {sound} -map 0:v -map 1:a -c copy");
    ffmpeg(&joined, &folder.join("stream.h264"), folder.join("captioned.mp4"))
}

#[test]
fn closed_captions_inside_pictures_are_speech_that_was_supplied() -> anyhow::Result<()> {
    let library = Library::new()?;
    let film = captioned_film(library.path())?;
    let server = Server::start(&library)?;
    let uploaded = server.http().put(server.url("/v1/assets/captioned.mp4")).body(std::fs::read(&film)?).send()?;
    let uploaded: Value = uploaded.json()?;
    let id = uploaded.get("assetId").cloned().context("an upload has an asset")?;
    wait_until("the film can be found", || is_at_rest(&server, &id))?;

    // A line that scrolled up is there once; each channel is a track of its own, and no channel is made up.
    let all = seen(&server, &id)?;
    let english = ["WHAT CARRIES YOU", "TO THE GATEKEEPERS?"];
    assert_eq!(said(&all, "supplied/embedded:0-cc1"), english, "{all:?}");
    assert_eq!(said(&all, "supplied/embedded:0-cc3"), ["¿QUE TE TRAE A LA TIERRA DE LOS"]);
    assert_eq!(said(&all, "supplied/").len(), 3, "{all:?}");
    ensure!(is_found(&server, "said:\"carries you\"")?, "the words of the captions are not found");
    let path = format!("/v1/assets/{}/captions.vtt", id.as_str().unwrap_or_default());
    let shown = server.http().get(server.url(&path)).send()?.text()?;
    ensure!(shown.contains("WHAT CARRIES YOU") && !shown.contains("brings") && !shown.contains(">>"), "{shown}");
    let spanish = server.http().get(server.url(&format!("{path}?language=es"))).send()?.text()?;
    ensure!(spanish.contains("TIERRA"), "{spanish}");
    Ok(())
}
