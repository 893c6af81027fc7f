//! The query language over both indexes: what each piece of syntax lets through.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use reelgraph_models::asset::Revision;
use reelgraph_models::id::{AssetId, PersonId};
use reelgraph_models::metadata::Metadata;
use reelgraph_models::moment::MomentKind;
use reelgraph_models::observation::Modality;
use reelgraph_models::people::KnownBy;
use reelgraph_models::review::ReviewState;
use reelgraph_models::time::MediaTime;
use reelgraph_search::document::{
    AssetDocument, AssetFields, Label, MomentDocument, ObjectCount, Ordinals, Passage, PersonMention,
};
use reelgraph_search::error::SearchError;
use reelgraph_search::hit::{Hit, Notice, Page};
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::{Grouping, SearchRequest, Sort};
use reelgraph_search::searcher::Searcher;
use reelgraph_search::space::RelevanceFloor;
use reelgraph_search::text::{TextIndex, TextSettings};
use reelgraph_search::vector::{EdgeIndex, EdgeSettings, VectorIndex};
use uuid::Uuid;

use crate::support::{
    Outcome, TENANT, WordEncoder, asset_id, file, licensed, moment, seconds, space, titled, with_vectors,
};

/// A film of six shots in three scenes, and a talk.
const FILM: u128 = 1;
const TALK: u128 = 2;

fn shot(asset: AssetId, index: u32, said: &str, labels: &[(&str, u32)]) -> MomentDocument {
    let start = i64::from(index) * 10;
    MomentDocument {
        said: vec![Passage::new(said, Some("en"))],
        seen: labels.iter().map(|(label, _)| Label::new(*label, 0.9)).collect(),
        objects: labels.iter().map(|(label, count)| ObjectCount::new(*label, *count)).collect(),
        shots: Some(Ordinals { first: index, last: index }),
        scenes: Some(Ordinals { first: index / 2, last: index / 2 }),
        ..moment(asset, MomentKind::Shot, seconds(start, start + 10))
    }
}

fn library() -> Vec<AssetDocument> {
    let film = asset_id(FILM);
    let mut shots = vec![
        shot(film, 0, "the dragon flies over the castle", &[("castle", 1)]),
        shot(film, 1, "she draws her sword", &[("person", 1), ("sword", 1)]),
        shot(film, 2, "a crowd gathers", &[("person", 5)]),
        shot(film, 3, "the red car arrives", &[("car", 2), ("person", 2)]),
        shot(film, 4, "drag the boat ashore", &[("boat", 1)]),
        shot(film, 5, "gatekeepers of the red gate", &[]),
    ];
    if let Some(shot) = shots.get_mut(1) {
        let id = PersonId::from_uuid(Uuid::from_u128(5));
        shot.people = vec![PersonMention { id, name: Some("Anna Smith".into()), by: KnownBy::Face }];
        shot.sounds = vec![Label::new("applause", 0.9)];
    }
    shots.push(titled(film, "Sintel trailer"));
    let fields = AssetFields {
        title: "Sintel trailer".into(),
        container: "mov,mp4".into(),
        duration: MediaTime::from_millis(60_000),
        created_at: "2026-01-15T10:00:00Z".parse().unwrap_or_default(),
        width_px: Some(1_280),
        height_px: Some(720),
        has_audio: true,
        has_video: true,
        languages: vec!["en".into()],
        caption_languages: vec!["de".into(), "fr".into()],
        metadata: noted(),
        file: file(),
        rights: licensed().unwrap_or_default(),
        review: ReviewState::Approved,
        ..AssetFields::default()
    };
    let film = AssetDocument { moments: shots, ..AssetDocument::new(TENANT, film, fields) };
    let talk = asset_id(TALK);
    let fields = AssetFields {
        title: "A talk".into(),
        duration: MediaTime::from_millis(600_000),
        created_at: "2026-03-01T10:00:00Z".parse().unwrap_or_default(),
        has_audio: true,
        languages: vec!["de".into()],
        ..AssetFields::default()
    };
    let said = |start: i64, text: &str| MomentDocument {
        said: vec![Passage::new(text, Some("en"))],
        ..moment(talk, MomentKind::Speech, seconds(start, start + 5))
    };
    let moments = vec![said(0, "a blue car"), said(100, "the dragon again"), titled(talk, "A talk")];
    vec![film, AssetDocument { moments, ..AssetDocument::new(TENANT, talk, fields) }]
}

