//! Which turns have the same speaker.

use reelgraph_models::time::{MediaTime, Span};

use super::cluster::{Cluster, agglomerate};
use super::encoder::Voice;

/// Two groups of turns are one speaker's where the mean likeness of their pairs reaches this. On 128 conversations composed of
/// ten voices, half of them over music, 0.66 to 0.72 leave about as little speech with a wrong speaker (0.062 to 0.074 of it).
const SAME_SPEAKER: f32 = 0.68;
/// Only turns of this length found speakers, 1.6 s, the network's window: in shorter ones a speaker is not even like themselves.
const LEAST_ANCHOR: MediaTime = MediaTime::from_millis(1_600);
/// A short turn that is less like every speaker than this is somebody else's.
const STRANGER: f32 = 0.55;
/// Who speaks less in all is no speaker but a cough, a laugh, a word over music; the turns go to whom they are most like.
const LEAST_SPEECH_SECONDS: f32 = 1.0;
/// Longest that a turn weighs: a long one is no more certain than this.
const MAX_WEIGHT_SECONDS: f32 = 10.0;
/// A turn changes its speaker afterwards only where another fits better by this much.
const MARGIN: f32 = 0.05;
/// How often turns are looked at again once all speakers are known.
const PASSES: usize = 2;

/// Gives each turn of one asset the number of its speaker; speakers are numbered from 0 in the order in which they first speak.
///
/// Turns that are long enough are clustered by average likeness; short ones join the speaker they are most like, or make one
/// among themselves where they are like none; speakers of less than a second are dissolved; at last each turn may go to a
/// speaker whom it fits better. Turns are taken as they are: what two people say in one turn gets one of them.
pub fn diarize(turns: &[(Span, Voice)]) -> Vec<usize> {
    let is_anchor = |turn: &(Span, Voice)| turn.0.duration() >= LEAST_ANCHOR;
    let has_anchors = turns.iter().any(is_anchor);
    let single = |(at, turn): (usize, &(Span, Voice))| Cluster::of(at, &turn.1, weight(turn.0));
    let founding = turns.iter().enumerate().filter(|(_, turn)| !has_anchors || is_anchor(turn));
    let mut speakers = agglomerate(founding.map(single).collect(), SAME_SPEAKER);

    let mut strangers = Vec::new();
    let mut guests = Vec::new();
    for (at, turn) in turns.iter().enumerate().filter(|(_, turn)| has_anchors && !is_anchor(turn)) {
        match best_fit(&speakers, &turn.1) {
            Some((speaker, fit)) if fit >= STRANGER => guests.push((speaker, single((at, turn)))),
            _ => strangers.push(single((at, turn))),
        }
    }
    for (speaker, guest) in guests {
        if let Some(speaker) = speakers.get_mut(speaker) {
            speaker.absorb(guest);
        }
    }
    speakers.extend(agglomerate(strangers, SAME_SPEAKER));
    let (heard, fleeting): (Vec<Cluster>, Vec<Cluster>) =
        speakers.into_iter().partition(|speaker| speaker.weight >= LEAST_SPEECH_SECONDS);
    // Where nobody says more, the one who says most is the speaker.
    let longest = fleeting.into_iter().reduce(|best, next| if next.weight > best.weight { next } else { best });
    let speakers = if heard.is_empty() { longest.into_iter().collect() } else { heard };
    in_order(&settle(turns, speakers))
}

/// Lets each turn go to the speaker that it fits best.
fn settle(turns: &[(Span, Voice)], mut speakers: Vec<Cluster>) -> Vec<usize> {
    let mut labels: Vec<Option<usize>> = vec![None; turns.len()];
    for (speaker, cluster) in speakers.iter().enumerate() {
        for member in &cluster.members {
            if let Some(label) = labels.get_mut(*member) {
                *label = Some(speaker);
            }
        }
    }
    for _ in 0..PASSES {
        let mut moved: Vec<Option<Cluster>> = vec![None; speakers.len()];
        for (at, ((span, voice), label)) in turns.iter().zip(&mut labels).enumerate() {
            let Some((best, fit)) = best_fit(&speakers, voice) else { continue };
            let own = label.and_then(|own| speakers.get(own));
            let speaker = label.filter(|_| own.is_some_and(|own| own.fit(voice) + MARGIN >= fit)).unwrap_or(best);
            *label = Some(speaker);
            let turn = Cluster::of(at, voice, weight(*span));
            match moved.get_mut(speaker) {
                Some(Some(cluster)) => cluster.absorb(turn),
                Some(empty) => *empty = Some(turn),
                None => {}
            }
        }
        for (speaker, moved) in speakers.iter_mut().zip(moved) {
            if let Some(moved) = moved {
                *speaker = moved;
            }
        }
    }
    labels.into_iter().map(Option::unwrap_or_default).collect()
}

