//! From a decoded frame to upright SDR RGB of a wanted size.

use ffmpeg_next::frame::Video;
use ffmpeg_next::{Error, format};

use super::orientation::Orientation;
use super::tonemap::ToneMap;
use crate::raw::{Filter, FrameFacts, PixelLayout, Scaler, TRANSFER_HLG, TRANSFER_PQ, facts_of};

/// Converts frames; keeps its scaling contexts from one frame to the next.
pub(crate) struct Converter {
    filter: Filter,
    orientation: Orientation,
    /// Transfer that the headers state, for frames that do not.
    stated_transfer: i32,
    scaler: Option<(PixelLayout, Scaler)>,
    flattener: Option<Scaler>,
    tone_map: Option<ToneMap>,
}

impl Converter {
    pub(crate) fn new(filter: Filter, orientation: Orientation, stated_transfer: i32) -> Self {
        Self { filter, orientation, stated_transfer, scaler: None, flattener: None, tone_map: None }
    }

    /// The size in which a frame is shown, upright and of square pixels, with its longer side at most `max_side_px`.
    pub(crate) fn fitted(&self, facts: &FrameFacts, max_side_px: u32) -> (u32, u32) {
        let (x, y) = facts.pixel_aspect;
        let width = f64::from(facts.width_px) * (f64::from(x) / f64::from(y)).clamp(0.01, 100.0);
        let height = f64::from(facts.height_px);
        let scale = (f64::from(max_side_px) / width.max(height)).min(1.0);
        let side = |length: f64| ((length * scale).round() as u32).clamp(1, max_side_px.max(1));
        self.orientation.swapped((side(width), side(height)))
    }

    /// Appends the frame to `out` as packed RGB of `size` (columns, rows as shown).
    pub(crate) fn convert(
        &mut self,
        frame: &Video,
        facts: &FrameFacts,
        size: (u32, u32),
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        let coded_size = self.orientation.swapped(size);
        let transfer = if matches!(facts.transfer, 0 | 2) { self.stated_transfer } else { facts.transfer };
        let is_hdr = matches!(transfer, TRANSFER_PQ | TRANSFER_HLG) && !facts.is_rgb;
        if is_hdr {
            let scaled = scaler(&mut self.scaler, self.filter, PixelLayout::Rgb16, coded_size).scale(frame, facts)?;
            if !self.tone_map.as_ref().is_some_and(|map| map.fits(transfer, facts.peak_nits)) {
                self.tone_map = None;
            }
            let map = self.tone_map.get_or_insert_with(|| ToneMap::new(transfer, facts.peak_nits));
            let mapped = tone_mapped(scaled, coded_size, map);
            self.orientation.upright(&mapped, coded_size.0 as usize * 3, coded_size, out);
            return Ok(());
        }
        let flat;
        let (frame, facts) = match facts.has_alpha {
            true => {
                flat = self.on_black(frame, facts)?;
                let facts =
                    FrameFacts { pixel_aspect: facts.pixel_aspect, ..facts_of(&flat).ok_or(Error::InvalidData)? };
                (&flat, facts)
            }
            false => (frame, *facts),
        };
        let scaled = scaler(&mut self.scaler, self.filter, PixelLayout::Rgb8, coded_size).scale(frame, &facts)?;
        self.orientation.upright(scaled.data(0), scaled.stride(0), coded_size, out);
        Ok(())
    }

    /// The frame over black, at its own size: colours under a transparent pixel must not bleed into their neighbours when
    /// the size changes.
    fn on_black(&mut self, frame: &Video, facts: &FrameFacts) -> Result<Video, Error> {
        let size = (facts.width_px, facts.height_px);
        let flattener = match self.flattener.take() {
            Some(flattener) if flattener.size() == size => flattener,
            _ => Scaler::new(size, PixelLayout::Rgba8, Filter::Area),
        };
        let rgba = self.flattener.insert(flattener).scale(frame, facts)?;
        let mut flat = Video::new(format::Pixel::RGB24, size.0, size.1);
        if flat.planes() == 0 {
            return Err(Error::Other { errno: libc::ENOMEM });
        }
        let (source_stride, target_stride) = (rgba.stride(0), flat.stride(0));
        let rows = rgba.data(0).chunks(source_stride).zip(flat.data_mut(0).chunks_mut(target_stride));
        for (source, target) in rows {
            for (source, target) in source.chunks_exact(4).zip(target.chunks_exact_mut(3)) {
                let alpha = u16::from(source.get(3).copied().unwrap_or(255));
                for (colour, shown) in source.iter().zip(target) {
                    *shown = ((u16::from(*colour) * alpha + 127) / 255) as u8;
                }
            }
        }
        Ok(flat)
    }
}

/// The scaler for this layout and size, made anew when they changed.
fn scaler(
    kept: &mut Option<(PixelLayout, Scaler)>,
    filter: Filter,
    layout: PixelLayout,
    size: (u32, u32),
) -> &mut Scaler {
    if !kept.as_ref().is_some_and(|(kind, scaler)| *kind == layout && scaler.size() == size) {
        *kept = None;
    }
    &mut kept.get_or_insert_with(|| (layout, Scaler::new(size, layout, filter))).1
}

fn tone_mapped(scaled: &Video, (width, height): (u32, u32), map: &ToneMap) -> Vec<u8> {
    let mut mapped = Vec::with_capacity(width as usize * height as usize * 3);
    for row in scaled.data(0).chunks(scaled.stride(0)).take(height as usize) {
        for pixel in row.chunks_exact(6).take(width as usize) {
            if let [r0, r1, g0, g1, b0, b1] = *pixel {
                let rgb = [[r0, r1], [g0, g1], [b0, b1]].map(u16::from_ne_bytes);
                mapped.extend_from_slice(&map.map(rgb));
            }
        }
    }
    mapped
}
