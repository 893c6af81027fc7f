//! One ingested file and everything known about it.

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use reelgraph_models::asset::Asset as Row;
use reelgraph_models::probe::Probe;
use reelgraph_models::store::{JobFilter, PageRequest};
use reelgraph_models::time::{MediaTime, Span};

use super::asset_copy::{self, AssetCopy};
use super::chapter::Chapter;
use super::coverage::Coverage;
use super::job::Job;
use super::moment::{Moment, MomentKind};
use super::observation::{Modality, Observation};
use super::reason::Reason;
use super::rights::{Licence, Review};
use super::scalar::{Long, Microseconds};
use super::span::TimeRangeInput;
use super::stream::{NonStandard, Stream};
use crate::graphql::keys::span_key;
use crate::graphql::links::Links;
use crate::graphql::loaders::{MomentsOf, ObservationsOf};
use crate::graphql::node_id::GlobalId;
use crate::graphql::page::{Cursor, Fingerprint, Page, cost, edge};
use crate::graphql::session::Session;

/// Where an asset stands on its way to being searchable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::asset::AssetState")]
pub enum AssetState {
    /// Stored, waiting for a worker.
    Registered,
    /// A worker is at it.
    Analyzing,
    /// Analysed; searchable as far as its coverage says.
    Ready,
    /// Analysis ended without a result; `stateReason` says why.
    Failed,
    /// The file cannot be used; `stateReason` says why.
    Refused,
}

/// A file format for captions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::captions::CaptionFormat")]
pub enum CaptionFormat {
    /// WebVTT, which browsers play.
    #[default]
    WebVtt,
    /// SubRip (`.srt`), which nearly every program reads.
    SubRip,
    /// TTML in the IMSC 1.1 text profile.
    Ttml,
}

/// A field that people gave an asset.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct MetadataField {
    /// Its name.
    pub name: String,
    /// Its values, at least one.
    pub values: Vec<String>,
}

/// One ingested file and everything known about it.
#[derive(Debug, Clone)]
pub(crate) struct Asset(pub(crate) Row);

impl Asset {
    /// Length, once it is known.
    pub(crate) fn duration(&self) -> Option<MediaTime> {
        self.0.probe.as_ref().map(|probe| probe.duration).filter(|duration| *duration > MediaTime::ZERO)
    }

    /// Whether there are moving pictures.
    pub(crate) fn has_pictures(&self) -> bool {
        self.0.probe.as_ref().is_some_and(|probe| probe.main_video().is_some())
    }

    fn probe(&self) -> Option<&Probe> {
        self.0.probe.as_ref()
    }
}

