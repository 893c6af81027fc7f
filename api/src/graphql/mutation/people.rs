//! Naming people, saying whose faces and voices are, and taking it back.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use reelgraph_models::id::{FaceId, ObservationId, PersonId, VoiceId};
use reelgraph_models::observation::Finding;
use reelgraph_models::people::check_name;
use reelgraph_models::store::{Edited, Owner, StoreError, Wish};

use super::asset::not_found;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::person::Person;
use crate::graphql::types::person_change::PersonChange;

/// Most faces that one request names.
const MAX_FACES: usize = 1_000;

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

/// Changes of people.
#[derive(Default)]
pub(crate) struct PeopleMutation;

#[Object]
impl PeopleMutation {
    /// Names a person. All moments that show or hear them are found by the name within seconds; no model is run.
    async fn rename_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and the name.")] input: RenamePersonInput,
    ) -> Result<ChangePeoplePayload> {
        let wish = async |_: &Session| {
            let name = input.name.as_deref().map(checked).transpose()?;
            Ok(Wish::Rename { person: person_of("id", &input.id)?, name })
        };
        Ok(change(Session::of(ctx)?, wish).await?)
    }

    /// Makes several people one.
    async fn merge_people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who are one.")] input: MergePeopleInput,
    ) -> Result<ChangePeoplePayload> {
        let wish = async |_: &Session| {
            let people =
                input.person_ids.iter().map(|id| person_of("personIds", id)).collect::<Result<_, Refusal>>()?;
            Ok(Wish::Merge { into: person_of("intoId", &input.into_id)?, people })
        };
        Ok(change(Session::of(ctx)?, wish).await?)
    }

    /// Takes faces away from a person. They are never put with that person again but by someone.
    async fn split_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which faces are not whose.")] input: SplitPersonInput,
    ) -> Result<ChangePeoplePayload> {
        let wish = async |session: &Session| {
            let person = person_of("id", &input.id)?;
            let to = owner("toId", input.to_id.as_ref(), input.name.as_deref())?.unwrap_or(Owner::New(None));
            Ok(Wish::Split { person, faces: faces_of(session, &input.face_ids).await?, to })
        };
        Ok(change(Session::of(ctx)?, wish).await?)
    }

    /// Says whose faces are, whoever's they were. They stay that person's whatever is analysed later.
    async fn assign_faces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which faces are whose.")] input: AssignFacesInput,
    ) -> Result<ChangePeoplePayload> {
        let wish = async |session: &Session| {
            let to = owner("personId", input.person_id.as_ref(), input.name.as_deref())?.unwrap_or(Owner::New(None));
            Ok(Wish::Assign { faces: faces_of(session, &input.face_ids).await?, to })
        };
        Ok(change(Session::of(ctx)?, wish).await?)
    }

    /// Says whose a voice is: that of someone who is known, of someone new, or nobody's.
    async fn assign_voice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which voice is whose.")] input: AssignVoiceInput,
    ) -> Result<ChangePeoplePayload> {
        let wish = async |session: &Session| {
            let to = owner("personId", input.person_id.as_ref(), input.name.as_deref())?;
            Ok(Wish::Voice { voice: voice_of(session, &input.voice_id).await?, to })
        };
        Ok(change(Session::of(ctx)?, wish).await?)
    }

    /// Takes a change back. What happened since to other faces and people stays.
    async fn undo_person_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which change.")] input: UndoPersonChangeInput,
    ) -> Result<UndoPersonChangePayload> {
        let refuse = |error| Ok(UndoPersonChangePayload { change: None, errors: vec![error] });
        let Some(id) = parse_typed(&input.id) else { return refuse(not_found("change")) };
        match Session::of(ctx)?.store().undo_person_change(id).await {
            Ok(change) => Ok(UndoPersonChangePayload { change: Some(PersonChange(change)), errors: Vec::new() }),
            Err(StoreError::NotFound { .. }) => refuse(not_found("change")),
            Err(StoreError::WrongState { why, .. }) => {
                refuse(UserError::new(UserErrorCode::WrongState, "id", format!("the change {why}")))
            }
            Err(error) => Err(PublicError::from(error).into()),
        }
    }
}

/// Why a wish cannot be carried out: an answer for the person, or a fault.
enum Refusal {
    User(UserError),
    Fault(PublicError),
}

impl From<PublicError> for Refusal {
    fn from(error: PublicError) -> Self {
        Self::Fault(error)
    }
}

