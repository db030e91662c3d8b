//! What the analysis keeps of a record. A million of them have to fit into memory, and most of a record
//! says again what its block says.

use std::sync::Arc;

use schema::block::Block;
use schema::evaluation::Evaluation;
use schema::fingerprint::Fingerprint;
use schema::id::ArmId;
use schema::params::Mode;
use schema::record::{FailureClass, Record, Status};

use crate::metric::{self, METRICS};
use crate::used::{self, Reading};

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) id: Box<str>,
    pub(crate) arm: ArmId,
    pub(crate) round: u32,
    pub(crate) position: u32,
    pub(crate) attempt: u32,
    pub(crate) repeat: u32,
    pub(crate) status: Status,
    pub(crate) disturbed: Box<[String]>,
    /// In the order of [`METRICS`].
    pub(crate) values: [Option<f64>; METRICS.len()],
    pub(crate) used: Box<[Reading]>,
    /// The work of each counted iteration of a warm run, in ns.
    pub(crate) iterations_ns: Option<Box<[f64]>>,
    /// Shared by the runs of one block.
    pub(crate) machine: Arc<Fingerprint>,
}

impl Run {
    pub(crate) fn of(record: Record, machine: Arc<Fingerprint>) -> Self {
        let iterations_ns = metric::iterations_ns(&record);
        let values = METRICS.each_ref().map(|metric| metric::value(metric, &record, iterations_ns.as_deref()));
        // One iteration in a fresh process has nothing to settle.
        let iterations_ns = iterations_ns.filter(|_| record.cell.mode == Mode::Warm);
        let used = used::readings(&record);
        let identity = record.identity;
        Self {
            id: identity.run_id.into(),
            arm: identity.arm,
            round: identity.round,
            position: identity.position,
            attempt: identity.attempt,
            repeat: identity.repeat,
            status: record.status,
            disturbed: record.conditions.disturbed.into(),
            values,
            used,
            iterations_ns: iterations_ns.map(Into::into),
            machine,
        }
    }

    /// What only the run's outputs say.
    pub(crate) fn evaluated(&mut self, evaluation: &Evaluation) {
        for (value, metric) in self.values.iter_mut().zip(&METRICS) {
            *value = value.or_else(|| metric::evaluated(metric, evaluation));
        }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.status == Status::Ok
    }

    /// Not so where the machine was the wrong one.
    pub(crate) fn was_measured(&self) -> bool {
        !matches!(self.status, Status::Failed { class: FailureClass::FingerprintMismatch, .. })
    }
}

/// What a record says against itself or against its block, in words.
pub(crate) fn contradictions(block: &Block, record: &Record) -> Vec<String> {
    let identity = &record.identity;
    if (&identity.block_id, &identity.study, &identity.cell_id) != (&block.block_id, &block.study, &block.cell.cell_id)
    {
        let whose = format!("block {}, cell {} of study {}", identity.block_id, identity.cell_id, identity.study);
        return vec![format!("belongs to {whose}")];
    }
    let facts = block.arms.iter().map(|arm| &arm.facts).find(|facts| facts.arm == identity.arm);
    let ok = record.status == Status::Ok;
    let outcome = record.outcome.as_ref();
    let timing = &record.timing;
    let found = [
        (record.cell != block.cell, "its cell is not the block's"),
        (facts.is_some_and(|facts| *facts != record.arm), "what it says of its arm is not what the block says"),
        (
            timing.exit_ns.checked_sub(timing.spawn_ns) != Some(timing.wall_ns),
            "`wall_ns` is not the time from `spawn_ns` to `exit_ns`",
        ),
        (ok && outcome.is_none(), "its status is ok, and it has no outcome"),
        // A run that failed by the protocol may well have left what is wrong.
        (ok && outcome.is_some_and(|outcome| outcome.run_id != identity.run_id), "its outcome is of another run"),
        (
            ok && outcome.is_some_and(|outcome| outcome.marks.iter().any(|mark| mark.end_ns < mark.start_ns)),
            "a mark ends before it begins",
        ),
    ];
    found.into_iter().filter(|(holds, _)| *holds).map(|(_, what)| format!("contradicts itself: {what}")).collect()
}
