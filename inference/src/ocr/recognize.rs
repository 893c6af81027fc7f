//! Reading cut-out lines.

use std::sync::Arc;

use ort::value::TensorRef;

use super::crop::{LINE_HEIGHT_PX, LineCrop};
use crate::catalog::ModelFiles;
use crate::error::InferenceError;
use crate::pixels::{Normalization, PlaneOrder};
use crate::runtime::{Model, Runtime, Threads};

/// Lines read in one run.
const MAX_BATCH_LINES: usize = 8;
/// A batch is as wide as its widest line; narrower ones may waste at most this factor.
const MAX_BATCH_STRETCH: f64 = 1.25;
/// Widths come in steps, so that lines of nearly one width share a batch.
const WIDTH_STEP_PX: u32 = 16;
/// The recogniser was trained on inputs at least this wide; shorter lines are filled up with grey.
const MIN_WIDTH_PX: u32 = 160;
/// Sum of widths in one run: bounds the logits, which are 18,710 wide for every 8 pixels.
const MAX_BATCH_WIDTH_PX: u32 = 4_800;

/// What a line says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reading {
    pub(crate) text: String,
    /// Characters other than blanks.
    pub(crate) characters: usize,
    /// Mean probability of these characters; 0 where there are none.
    pub(crate) confidence: f32,
}

impl Reading {
    /// Sum of the characters' probabilities: of two readings of one line, the right one has the larger.
    pub(crate) fn strength(&self) -> f32 {
        self.confidence * self.characters as f32
    }
}

/// PP-OCRv6's recogniser: `x` `[lines, 3, 48, width]` f32 BGR to `[lines, width / 8, classes]` probabilities, class 0 blank.
#[derive(Debug)]
pub(crate) struct LineRecognizer {
    model: Model,
    normalization: Normalization,
    /// Characters by class; class 0 is empty, the last one a space.
    characters: Vec<String>,
}

impl LineRecognizer {
    pub(crate) fn load(runtime: &Arc<Runtime>, files: &ModelFiles, threads: Threads) -> Result<Self, InferenceError> {
        let path = files.path("recognizer")?;
        let model = runtime.load(path, threads)?;
        let listed = model.metadata("character").ok_or_else(|| InferenceError::ModelData {
            path: path.to_path_buf(),
            reason: "the graph does not name its characters".to_owned(),
        })?;
        let characters = std::iter::once(String::new())
            .chain(listed.lines().map(str::to_owned))
            .chain(std::iter::once(" ".to_owned()))
            .collect();
        Ok(Self { model, normalization: Normalization::new(PlaneOrder::Bgr, [0.5; 3], [0.5; 3]), characters })
    }

    /// Reads each line; the readings are in the order of the lines.
    pub(crate) fn read(&mut self, lines: &[LineCrop]) -> Result<Vec<Reading>, InferenceError> {
        let mut by_width: Vec<(usize, &LineCrop)> = lines.iter().enumerate().collect();
        by_width.sort_by_key(|(_, line)| line.width_px);
        let mut readings = vec![Reading::default(); lines.len()];
        let mut rest = by_width.as_slice();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch_len(rest));
            for ((index, _), reading) in batch.iter().zip(self.read_batch(batch)?) {
                if let Some(slot) = readings.get_mut(*index) {
                    *slot = reading;
                }
            }
            rest = later;
        }
        Ok(readings)
    }

    fn read_batch(&mut self, batch: &[(usize, &LineCrop)]) -> Result<Vec<Reading>, InferenceError> {
        let width = batch.iter().map(|(_, line)| padded_width(line)).max().unwrap_or(MIN_WIDTH_PX) as usize;
        let height = LINE_HEIGHT_PX as usize;
        let mut planes = vec![0.0_f32; batch.len() * 3 * width * height];
        for ((_, line), planes) in batch.iter().zip(planes.chunks_exact_mut(3 * width * height)) {
            self.normalization.write_planes(&line.rgb, line.width_px as usize, planes, width, height);
        }
        let shape = [batch.len(), 3, height, width];
        let input = TensorRef::from_array_view((shape, planes.as_slice())).map_err(self.model.tensor_error("x"))?;
        let outputs = self.model.run(ort::inputs!["x" => input])?;
        let classes = self.characters.len();
        let (shape, probabilities) =
            outputs.tensor_of::<f32>("fetch_name_0", &[batch.len() as i64, -1, classes as i64])?;
        let steps = shape.get(1).map_or(0, |steps| usize::try_from(*steps).unwrap_or(0));
        let lines = probabilities.chunks_exact((steps * classes).max(1));
        Ok(lines.map(|line| decode(line, &self.characters)).collect())
    }
}

