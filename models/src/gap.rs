//! What of an asset is to be analysed again: coverage against the models that the workers have now.

use crate::coverage::{Coverage, CoverageStatus};
use crate::observation::{Modality, ModalitySet, Origin};

/// A model that analysis uses now, or would if its files were here; what the workers say when they start.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CurrentModel {
    /// Name of the analyzer that runs it; the channels of one analyzer come from one look.
    pub analyzer: String,
    /// What it yields.
    pub modality: Modality,
    /// Name of the model card.
    pub model: String,
    /// Version of the model card.
    pub version: String,
    /// Channels that it is made of: where one of them changes, it is to be made again.
    pub depends_on: ModalitySet,
    /// Whether it can run.
    pub is_available: bool,
}

/// Why an asset should be analysed again by a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// No model has looked for this yet.
    Missing,
    /// Another model, or another version of it, has.
    Stale,
    /// The model was tried without a result.
    Failed,
    /// The model was not there, and is now.
    Skipped,
    /// It was planned, and never came to an end.
    Pending,
}

impl Gap {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Missing, Self::Stale, Self::Failed, Self::Skipped, Self::Pending];
}

/// Whether analysis made elsewhere counts as done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Imports {
    /// It does: what is there is not computed again.
    #[default]
    Count,
    /// Our own models are to look all the same.
    AreIgnored,
}

/// How one channel of one asset stands towards one model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Standing {
    /// How far this version of this model got.
    pub current: Option<Reached>,
    /// Whether another model or version of ours has done it.
    pub is_done_by_another: bool,
    /// Whether a model of ours found that the file has no such stream.
    pub lacks_stream: bool,
    /// Whether it was imported or supplied.
    pub is_imported: bool,
}

/// [`CoverageStatus`] as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reached {
    /// Finished.
    Done,
    /// Tried without a result.
    Failed,
    /// Planned or under way.
    Pending,
    /// Not tried.
    Skipped,
}

impl From<&CoverageStatus> for Reached {
    fn from(status: &CoverageStatus) -> Self {
        match status {
            CoverageStatus::Done => Self::Done,
            CoverageStatus::Failed { .. } => Self::Failed,
            CoverageStatus::Pending => Self::Pending,
            CoverageStatus::Skipped { .. } => Self::Skipped,
        }
    }
}

impl Standing {
    /// How the cells of one asset stand towards a model.
    pub fn of(cells: &[Coverage], model: &CurrentModel) -> Self {
        let mut standing = Self::default();
        for cell in cells.iter().filter(|cell| cell.modality == model.modality) {
            let is_done = cell.status == CoverageStatus::Done;
            standing.lacks_stream |= cell.status.lacks_stream();
            if cell.is_imported() {
                standing.is_imported |= is_done;
            } else if cell.model == model.model && cell.version == model.version {
                standing.current = Some(Reached::from(&cell.status));
            } else {
                standing.is_done_by_another |= is_done;
            }
        }
        standing
    }

    /// What is to be done by the model, provided that it can run.
    pub fn gap(self, imports: Imports) -> Option<Gap> {
        match self.current {
            Some(Reached::Done) => None,
            _ if self.is_imported && imports == Imports::Count => None,
            Some(Reached::Failed) => Some(Gap::Failed),
            // No model finds a stream that is not there.
            _ if self.lacks_stream => None,
            Some(Reached::Pending) => Some(Gap::Pending),
            Some(Reached::Skipped) => Some(Gap::Skipped),
            None if self.is_done_by_another => Some(Gap::Stale),
            None => Some(Gap::Missing),
        }
    }
}

impl Coverage {
    /// Whether it tells of analysis made elsewhere, which a re-run of ours never touches.
    pub fn is_imported(&self) -> bool {
        Origin::of_name(&self.model) != Origin::Computed
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::coverage::NO_AUDIO;
    use crate::id::AssetId;
    use crate::reason::Reason;

    fn cell(model: &str, version: &str, status: CoverageStatus) -> Coverage {
        Coverage {
            asset: AssetId::from_uuid(Uuid::nil()),
            modality: Modality::Speech,
            model: model.to_owned(),
            version: version.to_owned(),
            status,
            observations: 0,
            embeddings: 0,
            spent_ms: 0,
        }
    }

    fn gap(cells: &[Coverage], imports: Imports) -> Option<Gap> {
        let model = CurrentModel {
            analyzer: "speech".to_owned(),
            modality: Modality::Speech,
            model: "whisper".to_owned(),
            version: "2".to_owned(),
            depends_on: ModalitySet::EMPTY,
            is_available: true,
        };
        Standing::of(cells, &model).gap(imports)
    }

    #[test]
    fn each_cell_that_is_not_done_by_the_model_of_now_is_a_gap_of_its_kind() {
        let skipped = |code: &str| CoverageStatus::Skipped { reason: Reason::new(code, "not tried") };
        let failed = || CoverageStatus::Failed { reason: Reason::new("crashed", "it crashed") };
        let of = |cells: &[Coverage]| gap(cells, Imports::Count);
        assert_eq!(of(&[]), Some(Gap::Missing));
        assert_eq!(of(&[cell("whisper", "2", CoverageStatus::Done)]), None);
        assert_eq!(of(&[cell("whisper", "1", CoverageStatus::Done)]), Some(Gap::Stale));
        assert_eq!(of(&[cell("other", "2", CoverageStatus::Done)]), Some(Gap::Stale));
        assert_eq!(
            of(&[cell("whisper", "1", CoverageStatus::Done), cell("whisper", "2", failed())]),
            Some(Gap::Failed)
        );
        assert_eq!(of(&[cell("whisper", "2", skipped("model_missing"))]), Some(Gap::Skipped));
        assert_eq!(of(&[cell("whisper", "1", skipped("model_missing"))]), Some(Gap::Missing));
        assert_eq!(of(&[cell("whisper", "2", skipped(NO_AUDIO))]), None);
        assert_eq!(of(&[cell("whisper", "1", skipped(NO_AUDIO))]), None, "a newer model hears no more");
        assert_eq!(of(&[cell("whisper", "2", CoverageStatus::Pending)]), Some(Gap::Pending));
    }

    #[test]
    fn what_was_imported_is_computed_only_when_asked_for() {
        let cells = [cell("import/archive/aws", "3", CoverageStatus::Done)];
        assert_eq!(gap(&cells, Imports::Count), None);
        assert_eq!(gap(&cells, Imports::AreIgnored), Some(Gap::Missing));
    }
}
