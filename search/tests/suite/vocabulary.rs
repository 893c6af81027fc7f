//! Queries widened by a controlled vocabulary, and its concepts as conditions and suggestions.

use std::sync::Arc;

use reelgraph_models::asset::Revision;
use reelgraph_models::moment::MomentKind;
use reelgraph_search::concepts::{Concept, ConceptGraph, ConceptSuggestions, Label, LabelKind};
use reelgraph_search::document::{MomentDocument, ObjectCount};
use reelgraph_search::facet::FacetField;
use reelgraph_search::highlight::Matcher;
use reelgraph_search::hit::Notice;
use reelgraph_search::index::{Batch, SearchIndex};
use reelgraph_search::query::{Expansion as Widening, SearchRequest, Sort};
use reelgraph_search::searcher::Searcher;
use reelgraph_search::suggest::{Suggester, SuggestionKind};
use reelgraph_search::text::{TextIndex, TextSettings};

use crate::query_language::{ask, open, starts};
use crate::support::{Outcome, TENANT, asset_id, document, moment, seconds, seen};

fn concept(id: &str, names: &[(&str, &str)], broader: &[&str]) -> Concept {
    Concept {
        labels: names.iter().map(|(name, language)| Label::new(LabelKind::Preferred, *name, Some(language))).collect(),
        broader: broader.iter().map(|id| (*id).to_owned()).collect(),
        ..Concept::new(id)
    }
}

/// Knows that boats and cars are means of transport, and that a drake is now called a dragon.
fn themes() -> Arc<ConceptGraph> {
    Arc::new(ConceptGraph::new([
        concept("transport", &[("means of transport", "en"), ("Verkehrsmittel", "de")], &[]),
        concept("vessel", &[("sea vessel", "en"), ("Schiff", "de")], &["transport"]),
        concept("boat", &[("boat", "en"), ("Boot", "de")], &["vessel"]),
        concept("vehicle", &[("vehicle", "en")], &["transport"]),
        concept("car", &[("car", "en"), ("Auto", "de")], &["vehicle"]),
        Concept { replaced_by: Some("dragon".to_owned()), ..concept("drake", &[("drake", "en")], &[]) },
        concept("dragon", &[("dragon", "en"), ("Drache", "de")], &[]),
    ]))
}

#[tokio::test]
async fn a_vocabulary_widens_the_query_says_how_and_can_be_turned_off() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?.with_vocabulary(themes());
    let page = ask(&searcher, "sea vessel").await?;
    assert_eq!(starts(&page), [40]);
    let request = searcher.expanded(SearchRequest::parse(TENANT, "sea vessel")?);
    let marked = Matcher::new(request.query()).find("drag the boat ashore", Some("en"), None);
    let via: Vec<_> = marked.iter().flat_map(|highlight| &highlight.via).map(|path| path.path.join(" > ")).collect();
    assert_eq!(via, ["sea vessel > boat"]);
    let narrow = SearchRequest::parse(TENANT, "sea vessel")?.with_expansion(Widening::Off);
    assert_eq!(starts(&searcher.search(&narrow).await?), Vec::<i64>::new());
    let page = ask(&searcher, "drake").await?;
    assert_eq!(starts(&page), [-101, 0]);
    assert!(page.notices.contains(&Notice::ConceptRedirected { from: "drake".into(), to: "dragon".into() }));
    Ok(())
}

