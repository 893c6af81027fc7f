//! Lines of speech that people correct, and take back.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::observations::write_run;
use super::page::MAX_PAGE_ROWS;
use super::row::{Reader, clean, insert_rows, json};
use super::write;
use crate::edit::{self, MAX_EDIT_CHARS, MAX_EDITOR_CHARS, SpeechChange, SpeechEdit};
use crate::entity::{runs, speech_edits};
use crate::id::{ObservationId, RunId};
use crate::job::{Job, JobPriority, JobSpec};
use crate::language::code_of_tag;
use crate::observation::{Finding, Modality, ModalitySet, Observation, Origin, Provenance};
use crate::run::AnalyzerRun;
use crate::scope::Scope;
use crate::time::{MediaTime, Span};

/// Attempts to find room for the job that makes the moments.
const EDIT_ATTEMPTS: u32 = 16;

/// What came of an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The line as it stands now; of one that was taken back, what stood there before the first edit.
    pub line: Observation,
    /// The job that makes moments of it, and what depends on it; [`crate::job::JobState::Deferred`] where another is at work.
    pub job: Job,
}

/// What is to be written, once it was held against what is there.
enum Write {
    Line { run: AnalyzerRun, row: speech_edits::Model },
    Nothing { original: Observation },
}

impl TenantStore {
    /// Puts what a person wrote in the place of a line of speech, whoever said it, and enqueues the job that makes the
    /// moments again, all or nothing; where a job is at work on the asset, the new one follows it. `line` is the line, or an
    /// earlier edit of it; `expected_version` is the version of that edit, and 0 for a line that nobody has edited.
    ///
    /// # Errors
    /// [`StoreError::EditConflict`] where somebody else was faster; [`StoreError::Invalid`] for a line that is no speech and
    /// for values out of bounds; [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Contended`],
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn edit_speech(
        &self,
        line: ObservationId,
        expected_version: u32,
        change: &SpeechChange,
    ) -> Result<Edited, StoreError> {
        check(change)?;
        let standing = self.line(line).await?;
        self.write_edit(&standing, expected_version, |edit| self.changed(&standing, edit, change)).await
    }

    /// Takes an edit back: what other sources say stands there again.
    ///
    /// # Errors
    /// Those of [`TenantStore::edit_speech`]; [`StoreError::Invalid`] for a line that nobody has edited.
    pub async fn revert_speech(&self, line: ObservationId, expected_version: u32) -> Result<Edited, StoreError> {
        let standing = self.line(line).await?;
        let back = |edit: Option<speech_edits::Model>| {
            let edit = edit.ok_or_else(|| StoreError::invalid("line", "nobody has edited it"))?;
            Ok(Write::Nothing { original: read(&edit)?.original })
        };
        self.write_edit(&standing, expected_version, back).await
    }

