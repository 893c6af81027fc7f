//! The formats, and the one way to write them.

use super::clip::Cut;
use super::error::ExportError;
use super::moment::ResultSet;
use super::{MAX_EXPORT_MOMENTS, csv, edl, fcpxml, iiif, json, json_ld, otio, text, web_vtt};

/// A file format for result sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExportFormat {
    /// A table by RFC 4180, for spreadsheets.
    Csv,
    /// Everything, as `docs/exports.md` describes.
    Json,
    /// Captions, which players show along the film (<https://www.w3.org/TR/webvtt1/>).
    WebVtt,
    /// A CMX 3600 edit list, which nearly every editing program reads.
    Edl,
    /// OpenTimelineIO (<https://opentimelineio.readthedocs.io/>).
    Otio,
    /// Final Cut Pro XML 1.10.
    Fcpxml,
    /// A page of annotations by the IIIF Presentation API 3.0 (<https://iiif.io/api/presentation/3.0/>).
    Iiif,
    /// schema.org markup for search engines (<https://schema.org/Clip>).
    JsonLd,
}

impl ExportFormat {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Csv, Self::Json, Self::WebVtt, Self::Edl, Self::Otio, Self::Fcpxml, Self::Iiif, Self::JsonLd];

    /// The ending of file names.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::WebVtt => "vtt",
            Self::Edl => "edl",
            Self::Otio => "otio",
            Self::Fcpxml => "fcpxml",
            Self::Iiif => "iiif.json",
            Self::JsonLd => "jsonld",
        }
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::WebVtt => "text/vtt; charset=utf-8",
            // Neither has a registered type of its own; these are what mail and web clients hand on unchanged.
            Self::Edl => "text/plain; charset=us-ascii",
            Self::Otio => "application/vnd.pixar.opentimelineio+json",
            Self::Fcpxml => "application/xml",
            Self::Iiif => "application/ld+json;profile=\"http://iiif.io/api/presentation/3/context.json\"",
            Self::JsonLd => "application/ld+json",
        }
    }

    /// The format with that ending.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }
}

/// The whole file, UTF-8.
///
/// # Errors
/// [`ExportError::TooManyMoments`]; for edit lists [`ExportError::TooManyEvents`] and [`ExportError::TooLong`].
pub fn write(set: &ResultSet, format: ExportFormat) -> Result<String, ExportError> {
    let count = set.moments.len();
    if count > MAX_EXPORT_MOMENTS {
        return Err(ExportError::TooManyMoments { count });
    }
    let cut = Cut::of(set);
    match format {
        ExportFormat::Csv => Ok(csv::write(&cut)),
        ExportFormat::Json => as_json(&json::document(&cut), format),
        ExportFormat::WebVtt => Ok(web_vtt::write(&cut)),
        ExportFormat::Edl => edl::write(&cut),
        ExportFormat::Otio => as_json(&otio::timeline(&cut), format),
        ExportFormat::Fcpxml => Ok(fcpxml::write(&cut)),
        ExportFormat::Iiif => as_json(&iiif::page(&cut), format),
        // Such markup stands inside a page, where a `</script>` in a title would end it.
        ExportFormat::JsonLd => Ok(as_json(&json_ld::list(&cut), format)?.replace('<', "\\u003c")),
    }
}

fn as_json(document: &impl serde::Serialize, format: ExportFormat) -> Result<String, ExportError> {
    let written = serde_json::to_string_pretty(document);
    let mut text =
        written.map_err(|source| ExportError::Write { format: format.extension(), source: source.into() })?;
    text.push('\n');
    Ok(text)
}

/// What to call the file: the title's letters and digits, and the ending.
pub fn file_name(title: &str, format: ExportFormat) -> String {
    let stem = text::slug(title);
    format!("{}.{}", if stem.is_empty() { "moments" } else { &stem }, format.extension())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_ending() {
        for format in ExportFormat::ALL {
            assert_eq!(ExportFormat::from_extension(format.extension()), Some(format));
        }
        assert_eq!(ExportFormat::from_extension("exe"), None);
    }

    #[test]
    fn file_names_are_harmless_wherever_they_are_kept() {
        assert_eq!(file_name("“Red car”: at night?", ExportFormat::Edl), "red-car-at-night.edl");
        assert_eq!(file_name("../../etc/passwd\0", ExportFormat::Csv), "etc-passwd.csv");
        assert_eq!(file_name("東京 タワー", ExportFormat::Iiif), "東京-タワー.iiif.json");
        assert_eq!(file_name("…", ExportFormat::JsonLd), "moments.jsonld");
    }
}
