//! What was changed about people.

use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use reelgraph_models::people::PersonChange as Row;

use super::person::Person;
use super::scalar::Long;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::people::ChangeKind")]
pub enum PersonChangeKind {
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

/// One change that someone made to people.
#[derive(Debug, Clone)]
pub(crate) struct PersonChange(pub(crate) Row);

/// One change that someone made to people.
#[Object]
impl PersonChange {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// What kind.
    async fn kind(&self) -> PersonChangeKind {
        self.0.kind.into()
    }

    /// Who made it; `local` until there is identity.
    async fn author(&self) -> &str {
        &self.0.author
    }

    /// When.
    async fn made_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }

    /// When it was undone; null where it was not.
    async fn undone_at(&self) -> Option<DateTime<Utc>> {
        self.0.undone_at
    }

    /// Faces that it moved.
    async fn face_count(&self) -> Long {
        Long::from(self.0.edit.face_count() as u64)
    }

    /// The name that it took away; null where there was none.
    async fn name_before(&self) -> Option<&str> {
        self.0.edit.renamed.first().and_then(|it| it.before.as_deref())
    }

    /// The name that it gave; null where it gave none.
    async fn name_after(&self) -> Option<&str> {
        let renamed = self.0.edit.renamed.first().and_then(|it| it.after.as_deref());
        renamed.or_else(|| self.0.edit.created.first().and_then(|it| it.name.as_deref()))
    }

    /// Those of the people concerned who are there now, at most 100.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn people(&self, ctx: &Context<'_>) -> Result<Vec<Person>> {
        let loaders = Session::of(ctx)?.loaders();
        let limit = Session::of(ctx)?.state().settings.limits.page_items as usize;
        let people = self.0.edit.people().into_iter().take(limit).map(|id| loaders.person(id));
        Ok(futures::future::try_join_all(people).await?.into_iter().flatten().collect())
    }
}
