//! The table of datasets. A new one is a file in `table/` and a line in [`DATASETS`].

mod agent_corpus;
mod boston_housing;
mod breast_cancer;
mod california_housing;
mod diabetes;
mod digits;
mod iris;
mod own;
mod synthetic_blobs;
mod synthetic_circles;
mod synthetic_classification;
mod synthetic_linear;
mod synthetic_moons;
mod synthetic_nonlinear;
mod synthetic_sparse;
mod wine;

use schema::config::{DatasetChoice, DatasetWith};
use schema::fault::{Fault, Faults, nearest};
use schema::id::Id;
use schema::{defaults, digest};
use serde_json::{Map, Value};

use crate::npy::Array;
use crate::tree::Made;

/// Sorted by name.
pub const DATASETS: &[&Dataset] = &[
    &agent_corpus::DATASET,
    &boston_housing::DATASET,
    &breast_cancer::DATASET,
    &california_housing::DATASET,
    &diabetes::DATASET,
    &digits::DATASET,
    &iris::DATASET,
    &own::DATASET,
    &own::OF_CLASSES,
    &synthetic_blobs::DATASET,
    &synthetic_circles::DATASET,
    &synthetic_classification::DATASET,
    &synthetic_linear::DATASET,
    &synthetic_moons::DATASET,
    &synthetic_nonlinear::DATASET,
    &synthetic_sparse::DATASET,
    &wine::DATASET,
];

/// More values than this in one array (8 GiB as f64) are refused before anything is made.
pub const VALUES_MAX: u64 = 1 << 30;

pub struct Dataset {
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// A JSON Schema (an object) of the parameters: types, ranges, defaults, help.
    pub parameters: fn() -> Value,
    /// The parameters that stand in a dataset's id whatever their value, with their letter there.
    pub in_id: &'static [(&'static str, &'static str)],
    pub origin: Origin,
    pub target: Target,
    pub licence: &'static str,
    pub notes: &'static [&'static str],
}

/// What a row's value of `y` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Number,
    /// 0, 1, …: a whole number, written as i64.
    Classes,
}

/// Where the values come from.
pub enum Origin {
    /// Made here, from complete parameters and a seed.
    Synthetic(fn(&Map<String, Value>, u64) -> Table),
    /// A tree of files, made here from a seed.
    Files(fn(u64) -> Vec<Made>),
    /// Shipped with scikit-learn, and exported once by this function of `sklearn.datasets`.
    Sklearn { loader: &'static str },
    /// Read from a file that a person gives, as `give` on the command line says.
    File { form: FileForm, give: &'static str },
}

/// What the file of [`Origin::File`] holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// Any table of numbers, with a target of numbers or classes.
    Own,
    CaliforniaHousing,
    BostonHousing,
}

/// What a regression or classification is given: a row of `x` and a value of `y` an observation.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Rows × columns.
    pub x: Array<f64>,
    pub y: Array<f64>,
}

/// Row-major values with a target each.
fn made(x: Vec<f64>, columns: u64, y: Vec<f64>) -> Table {
    let rows = y.len() as u64;
    Table { x: Array { shape: vec![rows, columns], values: x }, y: Array { shape: vec![rows], values: y } }
}

/// The dataset that a person's own file is, by what its target holds.
pub const fn own(target: Target) -> &'static Dataset {
    match target {
        Target::Number => &own::DATASET,
        Target::Classes => &own::OF_CLASSES,
    }
}

pub fn find(name: &str) -> Option<&'static Dataset> {
    DATASETS.iter().copied().find(|dataset| dataset.name == name)
}

fn find_or_fault(name: &str) -> Result<&'static Dataset, Fault> {
    find(name).ok_or_else(|| {
        let known: Vec<&str> = DATASETS.iter().map(|dataset| dataset.name).collect();
        let fault = Fault::new("", format!("unknown dataset `{name}`; known: {}", known.join(", ")));
        match nearest(name, known) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")),
            None => fault,
        }
    })
}

/// The complete parameters of a choice, defaults filled in, or every fault of it.
pub fn resolve(choice: &DatasetChoice) -> Result<Map<String, Value>, Faults> {
    let dataset = find_or_fault(choice.name().as_str())?;
    let schema = schema_of(dataset);
    let placed = |mut faults: Faults| {
        for fault in &mut faults.0 {
            fault.place = format!("dataset `{}`", dataset.name);
        }
        faults
    };
    let parameters = defaults::fill(&schema, &choice.parameters()).map_err(placed)?;
    contradictions(&parameters).into_result().map_err(placed)?;
    Ok(parameters)
}

