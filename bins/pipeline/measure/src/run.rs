//! One run: how it is watched, and its record.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use measure::conditions::{self, Disturbance, SUSPENDED_NS_MIN, Snapshot};
use measure::cpus::{self, Division};
use measure::gate::Passage;
use measure::gpu::Gpus;
use measure::judge::{self, judge};
use measure::memory_events;
use measure::watch::{self, Watched};
use schema::SCHEMA_VERSION;
use schema::block::{Arm, Block, PlannedRun};
use schema::files::from_root;
use schema::fingerprint::Fingerprint;
use schema::outcome::Outcome;
use schema::params::Params;
use schema::record::{Captured, Conditions, Environment, Identity, Record, Resources, ServiceUse, Status, Timing};

use crate::attempt::Context;
use crate::beside::{self, Beside};
use crate::{Failure, environment, order};

/// What is the same for all runs of an attempt.
pub(crate) struct Bench<'a> {
    context: &'a Context<'a>,
    fingerprint: Fingerprint,
    cpus: Division,
    gpus: Gpus,
    beside: Beside<'a>,
    commit: Option<String>,
    scheduler_job: Option<String>,
}

/// A run in its place in the block.
pub(crate) struct Place<'a> {
    pub(crate) run: &'a PlannedRun,
    pub(crate) arm: &'a Arm,
    pub(crate) round: u32,
    pub(crate) repeat: u32,
    pub(crate) position: usize,
}

impl<'a> Place<'a> {
    /// Of one round, in the order in which they are to be run.
    pub(crate) fn of_round(block: &'a Block, runs: &'a [PlannedRun], round: u32, repeat: u32) -> Vec<Self> {
        let place = |(position, run): (usize, &'a PlannedRun)| {
            let arm = block.arms.iter().find(|arm| arm.facts.arm == run.arm)?;
            Some(Self { run, arm, round, repeat, position })
        };
        runs.iter().enumerate().filter_map(place).collect()
    }
}

/// What is known of a run after it.
pub(crate) struct Told {
    pub(crate) status: Status,
    pub(crate) outcome: Option<Outcome>,
    /// Something disturbed the run that may be over when its round is run again.
    pub(crate) disturbed_for_now: bool,
    timing: Timing,
    resources: Resources,
    services: Vec<ServiceUse>,
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
            disturbed_for_now: false,
            timing: Timing::default(),
            resources: Resources::default(),
            services: Vec::new(),
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
        // Services inherit the harness's cores.
        let beside = Beside::new(context.root, context.block);
        Ok(Self { context, fingerprint, cpus, gpus: Gpus::open(), beside, commit, scheduler_job })
    }

    pub(crate) fn run(
        &self,
        place: &Place<'_>,
        params: &Params,
        folder: &Path,
        passage: &Passage,
    ) -> Result<Told, Failure> {
        let block = self.context.block;
        let mut variables = order::variables(block, place.arm, place.run, folder);
        variables.extend(self.beside.ready()?);
        let argv = order::argv(self.context.root, block, place.arm, place.run, folder);
        let kills_before = memory_events::kills();
        let used_before = self.beside.used();
        let before = Snapshot::before(&self.cpus.run);
        let watched = self.watch(argv, &variables, folder)?;
        let after = Snapshot::after(&self.cpus.run);
        let services = beside::between(&used_before, self.beside.used());
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
        let (conditions, disturbed_for_now) =
            self.conditions(&watched, (&before, &after), &services, place.run, passage);
        let Watched { timing, resources, stdout, stderr, .. } = watched;
        Ok(Told {
            status,
            outcome,
            disturbed_for_now,
            timing,
            resources,
            services,
            conditions,
            variables,
            stdout,
            stderr,
        })
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
            gpus: &self.gpus,
            lock: Some(lock.as_fd()),
        };
        Ok(watch::run(&order, interrupts)?)
    }

    /// And whether the run should be done again.
    fn conditions(
        &self,
        watched: &Watched,
        (before, after): (&Snapshot, &Snapshot),
        services: &[ServiceUse],
        run: &PlannedRun,
        passage: &Passage,
    ) -> (Conditions, bool) {
        let used = &watched.resources;
        let services_cpu_ns: u64 = services.iter().filter_map(|service| service.cpu_ns).sum();
        let known_cpu_ns = used.cpu_user_ns + used.cpu_system_ns + used.harness_cpu_ns + services_cpu_ns;
        let mut conditions = conditions::between(before, after, &self.cpus.run, &watched.frequencies, known_cpu_ns);
        conditions.waited_ms = passage.waited_ms;
        conditions.env_padding_bytes = run.env_padding_bytes;
        let mut disturbances = conditions::disturbances(&conditions);
        disturbances.extend(self.against_the_plan(&conditions, watched, passage));
        let for_now = disturbances.iter().any(|disturbance| disturbance.passing);
        conditions.disturbed = disturbances.into_iter().map(|disturbance| disturbance.what).collect();
        (conditions, for_now)
    }

    /// What disturbed the run by the block's own limits.
    fn against_the_plan(&self, conditions: &Conditions, watched: &Watched, passage: &Passage) -> Vec<Disturbance> {
        let block = self.context.block;
        let mut found = Vec::new();
        // The gate has waited for it in vain: it will not be over soon.
        found.extend(passage.breach.iter().map(|breach| Disturbance::lasting(format!("before the run: {breach}"))));
        let limit = block.limits.gate.other_load_percent_max;
        if let Some(load) = conditions.other_load_percent.filter(|load| *load > limit) {
            let most = conditions.other_load_most.as_ref();
            let who = most.map_or_else(String::new, |most| format!(", most of it {}", most.name));
            found.push(Disturbance::passing(format!("other programs used {load:.0} % of the machine{who}")));
        }
        if watched.timing.suspended_ns >= SUSPENDED_NS_MIN {
            let seconds = watched.timing.suspended_ns / 1_000_000_000;
            found.push(Disturbance::passing(format!("the machine slept for {seconds} s")));
        }
        if (self.cpus.run.len() as u32) < block.cell.threads {
            let (threads, cores) = (block.cell.threads, self.cpus.run.len());
            found.push(Disturbance::lasting(format!("{threads} threads had {cores} cores")));
        }
        found
    }

    pub(crate) fn record(&self, place: &Place<'_>, attempt: u32, told: Told) -> Record {
        let block = self.context.block;
        let Place { run, arm, round, repeat, position } = *place;
        Record {
            identity: Identity {
                schema_version: SCHEMA_VERSION.to_owned(),
                run_id: run.run_id.clone(),
                study: block.study.clone(),
                block_id: block.block_id.clone(),
                cell_id: block.cell.cell_id.clone(),
                arm: run.arm.clone(),
                implementation: arm.facts.implementation.clone(),
                round,
                position: position as u32,
                attempt,
                repeat,
                seed: run.seed,
            },
            status: told.status,
            cell: block.cell.clone(),
            arm: arm.facts.clone(),
            data: block.data.inputs.clone(),
            outcome: told.outcome,
            timing: told.timing,
            resources: told.resources,
            services: told.services,
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
