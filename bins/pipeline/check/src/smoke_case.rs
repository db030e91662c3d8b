//! The task's smallest case on its prepared data: what every implementation is run on. Algorithms that
//! take different data have a dataset each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schema::block::Service;
use schema::data::{DataManifest, Split};
use schema::fault::{Fault, Faults};
use schema::files::state_folder;
use schema::id::Id;
use schema::implementation::Implementation;
use schema::task::TaskSpec;
use schema::{digest, document};

pub(crate) struct SmokeCase {
    pub(crate) root: PathBuf,
    pub(crate) task: TaskSpec,
    datasets: Vec<Prepared>,
    /// Where the task's services are.
    pub(crate) variables: BTreeMap<String, String>,
}

/// A prepared dataset, verified.
pub(crate) struct Prepared {
    pub(crate) manifest: DataManifest,
    manifest_sha256: String,
    pub(crate) folder: PathBuf,
}

impl SmokeCase {
    /// With the dataset of each algorithm's smallest case, and no other.
    pub(crate) fn load(root: PathBuf, task: &Path, datasets: &[PathBuf]) -> Result<Self, Faults> {
        let task: TaskSpec = document::read(task)?;
        let wanted: Vec<&str> = task.smoke_datasets().into_iter().map(|choice| choice.name().as_str()).collect();
        let mut prepared: Vec<Prepared> = Vec::new();
        for path in datasets {
            let found = Prepared::load(&root, path)?;
            let name = found.manifest.choice.name();
            if !wanted.contains(&name.as_str()) {
                let what = format!("is dataset {name}; the smoke case of {} needs {}", task.task, wanted.join(", "));
                return Err(Fault::new(path.display().to_string(), what).into());
            }
            prepared.push(found);
        }
        let is_there = |name: &&&str| prepared.iter().any(|found| found.manifest.choice.name().as_str() == **name);
        if let Some(missing) = wanted.iter().find(|name| !is_there(name)) {
            let what = format!("the smoke case of {} needs {missing} too", task.task);
            return Err(Fault::new("--dataset", what).into());
        }
        Ok(Self { root, task, datasets: prepared, variables: BTreeMap::new() })
    }

    /// The data that an algorithm is run on.
    pub(crate) fn data(&self, algorithm: &Id) -> Result<&Prepared, Fault> {
        let wanted = self.task.smoke_dataset(algorithm).name();
        let found = self.datasets.iter().find(|found| found.manifest.choice.name() == wanted);
        found.ok_or_else(|| Fault::new("--dataset", format!("`{algorithm}` needs {wanted}")))
    }

    /// What tells these data from others.
    pub(crate) fn data_sha256(&self) -> Vec<&str> {
        self.datasets.iter().map(|found| found.manifest_sha256.as_str()).collect()
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
    pub(crate) fn known_lengths(&self, data: &Prepared) -> Vec<(String, u64)> {
        let parts = self.split_in(data).map_or(&[][..], |split| &split.parts);
        parts.iter().map(|part| (format!("n_{}", part.name), part.shape.iter().product())).collect()
    }

    /// The split that a run is given: the task's or the data's first; `none` where the data have none.
    pub(crate) fn split(&self, data: &Prepared) -> String {
        self.split_in(data).map_or_else(|| "none".to_owned(), |split| split.name.to_string())
    }

    fn split_in<'d>(&self, data: &'d Prepared) -> Option<&'d Split> {
        let mut splits = data.manifest.splits.iter();
        match self.task.split {
            Some(named) => splits.find(|split| split.name.as_str() == named.name()),
            None => splits.next(),
        }
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

impl Prepared {
    fn load(root: &Path, path: &Path) -> Result<Self, Faults> {
        let given: DataManifest = document::read(path)?;
        let manifest_sha256 = digest::of_file(path)?;
        let name = format!("{}-{}", given.dataset, &manifest_sha256[..16]);
        let folder = state_folder(root).join("data").join(name);
        let manifest = datasets::manifest::load(&folder)?;
        Ok(Self { manifest, manifest_sha256, folder })
    }
}
