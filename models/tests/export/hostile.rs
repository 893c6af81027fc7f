//! Texts from anywhere, in every place that holds one: what is written can be read, and holds all that the format can.

use std::sync::Arc;

use proptest::prelude::*;
use reelgraph_models::export::FrameRate;
use reelgraph_models::export::{ExportFormat, ExportedMoment, ResultSet, Timebase, file_name, write};
use reelgraph_models::time::{MediaTime, Span};
use serde_json::Value;

use super::parse;
use super::sets::{film, moment, set};

/// Pieces that mean something to some format.
const PIECES: [&str; 32] = [
    "\"",
    "'",
    "<",
    ">",
    "&",
    "&amp;",
    "]]>",
    "<!--",
    "-->",
    "</script>",
    "<![CDATA[",
    "=1+1",
    "+",
    "-",
    "@SUM",
    "\t",
    "\r",
    "\n",
    "\n\n",
    "\r\n",
    "\0",
    "\u{1b}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{202e}",
    "\u{feff}",
    "\u{ffff}",
    "🎬",
    "é",
    "001  REEL",
    "\\u0000",
];

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned),
        2 => "[a-z ]{1,12}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

prop_compose! {
    fn a_moment()(
        texts in prop::array::uniform10(text()),
        rate in prop::sample::select(vec![None, Some((24, 1)), Some((30_000, 1_001)), Some((0, 0)), Some((120, 1)), Some((7, 3))]),
        start in 0_i64..80_000_000_000,
        length in 1_i64..60_000_000,
        score in any::<f32>(),
    ) -> ExportedMoment {
        let [title, file_name, id, media_url, timecode, name, channel, reason, concept, language] = texts;
        let mut film = (*film("film", rate, Some(&timecode))).clone();
        (film.title, film.file_name, film.id, film.media_url) = (title, file_name, id, media_url);
        let span = Span::at_least_one_micro(MediaTime::from_micros(start), MediaTime::from_micros(start + length));
        let mut moment = moment(&Arc::new(film), span, &name);
        moment.evidence.truncate(1);
        for line in &mut moment.evidence {
            (line.channel, line.text) = (channel.clone(), Some(reason.clone()));
        }
        ExportedMoment { score, concepts: vec![concept], language: Some(language), ..moment }
    }
}

prop_compose! {
    fn a_set()(title in text(), notes in prop::collection::vec(text(), 0..2), moments in prop::collection::vec(a_moment(), 0..5))
        -> ResultSet {
        ResultSet { notes, ..set(&title, moments) }
    }
}

