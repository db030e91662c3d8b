use serde_json::{Value, json};

use super::{Dataset, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "diabetes",
    summary: "442 patients, 10 scaled measurements, disease progression after a year",
    parameters,
    in_id: &[],
    origin: Origin::Sklearn { loader: "load_diabetes" },
    target: Target::Number,
    licence: "shipped with scikit-learn (BSD-3-Clause); from Efron, Hastie, Johnstone and Tibshirani, \
              Least Angle Regression, Annals of Statistics 32 (2004) 407-499, doi:10.1214/009053604000000067",
    notes: &["the columns are centred and scaled by scikit-learn, over all rows"],
};

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
