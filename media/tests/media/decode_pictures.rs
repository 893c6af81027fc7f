//! Pictures are right whatever the file.

use reelgraph_media::{DecodePlan, Limits, SamplePlan, embedded_thumbnail, encode_jpeg, still};
use reelgraph_models::picture::Picture;
use reelgraph_models::probe::NonStandard;
use reelgraph_models::time::MediaTime;

use super::make::{
    Decoded, assert_colour, colour, decode, ffmpeg, folder, full_plan, plain, position, try_decode, write,
};

const RED: [u8; 3] = [254, 0, 0];
const BLUE: [u8; 3] = [0, 0, 254];

/// Left half red, right half blue.
const HALVES: &str = "-f lavfi -i color=c=red:s=32x48:r=10:d=1 -f lavfi -i color=c=blue:s=32x48:r=10:d=1 \
    -filter_complex hstack";

fn first(decoded: &Decoded) -> &Picture {
    &decoded.sampled.first().unwrap().picture
}

#[test]
fn every_frame_comes_small_and_some_come_large() {
    let folder = folder();
    let decoded = decode(&plain(&folder, "plain.mp4"));
    let times: Vec<i64> = decoded.small_times.iter().map(|at| at.as_micros()).collect();
    assert_eq!(times, (0..50).map(|frame| frame * 40_000).collect::<Vec<_>>());
    let sampled: Vec<i64> = decoded.sampled.iter().map(|frame| frame.at.as_millis()).collect();
    assert_eq!(sampled, (0..10).map(|step| step * 200).collect::<Vec<_>>());
    assert_eq!((first(&decoded).width_px(), first(&decoded).height_px()), (320, 180));
    assert_eq!(decoded.end.as_ref().unwrap().frames, 50);
    assert!(decoded.warnings.is_empty(), "{:?}", decoded.warnings);
    assert!((1990..=2060).contains(&decoded.duration_ms()));
}

#[test]
fn small_frames_are_the_mean_of_what_they_cover() {
    let folder = folder();
    let decoded = decode(&ffmpeg(&folder, &format!("{HALVES} -c:v ffv1 -pix_fmt bgr0"), "halves.mkv"));
    let picture = Picture::new(48, 27, decoded.small.first().unwrap().as_slice()).unwrap();
    assert_colour(colour(&picture, 0.2, 0.5), RED, 2);
    assert_colour(colour(&picture, 0.8, 0.5), BLUE, 2);
}

#[test]
fn frames_of_varying_length_keep_their_own_times() {
    let folder = folder();
    let arguments =
        "-f lavfi -i testsrc2=s=64x48:r=30:d=3 -vf select='lt(t,1)+not(mod(n,15))' -fps_mode vfr -c:v libx264 -bf 2";
    let decoded = decode(&ffmpeg(&folder, arguments, "vfr.mp4"));
    let times: Vec<i64> = decoded.small_times.iter().map(|at| at.as_millis()).collect();
    let expected: Vec<i64> = (0..90).filter(|n| *n < 30 || n % 15 == 0).map(|n| n * 1000 / 30).collect();
    assert_eq!(times, expected);
    let sampled: Vec<i64> = decoded.sampled.iter().map(|frame| frame.at.as_millis()).collect();
    assert_eq!(sampled, [0, 200, 400, 600, 800, 1000, 1500, 2000, 2500], "a held frame is not repeated");
}

#[test]
fn a_turned_picture_comes_upright() {
    let folder = folder();
    let path = ffmpeg(&folder, &format!("{HALVES} -c:v libx264 -pix_fmt yuv444p -qp 0"), "turned.mp4");
    let mut bytes = std::fs::read(&path).unwrap();
    let matrix = position(&bytes, b"tkhd") + 44;
    let turned = [0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30_i32];
    let turned: Vec<u8> = turned.iter().flat_map(|cell: &i32| cell.to_be_bytes()).collect();
    bytes.get_mut(matrix..matrix + 36).unwrap().copy_from_slice(&turned);
    let path = write(&folder, "turned.mp4", &bytes);
    let decoded = decode(&path);
    let small = Picture::new(48, 27, decoded.small.first().unwrap().as_slice()).unwrap();
    let still = still(&path, MediaTime::ZERO, 640, &Limits::default()).unwrap();
    for picture in [first(&decoded), &small, &still] {
        assert_colour(colour(picture, 0.5, 0.2), RED, 4);
        assert_colour(colour(picture, 0.5, 0.8), BLUE, 4);
    }
    assert_eq!((first(&decoded).width_px(), first(&decoded).height_px()), (48, 64));
}

