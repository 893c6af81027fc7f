//! Keys of many tracks, to be looked up by likeness.

use std::collections::HashMap;

use reelgraph_models::id::{AssetId, TenantId};
use reelgraph_models::signature::{Signature, SignatureTrack};
use reelgraph_models::time::MediaTime;

use super::is_alike;

/// Samples from one key to the next: a second, at five a second.
const KEY_STEP: usize = 5;
/// A picture that differs from the last key in fewer bits makes none of its own …
const KEY_CHANGE_BITS: u32 = 4;
/// … for so many samples: ten seconds.
const KEY_LATEST: usize = 50;
/// A signature is cut into so many bands; keys are found that share one of them whole (multi-index hashing: Norouzi, Punjani
/// and Fleet, CVPR 2012).
const BANDS: u32 = 4;
const BAND_BITS: u32 = Signature::BITS / BANDS;
/// Keys of one bucket beyond which it says nothing: half the library looks like that.
const MAX_BUCKET_KEYS: usize = 4_096;

/// What makes tracks comparable.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Format {
    /// Name of the algorithm.
    pub model: String,
    /// Version of the algorithm.
    pub version: String,
    /// Time from one sample to the next.
    pub interval: MediaTime,
}

impl Format {
    /// The format of that track.
    pub fn of(track: &SignatureTrack) -> Self {
        Self { model: track.model.clone(), version: track.version.clone(), interval: track.interval }
    }
}

/// The keys of every tenant's tracks, those of each tenant and format apart.
#[derive(Debug, Default)]
pub struct CopyIndex {
    keys: HashMap<TenantId, HashMap<Format, Keys>>,
}

impl CopyIndex {
    /// Puts a track in place of what there was of its asset.
    pub fn insert(&mut self, tenant: TenantId, track: &SignatureTrack) {
        self.remove(tenant, track.asset);
        self.keys.entry(tenant).or_default().entry(Format::of(track)).or_default().insert(track);
    }

    /// Takes an asset out.
    pub fn remove(&mut self, tenant: TenantId, asset: AssetId) {
        for keys in self.keys.get_mut(&tenant).into_iter().flat_map(HashMap::values_mut) {
            keys.remove(asset);
        }
    }

    /// Keys of all tenants.
    pub fn key_count(&self) -> usize {
        self.keys.values().flat_map(HashMap::values).map(|keys| keys.entries.len() - keys.free.len()).sum()
    }

    pub(super) fn keys(&self, tenant: TenantId, format: &Format) -> Option<&Keys> {
        self.keys.get(&tenant)?.get(format)
    }
}

/// A sample that can be found.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// Place of its asset in [`Keys::assets`].
    asset: u32,
    /// Number of the sample in its track.
    at: u32,
    signature: Signature,
}

/// The keys of one tenant and format.
#[derive(Debug, Default)]
pub(super) struct Keys {
    entries: Vec<Entry>,
    /// Entries that belong to no asset any more.
    free: Vec<u32>,
    /// Entries by band and its bits.
    buckets: HashMap<u32, Vec<u32>>,
    assets: Vec<AssetId>,
    of_asset: HashMap<AssetId, (u32, Vec<u32>)>,
}

impl Keys {
    fn insert(&mut self, track: &SignatureTrack) {
        let asset = u32::try_from(self.assets.len()).unwrap_or(u32::MAX);
        self.assets.push(track.asset);
        let mut own = Vec::new();
        for (at, signature) in keys_of(&track.samples) {
            let entry = Entry { asset, at, signature };
            let id = match self.free.pop() {
                Some(id) => {
                    if let Some(place) = self.entries.get_mut(id as usize) {
                        *place = entry;
                    }
                    id
                }
                None => {
                    self.entries.push(entry);
                    (self.entries.len() - 1) as u32
                }
            };
            for band in 0..BANDS {
                self.buckets.entry(bucket(signature, band)).or_default().push(id);
            }
            own.push(id);
        }
        own.shrink_to_fit();
        self.of_asset.insert(track.asset, (asset, own));
    }

    fn remove(&mut self, asset: AssetId) {
        let Some((_, own)) = self.of_asset.remove(&asset) else { return };
        for id in own {
            let Some(entry) = self.entries.get(id as usize) else { continue };
            for band in 0..BANDS {
                let bucket = bucket(entry.signature, band);
                if let Some(ids) = self.buckets.get_mut(&bucket) {
                    ids.retain(|other| *other != id);
                    if ids.is_empty() {
                        self.buckets.remove(&bucket);
                    }
                }
            }
            self.free.push(id);
        }
    }

    /// The asset in that place.
    pub(super) fn asset(&self, place: u32) -> Option<AssetId> {
        self.assets.get(place as usize).copied()
    }

