//! Fields that are properties rather than words: `object:person>=3`, `lang:en`, `asset.duration>60`.

use std::ops::Bound;

use reelgraph_models::global_id::GlobalId;
use reelgraph_models::id::AssetId;
use reelgraph_models::language::is_code;
use reelgraph_models::metadata::Metadata;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::time::Span;

use super::problem::Problem;
use super::value::{Comparison, bounds, date, number, time};
use crate::analysis::{fold_label, tokenize};
use crate::query::ValueRange;
use crate::query::condition::{Condition, FlagField, KeywordField, NumberField};
use crate::query::expr::Field;
use crate::query::filter::Between;

/// Every property, as it is written.
pub(super) const PROPERTIES: [&str; 14] = [
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
    let comparable = matches!(name, "object" | "asset.duration" | "asset.created" | "asset.width" | "asset.height");
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
        "asset.container" => Condition::Keyword(KeywordField::Container, vec![value.to_owned()]),
        "asset.audio" => Condition::Flag(FlagField::HasAudio, yes_or_no(value).ok_or_else(|| bad("asset.audio:yes"))?),
        "asset.video" => Condition::Flag(FlagField::HasVideo, yes_or_no(value).ok_or_else(|| bad("asset.video:yes"))?),
        _ if name.strip_prefix(OWN_FIELDS).is_some_and(Metadata::is_name) => {
            own_field(name.strip_prefix(OWN_FIELDS).unwrap_or_default(), value)
                .ok_or_else(|| bad("asset.meta.NAME:value, asset.meta.NAME>=5, asset.meta.NAME:2020..2024"))?
        }
        _ => return Err(Problem::UnknownField { name: name.chars().take(40).collect() }),
    })
}

/// `value`, `one|other`, `*`, `>5`, `2020..2024`, `2020-05..`: a field that people gave assets.
fn own_field(name: &str, value: &str) -> Option<Condition> {
    let (min, max) = match Comparison::strip(value) {
        Some((Comparison::AtLeast, value)) => (Bound::Included(value), Bound::Unbounded),
        Some((Comparison::AtMost, value)) => (Bound::Unbounded, Bound::Included(value)),
        Some((Comparison::More, value)) => (Bound::Excluded(value), Bound::Unbounded),
        Some((Comparison::Less, value)) => (Bound::Unbounded, Bound::Excluded(value)),
        Some((Comparison::Equal, value)) => return own_values(name, value),
        None => {
            let Some((from, to)) = value.split_once("..") else { return own_values(name, value) };
            let end = |text| match text {
                "" => Bound::Unbounded,
                text => Bound::Included(text),
            };
            // Two points between what cannot be compared are part of a text.
            let is_compared = |text| ValueRange::read(Bound::Included(text), Bound::Unbounded).is_some();
            if !is_compared(from) && !is_compared(to) {
                return own_values(name, value);
            }
            (end(from), end(to))
        }
    };
    ValueRange::read(min, max).map(|range| Condition::MetadataRange { name: name.to_owned(), range: Box::new(range) })
}

/// Any of the values between bars, or any at all.
fn own_values(name: &str, value: &str) -> Option<Condition> {
    let values: Vec<String> = value.split('|').map(str::to_owned).collect();
    (!value.is_empty()).then(|| Condition::metadata(name, (value != "*").then_some(values.as_slice())))
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
