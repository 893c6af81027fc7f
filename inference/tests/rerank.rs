//! Re-ranking with the real model: what answers comes before what does not, and nothing that can be typed or said breaks it.

mod support;

use reelgraph_inference::rerank::{CARD, Reranker};
use reelgraph_inference::runtime::Threads;
use support::{TestResult, pulled};

fn reranker() -> TestResult<Option<Reranker>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", CARD]) else { return Ok(None) };
    Ok(Some(Reranker::load(&runtime, &store, Threads::shared(2))?))
}

const PASSAGES: [&str; 4] = [
    "The surfer paddles out and catches a big wave.",
    "Our quarterly revenue grew by eight percent.",
    "Knead the dough for ten minutes and let it rise before you put it into the oven.",
    "The engine overheated because the coolant leaked.",
];

#[test]
fn the_passage_that_answers_scores_highest() -> TestResult {
    let Some(mut reranker) = reranker()? else { return Ok(()) };
    let queries = ["riding a wave", "how much did revenue grow", "how to bake bread", "why did the engine overheat"];
    for (expected, query) in queries.iter().enumerate() {
        let scores = reranker.score(query, &PASSAGES)?;
        let best = scores.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1)).map(|(index, _)| index);
        assert_eq!(best, Some(expected), "{query:?}: {scores:?}");
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{scores:?}");
    }
    Ok(())
}

#[test]
fn a_passage_scores_the_same_whatever_it_is_read_with() -> TestResult {
    let Some(mut reranker) = reranker()? else { return Ok(()) };
    let together = reranker.score("how to bake bread", &PASSAGES)?;
    for (passage, score) in PASSAGES.iter().zip(&together) {
        assert_eq!(reranker.score("how to bake bread", &[passage])?, [*score], "{passage:?}");
    }
    assert!(reranker.score("how to bake bread", &[])?.is_empty());
    Ok(())
}

#[test]
fn of_a_long_passage_the_first_256_tokens_count_with_the_query() -> TestResult {
    let Some(mut reranker) = reranker()? else { return Ok(()) };
    // One token a word; three are the model's own, one is the query.
    let first = "dog ".repeat(252);
    let more = format!("{first}{}", "budget ".repeat(10_000));
    let scores = reranker.score("budget", &[&first, &more])?;
    assert_eq!(scores.first(), scores.get(1));
    let long_query = "budget ".repeat(2_000);
    assert!(reranker.score(&long_query, &[&first])?.iter().all(|score| score.is_finite()));
    Ok(())
}

#[test]
fn nothing_empty_and_no_script_fails() -> TestResult {
    let Some(mut reranker) = reranker()? else { return Ok(()) };
    let texts = [
        "",
        " \n\t",
        "🎬🎬",
        "\u{0}\u{7f}",
        "красная машина",
        "東京タワー",
        "سيارة حمراء",
        "one-word-without-blanks-that-does-not-end",
    ];
    for query in texts {
        let scores = reranker.score(query, &texts)?;
        assert_eq!(scores.len(), texts.len());
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{query:?}: {scores:?}");
    }
    Ok(())
}
