use serde_json::{Value, json};

use super::{Dataset, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "wine",
    summary: "178 wines of three cultivars, 13 chemical measurements",
    parameters,
    in_id: &[],
    origin: Origin::Sklearn { loader: "load_wine" },
    target: Target::Classes,
    licence: "shipped with scikit-learn (BSD-3-Clause); from Forina et al., PARVUS, Genoa; \
              UCI Machine Learning Repository, Wine (CC BY 4.0), doi:10.24432/C5PC7J",
    notes: &["the columns have very different scales, and are given as they are"],
};

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
