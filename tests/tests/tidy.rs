//! Checks on the repository itself: sizes, paths that documents name, who may depend on what, forms that are not wanted.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Longest source file, lines.
const MAX_LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every Rust file of ours, with its text.
fn sources() -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    let crates = ["models", "migrations", "media", "inference", "search", "indexer", "api", "hub", "tests"];
    let mut folders: Vec<PathBuf> = crates.iter().map(|name| root().join(name)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path)?;
                found.push((path, text));
            }
        }
    }
    anyhow::ensure!(found.len() > 100, "only {} source files were found", found.len());
    Ok(found)
}

#[test]
fn no_source_file_has_more_lines_than_a_reader_keeps_in_mind() -> anyhow::Result<()> {
    let long: Vec<String> = sources()?
        .into_iter()
        .filter(|(_, text)| text.lines().count() > MAX_LINES)
        .map(|(path, text)| format!("{} has {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
    Ok(())
}

#[test]
fn every_path_that_the_architecture_names_exists() -> anyhow::Result<()> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md"))?;
    let named = text.split(|letter: char| letter.is_whitespace() || "`(),;".contains(letter)).filter(|word| {
        let first = word.split('/').next().unwrap_or_default();
        word.contains('/') && root().join(first).is_dir() && !first.is_empty() && !word.contains("…")
    });
    let missing: Vec<&str> = named.filter(|word| !root().join(word.trim_end_matches('.')).exists()).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names paths that do not exist: {missing:?}");
    Ok(())
}

/// A dependency that only one crate may have, and that crate.
const RESERVED: [(&str, &[&str]); 10] = [
    ("ffmpeg-next", &["media"]),
    ("ort", &["inference"]),
    ("tantivy", &["search"]),
    ("qdrant-edge", &["search"]),
    ("qdrant-client", &["search"]),
    ("sea-orm", &["models", "migrations"]),
    ("actix-web", &["api"]),
    ("async-graphql", &["api"]),
    ("reelgraph-media", &["indexer", "hub"]),
    ("reelgraph-inference", &["indexer", "hub"]),
];

#[test]
fn a_crate_has_only_the_dependencies_that_it_exists_for() -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    for name in ["models", "migrations", "media", "inference", "search", "indexer", "api", "hub"] {
        let manifest = fs::read_to_string(root().join(name).join("Cargo.toml"))?;
        let shipped = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for (dependency, owners) in RESERVED {
            let is_named = shipped.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(dependency));
            if is_named && !owners.contains(&name) {
                wrong.push(format!("{name} depends on {dependency}, which belongs to {owners:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn unwanted_forms_do_not_occur() -> anyhow::Result<()> {
    // Spelled in two parts, so that this file does not match itself.
    let unwanted = [
        ("#[", "allow("),
        ("#[", "ignore"),
        ("TO", "DO"),
        ("FIX", "ME"),
        ("todo", "!("),
        ("thread::", "sleep(Duration::from_secs"),
    ]
    .map(|(start, end)| format!("{start}{end}"));
    let mut found = Vec::new();
    for (path, text) in sources()? {
        for (number, line) in text.lines().enumerate() {
            if unwanted.iter().any(|form| line.contains(form.as_str())) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
