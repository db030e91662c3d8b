//! One try at a block: its runs in their order, a record each, appended at once.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use measure::gate::{self, Look, Passage};
use measure::interrupt::{Interrupted, Interrupts};
use measure::lock::HostLock;
use measure::sensors;
use measure::store::Store;
use schema::block::{Block, PlannedRun};
use schema::document::canonical;
use schema::fault::Fault;
use schema::files::{cannot, create_folder, write_whole};
use schema::fingerprint::Fingerprint;
use schema::manifest::RECORDS;
use schema::outcome::Outcome;
use schema::record::{FailureClass, Record, Status};

use crate::looks::Looks;
use crate::progress::Progress;
use crate::run::{Bench, Place, Told};
use crate::{Failure, Stop, order};

/// What a whole call of `measure` works with.
pub(crate) struct Context<'a> {
    pub(crate) root: &'a Path,
    pub(crate) block: &'a Block,
    pub(crate) block_file: &'a Path,
    pub(crate) store: &'a Store,
    pub(crate) lock: &'a HostLock,
    pub(crate) interrupts: &'a Interrupts,
    pub(crate) progress: &'a Progress,
    pub(crate) no_wait: bool,
}

pub(crate) struct Attempt<'a> {
    context: &'a Context<'a>,
    bench: Bench<'a>,
    number: u32,
    folder: PathBuf,
    records: File,
    started: Instant,
    /// How the block's gate was passed, and how warm the processor was when the first run began.
    gate: Passage,
    first_celsius: Option<f64>,
    /// Runs begun, and all that are to be run as far as is known.
    begun: usize,
    total: usize,
    counts: Counts,
    looks: Looks,
}

#[derive(Default)]
struct Counts {
    ok: usize,
    skipped: usize,
    failed: usize,
}

impl<'a> Attempt<'a> {
    pub(crate) fn begin(context: &'a Context<'a>, fingerprint: Fingerprint) -> Result<Self, Failure> {
        let bench = Bench::new(context, fingerprint)?;
        let (number, folder) = context.store.begin_attempt()?;
        let path = folder.join(RECORDS);
        let records = OpenOptions::new().append(true).create_new(true).open(&path);
        let records = records.map_err(|error| cannot("write", &path, &error))?;
        Ok(Self {
            context,
            bench,
            number,
            folder,
            records,
            started: Instant::now(),
            gate: Passage::default(),
            first_celsius: None,
            begun: 0,
            total: context.block.rounds.iter().map(Vec::len).sum(),
            counts: Counts::default(),
            looks: Looks::default(),
        })
    }

    /// The one record of a block that is not started on a machine that it was not planned for.
    pub(crate) fn record_wrong_machine(&mut self, difference: &str) -> Result<(), Failure> {
        let block = self.context.block;
        let first = block.rounds.first().map(|runs| Place::of_round(block, runs, 0, 0)).unwrap_or_default();
        let Some(place) = first.first() else { return Ok(()) };
        let message = format!("this machine is not the one that the block was planned for: {difference}");
        let status = Status::Failed { class: FailureClass::FingerprintMismatch, message };
        let record = self.bench.record(place, self.number, Told::of_no_run(status));
        Ok(self.append(&record)?)
    }

    pub(crate) fn run_all(&mut self) -> Result<(), Failure> {
        let context = self.context;
        self.gate = self.pass(Look::Whole).map_err(Stop::Interrupted)?;
        if let Some(breach) = &self.gate.breach {
            context.progress.say(&format!("measuring although {breach}; the runs are marked"));
        }
        self.first_celsius = sensors::temperature_celsius();
        let mut disturbed = VecDeque::new();
        for (round, runs) in context.block.rounds.iter().enumerate() {
            let round = round as u32;
            if self.run_round(runs, round, 0)? {
                disturbed.push_back((round, 1));
            }
            if let Some(width) = self.looks.narrow_enough(context.block, round + 1) {
                let rounds = round + 1;
                context.progress.say(&format!("the intervals are narrow enough after {rounds} rounds: ±{width:.1} %"));
                break;
            }
        }
        // Who did not want to wait for a quiet machine does not want the time for further samples either.
        if context.no_wait { Ok(()) } else { self.run_again(disturbed) }
    }

    /// Disturbed rounds once more, whole, as further samples of the same rounds: the first ones are
    /// kept and do not count. No round a third time before each had its second.
    fn run_again(&mut self, mut disturbed: VecDeque<(u32, u32)>) -> Result<(), Failure> {
        let block = self.context.block;
        for _ in 0..block.sampling.repeats_max {
            let Some((round, repeat)) = disturbed.pop_front() else { break };
            let again: Vec<PlannedRun> =
                block.rounds[round as usize].iter().map(|run| order::again(run, repeat)).collect();
            self.total += again.len();
            if self.run_round(&again, round, repeat)? {
                disturbed.push_back((round, repeat + 1));
            }
        }
        Ok(())
    }