    /// The place of that asset.
    pub(super) fn place(&self, asset: AssetId) -> Option<u32> {
        self.of_asset.get(&asset).map(|(place, _)| *place)
    }

    /// Calls `found` with the place of the asset and the sample of every key that shows the same picture and shares a band.
    pub(super) fn near(&self, signature: Signature, mut found: impl FnMut(u32, u32)) {
        for band in 0..BANDS {
            let ids = self.buckets.get(&bucket(signature, band)).map(Vec::as_slice).unwrap_or_default();
            if ids.len() > MAX_BUCKET_KEYS {
                continue;
            }
            for entry in ids.iter().filter_map(|id| self.entries.get(*id as usize)) {
                let is_first = (0..band).all(|band| bucket(signature, band) != bucket(entry.signature, band));
                if is_first && is_alike(signature, entry.signature) {
                    found(entry.asset, entry.at);
                }
            }
        }
    }
}

/// The samples by which a track is found, with their numbers: what is on display for long comes seldom, blank ones never.
fn keys_of(samples: &[Signature]) -> impl Iterator<Item = (u32, Signature)> {
    let mut last: Option<(usize, Signature)> = None;
    samples.iter().copied().enumerate().filter_map(move |(at, signature)| {
        let is_key = !signature.is_blank()
            && last.is_none_or(|(before, key)| {
                at - before >= KEY_LATEST || (at - before >= KEY_STEP && signature.distance(key) >= KEY_CHANGE_BITS)
            });
        if !is_key {
            return None;
        }
        last = Some((at, signature));
        u32::try_from(at).ok().map(|at| (at, signature))
    })
}

fn bucket(signature: Signature, band: u32) -> u32 {
    let bits = (signature.bits() >> (band * BAND_BITS)) as u16;
    band << BAND_BITS | u32::from(bits)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::generated::Random;

    fn track(asset: u128, seed: u64, samples: usize) -> SignatureTrack {
        let mut random = Random::new(seed);
        SignatureTrack {
            asset: AssetId::from_uuid(Uuid::from_u128(asset)),
            model: "m".to_owned(),
            version: "1".to_owned(),
            interval: MediaTime::from_millis(200),
            samples: (0..samples).map(|_| Signature::from_bits(random.bits())).collect(),
        }
    }

    fn found(index: &CopyIndex, tenant: TenantId, track: &SignatureTrack, sample: usize) -> Vec<(AssetId, u32)> {
        let mut all = Vec::new();
        if let (Some(keys), Some(signature)) = (index.keys(tenant, &Format::of(track)), track.samples.get(sample)) {
            keys.near(*signature, |asset, at| all.extend(keys.asset(asset).map(|asset| (asset, at))));
        }
        all
    }

    #[test]
    fn a_key_is_found_once_by_itself_and_by_what_is_like_it() {
        let mut index = CopyIndex::default();
        let track = track(1, 1, 100);
        index.insert(TenantId::DEFAULT, &track);
        assert_eq!(index.key_count(), 20);
        assert_eq!(found(&index, TenantId::DEFAULT, &track, 10), [(track.asset, 10)]);
        let mut like = track.clone();
        for sample in &mut like.samples {
            *sample = Signature::from_bits(sample.bits() ^ 0x1fff);
        }
        assert_eq!(found(&index, TenantId::DEFAULT, &like, 10), [(track.asset, 10)], "13 bits of one band differ");
    }

    #[test]
    fn neither_other_tenants_nor_other_versions_nor_removed_assets_are_found() {
        let other = TenantId::from_uuid(Uuid::from_u128(7));
        let mut index = CopyIndex::default();
        let (a, b) = (track(1, 1, 100), track(2, 2, 100));
        index.insert(TenantId::DEFAULT, &a);
        index.insert(TenantId::DEFAULT, &b);
        assert!(found(&index, other, &a, 10).is_empty());
        assert!(
            found(&index, TenantId::DEFAULT, &SignatureTrack { version: "2".to_owned(), ..a.clone() }, 10).is_empty()
        );
        index.remove(TenantId::DEFAULT, a.asset);
        assert!(found(&index, TenantId::DEFAULT, &a, 10).is_empty());
        assert_eq!(found(&index, TenantId::DEFAULT, &b, 10), [(b.asset, 10)]);
        index.insert(TenantId::DEFAULT, &a);
        index.insert(TenantId::DEFAULT, &a);
        assert_eq!(found(&index, TenantId::DEFAULT, &a, 10), [(a.asset, 10)]);
        assert_eq!(index.key_count(), 40);
    }

    #[test]
    fn a_still_has_few_keys_and_black_has_none() {
        let mut still = track(1, 1, 500);
        still.samples.fill(Signature::from_bits(42));
        assert_eq!(keys_of(&still.samples).count(), 10);
        still.samples.fill(Signature::BLANK);
        assert_eq!(keys_of(&still.samples).count(), 0);
    }
}
