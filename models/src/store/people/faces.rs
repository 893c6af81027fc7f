//! The faces of an asset: as they are stored, as they are seen now, and the latter made of the former.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::error::{Doing, StoreError};
use super::super::handle::TenantStore;
use super::super::row::{Reader, json};
use super::rows;
use crate::clock::Clock;
use crate::embedding::EmbeddingSpace;
use crate::entity::faces;
use crate::id::{AssetId, FaceId, ObservationId, PersonId, TenantId};
use crate::observation::{BoundingBox, TrackBox};
use crate::people::{Face, FaceStill, FaceTrack, Gallery, Placement, Remembered, Reseen, Standing, carry_over, place};
use crate::time::{MediaTime, Span};

/// A still further from the nearest box than this does not tell where the face is in it.
const STILL_DISTANCE: MediaTime = MediaTime::from_millis(500);

/// A face as the latest analysis sees it.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) observation: ObservationId,
    pub(super) span: Span,
    pub(super) at: MediaTime,
    pub(super) bounds: BoundingBox,
    pub(super) quality: f32,
    pub(super) boxes: Vec<TrackBox>,
    pub(super) still: Option<FaceStill>,
    pub(super) space: EmbeddingSpace,
    pub(super) vector: Vec<f32>,
}

/// A face as it is stored.
#[derive(Debug, Clone)]
pub(super) struct FaceRow {
    face: Face,
    space: (String, String),
    vector: Vec<f32>,
}

impl FaceRow {
    fn read(row: faces::Model) -> Result<Self, StoreError> {
        let vector = rows::vector(Reader { table: "faces", id: row.id }, &row.vector)?;
        Ok(Self { face: rows::face(&row)?, vector, space: (row.space_name, row.space_version) })
    }

    pub(super) fn model(self, tenant: TenantId) -> Result<faces::Model, StoreError> {
        let Self { face, space: (space_name, space_version), vector } = self;
        Ok(faces::Model {
            id: face.id.as_uuid(),
            tenant_id: tenant.as_uuid(),
            asset_id: face.asset.as_uuid(),
            observation_id: face.observation.map(ObservationId::as_uuid),
            person_id: face.standing.person.map(PersonId::as_uuid),
            is_decided: face.standing.is_decided,
            rejected: json("people", &face.standing.rejected)?,
            start_us: face.span.start().as_micros(),
            end_us: face.span.end().as_micros(),
            at_us: face.at.as_micros(),
            quality: face.quality,
            quality_ppm: (face.quality.clamp(0.0, 1.0) * 1e6) as i32,
            bounds: json("box", &face.bounds)?,
            still: face.still.map(|still| json("still", &still)).transpose()?,
            space_name,
            space_version,
            vector: rows::bytes(&vector),
        })
    }

    fn remembered(&self) -> Remembered<'_> {
        Remembered {
            span: self.face.span,
            at: self.face.at,
            bounds: self.face.bounds,
            space: (&self.space.0, &self.space.1),
            vector: &self.vector,
        }
    }
}

/// The faces of an asset as they are to be stored.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) rows: Vec<FaceRow>,
    pub(super) new_people: Vec<PersonId>,
    /// Everyone who has, or had, a face in the asset.
    pub(super) concerned: BTreeSet<PersonId>,
}

impl TenantStore {
    /// The faces of an asset as they are stored, those included that are not seen at present.
    pub(super) async fn face_rows(&self, asset: AssetId) -> Result<Vec<FaceRow>, StoreError> {
        let rows = faces::Entity::find()
            .filter(faces::Column::TenantId.eq(self.tenant_uuid()))
            .filter(faces::Column::AssetId.eq(asset.as_uuid()))
            .order_by_asc(faces::Column::Id)
            .all(self.store.database.read())
            .await
            .doing("read the faces of an asset")?;
        rows.into_iter().map(FaceRow::read).collect()
    }
}

/// Knows faces again, and puts those that are new with who looks like them.
pub(super) fn placed(
    asset: AssetId,
    before: &[FaceRow],
    found: Vec<Found>,
    known: &[(PersonId, Gallery)],
    clock: &dyn Clock,
) -> Placed {
    let remembered: Vec<Remembered<'_>> = before.iter().map(FaceRow::remembered).collect();
    let reseen =
        found.iter().map(|it| Reseen { span: it.span, boxes: &it.boxes, space: &it.space, vector: &it.vector });
    let carried = carry_over(&remembered, &reseen.collect::<Vec<_>>());

    let mut taken = BTreeSet::new();
    let mut faces: Vec<(FaceId, Standing)> = Vec::with_capacity(found.len());
    for carried in carried {
        let old = carried.and_then(|it| Some((before.get(it.from)?, it.is_same)));
        let standing = old.map_or_else(Standing::default, |(row, _)| row.face.standing.clone());
        let id = match old {
            Some((row, true)) => row.face.id,
            _ => FaceId::generate(clock),
        };
        taken.insert(id);
        faces.push((id, standing));
    }
    let tracks: Vec<FaceTrack<'_>> = found
        .iter()
        .zip(&faces)
        .map(|(it, (_, standing))| FaceTrack {
            span: it.span,
            quality: it.quality,
            vector: &it.vector,
            person: standing.person,
            rejected: &standing.rejected,
        })
        .collect();
    let mut new_people: BTreeMap<usize, PersonId> = BTreeMap::new();
    for (placement, (_, standing)) in place(known, &tracks).into_iter().zip(&mut faces) {
        standing.person = match placement {
            Placement::Known(person) => Some(person),
            Placement::New(number) => Some(*new_people.entry(number).or_insert_with(|| PersonId::generate(clock))),
            Placement::Nobody => None,
        };
    }
    let seen = found.into_iter().zip(faces).map(|(it, (id, standing))| FaceRow {
        face: Face {
            id,
            asset,
            observation: Some(it.observation),
            standing,
            span: it.span,
            at: it.at,
            bounds: it.bounds,
            quality: it.quality,
            still: it.still,
        },
        space: (it.space.name, it.space.version),
        vector: it.vector,
    });
    // What someone said about a face that is not seen at present holds for when it is.
    let unseen = before.iter().filter(|row| !taken.contains(&row.face.id)).filter(|row| row.is_spoken_of()).cloned();
    let unseen = unseen.map(|mut row| {
        row.face.observation = None;
        row
    });
    let rows: Vec<FaceRow> = seen.chain(unseen).collect();
    let people = before.iter().chain(&rows).filter_map(|row| row.face.standing.person);
    Placed { concerned: people.collect(), new_people: new_people.into_values().collect(), rows }
}

impl FaceRow {
    fn is_spoken_of(&self) -> bool {
        self.face.standing.is_decided || !self.face.standing.rejected.is_empty()
    }
}

/// The still that shows a face, nearest to a box of it.
pub(super) fn still_of(span: Span, boxes: &[TrackBox], stills: &[MediaTime]) -> Option<FaceStill> {
    let first = stills.partition_point(|at| *at < span.start());
    let within = stills.iter().skip(first).take_while(|at| span.contains(**at));
    let distance = |at: MediaTime, seen: &TrackBox| (seen.at - at).as_micros().abs();
    let nearest = within.filter_map(|at| {
        let seen = boxes.iter().min_by_key(|seen| distance(*at, seen))?;
        Some((distance(*at, seen), FaceStill { at: *at, bounds: seen.bounds }))
    });
    let (far, still) = nearest.min_by_key(|(far, still)| (*far, still.at))?;
    (far <= STILL_DISTANCE.as_micros()).then_some(still)
}
