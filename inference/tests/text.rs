//! Vectors of text: the same as the reference, in the order of the texts, near for what means the same.

mod support;

use std::path::Path;

use reelgraph_inference::runtime::Threads;
use reelgraph_inference::text::{Role, TextEmbedder, TextModel};
use support::{TestResult, pulled};

fn embedder(model: TextModel) -> TestResult<Option<TextEmbedder>> {
    let Some((store, runtime)) = pulled(&["onnxruntime", model.card()]) else { return Ok(None) };
    Ok(Some(TextEmbedder::load_model(&runtime, &store, model, Threads::shared(2))?))
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[test]
fn english_vectors_are_those_of_the_reference_within_a_cosine_of_0_99() -> TestResult {
    let Some(mut embedder) = embedder(TextModel::BgeSmallEn)? else { return Ok(()) };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bge-small-en.json");
    let fixture: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    let texts: Vec<String> = serde_json::from_value(fixture["texts"].clone())?;
    let expected: Vec<Vec<f32>> = serde_json::from_value(fixture["vectors"].clone())?;
    for (text, expected) in texts.iter().zip(&expected) {
        let vectors = embedder.embed(&[text], Role::Passage)?;
        let vector = vectors.first().ok_or("no vector")?;
        assert_eq!(vector.len(), embedder.space().dims as usize);
        assert!(dot(vector, expected) >= 0.99, "{text:?}: {}", dot(vector, expected));
    }
    Ok(())
}

#[test]
fn texts_of_all_lengths_come_back_in_order_as_if_each_were_alone() -> TestResult {
    let Some(mut embedder) = embedder(TextModel::BgeSmallEn)? else { return Ok(()) };
    let long = "the committee approved the budget of the coming year ".repeat(40);
    let texts = ["a dog on the beach", &long, "", "budget", "two cats asleep on a red sofa"];
    let together = embedder.embed(&texts, Role::Passage)?;
    assert_eq!(together.len(), texts.len());
    for (text, vector) in texts.iter().zip(&together) {
        let alone = embedder.embed(&[text], Role::Passage)?.concat();
        assert_eq!(&alone, vector, "{text:?}");
        assert!((dot(vector, vector) - 1.0).abs() < 1e-3);
    }
    assert!(embedder.embed(&[], Role::Query)?.is_empty());
    Ok(())
}

#[test]
fn of_a_long_text_the_first_512_tokens_count() -> TestResult {
    let Some(mut embedder) = embedder(TextModel::BgeSmallEn)? else { return Ok(()) };
    // One token a word; two are the model's own.
    let first = "dog ".repeat(510);
    let more = format!("{first}{}", "budget ".repeat(10_000));
    let (first, more) = (embedder.embed(&[&first], Role::Passage)?, embedder.embed(&[&more], Role::Passage)?);
    assert_eq!(first, more);
    Ok(())
}

#[test]
fn the_passage_that_answers_is_nearest() -> TestResult {
    let Some(mut embedder) = embedder(TextModel::BgeSmallEn)? else { return Ok(()) };
    let passages = [
        "The surfer paddles out and catches a big wave.",
        "Our quarterly revenue grew by eight percent.",
        "Knead the dough for ten minutes and let it rise.",
        "The engine overheated because the coolant leaked.",
    ];
    let queries = ["person riding on the sea", "company earnings", "how to make bread", "car breaks down"];
    let passages = embedder.embed(&passages, Role::Passage)?;
    for (expected, query) in queries.iter().enumerate() {
        let query = embedder.embed(&[query], Role::Query)?.concat();
        let scores: Vec<f32> = passages.iter().map(|passage| dot(&query, passage)).collect();
        let best = scores.iter().enumerate().max_by(|left, right| left.1.total_cmp(right.1)).map(|(index, _)| index);
        assert_eq!(best, Some(expected), "{scores:?}");
    }
    Ok(())
}
