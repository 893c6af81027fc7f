//! Fields that are properties rather than words: `object:person>=3`, `lang:en`, `asset.duration>60`.

use std::ops::Bound;

use chrono::NaiveDate;
use reelgraph_models::global_id::GlobalId;
use reelgraph_models::id::AssetId;
use reelgraph_models::language::is_code;
use reelgraph_models::metadata::Metadata;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::review::ReviewState;
use reelgraph_models::rights::Territory;
use reelgraph_models::time::Span;

use super::problem::Problem;
use super::value::{Comparison, Written, bounds, bytes, date, number, time};
use crate::analysis::{fold_label, tokenize};
use crate::query::condition::{Condition, FlagField, KeywordField, NumberField};
use crate::query::expr::Field;
use crate::query::filter::Between;
use crate::query::{FileProperty, ValueRange, is_licence_day};

/// Every property, as it is written.
pub(super) const PROPERTIES: [&str; 21] = [
    "object",
    "lang",
    "kind",
    "at",
    "asset.id",
    "asset.title",
    "asset.duration",
    "asset.created",
    "asset.width",
    "asset.height",
    "asset.container",
    "asset.audio",
    "asset.video",
    "asset.captions",
    "asset.review",
    "asset.licensed",
    "asset.size",
    "asset.fps",
    "asset.codec",
    "asset.channels",
    "asset.hdr",
];

/// What stands before the name of a field that people gave an asset.
pub(super) const OWN_FIELDS: &str = "asset.meta.";

/// A name in front of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    /// What follows the name: the value, or the sign of a comparison and the value.
    pub(super) value: &'a str,
    pub(super) has_colon: bool,
}

/// How the name of a channel or a property is written here, whatever the case of its letters.
fn known(name: &str) -> Option<&'static str> {
    let channels = Field::ALL.into_iter().map(Field::name);
    channels.chain(PROPERTIES).find(|known| known.eq_ignore_ascii_case(name))
}

/// The name and the value of a chunk; `None` where it is only a word.
pub(super) fn named(chunk: &str) -> Option<Named<'_>> {
    let length = chunk.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'))?;
    let (name, rest) = (chunk.get(..length)?, chunk.get(length..)?);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let name = known(name).unwrap_or(name);
    match rest.strip_prefix(':') {
        // An address such as https://… is no field.
        Some(value) if value.starts_with('/') => None,
        Some(value) => Some(Named { name, value, has_colon: true }),
        None => {
            let is_property = PROPERTIES.contains(&name) || name.starts_with("asset.");
            let is_compared = is_property && Comparison::strip(rest).is_some();
            is_compared.then_some(Named { name, value: rest, has_colon: false })
        }
    }
}

