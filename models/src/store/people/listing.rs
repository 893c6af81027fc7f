//! People and their faces: by id, by page, by what was seen.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Order};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::super::error::{Doing, StoreError};
use super::super::first::{first_of_each, pages};
use super::super::handle::TenantStore;
use super::super::page::{MAX_PAGE_ROWS, Page, PageRequest};
use super::super::row::{before, clean, stored};
use super::rows;
use crate::entity::{faces, people};
use crate::id::{FaceId, ObservationId, PersonId};
use crate::people::{Face, MAX_NAME_CHARS, Person};

/// Which people are wanted; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonFilter {
    /// Only those who have a name, or who have none.
    pub is_named: Option<bool>,
    /// Only those whose name contains this, in any case.
    pub words: Option<String>,
}

/// Place of a person in the listing, most faces first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PersonCursor {
    /// Faces of theirs.
    pub faces: u64,
    /// Who, among those of as many.
    pub id: PersonId,
}

impl PersonCursor {
    /// The place of that person.
    pub const fn of(person: &Person) -> Self {
        Self { faces: person.faces, id: person.id }
    }
}

/// Place of a face among those of a person, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaceCursor {
    /// How well it is seen, in millionths.
    pub quality_ppm: u32,
    /// Which, among those seen as well.
    pub id: FaceId,
}

impl FaceCursor {
    /// The place of that face.
    pub fn of(face: &Face) -> Self {
        Self { quality_ppm: (face.quality.clamp(0.0, 1.0) * 1e6) as u32, id: face.id }
    }
}

impl PersonFilter {
    fn condition(&self) -> Condition {
        let mut all = Condition::all();
        match self.is_named {
            Some(true) => all = all.add(people::Column::Name.is_not_null()),
            Some(false) => all = all.add(people::Column::Name.is_null()),
            None => {}
        }
        let within = self.words.as_ref().map(|words| {
            let escaped: String = clean(&words.to_lowercase(), MAX_NAME_CHARS)
                .chars()
                .flat_map(|c| matches!(c, '%' | '_' | '\\').then_some('\\').into_iter().chain([c]))
                .collect();
            Expr::col(people::Column::NameKey).like(LikeExpr::new(format!("%{escaped}%")).escape('\\'))
        });
        all.add_option(within)
    }
}

