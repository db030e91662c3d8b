//! Cells: the product of a grid's values, or each task's smoke case.

use std::collections::{BTreeMap, BTreeSet};

use datasets::table;
use schema::block::Cell;
use schema::config::{Cells, DatasetChoice, Grid, Splitting, Study};
use schema::fault::{Fault, Faults};
use schema::id::Id;
use schema::params::{Capture, Device, Mode};
use schema::selection::{LeftOut, SelectedTask, Selection};
use schema::task::{Algorithm, TaskSpec};
use schema::{defaults, digest};
use serde_json::{Map, Value, json};

use super::{DataFacts, OUTPUT_BYTES_MAX};

/// Eight digits of a digest and the line before them; the rest of an id is for reading.
const READABLE_MAX: usize = 64 - 9;

pub(crate) struct PlannedCell<'a> {
    pub(crate) cell: Cell,
    pub(crate) task: &'a SelectedTask,
    pub(crate) rounds: u32,
    pub(crate) timeout_s: u32,
    /// Only these; all of the task's where absent.
    pub(crate) implementations: Option<&'a [Id]>,
}

/// One combination of a grid's values.
#[derive(Clone)]
struct Point<'a> {
    algorithm: &'a Id,
    dataset: &'a DatasetChoice,
    hyperparameters: Map<String, Value>,
    threads: u32,
    mode: Mode,
    device: Device,
    /// The data's first where the grid names none.
    split: Option<Splitting>,
    warmup: u32,
    iterations: u32,
}

/// Every cell of the study in its order; those that cannot be are left out with the reason.
pub(super) fn expand<'a>(
    selection: &'a Selection,
    datasets: &BTreeMap<Id, DataFacts>,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<PlannedCell<'a>>, Faults> {
    let mut cells = match &selection.study.cells {
        Cells::Smoke(_) => smoke(selection, datasets)?,
        Cells::Grids(grids) => {
            let mut cells = Vec::new();
            for grid in grids {
                cells.extend(of_grid(grid, selection, datasets, left_out)?);
            }
            cells
        }
    };
    let mut seen = BTreeSet::new();
    cells.retain(|planned| {
        let reason = if seen.insert(planned.cell.cell_id.clone()) {
            beyond_the_machine(&planned.cell, datasets.get(&planned.cell.dataset), selection)
        } else {
            Some("the study lists it twice".to_owned())
        };
        let kept = reason.is_none();
        left_out.extend(reason.map(|reason| LeftOut { what: planned.cell.label.clone(), phase: 2, reason }));
        kept
    });
    Ok(cells)
}

/// What the cell needs more of than the machine has, or config/hardware.yaml allows.
fn beyond_the_machine(cell: &Cell, data: Option<&DataFacts>, selection: &Selection) -> Option<String> {
    too_many_threads(cell.threads, selection)
        .or_else(|| no_device(cell.device, selection))
        .or_else(|| too_much_memory(data?.bytes?, selection))
}

fn no_device(device: Device, selection: &Selection) -> Option<String> {
    let name = format!("{device:?}").to_lowercase();
    if selection.hardware.devices.as_ref().is_some_and(|allowed| !allowed.contains(&device)) {
        return Some(format!("needs device {name}; config/hardware.yaml does not allow it"));
    }
    let missing = device == Device::Cuda && selection.fingerprint.gpus.is_empty();
    missing.then(|| "needs device cuda; there is no GPU that NVML knows".to_owned())
}

/// A run holds its data at least twice: as they are read, and as the rows that it works on.
const COPIES: u64 = 2;

fn too_much_memory(data_bytes: u64, selection: &Selection) -> Option<String> {
    let needed = data_bytes.saturating_mul(COPIES);
    let there = u64::from(selection.fingerprint.memory_gib) << 30;
    let allowed = selection.hardware.memory_bytes.unwrap_or(u64::MAX);
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30));
    let needs = format!("needs {} of memory, twice its data", gib(needed));
    if needed > allowed {
        return Some(format!("{needs}; memory_bytes in config/hardware.yaml allows {}", gib(allowed)));
    }
    let limit = selection.memory_limit_bytes.unwrap_or(u64::MAX);
    if needed > limit {
        return Some(format!("{needs}; the control group's memory.max allows {}", gib(limit)));
    }
    (needed > there).then(|| format!("{needs}; the machine has {}", gib(there)))
}

fn too_many_threads(threads: u32, selection: &Selection) -> Option<String> {
    let cores = selection.fingerprint.cores;
    if threads > cores {
        return Some(format!("needs {threads} threads; there are {cores} cores"));
    }
    let most = selection.hardware.threads_max.filter(|most| threads > *most)?;
    Some(format!("needs {threads} threads; config/hardware.yaml allows {most}"))
}