#[tokio::test]
async fn a_concept_as_a_condition_has_all_that_is_narrower_in_any_language() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?.with_vocabulary(themes());
    let mut wrong = Vec::new();
    for (query, expected) in [
        // However deep: transport > vehicle > car, transport > sea vessel > boat.
        ("concept:\"means of transport\"", vec![-1, 30, 40]),
        ("concept:(means of transport)", vec![-1, 30, 40]),
        ("concept:Verkehrsmittel", vec![-1, 30, 40]),
        ("concept:\"means of transport\" -concept:vehicle", vec![40]),
        ("kind:shot -concept:transport", vec![0, 10, 20, 30, 40, 50]),
        ("kind:shot -concept:verkehrsmittel", vec![0, 10, 20, 50]),
        ("concept:schiff OR concept:drache", vec![-101, 0, 40]),
        ("then(concept:vehicle, concept:boat)", vec![30]),
        // The name and no other form of it, which `drag` in the same moments shares its beginning with.
        ("concept:dragons", vec![]),
    ] {
        let found = starts(&ask(&searcher, query).await?);
        if found != expected {
            wrong.push(format!("{query}: {found:?}, not {expected:?}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());

    // By date, where nothing ranks the answers and each page comes straight from the index.
    let newest = SearchRequest::parse(TENANT, "kind:shot -concept:verkehrsmittel")?.with_sort(Sort::Newest);
    assert_eq!(starts(&searcher.search(&newest).await?), [0, 10, 20, 50]);
    // Counts are under the same condition.
    let counted = SearchRequest::parse(TENANT, "concept:verkehrsmittel")?;
    let facets = searcher.facets(&counted, vec![FacetField::Object], 10).await?;
    let counts: Vec<_> = facets.iter().flat_map(|it| &it.values).map(|it| (it.value.as_str(), it.moments)).collect();
    assert_eq!(counts, [("boat", 1), ("car", 1), ("person", 1)]);
    Ok(())
}

#[tokio::test]
async fn a_name_that_no_concept_has_is_told_and_so_is_one_of_too_many_labels() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    let unknown = |name: &str| vec![Notice::ConceptUnknown { name: name.into() }];
    // Without a vocabulary no concept has any name.
    let page = ask(&searcher, "concept:castle").await?;
    assert_eq!((starts(&page), page.notices), (vec![0], unknown("castle")));
    let crowd = (0..600).map(|n| concept(&format!("c{n}"), &[(&format!("nobody {n}"), "en")], &["crowd"]));
    let crowd = crowd.chain([concept("crowd", &[("crowd", "en")], &[])]);
    let searcher = searcher.with_vocabulary(Arc::new(ConceptGraph::new(crowd)));
    let page = ask(&searcher, "kind:shot -concept:\"Rêd  Car\" concept:crowd").await?;
    let cut = Notice::ConceptCut { name: "crowd".into(), limit: 512 };
    assert_eq!((starts(&page), page.notices), (vec![20], [unknown("red car"), vec![cut]].concat()));
    assert_eq!(ask(&searcher, "crowd").await?.notices, []);
    let literal = SearchRequest::parse(TENANT, "concept:nowhere")?.with_expansion(Widening::Off);
    assert_eq!(searcher.search(&literal).await?.notices, []);
    Ok(())
}

#[tokio::test]
async fn moments_are_counted_by_concept_and_once_for_everything_broader() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?.with_vocabulary(themes());
    for (query, expected) in [
        // A car and a boat in two shots; nothing else that is seen is a concept.
        (
            "kind:shot",
            vec![
                ("means of transport", None, 2, 1),
                ("boat", Some("sea vessel"), 1, 1),
                ("car", Some("vehicle"), 1, 1),
                ("sea vessel", Some("means of transport"), 1, 1),
                ("vehicle", Some("means of transport"), 1, 1),
            ],
        ),
        (
            "concept:boat",
            vec![
                ("boat", Some("sea vessel"), 1, 1),
                ("means of transport", None, 1, 1),
                ("sea vessel", Some("means of transport"), 1, 1),
            ],
        ),
        (
            "then(concept:car, concept:boat)",
            vec![
                ("car", Some("vehicle"), 1, 1),
                ("means of transport", None, 1, 1),
                ("vehicle", Some("means of transport"), 1, 1),
            ],
        ),
        ("kind:shot object:sword", vec![]),
    ] {
        let request = SearchRequest::parse(TENANT, query)?;
        let facets = searcher.facets(&request, vec![FacetField::Concept, FacetField::Kind], 10).await?;
        let values = facets.first().map(|facet| facet.values.as_slice()).unwrap_or_default();
        let values: Vec<_> =
            values.iter().map(|it| (it.value.as_str(), it.parent.as_deref(), it.moments, it.assets)).collect();
        assert_eq!(values, expected, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn a_moment_with_several_narrower_concepts_counts_once_for_the_broader_one() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = SearchIndex::text_only(Arc::new(TextIndex::open(folder.path(), TextSettings::default())?));
    let object = |label: &str, count| ObjectCount::new(label, count);
    let van = ObjectCount { also: vec!["vehicle".into()], ..object("van", 1) };
    let harbour = MomentDocument {
        objects: vec![object("boat", 3), object("Car", 1), object("person", 2), van],
        ..moment(asset_id(1), MomentKind::Shot, seconds(0, 5))
    };
    index.apply(Batch { documents: vec![document(TENANT, asset_id(1), vec![harbour])], removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    let all = SearchRequest::parse(TENANT, "kind:shot")?;
    for (searcher, expected) in [
        (
            Searcher::new(index.clone()).with_vocabulary(themes()),
            vec![("boat", 1), ("car", 1), ("means of transport", 1), ("sea vessel", 1), ("vehicle", 1)],
        ),
        // Without a vocabulary there is nothing to count.
        (Searcher::new(index), vec![]),
    ] {
        let facets = searcher.facets(&all, vec![FacetField::Concept], 10).await?;
        let counts: Vec<_> =
            facets.iter().flat_map(|it| &it.values).map(|it| (it.value.as_str(), it.moments)).collect();
        assert_eq!(counts, expected);
        // A class is counted by its own name, and found by any.
        let facets = searcher.facets(&all, vec![FacetField::Object], 10).await?;
        let classes: Vec<_> = facets.iter().flat_map(|it| &it.values).map(|it| it.value.as_str()).collect();
        assert_eq!(classes, ["boat", "car", "person", "van"]);
        assert_eq!(ask(&searcher, "object:vehicle").await?.edges.len(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn names_of_concepts_are_suggested_with_how_many_moments_have_them() -> Outcome {
    let folder = tempfile::tempdir()?;
    let index = SearchIndex::text_only(Arc::new(TextIndex::open(folder.path(), TextSettings::default())?));
    let film = asset_id(1);
    let shots = vec![seen(film, seconds(0, 5), &["boat"]), seen(film, seconds(5, 9), &["boat"])];
    index.apply(Batch { documents: vec![document(TENANT, film, shots)], removed: Vec::new() }).await?;
    index.commit(Revision(1)).await?;
    let suggester = Suggester::new(index.clone()).with_source(Arc::new(ConceptSuggestions::new(themes(), index)));
    for (prefix, expected) in [
        ("bo", vec![("boat", 2)]),
        ("BÓO", vec![("Boot", 2)]),
        ("ve", vec![("vehicle", 0), ("Verkehrsmittel", 0), ("sea vessel", 0)]),
        ("sea v", vec![("sea vessel", 0)]),
        ("sea ", vec![("sea vessel", 0)]),
        ("concept:tran", vec![("concept:\"means of transport\"", 0)]),
        ("person:bo", vec![]),
        // One that is deprecated is not to be used any more.
        ("drak", vec![]),
        ("", vec![]),
        ("?", vec![]),
    ] {
        let found = suggester.suggest(TENANT, prefix, 10, Some(&[SuggestionKind::Concept])).await?;
        let found: Vec<_> = found.iter().map(|it| (it.text.as_str(), it.moments)).collect();
        assert_eq!(found, expected, "{prefix}");
    }
    // Behind the field only concepts are meant.
    let found = suggester.suggest(TENANT, "concept:bo", 10, None).await?;
    let found: Vec<_> = found.iter().map(|it| (it.kind, it.text.as_str())).collect();
    assert_eq!(found, [(SuggestionKind::Concept, "concept:\"boat\"")]);
    Ok(())
}
