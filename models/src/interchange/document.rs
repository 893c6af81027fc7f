//! The JSON document, as it is written and read.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::observation::{Finding, Modality};
use crate::time::{MediaTime, Span};

/// What `format` says.
pub const FORMAT: &str = "reelgraph-analysis";
/// The version that is written, and the only one that is read.
pub const VERSION: u32 = 1;

/// All that was seen in one asset, by run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The system that it comes from: 1 to 64 letters, digits, dots, hyphens and underscores.
    pub source: String,
    /// Of what; for people, never relied upon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<DocumentAsset>,
    /// What was seen, by whom.
    pub runs: Vec<DocumentRun>,
}

/// What the document is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentAsset {
    /// Title for people.
    #[serde(default)]
    pub title: Option<String>,
    /// SHA-256 of the file, in hexadecimal digits.
    #[serde(default)]
    pub content_sha256: Option<String>,
    /// Length in microseconds.
    #[serde(default)]
    pub duration: Option<MediaTime>,
}

/// What one model saw through one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentRun {
    /// Which channel.
    pub modality: Modality,
    /// Name of the model; a channel has each once.
    pub model: String,
    /// Version of the model.
    pub version: String,
    /// Parameters that change the outcome.
    #[serde(default)]
    pub parameters: String,
    /// Whether a person supplied it rather than a machine: captions. It then outranks what machines heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_supplied: bool,
    /// What; in any order. None where it looked and saw nothing.
    pub observations: Vec<DocumentObservation>,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentObservation {
    /// When, in microseconds from the first picture or sample.
    pub span: Span,
    /// Raw score, `0..=1`; 1 where it is left out.
    #[serde(default = "certain")]
    pub confidence: f32,
    /// What.
    #[serde(deserialize_with = "only_known")]
    pub finding: Finding,
}

/// A finding in which nothing is left over: serde refuses no field of what is told apart by one.
fn only_known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Finding, D::Error> {
    let written = Value::deserialize(deserializer)?;
    let finding = Finding::deserialize(&written).map_err(D::Error::custom)?;
    let read = serde_json::to_value(&finding).map_err(D::Error::custom)?;
    match left_over(&written, &read) {
        Some(field) => Err(D::Error::custom(format!("unknown field `{field:.40}`"))),
        None => Ok(finding),
    }
}

/// A field that was written and not read.
fn left_over<'a>(written: &'a Value, read: &Value) -> Option<&'a str> {
    match (written, read) {
        (Value::Object(written), Value::Object(read)) => {
            written.iter().find_map(|(field, value)| match read.get(field) {
                Some(read) => left_over(value, read),
                None => Some(field.as_str()),
            })
        }
        (Value::Array(written), Value::Array(read)) => {
            written.iter().zip(read).find_map(|(written, read)| left_over(written, read))
        }
        _ => None,
    }
}

const fn certain() -> f32 {
    1.0
}