fn schema_of(dataset: &Dataset) -> Map<String, Value> {
    (dataset.parameters)().as_object().cloned().unwrap_or_default()
}

/// What no range of a single parameter can say.
fn contradictions(parameters: &Map<String, Value>) -> Faults {
    let number = |name: &str| parameters.get(name).and_then(Value::as_f64);
    let mut faults = Faults::default();
    if let (Some(rows), Some(columns)) = (number("n_samples"), number("n_features")) {
        if rows * columns > VALUES_MAX as f64 {
            let what = format!("n_samples × n_features is {:e}; at most {VALUES_MAX} (8 GiB) are made", rows * columns);
            faults.push(Fault::new("", what));
        }
        let meant = parameters.get("underdetermined").and_then(Value::as_bool).unwrap_or(true);
        if columns > rows && !meant {
            let what = format!("more features ({columns}) than rows ({rows}): least squares has no unique solution");
            faults.push(
                Fault::new("", what)
                    .hint("give it more rows, or say `underdetermined: true` to compare solutions of minimum norm"),
            );
        }
        let informative = number("n_informative").unwrap_or(columns);
        if informative > columns {
            faults.push(Fault::new("", format!("`n_informative` is {informative} of {columns} features")));
        }
        if number("n_classes").is_some_and(|classes| 2.0 * classes > informative.exp2()) {
            let what = format!("2 clusters of every class have no corner each in {informative} features");
            faults.push(Fault::new("", what).hint("set n_informative higher, or n_classes lower"));
        }
        if columns < 2.0 && number("condition").is_some_and(|condition| condition > 1.0) {
            faults.push(
                Fault::new("", "`condition` above 1 needs at least 2 features")
                    .hint("set n_features to 2 or more, or leave condition out"),
            );
        }
    }
    faults
}

/// The choice with every parameter spelt out, so that equal choices are equal bytes.
pub fn complete(choice: &DatasetChoice) -> Result<DatasetChoice, Faults> {
    let parameters = resolve(choice)?;
    let name = choice.name().clone();
    Ok(if parameters.is_empty() {
        DatasetChoice::Name(name)
    } else {
        DatasetChoice::With(DatasetWith { name, parameters })
    })
}

/// `synthetic_linear_n20000_d100`: name and sizes, and eight digits of a digest of all parameters
/// where another one differs from its default.
pub fn dataset_id(choice: &DatasetChoice) -> Result<Id, Faults> {
    let dataset = find_or_fault(choice.name().as_str())?;
    let parameters = resolve(choice)?;
    if is_own(dataset) {
        return own::id(dataset.target, &parameters);
    }
    let defaults = defaults::fill(&schema_of(dataset), &Map::new())?;
    let mut words = vec![dataset.name.to_owned()];
    words.extend(dataset.in_id.iter().map(|(parameter, letter)| format!("{letter}{}", parameters[*parameter])));
    let shown = |name: &str| dataset.in_id.iter().any(|(parameter, _)| *parameter == name);
    if parameters.iter().any(|(name, value)| !shown(name) && defaults.get(name) != Some(value)) {
        words.push(digest::of_document(&parameters)[..8].to_owned());
    }
    Id::new(words.join("_"))
        .map_err(|error| Fault::new(format!("dataset `{}`", dataset.name), error.to_string()).into())
}

/// `synthetic_linear (n=20000, d=100, condition=1e8)`: the sizes, and what differs from its default.
pub fn label(choice: &DatasetChoice) -> Result<String, Faults> {
    let dataset = find_or_fault(choice.name().as_str())?;
    let parameters = resolve(choice)?;
    if is_own(dataset) {
        return own::label(dataset.target, &parameters);
    }
    let defaults = defaults::fill(&schema_of(dataset), &Map::new())?;
    let mut shown: Vec<String> =
        dataset.in_id.iter().map(|(parameter, letter)| format!("{letter}={}", parameters[*parameter])).collect();
    for (name, value) in &parameters {
        if dataset.in_id.iter().all(|(parameter, _)| parameter != name) && defaults.get(name) != Some(value) {
            shown.push(format!("{name}={}", readable(value)));
        }
    }
    let name = dataset.name;
    Ok(if shown.is_empty() { name.to_owned() } else { format!("{name} ({})", shown.join(", ")) })
}

const fn is_own(dataset: &Dataset) -> bool {
    matches!(dataset.origin, Origin::File { form: FileForm::Own, .. })
}

fn readable(value: &Value) -> String {
    match value.as_f64() {
        Some(number) if number.abs() >= 1e5 => format!("{number:e}"),
        Some(number) => number.to_string(),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
