//! One run: how it is watched, and its record.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use measure::conditions::{self, SUSPENDED_NS_MIN, Snapshot};
use measure::cpus::{self, Division};
use measure::gate::Passage;
use measure::judge::{self, judge};
use measure::memory_events;
use measure::watch::{self, Watched};
use schema::SCHEMA_VERSION;
use schema::block::{Arm, Block, PlannedRun};
use schema::files::from_root;
use schema::fingerprint::Fingerprint;
use schema::outcome::Outcome;
use schema::params::{Device, Params};
use schema::record::{Captured, Conditions, Environment, Identity, Record, Resources, Status, Timing};

use crate::attempt::Context;
use crate::{Failure, environment, order};

/// What is the same for all runs of an attempt.
pub(crate) struct Bench<'a> {
    context: &'a Context<'a>,
    fingerprint: Fingerprint,
    cpus: Division,
    commit: Option<String>,
    scheduler_job: Option<String>,
}

/// A run in its place in the block.
pub(crate) struct Place<'a> {
    pub(crate) run: &'a PlannedRun,
    pub(crate) arm: &'a Arm,
    pub(crate) round: usize,
    pub(crate) position: usize,
}

impl<'a> Place<'a> {
    /// In the order in which they are to be run.
    pub(crate) fn all(block: &'a Block) -> impl Iterator<Item = Self> {
        block.rounds.iter().enumerate().flat_map(move |(round, runs)| {
            runs.iter().enumerate().filter_map(move |(position, run)| {
                let arm = block.arms.iter().find(|arm| arm.facts.arm == run.arm)?;
                Some(Self { run, arm, round, position })
            })
        })
    }
}

/// What is known of a run after it.
pub(crate) struct Told {
    pub(crate) status: Status,
    pub(crate) outcome: Option<Outcome>,
    timing: Timing,
    resources: Resources,
    conditions: Conditions,
    variables: BTreeMap<String, String>,
    stdout: Captured,
    stderr: Captured,
}

impl Told {
    pub(crate) fn of_no_run(status: Status) -> Self {
        Self {
            status,
            outcome: None,
            timing: Timing::default(),
            resources: Resources::default(),
            conditions: Conditions::default(),
            variables: BTreeMap::new(),
            stdout: Captured::default(),
            stderr: Captured::default(),
        }
    }
}

impl<'a> Bench<'a> {
    /// Keeps this process, from now on, to the cores that are left to it.
    pub(crate) fn new(context: &'a Context<'a>, fingerprint: Fingerprint) -> Result<Self, Failure> {
        let cpus = cpus::divide(context.block.cell.threads);
        cpus::keep_to(&cpus.harness)?;
        let (commit, scheduler_job) = (environment::commit(context.root), environment::scheduler_job());
        Ok(Self { context, fingerprint, cpus, commit, scheduler_job })
    }

    pub(crate) fn run(
        &self,
        place: &Place<'_>,
        params: &Params,
        folder: &Path,
        passage: &Passage,
    ) -> Result<Told, Failure> {
        let block = self.context.block;
        let variables = order::variables(block, place.arm, place.run, folder);
        let argv = order::argv(self.context.root, block, place.arm, place.run, folder);
        let kills_before = memory_events::kills();
        let before = Snapshot::take(&self.cpus.run);
        let watched = self.watch(argv, &variables, folder)?;
        let after = Snapshot::take(&self.cpus.run);
        let expected = judge::Expected {
            params,
            seed: place.run.seed,
            marks: &block.marks,
            outputs: &block.outputs,
            output_bytes: block.limits.output_bytes,
            folder: &folder.join("out"),
            out_of_memory: kills_before.zip(memory_events::kills()).is_some_and(|(before, now)| now > before),
        };
        let (status, outcome) = judge(&watched, &expected);
        let conditions = self.conditions(&watched, (&before, &after), place.run, passage);
        let Watched { timing, resources, stdout, stderr, .. } = watched;
        Ok(Told { status, outcome, timing, resources, conditions, variables, stdout, stderr })
    }

    fn watch(
        &self,
        argv: Vec<OsString>,
        variables: &BTreeMap<String, String>,
        folder: &Path,
    ) -> Result<Watched, Failure> {
        let Context { root, block, lock, interrupts, .. } = self.context;
        let limits = &block.limits;
        let order = watch::Order {
            launcher: &from_root(root, &block.launcher.path),
            argv,
            variables,
            folder,
            cpus: &self.cpus.run,
            timeout: Duration::from_secs(limits.timeout_s.into()),
            file_bytes: Some(limits.output_bytes),
            memory_bytes: limits.memory_bytes,
            uses_gpu: block.cell.device == Device::Cuda,
            lock: Some(lock.as_fd()),
        };
        Ok(watch::run(&order, interrupts)?)
    }

    fn conditions(
        &self,
        watched: &Watched,
        (before, after): (&Snapshot, &Snapshot),
        run: &PlannedRun,
        passage: &Passage,
    ) -> Conditions {
        let block = self.context.block;
        let used = &watched.resources;
        let known_cpu_ns = used.cpu_user_ns + used.cpu_system_ns + used.harness_cpu_ns;
        let mut conditions = conditions::between(before, after, known_cpu_ns);
        conditions.waited_ms = passage.waited_ms;
        conditions.env_padding_bytes = run.env_padding_bytes;
        let disturbed = &mut conditions.disturbed;
        disturbed.extend(passage.breach.iter().map(|breach| format!("before the run: {breach}")));
        let limit = block.limits.gate.other_load_percent_max;
        if let Some(load) = conditions.other_load_percent.filter(|load| *load > limit) {
            disturbed.push(format!("other programs used {load:.0} % of the machine"));
        }
        if watched.timing.suspended_ns >= SUSPENDED_NS_MIN {
            disturbed.push(format!("the machine slept for {} s", watched.timing.suspended_ns / 1_000_000_000));
        }
        if (self.cpus.run.len() as u32) < block.cell.threads {
            disturbed.push(format!("{} threads had {} cores", block.cell.threads, self.cpus.run.len()));
        }
        conditions
    }

    pub(crate) fn record(&self, place: &Place<'_>, attempt: u32, told: Told) -> Record {
        let block = self.context.block;
        let Place { run, arm, round, position } = *place;
        Record {
            identity: Identity {
                schema_version: SCHEMA_VERSION.to_owned(),
                run_id: run.run_id.clone(),
                study: block.study.clone(),
                block_id: block.block_id.clone(),
                cell_id: block.cell.cell_id.clone(),
                arm: run.arm.clone(),
                implementation: arm.facts.implementation.clone(),
                round: round as u32,
                position: position as u32,
                attempt,
                seed: run.seed,
            },
            status: told.status,
            cell: block.cell.clone(),
            arm: arm.facts.clone(),
            data: block.data.inputs.clone(),
            outcome: told.outcome,
            timing: told.timing,
            resources: told.resources,
            conditions: told.conditions,
            environment: Environment {
                fingerprint: self.fingerprint.clone(),
                variables: told.variables,
                cpus: self.cpus.run.clone(),
                files: arm.files.iter().map(|file| (file.path.clone(), file.sha256.clone())).collect(),
                commit: self.commit.clone(),
                scheduler_job: self.scheduler_job.clone(),
            },
            stdout: told.stdout,
            stderr: told.stderr,
        }
    }
}
