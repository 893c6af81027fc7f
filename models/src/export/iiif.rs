//! A page of annotations (IIIF Presentation API 3.0, section 5.5, and W3C Web Annotation): one a moment, whose target is the
//! stretch of the film as a media fragment (`#t=`), to the microsecond.

use serde::Serialize;

use super::clip::{Clip, Cut};
use super::moment::ExportedMoment;
use crate::time::MediaTime;

const CONTEXT: &str = "http://iiif.io/api/presentation/3/context.json";

#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    #[serde(rename = "@context")]
    context: &'static str,
    id: &'a str,
    r#type: &'static str,
    label: LanguageMap<'a>,
    items: Vec<Annotation<'a>>,
}

/// Words without a stated language stand under `none`.
#[derive(Debug, Serialize)]
struct LanguageMap<'a> {
    none: [&'a str; 1],
}

#[derive(Debug, Serialize)]
struct Annotation<'a> {
    id: String,
    r#type: &'static str,
    motivation: &'static str,
    label: LanguageMap<'a>,
    body: Vec<Body<'a>>,
    target: String,
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    r#type: &'static str,
    purpose: &'static str,
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    value: &'a str,
}

pub(super) fn page<'a>(cut: &Cut<'a>) -> Page<'a> {
    let items = cut.clips.iter().enumerate().map(|(index, clip)| annotation(&cut.set.url, index + 1, clip));
    Page {
        context: CONTEXT,
        id: &cut.set.url,
        r#type: "AnnotationPage",
        label: LanguageMap { none: [&cut.set.title] },
        items: items.collect(),
    }
}

fn annotation<'a>(page_url: &str, rank: usize, clip: &Clip<'a>) -> Annotation<'a> {
    let moment = clip.moment;
    Annotation {
        id: format!("{page_url}#{rank}"),
        r#type: "Annotation",
        // Moments are remarks about a film; "supplementing" is for what comes out of it, such as a transcript.
        motivation: "commenting",
        label: LanguageMap { none: [&moment.title] },
        body: bodies(moment),
        target: fragment(moment),
    }
}

/// Every text that is a reason, and every concept as a tag; the title where there is neither.
fn bodies(moment: &ExportedMoment) -> Vec<Body<'_>> {
    let body =
        |purpose, language, value| Body { r#type: "TextualBody", purpose, format: "text/plain", language, value };
    let spoken = |channel: &str| moment.language.as_deref().filter(|_| channel == "SPEECH");
    let mut bodies: Vec<Body<'_>> = Vec::new();
    for line in &moment.evidence {
        bodies.extend(line.text.as_deref().map(|text| body("commenting", spoken(&line.channel), text)));
    }
    bodies.extend(moment.concepts.iter().map(|concept| body("tagging", None, concept.as_str())));
    if bodies.is_empty() {
        bodies.push(body("commenting", None, &moment.title));
    }
    bodies
}

/// The film's address with the stretch in normal play time (W3C Media Fragments URI 1.0, section 4.2.1).
pub(super) fn fragment(moment: &ExportedMoment) -> String {
    let (start, end) = (seconds(moment.span.start()), seconds(moment.span.end()));
    format!("{}#t={start},{end}", moment.asset.media_url)
}

/// Seconds with as many decimals as there are, at most six.
fn seconds(at: MediaTime) -> String {
    let micros = at.as_micros().max(0);
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        for (micros, text) in
            [(0, "0"), (1, "0.000001"), (10_000_000, "10"), (12_340_000, "12.34"), (61_234_567, "61.234567")]
        {
            assert_eq!(seconds(MediaTime::from_micros(micros)), text);
        }
    }
}