/// The condition that a property with a value is; the value is not empty.
pub(super) fn condition(named: Named<'_>) -> Result<Condition, Problem> {
    let Named { name, value, has_colon } = named;
    let bad = |example: &'static str| Problem::BadValue {
        field: name.to_owned(),
        value: value.chars().take(40).collect(),
        example,
    };
    let comparable = matches!(
        name,
        "object"
            | "asset.duration"
            | "asset.created"
            | "asset.width"
            | "asset.height"
            | "asset.size"
            | "asset.fps"
            | "asset.channels"
    );
    if !has_colon && !comparable && PROPERTIES.contains(&name) {
        return Err(Problem::NotComparable { field: name.to_owned() });
    }
    let exactly = |value: i64| Between { min: Some(value), max: Some(value) };
    let pixels = |text: &str| number(text).map(exactly);
    let length = |text: &str| time(text).map(|time| exactly(time.as_micros()));
    Ok(match name {
        "object" => objects(value).ok_or_else(|| bad("object:person>=3"))?,
        "lang" => Condition::Keyword(KeywordField::Spoken, languages(value).ok_or_else(|| bad("lang:en"))?),
        "asset.captions" => {
            Condition::Keyword(KeywordField::Captions, languages(value).ok_or_else(|| bad("asset.captions:en"))?)
        }
        "asset.review" => {
            let states: Option<Vec<_>> =
                value.split('|').map(|name| ReviewState::from_name(&name.to_lowercase())).collect();
            Condition::review(&states.ok_or_else(|| bad("asset.review:approved (or pending, restricted, rejected)"))?)
        }
        "asset.licensed" => licensed(value).ok_or_else(|| bad("asset.licensed:DE or asset.licensed:DE@2026-12-24"))?,
        "kind" => {
            let kinds: Option<Vec<_>> =
                value.split('|').map(|name| MomentKind::from_name(&name.to_lowercase())).collect();
            Condition::Kinds(kinds.ok_or_else(|| bad("kind:shot"))?)
        }
        "at" => {
            let span = value.split_once("..").and_then(|(from, to)| Span::new(time(from)?, time(to)?).ok());
            Condition::Within(span.ok_or_else(|| bad("at:1:00..2:30"))?)
        }
        "asset.id" => {
            let public = GlobalId::parse(value).and_then(|id| AssetId::try_from(id).ok());
            let id = public.or_else(|| value.parse().ok().map(AssetId::from_uuid));
            Condition::Assets(vec![id.ok_or_else(|| bad("asset.id:0199c3f5-0000-7000-8000-000000000000"))?])
        }
        "asset.title" => {
            let words: Vec<String> = tokenize(value).into_iter().map(|token| token.exact).collect();
            if words.is_empty() {
                return Err(bad("asset.title:sintel"));
            }
            Condition::TitleWords(words)
        }
        "asset.duration" => number_of(NumberField::Duration, bounds(value, length), || bad("asset.duration>=1:30"))?,
        "asset.created" => number_of(NumberField::Created, bounds(value, date), || bad("asset.created>=2026-01-31"))?,
        "asset.width" => number_of(NumberField::Width, bounds(value, pixels), || bad("asset.width>=1920"))?,
        "asset.height" => number_of(NumberField::Height, bounds(value, pixels), || bad("asset.height>=1080"))?,
        "asset.size" => {
            let exactly = |text: &str| bytes(text).map(|bytes| [bytes.to_string(), bytes.to_string()]);
            file_number(FileProperty::Size, value, exactly).ok_or_else(|| bad("asset.size>=100MB"))?
        }
        "asset.fps" => file_number(FileProperty::FrameRate, value, frame_rate)
            .ok_or_else(|| bad("asset.fps:25 or asset.fps>=50"))?,
        "asset.channels" => {
            let exactly = |text: &str| number(text).map(|count| [count.to_string(), count.to_string()]);
            file_number(FileProperty::Channels, value, exactly).ok_or_else(|| bad("asset.channels>=6"))?
        }
        "asset.codec" => Condition::metadata(FileProperty::Codec.name(), Some(&codecs(value))),
        "asset.hdr" => {
            let is_high = yes_or_no(value).ok_or_else(|| bad("asset.hdr:yes"))?;
            let value = if is_high { "yes" } else { "no" };
            Condition::metadata(FileProperty::Hdr.name(), Some(&[value.to_owned()]))
        }
        "asset.container" => {
            Condition::Keyword(KeywordField::Container, value.split('|').map(str::to_lowercase).collect())
        }
        "asset.audio" => Condition::Flag(FlagField::HasAudio, yes_or_no(value).ok_or_else(|| bad("asset.audio:yes"))?),
        "asset.video" => Condition::Flag(FlagField::HasVideo, yes_or_no(value).ok_or_else(|| bad("asset.video:yes"))?),
        _ if name.strip_prefix(OWN_FIELDS).is_some_and(Metadata::is_name) => {
            own_field(name.strip_prefix(OWN_FIELDS).unwrap_or_default(), value)
                .ok_or_else(|| bad("asset.meta.NAME:value, asset.meta.NAME>=5, asset.meta.NAME:2020..2024"))?
        }
        _ => return Err(Problem::UnknownField { name: name.chars().take(40).collect() }),
    })
}

/// `value`, `one|other`, `*`, `>5`, `2020..2024`, `2020-05..`: a field that people gave an asset.
fn own_field(name: &str, value: &str) -> Option<Condition> {
    let (min, max) = match Written::of(value) {
        Written::One(value) => return own_values(name, value),
        Written::Range(min, max) => (min, max),
    };
    // Two points between what cannot be compared are part of a text.
    let is_compared = |end| match end {
        Bound::Included(text) | Bound::Excluded(text) => {
            ValueRange::read(Bound::Included(text), Bound::Unbounded).is_some()
        }
        Bound::Unbounded => false,
    };
    if Comparison::strip(value).is_none() && !is_compared(min) && !is_compared(max) {
        return own_values(name, value);
    }
    ValueRange::read(min, max).map(|range| Condition::MetadataRange { name: name.to_owned(), range: Box::new(range) })
}

