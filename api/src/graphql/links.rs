//! The URLs in answers, and the paths that the HTTP side serves them under.

use reelgraph_models::captions::CaptionFormat;
use reelgraph_models::export::ExportFormat;
use reelgraph_models::id::{AssetId, ObservationId};
use reelgraph_models::time::{MediaTime, Span};
use url::Url;

use super::node_id::GlobalId;

/// Makes URLs below the address under which people reach the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Links<'a> {
    base: &'a Url,
}

impl<'a> Links<'a> {
    pub(crate) fn new(base: &'a Url) -> Self {
        Self { base }
    }

    /// The original file, with byte ranges.
    pub(crate) fn original(self, asset: AssetId) -> String {
        self.asset(asset, "original")
    }

    /// The small still picture of an asset.
    pub(crate) fn thumbnail(self, asset: AssetId) -> String {
        self.asset(asset, "thumbnail.jpg")
    }

    /// Which small picture belongs where.
    pub(crate) fn storyboard(self, asset: AssetId) -> String {
        self.asset(asset, "storyboard.vtt")
    }

    /// The still picture at an instant.
    pub(crate) fn still(self, asset: AssetId, at: MediaTime) -> String {
        self.asset(asset, &format!("stills/{}.jpg", at.as_micros()))
    }

    /// What shows an object or a face best.
    pub(crate) fn crop(self, asset: AssetId, seen: ObservationId) -> String {
        self.asset(asset, &format!("crops/{}.jpg", GlobalId::from(seen)))
    }

    /// Captions of what is said.
    pub(crate) fn captions(self, asset: AssetId, format: CaptionFormat) -> String {
        self.asset(asset, &format!("captions.{}", format.extension()))
    }

    /// The original, which players begin and end at a stretch of it: a media fragment in normal play time
    /// (W3C Media Fragments URI 1.0, section 4.2.1). Rounded outward to the millisecond, so that nothing is cut off.
    pub(crate) fn play(self, asset: AssetId, span: Span) -> String {
        let start_ms = span.start().as_millis().max(0);
        let end_ms = (span.end() + MediaTime::from_micros(999)).as_millis();
        format!("{}#t={},{}", self.original(asset), seconds(start_ms), seconds(end_ms))
    }

    /// The hits of a search as a file, with what stands behind the question mark.
    pub(crate) fn export(self, format: ExportFormat, parameters: &[(&str, &str)]) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        format!("{}/v1/search/export.{}?{query}", self.root(), format.extension())
    }

    fn asset(self, asset: AssetId, rest: &str) -> String {
        format!("{}/v1/assets/{}/{rest}", self.root(), GlobalId::from(asset))
    }

    fn root(self) -> &'a str {
        self.base.as_str().trim_end_matches('/')
    }
}

fn seconds(millis: i64) -> String {
    match millis % 1_000 {
        0 => (millis / 1_000).to_string(),
        rest => format!("{}.{rest:03}", millis / 1_000),
    }
}

/// Silence and picture around a moment, so that a player does not cut into it.
const PLAYABLE_PAD: MediaTime = MediaTime::from_millis(500);

/// The stretch to play for a moment: padded, inside the asset where its length is known.
pub(crate) fn playable(span: Span, duration: Option<MediaTime>) -> Span {
    let limit = duration.filter(|duration| *duration > span.start()).unwrap_or(span.end() + PLAYABLE_PAD);
    span.padded(PLAYABLE_PAD, limit.max(span.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span::at_least_one_micro(MediaTime::from_micros(start), MediaTime::from_micros(end))
    }

    #[test]
    fn a_play_url_covers_the_span() -> Result<(), url::ParseError> {
        let base = Url::parse("http://127.0.0.1:8080/")?;
        let asset = AssetId::from_uuid(uuid::Uuid::from_u128(1));
        let url = Links::new(&base).play(asset, span(1_234_567, 2_000_001));
        assert!(
            url.starts_with("http://127.0.0.1:8080/v1/assets/") && url.ends_with("/original#t=1.234,2.001"),
            "{url}"
        );
        Ok(())
    }

    #[test]
    fn a_playable_span_stays_inside_the_asset_and_around_the_moment() {
        let long = Some(MediaTime::from_millis(60_000));
        assert_eq!(playable(span(2_000_000, 3_000_000), long), span(1_500_000, 3_500_000));
        assert_eq!(playable(span(100_000, 60_000_000), long), span(0, 60_000_000));
        assert_eq!(playable(span(0, 1), None), span(0, 500_001));
        // A header that states too short a length does not cut the moment.
        assert_eq!(playable(span(5, 1_000_000), Some(MediaTime::from_micros(10))), span(0, 1_000_000));
    }
}
