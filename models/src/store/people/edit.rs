//! What someone wishes to change about people, carried out.

use std::collections::BTreeSet;

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::error::{Doing, StoreError};
use super::super::handle::TenantStore;
use super::super::page::MAX_PAGE_ROWS;
use super::super::row::{clean, json};
use super::super::{feed, write};
use super::{apply, head, refresh, rows};
use crate::entity::{faces, person_changes, voices};
use crate::id::{AssetId, FaceId, PersonChangeId, PersonId, VoiceId};
use crate::people::{ChangeKind, Edit, PersonChange};

/// Longest name of who made a change, in characters.
const MAX_AUTHOR_CHARS: usize = 200;

/// Whose something is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Someone's who is known.
    Known(PersonId),
    /// Someone's who is not known yet, of this name where one is given.
    New(Option<String>),
}

/// What someone wishes to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Gives a person a name, or takes it away.
    Rename {
        /// Who.
        person: PersonId,
        /// The name; `None` for none.
        name: Option<String>,
    },
    /// Makes several people one. Who has no name gets that of the first of the others who has one.
    Merge {
        /// Who stays.
        into: PersonId,
        /// Who become that person, in order.
        people: Vec<PersonId>,
    },
    /// Takes faces away from a person, whose they are not.
    Split {
        /// Whose they are not.
        person: PersonId,
        /// Which; all are the person's now.
        faces: Vec<FaceId>,
        /// Whose they are.
        to: Owner,
    },
    /// Says whose faces are.
    Assign {
        /// Which.
        faces: Vec<FaceId>,
        /// Whose they are.
        to: Owner,
    },
    /// Says whose a voice is.
    Voice {
        /// Which.
        voice: VoiceId,
        /// Whose it is; `None` for nobody's.
        to: Option<Owner>,
    },
}

impl Wish {
    const fn kind(&self) -> ChangeKind {
        match self {
            Self::Rename { .. } => ChangeKind::Rename,
            Self::Merge { .. } => ChangeKind::Merge,
            Self::Split { .. } => ChangeKind::Split,
            Self::Assign { .. } => ChangeKind::Assign,
            Self::Voice { .. } => ChangeKind::Voice,
        }
    }
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedPeople {
    /// Who it is about: the named, the one who stays, whose the faces or the voice are now.
    pub person: Option<PersonId>,
    /// What was changed; `None` where all was so already.
    pub change: Option<PersonChange>,
}

impl TenantStore {
    /// Changes people as someone wishes, writes down by whom, and tells the indexes of every asset that it concerns.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for people, faces or voices that there are not; [`StoreError::Invalid`] for a wish that makes
    /// no sense; [`StoreError::Contended`] where people change all the time; [`StoreError::Query`].
    pub async fn change_people(&self, wish: &Wish, author: &str) -> Result<ChangedPeople, StoreError> {
        for _ in 0..head::ATTEMPTS {
            let tx = self.store.database.begin().await?;
            let version = head::version(&tx, self.tenant).await?;
            let (edit, person) = self.plan(&tx, wish).await?;
            if edit.is_empty() {
                tx.rollback().await.doing("change people")?;
                return Ok(ChangedPeople { person, change: None });
            }
            let row = person_changes::Model {
                id: PersonChangeId::generate(self.store.clock().as_ref()).as_uuid(),
                tenant_id: self.tenant_uuid(),
                kind: wish.kind().as_str().to_owned(),
                author: clean(author, MAX_AUTHOR_CHARS),
                made_at_us: self.store.now_us(),
                undone_at_us: None,
                edit: json("edit", &edit)?,
            };
            let Some(assets) = self.carry_out(&tx, version, &edit).await? else {
                tx.rollback().await.doing("change people")?;
                continue;
            };
            let insert = person_changes::Entity::insert(row.clone().into_active_model());
            insert.exec_without_returning(&tx).await.doing("write a change of people down")?;
            feed::bump_all(&tx, &assets).await?;
            tx.commit().await.doing("change people")?;
            return Ok(ChangedPeople { person, change: Some(rows::change(row)?) });
        }
        Err(StoreError::Contended { what: "people" })
    }

    /// Makes the changes; `None` where somebody else has changed people since `version` was read. The assets that it concerns
    /// are locked, and are to be bumped as the last thing.
    pub(super) async fn carry_out(
        &self,
        tx: &DatabaseTransaction,
        version: i64,
        edit: &Edit,
    ) -> Result<Option<BTreeSet<AssetId>>, StoreError> {
        let assets = self.assets_of(tx, edit).await?;
        let assets = write::lock_assets(tx, self.tenant, &assets).await?;
        if !head::advance(tx, self.tenant, version).await? {
            return Ok(None);
        }
        let now = self.store.now_us();
        apply::apply(tx, self.tenant, edit, now).await?;
        refresh::refresh(tx, self.tenant, &edit.people().into_iter().collect(), now).await?;
        Ok(Some(assets))
    }

    /// The assets whose people the edit changes.
    async fn assets_of(&self, tx: &DatabaseTransaction, edit: &Edit) -> Result<BTreeSet<AssetId>, StoreError> {
        let faces: Vec<Uuid> = edit.faces.iter().flat_map(|it| &it.faces).map(|face| face.as_uuid()).collect();
        let voices: Vec<Uuid> = edit.voices.iter().map(|it| it.voice.as_uuid()).collect();
        let renamed: Vec<Uuid> = edit.renamed.iter().map(|it| it.person.as_uuid()).collect();
        let mut found: BTreeSet<Uuid> = BTreeSet::new();
        macro_rules! assets {
            ($table:ident, $column:ident, $keys:expr) => {
                for keys in $keys.chunks(MAX_PAGE_ROWS as usize) {
                    let rows: Vec<Uuid> = $table::Entity::find()
                        .select_only()
                        .column($table::Column::AssetId)
                        .distinct()
                        .filter($table::Column::TenantId.eq(self.tenant_uuid()))
                        .filter($table::Column::$column.is_in(keys.iter().copied()))
                        .into_tuple()
                        .all(tx)
                        .await
                        .doing("find the assets of people")?;
                    found.extend(rows);
                }
            };
        }
        assets!(faces, Id, faces);
        assets!(voices, Id, voices);
        assets!(faces, PersonId, renamed);
        assets!(voices, PersonId, renamed);
        Ok(found.into_iter().map(AssetId::from_uuid).collect())
    }
}
