use serde_json::{Value, json};

use super::{Dataset, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "digits",
    summary: "1797 images of handwritten digits, 8 by 8 pixels from 0 to 16",
    parameters,
    in_id: &[],
    origin: Origin::Sklearn { loader: "load_digits" },
    target: Target::Classes,
    licence: "shipped with scikit-learn (BSD-3-Clause); from Alpaydin and Kaynak; UCI Machine Learning Repository, Optical \
              Recognition of Handwritten Digits, test part (CC BY 4.0), doi:10.24432/C50P49",
    notes: &["three pixels are 0 in every image: constant columns"],
};

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
