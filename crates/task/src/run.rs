//! One run, as an implementation sees it: its order, its data, its marks, its outputs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use datasets::npy::{Array, Element};
use schema::fault::Fault;
use schema::mark::{Mark, MarkName};
use schema::params::Params;
use schema::task::TaskSpec;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Stop;
use crate::data::Data;
use crate::marks;
use crate::output::{Kept, Output};

pub struct Run {
    pub(crate) inputs: Inputs,
    pub(crate) seed: u64,
    pub(crate) marks: Vec<Mark>,
    pub(crate) outputs: Vec<Output>,
    /// Outputs of JSON Lines, by name.
    pub(crate) lines: Vec<(&'static str, Vec<u8>)>,
    pub(crate) facts: BTreeMap<String, Value>,
}

impl Run {
    pub(crate) fn new(params: Params, seed: u64, data: Data) -> Self {
        Self {
            inputs: Inputs { data, params },
            seed,
            marks: Vec::new(),
            outputs: Vec::new(),
            lines: Vec::new(),
            facts: BTreeMap::new(),
        }
    }

    pub fn params(&self) -> &Params {
        &self.inputs.params
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn threads(&self) -> usize {
        self.inputs.params.threads as usize
    }

    /// Warm-up and counted iterations together.
    pub fn iterations(&self) -> Range<u32> {
        0..self.inputs.params.warmup + self.inputs.params.iterations
    }

    /// The algorithm's hyperparameters as its typed struct.
    pub fn hyperparameters<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        let value = Value::Object(self.inputs.params.hyperparameters.clone());
        serde_json::from_value(value).map_err(|error| {
            Fault::new("params.json: hyperparameters", error.to_string())
                .hint(format!("`{}` describes them with --help", self.inputs.params.algorithm))
                .into()
        })
    }

    /// A stretch that happens once.
    pub fn mark<T>(&mut self, name: MarkName, work: impl FnOnce(&Inputs) -> T) -> T {
        let slow_percent = self.slow_percent(name);
        let (mark, result) = marks::timed(name, 0, slow_percent, || work(&self.inputs));
        self.marks.push(mark);
        result
    }

    /// A stretch of one iteration. The closure gets nothing of the run: only the work is timed.
    pub fn mark_iteration<T>(&mut self, name: MarkName, iteration: u32, work: impl FnOnce() -> T) -> T {
        let (mark, result) = marks::timed(name, iteration, self.slow_percent(name), work);
        self.marks.push(mark);
        result
    }

    /// Only the marks of the work are slowed, so that the known difference is one of the work.
    fn slow_percent(&self, name: MarkName) -> u8 {
        if self.inputs.params.work.contains(&name) { self.inputs.params.slow_percent } else { 0 }
    }

    /// Keeps an output of numbers or classes; it is written after the last mark.
    pub fn output<T: Kept>(&mut self, name: &'static str, shape: Vec<u64>, values: Vec<T>) {
        self.output_of_fold(0, name, shape, values);
    }

    /// Keeps one fold's share of an output, in the place of an earlier one.
    pub fn output_of_fold<T: Kept>(&mut self, fold: usize, name: &'static str, shape: Vec<u64>, values: Vec<T>) {
        let place = self.outputs.iter().position(|output| output.name == name).unwrap_or_else(|| {
            self.outputs.push(Output::named(name));
            self.outputs.len() - 1
        });
        self.outputs[place].keep(fold, Array { shape, values });
    }

    /// Keeps an output of JSON Lines.
    pub fn lines(&mut self, name: &'static str, bytes: Vec<u8>) {
        self.lines.push((name, bytes));
    }

    /// A fact about how the work went: iterations, solver, warnings.
    pub fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// The order must fit the task and this implementation.
    pub(crate) fn check(&self, task: &TaskSpec, algorithms: &[&str]) -> Result<(), Stop> {
        let params = &self.inputs.params;
        if params.protocol != schema::PROTOCOL {
            let what = format!("protocol `{}`; this program speaks `{}`", params.protocol, schema::PROTOCOL);
            return Err(Fault::new("params.json", what).into());
        }
        if params.task != task.task {
            return Err(Fault::new(
                "params.json",
                format!("task `{}`; this program does `{}`", params.task, task.task),
            )
            .into());
        }
        if !algorithms.contains(&params.algorithm.as_str()) {
            return Err(unknown_algorithm("params.json", params.algorithm.as_str(), algorithms).into());
        }
        let given = &self.inputs.data.manifest().dataset;
        if params.dataset != *given {
            let what = format!("dataset `{}`; the data folder holds `{given}`", params.dataset);
            return Err(Fault::new("params.json", what).hint("give the folder of that dataset with --data").into());
        }
        if params.threads == 0 || params.iterations == 0 {
            return Err(Fault::new("params.json", "`threads` and `iterations` are 1 or more").into());
        }
        self.check_dataset(task)?;
        let algorithm = task.algorithms.get(&params.algorithm);
        check_ranges(algorithm.map(|algorithm| &algorithm.parameters), &params.hyperparameters)?;
        if params.device != schema::params::Device::Cpu {
            return Err(Stop::Impossible("this implementation runs on the CPU only".to_owned()));
        }
        Ok(())
    }

