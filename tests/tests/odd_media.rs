//! Media that is not as most is, taken through everything: very fast, very large, turned, very short, thin or wide sound, damaged.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, Server, ffmpeg, sample, sample_clip};
use serde_json::{Value, json};

const ASSET: &str = "query($id: ID!) { asset(id: $id) { state durationMicros storyboardUrl warnings { code message }
  coverage { modality status reason { code } }
  shots: observations(modalities: [SHOTS], first: 50) { nodes { span { startMicros endMicros } } }
  speech: observations(modalities: [SPEECH], first: 50) { nodes { ... on SpeechSegment { text suspectReasons } } } } }";

/// What became of one file.
struct Seen(Value);

impl Seen {
    fn list(&self, pointer: &str) -> &[Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    fn seconds(&self) -> f64 {
        self.0.get("durationMicros").and_then(Value::as_f64).unwrap_or_default() / 1e6
    }

    /// Where shots begin, in seconds.
    fn shots(&self) -> Vec<f64> {
        let starts = self.list("/shots/nodes").iter().filter_map(|shot| shot.pointer("/span/startMicros")?.as_f64());
        starts.map(|micros| micros / 1e6).collect()
    }

    /// What is said and not suspected to be invented, in lower case.
    fn words(&self) -> String {
        let is_trusted =
            |one: &&Value| one.pointer("/suspectReasons").and_then(Value::as_array).is_none_or(Vec::is_empty);
        let trusted = self.list("/speech/nodes").iter().filter(is_trusted);
        trusted.filter_map(|one| one.get("text")?.as_str()).collect::<Vec<_>>().join(" ").to_lowercase()
    }

    /// Why a channel was not looked at; `None` where it was.
    fn skipped(&self, modality: &str) -> Option<&str> {
        let cell = self.list("/coverage").iter().find(|cell| cell["modality"] == modality)?;
        cell.pointer("/reason/code").and_then(Value::as_str)
    }

    fn warns_of(&self, code: &str) -> bool {
        self.list("/warnings").iter().any(|warning| warning["code"] == code)
    }
}

/// A server and the library that it serves, whose folder is gone with it.
struct Running {
    server: Server,
    _library: Library,
}

/// Takes files in, one after the other, and asks what was seen in each.
fn analysed<const N: usize>(library: Library, files: [PathBuf; N]) -> anyhow::Result<(Running, [Seen; N])> {
    let names: Vec<&str> = files.iter().filter_map(|file| file.to_str()).collect();
    let ingested = library.run(&[&["ingest", "--json"], names.as_slice()].concat())?;
    ensure!(ingested.is_success, "{}", ingested.errors);
    let ids: Vec<Value> = ingested.json()?.iter().filter_map(|one| one.pointer("/asset/id").cloned()).collect();
    let library = library.with("REELGRAPH_WORKERS", "0");
    let server = Server::start(&library)?;
    let seen = ids.iter().map(|id| server.data(ASSET, json!({ "id": id }))?.get("asset").cloned().context("no asset"));
    let seen: Vec<Seen> = seen.map(|asset| asset.map(Seen)).collect::<anyhow::Result<_>>()?;
    let seen = <[Seen; N]>::try_from(seen).map_err(|seen| anyhow::anyhow!("{} assets of {N} files", seen.len()))?;
    Ok((Running { server, _library: library }, seen))
}

/// Two pictures that move, two seconds each.
const FAST: &str = "-f lavfi -i testsrc2=s=320x180:r=240:d=2 -f lavfi -i mandelbrot=s=320x180:r=240 \
    -filter_complex [1:v]trim=duration=2,format=yuv420p[b];[0:v]format=yuv420p[a];[a][b]concat=n=2[v] -map [v] -c:v libx264";
const LARGE: &str =
    "-f lavfi -i testsrc2=s=7680x4320:r=5:d=1 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -x264-params threads=1";
const TURNED: &str = "-i {} -c copy -metadata:s:v rotate=90";
const ONE_FRAME: &str = "-i {} -an -frames:v 1 -c:v libx264";
const BRIEF: &str =
    "-f lavfi -i testsrc2=s=320x180:r=25:d=0.2 -f lavfi -i sine=d=0.2 -c:v libx264 -pix_fmt yuv420p -c:a aac";

#[test]
fn pictures_of_any_speed_size_and_length_are_seen() -> anyhow::Result<()> {
    let library = Library::new()?;
    let at = |name: &str| library.path().join(name);
    let clip = sample_clip(library.path())?;
    let files = [
        ffmpeg(FAST, &clip, at("fast.mp4"))?,
        ffmpeg(LARGE, &clip, at("large.mp4"))?,
        ffmpeg(TURNED, &clip, at("turned.mp4"))?,
        ffmpeg(ONE_FRAME, &clip, at("one.mp4"))?,
        ffmpeg(BRIEF, &clip, at("brief.mp4"))?,
    ];
    let (running, [fast, large, turned, one, brief]) = analysed(library, files)?;
    let starts = fast.shots();
    ensure!(starts.len() == 2 && starts.iter().any(|start| (start - 2.0).abs() < 0.05), "{starts:?}");
    ensure!((fast.seconds() - 4.0).abs() < 0.02, "{}", fast.seconds());
    assert_eq!(fast.skipped("SPEECH"), Some("no_audio"), "pictures only");
    assert_eq!((large.shots(), large.skipped("OBJECTS")), (vec![0.0], None));
    assert_eq!((one.shots(), one.skipped("TAGS")), (vec![0.0], None));
    assert_eq!(brief.shots(), [0.0]);
    ensure!((0.19..0.3).contains(&brief.seconds()), "{}", brief.seconds());

    // Its tiles are as upright as the picture is shown.
    let map = turned.0.get("storyboardUrl").and_then(Value::as_str).context("no storyboard")?;
    let map = running.server.http().get(map).send()?.text()?;
    let tile = map
        .split("#xywh=")
        .nth(1)
        .and_then(|tile| tile.lines().next())
        .with_context(|| format!("no tile in {map:.200}"))?;
    let sides: Vec<u32> = tile.split(',').filter_map(|number| number.parse().ok()).collect();
    ensure!(matches!(sides.as_slice(), [_, _, width, height] if width < height), "{tile}");
    ensure!(turned.words().contains("gatekeepers"), "{}", turned.words());
    Ok(())
}

const TELEPHONE: &str = "-i {} -vn -ar 8000 -ac 1 -c:a pcm_mulaw";
/// The voice in the middle, nothing in the other five.
const SURROUND: &str = "-i {} -vn -af pan=5.1|FC=0.5*FL+0.5*FR -c:a aac";
/// Chords that are plucked twice a second.
const CHORDS: &str = "-f lavfi -i aevalsrc=0.2*(sin(1382.3*t)+sin(1741.6*t)+sin(2071.2*t)+0.5*sin(691.2*t))*exp(-4*mod(t\\,0.5)):d=20 -ac 2";
/// The end of the trailer, in which nobody speaks; Whisper alone hears somebody who is searching for someone.
const MUSIC: &str = "-ss 45 -i {} -vn -ac 2";

#[test]
fn speech_is_heard_over_a_telephone_and_in_surround_and_none_in_music() -> anyhow::Result<()> {
    let library = Library::new()?;
    let at = |name: &str| library.path().join(name);
    let clip = sample_clip(library.path())?;
    let files = [
        ffmpeg(TELEPHONE, &clip, at("telephone.wav"))?,
        ffmpeg(SURROUND, &clip, at("surround.m4a"))?,
        ffmpeg(CHORDS, &clip, at("chords.wav"))?,
        ffmpeg(MUSIC, &sample(), at("music.wav"))?,
    ];
    let (_server, [telephone, surround, chords, music]) = analysed(library, files)?;
    ensure!(telephone.words().contains("gatekeepers"), "{}", telephone.words());
    ensure!(surround.words().contains("gatekeepers"), "{}", surround.words());
    assert_eq!(telephone.skipped("SHOTS"), Some("no_video"), "sound only");
    assert_eq!((chords.words().as_str(), chords.skipped("SPEECH")), ("", None));
    assert_eq!((music.words().as_str(), music.skipped("SPEECH")), ("", None));
    Ok(())
}

#[test]
fn damage_in_the_middle_costs_only_what_is_damaged_and_is_told() -> anyhow::Result<()> {
    let library = Library::new()?;
    let clip = sample_clip(library.path())?;
    let mut bytes = std::fs::read(&clip)?;
    let middle = bytes.len() / 2;
    for byte in bytes.get_mut(middle..middle + 20_000).context("the clip is too short")? {
        *byte ^= 0x5a;
    }
    let damaged = library.path().join("damaged.mp4");
    std::fs::write(&damaged, bytes)?;
    let (_server, [whole, damaged]) = analysed(library, [clip, damaged])?;
    ensure!(!whole.warns_of("corrupt_packets") && damaged.warns_of("corrupt_packets"), "{}", damaged.0);
    ensure!((whole.seconds() - damaged.seconds()).abs() < 0.1, "{} {}", whole.seconds(), damaged.seconds());
    assert_eq!((damaged.skipped("SHOTS"), damaged.skipped("SPEECH")), (None, None));
    let kept = whole.words().split_whitespace().filter(|word| damaged.words().contains(*word)).count();
    ensure!(kept * 2 >= whole.words().split_whitespace().count(), "{} {}", whole.words(), damaged.words());
    Ok(())
}
