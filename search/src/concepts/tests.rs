use std::collections::BTreeSet;

use proptest::prelude::*;
use reelgraph_models::id::TenantId;

use super::{Concept, ConceptGraph, Label, LabelKind};
use crate::query::limits::{MAX_CONCEPT_LABELS, MAX_NARROWER_LEVELS};
use crate::query::vocabulary::{Expansion, Reach, Redirect, Vocabulary};

/// A concept with preferred labels, and those that it is narrower than.
fn concept(id: &str, labels: &[(&str, &str)], broader: &[&str]) -> Concept {
    Concept {
        labels: labels.iter().map(|(text, language)| Label::new(LabelKind::Preferred, *text, Some(language))).collect(),
        broader: broader.iter().map(|id| (*id).to_owned()).collect(),
        ..Concept::new(id)
    }
}

fn with(mut concept: Concept, kind: LabelKind, text: &str, language: Option<&str>) -> Concept {
    concept.labels.push(Label::new(kind, text, language));
    concept
}

fn animals() -> Vec<Concept> {
    let dog = concept("dog", &[("dog", "en"), ("Hund", "de")], &["animal"]);
    let dog = with(dog, LabelKind::Alternative, "canine", Some("en"));
    vec![
        concept("animal", &[("animal", "en"), ("Tier", "de")], &[]),
        with(dog, LabelKind::Hidden, "dogg", Some("en")),
        concept("poodle", &[("poodle", "en"), ("Pudel", "de")], &["dog"]),
        concept("bird", &[("bird", "en"), ("Vögel", "de")], &["animal"]),
    ]
}

fn expanded(graph: &ConceptGraph, label: &str, levels: u8, labels: usize) -> Option<Expansion> {
    graph.expand(TenantId::DEFAULT, label, Reach { levels, labels })
}

fn labels(graph: &ConceptGraph, label: &str, levels: u8) -> Vec<String> {
    let found = expanded(graph, label, levels, 100);
    found.into_iter().flat_map(|found| found.labels).map(|path| path.label.clone()).collect()
}

#[test]
fn own_labels_come_first_then_those_of_the_nearest_levels() {
    let graph = ConceptGraph::new(animals());
    assert_eq!(labels(&graph, "animal", 0), ["Tier"]);
    assert_eq!(labels(&graph, "animal", 1), ["Tier", "Hund", "dog", "canine", "dogg", "Vögel", "bird"]);
    let all = ["Tier", "Hund", "dog", "canine", "dogg", "Vögel", "bird", "Pudel", "poodle"];
    assert_eq!(labels(&graph, "animal", 2), all);
    assert_eq!(labels(&graph, "animal", u8::MAX), all);
    assert_eq!(expanded(&graph, "plant", 2, 100), None);
    // A concept without any other label is known all the same.
    assert_eq!(
        expanded(&ConceptGraph::new([concept("a", &[("a", "en")], &[])]), "a", 2, 9).map(|it| it.labels),
        Some(vec![])
    );
}

#[test]
fn a_path_is_in_the_language_that_was_typed() {
    let graph = ConceptGraph::new(animals());
    for (typed, expected) in [("animal", "animal > dog > poodle"), ("tier", "Tier > Hund > Pudel")] {
        let found = expanded(&graph, typed, 2, 100);
        let paths = found.iter().flat_map(|found| &found.labels).filter(|path| path.concept == "poodle");
        let paths: BTreeSet<String> = paths.map(|path| path.path.join(" > ")).collect();
        assert_eq!(paths, BTreeSet::from([expected.to_owned()]));
    }
}

#[test]
fn case_accents_and_scripts_do_not_matter() {
    let cafe = concept("c", &[("Café", "fr"), ("咖啡馆", "zh"), ("кофейня", "ru"), ("tree of life", "en")], &[]);
    let graph = ConceptGraph::new([cafe]);
    // Folded as queries are: a phrase has single characters of Chinese, typed words have pairs; fillers fall away.
    for typed in ["cafe", "咖 啡 馆", "咖啡 啡馆", "кофеиня", "tree of life", "tree life"] {
        let found = expanded(&graph, typed, 0, 100).map(|found| found.labels.len());
        assert_eq!(found, Some(3), "{typed}");
    }
    assert_eq!(expanded(&graph, "life", 0, 100), None);
}

#[test]
fn concepts_with_the_same_label_are_all_found() {
    let graph = ConceptGraph::new([
        with(concept("animal", &[("bat", "en")], &[]), LabelKind::Alternative, "flying fox", Some("en")),
        with(concept("sport", &[("bat", "en")], &[]), LabelKind::Alternative, "club", Some("en")),
    ]);
    assert_eq!(labels(&graph, "bat", 2), ["flying fox", "club"]);
}

#[test]
fn a_concept_below_two_others_is_found_from_both_by_the_nearest_way() {
    let graph = ConceptGraph::new([
        concept("top", &[("top", "en")], &[]),
        concept("left", &[("left", "en")], &["top"]),
        concept("right", &[("right", "en")], &["top"]),
        concept("both", &[("both", "en")], &["left", "right", "top"]),
    ]);
    assert_eq!(labels(&graph, "left", 1), ["both"]);
    assert_eq!(labels(&graph, "right", 1), ["both"]);
    let found = expanded(&graph, "top", 8, 100);
    let paths: Vec<String> = found.iter().flat_map(|it| &it.labels).map(|it| it.path.join(" > ")).collect();
    assert_eq!(paths, ["top > left", "top > right", "top > both"]);
}