    /// An algorithm that is for some of the task's datasets is given one of them.
    fn check_dataset(&self, task: &TaskSpec) -> Result<(), Stop> {
        let algorithm = &self.inputs.params.algorithm;
        let taken = task.algorithms.get(algorithm).map_or(&[][..], |found| &found.datasets);
        let given = self.inputs.data.manifest().choice.name();
        if taken.is_empty() || taken.contains(given) {
            return Ok(());
        }
        let known = names(taken).collect::<Vec<_>>().join(", ");
        let fault = Fault::new("params.json", format!("`{algorithm}` takes no dataset `{given}`; it takes {known}"));
        Err(match schema::fault::nearest(given.as_str(), names(taken)) {
            Some(near) => fault.hint(format!("did you mean `{near}`?")).into(),
            None => fault.into(),
        })
    }
}

fn names(ids: &[schema::id::Id]) -> impl Iterator<Item = &str> {
    ids.iter().map(AsRef::as_ref)
}

fn check_word(name: &str, property: &Value, given: Option<&Value>) -> Result<(), Stop> {
    let (Some(allowed), Some(given)) = (property.get("enum").and_then(Value::as_array), given) else { return Ok(()) };
    if allowed.contains(given) {
        return Ok(());
    }
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let allowed: Vec<String> = allowed.iter().map(word).collect();
    let what = format!("`{name}` is {}; allowed: {}", word(given), allowed.join(", "));
    Err(Fault::new("params.json: hyperparameters", what).into())
}

/// Types are checked as the typed struct is made; this is about size and words.
fn check_ranges(schema: Option<&Map<String, Value>>, given: &Map<String, Value>) -> Result<(), Stop> {
    let properties = schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
    for (name, property) in properties.into_iter().flatten() {
        check_word(name, property, given.get(name))?;
        let Some(value) = given.get(name).and_then(Value::as_f64) else { continue };
        let bound = |key: &str| property.get(key).and_then(Value::as_f64);
        let least = bound("minimum").filter(|least| value < *least).map(|least| format!("at least {least:e}"));
        let most = bound("maximum").filter(|most| value > *most).map(|most| format!("at most {most:e}"));
        if let Some(allowed) = least.or(most) {
            let what = format!("`{name}` is {value:e}; allowed: {allowed}");
            return Err(Fault::new("params.json: hyperparameters", what).into());
        }
    }
    Ok(())
}

pub(crate) fn unknown_algorithm(place: &str, given: &str, known: &[&str]) -> Fault {
    let fault = Fault::new(place, format!("unknown algorithm `{given}`; known here: {}", known.join(", ")));
    match schema::fault::nearest(given, known.iter().copied()) {
        Some(near) => fault.hint(format!("did you mean `{near}`?")),
        None => fault.hint("--describe lists what this program can do"),
    }
}

/// What may be read under the mark `load`.
pub struct Inputs {
    pub(crate) data: Data,
    pub(crate) params: Params,
}

impl Inputs {
    pub(crate) fn part_names(&self) -> Result<Vec<String>, Stop> {
        let split = self.data.split(&self.params.split)?;
        Ok(split.parts.iter().map(|part| part.name.to_string()).collect())
    }

    pub fn array<T: Element>(&self, name: &str) -> Result<Array<T>, Stop> {
        self.data.input(name)
    }

    /// The folder of the data's tree of files.
    pub fn tree(&self, name: &str) -> Result<PathBuf, Stop> {
        self.data.tree(name)
    }

    /// The row numbers of one part of the run's split.
    pub fn rows(&self, part: &str) -> Result<Vec<usize>, Stop> {
        let rows = self.data.manifest().rows;
        let numbers = self.data.part(&self.params.split, part)?.values;
        numbers
            .into_iter()
            .map(|row| {
                usize::try_from(row).ok().filter(|row| (*row as u64) < rows).ok_or_else(|| {
                    Fault::new("data manifest", format!("part `{part}` names row {row} of {rows}")).into()
                })
            })
            .collect()
    }
}
