//! Fitted numbers as a file: JSON, or the source that ships.

use std::fmt::Write;
use std::path::Path;

use anyhow::Context;
use reelgraph_search::calibration::{Calibration, Curve, Point};

/// Writes fitted numbers: Rust where the file ends in `.rs`, else JSON.
pub fn write(path: &Path, calibration: &Calibration) -> anyhow::Result<()> {
    let text = if path.extension().is_some_and(|extension| extension == "rs") {
        source(calibration)?
    } else {
        let mut text = serde_json::to_string_pretty(calibration)?;
        text.push('\n');
        text
    };
    // Written beside and renamed, so that nothing ever reads half of it.
    let beside = path.with_extension("partial");
    std::fs::write(&beside, text).with_context(|| format!("{} cannot be written", beside.display()))?;
    std::fs::rename(&beside, path).with_context(|| format!("{} cannot be replaced", path.display()))
}

/// `search/src/calibration/fitted.rs`, as rustfmt would have it but for the breaking of lines.
fn source(calibration: &Calibration) -> anyhow::Result<String> {
    let mut text = String::from(
        "//! The numbers that ship, as `reelgraph eval calibrate --output` writes them.\n\n\
         use std::borrow::Cow;\n\n\
         use reelgraph_models::observation::Modality;\n\n\
         use super::{Calibration, ChannelCurves, Curve, Point, SpaceCurves};\n\n",
    );
    let Calibration { fitted_on, base, cut_off, channels, spaces } = calibration;
    writeln!(text, "pub(super) const FITTED: Calibration = Calibration {{")?;
    writeln!(text, "    fitted_on: Cow::Borrowed({:?}),", fitted_on.as_ref())?;
    writeln!(text, "    base: {base:?},\n    cut_off: {cut_off:?},")?;
    writeln!(text, "    channels: Cow::Borrowed(CHANNELS),\n    spaces: Cow::Borrowed(SPACES),\n}};\n")?;
    writeln!(text, "const CHANNELS: &[ChannelCurves] = &[")?;
    for curves in channels.iter() {
        writeln!(text, "    ChannelCurves {{\n        channel: Modality::{:?},", curves.channel)?;
        writeln!(text, "        coverage: {},", curve(&curves.coverage))?;
        writeln!(text, "        words: {},\n    }},", curve(&curves.words))?;
    }
    writeln!(text, "];\n\nconst SPACES: &[SpaceCurves] = &[")?;
    for curves in spaces.iter() {
        writeln!(text, "    SpaceCurves {{\n        space: Cow::Borrowed({:?}),", curves.space.as_ref())?;
        writeln!(text, "        similarity: {},", curve(&curves.similarity))?;
        writeln!(text, "        closeness: {},\n    }},", curve(&curves.closeness))?;
    }
    writeln!(text, "];")?;
    Ok(text)
}

fn curve(curve: &Curve) -> String {
    let point = |Point(x, y): &Point| format!("Point({x:?}, {y:?})");
    match curve.points() {
        [] => "Curve::FLAT".to_owned(),
        points => format!("Curve::known(&[{}])", points.iter().map(point).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_json_that_reads_back_and_as_source() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let fitted = Calibration::fitted();
        let (json, rust) = (folder.path().join("fitted.json"), folder.path().join("fitted.rs"));
        write(&json, &fitted)?;
        write(&rust, &fitted)?;
        assert_eq!(serde_json::from_str::<Calibration>(&std::fs::read_to_string(json)?)?, fitted);
        // Line breaks are rustfmt's, so they are left out of the comparison.
        let plain = |text: &str| text.split_whitespace().collect::<String>().replace(",]", "]").replace(",)", ")");
        let shipped = include_str!("../../../../../search/src/calibration/fitted.rs");
        assert_eq!(plain(&std::fs::read_to_string(rust)?), plain(shipped));
        Ok(())
    }
}
