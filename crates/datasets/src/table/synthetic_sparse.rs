use serde_json::{Map, Value, json};

use super::{Dataset, Origin, Table, Target};
use crate::npy::Array;
use crate::random::Random;

pub(super) const DATASET: Dataset = Dataset {
    name: "synthetic_sparse",
    summary: "a linear model that only a few of many, possibly correlated, features matter to",
    parameters,
    in_id: &[("n_samples", "n"), ("n_features", "d")],
    origin: Origin::Synthetic(make),
    target: Target::Number,
    licence: "made by Ferrobench, free of rights",
    notes: &[
        "y = x w + b + noise e; b and e are standard normal; w is 0 but for n_informative places drawn without \
         replacement, where it is a standard normal number moved away from 0 by 1",
        "features are standard normal; the correlation of two is correlation^k, with k the distance of their columns",
    ],
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "n_samples": {"type": "integer", "minimum": 2, "maximum": 10_000_000, "default": 2000, "description": "rows"},
            "n_features": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100, "description": "columns; there may be more than rows"},
            "n_informative": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 10, "description": "coefficients that are not 0; all where there are fewer columns"},
            "noise": {"type": "number", "minimum": 0.0, "maximum": 1e6, "default": 1.0, "description": "standard deviation of the noise in y"},
            "correlation": {"type": "number", "minimum": 0.0, "maximum": 0.999_999, "default": 0.0, "description": "correlation of neighbouring columns"}
        },
        "additionalProperties": false
    })
}

fn make(parameters: &Map<String, Value>, seed: u64) -> Table {
    let whole = |name: &str| parameters.get(name).and_then(Value::as_u64).unwrap_or_default();
    let number = |name: &str| parameters.get(name).and_then(Value::as_f64).unwrap_or_default();
    let (rows, columns, noise) = (whole("n_samples"), whole("n_features"), number("noise"));
    let stream = |purpose: &str| Random::new(&["data", DATASET.name, purpose], seed);

    let mut places: Vec<usize> = (0..columns as usize).collect();
    stream("places").shuffle(&mut places);
    places.truncate(whole("n_informative") as usize);
    let mut coefficients = stream("coefficients");
    let weights: Vec<(usize, f64)> =
        places.into_iter().map(|place| (place, away_from_0(coefficients.normal()))).collect();
    let intercept = coefficients.normal();

    let (mut x_stream, mut noise_stream) = (stream("x"), stream("noise"));
    let correlation = number("correlation");
    let own = libm::sqrt(1.0 - correlation * correlation);
    let mut x = Vec::with_capacity((rows * columns) as usize);
    let mut y = Vec::with_capacity(rows as usize);
    for _ in 0..rows {
        let start = x.len();
        x.push(x_stream.normal());
        for _ in 1..columns {
            let neighbour = x[x.len() - 1];
            x.push(correlation * neighbour + own * x_stream.normal());
        }
        let explained: f64 = weights.iter().map(|(place, weight)| x[start + place] * weight).sum();
        y.push(explained + intercept + noise * noise_stream.normal());
    }
    Table { x: Array { shape: vec![rows, columns], values: x }, y: Array { shape: vec![rows], values: y } }
}

fn away_from_0(drawn: f64) -> f64 {
    drawn + 1.0_f64.copysign(drawn)
}

#[cfg(test)]
#[allow(clippy::unreadable_literal, reason = "golden values stand as they were printed")]
mod tests {
    use super::*;

    const GOLDEN_X: [f64; 10] = [
        -0.9054447575752429,
        -0.0008589290528180915,
        0.24343602797751115,
        1.7066263815883145,
        0.8686667823533922,
        0.27827742347494067,
        1.196694732399921,
        0.11192808269916066,
        0.05478126132839457,
        -1.326320500587225,
    ];
    const GOLDEN_Y: [f64; 2] = [4.215687284245918, 0.9158002647881621];

    fn table(parameters: &Value) -> Table {
        make(parameters.as_object().expect("an object"), 42)
    }

    /// From `tests/golden/random.py`.
    #[test]
    fn the_values_are_those_of_an_independent_implementation() {
        let table = table(&json!({
            "n_samples": 2, "n_features": 5, "n_informative": 2, "noise": 0.5, "correlation": 0.5
        }));
        let close = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-14);
        assert!(close(&table.x.values, &GOLDEN_X), "{:?}", table.x.values);
        assert!(close(&table.y.values, &GOLDEN_Y), "{:?}", table.y.values);
    }

    #[test]
    fn neighbours_correlate_as_asked_and_more_places_than_columns_are_all_of_them() {
        let table = table(&json!({
            "n_samples": 20_000, "n_features": 3, "n_informative": 10, "noise": 0.0, "correlation": 0.8
        }));
        let product = |i: usize, j: usize| table.x.values.chunks(3).map(|row| row[i] * row[j]).sum::<f64>() / 20_000.0;
        let (near, far) = (product(0, 1), product(0, 2));
        assert!((near - 0.8).abs() < 0.03 && (far - 0.64).abs() < 0.03, "{near} {far}");
    }
}
