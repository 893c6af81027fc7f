//! Which embedding spaces the library has, and what each is to it.

use async_graphql::{Context, Object, Result};
use reelgraph_models::space::{KeptSpaces, SpaceCount};

use crate::graphql::error::PublicError;
use crate::graphql::session::Session;
use crate::graphql::types::embedding_space::{EmbeddingSpace, SpaceRole, SpaceState};

/// Embedding spaces.
#[derive(Default)]
pub(crate) struct EmbeddingSpaceQuery;

#[Object]
impl EmbeddingSpaceQuery {
    /// The embedding spaces that the library keeps, those that this server could search, and those that have left vectors
    /// behind; by role, the one that serves first. Counts all vectors; not for every page view.
    #[graphql(complexity = "500 + child_complexity")]
    async fn embedding_spaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only spaces of this role.")] role: Option<SpaceRole>,
    ) -> Result<Vec<EmbeddingSpace>> {
        Ok(spaces(Session::of(ctx)?, role.map(Into::into)).await?)
    }
}

/// All spaces that there is anything to say about.
pub(crate) async fn known(session: &Session, kept: &[KeptSpaces]) -> Result<Vec<SpaceCount>, PublicError> {
    let mut known = session.store().count_spaces().await?;
    let of_role = |kept: &KeptSpaces| kept.all().map(|space| (kept.role, space.clone())).collect::<Vec<_>>();
    let searchable =
        session.state().index.spaces().iter().filter_map(|space| {
            Some((reelgraph_models::space::SpaceRole::of(space.modality())?, space.space().clone()))
        });
    for (role, space) in kept.iter().flat_map(of_role).chain(searchable) {
        if !known.iter().any(|count| (count.role, &count.space) == (role, &space)) {
            known.push(SpaceCount { role, space, vectors: 0, moments: 0 });
        }
    }
    Ok(known)
}

/// The spaces of a role, or of all, as operators see them.
pub(crate) async fn spaces(
    session: &Session,
    role: Option<reelgraph_models::space::SpaceRole>,
) -> Result<Vec<EmbeddingSpace>, PublicError> {
    let kept = session.store().kept_spaces().await?;
    let mut known = known(session, &kept).await?;
    known.retain(|count| role.is_none_or(|role| role == count.role));
    let state = |count: &SpaceCount| SpaceState::of(&count.space, of_role(&kept, count));
    known.sort_by_key(|count| (count.role, state(count), count.space.clone()));
    let mut spaces = Vec::with_capacity(known.len());
    for count in &known {
        let of_role = of_role(&kept, count).filter(|kept| kept.keeps(&count.space));
        let lacking = match of_role {
            Some(kept) => Some(session.store().count_lacking(kept, &count.space).await?),
            None => None,
        };
        let is_searchable = session.state().index.spaces().iter().any(|space| *space.space() == count.space);
        spaces.push(EmbeddingSpace::of(count, state(count), is_searchable, lacking));
    }
    Ok(spaces)
}

fn of_role<'k>(kept: &'k [KeptSpaces], count: &SpaceCount) -> Option<&'k KeptSpaces> {
    kept.iter().find(|kept| kept.role == count.role)
}