#[test]
fn pixels_become_square() {
    let folder = folder();
    let decoded = decode(&ffmpeg(&folder, &format!("{HALVES},setsar=2/1 -c:v libx264"), "wide.mp4"));
    assert_eq!((first(&decoded).width_px(), first(&decoded).height_px()), (128, 48));
}

#[test]
fn large_pictures_are_fitted_and_odd_ones_kept() {
    let folder = folder();
    let decoded =
        decode(&ffmpeg(&folder, "-f lavfi -i color=c=red:s=1441x333:r=10:d=1 -pix_fmt yuv420p -c:v ffv1", "odd.mkv"));
    assert_eq!((first(&decoded).width_px(), first(&decoded).height_px()), (640, 148));
    for (x, y) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
        assert_colour(colour(first(&decoded), x, y), RED, 3);
    }
    let decoded = decode(&ffmpeg(
        &folder,
        "-f lavfi -i color=c=blue:s=63x47:r=10:d=1,format=gbrp -pix_fmt yuv420p -c:v libvpx-vp9",
        "odd.webm",
    ));
    assert_eq!((first(&decoded).width_px(), first(&decoded).height_px()), (63, 47));
    assert_colour(colour(first(&decoded), 0.5, 0.5), BLUE, 6);
    let decoded = decode(&ffmpeg(
        &folder,
        "-f lavfi -i color=c=blue:s=16x16:r=10:d=1,scale=1:1 -pix_fmt yuv444p -c:v ffv1",
        "dot.mkv",
    ));
    assert_colour(colour(first(&decoded), 0.0, 0.0), BLUE, 6);
}

#[test]
fn transparency_is_shown_on_black() {
    let folder = folder();
    let source = "-f lavfi -i color=c=red@0.5:s=64x48:r=10:d=1,format=rgba";
    for (arguments, name) in [
        ("-pix_fmt argb -c:v qtrle", "alpha.mov"),
        ("-pix_fmt rgba -c:v png", "alpha_png.mov"),
        ("-pix_fmt yuva444p10le -c:v prores_ks -profile:v 4444", "alpha_prores.mov"),
        ("-pix_fmt yuva420p -c:v libvpx-vp9 -cpu-used 8 -auto-alt-ref 0", "alpha.webm"),
    ] {
        let decoded = decode(&ffmpeg(&folder, &format!("{source} {arguments}"), name));
        assert_colour(colour(first(&decoded), 0.5, 0.5), [127, 0, 0], 6);
        assert_colour(decoded.small.first().unwrap().get(..3).unwrap().try_into().unwrap(), [127, 0, 0], 6);
    }
}

#[test]
fn high_dynamic_range_is_brought_down_to_standard() {
    let folder = folder();
    let hdr = |transfer: &str, luma: u32, name: &str| {
        // Luma in ten bits of limited range: 64 is black, 940 is the peak.
        let arguments = format!(
            "-f lavfi -i color=s=64x48:r=10:d=1,format=yuv420p10le,geq=lum={luma}:cb=512:cr=512 -c:v ffv1 \
             -color_trc {transfer} -color_primaries bt2020 -colorspace bt2020nc -color_range tv"
        );
        let decoded = decode(&ffmpeg(&folder, &arguments, name));
        let [red, green, blue] = colour(first(&decoded), 0.5, 0.5);
        assert!(red.abs_diff(green) <= 2 && green.abs_diff(blue) <= 2, "grey stays grey: {red} {green} {blue}");
        let small: [u8; 3] = decoded.small.first().unwrap().get(..3).unwrap().try_into().unwrap();
        assert_colour(small, [red, green, blue], 2);
        green
    };
    // Half of the PQ signal is 92 nits, of a white of 203: (92 / 203) ^ (1 / 2.4) of 255.
    assert!(hdr("smpte2084", 502, "pq_middle.mkv").abs_diff(183) <= 6);
    assert_eq!(hdr("smpte2084", 64, "pq_black.mkv"), 0);
    assert!(hdr("smpte2084", 940, "pq_peak.mkv") >= 253);
    assert!((190..=250).contains(&hdr("arib-std-b67", 721, "hlg_white.mkv")));
    assert!(hdr("arib-std-b67", 940, "hlg_peak.mkv") >= 253);
}

