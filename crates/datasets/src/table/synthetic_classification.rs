use serde_json::{Map, Value, json};

use super::{Dataset, Origin, Table, Target, made};
use crate::random::Random;

pub(super) const DATASET: Dataset = Dataset {
    name: "synthetic_classification",
    summary: "classes of two clusters each around the corners of a cube, in some of the features",
    parameters,
    in_id: &[("n_samples", "n"), ("n_features", "d"), ("n_classes", "k")],
    origin: Origin::Synthetic(make),
    target: Target::Classes,
    licence: "made by Ferrobench, free of rights",
    notes: &[
        "each cluster is standard normal around a corner of its own of a cube of side 2 class_sep in the first n_informative features; \
         the other features are standard normal noise",
        "the classes are as large as each other, before label_noise of the rows get a class at random",
    ],
};

fn parameters() -> Value {
    json!({
        "type": "object",
        "properties": {
            "n_samples": {"type": "integer", "minimum": 2, "maximum": 10_000_000, "default": 2000, "description": "rows"},
            "n_features": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 20, "description": "columns"},
            "n_informative": {"type": "integer", "minimum": 1, "maximum": 60, "default": 5, "description": "columns that the class depends on: the first ones; 2 clusters of every class need a corner each"},
            "n_classes": {"type": "integer", "minimum": 2, "maximum": 100, "default": 2, "description": "classes"},
            "class_sep": {"type": "number", "minimum": 0.0, "maximum": 1e6, "default": 1.0, "description": "half the side of the cube; smaller is harder"},
            "label_noise": {"type": "number", "minimum": 0.0, "maximum": 1.0, "default": 0.01, "description": "share of the rows whose class is drawn at random"}
        },
        "additionalProperties": false
    })
}

const CLUSTERS_A_CLASS: u64 = 2;

fn make(parameters: &Map<String, Value>, seed: u64) -> Table {
    let whole = |name: &str| parameters.get(name).and_then(Value::as_u64).unwrap_or_default();
    let number = |name: &str| parameters.get(name).and_then(Value::as_f64).unwrap_or_default();
    let (rows, columns, classes) = (whole("n_samples"), whole("n_features"), whole("n_classes"));
    let informative = whole("n_informative") as usize;
    let (half_side, label_noise) = (number("class_sep"), number("label_noise"));
    let stream = |purpose: &str| Random::new(&["data", DATASET.name, purpose], seed);
    let corners = corners(&mut stream("corners"), classes * CLUSTERS_A_CLASS, informative);
    let (mut x_stream, mut label_stream) = (stream("x"), stream("labels"));
    let (mut x, mut y) = (Vec::with_capacity((rows * columns) as usize), Vec::with_capacity(rows as usize));
    for row in 0..rows {
        let corner = corners[(row % corners.len() as u64) as usize];
        for column in 0..columns as usize {
            let centre = if column >= informative {
                0.0
            } else if corner >> column & 1 == 1 {
                half_side
            } else {
                -half_side
            };
            x.push(centre + x_stream.normal());
        }
        let drawn = label_stream.uniform() < label_noise;
        y.push(if drawn { label_stream.below(classes) } else { row % classes } as f64);
    }
    made(x, columns, y)
}

/// Different corners, each as the bits of its signs.
fn corners(stream: &mut Random, count: u64, dimensions: usize) -> Vec<u64> {
    let mut corners = Vec::new();
    while (corners.len() as u64) < count {
        let corner = stream.below(1 << dimensions);
        if !corners.contains(&corner) {
            corners.push(corner);
        }
    }
    corners
}

#[cfg(test)]
#[allow(clippy::unreadable_literal, reason = "golden values stand as they were printed")]
mod tests {
    use super::*;

    const GOLDEN_X: [f64; 15] = [
        1.5480058120823355,
        -1.9853045343367437,
        0.1938263296929646,
        -2.9723590695529363,
        0.9491875615331689,
        1.725967786623127,
        -2.513211920145266,
        -1.9176250842258624,
        0.9469626269376078,
        0.3143946206372106,
        0.7433648920341446,
        2.2756548782042527,
        2.7772744955470094,
        -1.9885845058193996,
        -0.5671863706002266,
    ];
    const GOLDEN_Y: [f64; 5] = [0.0, 1.0, 0.0, 1.0, 0.0];

    /// From `tests/golden/random.py`.
    #[test]
    fn the_values_are_those_of_an_independent_implementation() {
        let parameters = json!({"n_samples": 5, "n_features": 3, "n_informative": 2, "n_classes": 2, "class_sep": 1.5, "label_noise": 0.5});
        let table = make(parameters.as_object().expect("an object"), 42);
        let same = table.x.values.iter().zip(&GOLDEN_X).all(|(a, b)| (a - b).abs() < 1e-13);
        assert!(same && table.x.values.len() == GOLDEN_X.len(), "{:?}", table.x.values);
        assert_eq!(table.y.values, GOLDEN_Y);
    }
}
