//! Anything by its id.

use async_graphql::{Context, ID, Object, Result};

use crate::graphql::error::{Code, PublicError};
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;
use crate::graphql::types::moment::Moment;
use crate::graphql::types::node::Node;
use crate::graphql::types::observation::Observation;
use crate::graphql::types::refresh::Refresh;
use crate::graphql::types::saved_search::SavedSearch;

/// Anything by its id.
#[derive(Default)]
pub(crate) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with that id; null when there is none.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any `id` from an earlier answer.")] id: ID,
    ) -> Result<Option<Node>> {
        Ok(find(Session::of(ctx)?, &id).await?)
    }

    /// The things with those ids, in the order of the ids; null for those that there are not.
    #[graphql(complexity = "ids.len().saturating_mul(child_complexity).saturating_add(1)")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Any `id`s from earlier answers, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let session = Session::of(ctx)?;
        let limit = session.state().settings.limits.page_items as usize;
        if ids.len() > limit {
            return Err(PublicError::new(Code::LimitExceeded, format!("ids holds at most {limit} ids")).into());
        }
        Ok(futures::future::try_join_all(ids.iter().map(|id| find(session, id))).await?)
    }
}

async fn find(session: &Session, id: &ID) -> Result<Option<Node>, PublicError> {
    let loaders = session.loaders();
    Ok(match GlobalId::parse(id.as_str()) {
        Some(GlobalId::Asset(id)) => loaders.asset(id).await?.map(|asset| Node::Asset(Box::new(asset))),
        Some(GlobalId::Moment(id)) => loaders.moment(id).await?.map(|moment| Node::Moment(Box::new(Moment(moment)))),
        Some(GlobalId::Observation(id)) => loaders.observation(id).await?.map(|row| Observation::from(row).into()),
        Some(GlobalId::Job(id)) => loaders.job(id).await?.map(|job| Node::Job(Box::new(job))),
        Some(GlobalId::Refresh(id)) => {
            session.store().find_batch(id).await?.map(|batch| Node::Refresh(Box::new(Refresh(batch))))
        }
        Some(GlobalId::Person(id)) => loaders.person(id).await?.map(|person| Node::Person(Box::new(person))),
        Some(GlobalId::Face(id)) => loaders.face(id).await?.map(|face| Node::Face(Box::new(face))),
        Some(GlobalId::Voice(id)) => loaders.voice(id).await?.map(|voice| Node::Voice(Box::new(voice))),
        Some(GlobalId::PersonChange(id)) => {
            loaders.person_change(id).await?.map(|change| Node::PersonChange(Box::new(change)))
        }
        Some(GlobalId::SavedSearch(id)) => {
            session.store().find_saved_search(id).await?.map(|search| Node::SavedSearch(Box::new(SavedSearch(search))))
        }
        // A search that was done is named by its id and has nothing to show.
        Some(GlobalId::Search(_)) | None => None,
    })
}
