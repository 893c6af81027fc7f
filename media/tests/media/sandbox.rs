//! A child that is tied down, and a parent that believes nothing.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use reelgraph_media::{DecodeEvent, DecodePlan, Limits, MediaError, SamplePlan, Sandbox};
use reelgraph_models::probe::Refusal;
use reelgraph_models::time::MediaTime;

use super::make::{Decoded, child_program, decode, ffmpeg, folder, full_plan, plain, sandbox, sandbox_with, write};

/// A minute of pictures, of which the pipe and its readers can hold only a small part.
fn long(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let arguments = "-f lavfi -i testsrc2=s=640x360:r=25:d=60 -c:v mpeg4 -qscale:v 10";
    ffmpeg(folder, arguments, "long.mp4")
}

#[test]
fn a_child_gives_what_the_process_itself_would() {
    let folder = folder();
    let path = plain(&folder, "plain.mp4");
    let mut from_child = Decoded::default();
    for event in sandbox().decode(&path, &full_plan()).unwrap() {
        from_child.take(event.unwrap());
    }
    let here = decode(&path);
    assert_eq!(from_child.small, here.small);
    assert_eq!(from_child.small_times, here.small_times);
    assert_eq!(from_child.sampled, here.sampled);
    assert_eq!(from_child.sound, here.sound);
    let counts = |decoded: &Decoded| decoded.end.as_ref().map(|end| (end.duration, end.frames, end.audio_samples));
    assert_eq!(counts(&from_child), counts(&here));
    let probe = reelgraph_media::probe_file(&path, &Limits::default()).unwrap();
    assert_eq!(sandbox().probe(&path).unwrap(), probe);
    let still = sandbox().still(&path, MediaTime::from_millis(1_000), 160).unwrap();
    assert_eq!(still, reelgraph_media::still(&path, MediaTime::from_millis(1_000), 160, &Limits::default()).unwrap());
    assert_eq!(sandbox().cover(&path, 160).unwrap(), None);
}

#[test]
fn refusals_and_missing_files_come_through_by_name() {
    let folder = folder();
    let text = write(&folder, "text.mp4", b"not a film");
    let absent = folder.path().join("absent.mp4");
    assert!(matches!(sandbox().probe(&text), Err(MediaError::Refused(Refusal::NotMedia))));
    let error = sandbox().probe(&absent).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("not_found", false));
    assert_eq!(sandbox().probe(folder.path()).unwrap_err().code(), "not_a_file");
    let last = sandbox().decode(&text, &full_plan()).unwrap().last();
    assert!(matches!(last, Some(Err(MediaError::Refused(Refusal::NotMedia)))), "{last:?}");
}

#[test]
fn a_child_that_is_killed_in_the_middle_is_a_typed_error_that_may_be_retried() {
    let folder = folder();
    let mut decoder = sandbox().decode(&long(&folder), &full_plan()).unwrap();
    assert!(matches!(decoder.next(), Some(Ok(_))));
    let killer = decoder.killer();
    assert!(killer.process_id().is_some());
    killer.kill();
    let last = decoder.by_ref().last();
    match last {
        Some(Err(error @ MediaError::ChildKilled { signal: 9, .. })) => {
            assert_eq!((error.code(), error.is_retryable()), ("decoder_killed", true));
        }
        other => panic!("{other:?}"),
    }
    assert!(decoder.next().is_none());
    let again = sandbox().decode(&plain(&folder, "plain.mp4"), &full_plan()).unwrap().last();
    assert!(matches!(again, Some(Ok(DecodeEvent::End(_)))));
}

#[test]
fn a_decoder_that_is_dropped_takes_its_child_with_it() {
    let folder = folder();
    let mut decoder = sandbox().decode(&long(&folder), &full_plan()).unwrap();
    assert!(decoder.next().is_some());
    let child = decoder.killer().process_id().unwrap();
    drop(decoder);
    assert!(!std::path::Path::new(&format!("/proc/{child}")).exists());
}

#[test]
fn too_little_memory_is_an_error_of_its_own() {
    let folder = folder();
    let large = ffmpeg(&folder, "-f lavfi -i testsrc2=s=3840x2160:r=5:d=2 -c:v mpeg4 -qscale:v 20", "large.mp4");
    let with_mib = |mib: u64| {
        let limits = Limits { max_memory_bytes: mib << 20, ..Limits::default() };
        sandbox_with(limits).decode(&large, &full_plan()).unwrap().last().unwrap()
    };
    let mut refused = 0;
    for mib in [1, 100, 200, 300, 320, 340, 360, 380, 400] {
        match with_mib(mib) {
            Err(error @ MediaError::OutOfMemory) => {
                assert!(!error.is_retryable());
                refused += 1;
            }
            Ok(DecodeEvent::End(_)) => break,
            other => panic!("{mib} MiB: {other:?}"),
        }
    }
    assert!(refused > 0, "one mebibyte is too little");
    assert!(matches!(with_mib(3000), Ok(DecodeEvent::End(_))));
}

