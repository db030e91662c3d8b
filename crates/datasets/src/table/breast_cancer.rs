use serde_json::{Value, json};

use super::{Dataset, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "breast_cancer",
    summary: "569 tumours, malignant (0) or benign (1), 30 measurements of cell nuclei",
    parameters,
    in_id: &[],
    origin: Origin::Sklearn { loader: "load_breast_cancer" },
    target: Target::Classes,
    licence: "shipped with scikit-learn (BSD-3-Clause); from Wolberg, Mangasarian, Street and Street; UCI Machine Learning \
              Repository, Breast Cancer Wisconsin (Diagnostic) (CC BY 4.0), doi:10.24432/C5DW2B",
    notes: &["the columns have very different scales, and are given as they are"],
};

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
