//! Who speaks when in one asset.

use reelgraph_models::time::{MediaTime, Span};

use super::assign::assign;
use super::cluster::{Cluster, agglomerate};
use super::encoder::{DIMS, Voice};
use super::pieces::{Piece, of_length_one, pieces};
use super::turn::{SpeakerTurn, VoiceWindow, VoicedRegion};

/// Two groups of pieces are one speaker's where the mean likeness of their pairs reaches this. Of 0.64 to 0.72 it leaves the
/// least speech with a wrong speaker, by little, on 60 conversations of ten and of sixty readers of LibriSpeech, a third of
/// them over music.
const SAME_SPEAKER: f32 = 0.67;
/// Only pieces of this length found speakers, 1.6 s, the network's window: in shorter ones a speaker is not even like themselves.
const LEAST_ANCHOR: MediaTime = MediaTime::from_millis(1_600);
/// Who speaks less in all is no speaker but a cough, a laugh, two at once; what they say goes to whom it is most like.
const LEAST_SPEECH_SECONDS: f32 = 2.0;
/// A shorter piece that is less like every speaker than this is somebody else's, who only says short things: the shaman of the
/// Sintel trailer and Sintel are alike by 0.55.
const STRANGER: f32 = 0.6;
/// Such a one may speak less, since they are like nobody.
const LEAST_SPEECH_OF_STRANGER_SECONDS: f32 = 1.0;
/// Longest that a piece weighs: a long one is no more certain than this.
const MAX_WEIGHT_SECONDS: f32 = 10.0;
/// A longer pause of one speaker ends a turn.
const PAUSE: MediaTime = MediaTime::from_millis(1_500);

/// Finds the turns of all speakers of one asset from its regions of speech, which are in order and do not overlap; neither do
/// the turns.
///
/// Regions are cut where the voice may change; pieces that are long enough are clustered by average likeness, and so are shorter
/// ones that are like none of these; who hardly speaks is dissolved; at last each tenth of a second of every region goes to the
/// speaker whom the windows around it are most like. Where two speak at once, one of them gets the turn. A region too short to
/// have a voice is in no turn of its own.
pub fn diarize(regions: &[VoicedRegion]) -> Vec<SpeakerTurn> {
    let speakers = speakers(&regions.iter().flat_map(pieces).collect::<Vec<_>>());
    let parts = regions.iter().flat_map(|region| assign(region, &speakers));
    let mut turns: Vec<(Span, usize)> = Vec::new();
    for (span, speaker) in parts {
        match turns.last_mut() {
            Some((last, same)) if *same == speaker && span.start() - last.end() <= PAUSE => *last = last.hull(span),
            _ => turns.push((span, speaker)),
        }
    }
    let windows: Vec<&VoiceWindow> = regions.iter().flat_map(|region| &region.windows).collect();
    let numbers = in_order(turns.iter().map(|turn| turn.1));
    let turn = |((span, _), speaker): ((Span, usize), usize)| {
        Some(SpeakerTurn { span, speaker, voice: voice_in(span, &windows)? })
    };
    turns.into_iter().zip(numbers).filter_map(turn).collect()
}

/// Those who speak enough to be told apart.
fn speakers(pieces: &[Piece]) -> Vec<Cluster> {
    let (anchors, short): (Vec<&Piece>, Vec<&Piece>) =
        pieces.iter().partition(|piece| piece.span.duration() >= LEAST_ANCHOR);
    let founders = clustered(anchors);
    let is_strange = |piece: &&Piece| founders.iter().all(|speaker| speaker.fit(&piece.voice) < STRANGER);
    let strangers = clustered(short.into_iter().filter(is_strange).collect());
    let heard = |speaker: &&Cluster| speaker.weight >= LEAST_SPEECH_SECONDS;
    let heard_of_strangers = |speaker: &&Cluster| speaker.weight >= LEAST_SPEECH_OF_STRANGER_SECONDS;
    let speakers: Vec<Cluster> =
        founders.iter().filter(heard).chain(strangers.iter().filter(heard_of_strangers)).cloned().collect();
    if !speakers.is_empty() {
        return speakers;
    }
    // Where nobody says more, the one who says most is the speaker.
    let all = founders.into_iter().chain(strangers);
    all.reduce(|best, next| if next.weight > best.weight { next } else { best }).into_iter().collect()
}

/// Pieces that are alike, together.
fn clustered(pieces: Vec<&Piece>) -> Vec<Cluster> {
    let weight = |piece: &Piece| (piece.span.duration().as_seconds_f64() as f32).min(MAX_WEIGHT_SECONDS);
    agglomerate(pieces.into_iter().map(|piece| Cluster::of(&piece.voice, weight(piece))).collect(), SAME_SPEAKER)
}

/// The mean of the windows, each weighted by what it shares with the turn; `None` where nothing was heard.
fn voice_in(turn: Span, windows: &[&VoiceWindow]) -> Option<Voice> {
    let mut sum: Voice = [0.0; DIMS];
    let first = windows.partition_point(|window| window.span.end() <= turn.start());
    for window in windows.iter().skip(first).take_while(|window| window.span.start() < turn.end()) {
        let shared = window.span.end().min(turn.end()) - window.span.start().max(turn.start());
        let weight = shared.as_seconds_f64() as f32;
        sum.iter_mut().zip(&window.voice).for_each(|(sum, value)| *sum += value * weight);
    }
    of_length_one(sum)
}

