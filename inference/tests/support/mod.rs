//! What the tests of this crate share: the models of this machine, and packages made on the spot.

#![expect(dead_code, reason = "each test binary uses a part of it")]

use std::fs::File;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use reelgraph_inference::catalog::{Catalog, ModelStore};
use reelgraph_inference::runtime::Runtime;

/// Any error; tests only print it.
pub(crate) type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The folder that models are pulled into on this machine.
pub(crate) fn store_root() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    variable("REELGRAPH_MODELS")
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("reelgraph/models")))
        .or_else(|| Some(variable("HOME")?.join(".cache/reelgraph/models")))
}

/// The store of this machine and a runtime, where all of `cards` are pulled; else says what is skipped and why.
pub(crate) fn pulled(cards: &[&str]) -> Option<(ModelStore, Arc<Runtime>)> {
    let store = ModelStore::new(store_root()?);
    for card in cards {
        if let Err(error) = store.open(card) {
            eprintln!("skipped: {error}");
            return None;
        }
    }
    let opened = store.open("onnxruntime").and_then(|files| Runtime::open(files.path("library")?));
    match opened {
        Ok(runtime) => Some((store, runtime)),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

/// Nine seconds of the Sintel trailer, from 11.5 s on (© Blender Foundation, CC BY 3.0), 16-bit mono at 16 kHz: music, "What
/// brings you to the land of the gatekeepers?", music, "I'm searching for someone."
pub(crate) fn trailer() -> TestResult<Vec<f32>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/sintel_speech.wav");
    let bytes = std::fs::read(path)?;
    let samples = bytes.get(44..).ok_or("the fixture is too short")?.chunks_exact(2);
    Ok(samples.filter_map(|two| Some(f32::from(i16::from_le_bytes(two.try_into().ok()?)) / 32_768.0)).collect())
}

/// Lower-case hex SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A wheel that pip accepts as `name` 1.0.0, with these files in it.
pub(crate) fn wheel(name: &str, files: &[(&str, &[u8])]) -> TestResult<Vec<u8>> {
    let info = format!("{name}-1.0.0.dist-info");
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.0.0\n");
    let tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let own = [("METADATA", metadata.as_bytes()), ("WHEEL", tags.as_bytes()), ("RECORD", b"")];
    for (path, bytes) in own {
        archive.start_file(format!("{info}/{path}"), options)?;
        archive.write_all(bytes)?;
    }
    for (path, bytes) in files {
        archive.start_file(*path, options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// A package as npm publishes it.
pub(crate) fn npm_package(files: &[(&str, &[u8])]) -> TestResult<Vec<u8>> {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Written as it stands: the library's own setter refuses the hostile paths that some tests need.
        let name = header.as_gnu_mut().map(|gnu| &mut gnu.name).ok_or("no GNU header")?;
        name.iter_mut().zip(path.bytes()).for_each(|(slot, byte)| *slot = byte);
        header.set_cksum();
        archive.append(&header, *bytes)?;
    }
    Ok(archive.into_inner()?.finish()?)
}

/// A card of one file that is one part of one package.
pub(crate) fn card(name: &str, registry: &str, package: &[u8], path: &str, file: &[u8]) -> String {
    format!(
        r#"
name = "{name}"
version = "1"
task = "test"
summary = "A test."
licence = "MIT"

[[package]]
registry = "{registry}"
name = "{name}"
version = "1.0.0"
sha256 = "{}"
size_bytes = {}

[[file]]
key = "data"
name = "data.bin"
sha256 = "{}"
size_bytes = {}
parts = [{{ package = "{name}", path = "{path}" }}]
"#,
        sha256(package),
        package.len(),
        sha256(file),
        file.len()
    )
}

/// A catalogue of these cards.
pub(crate) fn catalog(cards: &[(&str, String)]) -> Catalog {
    Catalog::from_parts(cards.iter().map(|(name, text)| ((*name).to_owned(), text.clone())), [])
}

/// A program that runs this shell script.
pub(crate) fn script(path: &Path, text: &str) -> TestResult {
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = File::options().create(true).write(true).truncate(true).mode(0o755).open(path)?;
    write!(file, "#!/bin/sh\n{text}\n")?;
    Ok(())
}
