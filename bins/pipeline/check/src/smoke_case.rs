//! The task's smallest case on its prepared data: what every implementation is run on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schema::block::Service;
use schema::data::DataManifest;
use schema::fault::{Fault, Faults};
use schema::files::state_folder;
use schema::id::Id;
use schema::implementation::Implementation;
use schema::task::TaskSpec;
use schema::{digest, document};

pub(crate) struct SmokeCase {
    pub(crate) root: PathBuf,
    pub(crate) task: TaskSpec,
    pub(crate) manifest: DataManifest,
    pub(crate) manifest_sha256: String,
    /// The prepared data, verified.
    pub(crate) data: PathBuf,
    /// Where the task's services are.
    pub(crate) variables: BTreeMap<String, String>,
}

impl SmokeCase {
    pub(crate) fn load(root: PathBuf, task: &Path, dataset: &Path) -> Result<Self, Faults> {
        let task: TaskSpec = document::read(task)?;
        let given: DataManifest = document::read(dataset)?;
        let wanted = task.smoke.dataset.name();
        if given.choice.name() != wanted {
            let what = format!("is dataset {}; the smoke case of {} needs {wanted}", given.choice.name(), task.task);
            return Err(Fault::new(dataset.display().to_string(), what).into());
        }
        let manifest_sha256 = digest::of_file(dataset)?;
        let name = format!("{}-{}", given.dataset, &manifest_sha256[..16]);
        let data = state_folder(&root).join("data").join(name);
        let manifest = datasets::manifest::load(&data)?;
        Ok(Self { root, task, manifest, manifest_sha256, data, variables: BTreeMap::new() })
    }

    /// That every service that the task names is among those given.
    pub(crate) fn needs(&self, given: &[Service]) -> Result<(), Fault> {
        match self.task.services.iter().find(|name| given.iter().all(|service| service.name != **name)) {
            Some(name) => Err(Fault::new("--service", format!("task {} needs the service `{name}`", self.task.task))),
            None => Ok(()),
        }
    }

    pub(crate) fn implementation(&self, path: &Path) -> Result<Implementation, Faults> {
        let implementation: Implementation = document::read(path)?;
        if implementation.task == self.task.task {
            return Ok(implementation);
        }
        let what =
            format!("{} does task {}, not {}", implementation.implementation, implementation.task, self.task.task);
        Err(Fault::new(path.display().to_string(), what).into())
    }

    /// The length of each part of the split that a run is given, by the letter that shapes use.
    pub(crate) fn known_lengths(&self) -> Vec<(String, u64)> {
        let parts = self.manifest.splits.first().map_or(&[][..], |split| &split.parts);
        parts.iter().map(|part| (format!("n_{}", part.name), part.shape.iter().product())).collect()
    }

    /// The split that a run is given: the data's first; `none` where the data have none.
    pub(crate) fn split(&self) -> String {
        self.manifest.splits.first().map_or_else(|| "none".to_owned(), |split| split.name.to_string())
    }

    pub(crate) fn iterations(&self) -> u32 {
        self.task.smoke.warmup + self.task.smoke.iterations
    }

    /// The algorithms that both the task and the implementation know, in the task's order.
    pub(crate) fn algorithms(&self, implementation: &Implementation) -> Vec<Id> {
        let described = implementation.describe.iter().flat_map(|describe| &describe.algorithms).collect::<Vec<_>>();
        self.task.algorithms.keys().filter(|algorithm| described.contains(algorithm)).cloned().collect()
    }
}
