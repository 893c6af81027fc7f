//! What people change about people, written so that it can be taken back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::id::{FaceId, PersonChangeId, PersonId, VoiceId};

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Someone got a name, another one, or none.
    Rename,
    /// Several turned out to be one.
    Merge,
    /// Faces turned out not to be someone's.
    Split,
    /// Faces were said to be someone's.
    Assign,
    /// A voice was said to be someone's, or nobody's.
    Voice,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Rename, Self::Merge, Self::Split, Self::Assign, Self::Voice];

    /// The name that stores use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Assign => "assign",
            Self::Voice => "voice",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Whose a face is, and who says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    /// Whose; `None` where that is not known.
    pub person: Option<PersonId>,
    /// Whether someone said so.
    pub is_decided: bool,
    /// Whose it is not, as someone said; sorted.
    pub rejected: Vec<PersonId>,
}

impl Standing {
    /// The face is that person's, as someone says.
    #[must_use]
    pub fn decided(&self, person: PersonId) -> Self {
        let rejected = self.rejected.iter().copied().filter(|other| *other != person).collect();
        Self { person: Some(person), is_decided: true, rejected }
    }

    /// The face is not that person's, as someone says.
    #[must_use]
    pub fn without(&self, person: PersonId) -> Self {
        let mut rejected = self.rejected.clone();
        if let Err(place) = rejected.binary_search(&person) {
            rejected.insert(place, person);
        }
        let is_theirs = self.person == Some(person);
        Self { person: self.person.filter(|_| !is_theirs), is_decided: self.is_decided && !is_theirs, rejected }
    }
}

/// A person who comes or goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRecord {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: Option<String>,
    /// When they came to be, microseconds since 1970 in UTC.
    pub created_at_us: i64,
}

/// A person gets another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renaming {
    /// Who.
    pub person: PersonId,
    /// The name before.
    pub before: Option<String>,
    /// The name after.
    pub after: Option<String>,
}

/// Faces that stood alike go on to stand alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceMove {
    /// Which.
    pub faces: Vec<FaceId>,
    /// How they stood before.
    pub before: Standing,
    /// How they stand after.
    pub after: Standing,
}

/// A voice goes on to be someone else's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceMove {
    /// Which.
    pub voice: VoiceId,
    /// Whose before.
    pub before: Option<PersonId>,
    /// Whose after.
    pub after: Option<PersonId>,
}

/// All that one change does; the same read backwards undoes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edit {
    /// People who come.
    pub created: Vec<PersonRecord>,
    /// People who go; nothing is theirs any more.
    pub removed: Vec<PersonRecord>,
    /// People whose names change.
    pub renamed: Vec<Renaming>,
    /// Faces that move.
    pub faces: Vec<FaceMove>,
    /// Voices that move.
    pub voices: Vec<VoiceMove>,
}

impl Edit {
    /// The edit that takes this one back.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let renamed =
            |it: &Renaming| Renaming { person: it.person, before: it.after.clone(), after: it.before.clone() };
        let face =
            |it: &FaceMove| FaceMove { faces: it.faces.clone(), before: it.after.clone(), after: it.before.clone() };
        let voice = |it: &VoiceMove| VoiceMove { voice: it.voice, before: it.after, after: it.before };
        Self {
            created: self.removed.clone(),
            removed: self.created.clone(),
            renamed: self.renamed.iter().map(renamed).collect(),
            faces: self.faces.iter().map(face).collect(),
            voices: self.voices.iter().map(voice).collect(),
        }
    }

    /// Everyone whom it concerns, each once, in order.
    pub fn people(&self) -> Vec<PersonId> {
        let records = self.created.iter().chain(&self.removed).map(|record| record.id);
        let named = self.renamed.iter().map(|it| it.person);
        let faces = self.faces.iter().flat_map(|it| [it.before.person, it.after.person]).flatten();
        let voices = self.voices.iter().flat_map(|it| [it.before, it.after]).flatten();
        let mut all: Vec<PersonId> = records.chain(named).chain(faces).chain(voices).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Faces that it moves.
    pub fn face_count(&self) -> usize {
        self.faces.iter().map(|it| it.faces.len()).sum()
    }

    /// Whether it does nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One change that someone made to people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonChange {
    /// Its id.
    pub id: PersonChangeId,
    /// What kind.
    pub kind: ChangeKind,
    /// By whom.
    pub author: String,
    /// When.
    pub made_at: DateTime<Utc>,
    /// When it was undone, if it was.
    pub undone_at: Option<DateTime<Utc>>,
    /// What it did.
    pub edit: Edit,
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn person(number: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(number))
    }

    #[test]
    fn what_is_taken_back_twice_is_done() {
        let before = Standing { person: Some(person(1)), ..Standing::default() };
        let face = FaceId::from_uuid(Uuid::from_u128(9));
        let edit = Edit {
            created: vec![PersonRecord { id: person(2), name: Some("Ada".to_owned()), created_at_us: 5 }],
            faces: vec![FaceMove { faces: vec![face], after: before.without(person(1)).decided(person(2)), before }],
            ..Edit::default()
        };
        assert_ne!(edit.reversed(), edit);
        assert_eq!(edit.reversed().reversed(), edit);
        assert_eq!(edit.people(), [person(1), person(2)]);
    }

    #[test]
    fn who_is_said_to_be_someone_is_no_longer_said_not_to_be() {
        let face = Standing { person: Some(person(1)), is_decided: true, rejected: Vec::new() };
        let split = face.without(person(1));
        assert_eq!(split, Standing { person: None, is_decided: false, rejected: vec![person(1)] });
        assert_eq!(split.decided(person(1)), face);
    }
}
