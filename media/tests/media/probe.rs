//! What a file is said to be.

use std::path::Path;

use reelgraph_media::{Limits, MediaError, probe_file};
use reelgraph_models::probe::{NonStandard, Probe, Refusal, StreamDetails, VideoDetails};

use super::make::{ffmpeg, folder, plain, position, write};

fn probe(path: &Path) -> Probe {
    probe_file(path, &Limits::default()).unwrap()
}

fn refusal(path: &Path) -> Refusal {
    match probe_file(path, &Limits::default()) {
        Err(MediaError::Refused(refusal)) => refusal,
        other => panic!("{}: {other:?}", path.display()),
    }
}

fn video(probe: &Probe) -> &VideoDetails {
    match &probe.main_video().unwrap().details {
        StreamDetails::Video(video) => video,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plain_file_has_nothing_to_remark_but_its_index_at_the_end() {
    let folder = folder();
    let probe = probe(&plain(&folder, "plain.mp4"));
    assert_eq!(probe.container, "mov,mp4,m4a,3gp,3g2,mj2");
    assert!((1990..=2060).contains(&probe.duration.as_millis()), "{}", probe.duration);
    assert_eq!(probe.non_standard, [NonStandard::IndexAtEnd]);
    let video = video(&probe);
    assert_eq!((video.width_px, video.height_px, video.pixel_aspect), (320, 180, (1, 1)));
    assert_eq!(video.frame_rate, Some((25, 1)));
    assert_eq!(video.pixel_format.as_deref(), Some("yuv420p"));
    let stream = probe.main_video().unwrap();
    assert_eq!((stream.codec.as_str(), stream.is_decodable), ("h264", true));
    assert!(stream.profile.is_some() && probe.bit_rate_bps.is_some());
    match &probe.main_audio().unwrap().details {
        StreamDetails::Audio(audio) => assert_eq!((audio.channels, audio.sample_rate_hz), (1, 48_000)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn languages_subtitles_chapters_and_several_tracks_are_found() {
    let folder = folder();
    write(
        &folder,
        "chapters.txt",
        b";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Zwei\n",
    );
    write(&folder, "words.srt", b"1\n00:00:00,200 --> 00:00:01,000\nhello\n");
    let arguments = "-f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i sine=d=2 -f lavfi -i sine=f=880:d=2 -i words.srt \
        -i chapters.txt -map 0 -map 1 -map 2 -map 3 -map_chapters 4 -c:v libx264 -c:a aac -c:s srt \
        -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -metadata:s:a:1 title=Kommentar \
        -metadata:s:s:0 language=fra -disposition:a:0 0 -disposition:a:1 default";
    let probe = probe(&ffmpeg(&folder, arguments, "tracks.mkv"));
    let languages: Vec<_> = probe.streams.iter().map(|stream| stream.language.as_deref()).collect();
    assert_eq!(languages, [None, Some("eng"), Some("deu"), Some("fra")]);
    let audio = probe.main_audio().unwrap();
    assert_eq!((audio.index, audio.title.as_deref()), (2, Some("Kommentar")), "the default track is analysed");
    assert!(matches!(probe.streams.get(3).unwrap().details, StreamDetails::Subtitle { is_forced: false, .. }));
    let chapters: Vec<_> = probe
        .chapters
        .iter()
        .map(|chapter| (chapter.span.start().as_millis(), chapter.span.end().as_millis(), chapter.title.as_deref()))
        .collect();
    assert_eq!(chapters, [(0, 1000, Some("One")), (1000, 2000, Some("Zwei"))]);
    assert!(probe.non_standard.contains(&NonStandard::SeveralAudioTracks));
}

#[test]
fn each_peculiarity_is_named() {
    let folder = folder();
    let source = "-f lavfi -i testsrc2=s=64x48:r=30:d=2";
    for (arguments, name, reason) in [
        ("-vf select='lt(t,1)+not(mod(n,3))' -fps_mode vfr -c:v libx264", "vfr.mp4", NonStandard::VariableFrameRate),
        ("-vf setsar=4/3 -c:v libx264", "anamorphic.mp4", NonStandard::NonSquarePixels),
        ("-vf scale=63:47 -pix_fmt yuv420p -c:v ffv1", "odd.mkv", NonStandard::OddDimensions),
        ("-pix_fmt argb -c:v qtrle", "alpha.mov", NonStandard::AlphaChannel),
        ("-pix_fmt yuva420p -c:v libvpx-vp9 -cpu-used 8 -auto-alt-ref 0", "alpha.webm", NonStandard::AlphaChannel),
        ("-c:v libx264", "silent.mp4", NonStandard::VideoOnly),
        ("-c:v mpeg2video -f mpegts", "late.ts", NonStandard::LateStart),
        (
            "-vf fps=50,tinterlace=interleave_top -flags +ilme+ildct -c:v mpeg2video",
            "fields.mpg",
            NonStandard::Interlaced,
        ),
        (
            "-pix_fmt yuv420p10le -c:v ffv1 -color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc",
            "pq.mkv",
            NonStandard::HighDynamicRange,
        ),
        ("-c:v ffv1", "uncommon.mkv", NonStandard::UncommonCodec),
    ] {
        let probe = probe(&ffmpeg(&folder, &format!("{source} {arguments}"), name));
        assert!(probe.non_standard.contains(&reason), "{name}: {:?}", probe.non_standard);
        assert_eq!(
            probe.non_standard.contains(&NonStandard::VariableFrameRate),
            reason == NonStandard::VariableFrameRate,
            "{name}"
        );
    }
}

#[test]
fn sound_alone_is_media() {
    let folder = folder();
    for name in ["tone.mp3", "tone.wav", "tone.ogg", "tone.flac", "tone.m4a"] {
        let probe = probe(&ffmpeg(&folder, "-f lavfi -i sine=d=2", name));
        assert!(probe.non_standard.contains(&NonStandard::AudioOnly), "{name}: {:?}", probe.non_standard);
        assert!(probe.main_video().is_none() && probe.main_audio().is_some(), "{name}");
        assert!((1900..=2200).contains(&probe.duration.as_millis()), "{name}: {}", probe.duration);
    }
}

#[test]
fn a_cover_is_no_video_and_says_so() {
    let folder = folder();
    ffmpeg(&folder, "-f lavfi -i color=c=red:s=100x80 -frames:v 1", "cover.png");
    let arguments = "-f lavfi -i sine=d=1 -i cover.png -map 0 -map 1 -c:v copy -disposition:v:0 attached_pic";
    let probe = probe(&ffmpeg(&folder, arguments, "covered.mp3"));
    assert!(probe.has_embedded_thumbnail);
    assert!(probe.main_video().is_none());
    assert!(probe.non_standard.contains(&NonStandard::AudioOnly));
}

#[test]
fn the_display_matrix_gives_the_rotation() {
    let folder = folder();
    let path = plain(&folder, "turned.mp4");
    let mut bytes = std::fs::read(&path).unwrap();
    // A quarter turn clockwise in the track header of the video (ISO/IEC 14496-12 §8.3.2).
    let matrix = position(&bytes, b"tkhd") + 44;
    let turned = [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30_i32];
    let turned: Vec<u8> = turned.iter().flat_map(|cell: &i32| cell.to_be_bytes()).collect();
    bytes.get_mut(matrix..matrix + 36).unwrap().copy_from_slice(&turned);
    let probe = probe(&write(&folder, "turned.mp4", &bytes));
    assert_eq!(video(&probe).rotation_degrees, 90);
    assert!(probe.non_standard.contains(&NonStandard::Rotated));
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let folder = folder();
    ffmpeg(&folder, "-f lavfi -i testsrc2=s=64x48:d=1 -frames:v 1", "still.png");
    ffmpeg(&folder, "-i still.png", "still.jpg");
    ffmpeg(&folder, "-i still.png", "still.webp");
    ffmpeg(&folder, "-i still.png", "still.bmp");
    ffmpeg(&folder, "-i still.png", "still.tiff");
    ffmpeg(&folder, "-i still.png", "still.gif");
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat".repeat(20);
    write(&folder, "still.heic", &heic);
    write(&folder, "words.srt", b"1\n00:00:00,200 --> 00:00:01,000\nhello\n\n2\n00:00:02,200 --> 00:00:03,000\nyou\n");
    write(&folder, "empty.mp4", b"");
    write(&folder, "text.mp4", &b"This is a letter, not a film.\n".repeat(200));
    write(
        &folder,
        "noise.mp4",
        &(0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>(),
    );
    plain(&folder, "whole.mp4");
    let whole = std::fs::read(folder.path().join("whole.mp4")).unwrap();
    write(&folder, "no_index.mp4", whole.get(..whole.len() / 2).unwrap());
    write(&folder, "list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nwhole.mp4\n#EXT-X-ENDLIST\n");
    write(&folder, "list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n");
    write(&folder, "list.ffconcat", b"ffconcat version 1.0\nfile whole.mp4\n");
    write(&folder, "session.sdp", b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nm=video 5004 RTP/AVP 96\r\n");
    write(&folder, "manifest.mpd", b"<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"></MPD>");
    for (name, expected) in [
        ("still.png", Refusal::StillPicture),
        ("still.jpg", Refusal::StillPicture),
        ("still.webp", Refusal::StillPicture),
        ("still.bmp", Refusal::StillPicture),
        ("still.tiff", Refusal::StillPicture),
        ("still.gif", Refusal::StillPicture),
        ("still.heic", Refusal::StillPicture),
        ("words.srt", Refusal::NoPicturesNorSound),
        ("empty.mp4", Refusal::Empty),
        ("text.mp4", Refusal::NotMedia),
        ("noise.mp4", Refusal::NotMedia),
        ("no_index.mp4", Refusal::DamagedHeader),
        ("list.m3u8", Refusal::RefersElsewhere),
        ("list.mp4", Refusal::RefersElsewhere),
        ("list.ffconcat", Refusal::RefersElsewhere),
        ("session.sdp", Refusal::RefersElsewhere),
        ("manifest.mpd", Refusal::RefersElsewhere),
    ] {
        assert_eq!(refusal(&folder.path().join(name)), expected, "{name}");
    }
}

#[test]
fn pictures_that_move_are_not_refused_as_stills() {
    let folder = folder();
    for name in ["moving.gif", "moving.apng", "one_frame.mp4"] {
        let frames = if name == "one_frame.mp4" { 1 } else { 10 };
        let arguments = format!("-f lavfi -i testsrc2=s=64x48:r=10:d=1 -frames:v {frames} -pix_fmt yuv420p");
        let arguments = if name.ends_with("mp4") { arguments } else { arguments.replace("-pix_fmt yuv420p", "") };
        assert!(probe(&ffmpeg(&folder, &arguments, name)).main_video().is_some(), "{name}");
    }
}

#[test]
fn a_path_that_is_no_file_is_said_to_be_none() {
    let folder = folder();
    let file = write(&folder, "file", b"x");
    let code = |path: &Path| probe_file(path, &Limits::default()).unwrap_err().code();
    assert_eq!(code(folder.path()), "not_a_file");
    assert_eq!(code(&folder.path().join("absent.mp4")), "not_found");
    assert_eq!(code(&file.join("below.mp4")), "unreadable");
    assert_eq!(code(Path::new("/dev/zero")), "not_a_file");
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(code(&pipe), "not_a_file", "and nobody waits for a writer");
}

#[test]
fn a_name_that_is_no_text_is_as_good_as_any() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder();
    let path = folder.path().join(std::ffi::OsStr::from_bytes(b"fil\xff\xfe'; rm -rf.mp4"));
    std::fs::rename(plain(&folder, "plain.mp4"), &path).unwrap();
    assert!(probe(&path).main_video().is_some());
    assert!(super::make::sandbox().probe(&path).unwrap().main_video().is_some());
}

#[test]
fn dimensions_beyond_the_limits_are_refused() {
    let folder = folder();
    let path = plain(&folder, "plain.mp4");
    for limits in
        [Limits { max_pixels: 320 * 180 - 1, ..Limits::default() }, Limits { max_duration_s: 1, ..Limits::default() }]
    {
        match probe_file(&path, &limits) {
            Err(MediaError::Refused(Refusal::BeyondLimits)) => {}
            other => panic!("{other:?}"),
        }
    }
}
