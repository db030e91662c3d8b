//! How long the runs will take, for people: from earlier runs of the same cell on this machine,
//! else from a default. An estimate stands in plan.json only, never in a block: it changes with
//! every measurement, and a block must not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use schema::block::{Block, Cell, Gate};
use schema::files::{read_at_most, state_folder};
use schema::id::Id;
use schema::manifest::RECORDS;
use serde_json::Value;

/// A run of a cell that was never measured: starting a process, and what most studies' work takes.
const DEFAULT_PROCESS_S: f64 = 1.5;
/// Each iteration, warm-up included, of such a cell.
const DEFAULT_ITERATION_S: f64 = 0.05;

const BLOCK_BYTES_MAX: u64 = 64 << 20;
const RECORDS_BYTES_MAX: u64 = 1 << 30;

/// Mean wall time of a run by cell, in seconds.
pub(crate) struct Estimates(BTreeMap<Id, f64>);

impl Estimates {
    /// From the block store; what cannot be read there is passed over.
    pub(crate) fn read<'a>(root: &Path, cells: impl Iterator<Item = &'a Id>) -> Self {
        let wanted: BTreeSet<&str> = cells.map(Id::as_str).collect();
        let mut sums: BTreeMap<Id, (f64, u32)> = BTreeMap::new();
        let blocks = std::fs::read_dir(state_folder(root).join("blocks")).into_iter().flatten().filter_map(Result::ok);
        for folder in blocks {
            let Some(cell) = cell_of(&folder.path()).filter(|cell| wanted.contains(cell.as_str())) else { continue };
            let sum = sums.entry(cell).or_default();
            for wall_ns in walls_ns(&folder.path()) {
                sum.0 += wall_ns / 1e9;
                sum.1 += 1;
            }
        }
        let means = sums.into_iter().filter(|(_, (_, count))| *count > 0);
        Self(means.map(|(cell, (total, count))| (cell, total / f64::from(count))).collect())
    }

    /// One run of `cell`, with the pause after it.
    pub(crate) fn run_s(&self, cell: &Cell, gate: &Gate) -> f64 {
        let default = || DEFAULT_PROCESS_S + DEFAULT_ITERATION_S * f64::from(cell.warmup + cell.iterations);
        self.0.get(&cell.cell_id).copied().unwrap_or_else(default) + f64::from(gate.cooldown_ms) / 1e3
    }
}

fn cell_of(folder: &Path) -> Option<Id> {
    let bytes = read_at_most(&folder.join("block.json"), BLOCK_BYTES_MAX).ok()?;
    let block: Block = serde_json::from_slice(&bytes).ok()?;
    Some(block.cell.cell_id)
}

fn walls_ns(folder: &Path) -> Vec<f64> {
    let bytes = read_at_most(&folder.join(RECORDS), RECORDS_BYTES_MAX).unwrap_or_default();
    let records = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    records.filter_map(|record| record["timing"]["wall_ns"].as_f64()).collect()
}
