//! Files as they were when other programs were seen to read them: OpenTimelineIO 0.18 with its adapters for CMX 3600 and
//! FCPXML gave back the same frames, and FCPXML was valid by Apple's document type for 1.10.

use std::path::{Path, PathBuf};

use reelgraph_models::export::{ExportFormat, ResultSet, write};

use super::sets;

/// Set to write the files anew instead of comparing; they must then be read by those programs again.
const UPDATE: &str = "UPDATE_GOLDEN";

fn path(name: &str, format: ExportFormat) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/export/golden");
    folder.join(format!("{name}.{}", format.extension()))
}

fn compare(name: &str, set: &ResultSet) {
    for format in ExportFormat::ALL {
        let path = path(name, format);
        let written = write(set, format).unwrap();
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(&path, &written).unwrap();
        }
        let golden = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == golden,
            "{} is not what is written now; {UPDATE}=1 writes it anew:\n{written}",
            path.display()
        );
    }
}

#[test]
fn drop_frame_films_are_written_as_before() {
    compare("ntsc", &sets::ntsc());
}

#[test]
fn films_of_several_rates_are_written_as_before() {
    compare("mixed", &sets::mixed());
}

#[test]
fn an_empty_set_is_written_as_before() {
    compare("empty", &sets::empty());
}
