//! What is asked for, and what came of it.

use async_graphql::{ID, InputObject, SimpleObject};

use crate::graphql::error::UserError;
use crate::graphql::types::person::Person;
use crate::graphql::types::person_change::PersonChange;

/// Who, and the name.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct RenamePersonInput {
    /// Who.
    pub id: ID,
    /// The name; one line, 1 to 200 characters. None takes the name away.
    pub name: Option<String>,
}

/// Who are one.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct MergePeopleInput {
    /// Who stays, with name and id. Without a name, that of the first of the others who has one is taken.
    pub into_id: ID,
    /// Who become that person, at most 100.
    pub person_ids: Vec<ID>,
}

/// Which faces are not someone's, and whose they are.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct SplitPersonInput {
    /// Whose they are not.
    pub id: ID,
    /// Which: ids of faces or of face sightings, at most 1000; all are the person's now.
    pub face_ids: Vec<ID>,
    /// Whose they are; where it is left out, a new person's.
    pub to_id: Option<ID>,
    /// The name of the new person; none where it is left out.
    pub name: Option<String>,
}

/// Whose faces are.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct AssignFacesInput {
    /// Which: ids of faces or of face sightings, at most 1000.
    pub face_ids: Vec<ID>,
    /// Whose they are; where it is left out, a new person's.
    pub person_id: Option<ID>,
    /// The name of the new person; none where it is left out.
    pub name: Option<String>,
}

/// Whose a voice is.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct AssignVoiceInput {
    /// Which: the id of a voice, or of any turn of it.
    pub voice_id: ID,
    /// Whose it is. Where both this and `name` are left out, it is nobody's.
    pub person_id: Option<ID>,
    /// The name of a new person whose it is.
    pub name: Option<String>,
}

/// Which change.
#[derive(Debug, Clone, InputObject)]
pub(crate) struct UndoPersonChangeInput {
    /// Which.
    pub id: ID,
}

/// What came of a change of people.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct ChangePeoplePayload {
    /// Who it is about: the named, the one who stays, whose the faces or the voice are now; null where it is nobody.
    pub person: Option<Person>,
    /// What was changed, to undo it by; null where all was so already, or there are errors.
    pub change: Option<PersonChange>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}

/// What came of undoing.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct UndoPersonChangePayload {
    /// The change that was undone; null where there are errors.
    pub change: Option<PersonChange>,
    /// Why nothing was changed.
    pub errors: Vec<UserError>,
}
