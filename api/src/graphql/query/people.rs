//! People: one, all, and what was changed about them.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use reelgraph_models::store::{PageRequest, PersonFilter};

use crate::graphql::error::PublicError;
use crate::graphql::keys::{change_key, person_key};
use crate::graphql::node_id::parse_typed;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;
use crate::graphql::types::person::Person;
use crate::graphql::types::person_change::PersonChange;

/// People.
#[derive(Default)]
pub(crate) struct PeopleQuery;

#[Object]
impl PeopleQuery {
    /// The person with that id; null when there is none.
    async fn person(&self, ctx: &Context<'_>, #[graphql(desc = "The person's id.")] id: ID) -> Result<Option<Person>> {
        let Some(id) = parse_typed(&id) else { return Ok(None) };
        Ok(Session::of(ctx)?.loaders().person(id).await?)
    }

    /// Everyone who is seen or heard in the library, those with most faces first. Whose faces are put together between two pages
    /// may be missed, or seen twice.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
        #[graphql(desc = "Only those who have a name, or who have none.")] named: Option<bool>,
        #[graphql(
            desc = "Only those whose name contains this, in upper or lower case.",
            validator(chars_max_length = 200)
        )]
        query: Option<String>,
    ) -> Result<Connection<Cursor, Person>> {
        let session = Session::of(ctx)?;
        let filter = PersonFilter { is_named: named, words: query.filter(|words| !words.is_empty()) };
        let fingerprint = Fingerprint::new("people", &(filter.is_named, &filter.words));
        let page = Page::new(first, after.as_deref(), fingerprint, &session.state().settings.limits)?;
        let after = page.after.map(person_key);
        let request = PageRequest { after, limit_rows: page.first };
        let found = session.store().list_people(&filter, request).await.map_err(PublicError::from)?;
        let mut connection = Connection::new(after.is_some(), found.has_next);
        let rows = found.rows.into_iter();
        connection.edges = rows.map(|row| edge(Cursor::new(fingerprint, &(row.faces, row.id)), Person(row))).collect();
        Ok(connection)
    }

    /// What was changed about people, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn person_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<Connection<Cursor, PersonChange>> {
        let session = Session::of(ctx)?;
        let fingerprint = Fingerprint::new("personChanges", &());
        let page = Page::new(first, after.as_deref(), fingerprint, &session.state().settings.limits)?;
        let after = page.after.map(change_key).transpose()?;
        let request = PageRequest { after, limit_rows: page.first };
        let found = session.store().list_person_changes(request).await.map_err(PublicError::from)?;
        let mut connection = Connection::new(after.is_some(), found.has_next);
        let rows = found.rows.into_iter();
        connection.edges = rows
            .map(|row| edge(Cursor::new(fingerprint, &(row.made_at.timestamp_micros(), row.id)), PersonChange(row)))
            .collect();
        Ok(connection)
    }
}
