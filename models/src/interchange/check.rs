//! The rules that values of a document keep.

use super::error::ImportError;
use crate::language::is_code;
use crate::observation::{BoundingBox, Cue, Finding, Transition};
use crate::time::{MediaTime, Span};

/// Longest text that was said or written, characters.
const MAX_TEXT_CHARS: usize = 10_000;
/// Longest label, name of a model or title, characters.
pub(super) const MAX_NAME_CHARS: usize = 200;
/// Most words, lines, boxes or other words of one observation.
const MAX_PARTS: usize = 10_000;
/// How far an end may lie beyond the asset's, and a part beyond the whole: containers and recognisers round.
const OVERHANG: MediaTime = MediaTime::from_millis(1_000);

/// Checks values, and knows where it is.
pub(super) struct Check {
    /// Where spans must end; `None` where the length of the asset is not known yet.
    pub(super) limit: Option<MediaTime>,
    pub(super) path: String,
}

type Checked = Result<(), ImportError>;

impl Check {
    /// Checks at a place below this one.
    pub(super) fn at(&self, place: &str) -> Self {
        let path = if self.path.is_empty() { place.to_owned() } else { format!("{}.{place}", self.path) };
        Self { limit: self.limit, path }
    }

    pub(super) fn nth(&self, list: &str, index: usize) -> Self {
        self.at(&format!("{list}[{index}]"))
    }

    pub(super) fn fail(&self, why: impl Into<String>) -> Checked {
        Err(ImportError::value(self.path.clone(), why))
    }

    pub(super) fn span(&self, span: Span) -> Checked {
        if span.start() < MediaTime::ZERO {
            return self.fail("it begins before the asset");
        }
        self.time(span.end())
    }

    /// Whether a part of an observation lies in its time.
    fn part(&self, span: Span, whole: Span) -> Checked {
        self.moment(span.start(), whole)?;
        self.moment(span.end(), whole)
    }

    /// Whether a moment lies in the time of its observation.
    fn moment(&self, at: MediaTime, whole: Span) -> Checked {
        self.time(at)?;
        let is_inside = (whole.start() - OVERHANG..=whole.end() + OVERHANG).contains(&at);
        if is_inside { Ok(()) } else { self.fail("it lies outside the observation that it is a part of") }
    }

    fn time(&self, at: MediaTime) -> Checked {
        match self.limit {
            _ if at < MediaTime::ZERO => self.fail("it lies before the asset"),
            Some(limit) if at > limit + OVERHANG => self.fail(format!("it lies beyond the end of the asset, {limit}")),
            _ => Ok(()),
        }
    }

    pub(super) fn share(&self, value: f32) -> Checked {
        if (0.0..=1.0).contains(&value) { Ok(()) } else { self.fail("it is not between 0 and 1") }
    }

    fn finite(&self, value: f32) -> Checked {
        if value.is_finite() { Ok(()) } else { self.fail("it is not a number that can be kept") }
    }

    fn bounds(&self, bounds: BoundingBox) -> Checked {
        let BoundingBox { left, top, right, bottom } = bounds;
        for (name, value) in [("left", left), ("top", top), ("right", right), ("bottom", bottom)] {
            self.at(name).share(value)?;
        }
        if left < right && top < bottom { Ok(()) } else { self.fail("the box is empty") }
    }

    pub(super) fn text(&self, text: &str) -> Checked {
        if text.trim().is_empty() {
            return self.fail("it is blank");
        }
        if text.chars().nth(MAX_TEXT_CHARS).is_some() {
            return self.fail(format!("it has more than {MAX_TEXT_CHARS} characters"));
        }
        let is_no_text = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
        if text.chars().any(is_no_text) { self.fail("it has control characters") } else { Ok(()) }
    }

    pub(super) fn name(&self, name: &str) -> Checked {
        if name.trim().is_empty() {
            return self.fail("it is blank");
        }
        if name.chars().nth(MAX_NAME_CHARS).is_some() {
            return self.fail(format!("it has more than {MAX_NAME_CHARS} characters"));
        }
        if name.chars().any(char::is_control) { self.fail("it has control characters") } else { Ok(()) }
    }

    pub(super) fn language(&self, language: &str) -> Checked {
        if is_code(language) {
            Ok(())
        } else {
            self.fail("it is not the code of a language (ISO 639) such as en or yue")
        }
    }

