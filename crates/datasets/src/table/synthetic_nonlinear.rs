use serde_json::{Map, Value, json};

use super::{Dataset, Origin, Table, Target};
use crate::npy::Array;
use crate::random::Random;

pub(super) const DATASET: Dataset = Dataset {
    name: "synthetic_nonlinear",
    summary: "a smooth function of five of the features, which no linear model can fit",
    parameters,
    in_id: &[("n_samples", "n"), ("n_features", "d")],
    origin: Origin::Synthetic(make),
    target: Target::Number,
    licence: "made by Ferrobench, free of rights",
    notes: &[
        "y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)^2 + 10 x4 + 5 x5 + noise e, the features uniform from 0 to 1 and e standard normal: \
         Friedman, Multivariate Adaptive Regression Splines, Annals of Statistics 19 (1991) 1-67, doi:10.1214/aos/1176347963",
        "a linear model cannot fit it: its errors are the function's, not the noise's",
    ],
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "n_samples": {"type": "integer", "minimum": 2, "maximum": 10_000_000, "default": 2000, "description": "rows"},
            "n_features": {"type": "integer", "minimum": 5, "maximum": 10_000, "default": 20, "description": "columns; y depends on the first five"},
            "noise": {"type": "number", "minimum": 0.0, "maximum": 1e6, "default": 1.0, "description": "standard deviation of the noise in y"}
        },
        "additionalProperties": false
    })
}

fn make(parameters: &Map<String, Value>, seed: u64) -> Table {
    let whole = |name: &str| parameters.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (rows, columns) = (whole("n_samples"), whole("n_features"));
    let noise = parameters.get("noise").and_then(Value::as_f64).unwrap_or_default();
    let stream = |purpose: &str| Random::new(&["data", DATASET.name, purpose], seed);
    let (mut x_stream, mut noise_stream) = (stream("x"), stream("noise"));
    let x: Vec<f64> = (0..rows * columns).map(|_| x_stream.uniform()).collect();
    let y = x.chunks(columns as usize).map(|row| friedman(row) + noise * noise_stream.normal()).collect();
    Table { x: Array { shape: vec![rows, columns], values: x }, y: Array { shape: vec![rows], values: y } }
}

fn friedman(x: &[f64]) -> f64 {
    let wave = libm::sin(std::f64::consts::PI * x[0] * x[1]);
    10.0 * wave + 20.0 * (x[2] - 0.5) * (x[2] - 0.5) + 10.0 * x[3] + 5.0 * x[4]
}

#[cfg(test)]
#[allow(clippy::unreadable_literal, reason = "golden values stand as they were printed")]
mod tests {
    use super::*;

    const GOLDEN_X: [f64; 12] = [
        0.8594393236611934,
        0.36650196228935294,
        0.85968155113881,
        0.6197257364868727,
        0.5762202137169449,
        0.266109477145161,
        0.3333597648923131,
        0.5201792713812095,
        0.4414970660969164,
        0.8743924232997237,
        0.11571657422813453,
        0.7866175255486956,
    ];
    const GOLDEN_Y: [f64; 2] = [19.52511248169852, 14.7431590575596];

    /// From `tests/golden/random.py`.
    #[test]
    fn the_values_are_those_of_an_independent_implementation() {
        let parameters = json!({"n_samples": 2, "n_features": 6, "noise": 0.5});
        let table = make(parameters.as_object().expect("an object"), 42);
        assert_eq!(table.x.values, GOLDEN_X);
        assert!(table.y.values.iter().zip(&GOLDEN_Y).all(|(a, b)| (a - b).abs() < 1e-13), "{:?}", table.y.values);
    }
}