fn padded_width(line: &LineCrop) -> u32 {
    line.width_px.next_multiple_of(WIDTH_STEP_PX).max(MIN_WIDTH_PX)
}

/// How many of the lines, sorted by width, go into the next batch; at least one.
fn batch_len(by_width: &[(usize, &LineCrop)]) -> usize {
    let Some((_, narrowest)) = by_width.first() else { return 0 };
    let limit = f64::from(padded_width(narrowest)) * MAX_BATCH_STRETCH;
    let fits = |(position, (_, line)): (usize, &(usize, &LineCrop))| {
        let width = padded_width(line);
        f64::from(width) <= limit && (position as u32 + 1) * width <= MAX_BATCH_WIDTH_PX
    };
    let fitting = by_width.iter().enumerate().take(MAX_BATCH_LINES).take_while(|entry| fits(*entry)).count();
    fitting.max(1)
}

/// Greedy connectionist temporal classification: the likeliest class of each step, repeats joined, blanks left out.
fn decode(probabilities: &[f32], characters: &[String]) -> Reading {
    let mut reading = Reading::default();
    let (mut sum, mut before) = (0.0_f32, 0_usize);
    for step in probabilities.chunks_exact(characters.len().max(1)) {
        let (class, probability) = likeliest(step);
        if class != 0 && class != before {
            let character = characters.get(class).map_or("", String::as_str);
            reading.text.push_str(character);
            if !character.trim().is_empty() {
                reading.characters += 1;
                sum += probability;
            }
        }
        before = class;
    }
    if reading.characters > 0 {
        reading.confidence = (sum / reading.characters as f32).clamp(0.0, 1.0);
    }
    reading
}

/// Position and value of the largest element. Blocks first: 18,710 classes for every step make this the hot loop.
fn likeliest(values: &[f32]) -> (usize, f32) {
    const BLOCK: usize = 64;
    let block_max = |block: &[f32]| {
        let lanes = block.chunks(4).fold([f32::NEG_INFINITY; 4], |mut lanes, chunk| {
            for (lane, value) in lanes.iter_mut().zip(chunk) {
                *lane = if *value > *lane { *value } else { *lane };
            }
            lanes
        });
        lanes.into_iter().fold(f32::NEG_INFINITY, f32::max)
    };
    let mut best = (0, f32::NEG_INFINITY);
    for (index, block) in values.chunks(BLOCK).enumerate() {
        let max = block_max(block);
        if max > best.1 {
            best = (index, max);
        }
    }
    let start = best.0 * BLOCK;
    let within = values.iter().skip(start).take(BLOCK).position(|value| *value >= best.1).unwrap_or(0);
    (start + within, best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(class: usize, probability: f32) -> Vec<f32> {
        (0..4).map(|index| if index == class { probability } else { 0.01 }).collect()
    }

    #[test]
    fn repeats_are_joined_and_blanks_separate_doubles() {
        let characters = ["", "a", "b", " "].map(str::to_owned);
        let steps = [step(1, 0.8), step(1, 0.9), step(0, 0.9), step(1, 0.6), step(3, 0.7), step(2, 0.9)].concat();
        let reading = decode(&steps, &characters);
        assert_eq!(reading.text, "aa b");
        assert_eq!(reading.characters, 3);
        // The first step of each: 0.8, 0.6 and 0.9.
        assert!((reading.confidence - 2.3 / 3.0).abs() < 1e-6, "the blank does not count: {}", reading.confidence);
        assert_eq!(decode(&step(0, 0.9), &characters), Reading::default());
    }

    #[test]
    fn the_likeliest_class_is_found_wherever_it_lies() {
        for place in [0, 1, 63, 64, 199, 200] {
            let values: Vec<f32> = (0..201).map(|index| if index == place { 0.9 } else { 0.1 }).collect();
            assert_eq!(likeliest(&values), (place, 0.9));
        }
        assert_eq!(likeliest(&[]).0, 0);
    }

    #[test]
    fn batches_hold_lines_of_like_width_and_a_bounded_sum() {
        let crops: Vec<LineCrop> =
            [40, 100, 160, 400, 460, 2_400, 2_400, 2_400].map(|width_px| LineCrop { width_px, rgb: Vec::new() }).into();
        let sorted: Vec<(usize, &LineCrop)> = crops.iter().enumerate().collect();
        assert_eq!(batch_len(&sorted), 3);
        assert_eq!(batch_len(&sorted[3..]), 2);
        assert_eq!(batch_len(&sorted[5..]), 2, "three of the widest would be too much");
        assert_eq!(batch_len(&[]), 0);
    }
}
