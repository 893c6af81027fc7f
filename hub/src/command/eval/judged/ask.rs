//! Judged queries asked of a library: what came back, graded.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use reelgraph_models::time::{MediaTime, Span};
use serde_json::{Map, Value, json};

use super::judgement::{Judgement, Relevant};
use super::matching::{Found, Place, grades};
use crate::client::Client;
use crate::command::eval::library::micros;

/// Hits that are looked at.
pub const HITS: usize = 10;

const SEARCH: &str = "query Judged($input: SearchInput!, $first: Int!) {
  search(input: $input, first: $first) { reranked { scoredHitCount tookMicros } nodes { asset { id } kind span { startMicros endMicros } } }
}";

const ASSETS: &str = "query Assets($after: String) {
  assets(first: 100, after: $after) {
    nodes { id title fileName contentSha256 }
    pageInfo { hasNextPage endCursor }
  }
}";

/// A judged query with its places in this library.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// Place among all judgements.
    pub number: usize,
    pub judgement: &'a Judgement,
    pub places: Vec<Place>,
}

/// What came back for a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The grade of each hit, in order.
    pub found: Vec<u8>,
    /// The grades of all that could have been found.
    pub judged: Vec<u8>,
    /// What it cost to let a model order the hits; `None` where none did.
    pub reranked: Option<Reranked>,
}

/// What a model took to order hits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reranked {
    pub hits: f64,
    pub took_ms: f64,
}

impl Outcome {
    /// Whether the right answer is that there is nothing.
    pub fn is_nothing(&self) -> bool {
        self.judged.iter().all(|grade| *grade == 0)
    }

    /// Whether the library said that there is nothing.
    pub fn said_nothing(&self) -> bool {
        self.found.is_empty()
    }
}

/// The assets of a library by what judgements call them.
#[derive(Debug, Default)]
pub struct Assets(Vec<Names>);

#[derive(Debug)]
struct Names {
    id: String,
    /// Id, hash, file name, title: the order in which they count.
    names: [String; 4],
}

impl Assets {
    /// Lists all assets of a library.
    pub async fn of(client: &Client) -> anyhow::Result<Self> {
        let (mut assets, mut after) = (Self::default(), Value::Null);
        loop {
            let page = client.execute(ASSETS, json!({ "after": after })).await?;
            let page = page.get("assets").context("the library lists no assets")?;
            assets.add(page.get("nodes").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default());
            if page.pointer("/pageInfo/hasNextPage").and_then(Value::as_bool) != Some(true) {
                return Ok(assets);
            }
            after = page.pointer("/pageInfo/endCursor").cloned().unwrap_or_default();
        }
    }

    fn add(&mut self, nodes: &[Value]) {
        let text = |node: &Value, name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.0.extend(nodes.iter().map(|node| Names {
            id: text(node, "id"),
            names: ["id", "contentSha256", "fileName", "title"].map(|name| text(node, name)),
        }));
    }

    /// The id of an asset; `None` where the library has none of that name.
    fn find(&self, name: &str) -> anyhow::Result<Option<&str>> {
        for way in 0..4 {
            let mut called = self.0.iter().filter(|asset| asset.names.get(way).is_some_and(|known| known == name));
            if let Some(asset) = called.next() {
                ensure!(
                    called.next().is_none(),
                    "several assets are called {name:?}; name the one meant by its id or hash"
                );
                return Ok(Some(&asset.id));
            }
        }
        Ok(None)
    }

    /// The questions that this library can answer, and the names of assets that it does not have. A query with a right
    /// answer in an absent asset is left out: it would count against what cannot be known.
    pub fn questions<'a>(&self, judgements: &'a [Judgement]) -> anyhow::Result<(Vec<Question<'a>>, BTreeSet<&'a str>)> {
        let (mut questions, mut absent) = (Vec::new(), BTreeSet::new());
        for (number, judgement) in judgements.iter().enumerate() {
            let missing = |one: &&Relevant| self.find(&one.asset).is_ok_and(|id| id.is_none());
            let missing: Vec<&str> = judgement.relevant.iter().filter(missing).map(|one| one.asset.as_str()).collect();
            if !missing.is_empty() {
                absent.extend(missing);
                continue;
            }
            let place = |one: &Relevant| {
                let asset = self.find(&one.asset)?.unwrap_or_default().to_owned();
                Ok(Place { asset, span: one.span()?, grade: one.grade })
            };
            let places = judgement.relevant.iter().map(place).collect::<anyhow::Result<_>>()?;
            questions.push(Question { number, judgement, places });
        }
        Ok((questions, absent))
    }
}

/// How a library is asked.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// Fields of `SearchInput` beside the query; the filter of a judgement goes before the same fields here.
    pub input: Map<String, Value>,
    /// The only channels of evidence that count, in GraphQL's words; all where there is none.
    pub modalities: Vec<&'static str>,
}

