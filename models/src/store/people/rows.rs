//! Rows of people, faces and voices, read.

use super::super::error::StoreError;
use super::super::row::Reader;
use crate::entity::{faces, people, person_changes, voices};
use crate::id::{AssetId, FaceId, ObservationId, PersonChangeId, PersonId, VoiceId};
use crate::people::{ChangeKind, Face, Person, PersonChange, Standing, Voice};
use crate::time::MediaTime;

/// Little-endian, one after another.
pub(super) fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The vector in such bytes.
pub(super) fn vector(read: Reader, bytes: &[u8]) -> Result<Vec<f32>, StoreError> {
    let (quads, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() || quads.is_empty() {
        return Err(read.damaged("a vector"));
    }
    Ok(quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect())
}

pub(super) fn person(row: people::Model) -> Result<Person, StoreError> {
    let read = Reader { table: "people", id: row.id };
    Ok(Person {
        id: PersonId::from_uuid(row.id),
        name: row.name,
        faces: read.unsigned(row.faces)?,
        assets: read.unsigned(row.assets)?,
        created_at: read.instant(row.created_at_us)?,
        updated_at: read.instant(row.updated_at_us)?,
    })
}

pub(super) fn standing(row: &faces::Model) -> Result<Standing, StoreError> {
    let read = Reader { table: "faces", id: row.id };
    Ok(Standing {
        person: row.person_id.map(PersonId::from_uuid),
        is_decided: row.is_decided,
        rejected: read.json(&row.rejected, "a list of people")?,
    })
}

pub(super) fn face(row: &faces::Model) -> Result<Face, StoreError> {
    let read = Reader { table: "faces", id: row.id };
    Ok(Face {
        id: FaceId::from_uuid(row.id),
        asset: AssetId::from_uuid(row.asset_id),
        observation: row.observation_id.map(ObservationId::from_uuid),
        standing: standing(row)?,
        span: read.span(row.start_us, row.end_us)?,
        at: MediaTime::from_micros(row.at_us),
        bounds: read.json(&row.bounds, "a box")?,
        quality: row.quality,
        still: read.optional_json(row.still.as_deref(), "a still")?,
    })
}

pub(super) fn voice(row: voices::Model) -> Result<Voice, StoreError> {
    let read = Reader { table: "voices", id: row.id };
    Ok(Voice {
        id: VoiceId::from_uuid(row.id),
        asset: AssetId::from_uuid(row.asset_id),
        speaker: row.speaker.map(|number| read.unsigned(i64::from(number))).transpose()?,
        person: row.person_id.map(PersonId::from_uuid),
        turns: read.json(&row.turns, "a list of spans")?,
    })
}

pub(super) fn change(row: person_changes::Model) -> Result<PersonChange, StoreError> {
    let read = Reader { table: "person_changes", id: row.id };
    Ok(PersonChange {
        id: PersonChangeId::from_uuid(row.id),
        kind: read.known(ChangeKind::from_name(&row.kind), "a kind of change")?,
        author: row.author,
        made_at: read.instant(row.made_at_us)?,
        undone_at: row.undone_at_us.map(|micros| read.instant(micros)).transpose()?,
        edit: read.json(&row.edit, "an edit")?,
    })
}
