//! One run for a person: plain flags, the task's defaults, the checkout's prepared data.

use std::path::{Path, PathBuf};

use schema::PROTOCOL;
use schema::config::Splitting;
use schema::fault::Fault;
use schema::files;
use schema::id::Id;
use schema::params::{Capture, Device, Mode, Params};
use schema::task::TaskSpec;
use serde_json::{Map, Value};

use crate::command_line::Choice;
use crate::run::{Run, unknown_algorithm};
use crate::{Program, Stop, outcome, print};

pub(crate) fn conduct(
    program: &Program,
    choice: &Choice,
    work: impl FnOnce(&mut Run) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let task = (program.task)();
    let root = files::project_root(Path::new("."))?;
    let data = data_folder(&root, &task, choice)?;
    let params = params(program, &task, choice)?;
    let out = std::env::temp_dir().join(format!("ferrobench-{}-{}", program.implementation, std::process::id()));
    let done = outcome::conduct_params(params, &data, &out, choice.seed.unwrap_or(0), work, program);
    let outcome = done.inspect_err(|_| drop(std::fs::remove_dir_all(&out)))?;
    let text = serde_json::to_string_pretty(&outcome).map_err(|error| Stop::Failed(error.to_string()))?;
    eprintln!("outputs: {}", out.join("outputs").display());
    print(&text)
}

fn params(program: &Program, task: &TaskSpec, choice: &Choice) -> Result<Params, Stop> {
    let algorithm = choice.algorithm.clone().unwrap_or_else(|| program.algorithms[0].to_owned());
    if !program.algorithms.contains(&algorithm.as_str()) {
        return Err(unknown_algorithm("--algorithm", &algorithm, program.algorithms).into());
    }
    let algorithm = Id::new(algorithm).map_err(|error| Fault::new("--algorithm", error.to_string()))?;
    let schema = &task.algorithms[&algorithm].parameters;
    let given: Map<String, Value> =
        choice.hyperparameters.iter().map(|(name, text)| (name.clone(), json_or_text(text))).collect();
    let mode = match choice.mode.as_deref() {
        None => task.smoke.mode,
        Some("warm") => Mode::Warm,
        Some("cold") => Mode::Cold,
        Some(other) => return Err(Fault::new("--mode", format!("`{other}`; allowed: cold, warm")).into()),
    };
    let split = split(task, choice)?;
    let passes = |count: u32| count.saturating_mul(split.folds());
    let (warmup, iterations) = match mode {
        Mode::Cold => (0, 1),
        Mode::Warm => (passes(task.smoke.warmup), passes(choice.iterations.unwrap_or(task.smoke.iterations))),
    };
    Ok(Params {
        protocol: PROTOCOL.to_owned(),
        run_id: "by_hand".to_owned(),
        task: task.task.clone(),
        hyperparameters: schema::defaults::fill(schema, &given)?,
        algorithm,
        dataset: Id::new(choice.dataset.clone().unwrap_or_default())
            .map_err(|error| Fault::new("--dataset", error.to_string()))?,
        split: Id::new(split.name()).map_err(|error| Fault::new("split", error.to_string()))?,
        device: Device::Cpu,
        threads: choice.threads.unwrap_or(1),
        mode,
        warmup,
        iterations,
        work: task.marks.iter().filter(|mark| mark.work).map(|mark| mark.name).collect(),
        capture: Capture::Full,
        slow_percent: 0,
    })
}

/// The task's own where it has one, else what is asked for, else `holdout`.
fn split(task: &TaskSpec, choice: &Choice) -> Result<Splitting, Stop> {
    let allowed = task.split.map_or(vec![Splitting::Holdout, Splitting::Cv5], |only| vec![only]);
    let Some(given) = choice.split.as_deref() else { return Ok(allowed[0]) };
    allowed.iter().copied().find(|split| split.name() == given).ok_or_else(|| {
        let known: Vec<&str> = allowed.iter().map(|split| split.name()).collect();
        Fault::new("--split", format!("`{given}`; allowed: {}", known.join(", "))).into()
    })
}

/// `1.5`, `true`, `null` are JSON; any other text is itself.
fn json_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// `.ferrobench/data/<dataset>-<digest>`, as `prepare` lays it down.
fn data_folder(root: &Path, task: &TaskSpec, choice: &Choice) -> Result<PathBuf, Stop> {
    let known = || task.datasets.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(", ");
    let Some(dataset) = &choice.dataset else {
        return Err(Fault::new("--dataset", format!("missing; this task's datasets: {}", known())).into());
    };
    let prepared = files::state_folder(root).join("data");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&prepared)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            name.rsplit_once('-').is_some_and(|(id, _)| id == dataset)
        })
        .map(|entry| entry.path())
        .collect();
    folders.sort();
    folders.pop().ok_or_else(|| {
        Fault::new("--dataset", format!("`{dataset}` is not prepared; this task's datasets: {}", known()))
            .hint(if dataset.contains(['.', '/']) {
                "make a dataset of it: cargo run --profile tools -p prepare -- file --dataset FILE --target COLUMN"
            } else {
                "a study prepares what it names: nextflow run workflows/smoke.nf"
            })
            .into()
    })
}
