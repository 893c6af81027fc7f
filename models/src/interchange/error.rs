//! Why something cannot be imported, and where the trouble is.

use crate::captions::CaptionError;

/// Why a document or captions cannot be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// More bytes than are read.
    #[error("it has more than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// Not JSON, or not of the document's shape.
    #[error("{path}: {why}")]
    Shape {
        /// Where in the document, such as `runs[0].observations[3].span`.
        path: String,
        /// What was expected there, and on which line of the text.
        why: String,
    },
    /// A value breaks a rule.
    #[error("{path}: {why}")]
    Value {
        /// Where in the document, such as `runs[0].observations[3].span`.
        path: String,
        /// Which rule.
        why: String,
    },
    /// The captions do not read.
    #[error("line {line}: {why}")]
    Captions {
        /// Line of the file, from 1.
        line: usize,
        /// What was expected there.
        why: String,
    },
}

impl From<CaptionError> for ImportError {
    fn from(CaptionError { line, why }: CaptionError) -> Self {
        Self::Captions { line, why }
    }
}

impl ImportError {
    /// A stable name for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "import_too_large",
            Self::Shape { .. } => "import_malformed",
            Self::Value { .. } => "import_invalid",
            Self::Captions { .. } => "captions_malformed",
        }
    }

    /// Where in the document, where it is about a place in one.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Shape { path, .. } | Self::Value { path, .. } => Some(path),
            Self::TooLarge { .. } | Self::Captions { .. } => None,
        }
    }

    pub(super) fn value(path: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Value { path: path.into(), why: why.into() }
    }
}