#[test]
fn sampled_frames_show_no_fields() {
    let folder = folder();
    // A white bar that moves four pixels from field to field.
    let bars = "-f lavfi -i color=c=black:s=320x240:r=50:d=1 -f lavfi -i color=c=white:s=40x240:r=50:d=1 \
        -filter_complex [0][1]overlay=x='20+4*n':y=0,tinterlace=interleave_top,format=yuv420p \
        -c:v mpeg2video -qscale:v 2 -flags +ilme+ildct";
    let decoded = decode(&ffmpeg(&folder, bars, "fields.mpg"));
    let combing = |picture: &Picture| {
        let luma = |x: usize, y: usize| {
            let at = (y * picture.width_px() as usize + x) * 3;
            i32::from(picture.rgb().get(at).copied().unwrap())
        };
        let (width, height) = (picture.width_px() as usize, picture.height_px() as usize);
        let teeth = |x: usize, y: usize| {
            let (above, here, below) = (luma(x, y - 1), luma(x, y), luma(x, y + 1));
            usize::from((here - above) * (here - below) > 2500)
        };
        (1..height - 1).map(|y| (0..width).map(|x| teeth(x, y)).sum::<usize>()).sum::<usize>()
    };
    let fields = ffmpeg(&folder, &bars.replace("-flags +ilme+ildct", ""), "as_progressive.mpg");
    let with_fields = combing(first(&decode(&fields)));
    assert!(with_fields > 500, "the source shows its fields: {with_fields}");
    for frame in decoded.sampled.iter().skip(1) {
        let teeth = combing(&frame.picture);
        assert!(teeth < with_fields / 10, "{teeth} teeth at {}, {with_fields} in the source", frame.at);
    }
    assert_eq!(decoded.sampled.len(), 5);
}

#[test]
fn the_size_may_change_on_the_way() {
    let folder = folder();
    let part = |size: &str, colour: &str, name: &str| {
        let arguments = format!("-f lavfi -i color=c={colour}:s={size}:r=25:d=1 -c:v libx264 -bf 0 -g 25 -f mpegts");
        std::fs::read(ffmpeg(&folder, &arguments, name)).unwrap()
    };
    let joined = [part("320x180", "red", "a.ts"), part("160x240", "blue", "b.ts")].concat();
    let decoded = decode(&write(&folder, "joined.ts", &joined));
    assert!(decoded.end.as_ref().unwrap().frames >= 49, "{:?}", decoded.end);
    let last = &decoded.sampled.last().unwrap().picture;
    assert_eq!((first(&decoded).width_px(), first(&decoded).height_px()), (320, 180));
    assert_eq!((last.width_px(), last.height_px()), (160, 240));
    assert_colour(colour(last, 0.5, 0.5), BLUE, 6);
    assert!(decoded.warned(NonStandard::ChangingDimensions));
}

#[test]
fn a_clock_that_jumps_is_mended() {
    let folder = folder();
    let part = |offset_s: u32, name: &str| {
        let arguments =
            format!("-f lavfi -i testsrc2=s=64x48:r=25:d=1 -c:v mpeg2video -output_ts_offset {offset_s} -f mpegts");
        std::fs::read(ffmpeg(&folder, &arguments, name)).unwrap()
    };
    let joined = [part(5000, "late.ts"), part(10, "early.ts")].concat();
    let decoded = decode(&write(&folder, "joined.ts", &joined));
    assert!((1900..2300).contains(&decoded.duration_ms()), "{}", decoded.duration_ms());
    assert!(decoded.warned(NonStandard::BrokenTimestamps));
}

