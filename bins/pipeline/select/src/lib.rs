//! Phase 1's decisions: what is run and what is left out, from config, command line and machine.
//! A library, so that `ferrobench plan` decides as the step does.

mod apply;
mod availability;
mod catalog;
mod check_config;
mod check_study;
mod choose;
mod config;
mod data_files;
mod frameworks;
mod machine;
mod names;
mod options;
mod outdir;
mod own_data;
mod requests;
mod services;
mod sources;

use std::path::{Path, PathBuf};

use anyhow::Result;
use catalog::Catalog;
use measure::control_group;
use schema::fault::Faults;
use schema::files::cannot;
use schema::id::Id;
use schema::implementation::BuildRequest;
use schema::selection::Selection;
use schema::{SCHEMA_VERSION, digest, duration};
use serde_json::{Map, Value};

pub use data_files::named_files;
pub use options::{option_name, read_object};

/// Where the descriptions of the tasks are.
#[derive(Clone, Copy)]
pub enum Tasks<'a> {
    /// `DIR/<task>.json`, as each task's own executable has just printed it.
    Printed(&'a Path),
    /// `bins/<task>/task.json`, as the checkout keeps it: nothing has to be built.
    Kept,
}

impl Tasks<'_> {
    fn path(self, root: &Path, task: &Id) -> PathBuf {
        match self {
            Self::Printed(folder) => folder.join(format!("{task}.json")),
            Self::Kept => root.join(names::task_folder(root, task)).join("task.json"),
        }
    }
}

/// What the decision is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Everything that phase 2 needs has to be here.
    Run,
    /// An estimate: what `scripts/setup` will bring may still be missing.
    Estimate,
}

/// A selection, with what its build requests are made from.
pub struct Decided {
    pub selection: Selection,
    root: PathBuf,
    catalog: Catalog,
}

impl Decided {
    pub fn builds(&self) -> Result<Vec<BuildRequest>> {
        let Selection { options, hardware, chosen, fingerprint, .. } = &self.selection;
        let build =
            requests::Build { root: &self.root, profile: &options.build_profile, target_cpu: &hardware.target_cpu };
        build.requests(chosen, &self.catalog, fingerprint)
    }
}

/// Every fault of options, config and machine at once, or the selection. `given` holds the
/// parameters of `nextflow run`.
pub fn decide(root: &Path, given: Map<String, Value>, tasks: Tasks<'_>, purpose: Purpose) -> Result<Decided> {
    let root = std::fs::canonicalize(root).map_err(|error| cannot("open", root, &error))?;
    let mut faults = Faults::default();
    let options = options::check(given, &mut faults)?;
    let config = config::read(&root, &options.study, &mut faults);
    let Some(benchmarks) = &config.benchmarks else { return Err(faults.into()) };
    let catalog = catalog::build(&root, benchmarks, tasks, &mut faults);
    check_config::check(&config, &mut faults);
    let with_files = config.study.as_ref().map(|study| {
        check_study::check(study, &catalog, &mut faults);
        data_files::find(&root, study, &options, &catalog, &mut faults)
    });
    let applied = with_files.as_ref().and_then(|found| {
        outdir::check(&root, &options.outdir, &found.study.value.study, &mut faults);
        apply::options(&found.study, &options, &catalog, &mut faults)
    });
    let (Some(mut study), Some(found), Some(hardware), Some(frameworks)) =
        (applied, with_files, config.hardware, config.frameworks)
    else {
        return Err(faults.into());
    };
    let fingerprint = measure::fingerprint::probe();
    faults.0.extend(machine::no_device(apply::device(&options), &study, &hardware.value, &fingerprint));
    let limits = control_group::limits(Path::new("/"));
    let too_large = machine::without_room(&root, &mut study, hardware.value.disk_free_bytes_min);
    let mut choice = choose::choose(&root, &study, &options, &catalog, &frameworks.value);
    choice.left_out.extend(too_large);
    let target_cpu = options.target_cpu.clone().unwrap_or_else(|| hardware.value.target_cpu.clone());
    let datasets = requests::datasets(&root, &study, &choice.tasks, &found.files, &options, &mut faults);
    let build =
        services::Build { root: &root, target_cpu: &target_cpu, fingerprint: &fingerprint, measures: study.measures };
    let services = services::requests(&choice.tasks, &options, &build, &mut faults)?;
    let missing = machine::missing_python(&root, &choice, &datasets);
    let mut findings = machine::findings(&fingerprint);
    match purpose {
        Purpose::Run => faults.0.extend(missing),
        Purpose::Estimate => findings.extend(missing.map(|fault| fault.what)),
    }
    // The digests of the build requests are of files that the checks above found.
    faults.into_result()?;

    let selection = Selection {
        schema_version: SCHEMA_VERSION.to_owned(),
        study_digest: digest::of_document(&study),
        findings,
        budget_s: options.budget.as_deref().map(duration::parse).transpose()?,
        hardware: schema::config::Hardware { target_cpu, ..hardware.value },
        study,
        options,
        tasks: choice.tasks,
        chosen: choice.chosen,
        left_out: [choice.left_out, found.left_out].concat(),
        availability: choice.availability,
        frameworks: choice.frameworks,
        datasets,
        services,
        fingerprint,
        memory_limit_bytes: limits.memory_bytes,
    };
    Ok(Decided { selection, root, catalog })
}