    /// True when something that may pass disturbed one of its runs.
    fn run_round(&mut self, runs: &[PlannedRun], round: u32, repeat: u32) -> Result<bool, Failure> {
        let context = self.context;
        let mut disturbed = false;
        for place in Place::of_round(context.block, runs, round, repeat) {
            let mut passage = self.gate.clone();
            if self.begun > 0 {
                let cooldown = Duration::from_millis(context.block.limits.gate.cooldown_ms.into());
                context.interrupts.sleep(cooldown).map_err(Stop::Interrupted)?;
                let look = Look::BetweenRuns { first_celsius: self.first_celsius };
                let between = self.pass(look).map_err(Stop::Interrupted)?;
                passage = Passage { waited_ms: between.waited_ms, breach: between.breach.or(passage.breach) };
            }
            self.begun += 1;
            let (number, total, arm, round) = (self.begun, self.total, &place.run.arm, place.round + 1);
            let again = if repeat > 0 { " again" } else { "" };
            context.progress.note(&format!("run {number} of {total} ({arm}, round {round}{again})"));
            disturbed |= self.run_one(number, &place, &passage)?;
            context.interrupts.pending().map_err(Stop::Interrupted)?;
        }
        Ok(disturbed)
    }

    fn pass(&self, look: Look) -> Result<Passage, Interrupted> {
        let context = self.context;
        let say = &mut |line: &str| context.progress.say(line);
        gate::pass(&context.block.limits.gate, look, context.no_wait, context.interrupts, say)
    }

    /// True when the run was disturbed by what may be over soon.
    fn run_one(&mut self, number: usize, place: &Place<'_>, passage: &Passage) -> Result<bool, Failure> {
        let folder = self.folder.join(order::folder_name(number, place.run.folder_name_length));
        create_folder(&folder.join("out"))?;
        let params = order::params(self.context.block, place.arm, place.run);
        write_whole(&folder.join("params.json"), canonical(&params).as_bytes())?;
        let told = self.bench.run(place, &params, &folder, passage)?;
        if let Some(outcome) = &told.outcome {
            self.keep_outputs(outcome, &told.status, &place.run.run_id, &folder.join("out"))?;
        }
        let disturbed = told.disturbed_for_now;
        let record = self.bench.record(place, self.number, told);
        self.append(&record)?;
        self.looks.add(&record);
        self.count(&record, number);
        fs::remove_dir_all(&folder).map_err(|error| cannot("remove", &folder, &error))?;
        Ok(disturbed)
    }

    /// Of runs whose outputs were verified; a diverged one's are evidence too.
    fn keep_outputs(&self, outcome: &Outcome, status: &Status, run_id: &str, out: &Path) -> Result<(), Fault> {
        let verified = matches!(status, Status::Ok | Status::Failed { class: FailureClass::Diverged, .. });
        let paths: Vec<&String> = outcome.artifacts.iter().filter_map(|artifact| artifact.path.as_ref()).collect();
        if !verified || paths.is_empty() {
            return Ok(());
        }
        let kept = self.folder.join("runs").join(run_id);
        create_folder(&kept.join("outputs"))?;
        for path in paths {
            let target = kept.join(path);
            fs::rename(out.join(path), &target).map_err(|error| cannot("move an output to", &target, &error))?;
        }
        Ok(())
    }

    /// One line, one write, synced: after a crash all lines but perhaps the last are whole.
    fn append(&mut self, record: &Record) -> Result<(), Fault> {
        let line = canonical(record) + "\n";
        let written = self.records.write_all(line.as_bytes()).and_then(|()| self.records.sync_data());
        written.map_err(|error| cannot("write", &self.folder.join(RECORDS), &error))
    }

    fn count(&mut self, record: &Record, number: usize) {
        match &record.status {
            Status::Ok => self.counts.ok += 1,
            Status::Skipped { .. } => self.counts.skipped += 1,
            Status::Failed { message, .. } => {
                self.counts.failed += 1;
                self.context.progress.say(&format!("run {number} ({}) failed: {message}", record.identity.arm));
            }
        }
    }

    /// Moves the attempt into the store, and gives back the line that sums it up.
    pub(crate) fn finish(self) -> Result<String, Fault> {
        let Self { context, number, folder, started, counts, .. } = self;
        let block = schema::files::read_at_most(context.block_file, schema::files::DOCUMENT_BYTES_MAX)?;
        if schema::digest::of_bytes(&block) != context.store.key() {
            return Err(Fault::new(context.block_file.display().to_string(), "was changed while it was measured"));
        }
        write_whole(&folder.join("block.json"), &block)?;
        context.store.finish(number, &folder, &context.block.block_id)?;
        let Counts { ok, skipped, failed } = counts;
        let runs = ok + skipped + failed;
        let seconds = started.elapsed().as_secs_f64();
        Ok(format!("measured {runs} runs in {seconds:.1} s: {ok} ok, {failed} failed, {skipped} skipped"))
    }
}
