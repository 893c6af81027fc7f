use std::path::Path;

use anyhow::Context;
use reelgraph_models::id::TenantId;
use reelgraph_search::query::vocabulary::{Expansion, Reach, Vocabulary};

use super::*;

const PREFIXES: &str = "@prefix s: <http://www.w3.org/2004/02/skos/core#> . @prefix e: <http://example.org/> .\n";

fn expanded(graph: &ConceptGraph, label: &str) -> Option<Expansion> {
    graph.expand(TenantId::DEFAULT, label, Reach { levels: 8, labels: 200 })
}

fn paths(graph: &ConceptGraph, label: &str) -> Vec<String> {
    let found = expanded(graph, label).into_iter().flat_map(|found| found.labels);
    found.map(|path| format!("{} = {}", path.label, path.path.join(" > "))).collect()
}

fn written(name: &str, text: impl AsRef<[u8]>) -> anyhow::Result<Result<ConceptGraph, String>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(name);
    std::fs::write(&path, text)?;
    Ok(read(&path).map_err(|error| format!("{:#}", anyhow::Error::new(error))))
}

fn refused(name: &str, text: impl AsRef<[u8]>) -> anyhow::Result<String> {
    written(name, text)?.err().with_context(|| format!("{name} was taken"))
}

#[test]
fn the_example_is_a_vocabulary_of_four_languages() -> anyhow::Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/themes.ttl");
    let graph = read(&path)?;
    assert_eq!(graph.len(), 29);
    // The scheme has a label, and is no concept.
    assert!(expanded(&graph, "themes").is_none());
    let animals = paths(&graph, "tier");
    for expected in ["oiseau = Tier > Vogel", "seagull = Tier > Vogel > Möwe", "cow = Tier > Nutztier > Kuh"] {
        assert!(animals.iter().any(|path| path == expected), "{expected} is not among {animals:?}");
    }
    // Below two others.
    for broader in ["livestock", "reittier"] {
        assert!(paths(&graph, broader).iter().any(|path| path.starts_with("horse = ")), "{broader}");
    }
    let redirect = expanded(&graph, "kraftwagen").and_then(|found| found.redirect).context("no redirect")?;
    assert_eq!((redirect.from.as_str(), redirect.to.as_str()), ("Kraftwagen", "Auto"));
    Ok(())
}

#[test]
fn every_format_says_the_same() -> anyhow::Result<()> {
    let turtle = format!(
        "\u{feff}{PREFIXES}e:a s:prefLabel \"animal\"@EN ; s:narrower e:b . e:b a s:Concept ; s:hiddenLabel \"brid\" .\n\
         e:a s:note \"an animal\" ; s:exactMatch <http://example.com/a> ; s:broader \"nothing\" .\n"
    );
    let triples = "<http://example.org/a> <http://www.w3.org/2004/02/skos/core#prefLabel> \"animal\"@en .\n\
                   # a remark\n\
                   <http://example.org/b> <http://www.w3.org/2004/02/skos/core#hiddenLabel> \"brid\" .\n\
                   <http://example.org/b> <http://www.w3.org/2004/02/skos/core#broader> <http://example.org/a> .\n";
    let xml = "<?xml version=\"1.0\"?>\n\
               <!DOCTYPE rdf:RDF [<!ENTITY skos \"http://www.w3.org/2004/02/skos/core#\">]>\n\
               <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:skos=\"&skos;\">\n\
               <skos:Concept rdf:about=\"http://example.org/a\"><skos:prefLabel xml:lang=\"en\">animal</skos:prefLabel>\n\
               <skos:narrower><skos:Concept rdf:about=\"http://example.org/b\"><skos:hiddenLabel>brid</skos:hiddenLabel>\n\
               </skos:Concept></skos:narrower></skos:Concept></rdf:RDF>\n";
    for (name, text) in [("a.TTL", turtle.as_str()), ("a.nt", triples), ("a.rdf", xml), ("a.xml", xml)] {
        let graph = written(name, text)?.map_err(anyhow::Error::msg).context(name)?;
        assert_eq!((graph.len(), paths(&graph, "animal")), (2, vec!["brid = animal > brid".to_owned()]), "{name}");
    }
    Ok(())
}

#[test]
fn what_cannot_be_used_is_told_with_its_place_and_what_to_do() -> anyhow::Result<()> {
    let broken = format!("{PREFIXES}e:a s:prefLabel \"animal\"@en .\ne:b s:prefLabel bird .\n");
    let statement = "<http://example.org/a> <http://example.org/b> \"c\" .\n";
    let half = "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n<rdf:Description>\n</rdf:RDF>\n";
    let long = format!("{PREFIXES}e:a s:prefLabel \"{}\" .", "long ".repeat(200));
    let nested = "<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><a>&b;</a>";
    for (name, text, expected) in [
        ("a.ttl", broken.as_str(), "line 3 is no Turtle"),
        ("a.nt", "<http://example.org/a> .\n", "line 1 is no N-Triples"),
        ("a.rdf", half, "line 3 is no RDF/XML"),
        ("a.nt", statement, "1 statements but no concept"),
        ("a.ttl", "", "0 statements but no concept"),
        ("a.ttl", "\u{0}\u{1}", "line 1 is no Turtle"),
        ("a.csv", "animal,bird", "\"csv\""),
        ("a", "animal,bird", "Turtle (.ttl)"),
        ("a.ttl", long.as_str(), "more than 500 characters; it begins with “long long"),
        ("a.xml", nested, "entities"),
    ] {
        let told = refused(name, text)?;
        assert!(told.contains(expected), "{name}: {told}");
    }
    assert!(refused("a.ttl", [0xc3, 0x28])?.contains("line 1"));
    let labels: String = (0..1_001).map(|n| format!("e:a s:altLabel \"label {n}\" .\n")).collect();
    assert!(refused("a.ttl", format!("{PREFIXES}{labels}"))?.contains("more than 1000 labels"));
    assert!(refused("a.ttl", vec![b'#'; (64 << 20) + 1])?.contains("more than 64 MiB"));
    let folder = tempfile::tempdir()?;
    assert!(matches!(read(&folder.path().join("absent.ttl")), Err(VocabularyError::Read { .. })));
    Ok(())
}
