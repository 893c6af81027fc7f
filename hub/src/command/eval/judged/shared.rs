//! Judgements made of media with truth, laid out as docs/measuring.md says: captions and labels of what is seen, sentences of
//! what is said, and things that are nowhere.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::absent::ABSENT;
use super::judgement::{Judgement, Relevant};

/// The film of captioned photographs, below the folder.
pub const FILM: &str = "composed/slides_share_51.mp4";
const FILM_TRUTH: &str = "composed/slides_share_51.truth.json";
const SPEECH_TRUTH: &str = "speech/truth_share.tsv";
/// A label that is in more segments than fit on a page tells little about a ranking.
const MOST_SEGMENTS: usize = 10;
/// Letters of a word that decide whether it occurs: enough to see through most endings.
const STEM_LETTERS: usize = 5;

#[derive(Debug, Deserialize)]
struct Film {
    segments: Vec<Segment>,
    speech: Vec<Utterance>,
}

#[derive(Debug, Deserialize)]
struct Segment {
    start: f64,
    end: f64,
    captions: Vec<String>,
    #[serde(default)]
    objects: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Utterance {
    start: f64,
    end: f64,
    text: String,
    /// The recording that it was taken from.
    source: Option<String>,
}

/// A recording: its file below `speech/`, and what is said in it.
#[derive(Debug)]
struct Recording {
    file: String,
    text: String,
}

/// Files of a folder that judgements can be made about, those that exist, the film first.
pub fn media(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let recordings = recordings(folder)?.into_iter().map(|recording| format!("speech/{}", recording.file));
    let files = std::iter::once(FILM.to_owned()).chain(recordings).map(|name| folder.join(name));
    Ok(files.filter(|file| file.is_file()).collect())
}

/// Judgements of all truth in a folder; none where it has none.
pub fn judgements(folder: &Path) -> anyhow::Result<Vec<Judgement>> {
    let film: Option<Film> = json(&folder.join(FILM_TRUTH))?;
    let recordings = recordings(folder)?;
    let mut judgements = Vec::new();
    if let Some(film) = &film {
        seen(film, &mut judgements);
        said_in_film(film, &recordings, &mut judgements);
    }
    said_alone(film.as_ref(), &recordings, &mut judgements);
    if judgements.is_empty() {
        return Ok(judgements);
    }
    let known = stems_of_truth(film.as_ref(), &recordings);
    let is_absent = |query: &&&str| stems(query).all(|stem| !known.contains(&stem));
    judgements.extend(ABSENT.iter().filter(is_absent).map(|query| Judgement::new("absent", *query, Vec::new())));
    // The same sentence twice is one query with the places of both.
    let mut merged = Vec::<Judgement>::new();
    for judgement in judgements {
        match merged.iter_mut().find(|known| known.query == judgement.query) {
            Some(known) => known.relevant.extend(judgement.relevant),
            None => merged.push(judgement),
        }
    }
    Ok(merged)
}

/// Each caption, and each label that is in few segments.
fn seen(film: &Film, judgements: &mut Vec<Judgement>) {
    let mut labels = BTreeMap::<&str, Vec<Relevant>>::new();
    for segment in &film.segments {
        let place = || Relevant::stretch(name_of(FILM), segment.start, segment.end);
        judgements
            .extend(segment.captions.iter().map(|caption| Judgement::new("caption", caption.trim(), vec![place()])));
        for label in &segment.objects {
            labels.entry(label).or_default().push(place());
        }
    }
    let few = labels.into_iter().filter(|(_, places)| places.len() <= MOST_SEGMENTS);
    judgements.extend(few.map(|(label, places)| Judgement::new("object", label, places)));
}

fn said_in_film(film: &Film, recordings: &[Recording], judgements: &mut Vec<Judgement>) {
    for utterance in &film.speech {
        let mut places = vec![Relevant::stretch(name_of(FILM), utterance.start, utterance.end)];
        // The recording it was taken from says the same, where it is measured on too.
        let source = utterance.source.as_deref().filter(|source| recordings.iter().any(|one| one.file == *source));
        places.extend(source.map(|source| Relevant::whole(name_of(source))));
        judgements.extend(said(&utterance.text, &places));
    }
}

fn said_alone(film: Option<&Film>, recordings: &[Recording], judgements: &mut Vec<Judgement>) {
    let in_film: HashSet<&str> =
        film.iter().flat_map(|film| &film.speech).filter_map(|one| one.source.as_deref()).collect();
    for recording in recordings.iter().filter(|one| !in_film.contains(one.file.as_str())) {
        judgements.extend(said(&recording.text, &[Relevant::whole(name_of(&recording.file))]));
    }
}

/// Queries for a sentence as people remember one: a part of it, its longest words, four words in a row, a slip of the
/// fingers. A sentence too short for one of them is asked for as it is.
fn said(text: &str, places: &[Relevant]) -> Vec<Judgement> {
    let words: Vec<&str> =
        text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    let judged = |kind: &str, query: String| Judgement::new(kind, query, places.to_vec());
    let row = |from: usize, count: usize| words.iter().copied().skip(from).take(count).collect::<Vec<_>>().join(" ");
    if words.len() < 6 {
        return vec![judged("said", text.to_owned())];
    }
    let mut longest = words.clone();
    longest.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    longest.truncate(2);
    vec![
        judged("said", row(words.len() / 3, 5)),
        judged("said words", longest.join(" ")),
        judged("said phrase", format!("\"{}\"", row(words.len() / 2 - 1, 4))),
        judged("misspelt", longest.iter().map(|word| misspelt(word)).collect::<Vec<_>>().join(" ")),
    ]
}

/// The word with the two letters in its middle swapped.
fn misspelt(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    if let Some([left, right]) = letters.get_mut(middle.saturating_sub(1)..=middle) {
        std::mem::swap(left, right);
    }
    letters.into_iter().collect()
}

fn stems_of_truth(film: Option<&Film>, recordings: &[Recording]) -> HashSet<String> {
    let of_film = film.into_iter().flat_map(|film| {
        let seen = film.segments.iter().flat_map(|segment| segment.captions.iter().chain(&segment.objects));
        seen.chain(film.speech.iter().map(|one| &one.text))
    });
    of_film.chain(recordings.iter().map(|one| &one.text)).flat_map(|text| stems(text)).collect()
}

/// The first letters of each word long enough to mean something.
fn stems(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let telling = words.filter(|word| word.chars().count() > 3);
    telling.map(|word| word.chars().take(STEM_LETTERS).collect()).collect::<Vec<_>>().into_iter()
}

fn recordings(folder: &Path) -> anyhow::Result<Vec<Recording>> {
    let path = folder.join(SPEECH_TRUTH);
    if !path.is_file() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let recording = |line: &str| {
        let mut columns = line.split('\t');
        let (file, _, text) = (columns.next()?, columns.next()?, columns.next()?);
        Some(Recording { file: file.to_owned(), text: text.to_owned() })
    };
    Ok(text.lines().skip(1).filter_map(recording).collect())
}

fn json<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Option<T>> {
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).map(Some).with_context(|| format!("{} is no truth of a film", path.display()))
}

