use serde_json::{Map, Value, json};

use super::{Dataset, Origin, Table, Target};
use crate::npy::Array;
use crate::random::Random;

pub(super) const DATASET: Dataset = Dataset {
    name: "synthetic_linear",
    summary: "a linear model with normal features and normal noise, of any size and conditioning",
    parameters,
    in_id: &[("n_samples", "n"), ("n_features", "d")],
    origin: Origin::Synthetic(make),
    target: Target::Number,
    licence: "made by Ferrobench, free of rights",
    notes: &[
        "y = x w + b + noise e; w, b and e are standard normal",
        "with condition 1 the features are independent standard normal numbers; above 1 they are          scaled from 1 down to 1/condition and then mixed by a Householder reflection, so that no          scaling of columns mends it",
    ],
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "n_samples": {"type": "integer", "minimum": 2, "maximum": 10_000_000, "default": 2000, "description": "rows"},
            "n_features": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 20, "description": "columns"},
            "noise": {"type": "number", "minimum": 0.0, "maximum": 1e6, "default": 1.0, "description": "standard deviation of the noise in y"},
            "condition": {"type": "number", "minimum": 1.0, "maximum": 1e16, "default": 1.0, "description": "condition number of the features' covariance root"},
            "underdetermined": {"type": "boolean", "default": false, "description": "allow more features than rows; what is compared is then the solution of minimum norm"}
        },
        "additionalProperties": false
    })
}

fn make(parameters: &Map<String, Value>, seed: u64) -> Table {
    let whole = |name: &str| parameters.get(name).and_then(Value::as_u64).unwrap_or_default();
    let number = |name: &str| parameters.get(name).and_then(Value::as_f64).unwrap_or_default();
    let (rows, columns, noise) = (whole("n_samples"), whole("n_features"), number("noise"));
    let stream = |purpose: &str| Random::new(&["data", DATASET.name, purpose], seed);

    let mut coefficients = stream("coefficients");
    let weights: Vec<f64> = (0..columns).map(|_| coefficients.normal()).collect();
    let intercept = coefficients.normal();
    let conditioning = Conditioning::new(number("condition"), columns as usize, &mut stream("reflection"));

    let (mut x_stream, mut noise_stream) = (stream("x"), stream("noise"));
    let mut x = Vec::with_capacity((rows * columns) as usize);
    let mut y = Vec::with_capacity(rows as usize);
    for _ in 0..rows {
        let start = x.len();
        x.extend((0..columns).map(|_| x_stream.normal()));
        let row = &mut x[start..];
        conditioning.apply(row);
        y.push(dot(row, &weights) + intercept + noise * noise_stream.normal());
    }
    Table { x: Array { shape: vec![rows, columns], values: x }, y: Array { shape: vec![rows], values: y } }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Turns a row z of independent numbers into z S H: S scales from 1 down to 1/condition, H is the
/// reflection I - 2 v v'.
struct Conditioning {
    scales: Vec<f64>,
    /// A unit vector; empty when nothing is to be done.
    v: Vec<f64>,
}

impl Conditioning {
    fn new(condition: f64, columns: usize, stream: &mut Random) -> Self {
        if condition <= 1.0 {
            return Self { scales: Vec::new(), v: Vec::new() };
        }
        let step = -libm::log(condition) / (columns - 1).max(1) as f64;
        let scales = (0..columns).map(|column| libm::exp(step * column as f64)).collect();
        let mut v: Vec<f64> = (0..columns).map(|_| stream.normal()).collect();
        let length = libm::sqrt(dot(&v, &v));
        for entry in &mut v {
            *entry /= length;
        }
        Self { scales, v }
    }

    fn apply(&self, row: &mut [f64]) {
        if self.v.is_empty() {
            return;
        }
        row.iter_mut().zip(&self.scales).for_each(|(value, scale)| *value *= scale);
        let along = 2.0 * dot(row, &self.v);
        row.iter_mut().zip(&self.v).for_each(|(value, entry)| *value -= along * entry);
    }
}

#[cfg(test)]
#[allow(clippy::unreadable_literal, reason = "golden values stand as they were printed")]
mod tests {
    use super::*;

    const GOLDEN_X: [f64; 6] = [
        -0.2716455501689299,
        -0.3279987268377761,
        -1.3765956778702457,
        -0.48583441743823036,
        -0.97939150846897,
        -1.2472354460268669,
    ];
    const GOLDEN_Y: [f64; 3] = [1.240013062438876, 0.16931669884546263, -0.1409859441818216];

    fn table(parameters: &Value, seed: u64) -> Table {
        make(parameters.as_object().expect("an object"), seed)
    }

    /// From `tests/golden/random.py`.
    #[test]
    fn the_values_are_those_of_an_independent_implementation() {
        let table = table(&json!({"n_samples": 3, "n_features": 2, "noise": 0.5, "condition": 1.0}), 42);
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-15 * b.abs().max(1.0));
        assert_eq!(table.x.shape, [3, 2]);
        assert!(close(&table.x.values, &GOLDEN_X), "{:?}", table.x.values);
        assert!(close(&table.y.values, &GOLDEN_Y), "{:?}", table.y.values);
    }

    #[test]
    fn seeds_make_different_data_and_no_noise_an_exact_model() {
        let parameters = json!({"n_samples": 4, "n_features": 1, "noise": 0.0, "condition": 1.0});
        let table = table(&parameters, 1);
        assert_ne!(table, super::tests::table(&parameters, 2));
        let (x, y) = (&table.x.values, &table.y.values);
        let slope = |i: usize| (y[i] - y[0]) / (x[i] - x[0]);
        assert!((slope(1) - slope(2)).abs() < 1e-9 && (slope(1) - slope(3)).abs() < 1e-9);
    }

    /// Of two features the eigenvalues of the Gram matrix have a formula.
    #[test]
    fn the_condition_is_about_the_one_asked_for_and_no_scaling_of_columns_mends_it() {
        let rows = 4000;
        let table = table(&json!({"n_samples": rows, "n_features": 2, "noise": 0.0, "condition": 1e4}), 3);
        let gram = |i: usize, j: usize| table.x.values.chunks(2).map(|row| row[i] * row[j]).sum::<f64>();
        let condition = |a: f64, b: f64, c: f64| {
            let (middle, spread) = (f64::midpoint(a, c), (((a - c) / 2.0).powi(2) + b * b).sqrt());
            // The smaller eigenvalue by the determinant: the difference would cancel.
            ((middle + spread).powi(2) / (a * c - b * b)).sqrt()
        };
        let (a, b, c) = (gram(0, 0), gram(0, 1), gram(1, 1));
        let plain = condition(a, b, c);
        assert!((0.9e4..1.1e4).contains(&plain), "{plain}");
        let scaled = condition(1.0, b / (a * c).sqrt(), 1.0);
        // Scaling takes some of it, the more the nearer the reflection is to an axis, but never all.
        assert!(scaled > 1e2, "{scaled}");
    }
}
