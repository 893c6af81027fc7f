//! Packs regions of speech into windows of at most 30 s, leaving the long silences out.

use std::ops::Range;

use super::mel::WINDOW_SAMPLES;

/// A run of samples that is contiguous both in its window and in the media.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// First sample in the window.
    pub(crate) offset: usize,
    /// First sample in the media.
    pub(crate) media: u64,
    /// Number of samples; at least 1.
    pub(crate) length: usize,
}

impl Piece {
    /// First sample of the window after the piece.
    pub(crate) fn end(&self) -> usize {
        self.offset + self.length
    }

    /// First sample of the media after the piece.
    pub(crate) fn media_end(&self) -> u64 {
        self.media + self.length as u64
    }
}

/// Up to 30 s of speech, and where in the media each part of it comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Window {
    /// 16 kHz samples.
    pub(crate) samples: Vec<f32>,
    /// In order, without gap or overlap in the window; in order, with gaps, in the media.
    pub(crate) pieces: Vec<Piece>,
    /// Where in the media someone speaks (samples); the rest of the pieces is margin.
    pub(crate) voiced: Vec<Range<u64>>,
}

impl Window {
    /// Appends samples that lie at `media` in the media.
    pub(crate) fn append(&mut self, media: u64, samples: &[f32]) {
        if samples.is_empty() {
            return;
        }
        let offset = self.samples.len();
        self.samples.extend_from_slice(samples);
        match self.pieces.last_mut() {
            Some(last) if last.media_end() == media => last.length += samples.len(),
            _ => self.pieces.push(Piece { offset, media, length: samples.len() }),
        }
    }

    /// Index of the piece that holds the window's sample `at`; the last one for the end and beyond.
    pub(crate) fn piece_at(&self, at: usize) -> usize {
        self.pieces.partition_point(|piece| piece.end() <= at).min(self.pieces.len().saturating_sub(1))
    }

    /// Index of the piece in which most of what is spoken within `samples` lies; where nothing is, of that in their middle. The
    /// margin at the end of a piece is silence in which a word that begins the next one may seem to begin.
    pub(crate) fn piece_spoken_in(&self, samples: &Range<usize>) -> usize {
        let mut spoken: Vec<(usize, usize)> = Vec::new();
        for voiced in self.spoken() {
            let overlap = voiced.end.min(samples.end).saturating_sub(voiced.start.max(samples.start));
            let piece = self.piece_at(voiced.start);
            match spoken.last_mut() {
                _ if overlap == 0 => {}
                Some((last, sum)) if *last == piece => *sum += overlap,
                _ => spoken.push((piece, overlap)),
            }
        }
        let most = spoken.into_iter().max_by_key(|(_, overlap)| *overlap);
        most.map_or_else(|| self.piece_at(samples.start.midpoint(samples.end)), |(piece, _)| piece)
    }

    /// The place in the media of the window's sample `at`, which is taken to lie in piece `index`: clamped to it.
    pub(crate) fn media_in(&self, index: usize, at: usize) -> u64 {
        self.pieces
            .get(index)
            .map_or(0, |piece| piece.media + at.clamp(piece.offset, piece.end()).saturating_sub(piece.offset) as u64)
    }

    /// The samples `range` as a window of their own.
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        for piece in &self.pieces {
            let (from, to) = (piece.offset.max(range.start), piece.end().min(range.end));
            if let Some(samples) = self.samples.get(from..to) {
                let media = piece.media + (from - piece.offset) as u64;
                part.append(media, samples);
                let media = media..media + samples.len() as u64;
                let inside = self.voiced.iter().map(|voiced| voiced.start.max(media.start)..voiced.end.min(media.end));
                part.voiced.extend(inside.filter(|voiced| voiced.start < voiced.end));
            }
        }
        part
    }

    /// The samples of the window in which someone speaks, in order.
    pub(crate) fn spoken(&self) -> impl DoubleEndedIterator<Item = Range<usize>> {
        self.pieces.iter().flat_map(|piece| {
            let within =
                self.voiced.iter().map(|voiced| voiced.start.max(piece.media)..voiced.end.min(piece.media_end()));
            let inside = within.filter(|voiced| voiced.start < voiced.end);
            inside.map(|voiced| {
                let at = |media: u64| piece.offset + (media - piece.media) as usize;
                at(voiced.start)..at(voiced.end)
            })
        })
    }

    /// Number of samples from sample `at` on in which someone speaks.
    pub(crate) fn spoken_from(&self, at: usize) -> usize {
        self.spoken().map(|spoken| spoken.end.saturating_sub(spoken.start.max(at))).sum()
    }

    /// The last sample from which on at least `rest` samples are spoken; 0 where there are not so many.
    pub(crate) fn before_the_last_spoken(&self, rest: usize) -> usize {
        let mut missing = rest;
        for spoken in self.spoken().rev() {
            if spoken.len() >= missing {
                return spoken.end - missing;
            }
            missing -= spoken.len();
        }
        0
    }
}

