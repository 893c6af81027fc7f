//! From a search, or from the list of one that is kept, to a file: page after page as a client would read them, as plain values.

mod list;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::connection::CursorType;
use async_graphql::{ID, InputType, Value};
use futures::future::try_join_all;
use reelgraph_models::asset::Asset;
use reelgraph_models::export::{
    EvidenceLine, ExportFormat, ExportedAsset, ExportedMoment, ExportedVideo, MAX_EXPORT_MOMENTS, ResultSet, write,
};
use reelgraph_models::id::AssetId;

use list::List;

use crate::graphql::error::{Code, PublicError};
use crate::graphql::evidence;
use crate::graphql::links::Links;
use crate::graphql::node_id::{GlobalId, parse_typed};
use crate::graphql::query::search::{SearchInput, run_search};
use crate::graphql::session::Session;
use crate::graphql::types::search::{Evidence, SearchHit};

/// Moments where the client does not say how many.
const DEFAULT_MOMENTS: usize = 100;
/// Longest address that is handed out; browsers and proxies take longer ones, but not all of them.
const MAX_URL_BYTES: usize = 8_000;
/// Characters of a moment's title, which is the first of its reasons that has words.
const MAX_TITLE_CHARS: usize = 120;
/// Most concepts of a moment.
const MAX_CONCEPTS: usize = 32;

/// Moments that are wanted as a file.
#[derive(Debug, Clone)]
pub(crate) struct ExportRequest {
    of: Of,
    first: usize,
}

/// Which moments.
#[derive(Debug, Clone)]
enum Of {
    /// The hits of a search.
    Search(Box<SearchInput>),
    /// The list of a saved search.
    List(List),
}

impl ExportRequest {
    /// Checks how many are wanted; the search itself is checked when it runs.
    ///
    /// # Errors
    /// [`Code::BadUserInput`] for none, [`Code::LimitExceeded`] for more than an export has.
    pub(crate) fn new(input: SearchInput, first: Option<i32>) -> Result<Self, PublicError> {
        Self::of(Of::Search(Box::new(input)), first)
    }

    /// The list of a saved search.
    ///
    /// # Errors
    /// As [`Self::new`]; [`Code::NotFound`] where there is no such search.
    pub(crate) async fn of_list(session: &Session, search: &ID, first: Option<i32>) -> Result<Self, PublicError> {
        let unknown = || PublicError::new(Code::NotFound, "there is no saved search with this id");
        let id = parse_typed(search).ok_or_else(unknown)?;
        let name = session.store().find_saved_search(id).await?.ok_or_else(unknown)?.name;
        Self::of(Of::List(List { search: id, name }), first)
    }

    fn of(of: Of, first: Option<i32>) -> Result<Self, PublicError> {
        let first = match first.map(usize::try_from) {
            None => DEFAULT_MOMENTS,
            Some(Ok(first @ 1..)) => first,
            Some(_) => return Err(PublicError::new(Code::BadUserInput, "first must be at least 1")),
        };
        if first > MAX_EXPORT_MOMENTS {
            return Err(PublicError::new(Code::LimitExceeded, format!("first is at most {MAX_EXPORT_MOMENTS}")));
        }
        Ok(Self { of, first })
    }

    /// The search for words alone.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn of_words(words: &str, first: Option<i32>) -> Result<Self, PublicError> {
        Self::new(words_alone(words)?, first)
    }

    /// A `SearchInput` as it stands in the variables of a GraphQL request.
    ///
    /// # Errors
    /// As [`Self::new`]; [`Code::BadUserInput`] for what is no such input.
    pub(crate) fn of_input(input: serde_json::Value, first: Option<i32>) -> Result<Self, PublicError> {
        Self::new(read(input)?, first)
    }

    /// What was asked, or what the list is called.
    pub(crate) fn title(&self) -> &str {
        match &self.of {
            Of::Search(input) => &input.query,
            Of::List(list) => &list.name,
        }
    }

    /// Where the file can be had; none where the search is too long for an address.
    pub(crate) fn url(&self, links: Links<'_>, format: ExportFormat) -> Option<String> {
        let url = match &self.of {
            Of::Search(input) => url(input, self.first, links, format),
            Of::List(list) => list.url(self.first, links, format),
        };
        Some(url).filter(|url| url.len() <= MAX_URL_BYTES)
    }
}

fn url(input: &SearchInput, first: usize, links: Links<'_>, format: ExportFormat) -> String {
    let first = first.to_string();
    if words_alone(&input.query).is_ok_and(|plain| plain.to_value() == input.to_value()) {
        return links.export(format, &[("q", &input.query), ("first", &first)]);
    }
    let mut input = input.to_value().into_json().unwrap_or_default();
    without_nulls(&mut input);
    links.export(format, &[("input", &input.to_string()), ("first", &first)])
}

/// The search for words and nothing else.
fn words_alone(words: &str) -> Result<SearchInput, PublicError> {
    read(serde_json::json!({ "query": words }))
}

/// # Errors
/// [`Code::BadUserInput`] for what is no such input.
fn read(input: serde_json::Value) -> Result<SearchInput, PublicError> {
    let refused = |why: String| PublicError::new(Code::BadUserInput, format!("input is no search: {why}"));
    let value = Value::from_json(input).map_err(|error| refused(error.to_string()))?;
    let parsed = SearchInput::parse(Some(value.clone()));
    let parsed = parsed.map_err(|error| refused(error.into_server_error(Default::default()).message))?;
    // Where GraphQL checks the variables of a request, that is done beforehand.
    match unknown_field(&value, &parsed.to_value()) {
        Some(name) => Err(refused(format!("there is no field \"{}\"", name.chars().take(40).collect::<String>()))),
        None => Ok(parsed),
    }
}

