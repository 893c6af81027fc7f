//! Agglomerative clustering of voices by average likeness.

use super::encoder::Voice;

/// Items clustered at once. More are clustered in parts first, in their order, so that the time stays linear in their number.
const PART_ITEMS: usize = 1_000;

/// Voices that are taken for one speaker's.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    /// Seconds of speech, each piece capped.
    pub(super) weight: f32,
    /// Sum of the members' voices, each times its weight.
    sum: Voice,
}

impl Cluster {
    /// Of one piece.
    pub(super) fn of(voice: &Voice, weight: f32) -> Self {
        Self { weight, sum: voice.map(|value| value * weight) }
    }

    /// Takes another's pieces in.
    fn absorb(&mut self, other: &Self) {
        self.weight += other.weight;
        self.sum.iter_mut().zip(&other.sum).for_each(|(sum, value)| *sum += value);
    }

    /// The mean likeness of all pairs of voices, one from each, weighted by both: with sums of weighted voices it is one inner
    /// product.
    fn likeness(&self, other: &Self) -> f32 {
        likeness(&self.sum, &other.sum) / (self.weight * other.weight)
    }

    /// How much a voice is like the mean of the cluster, `0..=1`.
    pub(super) fn fit(&self, voice: &Voice) -> f32 {
        likeness(&self.sum, voice) / likeness(&self.sum, &self.sum).sqrt().max(f32::MIN_POSITIVE)
    }
}

/// The inner product.
pub(super) fn likeness(left: &Voice, right: &Voice) -> f32 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

/// Joins the two most alike clusters (of equals, the first) until none are as alike as `threshold`. The order of what is left
/// is that of its first items.
pub(super) fn agglomerate(mut clusters: Vec<Cluster>, threshold: f32) -> Vec<Cluster> {
    if clusters.len() > PART_ITEMS {
        let mut parts = Vec::new();
        while !clusters.is_empty() {
            let rest = clusters.split_off(clusters.len().min(PART_ITEMS));
            parts.extend(join(std::mem::replace(&mut clusters, rest), threshold));
        }
        clusters = parts;
    }
    join(clusters, threshold)
}

fn join(clusters: Vec<Cluster>, threshold: f32) -> Vec<Cluster> {
    let mut slots: Vec<Option<Cluster>> = clusters.into_iter().map(Some).collect();
    // For each cluster the one after it that it is most like.
    let mut nearest: Vec<Option<(usize, f32)>> = (0..slots.len()).map(|slot| nearest_after(&slots, slot)).collect();
    loop {
        let candidates = nearest.iter().enumerate().filter_map(|(left, near)| near.map(|near| (left, near)));
        let best = candidates.reduce(|best, next| if next.1.1 > best.1.1 { next } else { best });
        let Some((left, (right, _))) = best.filter(|(_, (_, likeness))| *likeness >= threshold) else { break };
        let Some(absorbed) = slots.get_mut(right).and_then(Option::take) else { break };
        let Some(Some(cluster)) = slots.get_mut(left) else { break };
        cluster.absorb(&absorbed);
        let joined = cluster.clone();
        for slot in 0..slots.len() {
            let near = match nearest.get(slot).copied().flatten() {
                _ if slot == left || slot == right => nearest_after(&slots, slot),
                Some((near, _)) if near == left || near == right => nearest_after(&slots, slot),
                // The joined cluster may now be nearer than any was.
                Some((near, likeness)) if slot < left => match slots.get(slot) {
                    Some(Some(other)) if other.likeness(&joined) > likeness => Some((left, other.likeness(&joined))),
                    _ => Some((near, likeness)),
                },
                near => near,
            };
            if let Some(entry) = nearest.get_mut(slot) {
                *entry = near;
            }
        }
    }
    slots.into_iter().flatten().collect()
}

/// The cluster after `slot` that is most like it, and how much.
fn nearest_after(slots: &[Option<Cluster>], slot: usize) -> Option<(usize, f32)> {
    let cluster = slots.get(slot)?.as_ref()?;
    let others = slots.iter().enumerate().skip(slot + 1);
    let likeness = others.filter_map(|(at, other)| Some((at, cluster.likeness(other.as_ref()?))));
    likeness.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::super::testing::voice;
    use super::*;

    /// How many voices each cluster has, and the degrees of their mean.
    fn clusters(degrees: &[f32], threshold: f32) -> Vec<(usize, i32)> {
        let items = degrees.iter().map(|degrees| Cluster::of(&voice(*degrees), 1.0)).collect();
        let mean = |cluster: &Cluster| cluster.sum[1].atan2(cluster.sum[0]).to_degrees().round() as i32;
        agglomerate(items, threshold).iter().map(|cluster| (cluster.weight as usize, mean(cluster))).collect()
    }

    #[test]
    fn what_is_alike_is_joined_and_what_is_not_stays_apart() {
        assert_eq!(clusters(&[0.0, 80.0, 6.0, 86.0, 3.0], 0.8), [(3, 3), (2, 83)]);
        assert_eq!(clusters(&[0.0, 80.0], 0.8), [(1, 0), (1, 80)]);
        assert_eq!(clusters(&[], 0.8), []);
    }

    #[test]
    fn a_chain_of_neighbours_is_not_one_speaker() {
        // Each is like the next (cos 20° = .94), the first is not like the last.
        let found = clusters(&[0.0, 20.0, 40.0, 60.0, 80.0, 100.0], 0.9);
        assert!(found.len() > 1, "{found:?}");
    }

    #[test]
    fn likeness_is_the_weighted_mean_over_pairs() {
        let mut left = Cluster::of(&voice(0.0), 3.0);
        left.absorb(&Cluster::of(&voice(60.0), 1.0));
        let right = Cluster::of(&voice(0.0), 2.0);
        assert!((left.likeness(&right) - (3.0 + 0.5) / 4.0).abs() < 1e-6);
    }

    #[test]
    fn thousands_of_pieces_of_two_speakers_are_two_speakers() {
        let degrees: Vec<f32> = (0..2_500).map(|n| if n % 3 == 0 { 0.0 } else { 80.0 } + (n % 7) as f32).collect();
        assert_eq!(clusters(&degrees, 0.8), [(834, 3), (1_666, 83)]);
    }
}