#[test]
fn too_much_processor_time_is_an_error_of_its_own() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=1280x720:r=50:d=20 -c:v mpeg4 -qscale:v 5";
    let long = ffmpeg(&folder, arguments, "busy.mp4");
    let limits = Limits { max_cpu_time_s: 1, ..Limits::default() };
    let every = SamplePlan { interval: MediaTime::ZERO, max_side_px: 640 };
    let plan = DecodePlan { sampled: Some(every), ..full_plan() };
    let last = sandbox_with(limits).decode(&long, &plan).unwrap().last();
    assert!(matches!(last, Some(Err(MediaError::CpuTimeExceeded { limit_s: 1 }))), "{last:?}");
}

#[test]
fn a_child_that_says_nothing_is_given_up() {
    let limits = Limits { stall_timeout_ms: 200, ..Limits::default() };
    let silent = Sandbox::new("sleep", ["600"], limits);
    let error = silent.probe("film.mp4".as_ref()).unwrap_err();
    assert!(matches!(error, MediaError::Stalled { after_ms: 200 }), "{error:?}");
    assert!(error.is_retryable());
}

#[test]
fn a_child_that_lies_is_not_believed() {
    let says = |script: &str| {
        let hostile = Sandbox::new("/bin/sh", ["-c", &format!("read order; {script}")], Limits::default());
        hostile.decode("film.mp4".as_ref(), &full_plan()).unwrap().last().unwrap().unwrap_err()
    };
    for script in [
        r"printf '\001\377\377\377\377'",
        r"printf '\002\024\000\000\000\000\000\000\000\000\000\000\000\377\377\377\177\377\377\377\177abcd'",
        r"printf '\001\014\000\000\000\060\000\000\000\033\000\000\000\377\377\377\377'",
        r"printf '\003\013\000\000\000\000\000\000\000\000\000\000\000abc'",
        r"printf '\006\002\000\000\000{]'",
        r"printf '\143\000\000\000\000'",
        r"printf '\011\000\000\000\000'",
    ] {
        let error = says(script);
        assert!(matches!(error, MediaError::Protocol { .. }), "{script}: {error:?}");
    }
    assert!(matches!(says("exit 7"), MediaError::ChildExited { status: 7, .. }));
    assert!(matches!(says(r"printf '\001\377'; exit 0"), MediaError::ChildExited { status: 0, .. }));
    assert!(matches!(says("kill -SEGV $$"), MediaError::ChildKilled { signal: 11, .. }));
    let absent = Sandbox::new("/nonexistent/program", Vec::<&OsStr>::new(), Limits::default());
    assert!(matches!(absent.probe("film.mp4".as_ref()), Err(MediaError::Spawn { .. })));
}

#[test]
fn a_child_dies_with_its_parent() {
    let folder = folder();
    let long = long(&folder);
    let path: Vec<u8> = long.as_os_str().as_encoded_bytes().to_vec();
    let plan = serde_json::to_string(&full_plan()).unwrap();
    let limits = serde_json::to_string(&Limits::default()).unwrap();
    let request = format!(r#"{{"request":"decode","path":{path:?},"plan":{plan}}}"#);
    // The shell is the parent, and writes its own process id into the order.
    let script = format!(
        r#"printf '{{"parent_pid":%d,"limits":%s,"request":%s}}\n' $$ '{limits}' '{request}' > order
           "$0" < order > answer_pipe & echo $!; wait"#
    );
    assert!(Command::new("mkfifo").arg(folder.path().join("answer_pipe")).status().unwrap().success());
    let mut shell = Command::new("/bin/sh")
        .args(["-c", &script])
        .arg(child_program())
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut answer = std::fs::File::open(folder.path().join("answer_pipe")).unwrap();
    let mut child = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut child).unwrap();
    let mut start = [0; 1000];
    answer.read_exact(&mut start).unwrap();
    shell.kill().unwrap();
    assert_eq!(shell.wait().unwrap().signal(), Some(9));
    // What the pipe held, and then the end: the child did not live to write the rest.
    let mut rest = Vec::new();
    answer.read_to_end(&mut rest).unwrap();
    assert!(rest.len() < 4 << 20, "{} bytes after the parent's death", rest.len());
    assert!(!String::from_utf8_lossy(&rest).contains("logged_errors"), "no end was written");
}

#[test]
fn a_child_of_another_parent_refuses_to_work() {
    let order = r#"{"parent_pid":1,"limits":{"max_memory_bytes":3000000000,"max_cpu_time_s":10,"max_open_files":16,
        "stall_timeout_ms":1000,"max_streams":10,"max_pixels":1000000,"max_duration_s":100},
        "request":{"request":"probe","path":[47,101]}}"#
        .replace('\n', " ");
    let child = Sandbox::new(
        "/bin/sh",
        [
            OsStr::new("-c"),
            OsStr::new(r#"read o; echo "$1" | "$0"; :"#),
            child_program().as_os_str(),
            OsStr::new(&order),
        ],
        Limits::default(),
    );
    let error = child.probe("film.mp4".as_ref()).unwrap_err();
    assert!(matches!(error, MediaError::Confine { .. }), "{error:?}");
}
