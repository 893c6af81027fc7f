//! How embedding spaces take part in a search, where the operator says something else than was measured.

use std::collections::BTreeMap;

use anyhow::ensure;
use reelgraph_search::space::{RelevanceFloor, VectorSpace};

use super::raw::RawSpace;

/// Settings by the name of a space.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpaceSettings {
    by_name: BTreeMap<String, Space>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Space {
    weight: Option<f32>,
    at_least: Option<f32>,
    below_best: Option<f32>,
}

impl SpaceSettings {
    /// Checks what was written.
    pub fn check(raw: BTreeMap<String, RawSpace>) -> anyhow::Result<Self> {
        let mut by_name = BTreeMap::new();
        for (name, RawSpace { weight, at_least, below_best }) in raw {
            let within =
                |value: Option<f32>, low: f32, high: f32| value.is_none_or(|value| (low..=high).contains(&value));
            ensure!(within(weight, 0.0, 100.0), "search.spaces.{name}.weight is 0 to 100");
            ensure!(within(at_least, -1.0, 1.0), "search.spaces.{name}.at_least is a cosine similarity, -1 to 1");
            ensure!(
                within(below_best, 0.0, 2.0),
                "search.spaces.{name}.below_best is a distance of similarities, 0 to 2"
            );
            by_name.insert(name, Space { weight, at_least, below_best });
        }
        Ok(Self { by_name })
    }

    /// A space as these settings have it.
    pub fn apply(&self, space: VectorSpace) -> VectorSpace {
        let own = self.by_name.get(&space.space().name);
        let space = match own.and_then(|own| own.weight) {
            Some(weight) => space.with_weight(weight),
            None => space,
        };
        let floor = space.floor();
        let floor = match own {
            Some(own) => RelevanceFloor {
                at_least: own.at_least.unwrap_or(floor.at_least),
                below_best: own.below_best.unwrap_or(floor.below_best),
            },
            None => floor,
        };
        space.with_floor(floor)
    }
}

#[cfg(test)]
mod tests {
    use reelgraph_models::embedding::EmbeddingSpace;
    use reelgraph_models::observation::Modality;

    use super::*;

    fn space(name: &str) -> anyhow::Result<VectorSpace> {
        let space = EmbeddingSpace { name: name.to_owned(), version: "1".to_owned(), dims: 4 };
        Ok(VectorSpace::new(space, Modality::Frames)?)
    }

    #[test]
    fn what_is_not_said_stays_as_measured() -> anyhow::Result<()> {
        let raw = RawSpace { weight: Some(2.0), at_least: Some(0.5), below_best: None };
        let settings = SpaceSettings::check(BTreeMap::from([("label-space".to_owned(), raw)]))?;
        let measured = RelevanceFloor::measured("label-space");
        let ours = settings.apply(space("label-space")?);
        assert_eq!((ours.weight(), ours.floor()), (2.0, RelevanceFloor { at_least: 0.5, ..measured }));
        assert_eq!(settings.apply(space("other")?), space("other")?);
        Ok(())
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for raw in [
            RawSpace { weight: Some(-1.0), ..RawSpace::default() },
            RawSpace { at_least: Some(f32::NAN), ..RawSpace::default() },
            RawSpace { below_best: Some(3.0), ..RawSpace::default() },
        ] {
            assert!(SpaceSettings::check(BTreeMap::from([("a".to_owned(), raw)])).is_err());
        }
    }
}
