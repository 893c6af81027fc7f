//! Naming people, saying whose faces and voices are, and taking it back.

mod input;
mod wish;

use async_graphql::{Context, Object, Result};
use reelgraph_models::store::{Owner, StoreError, Wish};

use self::input::{
    AssignFacesInput, AssignVoiceInput, ChangePeoplePayload, MergePeopleInput, RenamePersonInput, SplitPersonInput,
    UndoPersonChangeInput, UndoPersonChangePayload,
};
use self::wish::{Refusal, change, checked, faces_of, owner, person_of, voice_of};
use super::asset::not_found;
use crate::graphql::error::{PublicError, UserError, UserErrorCode};
use crate::graphql::node_id::parse_typed;
use crate::graphql::session::Session;
use crate::graphql::types::person_change::PersonChange;

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
        let session = Session::of(ctx)?;
        let wish = async {
            let name = input.name.as_deref().map(checked).transpose()?;
            Ok(Wish::Rename { person: person_of("id", &input.id)?, name })
        };
        Ok(change(session, wish).await?)
    }

    /// Makes several people one.
    async fn merge_people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who are one.")] input: MergePeopleInput,
    ) -> Result<ChangePeoplePayload> {
        let session = Session::of(ctx)?;
        let wish = async {
            let people =
                input.person_ids.iter().map(|id| person_of("personIds", id)).collect::<Result<_, Refusal>>()?;
            Ok(Wish::Merge { into: person_of("intoId", &input.into_id)?, people })
        };
        Ok(change(session, wish).await?)
    }

    /// Takes faces away from a person. They are never put with that person again but by someone.
    async fn split_person(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which faces are not whose.")] input: SplitPersonInput,
    ) -> Result<ChangePeoplePayload> {
        let session = Session::of(ctx)?;
        let wish = async {
            let person = person_of("id", &input.id)?;
            let to = owner("toId", input.to_id.as_ref(), input.name.as_deref())?.unwrap_or(Owner::New(None));
            Ok(Wish::Split { person, faces: faces_of(session, &input.face_ids).await?, to })
        };
        Ok(change(session, wish).await?)
    }

    /// Says whose faces are, whoever's they were. They stay that person's whatever is analysed later.
    async fn assign_faces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which faces are whose.")] input: AssignFacesInput,
    ) -> Result<ChangePeoplePayload> {
        let session = Session::of(ctx)?;
        let wish = async {
            let to = owner("personId", input.person_id.as_ref(), input.name.as_deref())?.unwrap_or(Owner::New(None));
            Ok(Wish::Assign { faces: faces_of(session, &input.face_ids).await?, to })
        };
        Ok(change(session, wish).await?)
    }

    /// Says whose a voice is: that of someone who is known, of someone new, or nobody's.
    async fn assign_voice(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which voice is whose.")] input: AssignVoiceInput,
    ) -> Result<ChangePeoplePayload> {
        let session = Session::of(ctx)?;
        let wish = async {
            let to = owner("personId", input.person_id.as_ref(), input.name.as_deref())?;
            Ok(Wish::Voice { voice: voice_of(session, &input.voice_id).await?, to })
        };
        Ok(change(session, wish).await?)
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
