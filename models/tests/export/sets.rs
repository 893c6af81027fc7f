//! Result sets to write.

use std::sync::Arc;

use reelgraph_models::export::{EvidenceLine, ExportedAsset, ExportedMoment, ExportedVideo, ResultSet};
use reelgraph_models::time::{MediaTime, Span};

/// A film that begins at that timecode.
pub(crate) fn film(name: &str, rate: Option<(u32, u32)>, timecode: Option<&str>) -> Arc<ExportedAsset> {
    Arc::new(ExportedAsset {
        id: format!("QXNzZXQ6{name}"),
        title: name.replace('_', " "),
        file_name: format!("{name}.mov"),
        media_url: format!("http://127.0.0.1:8080/v1/assets/QXNzZXQ6{name}/original"),
        thumbnail_url: Some(format!("http://127.0.0.1:8080/v1/assets/QXNzZXQ6{name}/thumbnail.jpg")),
        duration: Some(MediaTime::from_millis(7_200_000)),
        created_at: "2026-11-22T12:00:00Z".parse().ok(),
        video: rate.map(|rate| ExportedVideo {
            frame_rate: Some(rate),
            is_variable_frame_rate: false,
            width_px: 1_920,
            height_px: 1_080,
            start: MediaTime::ZERO,
            timecode: timecode.map(str::to_owned),
        }),
        has_audio: true,
    })
}

/// A moment of those frames of a film, at the times that a file with a clock of microseconds states for them.
pub(crate) fn frames(film: &Arc<ExportedAsset>, first: i64, end: i64) -> ExportedMoment {
    let (numerator, denominator) = film.video.as_ref().and_then(|video| video.frame_rate).unwrap_or((25, 1));
    let at = |frame: i64| {
        let above = i128::from(frame) * i128::from(denominator) * 1_000_000;
        MediaTime::from_micros(((above + i128::from(numerator) / 2) / i128::from(numerator)) as i64)
    };
    moment(film, Span::new(at(first), at(end)).unwrap(), "What brings you to the land of the gatekeepers?")
}

/// A moment with that title, which is also its reason.
pub(crate) fn moment(film: &Arc<ExportedAsset>, span: Span, title: &str) -> ExportedMoment {
    ExportedMoment {
        asset: Arc::clone(film),
        id: format!("TW9tZW50Oj{}", span.start().as_micros()),
        span,
        title: title.to_owned(),
        evidence: vec![
            EvidenceLine { channel: "SPEECH".to_owned(), span, text: Some(title.to_owned()) },
            EvidenceLine {
                channel: "SCREEN_TEXT".to_owned(),
                span,
                text: Some("BLENDER FOUNDATION\nproudly presents".to_owned()),
            },
            EvidenceLine { channel: "FRAMES".to_owned(), span, text: None },
        ],
        score: 0.75,
        concepts: vec!["dragon".to_owned(), "snow mountain".to_owned()],
        language: Some("en".to_owned()),
    }
}

/// A set of them.
pub(crate) fn set(title: &str, moments: Vec<ExportedMoment>) -> ResultSet {
    let url = "http://127.0.0.1:8080/v1/search/export.json?q=gatekeepers".to_owned();
    ResultSet { title: title.to_owned(), url, notes: Vec::new(), moments }
}

/// Drop-frame films, around the minute in which numbers are dropped and around the hour.
pub(crate) fn ntsc() -> ResultSet {
    let tape = film("Tape_12", Some((30_000, 1_001)), Some("09:59:50;00"));
    let file = film("Ünïcode — “clip”", Some((30_000, 1_001)), None);
    set(
        "Gatekeepers",
        vec![
            frames(&file, 1_799, 1_801),
            frames(&tape, 250, 1_000),
            frames(&file, 0, 1),
            frames(&tape, 107_891, 107_893),
        ],
    )
}

/// Films of several rates, one of sound alone, one whose rate varies.
pub(crate) fn mixed() -> ResultSet {
    let films = [
        film("film", Some((24, 1)), Some("01:00:00:00")),
        film("telecine", Some((24_000, 1_001)), None),
        film("pal", Some((25, 1)), None),
        film("fast", Some((60_000, 1_001)), Some("00:59:59;00")),
        film("sound", None, None),
    ];
    let mut phone = (*film("phone", Some((2_983, 100)), None)).clone();
    if let Some(video) = &mut phone.video {
        video.is_variable_frame_rate = true;
    }
    let second = |film: &Arc<ExportedAsset>| {
        let span = Span::new(MediaTime::from_millis(1_001), MediaTime::from_millis(2_002)).unwrap();
        moment(film, span, "a second and a little")
    };
    let mut moments: Vec<ExportedMoment> = films.iter().map(second).collect();
    moments.push(second(&Arc::new(phone)));
    let film = films.first().unwrap();
    moments.push(frames(film, 240, 264));
    let mut set = set("Mixed rates", moments);
    set.notes.push("matches by meaning are missing: the encoder is not available".to_owned());
    set
}

/// Nothing found.
pub(crate) fn empty() -> ResultSet {
    set("Nothing", Vec::new())
}
