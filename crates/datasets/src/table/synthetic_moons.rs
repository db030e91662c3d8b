use serde_json::{Map, Value, json};

use super::{Dataset, Origin, Table, Target, made};
use crate::random::Random;

pub(super) const DATASET: Dataset = Dataset {
    name: "synthetic_moons",
    summary: "two interleaving half circles in the plane",
    parameters,
    in_id: &[("n_samples", "n")],
    origin: Origin::Synthetic(make),
    target: Target::Classes,
    licence: "made by Ferrobench, free of rights",
    notes: &["the shape of scikit-learn's make_moons; the places along the half circles are random"],
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "n_samples": {"type": "integer", "minimum": 2, "maximum": 10_000_000, "default": 1000, "description": "rows"},
            "noise": {"type": "number", "minimum": 0.0, "maximum": 1e6, "default": 0.1, "description": "standard deviation of the noise in both features"}
        },
        "additionalProperties": false
    })
}

fn make(parameters: &Map<String, Value>, seed: u64) -> Table {
    let rows = parameters.get("n_samples").and_then(Value::as_u64).unwrap_or_default();
    let noise = parameters.get("noise").and_then(Value::as_f64).unwrap_or_default();
    let stream = |purpose: &str| Random::new(&["data", DATASET.name, purpose], seed);
    let (mut place_stream, mut noise_stream) = (stream("places"), stream("noise"));
    let mut x = Vec::with_capacity(2 * rows as usize);
    for row in 0..rows {
        let angle = std::f64::consts::PI * place_stream.uniform();
        let (cos, sin) = (libm::cos(angle), libm::sin(angle));
        let place = if row % 2 == 0 { [cos, sin] } else { [1.0 - cos, 0.5 - sin] };
        x.extend(place.map(|value| value + noise * noise_stream.normal()));
    }
    made(x, 2, (0..rows).map(|row| (row % 2) as f64).collect())
}

#[cfg(test)]
#[allow(clippy::unreadable_literal, reason = "golden values stand as they were printed")]
mod tests {
    use super::*;

    const GOLDEN_X: [f64; 6] = [
        -1.2088512485909388,
        0.3352940404703181,
        0.8479494837802852,
        0.2130669648651543,
        -0.8468097131056804,
        0.5804328879109222,
    ];
    const GOLDEN_Y: [f64; 3] = [0.0, 1.0, 0.0];

    /// From `tests/golden/random.py`.
    #[test]
    fn the_values_are_those_of_an_independent_implementation() {
        let parameters = json!({"n_samples": 3, "noise": 0.5});
        let table = make(parameters.as_object().expect("an object"), 42);
        let same = table.x.values.iter().zip(&GOLDEN_X).all(|(a, b)| (a - b).abs() < 1e-13);
        assert!(same && table.x.values.len() == GOLDEN_X.len(), "{:?}", table.x.values);
        assert_eq!(table.y.values, GOLDEN_Y);
    }
}