/// What people noted of the trailer.
fn noted() -> Metadata {
    let mut noted = Metadata::default();
    for (name, values) in [
        ("project", &["Sintel", "The Dùrian Project"][..]),
        ("dc.creator", &["Colin"]),
        ("take", &["12", "none"]),
        ("gain", &["-6.5"]),
        ("shot", &["2024-05-31"]),
    ] {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(noted.set(name, &values), Ok(()));
    }
    noted
}

pub(crate) async fn open(folder: &Path) -> Result<Searcher, Box<dyn Error>> {
    let floor = RelevanceFloor { at_least: 0.9, below_best: 2.0 };
    let passages = space("passages", Modality::Passages)?.with_floor(floor);
    let embedding = passages.space().clone();
    let text = Arc::new(TextIndex::open(&folder.join("text"), TextSettings::default())?);
    let vectors = Arc::new(EdgeIndex::open(&folder.join("vectors"), vec![passages], EdgeSettings::default())?);
    let index = SearchIndex::new(text, vectors as Arc<dyn VectorIndex>);
    let documents = library().into_iter().map(|document| with_vectors(document, &embedding)).collect();
    index.apply(Batch { documents, removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    Ok(Searcher::new(index).with_encoder(Arc::new(WordEncoder)))
}

pub(crate) async fn ask(searcher: &Searcher, query: &str) -> Result<Page<Hit>, SearchError> {
    searcher.search(&SearchRequest::parse(TENANT, query)?.with_page(100, None)?).await
}

/// Where hits begin, in seconds, the talk's as negative numbers; in ascending order.
pub(crate) fn starts(page: &Page<Hit>) -> Vec<i64> {
    let start = |hit: &Hit| {
        let seconds = hit.span.start().as_micros() / 1_000_000;
        if hit.asset == asset_id(TALK) { -seconds - 1 } else { seconds }
    };
    let mut starts: Vec<i64> =
        page.edges.iter().map(|edge| &edge.node).filter(|hit| hit.kind != MomentKind::Asset).map(start).collect();
    starts.sort_unstable();
    starts
}

#[tokio::test]
async fn each_piece_of_syntax_lets_through_what_it_says() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    let mut wrong = Vec::new();
    for (query, expected) in [
        ("dragon", vec![-101, 0]),
        ("dragon -castle", vec![-101]),
        ("dragon NOT castle", vec![-101]),
        ("car -said:blue", vec![30]),
        ("red AND car", vec![30]),
        ("castle OR sword", vec![0, 10]),
        ("(castle OR sword) -dragon", vec![10]),
        ("object:person>=2 OR said:sword", vec![10, 20, 30]),
        ("(object:person>=2 OR said:sword) lang:en -car", vec![10, 20]),
        ("object:boat OR nowhere", vec![40]),
        ("(kind:shot OR kind:speech) dragon", vec![-101, 0]),
        ("\"red car\"", vec![30]),
        ("red \"car", vec![-1, 30, 50]),
        ("drag*", vec![-101, 0, 40]),
        ("dragn~", vec![-101, 0, 40]),
        ("gatekepers~", vec![50]),
        ("seen:car", vec![30]),
        ("said:car", vec![-1, 30]),
        ("text:car", vec![]),
        ("object:person", vec![10, 20, 30]),
        ("object:person>=2", vec![20, 30]),
        ("Object:person>=2", vec![20, 30]),
        ("object:person=2", vec![30]),
        ("object:Person<3 -object:car", vec![10]),
        ("object:person>1000", vec![]),
        ("person:anna", vec![10]),
        ("person:\"Anna Smith\"", vec![10]),
        ("speaker:anna", vec![]),
        ("anna", vec![10]),
        ("sound:applause", vec![10]),
        ("lang:de car", vec![-1]),
        ("lang:de|en car", vec![-1, 30]),
        ("kind:speech dragon", vec![-101]),
        ("car asset.duration<=1:00", vec![30]),
        ("car asset.created:2026-01", vec![30]),
        ("car asset.created>=2026-02", vec![-1]),
        ("car asset.width>=1280", vec![30]),
        ("car asset.video:no", vec![-1]),
        ("car asset.title:\"sintel trailer\"", vec![30]),
        ("car asset.container:mp4", vec![30]),
        ("car asset.captions:fr", vec![30]),
        ("car asset.captions:en", vec![]),
        ("(nowhere kind:shot) OR gatekeepers", vec![50]),
        ("(dragon asset.review:approved) OR sword", vec![0, 10]),
        ("(dragon asset.review:approved) OR (dragon asset.review:pending)", vec![-101, 0]),
        ("kind:shot -(dragon asset.review:rejected)", vec![0, 10, 20, 30, 40, 50]),
        ("car asset.container:MP4|webm", vec![30]),
        ("car asset.size>2.4GB", vec![30]),
        ("car asset.size:2.5GB", vec![30]),
        ("car asset.size<2GiB", vec![]),
        ("car asset.fps:23.98", vec![30]),
        ("car asset.fps>23.976", vec![]),
        ("car asset.fps:20..24", vec![30]),
        ("car asset.fps>=23.98", vec![30]),
        ("car asset.fps=24", vec![]),
        ("car asset.codec:AVC", vec![30]),
        ("car asset.codec:hevc|aac", vec![30]),
        ("car asset.channels>2", vec![30]),
        ("car asset.hdr:no", vec![30]),
        ("car asset.hdr:yes", vec![]),
        ("car asset.review:approved", vec![30]),
        ("car asset.review:Pending|rejected", vec![-1]),
        ("car asset.licensed:de@2026-01-01", vec![30]),
        ("car asset.licensed:DE@2025-12-31", vec![]),
        ("car asset.licensed:US@2028-02-29", vec![30]),
        ("car -asset.licensed:US@2028-02-29", vec![-1]),
        ("car asset.licensed:US", vec![30]),
        ("car asset.meta.project:SINTEL", vec![30]),
        ("car asset.meta.project:\"the durian project\"", vec![30]),
        ("car asset.meta.project:sintel|other", vec![30]),
        ("car asset.meta.project:durian", vec![]),
        ("car -asset.meta.project:*", vec![-1]),
        ("car asset.meta.reel:*", vec![]),
        ("car asset.meta.take>9", vec![30]),
        ("car asset.meta.take>=12", vec![30]),
        ("car asset.meta.take>12", vec![]),
        ("car asset.meta.take<100", vec![30]),
        ("car asset.meta.take<12", vec![]),
        ("car asset.meta.take<=12.0", vec![30]),
        ("car asset.meta.take=12", vec![30]),
        ("car asset.meta.take:9..20", vec![30]),
        ("car asset.meta.take:>9", vec![30]),
        ("car asset.meta.take:..9", vec![]),
        ("car asset.meta.gain:-7..-6", vec![30]),
        ("car asset.meta.gain>-6", vec![]),
        ("car asset.meta.shot:2024..2025", vec![30]),
        ("car asset.meta.shot>=2024-05", vec![30]),
        ("car asset.meta.shot>2024", vec![]),
        ("car asset.meta.shot<2024-06", vec![30]),
        // A text is in no range, and an asset without the field is in none and not out of it either.
        ("car asset.meta.project>0", vec![]),
        ("car -asset.meta.take>9", vec![-1]),
        ("dragon AND asset.meta.take>9", vec![0]),
        ("asset.meta.take>9 OR said:again", vec![-101, 0, 10, 20, 30, 40, 50]),
        ("dragon at:0..20", vec![0]),
        ("said:(red car) -blue", vec![30, 50]),
        ("title:sintel sword", vec![10]),
        ("\"sintel trailer\" AND sword", vec![10]),
        ("-dragon kind:shot", vec![10, 20, 30, 40, 50]),
        ("asset.video:no", vec![-101, -1]),
        // Read as words; too little of them is anywhere for a good match.
        ("http://example.org/dragon", vec![]),
        ("Note: dragon", vec![]),
        ("Title: dragon", vec![]),
        ("dragon) (", vec![-101, 0]),
        ("dragon OR", vec![-101, 0]),
        ("dragon AND", vec![-101, 0]),
        ("NOT (object:person OR dragon) kind:shot", vec![40, 50]),
    ] {
        let page = ask(&searcher, query).await.map_err(|error| format!("{query}: {error}"))?;
        if starts(&page) != expected {
            wrong.push(format!("{query}: {:?} instead of {expected:?}", starts(&page)));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn objects_that_nothing_is_called_are_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    for (query, absent) in [
        ("object:Unicorn>=2", vec!["unicorn"]),
        ("dragon object:unicorn object:gnome", vec!["gnome", "unicorn"]),
        ("object:person>1000", vec![]),
        ("dragon -object:unicorn", vec![]),
    ] {
        let named: Vec<Notice> =
            absent.into_iter().map(|label| Notice::ObjectUnknown { label: label.into() }).collect();
        let page = ask(&searcher, query).await?;
        let told = page.notices.into_iter().filter(|notice| matches!(notice, Notice::ObjectUnknown { .. }));
        assert_eq!(told.collect::<Vec<_>>(), named, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn moments_are_related_in_time_and_say_which_part_matched_where() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    for (query, expected) in [
        ("then(castle, sword)", vec![0]),
        ("then(sword, castle)", vec![]),
        ("then(castle, seen:car, 30s)", vec![0]),
        ("then(castle, seen:car, 19s)", vec![]),
        ("within(seen:car, castle, 30s)", vec![0]),
        ("before(said:sword, seen:car)", vec![10]),
        ("before(said:sword, seen:car, 5s)", vec![]),
        ("after(seen:car, said:sword)", vec![30]),
        ("sameShot(dragon, seen:castle)", vec![0]),
        ("sameShot(dragon, sword)", vec![]),
        ("sameScene(dragon, sword)", vec![0]),
        ("sameScene(sword, crowd)", vec![]),
        ("during(dragon, seen:castle)", vec![0]),
        ("notBetween(castle, seen:car, boat, 60s)", vec![0]),
        ("notBetween(castle, seen:car, sword, 60s)", vec![]),
        ("then(castle, then(sword, crowd))", vec![0]),
        ("then(castle, sword) OR boat", vec![0, 40]),
        ("kind:shot -then(castle, sword)", vec![20, 30, 40, 50]),
        ("then(castle, sword", vec![0]),
    ] {
        let page = ask(&searcher, query).await.map_err(|error| format!("{query}: {error}"))?;
        assert_eq!(starts(&page), expected, "{query}");
    }
    let page = ask(&searcher, "then(castle, then(sword, crowd))").await?;
    let hit = &page.edges.first().ok_or("nothing was found")?.node;
    let parts: Vec<(&[u32], i64)> =
        hit.parts.iter().map(|part| (part.path.as_slice(), part.span.start().as_micros() / 1_000_000)).collect();
    assert_eq!(parts, [(&[0][..], 0), (&[1][..], 10), (&[1, 0][..], 10), (&[1, 1][..], 20)]);
    assert_eq!(hit.span, seconds(0, 30));
    Ok(())
}

#[tokio::test]
async fn what_satisfies_only_the_property_of_an_or_comes_after_what_has_the_words() -> Outcome {
    use reelgraph_search::facet::FacetField;

    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    let query = "object:person>=2 OR said:sword";
    let page = ask(&searcher, query).await?;
    let order: Vec<i64> = page.edges.iter().map(|edge| edge.node.span.start().as_micros() / 1_000_000).collect();
    assert_eq!(order.first(), Some(&10), "{order:?}");
    assert!(page.edges.iter().skip(1).all(|edge| edge.node.contributions.is_empty() && edge.node.score > 0.0));
    assert!(!page.has_no_good_match);
    let kinds = searcher.facets(&SearchRequest::parse(TENANT, query)?, vec![FacetField::Kind], 10).await?;
    let counted: u64 = kinds.iter().flat_map(|facet| &facet.values).map(|value| value.moments).sum();
    assert_eq!(counted, order.len() as u64, "facets count what the search finds");
    Ok(())
}

#[tokio::test]
async fn answers_can_be_sorted_weighed_and_grouped_by_scene() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    let first = async |sort: Sort| -> Result<AssetId, Box<dyn Error>> {
        let request = SearchRequest::parse(TENANT, "dragon")?.with_sort(sort);
        Ok(searcher.search(&request).await?.edges.first().ok_or("nothing was found")?.node.asset)
    };
    assert_eq!(first(Sort::Newest).await?, asset_id(TALK));
    assert_eq!(first(Sort::Oldest).await?, asset_id(FILM));
    assert_eq!(first(Sort::Longest).await?, asset_id(TALK));
    assert_eq!(first(Sort::Shortest).await?, asset_id(FILM));
    assert_eq!(first(Sort::Time).await?, asset_id(FILM));
    let request = SearchRequest::parse(TENANT, "object:person kind:shot")?.with_grouping(Grouping::ByScene);
    let page = searcher.search_groups(&request).await?;
    let scenes: Vec<_> = page.edges.iter().map(|edge| (edge.node.scene, edge.node.hits_total)).collect();
    assert_eq!(scenes.len(), 2);
    assert!(scenes.contains(&(Some(0), 1)) && scenes.contains(&(Some(1), 2)));
    let heavy = SearchRequest::parse(TENANT, "car")?.with_weights(vec![(Modality::Tags, 0.0)])?;
    assert_eq!(starts(&searcher.search(&heavy).await?), [-1, 30]);
    let refused = SearchRequest::parse(TENANT, "car")?.with_weights(vec![(Modality::Tags, f32::NAN)]);
    assert!(matches!(refused, Err(SearchError::BadWeight { .. })));
    Ok(())
}

#[tokio::test]
async fn facets_count_moments_and_assets_under_the_same_filters() -> Outcome {
    use reelgraph_search::facet::FacetField;

    type Counts = Vec<(String, u64, u64)>;

    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    let count = async |query: &str, field: FacetField| -> Result<Counts, Box<dyn Error>> {
        let facets = searcher.facets(&SearchRequest::parse(TENANT, query)?, vec![field], 10).await?;
        let values = facets.into_iter().flat_map(|facet| facet.values);
        Ok(values.map(|value| (value.value, value.moments, value.assets)).collect())
    };
    let said = |name: &str, moments: u64, assets: u64| (name.to_owned(), moments, assets);
    assert_eq!(count("dragon", FacetField::Language).await?, [said("de", 1, 1), said("en", 1, 1)]);
    assert_eq!(count("dragon -castle", FacetField::Kind).await?, [said("speech", 1, 1)]);
    let objects = count("kind:shot", FacetField::Object).await?;
    assert_eq!(objects.first(), Some(&said("person", 3, 1)));
    assert_eq!(objects.len(), 5);
    let created = count("car", FacetField::Created).await?;
    assert_eq!(created.first(), Some(&said("2026", 2, 2)));
    assert!(created.contains(&said("2026-01", 1, 1)) && created.contains(&said("2026-03", 1, 1)));
    assert_eq!(count("car lang:en", FacetField::Resolution).await?, [said("720p", 1, 1)]);
    assert_eq!(count("then(castle, sword)", FacetField::Kind).await?, [said("shot", 1, 1)]);
    let noted = [
        "dc.creator",
        "dc.creator:Colin",
        "gain",
        "gain:-6.5",
        "project",
        "project:Sintel",
        "project:The Dùrian Project",
        "shot",
        "shot:2024-05-31",
        "take",
    ];
    assert_eq!(count("car", FacetField::Metadata).await?, noted.map(|value| said(value, 1, 1)));
    assert_eq!(count("kind:shot", FacetField::Person).await?, [said("Anna Smith", 1, 1)]);
    assert_eq!(count("then(castle, sword) OR sword", FacetField::Person).await?, [said("Anna Smith", 1, 1)]);
    assert_eq!(count("kind:shot asset.width<1000", FacetField::Person).await?, []);
    assert_eq!(count("castle", FacetField::Person).await?, []);
    assert_eq!(count("kind:asset", FacetField::Duration).await?, [said("1m-5m", 1, 1), said("5m-20m", 1, 1)]);
    Ok(())
}
