//! A finished block's folder, accepted only as its manifest describes it.

use std::collections::BTreeSet;
use std::path::Path;

use schema::block::Block;
use schema::document;
use schema::evaluation::{Evaluation, Parity};
use schema::fault::{Fault, Faults};
use schema::id::ArmId;
use schema::manifest::{BLOCK, Manifest, RECORDS};
use schema::record::{self, Captured, Record, Status};

/// A study has at most 1000 rounds; a number far beyond is damage, and would be allocated for.
const ROUNDS_MAX: u32 = 10_000;

#[derive(Debug)]
pub(crate) struct FinishedBlock {
    pub(crate) block: Block,
    /// Of the attempt that finished the block, by round and place in it; of a round that was run again
    /// because it was disturbed, the last.
    pub(crate) records: Vec<Record>,
    /// The disturbed runs in whose place a later run of the same round counts.
    pub(crate) run_again: Vec<Record>,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) parity: Vec<Parity>,
}

impl FinishedBlock {
    /// `evaluation` is what `evaluate` made of the block; where it is not there, nothing is known of
    /// quality and parity.
    pub(crate) fn read(folder: &Path, evaluation: &Path) -> Result<Self, Faults> {
        let manifest = Manifest::of_finished_block(folder)?;
        let block: Block = document::read(&folder.join(BLOCK))?;
        let place = folder.join(RECORDS);
        let mut records = document::read_many(&place, |record: &Record| &record.identity.schema_version, kept)?;
        if let Some(attempt) = manifest.attempt {
            records.retain(|record| record.identity.attempt == attempt);
        }
        records.sort_by_key(|record| (record.identity.round, record.identity.position));
        check_records(&block, &records, &place.display().to_string()).into_result()?;
        let (records, run_again) = record::split_counted(records);
        let there = |name: &str| Some(evaluation.join(name)).filter(|path| path.exists());
        let finished = Self {
            evaluations: there("evaluations.jsonl").map_or(Ok(Vec::new()), |path| {
                document::read_many(&path, |evaluation: &Evaluation| &evaluation.schema_version, |read| read)
            })?,
            parity: there("parity.jsonl").map_or(Ok(Vec::new()), |path| document::read_lines(&path))?,
            block,
            records,
            run_again,
        };
        finished.check_evaluations(evaluation).into_result()?;
        Ok(finished)
    }

    fn check_evaluations(&self, folder: &Path) -> Faults {
        let place = folder.display().to_string();
        let mut faults = Faults::default();
        let all = self.records.iter().chain(&self.run_again);
        let runs: BTreeSet<&str> = all.map(|record| record.identity.run_id.as_str()).collect();
        for evaluation in &self.evaluations {
            if !runs.contains(evaluation.run_id.as_str()) {
                faults.push(Fault::new(
                    &place,
                    format!("evaluates run {}, which is not in the block", evaluation.run_id),
                ));
            }
        }
        for parity in &self.parity {
            if parity.block_id != self.block.block_id {
                faults.push(Fault::new(&place, format!("holds parity of block {}", parity.block_id)));
            }
        }
        faults
    }
}

/// A record without what no figure rests on: a million of them have to fit into memory.
fn kept(mut record: Record) -> Record {
    record.environment.variables.clear();
    record.environment.files.clear();
    record.data.clear();
    record.stdout = Captured::default();
    record.stderr = Captured::default();
    if let Some(outcome) = &mut record.outcome {
        outcome.marks.shrink_to_fit();
        outcome.versions.clear();
        outcome.artifacts = Vec::new();
    }
    record
}

/// What a record says against itself or against its block, in words.
fn contradictions(block: &Block, record: &Record) -> Vec<&'static str> {
    let facts = block.arms.iter().map(|arm| &arm.facts).find(|facts| facts.arm == record.identity.arm);
    let ok = record.status == Status::Ok;
    let outcome = record.outcome.as_ref();
    let timing = &record.timing;
    [
        (record.cell != block.cell, "its cell is not the block's"),
        (facts.is_some_and(|facts| *facts != record.arm), "what it says of its arm is not what the block says"),
        (
            timing.exit_ns.checked_sub(timing.spawn_ns) != Some(timing.wall_ns),
            "`wall_ns` is not the time from `spawn_ns` to `exit_ns`",
        ),
        (ok && outcome.is_none(), "its status is ok, and it has no outcome"),
        // A run that failed by the protocol may well have left what is wrong.
        (
            ok && outcome.is_some_and(|outcome| outcome.run_id != record.identity.run_id),
            "its outcome is of another run",
        ),
        (
            ok && outcome.is_some_and(|outcome| outcome.marks.iter().any(|mark| mark.end_ns < mark.start_ns)),
            "a mark ends before it begins",
        ),
    ]
    .into_iter()
    .filter_map(|(holds, what)| holds.then_some(what))
    .collect()
}

/// All planned rounds, or those up to the look at which the intervals were narrow enough.
fn rounds_due(block: &Block, records: &[Record]) -> usize {
    let measured = records.iter().map(|record| record.identity.round + 1).max().unwrap_or(0);
    let ended = block.sampling.until.as_ref().is_some_and(|until| until.looks.contains(&measured));
    if ended { measured as usize } else { block.rounds.len() }
}

/// Every planned run has its record, every record is of this block, and none is there twice.
fn check_records(block: &Block, records: &[Record], place: &str) -> Faults {
    let mut faults = Faults::default();
    let mut runs: BTreeSet<&str> = BTreeSet::new();
    let mut places: BTreeSet<(u32, u32, &ArmId)> = BTreeSet::new();
    for record in records {
        let identity = &record.identity;
        if (&identity.block_id, &identity.study, &identity.cell_id)
            != (&block.block_id, &block.study, &block.cell.cell_id)
        {
            let whose = format!("block {}, cell {} of study {}", identity.block_id, identity.cell_id, identity.study);
            faults.push(Fault::new(place, format!("run {} belongs to {whose}", identity.run_id)));
        }
        if identity.round >= ROUNDS_MAX {
            faults.push(Fault::new(place, format!("run {} is of round {}", identity.run_id, identity.round)));
        }
        if !block.arms.iter().any(|arm| arm.facts.arm == identity.arm) {
            faults.push(Fault::new(
                place,
                format!("run {} is of {}, no arm of the block", identity.run_id, identity.arm),
            ));
        }
        for what in contradictions(block, record) {
            faults.push(Fault::new(place, format!("run {} contradicts itself: {what}", identity.run_id)));
        }
        if !runs.insert(&identity.run_id) || !places.insert((identity.round, identity.repeat, &identity.arm)) {
            let what = format!("run {} (round {} of {}) is there twice", identity.run_id, identity.round, identity.arm);
            faults.push(Fault::new(place, what));
        }
    }
    let planned = block.rounds.iter().take(rounds_due(block, records)).flatten().map(|run| run.run_id.as_str());
    let missing: Vec<&str> = planned.filter(|run| !runs.contains(run)).collect();
    if let Some(first) = missing.first() {
        let what = format!("{} planned runs have no record, the first is {first}", missing.len());
        faults.push(Fault::new(place, what).hint("the block is not finished: start again with -resume"));
    }
    faults
}
