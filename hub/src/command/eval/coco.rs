//! Photographs with boxes of the objects in them, in COCO's own format.

use std::collections::BTreeMap;
use std::path::PathBuf;

use reelgraph_inference::score::DetectionTruth;
use reelgraph_models::observation::BoundingBox;
use reelgraph_models::picture::Picture;
use serde_json::Value;

use super::media::Media;

/// The truth, and where its pictures are.
pub(super) struct Coco<'a> {
    media: &'a Media,
    truth: Value,
    labels: BTreeMap<i64, String>,
}

impl<'a> Coco<'a> {
    /// Where the truth is in the folder.
    pub(super) const TRUTH: &'static str = "retrieval/share_subset/instances.json";

    /// Reads the truth; `None` where it is absent.
    pub(super) fn read(media: &'a Media) -> anyhow::Result<Option<Self>> {
        let Some(truth) = media.json(Self::TRUTH)? else { return Ok(None) };
        let labels = list(&truth, "categories")
            .iter()
            .filter_map(|category| Some((category.get("id")?.as_i64()?, category.get("name")?.as_str()?.to_owned())));
        let labels = labels.collect();
        Ok(Some(Self { media, truth, labels }))
    }

    /// Each picture that is there, and the annotations of what is in it.
    pub(super) fn pictures(&self) -> Vec<(PathBuf, Vec<&Value>)> {
        let images = list(&self.truth, "images").iter().filter_map(|image| {
            let name = image.get("file_name")?.as_str()?;
            let folders = ["train2017/", "val2017/", ""];
            let path = folders.iter().find_map(|at| self.media.file(format!("retrieval/coco-mini/{at}{name}")))?;
            let id = image.get("id").and_then(Value::as_i64);
            let of_image = |one: &&Value| one.get("image_id").and_then(Value::as_i64) == id;
            Some((path, list(&self.truth, "annotations").iter().filter(of_image).collect()))
        });
        images.collect()
    }

    /// The annotations of one class in a picture by their numbers in COCO, and their boxes; those around a crowd too.
    pub(super) fn boxes_of(&self, label: &str, objects: &[&Value], picture: &Picture) -> Vec<(i64, BoundingBox)> {
        let boxes = objects.iter().filter_map(|object| {
            let truth = self.truth(object, 0, picture).filter(|truth| truth.label == label)?;
            Some((object.get("id")?.as_i64()?, truth.bounds))
        });
        boxes.collect()
    }

    /// One annotation as the truth of the picture with that number.
    pub(super) fn truth(&self, annotation: &Value, number: usize, picture: &Picture) -> Option<DetectionTruth> {
        let (width, height) = (picture.width_px() as f32, picture.height_px() as f32);
        // `[left, top, width, height]` in pixels.
        let edge = |place: usize| Some(annotation.get("bbox")?.get(place)?.as_f64()? as f32);
        let (left, top) = (edge(0)?, edge(1)?);
        let bounds = BoundingBox {
            left: left / width,
            top: top / height,
            right: (left + edge(2)?) / width,
            bottom: (top + edge(3)?) / height,
        };
        let label = self.labels.get(&annotation.get("category_id")?.as_i64()?)?.clone();
        let is_crowd = annotation.get("iscrowd").and_then(Value::as_i64) == Some(1);
        Some(DetectionTruth { picture: number, label, bounds, is_crowd })
    }
}

fn list<'v>(truth: &'v Value, name: &str) -> &'v [Value] {
    truth.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