#[test]
fn one_frame_is_a_video() {
    let folder = folder();
    let path = ffmpeg(&folder, "-f lavfi -i color=c=red:s=64x48:r=25 -frames:v 1 -c:v libx264", "one.mp4");
    let decoded = decode(&path);
    assert_eq!((decoded.small.len(), decoded.sampled.len()), (1, 1));
    assert_eq!(decoded.duration_ms(), 40);
    let still = still(&path, MediaTime::from_millis(60_000), 64, &Limits::default()).unwrap();
    assert_colour(colour(&still, 0.5, 0.5), RED, 4);
}

#[test]
fn a_still_is_the_frame_that_is_shown_then() {
    let folder = folder();
    // The grey level is twice the number of the frame.
    let source = "-f lavfi -i color=s=64x48:r=25:d=4,format=yuv444p,geq=lum='16+2*N':cb=128:cr=128";
    for (arguments, name) in [
        ("-c:v libx264 -g 30 -bf 3 -qp 0", "a.mp4"),
        ("-c:v libx264 -g 250 -qp 0", "b.mkv"),
        ("-pix_fmt yuv420p -c:v mpeg2video -qscale:v 1 -bf 2 -g 12 -f mpegts", "c.ts"),
        ("-pix_fmt yuv420p -c:v libx264 -qp 0 -bf 2 -f h264", "d.h264"),
    ] {
        let path = ffmpeg(&folder, &format!("{source} {arguments}"), name);
        for at_ms in [0, 39, 40, 1_000, 1_999, 2_000, 3_279, 3_960, 9_000] {
            let frame = (at_ms / 40).min(99);
            let still = still(&path, MediaTime::from_millis(at_ms), 64, &Limits::default());
            let still = still.unwrap_or_else(|error| panic!("{name} at {at_ms} ms: {error}"));
            let expected = (f64::from(2 * frame as i32) * 255.0 / 219.0).round().min(255.0) as u8;
            assert_colour(colour(&still, 0.5, 0.5), [expected; 3], 2);
        }
    }
}

#[test]
fn a_cover_comes_out_and_becomes_a_jpeg() {
    let folder = folder();
    ffmpeg(&folder, "-f lavfi -i color=c=red:s=100x80 -frames:v 1", "cover.png");
    let arguments = "-f lavfi -i sine=d=1 -i cover.png -map 0 -map 1 -c:v copy -disposition:v:0 attached_pic";
    let covered = ffmpeg(&folder, arguments, "covered.m4a");
    let cover = embedded_thumbnail(&covered, 50, &Limits::default()).unwrap().unwrap();
    assert_eq!((cover.width_px(), cover.height_px()), (50, 40));
    assert_colour(colour(&cover, 0.5, 0.5), [255, 0, 0], 2);
    let jpeg = encode_jpeg(&cover, 85).unwrap();
    assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]));
    assert!(embedded_thumbnail(&plain(&folder, "plain.mp4"), 50, &Limits::default()).unwrap().is_none());
}

#[test]
fn nothing_is_converted_that_nobody_asked_for() {
    let folder = folder();
    let path = plain(&folder, "plain.mp4");
    let nothing = try_decode(&path, &DecodePlan::default()).unwrap();
    assert!(nothing.small.is_empty() && nothing.sampled.is_empty() && nothing.sound.is_empty());
    assert_eq!(nothing.end.as_ref().unwrap().frames, 50);
    let every = SamplePlan { interval: MediaTime::ZERO, max_side_px: 16 };
    let decoded = try_decode(&path, &DecodePlan { sampled: Some(every), ..full_plan() }).unwrap();
    assert_eq!((decoded.sampled.len(), first(&decoded).width_px()), (50, 16));
}
