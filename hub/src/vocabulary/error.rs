//! Why a vocabulary cannot be used.

use std::error::Error;

/// Why a vocabulary cannot be used; the path is added where the setting is named.
#[derive(Debug, thiserror::Error)]
pub enum VocabularyError {
    /// The name of the file does not say what is in it.
    #[error("its name ends in {found:?}; a vocabulary is Turtle (.ttl), N-Triples (.nt) or RDF/XML (.rdf, .xml)")]
    UnknownFormat {
        /// What the name ends in.
        found: String,
    },
    /// The file is not there or may not be read.
    #[error("the file cannot be read")]
    Read {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("it is no ordinary file; name a file that can be read from its beginning to its end")]
    NoFile,
    /// Brackets within brackets without end.
    #[error("line {line} has brackets in more than {limit} others; write them apart")]
    TooDeep {
        /// From 1.
        line: usize,
        /// Most brackets that may be open at once.
        limit: usize,
    },
    /// The file has too many bytes.
    #[error("the file has more than {limit_mib} MiB; keep only the concepts that are searched for")]
    FileTooLarge {
        /// Most MiB.
        limit_mib: u64,
    },
    /// The file is not well-formed.
    #[error("line {line} is no {format}; correct it there")]
    Syntax {
        /// In which format it was read.
        format: &'static str,
        /// From 1.
        line: u64,
        /// What is wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The entities that the file defines would make much more of it than it is.
    #[error("the entities of its document type make more than {limit_mib} MiB of it; write them out")]
    Entities {
        /// Most MiB.
        limit_mib: u64,
    },
    /// There is nothing of SKOS in the file.
    #[error(
        "it has {statements} statements but no concept; concepts are of the class skos:Concept or have a skos:prefLabel \
         (http://www.w3.org/2004/02/skos/core#)"
    )]
    NoConcepts {
        /// Statements in the file.
        statements: u64,
    },
    /// There are too many concepts.
    #[error("it has more than {limit} concepts; keep only those that are searched for")]
    TooManyConcepts {
        /// Most concepts.
        limit: usize,
    },
    /// A concept has too many labels.
    #[error("{concept} has more than {limit} labels; keep only those that people use")]
    TooManyLabels {
        /// Which concept.
        concept: String,
        /// Most labels.
        limit: usize,
    },
    /// A label is too long to be one.
    #[error("a label of {concept} has more than {limit} characters; it begins with “{start}”")]
    LabelTooLong {
        /// Which concept.
        concept: String,
        /// Most characters.
        limit: usize,
        /// Its first characters.
        start: String,
    },
}
