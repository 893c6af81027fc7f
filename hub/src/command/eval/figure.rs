//! Figures, as lines of JSON or as a table.

use std::cell::Cell;
use std::process::ExitCode;

use reelgraph_inference::score::{Interval, bootstrap, poisson, wilson};
use serde::Serialize;

use crate::output;

/// One measured number.
#[derive(Debug, Serialize)]
struct Figure<'a> {
    figure: &'a str,
    value: f64,
    unit: &'a str,
    /// How many things were measured.
    n: usize,
    /// What they were measured on.
    on: &'a str,
    /// Ends of the 95 % confidence interval, where one can be given.
    #[serde(flatten)]
    interval: Option<Ends>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Ends {
    low: f64,
    high: f64,
}

impl From<Interval> for Ends {
    fn from(interval: Interval) -> Self {
        Self { low: rounded(interval.low), high: rounded(interval.high) }
    }
}

/// Where figures go.
#[derive(Debug)]
pub(super) struct Report {
    is_json: bool,
    only: Option<String>,
    has_failed: Cell<bool>,
}

impl Report {
    pub(super) fn new(is_json: bool, only: Option<String>) -> Self {
        Self { is_json, only, has_failed: Cell::new(false) }
    }

    /// Whether lines of JSON are asked for.
    pub(super) fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether a figure may be asked for whose name begins so; lets a long measurement be left out.
    pub(super) fn wants(&self, prefix: &str) -> bool {
        self.only.as_deref().is_none_or(|only| prefix.starts_with(only) || only.starts_with(prefix))
    }

    /// Prints a figure. Values are rounded to four decimals.
    pub(super) fn figure(&self, figure: &str, value: f64, unit: &str, n: usize, on: &str) -> anyhow::Result<()> {
        self.print(&Figure { figure, value: rounded(value), unit, n, on, interval: None })
    }

    /// Prints a statistic over independent things, with its confidence interval.
    pub(super) fn statistic<T>(
        &self,
        figure: &str,
        unit: &str,
        on: &str,
        items: &[T],
        statistic: impl Fn(&[&T]) -> f64,
    ) -> anyhow::Result<()> {
        if !self.wants(figure) {
            return Ok(());
        }
        let value = rounded(statistic(&items.iter().collect::<Vec<_>>()));
        let interval = bootstrap(items, statistic).map(Ends::from);
        self.print(&Figure { figure, value, unit, n: items.len(), on, interval })
    }

    /// Prints a mean, with its confidence interval.
    pub(super) fn mean(&self, figure: &str, unit: &str, on: &str, values: &[f64]) -> anyhow::Result<()> {
        self.statistic(figure, unit, on, values, |sample| {
            sample.iter().copied().sum::<f64>() / sample.len().max(1) as f64
        })
    }

    /// Prints a share of independent things that are right or not, with Wilson's confidence interval.
    pub(super) fn share(&self, figure: &str, on: &str, right: usize, all: usize) -> anyhow::Result<()> {
        let value = rounded(right as f64 / all.max(1) as f64);
        self.print(&Figure { figure, value, unit: "share", n: all, on, interval: wilson(right, all).map(Ends::from) })
    }

    /// Prints how often something rare happened among `n` things, with the exact confidence interval of such a count.
    pub(super) fn count(&self, figure: &str, unit: &str, on: &str, count: usize, n: usize) -> anyhow::Result<()> {
        self.print(&Figure { figure, value: count as f64, unit, n, on, interval: Some(poisson(count).into()) })
    }

    fn print(&self, line: &Figure<'_>) -> anyhow::Result<()> {
        if !self.only.as_deref().is_none_or(|only| line.figure.starts_with(only)) {
            return Ok(());
        }
        if self.is_json {
            return output::json(line);
        }
        let Figure { figure, value, unit, n, on, interval } = line;
        let interval = interval.map(|ends| format!("{:.3} … {:.3}", ends.low, ends.high)).unwrap_or_default();
        output::line(format!("{figure:<36} {value:>12.4} {interval:<17} {unit:<12} n={n:<6} {on}"));
        Ok(())
    }

    /// Says on standard error why a part failed, so that the others are measured all the same.
    pub(super) fn part(&self, what: &str, measured: anyhow::Result<()>) {
        if let Err(error) = measured {
            self.has_failed.set(true);
            output::print_error(&error.context(format!("{what} could not be measured")), self.is_json);
        }
    }

    /// Failure where a part failed; what was skipped is none.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.has_failed.get() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    /// Says on standard error why something was not measured.
    pub(super) fn skipped(&self, what: &str, why: impl std::fmt::Display) {
        eprintln!("skipped {what}: {why}");
    }
}

/// To four decimals; the sum of nothing is -0.0, which nobody wants to read.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_measured_when_one_of_its_figures_is_asked_for() {
        let wants = |only: &str, prefix| Report::new(true, Some(only.to_owned())).wants(prefix);
        assert!(wants("shot_f1", "shot_") && wants("shot_", "shot_") && wants("s", "shot_"));
        assert!(!wants("shot_f1", "speech_") && !wants("text_", "image_text_"));
        assert!(Report::new(true, None).wants("shot_"));
    }
}