impl TenantStore {
    /// A page of people, those with most faces first. Whose faces are put together between two pages may be missed, or seen
    /// twice.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_people(
        &self,
        filter: &PersonFilter,
        page: PageRequest<PersonCursor>,
    ) -> Result<Page<Person>, StoreError> {
        let mut query =
            people::Entity::find().filter(people::Column::TenantId.eq(self.tenant_uuid())).filter(filter.condition());
        if let Some(cursor) = page.after {
            let seen = (stored(cursor.faces), cursor.id.as_uuid());
            query = query.filter(before(people::Column::Faces, people::Column::Id, seen));
        }
        let rows = query
            .order_by_desc(people::Column::Faces)
            .order_by_desc(people::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list people")?;
        Page::cut(rows, page.limit()).map(rows::person)
    }

    /// Those of the people who exist; one statement per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn people_by_ids(&self, ids: &[PersonId]) -> Result<HashMap<PersonId, Person>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let rows = people::Entity::find()
                .filter(people::Column::TenantId.eq(self.tenant_uuid()))
                .filter(people::Column::Id.is_in(ids.iter().map(|id| id.as_uuid())))
                .all(self.store.database.read())
                .await
                .doing("find people")?;
            for row in rows {
                let person = rows::person(row)?;
                found.insert(person.id, person);
            }
        }
        Ok(found)
    }

    /// A page of the faces of a person that the latest analysis sees, best first.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_faces(&self, person: PersonId, page: PageRequest<FaceCursor>) -> Result<Page<Face>, StoreError> {
        let mut query = self.seen_faces().filter(faces::Column::PersonId.eq(person.as_uuid()));
        if let Some(cursor) = page.after {
            let seen = (i64::from(cursor.quality_ppm), cursor.id.as_uuid());
            query = query.filter(before(faces::Column::QualityPpm, faces::Column::Id, seen));
        }
        let rows = query
            .order_by_desc(faces::Column::QualityPpm)
            .order_by_desc(faces::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list the faces of a person")?;
        Page::cut(rows, page.limit()).map(|row| rows::face(&row))
    }

    /// The first page of the faces of each person who has any, best first; one statement per [`MAX_PAGE_ROWS`] people.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn first_faces(
        &self,
        people: &[PersonId],
        limit_rows: u32,
    ) -> Result<HashMap<PersonId, Page<Face>>, StoreError> {
        let page = PageRequest::<()>::first(limit_rows);
        let faces = self.best_of_each(people, self.seen_faces(), page.fetch_limit()).await?;
        let theirs = faces.into_iter().filter_map(|face| Some((face.standing.person?, face))).collect();
        let found = pages(theirs, page.limit(), |(person, _): &(PersonId, Face)| *person);
        let bare = |(person, page): (PersonId, Page<(PersonId, Face)>)| {
            let rows = page.rows.into_iter().map(|(_, face)| face).collect();
            (person, Page { rows, has_next: page.has_next })
        };
        Ok(found.into_iter().map(bare).collect())
    }

    /// The face that shows each person best: of those with a still, where there are any.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn best_faces(&self, people: &[PersonId]) -> Result<HashMap<PersonId, Face>, StoreError> {
        let with_still = self.seen_faces().filter(faces::Column::Still.is_not_null());
        let by_person = |face: Face| Some((face.standing.person?, face));
        let mut found: HashMap<PersonId, Face> =
            self.best_of_each(people, with_still, 1).await?.into_iter().filter_map(by_person).collect();
        let missing: Vec<PersonId> = people.iter().copied().filter(|person| !found.contains_key(person)).collect();
        found.extend(self.best_of_each(&missing, self.seen_faces(), 1).await?.into_iter().filter_map(by_person));
        Ok(found)
    }

    async fn best_of_each(
        &self,
        people: &[PersonId],
        which: Select<faces::Entity>,
        limit: u64,
    ) -> Result<Vec<Face>, StoreError> {
        use faces::Column::{Id, PersonId as Person, QualityPpm};
        let mut found = Vec::new();
        for people in people.chunks(MAX_PAGE_ROWS as usize) {
            let theirs = which.clone().filter(Person.is_in(people.iter().map(|person| person.as_uuid())));
            let best = first_of_each(theirs, Person, Id, [(QualityPpm, Order::Desc), (Id, Order::Desc)], limit);
            let rows = best.all(self.store.database.read()).await.doing("list the faces of people")?;
            found.extend(rows.iter().map(rows::face).collect::<Result<Vec<_>, _>>()?);
        }
        Ok(found)
    }

    /// Those of the faces that exist; one statement per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn faces_by_ids(&self, ids: &[FaceId]) -> Result<HashMap<FaceId, Face>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let these = faces::Column::Id.is_in(ids.iter().map(|id| id.as_uuid()));
            for row in self.faces().filter(these).all(self.store.database.read()).await.doing("find faces")? {
                let face = rows::face(&row)?;
                found.insert(face.id, face);
            }
        }
        Ok(found)
    }

    /// The faces that these observations saw; one statement per [`MAX_PAGE_ROWS`] of them.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn faces_by_observations(
        &self,
        observations: &[ObservationId],
    ) -> Result<HashMap<ObservationId, Face>, StoreError> {
        let mut found = HashMap::with_capacity(observations.len());
        let once: BTreeSet<ObservationId> = observations.iter().copied().collect();
        let once: Vec<ObservationId> = once.into_iter().collect();
        for some in once.chunks(MAX_PAGE_ROWS as usize) {
            let these = faces::Column::ObservationId.is_in(some.iter().map(|id| id.as_uuid()));
            for row in self.faces().filter(these).all(self.store.database.read()).await.doing("find faces")? {
                let face = rows::face(&row)?;
                found.extend(face.observation.map(|observation| (observation, face)));
            }
        }
        Ok(found)
    }

    pub(super) fn faces(&self) -> Select<faces::Entity> {
        faces::Entity::find().filter(faces::Column::TenantId.eq(self.tenant_uuid()))
    }

    pub(super) fn seen_faces(&self) -> Select<faces::Entity> {
        self.faces().filter(faces::Column::ObservationId.is_not_null())
    }
}
