//! How long an analysis will take, from how long earlier ones took.

use std::collections::{BTreeMap, HashMap};

use crate::gap::CurrentModel;
use crate::observation::{Modality, ModalitySet};
use crate::time::MediaTime;

/// How long a model took over how much media.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Wall time in the analyzer, milliseconds.
    pub spent_ms: u64,
    /// Length of what it looked at.
    pub media: MediaTime,
}

impl Pace {
    /// How long that much media takes, milliseconds; `None` where nothing was looked at before.
    pub fn estimate_ms(self, media: MediaTime) -> Option<u64> {
        let known = u128::try_from(self.media.as_micros()).ok().filter(|known| *known > 0)?;
        let asked = u128::try_from(media.as_micros()).unwrap_or_default();
        u64::try_from(u128::from(self.spent_ms) * asked / known).ok()
    }

    fn plus(self, other: Self) -> Self {
        Self { spent_ms: self.spent_ms.saturating_add(other.spent_ms), media: self.media + other.media }
    }
}

/// The paces of all models that have done anything yet.
#[derive(Debug, Clone, Default)]
pub struct Paces(HashMap<(Modality, String, String), Pace>);

impl Paces {
    /// Adds what a model of that name and version took.
    pub fn add(&mut self, modality: Modality, model: &str, version: &str, pace: Pace) {
        let known = self.0.entry((modality, model.to_owned(), version.to_owned())).or_default();
        *known = known.plus(pace);
    }

    /// The pace of a model: its own, else that of its other versions, else that of other models of the channel.
    pub fn of(&self, model: &CurrentModel) -> Pace {
        let exact = (model.modality, model.model.clone(), model.version.clone());
        let like = |is_like: &dyn Fn(&(Modality, String, String)) -> bool| {
            self.0.iter().filter(|(key, _)| is_like(key)).fold(Pace::default(), |sum, (_, pace)| sum.plus(*pace))
        };
        [
            self.0.get(&exact).copied().unwrap_or_default(),
            like(&|key| key.0 == model.modality && key.1 == model.model),
            like(&|key| key.0 == model.modality),
        ]
        .into_iter()
        .find(|pace| pace.media > MediaTime::ZERO)
        .unwrap_or_default()
    }

    /// How long one worker takes to look at those channels of an asset, milliseconds. The channels of one analyzer come from
    /// one look, and analyzers work side by side, so that the slowest counts. `None` where no pace is known.
    pub fn estimate_ms(&self, models: &[CurrentModel], channels: ModalitySet, media: MediaTime) -> Option<u64> {
        let mut analyzers: BTreeMap<&str, u64> = BTreeMap::new();
        for model in models.iter().filter(|model| model.is_available && channels.contains(model.modality)) {
            if let Some(ms) = self.of(model).estimate_ms(media) {
                let slowest = analyzers.entry(&model.analyzer).or_default();
                *slowest = ms.max(*slowest);
            }
        }
        analyzers.into_values().max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(analyzer: &str, modality: Modality, name: &str, version: &str) -> CurrentModel {
        CurrentModel {
            analyzer: analyzer.to_owned(),
            modality,
            model: name.to_owned(),
            version: version.to_owned(),
            depends_on: ModalitySet::EMPTY,
            is_available: true,
        }
    }

    fn pace(spent_ms: u64, media_ms: i64) -> Pace {
        Pace { spent_ms, media: MediaTime::from_millis(media_ms) }
    }

    #[test]
    fn a_new_version_is_thought_as_fast_as_the_last() {
        let mut paces = Paces::default();
        paces.add(Modality::Speech, "whisper", "1", pace(500, 1_000));
        let minute = MediaTime::from_millis(60_000);
        let of =
            |name: &str, version: &str| paces.of(&model("speech", Modality::Speech, name, version)).estimate_ms(minute);
        assert_eq!(
            (of("whisper", "1"), of("whisper", "2"), of("other", "1")),
            (Some(30_000), Some(30_000), Some(30_000))
        );
        assert_eq!(paces.of(&model("tags", Modality::Tags, "whisper", "1")).estimate_ms(minute), None);
    }

    #[test]
    fn one_look_counts_once_and_the_slowest_analyzer_sets_the_pace() {
        let mut paces = Paces::default();
        paces.add(Modality::Tags, "net", "1", pace(300, 1_000));
        paces.add(Modality::Objects, "net", "1", pace(300, 1_000));
        paces.add(Modality::Speech, "whisper", "1", pace(500, 1_000));
        let models = [
            model("pictures", Modality::Tags, "net", "1"),
            model("pictures", Modality::Objects, "net", "1"),
            model("speech", Modality::Speech, "whisper", "1"),
        ];
        let second = MediaTime::from_millis(1_000);
        let pictures = ModalitySet::EMPTY.with(Modality::Tags).with(Modality::Objects);
        assert_eq!(paces.estimate_ms(&models, pictures, second), Some(300));
        assert_eq!(paces.estimate_ms(&models, pictures.with(Modality::Speech), second), Some(500));
        assert_eq!(paces.estimate_ms(&models, ModalitySet::EMPTY, second), None);
    }
}