#[test]
fn a_circle_ends_where_it_began() {
    let graph = ConceptGraph::new([
        concept("a", &[("a", "en")], &["c", "a"]),
        concept("b", &[("b", "en")], &["a"]),
        concept("c", &[("c", "en")], &["b"]),
    ]);
    assert_eq!(labels(&graph, "a", u8::MAX), ["b", "c"]);
    assert_eq!(labels(&graph, "b", u8::MAX), ["c", "a"]);
}

#[test]
fn a_deprecated_concept_leads_to_the_last_of_its_replacements_and_says_so() {
    let replaced = |id: &str, by: &str| Concept { replaced_by: Some(by.to_owned()), ..concept(id, &[(id, "en")], &[]) };
    let graph = ConceptGraph::new([
        replaced("drake", "wyrm"),
        replaced("wyrm", "dragon"),
        concept("dragon", &[("dragon", "en"), ("Drache", "de")], &["beast"]),
        concept("hatchling", &[("hatchling", "en")], &["dragon"]),
        Concept { is_deprecated: true, ..concept("gryphon", &[("gryphon", "en")], &["beast"]) },
        concept("beast", &[("beast", "en")], &[]),
        replaced("here", "there"),
        replaced("there", "here"),
        replaced("lost", "nowhere"),
    ]);
    let found = expanded(&graph, "drake", 1, 100);
    let redirect = found.as_ref().and_then(|found| found.redirect.clone());
    assert_eq!(redirect, Some(Redirect { from: "drake".into(), to: "dragon".into() }));
    assert_eq!(labels(&graph, "drake", 1), ["Drache", "dragon", "hatchling"]);
    // What is deprecated without a replacement is only itself, and nothing narrower.
    assert_eq!(labels(&graph, "beast", 8), ["Drache", "dragon", "hatchling"]);
    for typed in ["gryphon", "here", "there", "lost"] {
        assert_eq!(expanded(&graph, typed, 1, 100).map(|it| (it.labels, it.redirect)), Some((vec![], None)), "{typed}");
    }
}

#[test]
fn a_label_counts_for_its_concepts_and_once_for_everything_broader() {
    let graph = ConceptGraph::new([
        concept("animal", &[("animal", "en"), ("Tier", "de")], &["animal"]),
        concept("pet", &[("pet", "en")], &["animal"]),
        concept("mount", &[("mount", "en")], &["animal", "horse"]),
        concept("horse", &[("horse", "en"), ("Pferd", "de")], &["pet", "mount", "old"]),
        Concept { is_deprecated: true, ..concept("old", &[("old", "en")], &[]) },
        Concept { replaced_by: Some("horse".to_owned()), ..concept("steed", &[("steed", "en")], &["old"]) },
    ]);
    let above = |label: &str| {
        let found = graph.with_broader(TenantId::DEFAULT, label).into_iter();
        found.map(|it| format!("{} < {}", it.name, it.broader.unwrap_or_default())).collect::<Vec<_>>()
    };
    let all = ["horse < pet", "pet < animal", "mount < animal", "animal < "];
    assert_eq!(above("horse"), all);
    assert_eq!(above("pferd"), all);
    assert_eq!(above("steed"), all);
    assert_eq!(above("cow"), Vec::<String>::new());
}

#[test]
fn more_labels_than_were_asked_for_are_left_out_and_that_is_told() {
    let graph = ConceptGraph::new(animals());
    let cut = expanded(&graph, "animal", 2, 3).map(|found| (found.labels.len(), found.is_cut));
    assert_eq!(cut, Some((3, true)));
    let whole = expanded(&graph, "animal", 2, 9).map(|found| (found.labels.len(), found.is_cut));
    assert_eq!(whole, Some((9, false)));
    let children = (0..20_000).map(|n| concept(&format!("c{n}"), &[(&format!("child {n}"), "en")], &["top"]));
    let graph = ConceptGraph::new(children.chain([concept("top", &[("top", "en")], &[])]));
    let cut = expanded(&graph, "top", MAX_NARROWER_LEVELS, MAX_CONCEPT_LABELS);
    assert_eq!(cut.map(|found| (found.labels.len(), found.is_cut)), Some((MAX_CONCEPT_LABELS, true)));
}

#[test]
fn what_has_no_preferred_label_is_called_by_another_or_by_its_identifier() {
    let graph = ConceptGraph::new([
        concept("http://example.org/themes#sea_bird/", &[], &["bird"]),
        with(concept("bird", &[], &[]), LabelKind::Alternative, "fowl", None),
        concept("bird", &[], &["nothing that is there"]),
    ]);
    assert_eq!(graph.len(), 2);
    let found = expanded(&graph, "fowl", 1, 10);
    let paths: Vec<String> = found.iter().flat_map(|it| &it.labels).map(|it| it.path.join(" > ")).collect();
    assert_eq!(paths, ["fowl > sea_bird"]);
    assert!(expanded(&graph, "sea bird", 0, 10).is_some());
}

proptest! {
    #[test]
    fn any_tangle_of_concepts_is_walked_to_an_end(
        links in prop::collection::vec((0_usize..12, 0_usize..12), 0..40),
        replaced in prop::collection::vec((0_usize..12, 0_usize..12), 0..6),
    ) {
        let name = |number: usize| format!("c{number}");
        let concepts = (0..12).map(|number| Concept {
            broader: links.iter().filter(|(below, _)| *below == number).map(|(_, above)| name(*above)).collect(),
            replaced_by: replaced.iter().find(|(old, _)| *old == number).map(|(_, new)| name(*new)),
            ..concept(&name(number), &[(&name(number), "en")], &[])
        });
        let graph = ConceptGraph::new(concepts);
        for number in 0..12 {
            let found = labels(&graph, &name(number), u8::MAX);
            let distinct: BTreeSet<&String> = found.iter().collect();
            prop_assert_eq!(distinct.len(), found.len());
        }
    }
}
