//! The runs of one arm, by round.

use schema::block::ArmFacts;
use schema::id::ArmId;

use crate::finished::FinishedBlock;
use crate::metric::{self, Metric};
use crate::run::Run;

pub(crate) struct ArmRuns<'a> {
    pub(crate) facts: &'a ArmFacts,
    pub(crate) runs: Vec<&'a Run>,
    /// Disturbed runs in whose place a later one of the same round counts.
    pub(crate) run_again: Vec<&'a Run>,
    rounds: u32,
}

impl<'a> ArmRuns<'a> {
    pub(crate) fn of(finished: &'a FinishedBlock, arm: &ArmId) -> Option<Self> {
        let facts = &finished.block.arms.iter().find(|candidate| candidate.facts.arm == *arm)?.facts;
        let of_arm = |runs: &'a [Run]| runs.iter().filter(|run| run.arm == *arm).collect();
        let planned = finished.block.rounds.len() as u32;
        let measured = finished.runs.iter().map(|run| run.round + 1).max().unwrap_or(0);
        let (runs, run_again) = (of_arm(&finished.runs), of_arm(&finished.run_again));
        Some(Self { facts, runs, run_again, rounds: planned.max(measured) })
    }

    /// One place a round; none where the run is missing, did not end well or lacks the metric.
    pub(crate) fn values(&self, metric: &Metric) -> Vec<Option<f64>> {
        let place = metric::place(metric);
        let mut values = vec![None; self.rounds as usize];
        for run in &self.runs {
            values[run.round as usize] = run.values[place];
        }
        values
    }

    /// Runs that were attempted, and those of them that did not end well.
    pub(crate) fn attempted_and_failed(&self) -> (usize, usize) {
        (self.runs.len(), self.runs.iter().filter(|run| !run.is_ok()).count())
    }

    pub(crate) fn disturbed(&self) -> usize {
        self.runs.iter().filter(|run| !run.disturbed.is_empty()).count()
    }
}
