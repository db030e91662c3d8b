//! Each arm by itself: how its runs ended, what they cost, and how good their results are.

use std::collections::{BTreeMap, BTreeSet};

use schema::analysis::{ArmAnalysis, DisturbedRun, Summary};
use schema::evaluation::{Evaluation, MetricValue};
use schema::id::Id;
use schema::record::{FailureClass, Status};
use stats::describe;

use crate::finished::FinishedBlock;
use crate::runs::ArmRuns;
use crate::success;
use crate::used::{self, SENSORS};

pub(crate) fn analyze(finished: &FinishedBlock) -> Vec<ArmAnalysis> {
    let arms = finished.block.arms.iter();
    arms.filter_map(|arm| ArmRuns::of(finished, &arm.facts.arm)).map(|runs| one(finished, &runs)).collect()
}

fn one(finished: &FinishedBlock, runs: &ArmRuns<'_>) -> ArmAnalysis {
    let mut failures: BTreeMap<FailureClass, u32> = BTreeMap::new();
    let (mut ok, mut skipped) = (0, 0);
    for run in &runs.runs {
        match &run.status {
            Status::Ok => ok += 1,
            Status::Skipped { .. } => skipped += 1,
            Status::Failed { class, .. } => *failures.entry(*class).or_default() += 1,
        }
    }
    ArmAnalysis {
        facts: runs.facts.clone(),
        attempted: runs.runs.len() as u32,
        ok,
        skipped,
        failed: failures.values().sum(),
        failures,
        disturbed: runs.disturbed() as u32,
        disturbed_runs: disturbed_runs(runs),
        metrics: finished
            .metrics()
            .filter_map(|metric| Some((Id::new(metric.id).ok()?, summary(metric.unit, runs.values(metric)))))
            .collect(),
        quality: quality(finished, runs),
        success: success::share((u64::from(ok), runs.runs.len() as u64)),
        used: (0..)
            .zip(&SENSORS)
            .filter_map(|(place, sensor)| Some((Id::new(sensor.id).ok()?, used::summary(&runs.runs, place)?)))
            .collect(),
        timeline: finished.timelines.of(runs),
    }
}

fn disturbed_runs(runs: &ArmRuns<'_>) -> Vec<DisturbedRun> {
    let counted = runs.runs.iter().map(|run| (run, false));
    let all = counted.chain(runs.run_again.iter().map(|run| (run, true)));
    let disturbed = all.filter(|(run, run_again)| *run_again || !run.disturbed.is_empty());
    let named = disturbed.map(|(run, run_again)| DisturbedRun {
        run_id: run.id.to_string(),
        round: run.round,
        because: run.disturbed.to_vec(),
        run_again,
    });
    named.collect()
}

/// A figure that cannot be given is left out; with too few values most of them cannot.
fn summary(unit: &str, values: Vec<Option<f64>>) -> Summary {
    let rounds: Vec<u32> = (0_u32..).zip(&values).filter_map(|(round, value)| value.map(|_| round)).collect();
    let there: Vec<f64> = values.iter().copied().flatten().collect();
    let quantile = |probability| describe::quantile(&there, probability).ok();
    let outliers = describe::outliers(&there).unwrap_or_default();
    let named = |places: Vec<usize>| places.into_iter().map(|place| rounds[place]).collect();
    Summary {
        unit: unit.to_owned(),
        n: there.len() as u32,
        mean: describe::mean(&there).ok(),
        geometric_mean: describe::geometric_mean(&there).ok(),
        sd: describe::sd(&there).ok(),
        cv: describe::cv(&there).ok(),
        min: quantile(0.0),
        q1: quantile(0.25),
        median: quantile(0.5),
        q3: quantile(0.75),
        max: quantile(1.0),
        values,
        outliers_mild: named(outliers.mild),
        outliers_severe: named(outliers.severe),
    }
}

/// The mean over the runs that ended well; undefined as soon as one of them has no value.
fn quality(finished: &FinishedBlock, runs: &ArmRuns<'_>) -> BTreeMap<Id, MetricValue> {
    let ours: BTreeSet<&str> = runs.runs.iter().filter(|run| run.is_ok()).map(|run| &*run.id).collect();
    let is_ours = |evaluation: &&Evaluation| ours.contains(evaluation.run_id.as_str());
    let mut found: BTreeMap<&Id, Vec<&MetricValue>> = BTreeMap::new();
    for evaluation in finished.evaluations.iter().filter(is_ours) {
        for (id, value) in &evaluation.metrics {
            found.entry(id).or_default().push(value);
        }
    }
    found.into_iter().filter_map(|(id, values)| Some((id.clone(), mean_quality(&values)?))).collect()
}

fn mean_quality(values: &[&MetricValue]) -> Option<MetricValue> {
    let first = *values.first()?;
    if let Some(undefined) = values.iter().find(|value| value.value.is_none()) {
        return Some((*undefined).clone());
    }
    let there: Vec<f64> = values.iter().filter_map(|value| value.value).collect();
    let mean = describe::mean(&there);
    Some(MetricValue {
        value: mean.ok(),
        reason: mean.err().map(|absence| absence.to_string()),
        unit: first.unit.clone(),
        better: first.better,
    })
}