    /// Those of the observations that are edits; one statement per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn speech_edits(
        &self,
        lines: &[ObservationId],
    ) -> Result<HashMap<ObservationId, SpeechEdit>, StoreError> {
        let mut found = HashMap::new();
        for lines in lines.chunks(MAX_PAGE_ROWS as usize) {
            let rows = speech_edits::Entity::find()
                .filter(speech_edits::Column::TenantId.eq(self.tenant_uuid()))
                .filter(speech_edits::Column::Id.is_in(lines.iter().map(|line| line.as_uuid())))
                .all(self.store.database.read())
                .await
                .doing("find edits")?;
            for row in rows {
                found.insert(ObservationId::from_uuid(row.id), read(&row)?);
            }
        }
        Ok(found)
    }

    async fn line(&self, line: ObservationId) -> Result<Observation, StoreError> {
        let found = self.observations_by_ids(&[line]).await?.remove(&line);
        let found = found.ok_or(StoreError::NotFound { what: "line", id: line.as_uuid() })?;
        match &found.finding {
            Finding::Speech { .. } => Ok(found),
            _ => Err(StoreError::invalid("line", "it is no speech")),
        }
    }

    async fn write_edit(
        &self,
        line: &Observation,
        expected_version: u32,
        decide: impl Fn(Option<speech_edits::Model>) -> Result<Write, StoreError>,
    ) -> Result<Edited, StoreError> {
        let asset = line.asset;
        let channels = self.dependents(ModalitySet::EMPTY.with(Modality::Speech)).await?;
        let spec = JobSpec::analyze(JobPriority::Interactive).within(Scope::Only(channels));
        for _ in 0..EDIT_ATTEMPTS {
            let tx = self.store.database.begin().await?;
            let active = self.lock_active_job(&tx, asset, spec).await?;
            write::lock_asset(&tx, self.tenant, asset).await?;
            let edit = self.expected(&tx, line, expected_version).await?;
            let before = edit.as_ref().map(|edit| edit.run_id);
            let written = decide(edit)?;
            if let Some(run) = before {
                // The edit and its observation go with the run.
                runs::Entity::delete_by_id(run).exec(&tx).await.doing("replace an edit")?;
            }
            let standing = match written {
                Write::Line { run, row } => {
                    write_run(&tx, self.tenant, asset, &run, self.store.now_us()).await?;
                    insert_rows::<speech_edits::Entity, _, _>(&tx, [row], "store an edit").await?;
                    run.observations.into_iter().next()
                }
                Write::Nothing { original } => Some(original),
            };
            if let Some(job) = self.enqueue_after_change(&tx, asset, spec, active).await? {
                tx.commit().await.doing("edit a line")?;
                let standing = standing.ok_or_else(|| StoreError::invalid("line", "it came to nothing"))?;
                return Ok(Edited { line: standing, job });
            }
            tx.rollback().await.doing("edit a line")?;
        }
        Err(StoreError::Contended { what: "jobs on the asset" })
    }

    /// The edit that the line is, if it is one; a conflict where it is not as the caller believes.
    async fn expected(
        &self,
        tx: &DatabaseTransaction,
        line: &Observation,
        expected_version: u32,
    ) -> Result<Option<speech_edits::Model>, StoreError> {
        let is_edit = line.origin() == Origin::Edited;
        let edits = speech_edits::Entity::find()
            .filter(speech_edits::Column::TenantId.eq(self.tenant_uuid()))
            .filter(speech_edits::Column::AssetId.eq(line.asset.as_uuid()));
        let edits = match is_edit {
            true => edits.filter(speech_edits::Column::Id.eq(line.id.as_uuid())),
            false => edits
                .filter(speech_edits::Column::ReplacedStartUs.lt(line.span.end().as_micros()))
                .filter(speech_edits::Column::ReplacedEndUs.gt(line.span.start().as_micros())),
        };
        let edits = edits.all(tx).await.doing("find the edits of a line")?;
        let stands = edits.into_iter().find(|edit| is_edit || stands_for(edit, line.span));
        match stands {
            Some(edit) if is_edit && edit.version == i64::from(expected_version) => Ok(Some(edit)),
            Some(edit) => Err(StoreError::EditConflict {
                line: ObservationId::from_uuid(edit.id),
                version: u32::try_from(edit.version).unwrap_or(u32::MAX),
            }),
            None if is_edit => Err(StoreError::NotFound { what: "line", id: line.id.as_uuid() }),
            None if expected_version > 0 => Err(StoreError::EditConflict { line: line.id, version: 0 }),
            None => Ok(None),
        }
    }

    fn changed(
        &self,
        line: &Observation,
        edit: Option<speech_edits::Model>,
        change: &SpeechChange,
    ) -> Result<Write, StoreError> {
        let Finding::Speech { language: before, words, .. } = &line.finding else {
            return Err(StoreError::invalid("line", "it is no speech"));
        };
        let (clock, now) = (self.store.clock().as_ref(), self.store.now_us());
        let id = match &edit {
            Some(edit) => ObservationId::from_uuid(edit.id),
            None => ObservationId::generate(clock),
        };
        let version = edit.as_ref().map_or(1, |edit| edit.version.saturating_add(1));
        let original = match &edit {
            Some(edit) => edit.original.clone(),
            None => json("line", line)?,
        };
        let span = change.span.unwrap_or(line.span);
        let language = change.language.clone().unwrap_or_else(|| before.clone());
        let text = clean(change.text.trim(), MAX_EDIT_CHARS);
        let editor = change.editor.as_deref().map(|editor| clean(editor.trim(), MAX_EDITOR_CHARS));
        let stretch = edit.as_ref().map_or(line.span, replaced_by);
        let provenance = Provenance {
            analyzer: edit::analyzer(id.as_uuid()),
            model: "person".to_owned(),
            version: version.to_string(),
            parameters: edit::parameters(stretch),
            run: RunId::generate(clock),
        };
        let words = edit::timed_words(&text, &language, span, words);
        let observation = Observation {
            id,
            asset: line.asset,
            span,
            modality: Modality::Speech,
            finding: Finding::Speech { text, language, words, suspect: Vec::new() },
            confidence: 1.0,
            provenance: provenance.clone(),
        };
        let row = speech_edits::Model {
            id: id.as_uuid(),
            tenant_id: self.tenant_uuid(),
            asset_id: line.asset.as_uuid(),
            run_id: provenance.run.as_uuid(),
            version,
            editor: editor.filter(|editor| !editor.is_empty()),
            original,
            replaced_start_us: stretch.start().as_micros(),
            replaced_end_us: stretch.end().as_micros(),
            created_at_us: edit.as_ref().map_or(now, |edit| edit.created_at_us),
            updated_at_us: now,
        };
        Ok(Write::Line { run: AnalyzerRun { provenance, observations: vec![observation] }, row })
    }
}

