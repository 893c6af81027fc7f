//! Judged queries asked without and with a model that orders the best hits, and what that costs.

use serde_json::json;

use super::ask::{Manner, Outcome, Reranked};
use super::judgement::Judgement;
use super::{against, all, by_number, questions};
use crate::client::Client;
use crate::command::eval::figure::Report;
use crate::command::eval::statistics::{median, quantile};

/// Prints each measure without and with, the difference and whether it may be chance, and then the time.
pub(super) async fn compare(
    client: &Client,
    judgements: &[Judgement],
    manner: &Manner,
    count: u16,
    report: &Report,
) -> anyhow::Result<()> {
    let mut with = manner.clone();
    with.input.insert("rerank".to_owned(), json!(count));
    let questions = questions(client, judgements, report).await?;
    let plain = by_number(all(client, &questions, manner).await?);
    let reranked = by_number(all(client, &questions, &with).await?);
    against::print(&plain, &reranked, report.is_json())?;
    print_cost(reranked.values(), count, report)
}

fn print_cost<'a>(outcomes: impl Iterator<Item = &'a Outcome>, count: u16, report: &Report) -> anyhow::Result<()> {
    let costs: Vec<Reranked> = outcomes.filter_map(|outcome| outcome.reranked).collect();
    let on = format!("queries of which hits among the best {count} were reranked");
    if costs.is_empty() {
        report.skipped("the time of reranking", "none of the queries has hits with words to be read");
        return Ok(());
    }
    let times: Vec<f64> = costs.iter().map(|cost| cost.took_ms).collect();
    report.statistic("search_rerank_p50", "ms", &on, &times, median)?;
    report.statistic("search_rerank_p99", "ms", &on, &times, |times| quantile(times, 0.99))?;
    report.mean("search_rerank_hits", "hits", &on, &costs.iter().map(|cost| cost.hits).collect::<Vec<_>>())
}
