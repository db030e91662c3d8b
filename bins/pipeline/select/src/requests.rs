//! What phase 2 is asked for: one document an implementation, one a dataset.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use datasets::table;
use schema::SCHEMA_VERSION;
use schema::config::{Cells, DatasetChoice, DatasetFile, PythonGroup, Study};
use schema::executables;
use schema::fault::{Fault, Faults};
use schema::fingerprint::Fingerprint;
use schema::id::Id;
use schema::implementation::{BuildRequest, How, Language};
use schema::run_options::RunOptions;
use schema::selection::{Chosen, DatasetRequest, SelectedTask};

use crate::catalog::{Catalog, Source};
use crate::sources::{self, Sources, Workspace};

pub(crate) struct Build<'a> {
    pub(crate) root: &'a Path,
    pub(crate) profile: &'a str,
    pub(crate) target_cpu: &'a str,
}

impl Build<'_> {
    pub(crate) fn requests(
        &self,
        chosen: &[Chosen],
        catalog: &Catalog,
        fingerprint: &Fingerprint,
    ) -> Result<Vec<BuildRequest>> {
        let rust = chosen.iter().any(|chosen| chosen.language == Language::Rust);
        let workspace = rust.then(|| Workspace::read(self.root)).transpose()?;
        let mut requests = Vec::new();
        for Chosen { implementation, task, language, .. } in chosen {
            let (how, source_digest) = match (&catalog.implementations[implementation].source, &workspace) {
                (Source::Rust, Some(workspace)) => self.cargo(workspace, task, implementation, fingerprint)?,
                (Source::Python { script, group }, _) => self.python(script, task, *group)?,
                (Source::Command(executable), _) => (
                    How::Command {
                        argv: executable.argv.clone(),
                        build: executable.build.clone(),
                        env: executable.env.clone(),
                    },
                    sources::of_executable(self.root, executable)?,
                ),
                (Source::Rust, None) => continue,
            };
            requests.push(BuildRequest {
                schema_version: SCHEMA_VERSION.to_owned(),
                implementation: implementation.clone(),
                task: task.clone(),
                language: *language,
                how,
                source_digest,
            });
        }
        Ok(requests)
    }

    fn cargo(&self, workspace: &Workspace, task: &Id, id: &Id, fingerprint: &Fingerprint) -> Result<(How, String)> {
        let mut sources = workspace.of_implementation(task, id)?;
        sources.say("profile", self.profile);
        sources.say("target_cpu", self.target_cpu);
        if self.target_cpu == "native" {
            sources.say("cpu_model", &fingerprint.cpu_model);
        }
        let how = How::Cargo {
            package: workspace.package_of(task)?.to_owned(),
            profile: self.profile.to_owned(),
            target_cpu: self.target_cpu.to_owned(),
        };
        Ok((how, sources.digest()))
    }

    fn python(&self, script: &Path, task: &Id, group: PythonGroup) -> Result<(How, String)> {
        let env_digest = sources::environment_digest(self.root, group)?;
        let mut sources = Sources::new(self.root);
        sources.file(script)?;
        for shared in executables::beside(self.root, script, task) {
            sources.file(&shared)?;
        }
        sources.file(Path::new(sources::PYTHON_TWIN))?;
        sources.say("environment", &env_digest);
        Ok((How::Python { script: script.display().to_string(), env_digest }, sources.digest()))
    }
}

/// Every dataset that a cell of the study needs, each once. A faulty one of a grid is told by
/// `check_study`, with its line.
pub(crate) fn datasets(
    root: &Path,
    study: &Study,
    tasks: &[SelectedTask],
    files: &BTreeMap<Id, DatasetFile>,
    options: &RunOptions,
    faults: &mut Faults,
) -> Vec<DatasetRequest> {
    let mut requests = BTreeMap::new();
    let mut add = |choice: &DatasetChoice| {
        let mut request = request(root, choice, study.seed)?;
        request.file = files.get(&request.dataset).cloned();
        request.bytes_max = request.file.as_ref().map(|_| options.dataset_bytes_max);
        requests.insert(request.dataset.clone(), request);
        Ok(())
    };
    if let Cells::Grids(grids) = &study.cells {
        for choice in grids.iter().flat_map(|grid| &grid.datasets).filter(|choice| table::dataset_id(choice).is_ok()) {
            add(choice).unwrap_or_else(|found: Faults| faults.0.extend(found.0));
        }
    }
    // Conformance runs every implementation on its task's smoke case, whatever the study.
    for SelectedTask { spec, .. } in tasks {
        for choice in spec.smoke_datasets() {
            add(choice).unwrap_or_else(|found| {
                let place = format!("the smoke case of task `{}`", spec.task);
                faults.0.extend(found.0.into_iter().map(|fault| Fault { place: place.clone(), ..fault }));
            });
        }
    }
    requests.into_values().collect()
}

fn request(root: &Path, choice: &DatasetChoice, seed: u64) -> Result<DatasetRequest, Faults> {
    let choice = table::complete(choice)?;
    let dataset = table::dataset_id(&choice)?;
    let origin = table::find(choice.name().as_str()).map(|dataset| &dataset.origin);
    let source_digest = sources::of_dataset(root, origin)?;
    let schema_version = SCHEMA_VERSION.to_owned();
    Ok(DatasetRequest { schema_version, dataset, choice, seed, source_digest, file: None, bytes_max: None })
}
