use serde_json::{Value, json};

use super::{Dataset, FileForm, Origin, Target};

pub(super) const DATASET: Dataset = Dataset {
    name: "boston_housing",
    summary: "506 tracts around Boston in 1970, 13 features, median house value; has an ethical problem",
    parameters,
    in_id: &[],
    origin: Origin::File { form: FileForm::BostonHousing, give: GIVE },
    target: Target::Number,
    licence: "not stated by its authors; from Harrison and Rubinfeld, Hedonic housing prices and the demand for \
              clean air, Journal of Environmental Economics and Management 5 (1978) 81-102, \
              doi:10.1016/0095-0696(78)90006-2",
    notes: &[ETHICAL_PROBLEM],
};

/// As scikit-learn said when it took the dataset away in its version 1.2.
const ETHICAL_PROBLEM: &str = "boston_housing has an ethical problem: its column B is a formula that assumes house \
     prices to follow racial self-segregation, and the research behind it gave that assumption no proof; scikit-learn \
     removed the dataset for it in 2022. Use it to compare with older results only, and california_housing otherwise";

/// The file at lib.stat.cmu.edu has no published checksum.
const GIVE: &str =
    "--dataset_file boston_housing=PATH, where PATH is your copy of http://lib.stat.cmu.edu/datasets/boston";

fn parameters() -> Value {
    json!({"type": "object", "properties": {}, "additionalProperties": false})
}
