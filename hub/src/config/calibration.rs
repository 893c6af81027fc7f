//! How likely a hit is right, by numbers that were fitted on other judgements than those that ship.

use std::path::Path;

use anyhow::{Context, ensure};
use reelgraph_search::calibration::Calibration;

/// What `reelgraph eval calibrate --output FILE.json` wrote.
pub fn read(path: &Path) -> anyhow::Result<Calibration> {
    let unusable = || {
        let path = path.display();
        format!(
            "search.calibration: {path} cannot be used; `reelgraph eval calibrate --output FILE.json` writes such a file"
        )
    };
    let text = std::fs::read_to_string(path).with_context(unusable)?;
    let calibration: Calibration = serde_json::from_str(&text).with_context(unusable)?;
    let cut_off = calibration.cut_off;
    ensure!(
        (0.0..=1.0).contains(&cut_off),
        "search.calibration: the cut_off in {} is {cut_off}; it is a probability, 0 to 1",
        path.display()
    );
    Ok(calibration)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_fitted_is_read_back_and_what_is_no_calibration_is_named() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("own.json");
        let own = Calibration { cut_off: 0.4, ..Calibration::fitted() };
        std::fs::write(&path, serde_json::to_string(&own)?)?;
        assert_eq!(read(&path)?, own);
        let beyond = Calibration { cut_off: 1.5, ..Calibration::fitted() };
        for (text, expected) in [
            (serde_json::to_string(&beyond)?, "a probability"),
            ("{\"base\":1}".to_owned(), "eval calibrate"),
            (String::new(), "eval calibrate"),
        ] {
            std::fs::write(&path, text)?;
            let told = read(&path).map_or_else(|error| format!("{error:#}"), |_| "accepted".to_owned());
            assert!(told.contains(expected) && told.contains("own.json"), "{told}");
        }
        assert!(read(&folder.path().join("absent.json")).is_err());
        Ok(())
    }
}