/// A property of the file that is a number; `read` makes one of what people write, with the bounds of what is equal to it.
fn file_number(property: FileProperty, value: &str, read: impl Fn(&str) -> Option<[String; 2]>) -> Option<Condition> {
    let [min, max] = match Written::of(value) {
        Written::One(value) => read(value)?.map(Bound::Included),
        Written::Range(min, max) => {
            let read = |bound: Bound<&str>, end: usize| {
                let number = |text| read(text)?.into_iter().nth(end);
                Some(match bound {
                    Bound::Included(text) => Bound::Included(number(text)?),
                    Bound::Excluded(text) => Bound::Excluded(number(text)?),
                    Bound::Unbounded => Bound::Unbounded,
                })
            };
            // Above a number is above all that is equal to it; from it on, from the first of them.
            let first = |bound| if matches!(bound, Bound::Included(_)) { 0 } else { 1 };
            [read(min, first(min))?, read(max, 1 - first(max))?]
        }
    };
    let (min, max) = (min.as_ref().map(String::as_str), max.as_ref().map(String::as_str));
    let range = Box::new(ValueRange::read(min, max)?);
    Some(Condition::MetadataRange { name: property.name().to_owned(), range })
}

/// A frame rate and what is as good as equal to it: 23.98 is 23.976.
fn frame_rate(text: &str) -> Option<[String; 2]> {
    let rate: f64 = text.parse().ok().filter(|rate| (0.0..=1e6).contains(rate))?;
    Some([rate - 0.005, rate + 0.005].map(|rate| format!("{:.3}", rate.max(0.0))))
}

/// `h264`, `avc|hevc`: codecs, also by other names that people have for them.
fn codecs(text: &str) -> Vec<String> {
    let known = |name: &str| match name.to_lowercase().as_str() {
        "avc" | "h.264" | "x264" => "h264".to_owned(),
        "h265" | "h.265" | "x265" => "hevc".to_owned(),
        name => name.to_owned(),
    };
    text.split('|').map(known).collect()
}

/// Any of the values between bars, or any at all.
fn own_values(name: &str, value: &str) -> Option<Condition> {
    let values: Vec<String> = value.split('|').map(str::to_owned).collect();
    (!value.is_empty()).then(|| Condition::metadata(name, (value != "*").then_some(values.as_slice())))
}

/// `DE`, `DE@2026-12-24`: where an asset may be used, today or on another day.
fn licensed(value: &str) -> Option<Condition> {
    let (territory, day) = value.split_once('@').map_or((value, None), |(territory, day)| (territory, Some(day)));
    let on: Option<NaiveDate> = day.map(str::parse).transpose().ok()?;
    on.is_none_or(is_licence_day).then_some(())?;
    Some(Condition::Licensed { territory: Territory::new(territory)?, on })
}

fn number_of(
    field: NumberField,
    bounds: Option<Between<i64>>,
    bad: impl FnOnce() -> Problem,
) -> Result<Condition, Problem> {
    bounds.map(|bounds| Condition::Number(field, bounds)).ok_or_else(bad)
}

/// ISO 639-1 or -3 codes.
fn languages(text: &str) -> Option<Vec<String>> {
    let codes: Vec<String> = text.split('|').map(str::to_lowercase).collect();
    codes.iter().all(|code| is_code(code)).then_some(codes)
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

/// `person`, `person>=3`, `person=2`, `traffic light<4`.
fn objects(text: &str) -> Option<Condition> {
    let sign = text.find(['>', '<', '=']).unwrap_or(text.len());
    let label = fold_label(text.get(..sign)?);
    if label.is_empty() {
        return None;
    }
    let count = match text.get(sign..)? {
        "" => Between { min: Some(1), max: None },
        compared => {
            let exactly = |text: &str| number(text).map(|value| Between { min: Some(value), max: Some(value) });
            let bounds = bounds(compared, exactly)?;
            if bounds.max.is_some_and(|max| max < 0) {
                return None;
            }
            let Between { min, max } = bounds.map(|value| u32::try_from(value).unwrap_or(u32::MAX));
            // Who asks for fewer than three does not mean none, unless they say so.
            Between { min: min.or(max.map(|max| max.min(1))), max }
        }
    };
    Some(Condition::Objects { label, count })
}
