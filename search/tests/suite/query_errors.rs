//! What is said where a query cannot be read, and that no string breaks the reader.

use proptest::prelude::*;
use reelgraph_models::moment::MomentKind;
use reelgraph_search::error::SearchError;
use reelgraph_search::hit::Notice;
use reelgraph_search::query::condition::Condition;
use reelgraph_search::query::{Expr, Query};

use crate::query_language::{ask, open};
use crate::support::Outcome;

#[test]
fn what_cannot_be_read_is_pointed_at() {
    for (query, at_char, words) in [
        ("red colour:blue", 4, "there is no field \"colour\""),
        ("日本 asset.smell:3", 3, "there is no field \"asset.smell\""),
        ("asset.smell>3", 0, "fields are said, seen,"),
        ("obejct:car", 0, "did you mean object?"),
        ("lang:xx", 0, "is no value of lang"),
        ("a *rag", 2, "only behind the beginning of a word"),
        ("said:*rag*", 5, "only behind the beginning of a word"),
        ("title: sintel", 0, "such as title:sintel"),
        ("car asset.duration:long", 4, "is no value of asset.duration"),
        ("car object:", 4, "needs a value"),
        ("object:person>=x", 0, "is no value of object"),
        ("at:5..2", 0, "is no value of at"),
        ("kind:film", 0, "is no value of kind"),
        ("asset.size>=much", 0, "is no value of asset.size"),
        ("asset.size:2MB..1MB", 0, "is no value of asset.size"),
        ("asset.fps:quick", 0, "is no value of asset.fps"),
        ("asset.channels>=2.5", 0, "is no value of asset.channels"),
        ("asset.codec>h264", 0, "cannot be compared"),
        ("asset.hdr:perhaps", 0, "is no value of asset.hdr"),
        ("asset.review:maybe", 0, "is no value of asset.review"),
        ("asset.licensed:Narnia", 0, "is no value of asset.licensed"),
        ("asset.licensed:DE@2026-02-30", 0, "is no value of asset.licensed"),
        ("car asset.meta.take>many", 4, "is no value of asset.meta.take"),
        ("car asset.meta.take:9..5", 4, "asset.meta.NAME:2020..2024"),
        ("asset.meta.take:9..2024-05", 0, "is no value of asset.meta.take"),
        ("asset.meta.take>=", 0, "is no value of asset.meta.take"),
        ("asset.meta.Take>5", 0, "there is no field \"asset.meta.Take\""),
        ("a*", 0, "at least 2 letters"),
        ("car dragon~9", 4, "1 or 2 differences"),
        ("cat~", 0, "at least 4 letters"),
        ("then(castle)", 11, "write then as then(a, b, 10s)"),
        ("then(castle, , 5s)", 13, "empty place"),
        ("then(castle, sword, soon)", 20, "write then"),
        ("during(a1, b1, 5s)", 13, "write during"),
        (&"(".repeat(500), 24, "nested deeper than 24"),
    ] {
        match Query::parse(query) {
            Err(SearchError::Syntax { at_char: at, problem, .. }) => {
                assert_eq!(at, at_char, "{query}: {problem}");
                assert!(problem.to_string().contains(words), "{query}: {problem}");
            }
            other => panic!("{query}: {other:?}"),
        }
    }
    let many = |word: &str, count: usize| vec![word; count].join(" OR ");
    let distinct: Vec<String> = (0..1_000).map(|number| format!("w{number:03}")).collect();
    let distinct = distinct.join(" OR ");
    let refused = Query::parse(distinct.get(..1_990).unwrap_or_default());
    assert!(matches!(refused, Err(SearchError::TooManyTerms { limit: 64, .. })), "{refused:?}");
    assert!(Query::parse(&many("same", 200)).is_ok());
    let wide = |count| Expr::Or(vec![Expr::Is(Condition::Kinds(vec![MomentKind::Shot])); count]);
    assert!(Query::of(&wide(999), String::new()).is_ok());
    assert!(matches!(
        Query::of(&wide(1_000), String::new()),
        Err(SearchError::TooLarge { count: 1_001, limit: 1_000 })
    ));
    let calls = ["then(a1, b1)"; 5].join(" OR ");
    assert!(matches!(Query::parse(&calls), Err(SearchError::TooManyParts { limit: 8, .. })));
    assert!(matches!(Query::parse(&"x".repeat(10_000)), Err(SearchError::QueryTooLong { .. })));
}

#[tokio::test]
async fn any_string_gets_an_answer_or_a_typed_error() -> Outcome {
    let folder = tempfile::tempdir()?;
    let searcher = open(folder.path()).await?;
    for query in
        ["", " ", "!!!", "\u{0}", "the of", "\"\"", "()", "-", "- -", "\u{202e}dragon", "🎬 dragon", "AND OR NOT"]
    {
        let page = ask(&searcher, query).await?;
        assert!(page.edges.len() <= 8, "{query:?}");
    }
    assert_eq!(ask(&searcher, "!!!").await?.notices, [Notice::NoSearchableWords]);
    Ok(())
}

proptest! {
    #[test]
    fn no_string_breaks_the_reader(text in ".{0,200}") {
        let _ = Query::parse(&text);
    }

    #[test]
    fn no_mixture_of_syntax_breaks_the_reader(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("("), Just(")"), Just("\""), Just("-"), Just("OR"), Just("AND"), Just("NOT"), Just(","), Just("then("),
                Just("said:"), Just("object:person>=2"), Just("a*"), Just("dragon~2"), Just("word"), Just("at:1..2"), Just("5s"),
                Just("\u{201c}"), Just("東京"), Just("lang:"), Just(":"), Just(">="),
            ],
            0..40,
        ),
        blanks in proptest::collection::vec(any::<bool>(), 40),
    ) {
        let text: String = pieces.iter().zip(blanks).map(|(piece, blank)| format!("{piece}{}", if blank { " " } else { "" })).collect();
        let _ = Query::parse(&text);
    }

    #[test]
    fn plain_words_are_read_as_words(words in proptest::collection::vec("[a-z]{3,9}", 1..10)) {
        let text = words.join(" ");
        let query = Query::parse(&text);
        let typed: Vec<String> = query.iter().flat_map(|query| query.clauses()).map(|clause| clause.typed()).collect();
        prop_assert!(typed.iter().all(|word| words.contains(word)));
        prop_assert!(!typed.is_empty());
    }
}
