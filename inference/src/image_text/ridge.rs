//! Ridge regression in closed form.

use ndarray::{Array2, ArrayView2, Axis};

/// `(AᵀA + λI)⁻¹ AᵀB` for centred `inputs` `[n, a]` and `targets` `[n, b]`: the linear map `[a, b]` that predicts targets from
/// inputs, kept small by `lambda > 0`.
pub(crate) fn ridge(inputs: ArrayView2<'_, f32>, targets: ArrayView2<'_, f32>, lambda: f32) -> Array2<f32> {
    let mut gram = inputs.t().dot(&inputs);
    gram.diag_mut().mapv_inplace(|value| value + lambda);
    let mut map = inputs.t().dot(&targets);
    cholesky(&mut gram);
    substitute(&gram, &mut map);
    map
}

/// Subtracts the mean row.
pub(crate) fn centre(rows: &mut Array2<f32>) {
    if let Some(mean) = rows.mean_axis(Axis(0)) {
        *rows -= &mean;
    }
}

/// Replaces the lower triangle of a positive definite matrix by its Cholesky factor.
fn cholesky(matrix: &mut Array2<f32>) {
    for column in 0..matrix.nrows() {
        let (above, mut below) = matrix.view_mut().split_at(Axis(0), column + 1);
        let done = above.row(column);
        let known = done.slice(ndarray::s![..column]).to_owned();
        let pivot = (done[column] - known.dot(&known)).max(f32::MIN_POSITIVE).sqrt();
        let mut target = below.slice(ndarray::s![.., column]).to_owned();
        target -= &below.slice(ndarray::s![.., ..column]).dot(&known);
        below.column_mut(column).assign(&(target / pivot));
        matrix[[column, column]] = pivot;
    }
}

/// Solves `L Lᵀ X = B` in place, `L` the lower triangle of `factor`.
fn substitute(factor: &Array2<f32>, values: &mut Array2<f32>) {
    let rows = factor.nrows();
    for row in 0..rows {
        let (done, mut rest) = values.view_mut().split_at(Axis(0), row);
        let known = factor.slice(ndarray::s![row, ..row]).dot(&done);
        let mut current = rest.row_mut(0);
        current -= &known;
        current /= factor[[row, row]];
    }
    for row in (0..rows).rev() {
        let (mut rest, done) = values.view_mut().split_at(Axis(0), row + 1);
        let known = factor.slice(ndarray::s![row + 1.., row]).dot(&done);
        let mut current = rest.row_mut(row);
        current -= &known;
        current /= factor[[row, row]];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_map_is_found_again() {
        // Columns that do not depend on each other: a sine of the sum of both indices would have rank 2.
        let inputs =
            Array2::from_shape_fn((40, 5), |(i, j)| ((i * i * 7 + i * j * 13 + j * j * 29) % 31) as f32 / 31.0 - 0.5);
        let map = Array2::from_shape_fn((5, 3), |(i, j)| i as f32 - 2.0 * j as f32);
        let found = ridge(inputs.view(), inputs.dot(&map).view(), 1e-5);
        let error = (&found - &map).mapv(f32::abs).fold(0.0_f32, |a, b| a.max(*b));
        assert!(error < 1e-2, "{found}");
    }

    #[test]
    fn a_large_lambda_shrinks_the_map_to_nothing() {
        let inputs = Array2::from_shape_fn((40, 5), |(i, j)| ((i * 7 + j * 13) as f32 * 0.37).sin());
        let found = ridge(inputs.view(), inputs.view(), 1e6);
        assert!(found.iter().all(|value| value.abs() < 1e-3));
    }
}