    fn parts<T>(&self, list: &str, parts: &[T], mut each: impl FnMut(&Self, &T) -> Checked) -> Checked {
        if parts.len() > MAX_PARTS {
            return self.at(list).fail(format!("it has more than {MAX_PARTS} entries"));
        }
        parts.iter().enumerate().try_for_each(|(index, part)| each(&self.nth(list, index), part))
    }

    /// Everything inside a finding of that time.
    pub(super) fn finding(&self, finding: &Finding, whole: Span) -> Checked {
        match finding {
            Finding::Shot { opened_by: Transition::Gradual { span }, .. } => self.at("opened_by.span").span(*span),
            Finding::Shot { .. } | Finding::Scene { .. } | Finding::Speaker { .. } => Ok(()),
            Finding::Chapter { title, .. } => self.at("title").name(title),
            Finding::Cue { cue } => self.cue(*cue),
            Finding::Speech { text, language, words, suspect } => {
                self.at("text").text(text)?;
                self.at("language").language(language)?;
                self.parts("suspect", suspect, |_, _| Ok(()))?;
                self.parts("words", words, |at, word| {
                    at.at("text").text(&word.text)?;
                    at.at("span").part(word.span, whole)?;
                    at.at("probability").share(word.probability)
                })
            }
            Finding::Sound { label, .. } => self.at("label").name(label),
            Finding::ScreenText { text, lines, language, .. } => {
                self.at("text").text(text)?;
                if let Some(language) = language {
                    self.at("language").language(language)?;
                }
                self.parts("lines", lines, |at, line| {
                    at.at("text").text(&line.text)?;
                    at.at("bounds").bounds(line.bounds)?;
                    at.at("confidence").share(line.confidence)
                })
            }
            Finding::Object { label, also, bounds, at, tracks, counts, .. } => {
                self.labels(label, also)?;
                self.at("bounds").bounds(*bounds)?;
                self.at("at").moment(*at, whole)?;
                self.parts("tracks", tracks, |at, track| {
                    at.at("span").part(track.span, whole)?;
                    at.boxes(&track.boxes, whole)
                })?;
                self.parts("counts", counts, |at, counted| at.at("at").moment(counted.at, whole))
            }
            Finding::Face { bounds, at, quality, boxes } => {
                self.at("bounds").bounds(*bounds)?;
                self.at("at").moment(*at, whole)?;
                self.at("quality").share(*quality)?;
                self.boxes(boxes, whole)
            }
            Finding::Tag { label, also } => self.labels(label, also),
            Finding::Moderation { path, scores, words, .. } => {
                if !(1..=3).contains(&path.len()) {
                    return self.at("path").fail("it has one to three labels");
                }
                self.parts("path", path, |at, label| at.name(label))?;
                self.parts("scores", scores, |at, score| {
                    at.at("model").name(&score.model)?;
                    at.at("class").name(&score.class)?;
                    at.at("score").share(score.score)
                })?;
                self.parts("words", words, |at, hit| {
                    at.at("term").name(&hit.term)?;
                    if hit.start_char < hit.end_char { Ok(()) } else { at.fail("it is empty") }
                })
            }
            Finding::Keyword { text, .. } => self.at("text").name(text),
        }
    }

    fn cue(&self, cue: Cue) -> Checked {
        match cue {
            Cue::Letterbox { picture } => self.at("picture").bounds(picture),
            Cue::Loudness { integrated_lufs, range_lu, true_peak_dbtp } => {
                self.at("integrated_lufs").finite(integrated_lufs)?;
                self.at("range_lu").finite(range_lu)?;
                self.at("true_peak_dbtp").finite(true_peak_dbtp)
            }
            _ => Ok(()),
        }
    }

    fn labels(&self, label: &str, also: &[String]) -> Checked {
        self.at("label").name(label)?;
        self.parts("also", also, |at, word| at.name(word))
    }

    fn boxes(&self, boxes: &[crate::observation::TrackBox], whole: Span) -> Checked {
        if boxes.is_empty() {
            return self.at("boxes").fail("it is empty");
        }
        self.parts("boxes", boxes, |at, one| {
            at.at("at").moment(one.at, whole)?;
            at.at("bounds").bounds(one.bounds)?;
            at.at("confidence").share(one.confidence)
        })
    }
}
