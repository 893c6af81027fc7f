//! Analysing a library again where something is missing or stale: what is asked for, and what comes of it.

use std::collections::BTreeMap;

use crate::asset::{Asset, AssetState};
use crate::coverage::Coverage;
use crate::estimate::Paces;
use crate::gap::{CurrentModel, Gap, Imports, Standing};
use crate::id::{AssetId, BatchId};
use crate::observation::{Modality, ModalitySet};
use crate::store::AssetFilter;
use crate::time::MediaTime;

/// Which gaps are to be closed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefreshRequest {
    /// Only these assets; empty for all.
    pub assets: Vec<AssetId>,
    /// Only assets that this finds.
    pub filter: AssetFilter,
    /// Only these channels; empty for all.
    pub modalities: ModalitySet,
    /// Only gaps of these kinds; empty for all.
    pub gaps: Vec<Gap>,
    /// Whether analysis made elsewhere counts.
    pub imports: Imports,
    /// Only assets whose analysis is done: nothing but the gap is to be closed.
    pub only_ready: bool,
}

/// Whether jobs are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefreshMode {
    /// They are.
    Enqueue,
    /// They are only counted.
    DryRun,
}

/// What a refresh found to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// The batch of its jobs; `None` where there are none, or none were made.
    pub batch: Option<BatchId>,
    /// Jobs made, or that would be.
    pub jobs: u64,
    /// Assets with a gap, or never analysed, on which a job waits or runs already; they are left to it.
    pub already_queued: u64,
    /// Gaps that these jobs close, by channel and kind.
    pub gaps: BTreeMap<(Modality, Gap), u64>,
    /// How long one worker is thought to take for all of it, milliseconds; `None` where nothing is known.
    pub estimate_ms: Option<u64>,
}

/// What is to be done on one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AssetPlan {
    pub(crate) asset: AssetId,
    pub(crate) modalities: ModalitySet,
    pub(crate) gaps: Vec<(Modality, Gap)>,
    pub(crate) estimate_ms: Option<u64>,
}

impl RefreshRequest {
    /// What is to be done on an asset with those cells, if anything.
    pub(crate) fn plan(
        &self,
        models: &[CurrentModel],
        paces: &Paces,
        asset: &Asset,
        cells: &[Coverage],
    ) -> Option<AssetPlan> {
        if asset.state == AssetState::Refused || self.only_ready && asset.state != AssetState::Ready {
            return None;
        }
        let is_asked = |modality| self.modalities.is_empty() || self.modalities.contains(modality);
        let mut gaps: Vec<(Modality, Gap)> = Vec::new();
        for model in models.iter().filter(|model| model.is_available && is_asked(model.modality)) {
            let Some(gap) = Standing::of(cells, model).gap(self.imports) else { continue };
            let is_wanted = self.gaps.is_empty() || self.gaps.contains(&gap);
            // Of two models of a channel one may stand for both: they run together.
            if is_wanted && !gaps.iter().any(|(known, _)| *known == model.modality) {
                gaps.push((model.modality, gap));
            }
        }
        let modalities: ModalitySet = gaps.iter().map(|(modality, _)| *modality).collect();
        let length = asset.probe.as_ref().map_or(MediaTime::ZERO, |probe| probe.duration);
        let estimate_ms = paces.estimate_ms(models, modalities, length);
        (!gaps.is_empty()).then_some(AssetPlan { asset: asset.id, modalities, gaps, estimate_ms })
    }
}

impl Refreshed {
    pub(crate) fn add(&mut self, plan: &AssetPlan) {
        self.jobs += 1;
        for gap in &plan.gaps {
            *self.gaps.entry(*gap).or_default() += 1;
        }
        if let Some(ms) = plan.estimate_ms {
            self.estimate_ms = Some(self.estimate_ms.unwrap_or_default().saturating_add(ms));
        }
    }
}