/// Without what XML 1.0 cannot hold.
fn in_xml(text: &str) -> String {
    let held = |letter| match letter {
        '\t' | '\n' | '\r' => letter,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        letter => letter,
    };
    text.chars().map(held).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn json_formats_hold_every_text_as_it_is(set in a_set()) {
        let value = |format| -> Value { serde_json::from_str(&write(&set, format).unwrap()).unwrap() };
        let (json, otio) = (value(ExportFormat::Json), value(ExportFormat::Otio));
        let (iiif, json_ld) = (value(ExportFormat::Iiif), value(ExportFormat::JsonLd));
        prop_assert!(!write(&set, ExportFormat::JsonLd).unwrap().contains('<'), "it can stand in a page");
        prop_assert_eq!(&json["title"], &set.title);
        prop_assert_eq!(&iiif["label"]["none"][0], &set.title);
        prop_assert_eq!(&json_ld["name"], &set.title);
        prop_assert_eq!(&otio["name"], &set.title);
        let clips: Vec<&Value> = json_ld["itemListElement"].as_array().unwrap().iter()
            .flat_map(|entry| entry["item"]["hasPart"].as_array().unwrap()).collect();
        prop_assert_eq!(clips.len(), set.moments.len());
        let sound = otio["tracks"]["children"].as_array().unwrap().last();
        for (index, moment) in set.moments.iter().enumerate() {
            let line = &moment.evidence[0];
            for held in [&json["moments"][index], &sound.unwrap()["children"][index]["metadata"]["reelgraph"]] {
                prop_assert_eq!(&held["title"], &moment.title);
                prop_assert_eq!(&held["asset"]["title"], &moment.asset.title);
                prop_assert_eq!(&held["asset"]["fileName"], &moment.asset.file_name);
                prop_assert_eq!(&held["asset"]["mediaUrl"], &moment.asset.media_url);
                prop_assert_eq!(&held["evidence"][0]["channel"], &line.channel);
                prop_assert_eq!(held["evidence"][0]["text"].as_str(), line.text.as_deref());
                prop_assert_eq!(&held["concepts"][0], &moment.concepts[0]);
                prop_assert_eq!(held["language"].as_str(), moment.language.as_deref());
                prop_assert_eq!(held["startMicros"].as_i64(), Some(moment.span.start().as_micros()));
            }
            let annotation = &iiif["items"][index];
            prop_assert_eq!(annotation["body"][0]["value"].as_str(), line.text.as_deref());
            prop_assert_eq!(&annotation["body"][1]["value"], &moment.concepts[0]);
            prop_assert!(annotation["target"].as_str().unwrap().starts_with(&moment.asset.media_url));
            prop_assert!(clips.iter().any(|clip| clip["name"] == moment.title && clip["identifier"] == moment.id));
        }
    }

    #[test]
    fn a_table_holds_every_text_and_nothing_that_is_calculated(set in a_set()) {
        let records = parse::csv(&write(&set, ExportFormat::Csv).unwrap());
        prop_assert_eq!(records.len(), set.moments.len() + 1);
        for (record, moment) in records.iter().skip(1).zip(&set.moments) {
            prop_assert_eq!(record.len(), records[0].len());
            let field = |name: &str| parse::unguarded(&record[records[0].iter().position(|column| column == name).unwrap()]);
            let line = &moment.evidence[0];
            let reason = format!("{}: {}", line.channel, line.text.as_deref().unwrap());
            for (name, text) in [
                ("asset_id", &moment.asset.id), ("asset_title", &moment.asset.title), ("file_name", &moment.asset.file_name),
                ("title", &moment.title), ("concepts", &moment.concepts[0]), ("evidence", &reason),
                ("media_url", &moment.asset.media_url),
            ] {
                prop_assert_eq!(field(name), text);
            }
            prop_assert_eq!(field("start_micros").parse(), Ok(moment.span.start().as_micros()));
        }
    }

    #[test]
    fn final_cut_xml_holds_every_text_that_xml_can(set in a_set()) {
        let values = parse::xml(&write(&set, ExportFormat::Fcpxml).unwrap());
        let all = |name: &str| values.iter().filter(|(at, _)| at == name).map(|(_, value)| value.clone()).collect::<Vec<_>>();
        prop_assert_eq!(all("asset-clip@ref").len(), set.moments.len());
        let titles: Vec<String> = set.moments.iter().map(|moment| in_xml(&moment.title)).collect();
        prop_assert_eq!(all("marker@value"), titles);
        let concepts: Vec<String> = set.moments.iter().map(|moment| in_xml(&moment.concepts[0])).collect();
        prop_assert_eq!(all("keyword@value"), concepts);
        let notes: Vec<String> = set.moments.iter()
            .map(|moment| in_xml(&format!("{}: {}", moment.evidence[0].channel, moment.evidence[0].text.as_deref().unwrap())))
            .collect();
        let written = all("note");
        for note in notes {
            prop_assert!(written.iter().any(|written| written.starts_with(&note)), "{:?} is not in {:?}", note, written);
        }
        for asset in set.moments.iter().map(|moment| &moment.asset) {
            let is_shared = set.moments.iter().filter(|moment| moment.asset.id == asset.id).count() > 1;
            prop_assert!(is_shared || all("media-rep@src").contains(&in_xml(&asset.media_url)));
        }
    }

    #[test]
    fn captions_hold_every_word_and_stay_in_their_cues(set in a_set()) {
        let cues = parse::web_vtt(&write(&set, ExportFormat::WebVtt).unwrap());
        prop_assert_eq!(cues.len(), set.moments.len());
        for moment in &set.moments {
            let words = |text: &str| -> Vec<String> {
                let visible: String = text.chars().map(|it| if matches!(it, '\n' | '\r' | '\t') { ' ' } else { it })
                    .filter(|letter| !letter.is_control()).collect();
                visible.split_whitespace().map(str::to_owned).collect()
            };
            let expected = words(&moment.title);
            let found = cues.iter().any(|cue| words(&cue.lines.join("\n")) == expected
                || (expected.is_empty() && cue.lines == ["-"]));
            prop_assert!(found, "{:?} is in none of {:?}", expected, cues);
        }
    }

    #[test]
    fn edit_lists_are_ascii_whose_record_times_follow_one_another(set in a_set()) {
        let text = write(&set, ExportFormat::Edl).unwrap();
        let events = parse::edl(&text);
        prop_assert_eq!(events.len(), set.moments.len());
        let mut last: Option<&String> = None;
        for [_, source_in, source_out, record_in, record_out] in &events {
            prop_assert!(source_in != source_out && record_in < record_out);
            prop_assert!(last.is_none_or(|last| last == record_in));
            last = Some(record_out);
        }
    }

    #[test]
    fn file_names_hold_no_separator_and_no_control_character(title in text()) {
        let name = file_name(&title, ExportFormat::Csv);
        prop_assert!(name.len() > ".csv".len() && !name.starts_with('.'));
        prop_assert!(name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '.')), "{}", name);
    }

    #[test]
    fn source_timecode_names_the_frames_that_the_moment_was_made_of(
        first in 0_i64..2_500_000, length in 1_i64..10_000,
        rate in prop::sample::select(&FrameRate::STANDARD[..]),
    ) {
        let film = film("film", Some((rate.numerator(), rate.denominator())), None);
        let set = set("frames", vec![super::sets::frames(&film, first, first + length)]);
        let events = parse::edl(&write(&set, ExportFormat::Edl).unwrap());
        let timebase = Timebase::drop(rate);
        let [_, source_in, source_out, ..] = &events[0];
        prop_assert_eq!(source_in, &timebase.label(first));
        prop_assert_eq!(source_out, &timebase.label(first + length));
    }
}
