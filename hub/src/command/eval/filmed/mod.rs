//! Photographs filmed with a camera that moves: how well the things in them are followed, and whether the views of each make one
//! scene.

mod following;
mod views;

use reelgraph_inference::score::DetectionTruth;
use serde::Deserialize;

use self::following::{Between, Counts, Sighting, Thing};
use self::views::{FRAMES, RATE, VIEW_S, VIEWS, View, film};
use super::coco::Coco;
use super::ffmpeg::has_ffmpeg;
use super::figure::Report;
use super::library::Library;
use super::media::{Media, picture};
use super::shots;
use super::statistics::ratio;
use crate::config::Config;

/// Moments of a view that are asked about, evenly spread, none at its very edges.
const MOMENTS: usize = 11;

const SEEN: &str = "query Seen($id: ID!, $after: String) {
  asset(id: $id) { observations(modalities: [OBJECTS, SCENES], first: 25, after: $after) {
    nodes { __typename
      ... on Scene { span { startMicros endMicros } }
      ... on ObjectSighting { label span { startMicros endMicros } counts { atMicros count }
        tracks { span { startMicros endMicros } boxes { atMicros box { left top right bottom } } } } }
    pageInfo { hasNextPage endCursor } } }
}";

#[derive(Deserialize)]
#[serde(tag = "__typename")]
enum Seen {
    Scene { span: Between },
    ObjectSighting(Sighting),
}

pub(super) async fn run(config: &Config, media: &Media, report: &Report) -> anyhow::Result<()> {
    const WHAT: &str = "tracks and scenes";
    if !report.wants("track_") && !report.wants("scene_") {
        return Ok(());
    }
    if !has_ffmpeg() {
        report.skipped(WHAT, "the ffmpeg program is needed to make the film");
        return Ok(());
    }
    let Some(coco) = Coco::read(media)? else {
        report.skipped(WHAT, format!("{} is not there", Coco::TRUTH));
        return Ok(());
    };
    let photographs = coco.pictures();
    let folder = tempfile::Builder::new().prefix("reelgraph-filmed-").tempdir()?;
    let file = folder.path().join("film.mp4");
    film(&photographs.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), &file)?;

    let library = Library::create(config)?;
    let server = library.serve().await?;
    let analysed = library.analyse(&server, &file).await?;
    let seen = server.observations(SEEN, &analysed.asset).await?;
    let (mut sightings, mut scenes) = (Vec::new(), Vec::new());
    for seen in seen {
        match serde_json::from_value(seen)? {
            Seen::Scene { span } => scenes.push(span.start_micros),
            Seen::ObjectSighting(sighting) => sightings.push(sighting),
        }
    }

    let (mut still, mut moving) = (Vec::new(), Vec::new());
    for (number, (path, objects)) in photographs.iter().enumerate() {
        let picture = picture(path)?;
        let truths: Vec<_> = objects.iter().filter_map(|object| coco.truth(object, number, &picture)).collect();
        let size = (picture.width_px() as f32, picture.height_px() as f32);
        let mut in_motion = Counts::default();
        for (place, view) in VIEWS.iter().enumerate() {
            let from_s = (number * VIEWS.len() + place) as f64 * VIEW_S;
            let counts = followed(view, from_s, size, &truths, &sightings);
            match view.moves() {
                true => in_motion = in_motion.and(counts),
                false => still.push(counts),
            }
        }
        moving.push(in_motion);
    }
    figures(report, "photographs under a camera that stands", &still)?;
    figures(report, "photographs under a camera that moves", &moving)?;

    let frames = FRAMES as usize * VIEWS.len();
    let truth: Vec<i64> = (1..photographs.len()).map(|number| (number * frames) as i64).collect();
    let frame = |micros: &i64| (*micros as f64 * f64::from(RATE) / 1e6).round() as i64;
    let found: Vec<i64> = scenes.iter().map(frame).filter(|frame| *frame > 0).collect();
    shots::Counts::of(&truth, &[], &found).report(report, "scene_f1", "views of photographs")
}

/// How the things in a photograph of that size are followed through a view that begins at `from_s`.
fn followed(view: &View, from_s: f64, size: (f32, f32), truths: &[DetectionTruth], sightings: &[Sighting]) -> Counts {
    let shares: Vec<f64> = (1..=MOMENTS).map(|moment| moment as f64 / (MOMENTS + 1) as f64).collect();
    let things = truths.iter().map(|truth| {
        let sight = |share: &f64| {
            let sight = view.sight(truth.bounds, size, *share as f32)?;
            Some(if truth.is_crowd { sight.of_crowd() } else { sight })
        };
        Thing { label: truth.label.clone(), sights: shares.iter().map(sight).collect() }
    });
    let times: Vec<i64> = shares.iter().map(|share| ((from_s + share * VIEW_S) * 1e6) as i64).collect();
    Counts::of(&times, &things.collect::<Vec<_>>(), sightings)
}

fn figures(report: &Report, on: &str, followed: &[Counts]) -> anyhow::Result<()> {
    let share = |figure: &str, unit: &str, of: &dyn Fn(&Counts) -> (usize, usize)| {
        let pairs = followed.iter().map(of).filter(|(_, all)| *all > 0);
        let pairs: Vec<(f64, f64)> = pairs.map(|(right, all)| (right as f64, all as f64)).collect();
        report.statistic(figure, unit, on, &pairs, ratio)
    };
    share("track_recall", "share", &|counts| (counts.right, counts.right + counts.missed))?;
    share("track_precision", "share", &|counts| (counts.right, counts.right + counts.invented))?;
    share("track_idf1", "IDF1", &|counts| {
        (2 * counts.by_identity, 2 * counts.right + counts.missed + counts.invented)
    })?;
    share("track_count_right", "share", &|counts| (counts.counted_right, counts.counted))
}
