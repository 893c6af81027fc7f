//! Damaged and lying files: what can be had is had, and what was wrong is said.

use reelgraph_media::{Limits, MediaError, probe_file};
use reelgraph_models::probe::{NonStandard, Refusal};

use super::make::{decode, ffmpeg, folder, full_plan, plain, position, try_decode, write};

#[test]
fn damage_in_the_middle_costs_only_what_is_damaged() {
    let folder = folder();
    for name in ["damaged.mkv", "damaged.ts", "damaged.mp4", "damaged.avi"] {
        let mut bytes = std::fs::read(plain(&folder, name)).unwrap();
        let middle = bytes.len() / 2;
        for byte in bytes.get_mut(middle..middle + 6_000).unwrap() {
            *byte = byte.wrapping_mul(73).wrapping_add(41);
        }
        let decoded = decode(&write(&folder, name, &bytes));
        let end = decoded.end.as_ref().unwrap();
        assert!((30..=51).contains(&end.frames), "{name}: {end:?}");
        assert!(decoded.small_times.last().unwrap().as_millis() > 1_800, "{name}: the end is reached");
        assert!(decoded.warned(NonStandard::CorruptPackets), "{name}: {:?} {end:?}", decoded.warnings);
    }
}

#[test]
fn a_truncated_file_is_used_as_far_as_it_goes() {
    let folder = folder();
    let sources =
        "-f lavfi -i testsrc2=s=320x180:r=25:d=10 -f lavfi -i sine=d=10 -c:v libx264 -preset ultrafast -c:a aac";
    for (arguments, name) in
        [("-movflags +faststart", "cut.mp4"), ("", "cut.mkv"), ("-f mpegts", "cut.ts"), ("", "cut.avi")]
    {
        let bytes = std::fs::read(ffmpeg(&folder, &format!("{sources} {arguments}"), name)).unwrap();
        let path = write(&folder, name, bytes.get(..bytes.len() * 6 / 10).unwrap());
        let probe = probe_file(&path, &Limits::default()).unwrap();
        assert_eq!(probe.non_standard.contains(&NonStandard::Truncated), name != "cut.ts", "{name}");
        let decoded = decode(&path);
        assert!((4_000..8_000).contains(&decoded.duration_ms()), "{name}: {}", decoded.duration_ms());
        if name == "cut.mp4" {
            assert!(decoded.warned(NonStandard::Truncated), "{name}: {:?}", decoded.warnings);
        }
    }
}

#[test]
fn a_header_that_lies_about_the_length_is_found_out() {
    let folder = folder();
    let mut bytes = std::fs::read(plain(&folder, "liar.mkv")).unwrap();
    // Matroska's Duration: id 0x4489, eight bytes, a float in milliseconds (RFC 9559 §5.1.2.10).
    let duration = position(&bytes, &[0x44, 0x89, 0x88]) + 3;
    bytes.get_mut(duration..duration + 8).unwrap().copy_from_slice(&900_000f64.to_be_bytes());
    let path = write(&folder, "liar.mkv", &bytes);
    assert_eq!(probe_file(&path, &Limits::default()).unwrap().duration.as_millis(), 900_000);
    let decoded = decode(&path);
    assert!((1_990..=2_060).contains(&decoded.duration_ms()));
    assert!(decoded.warned(NonStandard::WrongDuration), "{:?}", decoded.warnings);
}

#[test]
fn a_length_that_so_few_bytes_cannot_fill_is_taken_for_unknown() {
    let folder = folder();
    let mut bytes = std::fs::read(plain(&folder, "liar.mkv")).unwrap();
    let duration = position(&bytes, &[0x44, 0x89, 0x88]) + 3;
    bytes.get_mut(duration..duration + 8).unwrap().copy_from_slice(&9e12f64.to_be_bytes());
    let path = write(&folder, "liar.mkv", &bytes);
    let probe = probe_file(&path, &Limits::default()).unwrap();
    assert_eq!(probe.duration.as_micros(), 0);
    assert!(probe.non_standard.contains(&NonStandard::UnknownDuration));
    assert!((1_990..=2_060).contains(&decode(&path).duration_ms()));
}

#[test]
fn headers_over_nothing_decodable_are_refused() {
    let folder = folder();
    let mut bytes = std::fs::read(plain(&folder, "hollow.mp4")).unwrap();
    let data = position(&bytes, b"mdat") + 4;
    let end = position(&bytes, b"moov") - 4;
    bytes.get_mut(data..end).unwrap().fill(0);
    match try_decode(&write(&folder, "hollow.mp4", &bytes), &full_plan()) {
        Err(MediaError::Refused(Refusal::NothingDecodable)) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_single_damaged_byte_brings_the_decoder_down() {
    let folder = folder();
    for name in ["bytes.mp4", "bytes.mkv", "bytes.ts", "bytes.avi", "bytes.flv"] {
        let arguments = "-f lavfi -i testsrc2=s=64x48:r=10:d=1 -f lavfi -i sine=d=1:r=44100 -c:v libx264 -c:a aac";
        let whole = std::fs::read(ffmpeg(&folder, arguments, name)).unwrap();
        let step = (whole.len() / 60).max(1);
        for at in (0..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = !*byte;
            }
            let path = write(&folder, name, &bytes);
            match try_decode(&path, &full_plan()) {
                Ok(decoded) => assert!(decoded.end.is_some(), "{name}, byte {at}"),
                Err(MediaError::Refused(_)) => {}
                Err(other) => panic!("{name}, byte {at}: {other}"),
            }
        }
    }
}
