//! Every file of a folder of real containers is used or refused by name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use reelgraph_media::{DecodeEvent, Limits, MediaError, Sandbox};

use super::ffprobe;
use super::make::{full_plan, sandbox_with};

/// All files below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn every_container_is_used_or_refused_by_name_and_seen_as_ffprobe_sees_it() {
    let Some(data) = std::env::var_os("REELGRAPH_TEST_DATA") else {
        println!("skipped: REELGRAPH_TEST_DATA names no folder with containers/ in it");
        return;
    };
    let folder = PathBuf::from(data).join("containers");
    let sandbox = sandbox_with(Limits { stall_timeout_ms: 30_000, ..Limits::default() });
    let queue = Mutex::new(files(&folder).into_iter());
    let (tally, wrong) = (Mutex::new(BTreeMap::<String, u32>::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(path) = queue.lock().unwrap().next() else { break };
                    let name = path.strip_prefix(&folder).unwrap().display().to_string();
                    match outcome(&sandbox, &path) {
                        Ok(outcome) => *tally.lock().unwrap().entry(outcome).or_default() += 1,
                        Err(complaints) => wrong
                            .lock()
                            .unwrap()
                            .extend(complaints.into_iter().map(|complaint| format!("{name}: {complaint}"))),
                    }
                }
            });
        }
    });
    let (tally, wrong) = (tally.into_inner().unwrap(), wrong.into_inner().unwrap());
    println!("{tally:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tally.get("used").is_some_and(|used| *used > 0), "{tally:?}");
}

/// What became of a file: used, or the code of its refusal; or what is wrong with that.
fn outcome(sandbox: &Sandbox, path: &Path) -> Result<String, Vec<String>> {
    let probe = match sandbox.probe(path) {
        Ok(probe) => probe,
        Err(MediaError::Refused(refusal)) => return Ok(refusal.code().to_owned()),
        Err(other) => return Err(vec![format!("{other:?}")]),
    };
    let differences = ffprobe::view(path).map(|view| ffprobe::differences(&probe, &view)).unwrap_or_default();
    if !differences.is_empty() {
        return Err(differences);
    }
    match sandbox.decode(path, &full_plan()).unwrap().last() {
        Some(Ok(DecodeEvent::End(summary))) if summary.frames > 0 || summary.audio_samples > 0 => Ok("used".to_owned()),
        Some(Err(MediaError::Refused(refusal))) => Ok(refusal.code().to_owned()),
        other => Err(vec![format!("{other:?}")]),
    }
}
