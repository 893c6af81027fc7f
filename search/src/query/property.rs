//! Properties of an asset's file that are kept as fields of one's own are, under names that no such field can have: one index
//! and one way to compare for all of them.

use reelgraph_models::asset::Asset;
use reelgraph_models::metadata::Metadata;
use reelgraph_models::probe::StreamDetails;

/// A property of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileProperty {
    /// Bytes of the original.
    Size,
    /// Frames a second of the moving pictures, with three places after the point: `25`, `23.976`.
    FrameRate,
    /// Codecs of pictures and sound by FFmpeg's names: `h264`, `aac`.
    Codec,
    /// Most channels of a sound track.
    Channels,
    /// `yes` where the pictures have a high dynamic range (PQ or HLG), `no` where they have not.
    Hdr,
    /// Columns as shown, for orders.
    Width,
    /// Rows as shown, for orders.
    Height,
}

impl FileProperty {
    /// Its name among fields; theirs begin with a letter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Size => ":size",
            Self::FrameRate => ":fps",
            Self::Codec => ":codec",
            Self::Channels => ":channels",
            Self::Hdr => ":hdr",
            Self::Width => ":width",
            Self::Height => ":height",
        }
    }
}

/// Fields with their values, by name.
pub(crate) type Fields<'a> = Vec<(&'a str, &'a [String])>;

/// The properties of a file, each with its values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileProperties(Vec<(FileProperty, Vec<String>)>);

impl FromIterator<(FileProperty, Vec<String>)> for FileProperties {
    fn from_iter<I: IntoIterator<Item = (FileProperty, Vec<String>)>>(properties: I) -> Self {
        Self(properties.into_iter().filter(|(_, values)| !values.is_empty()).collect())
    }
}

impl FileProperties {
    /// Those of an asset; `width_px` and `height_px` as shown upright.
    pub fn of(asset: &Asset, width_px: Option<u32>, height_px: Option<u32>) -> Self {
        let streams = asset.probe.iter().flat_map(|probe| &probe.streams);
        let (mut codecs, mut channels) = (Vec::<String>::new(), None);
        for stream in streams {
            let is_heard_or_seen = match &stream.details {
                StreamDetails::Video(video) => !video.is_cover,
                StreamDetails::Audio(audio) => {
                    channels = channels.max(Some(audio.channels));
                    true
                }
                StreamDetails::Subtitle { .. } | StreamDetails::Data => false,
            };
            if is_heard_or_seen && !codecs.contains(&stream.codec) {
                codecs.push(stream.codec.clone());
            }
        }
        let main = asset.probe.as_ref().and_then(|probe| probe.main_video()).map(|stream| &stream.details);
        let video = match main {
            Some(StreamDetails::Video(video)) => Some(video),
            _ => None,
        };
        let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
        let rate = video.and_then(|video| video.frame_rate).and_then(|(frames, seconds)| rate(frames, seconds));
        let hdr = video.map(|video| if video.hdr_transfer.is_some() { "yes" } else { "no" });
        let all = [
            (FileProperty::Size, one(Some(asset.size_bytes.to_string()))),
            (FileProperty::FrameRate, one(rate)),
            (FileProperty::Codec, codecs),
            (FileProperty::Channels, one(channels.map(|count| count.to_string()))),
            (FileProperty::Hdr, one(hdr.map(str::to_owned))),
            (FileProperty::Width, one(width_px.map(|pixels| pixels.to_string()))),
            (FileProperty::Height, one(height_px.map(|pixels| pixels.to_string()))),
        ];
        all.into_iter().collect()
    }

    /// What answers can be ordered by, beside fields of one's own.
    pub(crate) fn ordering<'a>(&'a self, metadata: &'a Metadata) -> Fields<'a> {
        let properties = self.0.iter().map(|(property, values)| (property.name(), values.as_slice()));
        metadata.fields().chain(properties).collect()
    }

    /// What conditions ask about, beside fields of one's own: all but columns and rows, which have fields by themselves.
    pub(crate) fn asked<'a>(&'a self, metadata: &'a Metadata) -> Fields<'a> {
        let is_apart = |name: &str| name == FileProperty::Width.name() || name == FileProperty::Height.name();
        self.ordering(metadata).into_iter().filter(|(name, _)| !is_apart(name)).collect()
    }
}

/// Frames a second with at most three places after the point; none of a fraction that is no number.
fn rate(frames: u32, seconds: u32) -> Option<String> {
    let thousandths = (u64::from(frames) * 1_000 + u64::from(seconds) / 2).checked_div(u64::from(seconds))?;
    let text = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    Some(text.trim_end_matches('0').trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_written_as_people_write_them() {
        let written = |frames, seconds| rate(frames, seconds).unwrap_or_default();
        assert_eq!(
            [written(25, 1), written(24_000, 1_001), written(30_000, 1_001), written(120, 1), written(1, 3)],
            ["25", "23.976", "29.97", "120", "0.333"]
        );
        assert_eq!(rate(25, 0), None);
    }

    #[test]
    fn no_field_of_ones_own_has_the_name_of_a_property() {
        assert!(!Metadata::is_name(FileProperty::Size.name()));
    }
}
