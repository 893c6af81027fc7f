//! Lays what was seen and heard over the moments that it shares time with.

use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::{Counted, Finding, Observation, SoundKind};
use reelgraph_models::people::{Appearance, KnownBy};
use reelgraph_models::time::Span;

use crate::document::{Label, MomentDocument, ObjectCount, Ordinals, PersonMention};

/// Adds objects and faces to shots, sounds and voices to shots and speech, and to both which shots and scenes they touch.
pub(crate) fn overlay(moments: &mut [MomentDocument], observations: &[Observation], people: &[Appearance]) {
    let shots = Row::of(moments, MomentKind::Shot);
    let speech = Row::of(moments, MomentKind::Speech);
    let mut each = |rows: &[&Row], span: Span, change: &mut dyn FnMut(&mut MomentDocument)| {
        for at in rows.iter().flat_map(|row| row.touching(span)) {
            moments.get_mut(*at).into_iter().for_each(&mut *change);
        }
    };
    for observation in observations {
        let span = observation.span;
        match &observation.finding {
            Finding::Shot { index, .. } => {
                each(&[&shots, &speech], span, &mut |moment| moment.shots = Some(widened(moment.shots, *index)));
            }
            Finding::Scene { index, .. } => {
                each(&[&shots, &speech], span, &mut |moment| moment.scenes = Some(widened(moment.scenes, *index)));
            }
            Finding::Object { label, also, count, counts, .. } => each(&[&shots], span, &mut |moment| {
                let most = most_in(moment.span, *count, counts);
                moment.objects.push(ObjectCount { label: label.clone(), also: also.clone(), count: most });
            }),
            // That someone speaks is no event.
            Finding::Sound { sound: SoundKind::Speech, .. } => {}
            Finding::Sound { label, .. } => each(&[&shots, &speech], span, &mut |moment| {
                if !moment.sounds.iter().any(|known| known.text == *label) {
                    moment.sounds.push(Label::new(label, observation.confidence));
                }
            }),
            _ => {}
        }
    }
    for appearance in people {
        let rows: &[&Row] = match appearance.by {
            KnownBy::Face => &[&shots],
            KnownBy::Voice => &[&shots, &speech],
        };
        let person = PersonMention { id: appearance.person, name: appearance.name.clone(), by: appearance.by };
        each(rows, appearance.span, &mut |moment| {
            if !moment.people.contains(&person) {
                moment.people.push(person.clone());
            }
        });
    }
}

/// Moments of one kind in order of time; they do not overlap each other.
struct Row(Vec<(Span, usize)>);

impl Row {
    fn of(moments: &[MomentDocument], kind: MomentKind) -> Self {
        let of_kind = moments.iter().enumerate().filter(|(_, moment)| moment.kind == kind);
        let mut row: Vec<(Span, usize)> = of_kind.map(|(at, moment)| (moment.span, at)).collect();
        row.sort_unstable();
        Self(row)
    }

    /// Places of the moments that share an instant with `span`.
    fn touching(&self, span: Span) -> impl Iterator<Item = &usize> {
        let first = self.0.partition_point(|(moment, _)| moment.end() <= span.start());
        let after = self.0.partition_point(|(moment, _)| moment.start() < span.end());
        self.0.get(first..after).unwrap_or_default().iter().map(|(_, at)| at)
    }
}

fn widened(known: Option<Ordinals>, index: u32) -> Ordinals {
    match known {
        Some(Ordinals { first, last }) => Ordinals { first: first.min(index), last: last.max(index) },
        None => Ordinals { first: index, last: index },
    }
}

/// Most of a class in one picture of a stretch; the most of all where counts were not kept.
fn most_in(span: Span, most: u32, counts: &[Counted]) -> u32 {
    // A count holds until the next one.
    let before = counts.iter().rev().find(|counted| counted.at <= span.start());
    let inside = counts.iter().filter(|counted| span.contains(counted.at));
    inside.chain(before).map(|counted| counted.count).max().unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reelgraph_models::id::{AssetId, MomentId};
    use reelgraph_models::time::MediaTime;
    use uuid::Uuid;

    use super::*;

    fn span(start: i64, end: i64) -> Span {
        Span::at_least_one_micro(MediaTime::from_millis(start), MediaTime::from_millis(end))
    }

    fn counted(at: i64, count: u32) -> Counted {
        Counted { at: MediaTime::from_millis(at), count }
    }

    #[test]
    fn a_count_holds_until_the_next_one() {
        let counts = [counted(0, 2), counted(1_000, 5), counted(2_000, 1)];
        assert_eq!(most_in(span(0, 900), 5, &counts), 2);
        assert_eq!(most_in(span(500, 1_500), 5, &counts), 5);
        assert_eq!(most_in(span(2_500, 3_000), 5, &counts), 1);
        assert_eq!(most_in(span(2_500, 3_000), 5, &[]), 5);
    }

    proptest! {
        #[test]
        fn exactly_the_moments_that_share_time_are_touched(
            cuts in proptest::collection::btree_set(0_i64..1_000, 2..20), start in 0_i64..1_000, length in 1_i64..500
        ) {
            let asset = AssetId::from_uuid(Uuid::from_u128(1));
            let cuts: Vec<i64> = cuts.into_iter().collect();
            let moments: Vec<MomentDocument> = cuts
                .windows(2)
                .map(|pair| span(pair[0], pair[1]))
                .map(|span| MomentDocument::new(MomentId::derive(asset, MomentKind::Shot, span), MomentKind::Shot, span))
                .collect();
            let asked = span(start, start + length);
            let touched: Vec<usize> = Row::of(&moments, MomentKind::Shot).touching(asked).copied().collect();
            let overlapping: Vec<usize> =
                (0..moments.len()).filter(|at| moments[*at].span.overlaps(asked)).collect();
            prop_assert_eq!(touched, overlapping);
        }
    }
}