/// The file's own name.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> anyhow::Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("composed"))?;
        std::fs::create_dir(folder.path().join("speech"))?;
        let film = r#"{ "segments": [
            { "start": 0, "end": 3, "captions": ["A horse by a lake."], "objects": ["horse"] },
            { "start": 3, "end": 6, "captions": ["A giraffe."], "objects": ["horse"] } ],
          "speech": [ { "start": 0.5, "end": 2, "text": "never been surpassed", "source": "a/one.wav" } ] }"#;
        std::fs::write(folder.path().join(FILM_TRUTH), film)?;
        let table = "file\tlang\ttext\na/one.wav\ten\tnever been surpassed\nb/two.wav\ten\tthe apostle of the middle classes speaks\n";
        std::fs::write(folder.path().join(SPEECH_TRUTH), table)?;
        Ok(folder)
    }

    #[test]
    fn truth_becomes_queries_with_all_their_places() -> anyhow::Result<()> {
        let folder = folder()?;
        let judgements = judgements(folder.path())?;
        let of = |query: &str| judgements.iter().find(|one| one.query == query).map(|one| one.relevant.as_slice());
        let film = |start, end| Relevant::stretch("slides_share_51.mp4", start, end);
        assert_eq!(of("A horse by a lake."), Some([film(0.0, 3.0)].as_slice()));
        assert_eq!(of("horse"), Some([film(0.0, 3.0), film(3.0, 6.0)].as_slice()));
        assert_eq!(of("never been surpassed"), Some([film(0.5, 2.0), Relevant::whole("one.wav")].as_slice()));
        let spoken = [Relevant::whole("two.wav")];
        for query in ["of the middle classes speaks", "apostle classes", "\"of the middle classes\"", "apsotle clsases"]
        {
            assert_eq!(of(query), Some(spoken.as_slice()), "{query}");
        }
        assert_eq!(of("submarine"), Some([].as_slice()));
        assert_eq!(of("giraffe"), None, "a caption has one");
        Ok(())
    }

    #[test]
    fn a_folder_without_truth_makes_no_judgements() -> anyhow::Result<()> {
        assert_eq!(judgements(tempfile::tempdir()?.path())?, []);
        Ok(())
    }
}