/// Each task's smallest case with each of its algorithms, on one thread, once.
fn smoke<'a>(selection: &'a Selection, datasets: &BTreeMap<Id, DataFacts>) -> Result<Vec<PlannedCell<'a>>, Faults> {
    let mut cells = Vec::new();
    for task in &selection.tasks {
        let case = &task.spec.smoke;
        for algorithm in task.spec.algorithms.keys() {
            let point = Point {
                algorithm,
                dataset: task.spec.smoke_dataset(algorithm),
                hyperparameters: Map::new(),
                threads: 1,
                mode: case.mode,
                device: Device::Cpu,
                split: None,
                warmup: case.warmup,
                iterations: case.iterations,
            };
            let cell = cell(&point, &task.spec, datasets)?;
            cells.push(PlannedCell { cell, task, rounds: 1, timeout_s: case.timeout_s, implementations: None });
        }
    }
    Ok(cells)
}

fn of_grid<'a>(
    grid: &'a Grid,
    selection: &'a Selection,
    datasets: &BTreeMap<Id, DataFacts>,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<PlannedCell<'a>>, Faults> {
    // A task that `--tasks` left out has been named by `select`.
    let Some(task) = selection.tasks.iter().find(|task| task.spec.task == grid.task) else { return Ok(Vec::new()) };
    let mut cells = Vec::new();
    for algorithm in &grid.algorithms {
        left_out.extend(unfit(grid, algorithm, &task.spec));
        for point in points(grid, algorithm, &task.spec)? {
            cells.push(PlannedCell {
                cell: cell(&point, &task.spec, datasets)?,
                task,
                rounds: rounds(grid, &selection.study),
                timeout_s: selection.hardware.timeout_s,
                implementations: grid.implementations.as_deref(),
            });
        }
    }
    Ok(cells)
}

/// The datasets of a grid that one of its algorithms takes and this one does not.
fn unfit(grid: &Grid, algorithm: &Id, spec: &TaskSpec) -> Vec<LeftOut> {
    let taken = spec.datasets_of(algorithm);
    let unfit = grid.datasets.iter().filter(|choice| !taken.contains(choice.name()));
    let names: Vec<&str> = taken.iter().map(Id::as_str).collect();
    let reason = format!("`{algorithm}` takes {}", names.join(", "));
    unfit
        .map(|choice| LeftOut { what: format!("{algorithm} on {}", choice.name()), phase: 2, reason: reason.clone() })
        .collect()
}

/// Adaptive rounds are planned to their limit; `measure` ends them.
fn rounds(grid: &Grid, study: &Study) -> u32 {
    grid.rounds.unwrap_or_else(|| study.adaptive.as_ref().map_or(study.rounds, |adaptive| adaptive.rounds_max))
}

fn algorithm_of<'a>(spec: &'a TaskSpec, algorithm: &Id) -> Result<&'a Algorithm, Fault> {
    spec.algorithms
        .get(algorithm)
        .ok_or_else(|| Fault::new("", format!("task `{}` has no algorithm `{algorithm}`", spec.task)))
}

fn points<'a>(grid: &'a Grid, algorithm: &'a Id, spec: &TaskSpec) -> Result<Vec<Point<'a>>, Fault> {
    let names = defaults::names(&algorithm_of(spec, algorithm)?.parameters);
    let taken = spec.datasets_of(algorithm);
    let mut hyperparameters = vec![Map::new()];
    for (name, values) in grid.hyperparameters.iter().filter(|(name, _)| names.contains(&name.as_str())) {
        hyperparameters = product(&hyperparameters, values, |given, value| {
            let mut given = given.clone();
            given.insert(name.clone(), value.clone());
            given
        });
    }
    let mut points = Vec::new();
    for dataset in grid.datasets.iter().filter(|choice| taken.contains(choice.name())) {
        for given in &hyperparameters {
            for (&threads, &mode, &device) in triples(&grid.threads, &grid.modes, &grid.devices) {
                let (hyperparameters, split) = (given.clone(), grid.split);
                let passes = |count: u32| count.saturating_mul(split.map_or(1, Splitting::folds));
                let (warmup, iterations) = (passes(grid.warmup), passes(grid.iterations));
                points.push(Point {
                    algorithm,
                    dataset,
                    hyperparameters,
                    threads,
                    mode,
                    device,
                    split,
                    warmup,
                    iterations,
                });
            }
        }
    }
    Ok(points)
}

fn product<A, B, C>(left: &[A], right: &[B], join: impl Fn(&A, &B) -> C) -> Vec<C> {
    left.iter().flat_map(|a| right.iter().map(|b| join(a, b)).collect::<Vec<_>>()).collect()
}

