//! How well the sample is searched: queries that people judged, with the least that their figures may come to.

use anyhow::Context;
use reelgraph_tests::{Library, sample};
use serde_json::Value;

/// Figures over all of `sample/judgements.jsonl`, and the least each may be: a little under what was measured, so that another
/// machine's rounding passes and a worse search does not.
const FLOORS: [(&str, &str, f64); 9] = [
    // Measured .775, .738, .828, .792.
    ("search_ndcg_at_10", "judgements.jsonl, all together", 0.72),
    ("search_recall_at_1", "judgements.jsonl, all together", 0.66),
    ("search_recall_at_5", "judgements.jsonl, all together", 0.76),
    ("search_mrr", "judgements.jsonl, all together", 0.73),
    // Measured .733 and .688: eleven of sixteen absent things.
    ("search_nothing_precision", "judgements.jsonl, all together", 0.6),
    ("search_nothing_recall", "judgements.jsonl, all together", 0.56),
    // Measured 1, 1 and .918.
    ("search_ndcg_at_10", "judgements.jsonl, all together, said", 0.95),
    ("search_ndcg_at_10", "judgements.jsonl, all together, phrase", 0.95),
    ("search_ndcg_at_10", "judgements.jsonl, all together, written", 0.85),
];

#[test]
fn judged_queries_on_the_sample_are_answered_as_well_as_they_were_and_two_ways_to_search_are_told_apart()
-> anyhow::Result<()> {
    let library = Library::new()?;
    let file = sample();
    library.run(&["ingest", file.to_str().context("the path of the sample is no text")?, "--json"])?.only()?;
    let judgements = file.with_file_name("judgements.jsonl");
    let judgements = judgements.to_str().context("the path of the judgements is no text")?;
    let measured = library.run(&["eval", "search", "--judgements", judgements, "--json"])?;
    assert!(measured.is_success, "{}", measured.errors);
    let figures = measured.json()?;
    let text = |figure: &Value, name: &str| figure.get(name).and_then(Value::as_str).map(str::to_owned);
    let mut below = Vec::new();
    for (name, on, floor) in FLOORS {
        let of = |figure: &&Value| {
            text(figure, "figure").as_deref() == Some(name) && text(figure, "on").as_deref() == Some(on)
        };
        let figure = figures.iter().find(of).with_context(|| format!("{name} on {on} was not measured"))?;
        let value = figure.get("value").and_then(Value::as_f64).context("a figure without a value")?;
        if value < floor {
            below.push(format!("{name} on {on} is {value}, below {floor}"));
        }
    }
    assert!(below.is_empty(), "{}", below.join("\n"));

    let titles = r#"{"filter":{"modalities":["TITLE"]}}"#;
    let compared = library.run(&["eval", "search", "--judgements", judgements, "--against-input", titles, "--json"])?;
    assert!(compared.is_success, "{}", compared.errors);
    let ndcg = compared.json()?.into_iter().find(|one| one["figure"] == "search_ndcg_at_10").context("no nDCG")?;
    let value = |name: &str| ndcg.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let is_worse = value("difference") < -0.2 && value("high") < 0.0 && value("p") < 0.01;
    assert!(is_worse, "titles alone find next to nothing: {ndcg}");
    Ok(())
}