/// The speaker whom a voice fits best (of equals, the first), and how well.
fn best_fit(speakers: &[Cluster], voice: &Voice) -> Option<(usize, f32)> {
    let fits = speakers.iter().enumerate().map(|(at, speaker)| (at, speaker.fit(voice)));
    fits.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

fn weight(span: Span) -> f32 {
    (span.duration().as_seconds_f64() as f32).min(MAX_WEIGHT_SECONDS)
}

/// The labels, numbered anew in the order in which they first occur.
fn in_order(labels: &[usize]) -> Vec<usize> {
    let mut seen = Vec::new();
    let number = |label: &usize| {
        seen.iter().position(|known| known == label).unwrap_or_else(|| {
            seen.push(*label);
            seen.len() - 1
        })
    };
    labels.iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A turn of `seconds` whose voice lies at `degrees` between two speakers at 0° and 90°.
    fn turn(degrees: f32, seconds: f64) -> (Span, Voice) {
        let mut voice = [0.0; 256];
        (voice[0], voice[1]) = (degrees.to_radians().cos(), degrees.to_radians().sin());
        (Span::at_least_one_micro(MediaTime::ZERO, MediaTime::from_seconds_f64(seconds)), voice)
    }

    #[test]
    fn speakers_are_numbered_in_the_order_in_which_they_speak() {
        let turns = [turn(88.0, 3.0), turn(2.0, 3.0), turn(90.0, 2.0), turn(0.0, 4.0)];
        assert_eq!(diarize(&turns), [0, 1, 0, 1]);
    }

    #[test]
    fn a_short_turn_joins_whom_it_is_most_like() {
        let turns = [turn(0.0, 3.0), turn(35.0, 0.6), turn(90.0, 3.0), turn(52.0, 0.6)];
        assert_eq!(diarize(&turns), [0, 0, 1, 1]);
    }

    #[test]
    fn short_turns_like_nobody_are_a_speaker_of_their_own_if_there_is_enough_of_them() {
        let turns = |seconds| [turn(0.0, 3.0), turn(85.0, seconds), turn(1.0, 3.0), turn(90.0, seconds)];
        assert_eq!(diarize(&turns(0.8)), [0, 1, 0, 1]);
        assert_eq!(diarize(&turns(0.45)), [0, 0, 0, 0]);
    }

    #[test]
    fn only_short_turns_still_have_speakers() {
        assert_eq!(diarize(&[turn(0.0, 1.2), turn(90.0, 1.2), turn(3.0, 0.5)]), [0, 1, 0]);
        assert_eq!(diarize(&[turn(0.0, 0.5), turn(90.0, 0.6)]), [0, 0]);
        assert_eq!(diarize(&[]), Vec::<usize>::new());
    }

    proptest! {
        #[test]
        fn every_turn_has_a_speaker_and_no_number_is_left_out(
            turns in prop::collection::vec((0.0_f32..90.0, 0.1_f64..8.0), 0..60)
        ) {
            let turns: Vec<(Span, Voice)> = turns.into_iter().map(|(degrees, seconds)| turn(degrees, seconds)).collect();
            let speakers = diarize(&turns);
            prop_assert_eq!(speakers.len(), turns.len());
            let mut next = 0;
            for speaker in &speakers {
                prop_assert!(*speaker <= next);
                next = next.max(speaker + 1);
            }
            prop_assert_eq!(diarize(&turns), speakers);
        }
    }
}
