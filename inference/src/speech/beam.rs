//! A second, wider search for the transcript of one window that the greedy one is not sure of.
//!
//! Follows `BeamSearchDecoder` of OpenAI's `whisper/decoding.py`, patience 1. Greedy decoding of clear English gains nothing
//! from it and it costs about three times as much, so it is run only where the greedy transcript is doubtful.

use super::choice::likeliest_few;
use super::decode::{Decoder, Ending, MAX_TOKENS, Request, Transcript, last_look};
use super::whisper::{Memory, Sound};
use crate::InferenceError;

/// Transcripts followed at a time (`beam_size`).
const BEAMS: usize = 5;

/// A token of the tree of transcripts.
struct Node {
    parent: Option<usize>,
    token: u32,
    log_probability: f32,
    /// Index of the attention when it was chosen.
    look: usize,
}

/// A transcript that is being followed: its last token, all its tokens, the sum of their log-probabilities.
struct Beam {
    last: Option<usize>,
    tokens: Vec<u32>,
    sum: f32,
}

/// A way to go on: which beam, by which token, at which sum.
struct Candidate {
    beam: usize,
    token: u32,
    log_probability: f32,
    sum: f32,
}

/// A transcript that has ended.
struct Ended {
    last: Option<usize>,
    /// Index of the attention when the end was chosen.
    look: usize,
    count: usize,
    sum: f32,
}

/// The search so far.
#[derive(Default)]
struct Tree {
    nodes: Vec<Node>,
    looks: Vec<Vec<f32>>,
    ended: Vec<Ended>,
}

impl Decoder<'_> {
    /// The likeliest transcript that a search of five beams finds, `None` where every beam runs in circles or out of room.
    /// `sound` has one row, and so has `memory`, which is that of [`Decoder::start`].
    pub(crate) fn search(
        &mut self,
        sound: &Sound,
        mut memory: Memory,
        request: &Request,
    ) -> Result<Option<Transcript>, InferenceError> {
        let mut tree = Tree::default();
        let mut beams = vec![Beam { last: None, tokens: Vec::new(), sum: 0.0 }];
        let mut tokens = self.prompt(request).to_vec();
        while !beams.is_empty() && tree.ended.len() < BEAMS {
            let mut step = self.whisper.step(&tokens, &mut memory, sound)?;
            let mut candidates = Vec::new();
            let first_look = tree.looks.len();
            for (index, (beam, (scores, look))) in beams.iter().zip(step.rows(beams.len())).enumerate() {
                self.rules.apply(scores, &beam.tokens, request.earliest_end);
                tree.looks.push(last_look(look, request.positions));
                candidates.extend(likeliest_few(scores, BEAMS + 1).into_iter().map(|(token, log_probability)| {
                    Candidate { beam: index, token, log_probability, sum: beam.sum + log_probability }
                }));
            }
            candidates.sort_by(|a, b| b.sum.total_cmp(&a.sum));
            let parents = self.extend(&mut tree, &mut beams, candidates, first_look);
            memory = self.whisper.rows_of_memory(&memory, &parents)?;
            tokens = beams.iter().filter_map(|beam| beam.tokens.last()).map(|token| i64::from(*token)).collect();
        }
        Ok(tree.best())
    }

    /// Replaces the beams by their best continuations; gives which of the old each of the new goes on from.
    fn extend(
        &self,
        tree: &mut Tree,
        beams: &mut Vec<Beam>,
        candidates: Vec<Candidate>,
        first_look: usize,
    ) -> Vec<usize> {
        let (mut next, mut parents) = (Vec::with_capacity(BEAMS), Vec::with_capacity(BEAMS));
        for candidate in candidates {
            let Some(beam) = beams.get(candidate.beam) else { continue };
            let look = first_look + candidate.beam;
            if candidate.token == self.vocabulary.end_of_text {
                let (last, count, sum) = (beam.last, beam.tokens.len(), candidate.sum);
                tree.ended.push(Ended { last, look, count, sum });
                continue;
            }
            let tokens: Vec<u32> = beam.tokens.iter().copied().chain([candidate.token]).collect();
            if tokens.len() >= MAX_TOKENS || self.circles(&tokens) {
                continue;
            }
            let Candidate { token, log_probability, sum, .. } = candidate;
            tree.nodes.push(Node { parent: beam.last, token, log_probability, look });
            next.push(Beam { last: Some(tree.nodes.len() - 1), tokens, sum });
            parents.push(candidate.beam);
            if next.len() == BEAMS {
                break;
            }
        }
        *beams = next;
        parents
    }
}

impl Tree {
    /// The ended transcript that is likeliest by token.
    fn best(mut self) -> Option<Transcript> {
        let mean = |ended: &Ended| ended.sum / (ended.count + 1) as f32;
        let best = std::mem::take(&mut self.ended).into_iter().max_by(|a, b| mean(a).total_cmp(&mean(b)))?;
        let mut transcript = Transcript::new();
        (transcript.ending, transcript.sum) = (Ending::EndOfText, best.sum);
        transcript.attention.extend(self.looks.get(best.look).cloned());
        let mut at = best.last;
        while let Some(node) = at.and_then(|index| self.nodes.get(index)) {
            transcript.tokens.push(node.token);
            transcript.log_probabilities.push(node.log_probability);
            transcript.attention.extend(self.looks.get(node.look).cloned());
            at = node.parent;
        }
        transcript.tokens.reverse();
        transcript.log_probabilities.reverse();
        transcript.attention.reverse();
        Some(transcript)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_the_ended_is_read_back_in_order() {
        let node = |parent, token, look| Node { parent, token, log_probability: -0.5, look };
        let tree = Tree {
            nodes: vec![node(None, 10, 0), node(Some(0), 11, 1), node(Some(0), 12, 1)],
            looks: vec![vec![0.0], vec![1.0], vec![2.0]],
            ended: vec![
                Ended { last: Some(1), look: 2, count: 2, sum: -9.0 },
                Ended { last: Some(2), look: 2, count: 2, sum: -1.5 },
            ],
        };
        let best = tree.best().unwrap_or_else(Transcript::new);
        assert_eq!(best.tokens, [10, 12]);
        assert_eq!(best.attention, [[0.0], [1.0], [2.0]]);
        assert_eq!(best.mean_log_probability(), -0.5);
        assert!(Tree::default().best().is_none());
    }
}