/// A field that was given and is none of an input, which has all of its own.
fn unknown_field(given: &Value, known: &Value) -> Option<String> {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => given.iter().find_map(|(name, value)| match known.get(name) {
            Some(known) => unknown_field(value, known),
            None => Some(name.to_string()),
        }),
        (Value::List(given), Value::List(known)) => {
            given.iter().zip(known).find_map(|(given, known)| unknown_field(given, known))
        }
        _ => None,
    }
}

/// Takes out what was not said; in an input it means the same.
fn without_nulls(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// The text of the file.
pub(crate) async fn export(
    session: &Session,
    request: &ExportRequest,
    format: ExportFormat,
) -> Result<String, PublicError> {
    let set = match &request.of {
        Of::Search(input) => gather(session, input, request.first, format).await?,
        Of::List(list) => list.gather(session, request.first, format).await?,
    };
    let written = tokio::task::spawn_blocking(move || write(&set, format)).await;
    Ok(written.map_err(|error| PublicError::internal(&error))??)
}

/// Runs the search, page after page, as a client would that reads on until it has enough.
async fn gather(
    session: &Session,
    input: &SearchInput,
    first: usize,
    format: ExportFormat,
) -> Result<ResultSet, PublicError> {
    let links = Links::new(&session.state().settings.public_url);
    let page_items = session.state().settings.limits.page_items as usize;
    let (mut notes, mut assets) = (Vec::new(), HashMap::new());
    let (mut moments, mut after) = (Vec::new(), None::<String>);
    while moments.len() < first {
        let wanted = i32::try_from(page_items.min(first - moments.len())).unwrap_or(i32::MAX);
        let page = run_search(session, input.clone(), Some(wanted), after.as_deref()).await?;
        notes.extend(page.additional_fields.notices.into_iter().map(|notice| notice.message));
        after = page.edges.last().map(|edge| edge.cursor.encode_cursor());
        let hits: Vec<SearchHit> = page.edges.into_iter().flat_map(|edge| flat(edge.node)).collect();
        for hit in &hits {
            assets.entry(hit.hit.asset).or_insert_with(|| Arc::new(asset(links, &hit.asset.0)));
        }
        moments.extend(try_join_all(hits.iter().map(|hit| moment(session, hit, &assets))).await?.into_iter().flatten());
        if !page.has_next_page || after.is_none() {
            break;
        }
    }
    moments.truncate(first);
    let mut seen = HashSet::new();
    notes.retain(|note: &String| seen.insert(note.clone()));
    let url = url(input, first, links, format);
    Ok(ResultSet { title: input.query.clone(), url, notes, moments })
}

/// A hit, and after it the further hits of its asset where answers are grouped.
fn flat(mut hit: SearchHit) -> Vec<SearchHit> {
    let more = std::mem::take(&mut hit.more);
    let further: Vec<SearchHit> = more.iter().map(|more| hit.alone(more)).collect();
    std::iter::once(hit).chain(further).collect()
}

async fn moment(
    session: &Session,
    found: &SearchHit,
    assets: &HashMap<AssetId, Arc<ExportedAsset>>,
) -> Result<Option<ExportedMoment>, PublicError> {
    let SearchHit { hit, asset, matcher, .. } = found;
    let (Some(first), Some(exported)) = (hit.moments.first(), assets.get(&hit.asset)) else { return Ok(None) };
    let reasons = evidence::gather(session, hit, asset, matcher);
    let (reasons, row) = tokio::try_join!(reasons, session.loaders().moment(*first))?;
    let evidence: Vec<EvidenceLine> = reasons.iter().map(line).collect();
    let named = evidence.iter().find_map(|line| line.text.as_deref());
    let (mut concepts, language) = row.map(|row| (row.texts.seen, row.texts.language)).unwrap_or_default();
    concepts.truncate(MAX_CONCEPTS);
    Ok(Some(ExportedMoment {
        asset: Arc::clone(exported),
        id: GlobalId::from(*first).to_string(),
        span: hit.span,
        title: title(named.unwrap_or(&exported.title)),
        evidence,
        score: hit.score,
        concepts,
        language,
    }))
}

fn line(reason: &Evidence) -> EvidenceLine {
    let channel = reason.parts.modality.as_str().to_uppercase();
    EvidenceLine { channel, span: reason.parts.span, text: reason.text.clone() }
}

/// On one line, and not too long for one.
fn title(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(MAX_TITLE_CHARS) {
        None => words,
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default().trim_end()),
    }
}

fn asset(links: Links<'_>, asset: &Asset) -> ExportedAsset {
    let probe = asset.probe.as_ref();
    ExportedAsset {
        id: GlobalId::from(asset.id).to_string(),
        title: asset.title.clone(),
        file_name: asset.file_name.clone(),
        media_url: links.original(asset.id),
        thumbnail_url: asset.thumbnail.as_ref().map(|_| links.thumbnail(asset.id)),
        duration: probe.map(|probe| probe.duration).filter(|duration| duration.as_micros() > 0),
        created_at: Some(asset.created_at),
        video: probe.and_then(ExportedVideo::of),
        has_audio: probe.is_some_and(|probe| probe.main_audio().is_some()),
    }
}
