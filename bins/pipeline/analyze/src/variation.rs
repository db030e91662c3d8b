//! How steady each implementation is, from run to run of a cell and from cell to cell. The variation of
//! cells' means holds that of their runs: both are told apart.

use std::collections::BTreeMap;

use schema::detail::Variation;
use schema::id::{Id, Variant};
use stats::factors;

use crate::finished::FinishedBlock;
use crate::input::Input;
use crate::metric::{METRICS, Metric};
use crate::runs::ArmRuns;

/// Means that lie this much closer together than chance has them are damage or a mistake.
const TOO_EVEN: f64 = 0.001;

/// By domain, task, implementation and metric.
type Key = (Id, Id, Id, &'static str);

pub(crate) fn analyze(input: &Input) -> Vec<Variation> {
    let mut cells: BTreeMap<Key, Vec<Vec<f64>>> = BTreeMap::new();
    for finished in &input.blocks {
        for metric in METRICS.iter().filter(|metric| is_of_one_mode(finished, metric)) {
            for (implementation, logs) in arms(finished, metric) {
                let block = &finished.block;
                let key = (block.domain.clone(), block.cell.task.clone(), implementation, metric.id);
                cells.entry(key).or_default().push(logs);
            }
        }
    }
    cells.into_iter().filter_map(|(key, cells)| one(key, &cells)).collect()
}

/// Cold and warm cells never stand in one average.
fn is_of_one_mode(finished: &FinishedBlock, metric: &Metric) -> bool {
    metric.headline == [finished.block.cell.mode]
}

/// The logarithms of each plain arm's values, of two or more.
fn arms(finished: &FinishedBlock, metric: &Metric) -> Vec<(Id, Vec<f64>)> {
    let plain = finished.block.arms.iter().filter(|arm| arm.facts.arm.variant == Variant::Plain);
    plain
        .filter_map(|arm| ArmRuns::of(finished, &arm.facts.arm))
        .map(|runs| {
            let values = runs.values(metric).into_iter().flatten().filter(|value| *value > 0.0);
            (runs.facts.implementation.clone(), values.map(f64::ln).collect::<Vec<f64>>())
        })
        .filter(|(_, logs)| logs.len() >= 2)
        .collect()
}

fn one((domain, task, implementation, metric): Key, cells: &[Vec<f64>]) -> Option<Variation> {
    let groups: Vec<&[f64]> = cells.iter().map(Vec::as_slice).collect();
    let found = factors::components(&groups).ok()?;
    let too_even = found.p_too_even < TOO_EVEN;
    Some(Variation {
        domain,
        task,
        implementation,
        metric: Id::new(metric).ok()?,
        cells: found.configurations as u32,
        runs: found.runs as u32,
        sd_run: found.sd_run,
        sd_cell: found.sd_configuration,
        remark: too_even.then(|| {
            format!(
                "the cells' means lie closer together than their runs' own variation allows (p = {:.1e}): look at how \
                 the values were taken",
                found.p_too_even
            )
        }),
    })
}
