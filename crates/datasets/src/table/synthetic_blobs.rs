use serde_json::{Map, Value, json};

use super::{Dataset, Origin, Table, Target, made};
use crate::random::Random;

pub(super) const DATASET: Dataset = Dataset {
    name: "synthetic_blobs",
    summary: "round clusters of equal size around random centres",
    parameters,
    in_id: &[("n_samples", "n"), ("n_features", "d"), ("centers", "k")],
    origin: Origin::Synthetic(make),
    target: Target::Classes,
    licence: "made by Ferrobench, free of rights",
    notes: &[
        "the centres are uniform from -10 to 10 in every feature, each cluster is normal around its own; some may lie close together",
    ],
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "n_samples": {"type": "integer", "minimum": 2, "maximum": 10_000_000, "default": 1000, "description": "rows"},
            "n_features": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 2, "description": "columns"},
            "centers": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 5, "description": "clusters"},
            "cluster_std": {"type": "number", "minimum": 0.0, "maximum": 1e6, "default": 1.0, "description": "standard deviation of a cluster in every feature"}
        },
        "additionalProperties": false
    })
}

/// The centres lie this far from 0 at most, in every feature.
const REACH: f64 = 10.0;

fn make(parameters: &Map<String, Value>, seed: u64) -> Table {
    let whole = |name: &str| parameters.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (rows, columns, centers) = (whole("n_samples"), whole("n_features"), whole("centers"));
    let std = parameters.get("cluster_std").and_then(Value::as_f64).unwrap_or_default();
    let stream = |purpose: &str| Random::new(&["data", DATASET.name, purpose], seed);
    let (mut center_stream, mut x_stream) = (stream("centers"), stream("x"));
    let centers: Vec<Vec<f64>> =
        (0..centers).map(|_| (0..columns).map(|_| REACH * (2.0 * center_stream.uniform() - 1.0)).collect()).collect();
    let own = |row: u64| (row % centers.len() as u64) as usize;
    let mut x = Vec::with_capacity((rows * columns) as usize);
    for row in 0..rows {
        x.extend(centers[own(row)].iter().map(|center| center + std * x_stream.normal()));
    }
    made(x, columns, (0..rows).map(|row| own(row) as f64).collect())
}

#[cfg(test)]
#[allow(clippy::unreadable_literal, reason = "golden values stand as they were printed")]
mod tests {
    use super::*;

    const GOLDEN_X: [f64; 6] = [
        -6.327128590324909,
        6.23351295114383,
        6.147567406619318,
        -1.8046874801929795,
        -4.899293921509172,
        5.141022654749538,
    ];
    const GOLDEN_Y: [f64; 3] = [0.0, 1.0, 0.0];

    /// From `tests/golden/random.py`.
    #[test]
    fn the_values_are_those_of_an_independent_implementation() {
        let parameters = json!({"n_samples": 3, "n_features": 2, "centers": 2, "cluster_std": 0.5});
        let table = make(parameters.as_object().expect("an object"), 42);
        let same = table.x.values.iter().zip(&GOLDEN_X).all(|(a, b)| (a - b).abs() < 1e-13);
        assert!(same && table.x.values.len() == GOLDEN_X.len(), "{:?}", table.x.values);
        assert_eq!(table.y.values, GOLDEN_Y);
    }
}