fn check(change: &SpeechChange) -> Result<(), StoreError> {
    let is_longer = |text: &str, most: usize| text.chars().nth(most).is_some();
    if is_longer(&change.text, MAX_EDIT_CHARS) {
        return Err(StoreError::invalid("line", format!("it has more than {MAX_EDIT_CHARS} characters")));
    }
    if change.editor.as_deref().is_some_and(|editor| is_longer(editor, MAX_EDITOR_CHARS)) {
        return Err(StoreError::invalid("editor", format!("the name has more than {MAX_EDITOR_CHARS} characters")));
    }
    if change.language.as_deref().is_some_and(|language| code_of_tag(language).as_deref() != Some(language)) {
        return Err(StoreError::invalid("language", "it is not a language code such as en or yue"));
    }
    if change.span.is_some_and(|span| span.start() < MediaTime::ZERO) {
        return Err(StoreError::invalid("span", "it begins before the asset"));
    }
    Ok(())
}

/// Whether an edit stands for a line of another source: they share half of the shorter of the two.
fn stands_for(edit: &speech_edits::Model, span: Span) -> bool {
    let stretch = replaced_by(edit);
    let shorter = stretch.duration().min(span.duration()).as_micros();
    stretch.intersection(span).is_some_and(|shared| shared.duration().as_micros().saturating_mul(2) >= shorter)
}

fn replaced_by(edit: &speech_edits::Model) -> Span {
    Span::at_least_one_micro(
        MediaTime::from_micros(edit.replaced_start_us),
        MediaTime::from_micros(edit.replaced_end_us),
    )
}

fn read(row: &speech_edits::Model) -> Result<SpeechEdit, StoreError> {
    let read = Reader { table: "speech_edits", id: row.id };
    Ok(SpeechEdit {
        version: read.unsigned::<u32>(row.version)?,
        editor: row.editor.clone(),
        created_at: read.instant(row.created_at_us)?,
        updated_at: read.instant(row.updated_at_us)?,
        original: read.json(&row.original, "an observation")?,
    })
}