fn triples<'a, A, B, C>(a: &'a [A], b: &'a [B], c: &'a [C]) -> impl Iterator<Item = (&'a A, &'a B, &'a C)> {
    a.iter().flat_map(move |a| b.iter().flat_map(move |b| c.iter().map(move |c| (a, b, c))))
}

fn cell(point: &Point, spec: &TaskSpec, datasets: &BTreeMap<Id, DataFacts>) -> Result<Cell, Faults> {
    let algorithm = algorithm_of(spec, point.algorithm)?;
    let hyperparameters = defaults::fill(&algorithm.parameters, &point.hyperparameters)?;
    let dataset = table::dataset_id(point.dataset)?;
    let data = datasets.get(&dataset).ok_or_else(|| Fault::new("", format!("dataset `{dataset}` was not prepared")))?;
    let named = point.split.or(spec.split).map(|split| Id::new(split.name())).transpose();
    let named = named.map_err(|error| Fault::new("", error.to_string()))?;
    // A tree of files has no rows to split.
    let split = named.or_else(|| data.split.clone()).map_or_else(|| Id::new("none"), Ok);
    let split = split.map_err(|error| Fault::new("", error.to_string()))?;
    // Cold: one iteration in a fresh process, by definition.
    let (warmup, iterations) = if point.mode == Mode::Cold { (0, 1) } else { (point.warmup, point.iterations) };
    let label = label(point, algorithm, &hyperparameters)?;
    let identity = json!({
        "task": spec.task, "algorithm": point.algorithm, "hyperparameters": hyperparameters, "dataset": dataset,
        "split": split, "device": point.device, "threads": point.threads, "mode": point.mode, "warmup": warmup,
        "iterations": iterations,
    });
    Ok(Cell {
        cell_id: cell_id(point, &dataset, &identity)?,
        label,
        task: spec.task.clone(),
        algorithm: point.algorithm.clone(),
        hyperparameters,
        choice: table::complete(point.dataset)?,
        dataset,
        split,
        device: point.device,
        threads: point.threads,
        mode: point.mode,
        warmup,
        iterations,
        work: spec.marks.iter().filter(|mark| mark.work).map(|mark| mark.name).collect(),
        capture: capture(spec, point.algorithm, data),
    })
}

/// `linear_diabetes_t1_warm_0a1b2c3d`: for reading, then what makes it unique.
fn cell_id(point: &Point, dataset: &Id, identity: &Value) -> Result<Id, Fault> {
    let device = if point.device == Device::Cpu { "" } else { "_cuda" };
    let split = if is_cross_validated(point) { "_cv5" } else { "" };
    let mut text = format!("{}_{dataset}{split}_t{}_{}{device}", point.algorithm, point.threads, word(point.mode));
    text.truncate(READABLE_MAX);
    let id = format!("{text}_{}", &digest::of_document(identity)[..8]);
    Id::new(id).map_err(|error| Fault::new("", error.to_string()))
}

/// `linear (fit_intercept=false) on diabetes, 1 thread, warm`.
fn label(point: &Point, algorithm: &Algorithm, hyperparameters: &Map<String, Value>) -> Result<String, Faults> {
    let standard = defaults::fill(&algorithm.parameters, &Map::new())?;
    let chosen: Vec<String> = hyperparameters
        .iter()
        .filter(|(name, value)| standard.get(*name) != Some(value))
        .map(|(name, value)| format!("{name}={}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect();
    let chosen = if chosen.is_empty() { String::new() } else { format!(" ({})", chosen.join(", ")) };
    let threads = if point.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", point.threads) };
    let device = if point.device == Device::Cpu { "" } else { ", cuda" };
    let (dataset, mode) = (table::label(point.dataset)?, word(point.mode));
    let folds = if is_cross_validated(point) { ", 5 folds" } else { "" };
    Ok(format!("{}{chosen} on {dataset}{folds}, {threads}, {mode}{device}", point.algorithm))
}

fn is_cross_validated(point: &Point) -> bool {
    point.split == Some(Splitting::Cv5)
}

const fn word(mode: Mode) -> &'static str {
    match mode {
        Mode::Cold => "cold",
        Mode::Warm => "warm",
    }
}

/// Digests only where the outputs would be more than a run may leave behind.
fn capture(spec: &TaskSpec, algorithm: &Id, data: &DataFacts) -> Capture {
    let bytes_of = |shape: &[String]| {
        let values = shape
            .iter()
            .map(|letter| data.length(letter))
            .try_fold(8_u64, |product, length| Some(product.saturating_mul(length?)));
        values.unwrap_or(0)
    };
    let outputs = spec.outputs_of(algorithm);
    let bytes = outputs.fold(0_u64, |sum, output| sum.saturating_add(bytes_of(&output.shape)));
    if bytes > OUTPUT_BYTES_MAX { Capture::Digest } else { Capture::Full }
}
