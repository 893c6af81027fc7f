//! One JSON line a figure, and what the figures are made of: times, processor time.

use std::io::Write;
use std::time::Duration;

use crate::Outcome;

/// Ticks of the kernel's clock in a second; the same on every Linux of today.
const TICKS_PER_SECOND: f64 = 100.0;

/// Where figures go.
pub(crate) struct Report {
    /// What they are measured on.
    pub(crate) on: String,
}

impl Report {
    pub(crate) fn figure(&self, figure: &str, value: f64, unit: &str, n: usize) -> Outcome<()> {
        self.figure_of(figure, "", value, unit, n)
    }

    /// A figure of one kind of query.
    pub(crate) fn figure_of(&self, figure: &str, what: &str, value: f64, unit: &str, n: usize) -> Outcome<()> {
        let value = (value * 1e3).round() / 1e3;
        let on = if what.is_empty() { self.on.clone() } else { format!("{what}, {}", self.on) };
        let line = serde_json::json!({ "figure": figure, "value": value, "unit": unit, "n": n, "on": on });
        Ok(writeln!(std::io::stdout(), "{line}")?)
    }

    /// Median and 99th percentile.
    pub(crate) fn times(&self, figure: &str, what: &str, times: &[Duration]) -> Outcome<()> {
        self.figure_of(&format!("{figure}_p50"), what, quantile(times, 0.5), "ms", times.len())?;
        self.figure_of(&format!("{figure}_p99"), what, quantile(times, 0.99), "ms", times.len())
    }
}

/// A quantile in milliseconds; 0 of nothing.
pub(crate) fn quantile(times: &[Duration], share: f64) -> f64 {
    let mut millis: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    middle(&mut millis, share)
}

/// A quantile of numbers; 0 of none.
pub(crate) fn middle(numbers: &mut [f64], share: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let place = (numbers.len().saturating_sub(1) as f64 * share).round() as usize;
    numbers.get(place).copied().unwrap_or_default()
}

/// Processor time of this process so far, in seconds; 0 where the system does not say.
pub(crate) fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name may have blanks in it; user and system time are the 12th and 13th field behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}