async fn change(
    session: &Session,
    wish: impl AsyncFnOnce(&Session) -> Result<Wish, Refusal>,
) -> Result<ChangePeoplePayload, PublicError> {
    let wish = match wish(session).await {
        Ok(wish) => wish,
        Err(Refusal::Fault(error)) => return Err(error),
        Err(Refusal::User(error)) => return Ok(ChangePeoplePayload { errors: vec![error], ..Default::default() }),
    };
    match session.store().change_people(&wish, session.principal().author()).await {
        Ok(Edited { person, change }) => {
            let person = match person {
                Some(person) => session.loaders().person(person).await?,
                None => None,
            };
            Ok(ChangePeoplePayload { person, change: change.map(PersonChange), errors: Vec::new() })
        }
        Err(error) => Ok(ChangePeoplePayload { errors: vec![refused(&wish, error)?], ..Default::default() }),
    }
}

/// What the store refuses, in the words of the input.
fn refused(wish: &Wish, error: StoreError) -> Result<UserError, PublicError> {
    let field = |what: &str, id| match (what, wish) {
        ("face" | "faces", _) => "faceIds",
        ("voice", _) => "voiceId",
        ("name", _) => "name",
        ("person", Wish::Rename { .. }) => "id",
        ("person", Wish::Merge { into, .. }) if Some(into.as_uuid()) == id => "intoId",
        ("person", Wish::Split { person, .. }) if Some(person.as_uuid()) == id => "id",
        ("person", Wish::Split { .. }) => "toId",
        ("person", Wish::Assign { .. } | Wish::Voice { .. }) => "personId",
        _ => "personIds",
    };
    match error {
        StoreError::NotFound { what, id } => {
            let message = format!("there is no {what} with this id");
            Ok(UserError::new(UserErrorCode::NotFound, field(what, Some(id)), message))
        }
        StoreError::Invalid { what, why } => Ok(UserError::new(UserErrorCode::InvalidValue, field(what, None), why)),
        error => Err(error.into()),
    }
}

fn missing(field: &str, what: &str) -> Refusal {
    Refusal::User(UserError::new(UserErrorCode::NotFound, field, format!("there is no {what} with this id")))
}

fn checked(name: &str) -> Result<String, Refusal> {
    let refusal = |why| Refusal::User(UserError::new(UserErrorCode::InvalidValue, "name", format!("{why}")));
    check_name(name).map(str::to_owned).map_err(refusal)
}

fn person_of(field: &str, id: &ID) -> Result<PersonId, Refusal> {
    parse_typed(id).ok_or_else(|| missing(field, "person"))
}

/// Whose something is to be; `None` where nothing is said.
fn owner(field: &str, id: Option<&ID>, name: Option<&str>) -> Result<Option<Owner>, Refusal> {
    match (id, name) {
        (Some(_), Some(_)) => {
            let message = "a name is only for someone new; name someone who is known with renamePerson";
            Err(Refusal::User(UserError::new(UserErrorCode::InvalidValue, "name", message)))
        }
        (Some(id), None) => Ok(Some(Owner::Known(person_of(field, id)?))),
        (None, Some(name)) => Ok(Some(Owner::New(Some(checked(name)?)))),
        (None, None) => Ok(None),
    }
}

/// The faces that ids of faces and of sightings stand for.
async fn faces_of(session: &Session, ids: &[ID]) -> Result<Vec<FaceId>, Refusal> {
    if ids.len() > MAX_FACES {
        let message = format!("at most {MAX_FACES} faces can be named at once");
        return Err(Refusal::User(UserError::new(UserErrorCode::InvalidValue, "faceIds", message)));
    }
    let sightings: Vec<ObservationId> = ids.iter().filter_map(parse_typed).collect();
    let seen = session.store().faces_by_observations(&sightings).await.map_err(PublicError::from)?;
    let face = |id: &ID| {
        let by_sight = || seen.get(&parse_typed(id)?).map(|face| face.id);
        parse_typed(id).or_else(by_sight).ok_or_else(|| missing("faceIds", "face"))
    };
    ids.iter().map(face).collect()
}

/// The voice that the id of a voice, or of a turn of it, stands for.
async fn voice_of(session: &Session, id: &ID) -> Result<VoiceId, Refusal> {
    if let Some(voice) = parse_typed(id) {
        return Ok(voice);
    }
    let no_voice = || missing("voiceId", "voice");
    let turn = session.loaders().observation(parse_typed(id).ok_or_else(no_voice)?).await?.ok_or_else(no_voice)?;
    let Finding::Speaker { speaker } = turn.finding else { return Err(no_voice()) };
    let voice = session.loaders().voice_in(turn.asset, speaker).await?;
    voice.map(|voice| voice.0.id).ok_or_else(no_voice)
}
