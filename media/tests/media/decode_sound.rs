//! Sample number is time, whatever the file.

use reelgraph_media::DecodePlan;
use reelgraph_models::probe::NonStandard;

use super::make::{Decoded, decode, ffmpeg, folder, try_decode, write};

/// Share of the energy at a frequency, by correlation with a sine and a cosine.
fn tone(decoded: &Decoded, hertz: f32, from_ms: usize, to_ms: usize) -> f32 {
    let part = decoded.sound.get(from_ms * 16..to_ms * 16).unwrap();
    let (mut sine, mut cosine, mut energy) = (0.0f32, 0.0f32, 0.0f32);
    for (position, sample) in part.iter().enumerate() {
        let phase = std::f32::consts::TAU * hertz * position as f32 / 16_000.0;
        sine += sample * phase.sin();
        cosine += sample * phase.cos();
        energy += sample * sample;
    }
    2.0 * (sine * sine + cosine * cosine) / (energy * part.len() as f32).max(f32::MIN_POSITIVE)
}

#[test]
fn sound_of_any_rate_codec_and_number_of_channels_keeps_its_pitch_and_length() {
    let folder = folder();
    for (arguments, name) in [
        ("-ar 44100 -ac 2 -c:a libmp3lame", "stereo.mp3"),
        ("-ar 8000 -c:a pcm_s16le", "phone.wav"),
        ("-ar 48000 -ac 6 -c:a aac", "surround.m4a"),
        ("-ar 96000 -c:a flac", "high.flac"),
        ("-ar 48000 -c:a libopus", "opus.webm"),
        ("-ar 44100 -ac 2 -c:a libvorbis", "vorbis.ogg"),
        ("-ar 22050 -c:a pcm_u8", "bytes.avi"),
        ("-ar 48000 -ac 2 -c:a ac3 -f mpegts", "dolby.ts"),
    ] {
        let decoded = decode(&ffmpeg(&folder, &format!("-f lavfi -i sine=f=440:d=3:r=48000 {arguments}"), name));
        let length_ms = decoded.sound.len() / 16;
        assert!((2_940..=3_070).contains(&length_ms), "{name}: {length_ms} ms");
        assert!(tone(&decoded, 440.0, 500, 2_500) > 0.95, "{name}: {}", tone(&decoded, 440.0, 500, 2_500));
        assert!(decoded.small.is_empty() && decoded.sampled.is_empty(), "{name}");
    }
}

#[test]
fn sound_that_starts_late_is_preceded_by_silence() {
    let folder = folder();
    let arguments = "-f lavfi -i testsrc2=s=64x48:r=25:d=3 -itsoffset 1 -f lavfi -i sine=d=2 -c:v libx264 -c:a aac";
    for name in ["late.mkv", "late.mp4", "late.ts"] {
        let decoded = decode(&ffmpeg(&folder, arguments, name));
        assert!(decoded.loudness(0, 950) < 0.001, "{name}: {}", decoded.loudness(0, 950));
        assert!(decoded.loudness(1_050, 2_900) > 0.05, "{name}: {}", decoded.loudness(1_050, 2_900));
        assert_eq!(decoded.small_times.first().unwrap().as_micros(), 0, "{name}");
    }
}

#[test]
fn pictures_that_start_late_keep_their_distance_from_the_sound() {
    let folder = folder();
    let arguments =
        "-itsoffset 1 -f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i sine=d=3 -c:v libx264 -c:a pcm_s16le";
    let decoded = decode(&ffmpeg(&folder, arguments, "late_pictures.mkv"));
    assert_eq!(decoded.small_times.first().unwrap().as_millis(), 1_000);
    assert!(decoded.loudness(0, 900) > 0.05);
}

#[test]
fn the_origin_does_not_depend_on_what_is_asked_for() {
    let folder = folder();
    let arguments =
        "-f lavfi -i testsrc2=s=64x48:r=25:d=3 -itsoffset 1 -f lavfi -i sine=d=2 -c:v libx264 -c:a pcm_s16le";
    let path = ffmpeg(&folder, arguments, "late.mkv");
    let sound = try_decode(&path, &DecodePlan { audio_16k_mono: true, ..DecodePlan::default() }).unwrap();
    assert!(sound.loudness(0, 950) < 0.001 && sound.loudness(1_050, 2_900) > 0.05);
}

#[test]
fn a_gap_is_filled_with_silence_and_named() {
    let folder = folder();
    let arguments = "-f lavfi -i sine=d=4:r=16000 -af aselect='not(between(t,1,2.2))' -c:a pcm_s16le";
    let decoded = decode(&ffmpeg(&folder, arguments, "gap.mkv"));
    assert!(decoded.loudness(100, 950) > 0.05);
    assert!(decoded.loudness(1_100, 2_100) < 0.001, "{}", decoded.loudness(1_100, 2_100));
    assert!(decoded.loudness(2_300, 3_900) > 0.05);
    assert!((3_950..=4_050).contains(&(decoded.sound.len() / 16)));
    assert!(decoded.warned(NonStandard::AudioGaps));
}

#[test]
fn channels_without_a_meaning_are_averaged() {
    let folder = folder();
    let (channels, rate_hz, seconds) = (13u32, 16_000u32, 1u32);
    let bytes = channels * rate_hz * seconds * 2;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend(1u16.to_le_bytes());
    wav.extend((channels as u16).to_le_bytes());
    wav.extend(rate_hz.to_le_bytes());
    wav.extend((rate_hz * channels * 2).to_le_bytes());
    wav.extend((channels as u16 * 2).to_le_bytes());
    wav.extend(16u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    for position in 0..rate_hz * seconds {
        let sample = (std::f32::consts::TAU * 440.0 * position as f32 / 16_000.0).sin() * 8_000.0;
        (0..channels).for_each(|_| wav.extend((sample as i16).to_le_bytes()));
    }
    let decoded = decode(&write(&folder, "thirteen.wav", &wav));
    assert_eq!(decoded.sound.len(), 16_000);
    assert!(tone(&decoded, 440.0, 100, 900) > 0.99);
    assert!((decoded.loudness(100, 900) - 8_000.0 / 32_768.0 / 2f32.sqrt()).abs() < 0.01);
}
