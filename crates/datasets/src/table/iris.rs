use serde_json::{Value, json};

use super::{Dataset, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "iris",
    summary: "150 flowers of three species, 4 measurements in cm",
    parameters,
    in_id: &[],
    origin: Origin::Sklearn { loader: "load_iris" },
    target: Target::Classes,
    licence: "shipped with scikit-learn (BSD-3-Clause); from Fisher, The Use of Multiple Measurements in Taxonomic Problems, \
              Annals of Eugenics 7 (1936) 179-188, doi:10.1111/j.1469-1809.1936.tb02137.x",
    notes: &["scikit-learn corrected two rows after Fisher's paper: they differ from other copies of this dataset"],
};

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