impl Manner {
    /// The `SearchInput` for a judgement; `None` where it filters by channels itself and one alone is asked for.
    fn input(&self, judgement: &Judgement) -> Option<Value> {
        let mut input = self.input.clone();
        let mut filter = input.get("filter").and_then(Value::as_object).cloned().unwrap_or_default();
        filter.extend(judgement.filter.clone());
        if !self.modalities.is_empty() {
            if judgement.filter.contains_key("modalities") {
                return None;
            }
            filter.insert("modalities".to_owned(), json!(self.modalities));
        }
        input.insert("query".to_owned(), json!(judgement.query));
        if !filter.is_empty() {
            input.insert("filter".to_owned(), Value::Object(filter));
        }
        Some(Value::Object(input))
    }
}

/// Asks a question; `None` where it cannot be asked in that manner.
pub async fn ask(client: &Client, question: &Question<'_>, manner: &Manner) -> anyhow::Result<Option<Outcome>> {
    let Some(input) = manner.input(question.judgement) else { return Ok(None) };
    let answer = client.execute(SEARCH, json!({ "input": input, "first": HITS })).await;
    let answer = answer.with_context(|| format!("the query {:?}", question.judgement.query))?;
    let nodes =
        answer.pointer("/search/nodes").and_then(Value::as_array).context("a search without hits or their absence")?;
    let hits = nodes.iter().map(found).collect::<Option<Vec<_>>>().context("a hit without its place")?;
    let judged = question.places.iter().map(|place| place.grade).collect();
    let number = |name: &str| answer.pointer(&format!("/search/reranked/{name}")).and_then(Value::as_f64);
    let reranked = number("scoredHitCount").zip(number("tookMicros"));
    let reranked = reranked.map(|(hits, micros)| Reranked { hits, took_ms: micros / 1e3 });
    Ok(Some(Outcome { found: grades(&hits, &question.places), judged, reranked }))
}

fn found(hit: &Value) -> Option<Found> {
    let at = |name: &str| Some(MediaTime::from_micros(micros(hit.pointer(name)?)? as i64));
    Some(Found {
        asset: hit.pointer("/asset/id")?.as_str()?.to_owned(),
        span: Span::at_least_one_micro(at("/span/startMicros")?, at("/span/endMicros")?),
        is_whole_asset: hit.get("kind").and_then(Value::as_str) == Some("ASSET"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets() -> Assets {
        let mut assets = Assets::default();
        let node = |id: &str, hash: &str, title: &str| json!({ "id": id, "contentSha256": hash, "fileName": "film.mp4", "title": title });
        assets.add(&[node("1", "aa", "Film"), node("2", "bb", "Other film")]);
        assets
    }

    #[test]
    fn an_asset_is_known_by_id_hash_file_name_or_title() -> anyhow::Result<()> {
        let assets = assets();
        for name in ["2", "bb", "Other film"] {
            assert_eq!(assets.find(name)?, Some("2"));
        }
        assert_eq!(assets.find("third.mp4")?, None);
        assert!(assets.find("film.mp4").is_err(), "two are called so");
        Ok(())
    }

    #[test]
    fn queries_about_absent_assets_are_left_out_and_named() -> anyhow::Result<()> {
        let judgements = [
            Judgement::new("said", "here", vec![Relevant::whole("1")]),
            Judgement::new("said", "elsewhere", vec![Relevant::whole("1"), Relevant::whole("third.mp4")]),
            Judgement::new("absent", "nowhere", Vec::new()),
        ];
        let assets = assets();
        let (questions, absent) = assets.questions(&judgements)?;
        let asked: Vec<_> = questions.iter().map(|question| question.judgement.query.as_str()).collect();
        assert_eq!((asked, absent), (vec!["here", "nowhere"], BTreeSet::from(["third.mp4"])));
        Ok(())
    }

    #[test]
    fn the_filter_of_a_judgement_goes_before_that_of_the_manner() {
        let filter = json!({ "kinds": ["SPEECH"], "hasAudio": true });
        let manner = Manner { input: Map::from_iter([("filter".to_owned(), filter)]), ..Manner::default() };
        let mut judgement = Judgement::new("said", "here", Vec::new());
        judgement.filter.insert("kinds".to_owned(), json!(["SHOT"]));
        let expected = json!({ "query": "here", "filter": { "kinds": ["SHOT"], "hasAudio": true } });
        assert_eq!(manner.input(&judgement), Some(expected));
        let alone = Manner { modalities: vec!["FRAMES"], ..Manner::default() };
        let expected = json!({ "query": "here", "filter": { "kinds": ["SHOT"], "modalities": ["FRAMES"] } });
        assert_eq!(alone.input(&judgement), Some(expected));
        judgement.filter.insert("modalities".to_owned(), json!(["SPEECH"]));
        assert_eq!(alone.input(&judgement), None);
    }
}
