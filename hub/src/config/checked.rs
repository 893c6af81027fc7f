//! Checked settings. What cannot work is refused here, with a sentence that says why.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use reelgraph_media::Limits as DecodeLimits;
use reelgraph_models::blob::S3Settings;
use reelgraph_search::calibration::Calibration;

use super::calibration;
use super::raw::{RawConfig, RawFiles};
use super::spaces::SpaceSettings;
use crate::arguments::Common;

/// Where the server listens when nobody says otherwise.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8700);
/// Largest accepted original when nobody says otherwise: 1 TiB.
const DEFAULT_UPLOAD_BYTES: u64 = 1 << 40;
/// Most worker processes.
const MAX_WORKERS: usize = 64;

/// Everything the program needs to know to start.
#[derive(Debug, Clone)]
pub struct Config {
    /// Folder of the library.
    pub data: PathBuf,
    /// The settings file that was named, to be named again to workers.
    pub settings_file: Option<PathBuf>,
    /// Folder of the models.
    pub models: PathBuf,
    /// Folder of an operator's image–text pair, if any.
    pub image_text_pair: Option<PathBuf>,
    /// Loopback address to listen on.
    pub listen: SocketAddr,
    /// Worker processes beside the server.
    pub workers: usize,
    /// Threads that one model may use.
    pub threads: usize,
    /// Whether GraphiQL is served.
    pub development: bool,
    pub database: Database,
    pub files: Files,
    pub vectors: Vectors,
    /// How embedding spaces take part in a search.
    pub spaces: SpaceSettings,
    /// How likely hits are right, by what matched.
    pub calibration: Calibration,
    /// SKOS file with the concepts that widen queries, if any.
    pub vocabulary: Option<PathBuf>,
    /// Largest accepted original, bytes.
    pub upload_bytes: u64,
    /// Bounds of one decoding process.
    pub decode: DecodeLimits,
    /// What worker processes log, in the syntax of `REELGRAPH_LOG`, where it differs from their own choice.
    pub worker_log: Option<String>,
}

impl Config {
    /// Where copies of files that are kept elsewhere lie for a while.
    pub fn scratch(&self) -> PathBuf {
        self.data.join("scratch")
    }

    /// Moves everything that was under the data folder by default under another one.
    pub fn move_to(&mut self, data: &Path) {
        let old = std::mem::replace(&mut self.data, data.to_owned());
        if self.database.url == default_database(&old) {
            self.database.url = default_database(data);
        }
        match &mut self.files {
            Files::Folder(folder) if *folder == default_files(&old) => *folder = default_files(data),
            Files::Folder(_) | Files::S3(_) => {}
        }
        if let Vectors::Edge(folder) = &mut self.vectors {
            *folder = default_vectors(data);
        }
    }

    /// The same models and bounds, with everything kept in `data` and nothing anywhere else.
    pub fn alone_in(&self, data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            settings_file: None,
            database: Database { url: default_database(data) },
            files: Files::Folder(default_files(data)),
            vectors: Vectors::Edge(default_vectors(data)),
            workers: 0,
            ..self.clone()
        }
    }
}

fn default_database(data: &Path) -> String {
    // What has a meaning in an address must not come from a folder's name.
    let path = data.join("reelgraph.db").display().to_string();
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F").replace('#', "%23"))
}

fn default_files(data: &Path) -> PathBuf {
    data.join("files")
}

fn default_vectors(data: &Path) -> PathBuf {
    data.join("index/vectors")
}

/// Where rows are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// `sqlite://…` or `postgres://…`.
    pub url: String,
}

/// Where blobs are kept.
#[derive(Debug, Clone)]
pub enum Files {
    Folder(PathBuf),
    S3(S3Settings),
}

/// Where vectors are indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vectors {
    /// In this process, under the data folder.
    Edge(PathBuf),
    /// A Qdrant server.
    Server { url: String, api_key: Option<String>, prefix: String },
}

/// Reads the settings file and the environment, lets the command line win, and checks the outcome.
pub fn load(common: &Common) -> anyhow::Result<Config> {
    let data = match &common.data {
        Some(data) => data.clone(),
        None => home_folder("XDG_DATA_HOME", ".local/share")?.join("reelgraph"),
    };
    let data = std::path::absolute(&data).with_context(|| format!("{} is no usable folder name", data.display()))?;
    let file = common.config.clone().unwrap_or_else(|| data.join("reelgraph.toml"));
    if common.config.is_some() && !file.is_file() {
        bail!("the settings file {} does not exist; name another with --config or leave it out", file.display());
    }
    // Names without a section are the program's own switches, not settings.
    let environment = Env::prefixed("REELGRAPH_")
        .filter(|name| name.as_str().contains("__") || KEYS.iter().any(|key| name == *key))
        .split("__");
    let raw: RawConfig = Figment::new()
        .merge(Toml::file(&file))
        .merge(environment)
        .extract()
        .with_context(|| format!("the settings ({} and REELGRAPH_… variables) cannot be used", file.display()))?;
    check(raw, data, common.config.clone())
}

/// Hands the address back if it is on this machine only.
pub fn loopback(listen: SocketAddr) -> anyhow::Result<SocketAddr> {
    if listen.ip().is_loopback() {
        return Ok(listen);
    }
    bail!(
        "{listen} is not a loopback address. Until sign-in exists, Reelgraph listens only on this machine: \
         set listen to 127.0.0.1:{} and put nothing in front of it",
        listen.port()
    )
}

/// Top-level settings that may come from the environment.
const KEYS: [&str; 5] = ["listen", "workers", "threads", "development", "models"];

