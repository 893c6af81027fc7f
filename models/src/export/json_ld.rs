//! schema.org markup: a list of films, each with its moments as clips, in the form that search engines read for key moments
//! (<https://developers.google.com/search/docs/appearance/structured-data/video>).

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::clip::Cut;
use super::iiif::fragment;
use super::moment::{ExportedAsset, ExportedMoment};
use crate::time::MediaTime;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    #[serde(rename = "@type")]
    kind: &'static str,
    #[serde(rename = "@id")]
    id: &'a str,
    name: &'a str,
    number_of_items: usize,
    item_list_element: Vec<Entry<'a>>,
}

#[derive(Debug, Serialize)]
struct Entry<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    position: usize,
    item: Film<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Film<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    identifier: &'a str,
    name: &'a str,
    content_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_date: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<String>,
    has_part: Vec<Clip<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Clip<'a> {
    #[serde(rename = "@type")]
    kind: &'static str,
    identifier: &'a str,
    name: &'a str,
    start_offset: f64,
    end_offset: f64,
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_language: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    keywords: &'a [String],
}

pub(super) fn list<'a>(cut: &Cut<'a>) -> List<'a> {
    let mut films: Vec<(&'a ExportedAsset, Vec<Clip<'a>>)> = Vec::new();
    for moment in &cut.set.moments {
        match films.iter_mut().find(|(asset, _)| asset.id == moment.asset.id) {
            Some((_, clips)) => clips.push(part(moment)),
            None => films.push((&moment.asset, vec![part(moment)])),
        }
    }
    let number_of_items = films.len();
    let entries = films.into_iter().enumerate().map(|(index, (asset, clips))| Entry {
        kind: "ListItem",
        position: index + 1,
        item: film(asset, clips),
    });
    List {
        context: "https://schema.org",
        kind: "ItemList",
        id: &cut.set.url,
        name: &cut.set.title,
        number_of_items,
        item_list_element: entries.collect(),
    }
}

fn film<'a>(asset: &'a ExportedAsset, has_part: Vec<Clip<'a>>) -> Film<'a> {
    Film {
        kind: if asset.video.is_some() { "VideoObject" } else { "AudioObject" },
        identifier: &asset.id,
        name: &asset.title,
        content_url: &asset.media_url,
        thumbnail_url: asset.thumbnail_url.as_deref(),
        upload_date: asset.created_at,
        duration: asset.duration.map(duration),
        has_part,
    }
}

fn part(moment: &ExportedMoment) -> Clip<'_> {
    let texts: Vec<&str> = moment.evidence.iter().filter_map(|line| line.text.as_deref()).collect();
    Clip {
        kind: "Clip",
        identifier: &moment.id,
        name: &moment.title,
        start_offset: moment.span.start().as_seconds_f64(),
        end_offset: moment.span.end().as_seconds_f64(),
        url: fragment(moment),
        description: texts.join("\n"),
        in_language: moment.language.as_deref(),
        keywords: &moment.concepts,
    }
}

/// ISO 8601, such as `PT1H2M3.5S`.
fn duration(length: MediaTime) -> String {
    let micros = length.as_micros().max(0);
    let (hours, minutes) = (micros / 3_600_000_000, micros / 60_000_000 % 60);
    let seconds = format!("{}.{:06}", micros / 1_000_000 % 60, micros % 1_000_000);
    let seconds = seconds.trim_end_matches('0').trim_end_matches('.');
    let hours = if hours > 0 { format!("{hours}H") } else { String::new() };
    format!("PT{hours}{minutes}M{seconds}S")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_iso_8601() {
        for (micros, text) in [(0, "PT0M0S"), (52_208_333, "PT0M52.208333S"), (3_723_500_000, "PT1H2M3.5S")] {
            assert_eq!(duration(MediaTime::from_micros(micros)), text);
        }
    }
}
