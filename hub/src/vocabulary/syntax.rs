//! The formats that a vocabulary may be written in.

use std::error::Error;
use std::path::Path;

use oxrdf::Triple;
use oxrdfxml::RdfXmlParser;
use oxttl::{NTriplesParser, TurtleParser};

use super::error::VocabularyError;
use super::{depth, entities};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Turtle,
    NTriples,
    RdfXml,
}

impl Syntax {
    /// By what the name of the file ends in.
    pub(super) fn of(path: &Path) -> Result<Self, VocabularyError> {
        let extension = path.extension().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
        match extension.as_str() {
            "ttl" => Ok(Self::Turtle),
            "nt" => Ok(Self::NTriples),
            "rdf" | "xml" => Ok(Self::RdfXml),
            _ => Err(VocabularyError::UnknownFormat { found: extension }),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Turtle => "Turtle",
            Self::NTriples => "N-Triples",
            Self::RdfXml => "RDF/XML",
        }
    }

    /// Hands on one statement after the other, until one is refused or cannot be read.
    pub(super) fn read(
        self,
        text: &[u8],
        take: &mut dyn FnMut(Triple) -> Result<(), VocabularyError>,
    ) -> Result<(), VocabularyError> {
        match self {
            Self::Turtle => {
                depth::check(text)?;
                for triple in TurtleParser::new().for_slice(text) {
                    take(triple.map_err(|error| self.wrong(error.location().start.line + 1, error))?)?;
                }
            }
            Self::NTriples => {
                for triple in NTriplesParser::new().for_slice(text) {
                    take(triple.map_err(|error| self.wrong(error.location().start.line + 1, error))?)?;
                }
            }
            Self::RdfXml => {
                if let Some(limit_mib) = entities::too_large(text) {
                    return Err(VocabularyError::Entities { limit_mib });
                }
                let mut parser = RdfXmlParser::new().for_slice(text);
                while let Some(triple) = parser.next() {
                    // The parser tells only how far it has read.
                    let line = || {
                        let read = usize::try_from(parser.buffer_position()).unwrap_or(usize::MAX).min(text.len());
                        1 + text.iter().take(read).filter(|byte| **byte == b'\n').count() as u64
                    };
                    take(triple.map_err(|error| self.wrong(line(), error))?)?;
                }
            }
        }
        Ok(())
    }

    fn wrong(self, line: u64, source: impl Error + Send + Sync + 'static) -> VocabularyError {
        VocabularyError::Syntax { format: self.name(), line, source: Box::new(source) }
    }
}