/// The labels, numbered anew in the order in which they first occur.
fn in_order(labels: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = Vec::new();
    let number = |label: usize| {
        seen.iter().position(|known| *known == label).unwrap_or_else(|| {
            seen.push(label);
            seen.len() - 1
        })
    };
    labels.map(number).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{region, voice};
    use super::*;

    /// The turns as start and end in milliseconds and speaker.
    fn turns(regions: &[VoicedRegion]) -> Vec<(i64, i64, usize)> {
        let plain = |turn: SpeakerTurn| (turn.span.start().as_millis(), turn.span.end().as_millis(), turn.speaker);
        diarize(regions).into_iter().map(plain).collect()
    }

    fn labels(regions: &[VoicedRegion]) -> Vec<usize> {
        turns(regions).into_iter().map(|turn| turn.2).collect()
    }

    #[test]
    fn speakers_are_numbered_in_the_order_in_which_they_speak() {
        let regions = [(0, 88.0), (4_000, 2.0), (8_000, 90.0), (12_000, 0.0)];
        let regions = regions.map(|(start, degrees)| region(start, &[(degrees, 3_000)]));
        assert_eq!(turns(&regions), [(0, 3_000, 0), (4_000, 7_000, 1), (8_000, 11_000, 0), (12_000, 15_000, 1)]);
    }

    #[test]
    fn two_who_speak_without_a_pause_are_told_apart() {
        let found = turns(&[region(0, &[(0.0, 6_000), (90.0, 6_000)])]);
        let is_right =
            matches!(*found, [(0, end, 0), (start, 12_000, 1)] if start == end && (5_600..=6_400).contains(&end));
        assert!(is_right, "{found:?}");
    }

    #[test]
    fn a_short_region_goes_to_whom_it_is_most_like() {
        let regions = [(0, 0.0, 3_000), (5_000, 35.0, 600), (7_000, 90.0, 3_000), (13_000, 52.0, 600)];
        let regions = regions.map(|(start, degrees, length)| region(start, &[(degrees, length)]));
        assert_eq!(labels(&regions), [0, 0, 1, 1]);
    }

    #[test]
    fn who_hardly_speaks_is_nobody_of_their_own() {
        let three = |length| {
            let regions = [(0, 0.0, 3_000), (6_000, 85.0, length), (12_000, 1.0, 3_000)];
            labels(&regions.map(|(start, degrees, length)| region(start, &[(degrees, length)])))
        };
        assert_eq!(three(2_400), [0, 1, 0]);
        assert_eq!(three(1_700), [0, 0, 0]);
    }

    #[test]
    fn who_only_says_short_things_is_a_speaker_if_there_is_enough_of_them() {
        let two = |length| {
            let regions = [(0, 0.0, 3_000), (5_000, 85.0, length), (8_000, 1.0, 3_000), (13_000, 90.0, length)];
            labels(&regions.map(|(start, degrees, length)| region(start, &[(degrees, length)])))
        };
        assert_eq!(two(800), [0, 1, 0, 1]);
        assert_eq!(two(450), [0, 0, 0, 0]);
    }

    #[test]
    fn only_short_regions_still_have_speakers() {
        let regions = |length| {
            let regions = [(0, 0.0), (3_000, 90.0), (6_000, 0.0), (9_000, 90.0)];
            labels(&regions.map(|(start, degrees)| region(start, &[(degrees, length)])))
        };
        assert_eq!(regions(1_200), [0, 1, 0, 1]);
        assert_eq!(regions(450), [0, 0, 0, 0], "nobody says as much as a second");
        assert_eq!(labels(&[]), Vec::<usize>::new());
    }

    #[test]
    fn a_turn_has_a_short_pause_and_ends_at_a_long_one() {
        let regions = [0, 3_000, 7_000].map(|start| region(start, &[(0.0, 2_000)]));
        assert_eq!(turns(&regions), [(0, 5_000, 0), (7_000, 9_000, 0)]);
    }

    #[test]
    fn a_turn_has_the_voice_of_the_windows_it_shares_most_with() {
        let windows = region(0, &[(0.0, 1_600), (90.0, 1_600)]).windows;
        let windows: Vec<&VoiceWindow> = windows.iter().collect();
        let span = |start, end| Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(end));
        let mixed = voice_in(span(0, 1_000), &windows).unwrap_or(voice(90.0));
        assert!(mixed[0] > 0.9 && mixed[1] < 0.4);
        assert_eq!(voice_in(span(4_000, 5_000), &windows), None);
    }

    proptest! {
        #[test]
        fn turns_are_in_order_without_overlap_and_no_number_is_left_out(
            parts in prop::collection::vec((0.0_f32..90.0, 100_i64..8_000, 0_i64..4_000), 0..40)
        ) {
            let mut at = 0;
            let mut regions = Vec::new();
            for (degrees, length, pause) in parts {
                regions.push(region(at, &[(degrees, length)]));
                at += length + pause + 500;
            }
            let found = diarize(&regions);
            let mut next = 0;
            for turn in &found {
                prop_assert!(turn.speaker <= next);
                next = next.max(turn.speaker + 1);
            }
            prop_assert!(found.windows(2).all(|pair| pair[0].span.end() <= pair[1].span.start()));
            let speaks = |at: MediaTime| found.iter().any(|turn| turn.span.contains(at));
            prop_assert!(regions.iter().all(|region| speaks(region.span.start())));
            prop_assert_eq!(diarize(&regions), found);
        }
    }
}
