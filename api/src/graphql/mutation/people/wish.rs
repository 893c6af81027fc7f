//! From ids and names to a wish, and from what the store refuses to words about the input.

use async_graphql::ID;
use reelgraph_models::id::{FaceId, ObservationId, PersonId, VoiceId};
use reelgraph_models::observation::Finding;
use reelgraph_models::people::{BadName, check_name};
use reelgraph_models::store::{ChangedPeople, Owner, StoreError, Wish};

use super::input::ChangePeoplePayload;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::person_change::PersonChange;

/// Most faces that one request names.
const MAX_FACES: usize = 1_000;

/// Why a wish cannot be carried out: an answer for the person, or a fault.
pub(super) enum Refusal {
    User(UserError),
    Fault(PublicError),
}

impl From<PublicError> for Refusal {
    fn from(error: PublicError) -> Self {
        Self::Fault(error)
    }
}

/// Carries a wish out; what is refused is for the person who asked.
pub(super) async fn change(
    session: &Session,
    wish: impl Future<Output = Result<Wish, Refusal>>,
) -> Result<ChangePeoplePayload, PublicError> {
    let wish = match wish.await {
        Ok(wish) => wish,
        Err(Refusal::Fault(error)) => return Err(error),
        Err(Refusal::User(error)) => return Ok(ChangePeoplePayload { errors: vec![error], ..Default::default() }),
    };
    match session.store().change_people(&wish, session.principal().author()).await {
        Ok(ChangedPeople { person, change }) => {
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

pub(super) fn checked(name: &str) -> Result<String, Refusal> {
    let refusal = |why: BadName| Refusal::User(UserError::new(UserErrorCode::InvalidValue, "name", format!("{why}")));
    check_name(name).map(str::to_owned).map_err(refusal)
}

pub(super) fn person_of(field: &str, id: &ID) -> Result<PersonId, Refusal> {
    parse_typed(id).ok_or_else(|| missing(field, "person"))
}

/// Whose something is to be; `None` where nothing is said.
pub(super) fn owner(field: &str, id: Option<&ID>, name: Option<&str>) -> Result<Option<Owner>, Refusal> {
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
pub(super) async fn faces_of(session: &Session, ids: &[ID]) -> Result<Vec<FaceId>, Refusal> {
    if ids.len() > MAX_FACES {
        let message = format!("at most {MAX_FACES} faces can be named at once");
        return Err(Refusal::User(UserError::new(UserErrorCode::InvalidValue, "faceIds", message)));
    }
    let sightings: Vec<ObservationId> = ids.iter().filter_map(parse_typed).collect();
    let seen = session.store().faces_by_observations(&sightings).await.map_err(PublicError::from)?;
    let face = |id: &ID| {
        let by_sight = || seen.get(&parse_typed::<ObservationId>(id)?).map(|face| face.id);
        parse_typed(id).or_else(by_sight).ok_or_else(|| missing("faceIds", "face"))
    };
    ids.iter().map(face).collect()
}

/// The voice that the id of a voice, or of a turn of it, stands for.
pub(super) async fn voice_of(session: &Session, id: &ID) -> Result<VoiceId, Refusal> {
    if let Some(voice) = parse_typed(id) {
        return Ok(voice);
    }
    let no_voice = || missing("voiceId", "voice");
    let turn = session.loaders().observation(parse_typed(id).ok_or_else(no_voice)?).await?.ok_or_else(no_voice)?;
    let Finding::Speaker { speaker } = turn.finding else { return Err(no_voice()) };
    let voice = session.loaders().voice_in(turn.asset, speaker).await?;
    voice.map(|voice| voice.0.id).ok_or_else(no_voice)
}
