use serde_json::{Value, json};

use super::{Dataset, FileForm, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "california_housing",
    summary: "20640 block groups of California in 1990, 8 features as scikit-learn derives them, median house value",
    parameters,
    in_id: &[],
    origin: Origin::File { form: FileForm::CaliforniaHousing, give: GIVE },
    target: Target::Number,
    licence: "not stated by its authors; from Pace and Barry, Sparse Spatial Autoregressions, \
              Statistics and Probability Letters 33 (1997) 291-297, doi:10.1016/S0167-7152(96)00140-X",
    notes: &["the target is the median house value in units of 100,000 dollars, cut off at 5"],
};

/// Address and checksum are those that scikit-learn 1.9 fetches by.
const GIVE: &str = "--dataset_file california_housing=https://ndownloader.figshare.com/files/5976036\
                    #sha256=aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681";

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