fn check(raw: RawConfig, data: PathBuf, settings_file: Option<PathBuf>) -> anyhow::Result<Config> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let listen = loopback(raw.listen.unwrap_or(DEFAULT_LISTEN))?;
    let workers = raw.workers.unwrap_or(1);
    if workers > MAX_WORKERS {
        bail!("workers = {workers} is more than the {MAX_WORKERS} that one machine may run");
    }
    let files = files(raw.files, &data)?;
    let vectors = match raw.vectors.qdrant_url {
        Some(url) => Vectors::Server {
            url: qdrant_address(url)?,
            api_key: raw.vectors.qdrant_api_key,
            prefix: qdrant_prefix(raw.vectors.qdrant_prefix)?,
        },
        None => Vectors::Edge(default_vectors(&data)),
    };
    let url = match raw.database.url {
        Some(url) if url.starts_with("sqlite:") => url,
        Some(url) if url.starts_with("postgres:") || url.starts_with("postgresql:") => {
            // Drivers print an address that they cannot read, with the password in it.
            if let Err(why) = url::Url::parse(&url) {
                bail!(
                    "database.url is no address ({why}); write postgres://user:password@host/name, with %40 for @ and the like in \
                     the password"
                );
            }
            url
        }
        Some(_) => bail!("database.url must begin with sqlite:// or postgres://"),
        None => default_database(&data),
    };
    let models = match raw.models {
        Some(models) => models,
        None => default_models_folder()?,
    };
    let bounds = DecodeLimits::default();
    Ok(Config {
        models,
        image_text_pair: raw.image_text.pair,
        listen,
        workers,
        threads: raw.threads.unwrap_or(cores).clamp(1, cores.max(1)),
        development: raw.development.unwrap_or(true),
        database: Database { url },
        files,
        vectors,
        spaces: SpaceSettings::check(raw.search.spaces)?,
        calibration: raw.search.calibration.as_deref().map_or_else(|| Ok(Calibration::fitted()), calibration::read)?,
        vocabulary: raw.search.vocabulary,
        upload_bytes: raw.limits.upload_bytes.unwrap_or(DEFAULT_UPLOAD_BYTES),
        decode: DecodeLimits {
            max_memory_bytes: raw.limits.decode_memory_bytes.unwrap_or(bounds.max_memory_bytes),
            max_cpu_time_s: raw.limits.decode_cpu_seconds.unwrap_or(bounds.max_cpu_time_s),
            max_open_files: raw.limits.decode_open_files.unwrap_or(bounds.max_open_files),
            ..bounds
        },
        worker_log: None,
        data,
        settings_file,
    })
}

fn files(raw: RawFiles, data: &Path) -> anyhow::Result<Files> {
    let Some(bucket) = raw.s3_bucket else {
        return Ok(Files::Folder(raw.folder.unwrap_or_else(|| default_files(data))));
    };
    if raw.folder.is_some() {
        bail!("files.folder and files.s3_bucket are both set; files are kept in one place, choose one");
    }
    let (Some(access_key_id), Some(secret_access_key)) = (raw.s3_access_key_id, raw.s3_secret_access_key) else {
        bail!("files.s3_bucket needs files.s3_access_key_id and files.s3_secret_access_key");
    };
    let allow_http = raw.s3_endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    Ok(Files::S3(S3Settings {
        bucket,
        prefix: None,
        region: raw.s3_region.unwrap_or_else(|| "us-east-1".to_owned()),
        endpoint: raw.s3_endpoint,
        access_key_id,
        secret_access_key,
        allow_http,
    }))
}

/// Qdrant serves HTTP on 6333 and gRPC, which is spoken here, on 6334.
fn qdrant_address(url: String) -> anyhow::Result<String> {
    let parsed = url::Url::parse(&url).with_context(|| format!("vectors.qdrant_url {url:?} is no address"))?;
    if parsed.port() == Some(6333) {
        bail!("vectors.qdrant_url has Qdrant's HTTP port 6333; give the address of its gRPC port, 6334");
    }
    Ok(url)
}

fn qdrant_prefix(prefix: Option<String>) -> anyhow::Result<String> {
    let prefix = prefix.unwrap_or_else(|| "reelgraph_".to_owned());
    let is_plain = prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if prefix.is_empty() || prefix.len() > 64 || !is_plain {
        bail!("vectors.qdrant_prefix takes 1 to 64 letters, digits, underscores and hyphens, not {prefix:?}");
    }
    Ok(prefix)
}

/// Folder of the models when the settings name none.
fn default_models_folder() -> anyhow::Result<PathBuf> {
    Ok(home_folder("XDG_CACHE_HOME", ".cache")?.join("reelgraph/models"))
}

fn home_folder(variable: &str, below_home: &str) -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os(variable).filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    let home = home.with_context(|| format!("neither {variable} nor HOME is set; name the folder with --data"))?;
    Ok(Path::new(&home).join(below_home))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reelgraph_models::clock::SystemClock;
    use reelgraph_models::store::Store;

    use super::*;

    #[tokio::test]
    async fn a_data_folder_of_any_name_has_its_database_in_it() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        for name in ["films", "100 % done?", "take #3", "%41", "ü"] {
            let data = folder.path().join(name);
            std::fs::create_dir(&data)?;
            let store = Store::connect(&default_database(&data), Arc::new(SystemClock)).await?;
            store.migrate().await?;
            assert!(data.join("reelgraph.db").is_file(), "{name}");
        }
        Ok(())
    }
}