/// Fills windows with regions, in order.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    open: Window,
}

impl Packer {
    /// Adds samples that lie at `media` and in which someone speaks at `voiced`; gives the windows that are full because of
    /// them. What is longer than a window is divided.
    pub(crate) fn push(&mut self, media: u64, samples: &[f32], voiced: &Range<u64>) -> Vec<Window> {
        let mut full = Vec::new();
        if self.open.samples.len() + samples.len() > WINDOW_SAMPLES {
            full.extend(self.finish());
        }
        let mut at = media;
        for part in samples.chunks(WINDOW_SAMPLES) {
            if self.open.samples.len() + part.len() > WINDOW_SAMPLES {
                full.extend(self.finish());
            }
            self.open.append(at, part);
            let end = at + part.len() as u64;
            let inside = voiced.start.max(at)..voiced.end.min(end);
            if inside.start < inside.end {
                self.open.voiced.push(inside);
            }
            at = end;
        }
        full
    }

    /// Gives the window that is being filled, if it holds anything.
    pub(crate) fn finish(&mut self) -> Option<Window> {
        let window = std::mem::take(&mut self.open);
        (!window.samples.is_empty()).then_some(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Samples that say where they come from.
    fn samples(media: u64, length: usize) -> Vec<f32> {
        (0..length).map(|n| (media as usize + n) as f32).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_sample_lands_once_in_order_and_knows_its_place(
            regions in prop::collection::vec((0_u64..100_000, 1_usize..700_000), 0..8)
        ) {
            let mut packer = Packer::default();
            let (mut at, mut windows, mut expected) = (0, Vec::new(), Vec::new());
            for (gap, length) in regions {
                at += gap;
                let region = samples(at, length);
                expected.extend_from_slice(&region);
                windows.extend(packer.push(at, &region, &(at..at + length as u64)));
                at += length as u64;
            }
            windows.extend(packer.finish());
            let packed: Vec<f32> = windows.iter().flat_map(|window| window.samples.iter().copied()).collect();
            prop_assert_eq!(packed, expected);
            for window in &windows {
                prop_assert!(window.samples.len() <= WINDOW_SAMPLES);
                prop_assert_eq!(window.pieces.iter().map(|piece| piece.length).sum::<usize>(), window.samples.len());
                for (index, piece) in window.pieces.iter().enumerate() {
                    for sample in [piece.offset, piece.end() - 1] {
                        prop_assert_eq!(window.piece_at(sample), index);
                        prop_assert_eq!(window.media_in(index, sample) as f32, window.samples[sample]);
                    }
                }
                let middle = window.samples.len() / 2;
                let rest = window.part(middle..window.samples.len());
                prop_assert_eq!(&rest.samples[..], &window.samples[middle..]);
                prop_assert_eq!(window.spoken_from(middle), rest.samples.len(), "all of it was said to be voiced");
            }
        }
    }

    #[test]
    fn a_word_lies_in_the_piece_in_which_it_is_spoken() {
        let mut packer = Packer::default();
        packer.push(0, &samples(0, 100), &(10..60));
        packer.push(900, &samples(900, 100), &(910..990));
        let window = packer.finish().unwrap_or_default();
        assert_eq!(window.piece_spoken_in(&(20..50)), 0);
        assert_eq!(window.piece_spoken_in(&(55..120)), 1, "five samples of the first are spoken, ten of the second");
        assert_eq!(window.piece_spoken_in(&(40..112)), 0);
        assert_eq!(window.piece_spoken_in(&(70..90)), 0, "nothing is spoken");
        assert_eq!(window.piece_spoken_in(&(100..105)), 1, "nothing is spoken");
    }

    #[test]
    fn regions_that_touch_become_one_piece() {
        let mut packer = Packer::default();
        packer.push(0, &samples(0, 100), &(10..90));
        packer.push(100, &samples(100, 50), &(100..150));
        packer.push(500, &samples(500, 10), &(502..508));
        let window = packer.finish().unwrap_or_default();
        let expected = [Piece { offset: 0, media: 0, length: 150 }, Piece { offset: 150, media: 500, length: 10 }];
        assert_eq!(window.pieces, expected);
        let last = window.part(150..160);
        assert_eq!((last.samples, last.voiced.as_slice()), (samples(500, 10), std::slice::from_ref(&(502..508))));
        assert_eq!(window.spoken().collect::<Vec<_>>(), [10..90, 100..150, 152..158]);
        assert_eq!(window.spoken_from(50), 40 + 50 + 6);
        assert_eq!(window.before_the_last_spoken(16), 140);
        assert_eq!(window.before_the_last_spoken(1_000), 0);
        assert_eq!(Packer::default().finish(), None);
    }
}
