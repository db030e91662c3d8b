//! How long the runs will take, for people: from earlier runs of the same cell by the same
//! implementation on this machine, else from a default. An estimate stands in plan.json only, never
//! in a block: it changes with every measurement, and a block must not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use schema::block::{Block, Cell, Gate};
use schema::files::{read_at_most, state_folder};
use schema::fingerprint::Fingerprint;
use schema::id::Id;
use schema::implementation::Language;
use schema::manifest::{BLOCK, RECORDS};
use schema::selection::Selection;
use serde_json::Value;

use crate::draft::Draft;

/// A process that was never measured, from its start to its exit, without its iterations: what
/// importing a library takes, mostly.
const RUST_PROCESS_S: f64 = 0.1;
const PYTHON_PROCESS_S: f64 = 1.5;
const OTHER_PROCESS_S: f64 = 0.5;
/// Each of its iterations, warm-up included.
const ITERATION_S: f64 = 0.05;

const BLOCK_BYTES_MAX: u64 = 64 << 20;
const RECORDS_BYTES_MAX: u64 = 1 << 30;

/// Mean wall time of a run in seconds, by cell and implementation.
pub(crate) struct Estimates(BTreeMap<(Id, Id), f64>);

/// One run's time, and whether it is that of earlier runs.
#[derive(Clone, Copy)]
pub(crate) struct RunTime {
    pub(crate) seconds: f64,
    pub(crate) measured: bool,
}

impl Estimates {
    /// From the block store; what cannot be read there, or is another machine's, is passed over.
    pub(crate) fn read<'a>(root: &Path, machine: &Fingerprint, cells: impl Iterator<Item = &'a Id>) -> Self {
        let wanted: BTreeSet<&str> = cells.map(Id::as_str).collect();
        let mut sums: BTreeMap<(Id, Id), (f64, u32)> = BTreeMap::new();
        let blocks = std::fs::read_dir(state_folder(root).join("blocks")).into_iter().flatten().filter_map(Result::ok);
        for folder in blocks {
            let Some(cell) = cell_of(&folder.path(), machine).filter(|cell| wanted.contains(cell.as_str())) else {
                continue;
            };
            for (implementation, wall_s) in runs_of(&folder.path()) {
                let sum = sums.entry((cell.clone(), implementation)).or_default();
                sum.0 += wall_s;
                sum.1 += 1;
            }
        }
        Self(sums.into_iter().map(|(key, (total, count))| (key, total / f64::from(count))).collect())
    }

    /// One run, with the pause after it.
    pub(crate) fn run(&self, cell: &Cell, implementation: &Id, language: Language, gate: &Gate) -> RunTime {
        let measured = self.0.get(&(cell.cell_id.clone(), implementation.clone())).copied();
        let seconds = measured.unwrap_or_else(|| {
            let process = match language {
                Language::Rust => RUST_PROCESS_S,
                Language::Python => PYTHON_PROCESS_S,
                Language::Other => OTHER_PROCESS_S,
            };
            process + ITERATION_S * f64::from(cell.warmup + cell.iterations)
        });
        RunTime { seconds: seconds + f64::from(gate.cooldown_ms) / 1e3, measured: measured.is_some() }
    }

    /// All runs of a draft.
    pub(crate) fn draft_s(&self, draft: &Draft<'_>, selection: &Selection) -> f64 {
        draft_runs(self, draft, selection).map(|run| run.seconds).sum::<f64>() * f64::from(draft.planned.rounds)
    }
}

/// One run of each arm.
pub(crate) fn draft_runs<'d>(
    estimates: &'d Estimates,
    draft: &'d Draft<'_>,
    selection: &'d Selection,
) -> impl Iterator<Item = RunTime> + 'd {
    draft.arms.iter().map(|arm| {
        let chosen = selection.chosen.iter().find(|chosen| chosen.implementation == arm.implementation);
        let language = chosen.map_or(Language::Other, |chosen| chosen.language);
        estimates.run(&draft.planned.cell, &arm.implementation, language, &selection.hardware.gate)
    })
}

/// How the estimate was made, for people.
pub(crate) fn basis(measured: usize, cells: usize) -> String {
    let defaults = format!(
        "a Rust process {RUST_PROCESS_S} s, a Python process {PYTHON_PROCESS_S} s, any other {OTHER_PROCESS_S} s, \
         each iteration {ITERATION_S} s"
    );
    let count = |number: usize| format!("{number} cell{}", if number == 1 { "" } else { "s" });
    match (measured, cells - measured) {
        (_, 0) => "earlier runs of the same cells on this machine".to_owned(),
        (0, _) => format!("defaults, nothing being measured yet: {defaults}"),
        (_, rest) => {
            format!("earlier runs on this machine for {}; defaults for {}: {defaults}", count(measured), count(rest))
        }
    }
}

fn cell_of(folder: &Path, machine: &Fingerprint) -> Option<Id> {
    let bytes = read_at_most(&folder.join(BLOCK), BLOCK_BYTES_MAX).ok()?;
    let block: Block = serde_json::from_slice(&bytes).ok()?;
    (block.fingerprint == *machine).then_some(block.cell.cell_id)
}

/// The implementation and wall time in seconds of each record.
fn runs_of(folder: &Path) -> Vec<(Id, f64)> {
    let bytes = read_at_most(&folder.join(RECORDS), RECORDS_BYTES_MAX).unwrap_or_default();
    let records = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let run = |record: Value| {
        let implementation = Id::new(record["identity"]["implementation"].as_str()?).ok()?;
        Some((implementation, record["timing"]["wall_ns"].as_f64()? / 1e9))
    };
    records.filter_map(run).collect()
}
