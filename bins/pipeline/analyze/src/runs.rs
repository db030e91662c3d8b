//! The runs of one arm, by round.

use schema::block::ArmFacts;
use schema::id::ArmId;
use schema::record::Record;

use crate::finished::FinishedBlock;
use crate::metric::{self, Metric};

pub(crate) struct ArmRuns<'a> {
    pub(crate) facts: &'a ArmFacts,
    pub(crate) records: Vec<&'a Record>,
    /// Disturbed runs in whose place a later one of the same round counts.
    pub(crate) run_again: Vec<&'a Record>,
    rounds: u32,
}

impl<'a> ArmRuns<'a> {
    pub(crate) fn of(finished: &'a FinishedBlock, arm: &ArmId) -> Option<Self> {
        let facts = &finished.block.arms.iter().find(|candidate| candidate.facts.arm == *arm)?.facts;
        let of_arm = |records: &'a [Record]| records.iter().filter(|record| record.identity.arm == *arm).collect();
        let records: Vec<&Record> = of_arm(&finished.records);
        let planned = finished.block.rounds.len() as u32;
        let measured = finished.records.iter().map(|record| record.identity.round + 1).max().unwrap_or(0);
        Some(Self { facts, records, run_again: of_arm(&finished.run_again), rounds: planned.max(measured) })
    }

    /// One place a round; none where the run is missing, did not end well or lacks the metric.
    pub(crate) fn values(&self, metric: &Metric) -> Vec<Option<f64>> {
        let mut values = vec![None; self.rounds as usize];
        for record in &self.records {
            values[record.identity.round as usize] = metric::value(metric, record);
        }
        values
    }

    /// Runs that were attempted, and those of them that did not end well.
    pub(crate) fn attempted_and_failed(&self) -> (usize, usize) {
        let failed = self.records.iter().filter(|record| record.status != schema::record::Status::Ok).count();
        (self.records.len(), failed)
    }

    pub(crate) fn disturbed(&self) -> usize {
        self.records.iter().filter(|record| !record.conditions.disturbed.is_empty()).count()
    }
}