/// One ingested file and everything known about it.
#[Object]
impl Asset {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.id).into()
    }

    /// For people; the file name without its ending until someone renames it.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// As it was called where it came from, without folders.
    async fn file_name(&self) -> &str {
        &self.0.file_name
    }

    /// What people noted in fields of their own, by name.
    async fn metadata(&self) -> Vec<MetadataField> {
        let field =
            |(name, values): (&str, &[String])| MetadataField { name: name.to_owned(), values: values.to_vec() };
        self.0.metadata.fields().map(field).collect()
    }

    /// Where and when it may be used, as it was noted; nothing is known to be allowed where there are none.
    async fn licences(&self) -> Vec<Licence> {
        self.0.rights.licences().iter().map(Licence::from).collect()
    }

    /// Whether it may be published, as it was decided last.
    async fn review(&self) -> Review {
        Review::from(&self.0.review)
    }

    /// Where it stands.
    async fn state(&self) -> AssetState {
        self.0.state.into()
    }

    /// Why, for `FAILED` and `REFUSED`.
    async fn state_reason(&self) -> Option<Reason> {
        self.0.state_reason.as_ref().map(Reason::from)
    }

    /// Whether search finds it as it is now: analysed, and its last change in the indexes.
    async fn is_searchable(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(Session::of(ctx)?.state().is_searchable(&self.0).await?)
    }

    /// What went less than well without stopping anything.
    async fn warnings(&self) -> Vec<Reason> {
        self.0.warnings.iter().map(Reason::from).collect()
    }

    /// Length; null until it is known.
    async fn duration_micros(&self) -> Option<Microseconds> {
        self.duration().map(Microseconds)
    }

    /// Length for people: `h:mm:ss.mmm`, without the hours below one hour.
    #[graphql(name = "duration")]
    async fn duration_text(&self) -> Option<String> {
        self.duration().map(|duration| duration.to_string())
    }

    /// Demuxer's short name, such as `mov,mp4,m4a,3gp,3g2,mj2`; null until the file was probed.
    async fn container(&self) -> Option<&str> {
        self.probe().map(|probe| probe.container.as_str())
    }

    /// Overall bits per second.
    async fn bit_rate_bps(&self) -> Option<Long> {
        self.probe().and_then(|probe| probe.bit_rate_bps).map(Long::from)
    }

    /// The streams of the file, in its order; empty until it was probed.
    async fn streams(&self) -> Vec<Stream> {
        self.probe().map(|probe| probe.streams.iter().map(Stream::from).collect()).unwrap_or_default()
    }

    /// Chapters that the file states, in order of time.
    async fn chapters(&self) -> Vec<Chapter> {
        self.probe().map(|probe| probe.chapters.iter().map(Chapter::from).collect()).unwrap_or_default()
    }

    /// What is unusual about the file without stopping it from being used.
    async fn non_standard(&self) -> Vec<NonStandard> {
        self.probe()
            .map(|probe| probe.non_standard.iter().copied().map(NonStandard::from).collect())
            .unwrap_or_default()
    }

    /// Whether a cover picture is embedded; null until the file was probed.
    async fn has_embedded_thumbnail(&self) -> Option<bool> {
        self.probe().map(|probe| probe.has_embedded_thumbnail)
    }

    /// Size of the original in bytes.
    async fn size_bytes(&self) -> Long {
        self.0.size_bytes.into()
    }

    /// SHA-256 of the original's bytes, 64 hexadecimal digits.
    async fn content_sha256(&self) -> String {
        self.0.content.to_string()
    }

    /// A small still picture, JPEG; null until there is one.
    async fn thumbnail_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let session = Session::of(ctx)?;
        let links = Links::new(&session.state().settings.public_url);
        Ok(self.0.thumbnail.as_ref().map(|_| links.thumbnail(self.0.id)))
    }

    /// Small pictures of the whole asset for a player's seek bar: WebVTT whose cues are rectangles of one JPEG
    /// (`storyboard.jpg#xywh=…`); null until there is one.
    async fn storyboard_url(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let session = Session::of(ctx)?;
        let links = Links::new(&session.state().settings.public_url);
        Ok(self.0.thumbnail.as_ref().map(|_| links.storyboard(self.0.id)))
    }

    /// The original file; answers byte ranges.
    async fn original_url(&self, ctx: &Context<'_>) -> Result<String> {
        let session = Session::of(ctx)?;
        Ok(Links::new(&session.state().settings.public_url).original(self.0.id))
    }

    /// Captions of what is said, two lines of 42 characters at a time; null where the asset was not analysed yet or has no
    /// sound. Speech that may be invented is left out.
    async fn captions_url(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file format.", default)] format: CaptionFormat,
    ) -> Result<Option<String>> {
        let session = Session::of(ctx)?;
        let links = Links::new(&session.state().settings.public_url);
        let has_sound = self.probe().is_some_and(|probe| probe.main_audio().is_some());
        let is_ready = self.0.state == reelgraph_models::asset::AssetState::Ready;
        Ok((has_sound && is_ready).then(|| links.captions(self.0.id, format.into())))
    }

    /// Its moments, in order of time.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn moments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
        #[graphql(desc = "Only moments bounded like this.")] kind: Option<MomentKind>,
        #[graphql(desc = "Only moments that share an instant with this stretch.")] range: Option<TimeRangeInput>,
    ) -> Result<Connection<Cursor, Moment>> {
        let session = Session::of(ctx)?;
        let overlapping = range.map(TimeRangeInput::span).transpose()?;
        let kind = kind.map(reelgraph_models::moment::MomentKind::from);
        let fingerprint = Fingerprint::new("Asset.moments", &(self.0.id, kind, overlapping));
        let page = Page::<(i64, _)>::new(first, after.as_deref(), fingerprint, &session.state().settings.limits)?;
        let found = session
            .loaders()
            .moments(MomentsOf {
                asset: self.0.id,
                kinds: kind.into_iter().collect(),
                overlapping,
                page: PageRequest { after: page.after.map(span_key), limit_rows: page.first },
            })
            .await?;
        let mut connection = Connection::new(page.after.is_some(), found.has_next);
        connection.edges = found
            .rows
            .into_iter()
            .map(|row| edge(Cursor::new(fingerprint, &(row.span.start().as_micros(), row.id)), Moment(row)))
            .collect();
        Ok(connection)
    }

    /// What was seen in it, in order of time.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
        #[graphql(desc = "Only these channels; all where it is left out.")] modalities: Option<Vec<Modality>>,
        #[graphql(desc = "Only what shares an instant with this stretch.")] range: Option<TimeRangeInput>,
    ) -> Result<Connection<Cursor, Observation>> {
        let session = Session::of(ctx)?;
        let overlapping: Option<Span> = range.map(TimeRangeInput::span).transpose()?;
        let mut modalities: Vec<reelgraph_models::observation::Modality> =
            modalities.unwrap_or_default().into_iter().map(Into::into).collect();
        modalities.sort_unstable();
        modalities.dedup();
        let fingerprint = Fingerprint::new("Asset.observations", &(self.0.id, &modalities, overlapping));
        let page = Page::<(i64, _)>::new(first, after.as_deref(), fingerprint, &session.state().settings.limits)?;
        let found = session
            .loaders()
            .observations(ObservationsOf {
                asset: self.0.id,
                modalities,
                overlapping,
                page: PageRequest { after: page.after.map(span_key), limit_rows: page.first },
            })
            .await?;
        let mut connection = Connection::new(page.after.is_some(), found.has_next);
        connection.edges = found
            .rows
            .into_iter()
            .map(|row| edge(Cursor::new(fingerprint, &(row.span.start().as_micros(), row.id)), row.into()))
            .collect();
        Ok(connection)
    }

    /// Where other assets show what this one shows, whole or in part, longest and surest first; empty where its pictures were
    /// not looked at yet (`coverage` says so, under `SIGNATURES`).
    #[graphql(complexity = "cost(first, child_complexity).saturating_add(3_000)")]
    async fn copies(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<Connection<Cursor, AssetCopy>> {
        Ok(asset_copy::connection(ctx, "Asset.copies", self.0.id, None, first, after.as_deref()).await?)
    }

    /// Which models looked at it by which channel, which did not, and why.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn coverage(&self, ctx: &Context<'_>) -> Result<Vec<Coverage>> {
        let cells = Session::of(ctx)?.loaders().coverage(self.0.id).await?;
        Ok(cells.iter().map(Coverage::from).collect())
    }

    /// Its newest job.
    async fn latest_job(&self, ctx: &Context<'_>) -> Result<Option<Job>> {
        Ok(Session::of(ctx)?.loaders().latest_job(self.0.id).await?)
    }

    /// Its jobs, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor of the last one already seen.")] after: Option<String>,
    ) -> Result<Connection<Cursor, Job>> {
        let filter = JobFilter { asset: Some(self.0.id), ..JobFilter::default() };
        Ok(crate::graphql::query::job::connection(ctx, "Asset.jobs", &filter, first, after.as_deref()).await?)
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When anything about it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}
