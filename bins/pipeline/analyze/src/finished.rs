//! A finished block's folder, accepted only as its manifest describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use schema::block::Block;
use schema::document;
use schema::evaluation::{Evaluation, Parity};
use schema::fault::{Fault, Faults};
use schema::fingerprint::Fingerprint;
use schema::id::ArmId;
use schema::manifest::{BLOCK, Manifest, RECORDS};
use schema::record::{self, Record};

use crate::metric::{METRICS, Metric};
use crate::run::{Run, contradictions};
use crate::timeline::Timelines;
use crate::used::Missing;

/// A study has at most 1000 rounds; a number far beyond is damage, and would be allocated for.
const ROUNDS_MAX: u32 = 10_000;

#[derive(Debug)]
pub(crate) struct FinishedBlock {
    pub(crate) block: Block,
    /// Of the attempt that finished the block, by round and place in it; of a round that was run again
    /// because it was disturbed, the last.
    pub(crate) runs: Vec<Run>,
    /// The disturbed runs in whose place a later run of the same round counts.
    pub(crate) run_again: Vec<Run>,
    pub(crate) timelines: Timelines,
    pub(crate) missing: Missing,
    pub(crate) evaluations: Vec<Evaluation>,
    pub(crate) parity: Vec<Parity>,
}

impl FinishedBlock {
    /// `evaluation` is what `evaluate` made of the block; where it is not there, nothing is known of
    /// quality and parity. A run's course is told in at most `stretches_max` stretches.
    pub(crate) fn read(folder: &Path, evaluation: &Path, stretches_max: usize) -> Result<Self, Faults> {
        let manifest = Manifest::of_finished_block(folder)?;
        let block: Block = document::read(&folder.join(BLOCK))?;
        let place = folder.join(RECORDS);
        let mut timelines = Timelines::new(&block, stretches_max);
        let (runs, missing) = read_runs(&block, &place, manifest.attempt, &mut timelines)?;
        check_runs(&block, &runs, &place.display().to_string()).into_result()?;
        let (runs, run_again) = record::split_counted(runs, |run| (run.round, run.repeat));
        let there = |name: &str| Some(evaluation.join(name)).filter(|path| path.exists());
        let mut finished = Self {
            evaluations: there("evaluations.jsonl").map_or(Ok(Vec::new()), |path| {
                document::read_many(&path, |evaluation: &Evaluation| &evaluation.schema_version, |read| read)
            })?,
            parity: there("parity.jsonl").map_or(Ok(Vec::new()), |path| document::read_lines(&path))?,
            block,
            runs,
            run_again,
            timelines,
            missing,
        };
        finished.check_evaluations(evaluation).into_result()?;
        finished.take_evaluated();
        Ok(finished)
    }

    fn take_evaluated(&mut self) {
        let by_run: BTreeMap<&str, &Evaluation> =
            self.evaluations.iter().map(|evaluation| (evaluation.run_id.as_str(), evaluation)).collect();
        for run in self.runs.iter_mut().chain(&mut self.run_again) {
            if let Some(evaluation) = by_run.get(&*run.id) {
                run.evaluated(evaluation);
            }
        }
    }

    /// The metrics that the block's runs have, or should have.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = &'static Metric> {
        let has = |place: usize| self.runs.iter().any(|run| run.values[place].is_some());
        let has: [bool; METRICS.len()] = std::array::from_fn(|place| METRICS[place].is_general() || has(place));
        METRICS.iter().zip(has).filter_map(|(metric, has)| has.then_some(metric))
    }

    fn check_evaluations(&self, folder: &Path) -> Faults {
        let place = folder.display().to_string();
        let mut faults = Faults::default();
        let runs: BTreeSet<&str> = self.runs.iter().chain(&self.run_again).map(|run| &*run.id).collect();
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

/// The runs of the attempt that finished the block, by round and place in it.
fn read_runs(
    block: &Block,
    place: &Path,
    attempt: Option<u32>,
    timelines: &mut Timelines,
) -> Result<(Vec<Run>, Missing), Faults> {
    let mut faults = Faults::default();
    let mut machine: Option<Arc<Fingerprint>> = None;
    let mut missing = Missing::default();
    let runs = document::read_many(
        place,
        |record: &Record| &record.identity.schema_version,
        |record| {
            if attempt.is_some_and(|attempt| record.identity.attempt != attempt) {
                return None;
            }
            for what in contradictions(block, &record) {
                let run = &record.identity.run_id;
                faults.push(Fault::new(place.display().to_string(), format!("run {run} {what}")));
            }
            timelines.offer(&record);
            missing.count(&record);
            let seen = &record.environment.fingerprint;
            let shared = match machine.take().filter(|known| **known == *seen) {
                Some(known) => known,
                None => Arc::new(seen.clone()),
            };
            machine = Some(Arc::clone(&shared));
            Some(Run::of(record, shared))
        },
    )?;
    faults.into_result()?;
    let mut runs: Vec<Run> = runs.into_iter().flatten().collect();
    runs.sort_by_key(|run| (run.round, run.position));
    Ok((runs, missing))
}

/// All planned rounds, or those up to the look at which the intervals were narrow enough.
fn rounds_due(block: &Block, runs: &[Run]) -> usize {
    let measured = runs.iter().map(|run| run.round + 1).max().unwrap_or(0);
    let ended = block.sampling.until.as_ref().is_some_and(|until| until.looks.contains(&measured));
    if ended { measured as usize } else { block.rounds.len() }
}

/// Every planned run has its record, every record is of an arm, and none is there twice.
fn check_runs(block: &Block, runs: &[Run], place: &str) -> Faults {
    let mut faults = Faults::default();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut places: BTreeSet<(u32, u32, &ArmId)> = BTreeSet::new();
    for run in runs {
        let (id, arm) = (&run.id, &run.arm);
        if run.round >= ROUNDS_MAX {
            faults.push(Fault::new(place, format!("run {id} is of round {}", run.round)));
        }
        if !block.arms.iter().any(|known| known.facts.arm == *arm) {
            faults.push(Fault::new(place, format!("run {id} is of {arm}, no arm of the block")));
        }
        if !seen.insert(id) || !places.insert((run.round, run.repeat, arm)) {
            faults.push(Fault::new(place, format!("run {id} (round {} of {arm}) is there twice", run.round)));
        }
    }
    let planned = block.rounds.iter().take(rounds_due(block, runs)).flatten().map(|run| run.run_id.as_str());
    let missing: Vec<&str> = planned.filter(|run| !seen.contains(run)).collect();
    if let Some(first) = missing.first() {
        let what = format!("{} planned runs have no record, the first is {first}", missing.len());
        faults.push(Fault::new(place, what).hint("the block is not finished: start again with -resume"));
    }
    faults
}
