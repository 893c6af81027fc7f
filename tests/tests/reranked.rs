//! The best hits ordered by the real model: by the command line, on judged queries, and where it is not installed.

use anyhow::{Context, ensure};
use reelgraph_tests::{Library, models, models_without, sample};

/// The model that nobody has who did not ask for it.
const MODEL: &str = "ms-marco-minilm-l12";

#[test]
fn the_sample_is_reranked_where_the_model_is_and_the_command_to_run_is_named_where_it_is_not() -> anyhow::Result<()> {
    let library = Library::new()?;
    let file = sample();
    library.run(&["ingest", file.to_str().context("the path of the sample is no text")?, "--json"])?.only()?;
    let query = "what brings you to the land of the gatekeepers";
    let plain = library.run(&["search", query, "--json"])?.only()?;
    assert!(plain["reranked"].is_null() && plain["edges"].as_array().is_some_and(|edges| edges.len() > 1), "{plain}");

    let without = models_without(library.path(), &[MODEL])?;
    let poorer = library.command(&["search", query, "--rerank", "20"])?.env("REELGRAPH_MODELS", without).output()?;
    let errors = String::from_utf8_lossy(&poorer.stderr);
    ensure!(!poorer.status.success() && errors.contains(&format!("reelgraph models pull {MODEL}")), "{errors}");

    if !models()?.join(MODEL).exists() {
        println!("skipped: {MODEL} was not pulled (reelgraph models pull {MODEL})");
        return Ok(());
    }
    let page = library.run(&["search", query, "--rerank", "20", "--json"])?.only()?;
    let cost = &page["reranked"];
    assert_eq!(cost["model"], MODEL, "{page}");
    ensure!(cost["scoredHitCount"].as_u64() >= Some(2) && cost["tookMicros"].as_u64() > Some(0), "{cost}");
    let best = page.pointer("/edges/0/node").context("nothing was found")?;
    let says = best["evidence"].as_array().is_some_and(|evidence| {
        evidence.iter().any(|one| one["text"].as_str().is_some_and(|text| text.contains("gatekeepers")))
    });
    ensure!(says && best["rerankScore"].as_f64() > Some(0.5), "{best}");

    let judgements = file.with_file_name("judgements.jsonl");
    let judgements = judgements.to_str().context("the path of the judgements is no text")?;
    let measured = library.run(&["eval", "search", "--judgements", judgements, "--rerank", "20", "--json"])?;
    ensure!(measured.is_success, "{}", measured.errors);
    let figures = measured.json()?;
    let figure = |name: &str| figures.iter().find(|one| one["figure"] == name).with_context(|| name.to_owned());
    let ndcg = figure("search_ndcg_at_10")?;
    ensure!(ndcg["n"].as_u64() > Some(10) && ndcg["other"].as_f64() > Some(0.3), "{ndcg}");
    ensure!(figure("search_rerank_p50")?["value"].as_f64() > Some(0.0));
    Ok(())
}
