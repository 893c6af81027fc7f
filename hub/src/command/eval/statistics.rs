//! Statistics that figures are made of.

/// The middle value; NaN of none.
pub(super) fn median(values: &[&f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which that share of the others lies; NaN of none.
pub(super) fn quantile(values: &[&f64], share: f64) -> f64 {
    let mut values: Vec<f64> = values.iter().map(|value| **value).collect();
    values.sort_by(f64::total_cmp);
    let at = (values.len().saturating_sub(1) as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// The sum of the first ÷ the sum of the second.
pub(super) fn ratio(pairs: &[&(f64, f64)]) -> f64 {
    let (above, below) = pairs.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
    above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values = [4.0, 1.0, 3.0, 2.0, 5.0];
        let values: Vec<&f64> = values.iter().collect();
        assert_eq!((median(&values), quantile(&values, 0.99), quantile(&values, 0.0)), (3.0, 5.0, 1.0));
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn a_ratio_of_sums_weighs_what_is_long() {
        assert_eq!(ratio(&[&(1.0, 1.0), &(1.0, 3.0)]), 0.5);
    }
}
